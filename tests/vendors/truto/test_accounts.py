"""Integrated accounts over HTTP: connected, listed, changed, disconnected; and tokens that reach one of them alone."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest

from dayline.domain.errors import Forbidden
from dayline.domain.integrated import NewIntegrated
from dayline.vendors.truto.accounts import mapping, schema
from tests.house import Town, living_town
from tests.vendors.truto.speech import ACCOUNTS, NOBODYS, OWN, ROOT, check_error

SECRET = "s3cr3t-api-key"
NEW: dict[str, Any] = {
    "tenant_id": "acme-1",
    "environment_integration_id": "recruitee",
    "authentication_method": "api_key",
    "context": {"api_key": SECRET, "company_id": 126786},
}


@pytest.fixture
def alice(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.alice) as client:
        yield client


def connected(client: httpx2.Client, **fields: Any) -> Any:
    answer = client.post(ACCOUNTS, json=NEW | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def token(client: httpx2.Client, id_: str) -> str:
    answer = client.post(f"{ACCOUNTS}/token", json={"integrated_account_id": id_})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["integrated_account_token"])


def test_connected_and_shown_without_credentials(alice: httpx2.Client) -> None:
    answer = alice.post(ACCOUNTS, json=NEW)
    assert answer.status_code == 201
    account = answer.json()
    assert set(account) == {
        *("id", "tenant_id", "environment_id", "environment_integration_id", "status", "is_sandbox"),
        *("authentication_method", "region", "context", "integration", "created_at", "updated_at", "last_error"),
    }
    assert (account["status"], account["context"]) == ("active", {"company_id": "126786"})
    assert account["integration"]["name"] == "recruitee"
    assert len(account["created_at"]) == len("2024-09-01 10:00:00")
    shown = alice.get(f"{ACCOUNTS}/{account['id']}")
    assert shown.json() == account
    assert SECRET not in answer.text + shown.text + alice.get(ACCOUNTS).text
    by_id = connected(alice, environment_integration_id=account["environment_integration_id"])
    assert by_id["integration"] == account["integration"]


def test_what_nobody_asks_for_is_shown_unless_it_is_called_like_a_credential(alice: httpx2.Client) -> None:
    more = {"subdomain": "initech", "seats": 12, "client_secret": "hidden-1", "accessToken": "hidden-2"}
    answer = alice.post(ACCOUNTS, json=NEW | {"context": NEW["context"] | more})
    assert answer.status_code == 201, answer.text
    assert answer.json()["context"] == {"company_id": "126786", "subdomain": "initech", "seats": "12"}
    shown = alice.get(f"{ACCOUNTS}/{answer.json()['id']}")
    assert shown.json() == answer.json()
    assert "hidden" not in answer.text + shown.text + alice.get(ACCOUNTS).text


def test_a_list_has_the_own_store_first(alice: httpx2.Client) -> None:
    made = [connected(alice, tenant_id="listed", is_sandbox=sandbox)["id"] for sandbox in (False, True)]
    page = alice.get(ACCOUNTS).json()
    assert set(page) == {"result", "next_cursor", "limit"}
    assert (page["result"][0]["id"], page["limit"]) == (OWN["integrated_account_id"], 5000)

    def ids(**query: Any) -> list[str]:
        return [one["id"] for one in alice.get(ACCOUNTS, params=query).json()["result"]]

    assert ids(tenant_id="listed") == made
    assert ids(tenant_id="listed", is_sandbox="true") == made[1:]
    assert ids(tenant_id="dayline") == [OWN["integrated_account_id"]]
    assert ids(environment_id=page["result"][0]["environment_id"]) == ids()
    assert ids(environment_id=NOBODYS) == []
    for limit in (1, 2, 3):
        seen: list[str] = []
        query: dict[str, Any] = {"limit": limit}
        while True:
            page = alice.get(ACCOUNTS, params=query).json()
            assert 1 <= len(page["result"]) <= limit
            seen += [one["id"] for one in page["result"]]
            if page["next_cursor"] is None:
                break
            query["next_cursor"] = page["next_cursor"]
        assert seen == ids()


def test_changed_and_disconnected(alice: httpx2.Client) -> None:
    id_ = connected(alice)["id"]
    changed = alice.patch(f"{ACCOUNTS}/{id_}", json={"tenant_id": "acme-2", "context": {"company_id": "other"}}).json()
    assert (changed["tenant_id"], changed["context"]) == ("acme-2", {"company_id": "other"})
    anew = alice.patch(f"{ACCOUNTS}/{id_}/credentials", json={"context": {"api_key": "another"}})
    assert (anew.status_code, anew.json()["id"]) == (200, id_)
    assert alice.delete(f"{ACCOUNTS}/{id_}").json() == {"id": id_}
    assert alice.get(f"{ACCOUNTS}/{id_}").status_code == 404
    several = [connected(alice)["id"] for _ in range(2)]
    gone = alice.post(f"{ACCOUNTS}/bulk-delete", json={"ids": [*several, NOBODYS]})
    assert gone.json() == {"result": several}


def test_a_context_is_laid_over_the_one_there_is(town: Town, alice: httpx2.Client) -> None:
    id_ = connected(alice)["id"]

    def changed(context: Any, **more: Any) -> Any:
        answer = alice.patch(f"{ACCOUNTS}/{id_}", json={"context": context} | more)
        assert answer.status_code == 200, answer.text
        assert "hidden" not in answer.text
        assert answer.json() == alice.get(f"{ACCOUNTS}/{id_}").json()
        return answer.json()

    assert changed({"subdomain": "initech"})["context"] == {"company_id": "126786", "subdomain": "initech"}
    town.wait(town.service.integrated.note_status(town.alice.account_id, id_, "needs_reauth", "No"))
    assert changed({"company_id": 5, "subdomain": None})["status"] == "needs_reauth"
    anew = changed({"api_key": "hidden-1", "client_secret": "hidden-2", "seats": 3}, tenant_id="acme-9")
    assert (anew["context"], anew["status"]) == ({"company_id": "5", "seats": "3"}, "active")
    assert (anew["tenant_id"], anew["last_error"]) == ("acme-9", None)
    _, secrets = town.wait(town.service.integrated.open(town.alice.account_id, id_))
    assert secrets == {"api_key": "hidden-1", "client_secret": "hidden-2"}
    told = alice.get("/dayline/v1/audit", params={"entity": "integrated_account", "limit": 1})
    assert "secrets_set_at" in told.text
    assert "hidden" not in told.text


def test_what_was_sealed_once_stays_sealed(town: Town, alice: httpx2.Client) -> None:
    new = NewIntegrated(integration="lever", tenant_id="t", secrets={"api_key": SECRET, "subdomain": "initech"})
    id_ = town.wait(town.service.integrated.create(town.alice.principal, new, lambda made: made)).id
    for path in (id_, f"{id_}/credentials"):
        answer = alice.patch(f"{ACCOUNTS}/{path}", json={"context": {"subdomain": path}})
        assert (answer.status_code, answer.json()["context"]) == (200, {})
        _, secrets = town.wait(town.service.integrated.open(town.alice.account_id, id_))
        assert secrets == {"api_key": SECRET, "subdomain": path}
    refused = alice.patch(f"{ACCOUNTS}/{id_}/credentials", json={"context": {"workspace": "w"}})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"tenant_id": "t", "environment_integration_id": "greenhouse"}),
        ("POST", "", NEW | {"context": {"company_id": "1"}}),
        ("POST", "", NEW | {"context": {"api_key": SECRET}}),
        ("POST", "", NEW | {"context": {"api_key": {"nested": SECRET}, "company_id": "1"}}),
        ("POST", "", NEW | {"tenant_id": " "}),
        ("POST", "", NEW | {"context": {"api_key": SECRET, "company_id": "../../../x"}}),
        ("POST", "", NEW | {"context": {"api_key": f"{SECRET}\N{EURO SIGN}", "company_id": "1"}}),
        ("PATCH", "/{id}", {"context": {"company_id": "a/b"}}),
        ("PATCH", "/{id}", {"context": {"company_id": None}}),
        ("PATCH", "/{id}/credentials", {"context": {"api_key": f"{SECRET}\N{EURO SIGN}"}}),
        ("PATCH", "/{id}", {"context": {"api_key": f"{SECRET}\N{EURO SIGN}"}}),
        ("PATCH", "/{id}", {"context": {"api_key": f" {SECRET}"}}),
        ("PATCH", "/{id}", {"context": {"api_key": None}}),
        ("PATCH", "/{id}", {"context": {"client_secret": None}}),
        ("PATCH", "/{id}", {"context": {"api_key": SECRET, "company_id": "a/b"}}),
        ("PATCH", "/{id}", {"context": {"api_key": SECRET}, "tenant_id": " "}),
        ("PATCH", "/{id}/credentials", {"context": {}}),
        ("PATCH", "/{id}/credentials", {"context": {"company_id": "1"}}),
        ("POST", "/bulk-delete", {"ids": []}),
        ("POST", "/token", {}),
    ],
)
def test_what_is_refused_quotes_nothing(alice: httpx2.Client, method: str, path: str, body: Any) -> None:
    id_ = connected(alice)["id"]
    answer = alice.request(method, ACCOUNTS + path.replace("{id}", id_), json=body)
    assert answer.status_code == 400, answer.text
    check_error(400, answer.json())
    assert SECRET not in answer.text


def test_what_a_connection_lacks_is_named(alice: httpx2.Client) -> None:
    answer = alice.post(ACCOUNTS, json=NEW | {"context": {}})
    insight = answer.json()["truto_error_insight"]["missing_required_body_fields"]
    assert insight["value"] == ["context.api_key", "context.company_id"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"/{OWN['integrated_account_id']}", {}),
        ("DELETE", f"/{OWN['integrated_account_id']}", None),
        ("PATCH", f"/{OWN['integrated_account_id']}/credentials", {"context": {"a": "b"}}),
        ("POST", "/bulk-delete", {"ids": [OWN["integrated_account_id"]]}),
        ("POST", "/token", {"integrated_account_id": OWN["integrated_account_id"]}),
    ],
)
def test_the_own_store_stays_as_it_is(alice: httpx2.Client, method: str, path: str, body: Any) -> None:
    answer = alice.request(method, ACCOUNTS + path, **({} if body is None else {"json": body}))
    assert answer.status_code == 405
    check_error(405, answer.json())
    assert alice.get(ACCOUNTS + f"/{OWN['integrated_account_id']}").json()["status"] == "active"


def test_an_id_may_be_in_capitals(town: Town, alice: httpx2.Client) -> None:
    made = connected(alice)
    id_, own = made["id"].upper(), OWN["integrated_account_id"].upper()
    assert alice.get(f"{ACCOUNTS}/{id_}").json() == made
    assert alice.patch(f"{ACCOUNTS}/{own}", json={}).status_code == 405
    assert alice.get(ROOT, params={"integrated_account_id": own}).status_code == 200
    with town.client(token(alice, id_)) as holder:
        assert holder.get(f"{ROOT}/meta/create", params={"integrated_account_id": id_}).status_code == 200
    assert alice.post(f"{ACCOUNTS}/bulk-delete", json={"ids": [id_]}).json() == {"result": [made["id"]]}


@pytest.mark.parametrize("path", [ACCOUNTS, "/log", f"{ROOT}?integrated_account_id={OWN['integrated_account_id']}"])
def test_a_cursor_is_called_by_its_name(alice: httpx2.Client, path: str) -> None:
    answer = alice.get(path, params={**httpx2.QueryParams(path.partition("?")[2]), "next_cursor": "x"})
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["details"]["failures"]] == ["next_cursor"]


def test_an_admin_cannot_say_where_credentials_are_sent(town: Town, alice: httpx2.Client) -> None:
    id_, verbs = connected(alice)["id"], town.service.integrated
    who, secrets, url = town.alice.principal, {"api_key": SECRET}, "https://elsewhere.example"
    with pytest.raises(Forbidden):
        town.wait(verbs.change_credentials(who, id_, secrets, lambda account: account, base_url=url))
    assert town.wait(verbs.get(who, id_)).revision == 1


def test_members_do_not_manage(town: Town) -> None:
    with town.client(town.bob) as bob:
        for answer in (bob.get(ACCOUNTS), bob.post(ACCOUNTS, json=NEW), bob.get("/log")):
            assert answer.status_code == 403
            check_error(403, answer.json())


def test_a_key_connects_once(alice: httpx2.Client) -> None:
    answers = [alice.post(ACCOUNTS, json=NEW, headers={"idempotency-key": "connect"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotency-replayed"] == "true"


def test_a_key_counts_on_every_write(alice: httpx2.Client) -> None:
    one, two = connected(alice)["id"], connected(alice)["id"]
    writes: tuple[tuple[str, str, Any, Any], ...] = (
        ("PATCH", f"/{one}", {"region": "eu"}, {"region": "us"}),
        ("PATCH", f"/{one}/credentials", {"context": {"api_key": "a"}}, {"context": {"api_key": "b"}}),
        ("PATCH", f"/{one}", {"context": {"api_key": "a"}}, {"context": {"api_key": "b"}}),
        ("POST", "/bulk-delete", {"ids": [one, two]}, {"ids": [one]}),
    )
    for number, (method, path, body, other) in enumerate(writes):
        headers = {"idempotency-key": f"write-{number}"}
        first, again = (alice.request(method, ACCOUNTS + path, json=body, headers=headers) for _ in range(2))
        assert (first.status_code, again.content) == (200, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert alice.request(method, ACCOUNTS + path, json=other, headers=headers).status_code in (404, 422)


def test_a_key_is_the_same_on_every_path(alice: httpx2.Client) -> None:
    headers = {"idempotency-key": "everywhere"}
    id_ = alice.post(ACCOUNTS, json=NEW, headers=headers).json()["id"]
    answer = alice.patch(f"{ACCOUNTS}/{id_}", json={"region": "eu"}, headers=headers)
    assert answer.status_code == 422
    check_error(422, answer.json())


def test_a_token_reaches_one_account_and_nothing_else(town: Town, alice: httpx2.Client) -> None:
    mine, other = connected(alice)["id"], connected(alice)["id"]
    with town.client(token(alice, mine)) as holder:
        me = holder.get(f"{ACCOUNTS}/me")
        assert (me.status_code, me.json()["id"]) == (200, mine)
        changed = holder.patch(f"{ACCOUNTS}/me", json={"region": "eu"})
        assert (changed.status_code, changed.json()["region"]) == (200, "eu")
        for name in ("api_key", "client_secret"):
            assert holder.patch(f"{ACCOUNTS}/me", json={"context": {name: "x"}}).status_code == 403
        implied = holder.get(f"{ROOT}/meta/create")
        assert (implied.status_code, implied.json()["integration"]) == (200, "recruitee")
        assert holder.get(f"/truto{ROOT}/meta/create").status_code == 200
        assert holder.get(f"/truto{ACCOUNTS}").status_code == 403
        assert holder.get(ROOT).status_code == 400  # candidate_id is missing, and not the connection
        for path in (
            *(ACCOUNTS, f"{ACCOUNTS}/{mine}", f"{ACCOUNTS}/{other}", "/log", "/ping"),
            *("/integration/ashby/capabilities", "/unified/meta/ats/ashby"),
            f"{ROOT}?integrated_account_id={other}&candidate_id=1",
            f"{ROOT}?integrated_account_id={OWN['integrated_account_id']}",
            f"{ROOT}/meta/create?integrated_account_id={other}",
            *("/dayline/v1/activities", "/api/v2/activities", "/v1/activity"),
        ):
            answer = holder.get(path)
            assert answer.status_code in (401, 403), (path, answer.text)
        for method, path in (("POST", ACCOUNTS), ("DELETE", f"{ACCOUNTS}/{mine}"), ("POST", f"{ACCOUNTS}/token")):
            assert holder.request(method, path, json={}).status_code == 403
    with town.client("dlp_1_AAAA") as forger:
        assert forger.get(f"{ACCOUNTS}/me").status_code == 401
    assert alice.get(f"{ACCOUNTS}/me").status_code == 400


def test_capabilities(alice: httpx2.Client) -> None:
    found = alice.get("/integration/lever/capabilities").json()
    assert found["result"] == [{"resource": "ats/activities", "type": "unified", "methods": ["list", "get", "create"]}]
    own = alice.get(f"{ACCOUNTS}/{OWN['integrated_account_id']}/capabilities", params={"methods": "update,delete"})
    assert own.json()["result"][0]["methods"] == ["update", "delete"]
    assert alice.get("/integration/lever/capabilities?type=proxy").json()["result"] == []
    assert alice.get("/integration/lever/capabilities?resource=candidates").json()["result"] == []
    assert alice.get("/integration/greenhouse/capabilities").status_code == 404


def called(town: Town, id_: str) -> None:
    """A call to the system of this integrated account, as the way out logs it."""

    async def call() -> None:
        log = town.service.remote_log
        log.add(
            town.alice.account_id,
            integrated_account_id=id_,
            integration="recruitee",
            operation="list",
            method="GET",
            path="/notes",
            status=200,
            ms=12,
        )
        await log.write()

    town.wait(call())


def test_the_log_is_like_the_other_lists_of_trutos_own_things(town: Town, alice: httpx2.Client) -> None:
    id_ = connected(alice)["id"]
    called(town, id_)

    def log(**query: Any) -> Any:
        answer = alice.get("/log", params={"log_type_filter[integrated_account_id]": id_, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    page = log()
    assert set(page) == set(alice.get(ACCOUNTS).json())
    assert page["limit"] == log(limit=5000)["limit"] == alice.get(ACCOUNTS).json()["limit"]
    [call] = page["result"]
    at = call["created_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", at)
    assert log(**{"created_at[gte]": at, "created_at[lte]": at})["result"] == [call]
    for operator in ("gt", "lt"):
        assert log(**{f"created_at[{operator}]": at})["result"] == []


@pytest.mark.parametrize(
    ("operator", "given", "bounds"),
    [
        ("gte", "10:00:05", (5, None)), ("gte", "10:00:04.001", (5, None)), ("gt", "10:00:04", (5, None)),
        ("gt", "10:00:04.999", (5, None)), ("lt", "10:00:05", (None, 5)), ("lt", "10:00:04.001", (None, 5)),
        ("lte", "10:00:04", (None, 5)), ("lte", "10:00:04.999", (None, 5)),
    ],
)  # fmt: skip
def test_calls_are_compared_as_they_are_shown(operator: str, given: str, bounds: tuple[int | None, int | None]) -> None:
    query = msgspec.convert({f"created_at[{operator}]": f"2024-09-01 {given}"}, schema.LogQuery)
    asked, ten = mapping.read_log(query), 1_725_184_800_000
    assert (asked.since, asked.until) == tuple(None if second is None else ten + second * 1000 for second in bounds)


def test_the_vendors_limits_are_settings(tmp_path: Any) -> None:
    limited = living_town(tmp_path, truto_rate_limit=20, truto_account_rate_limit=3)
    with limited as town, town.client(town.alice) as alice:
        answers = [alice.get(ROOT, params=OWN) for _ in range(8)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) >= 2  # eight in two windows at the most, with three in each
        check_error(429, refused[0].json())
        assert 1 <= int(refused[0].headers["retry-after"]) <= 10
        assert "truto_is_remote_error" not in refused[0].json()
        assert set(refused[0].json()["truto_error_insight"]) == {"rate_limit_error"}
        assert {alice.get("/ping").status_code for _ in range(60)} == {200, 429}
