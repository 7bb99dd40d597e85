"""Truto's webhooks over HTTP: made, listed, changed, tried and removed, each by who may."""

from typing import Any

import httpx2
import pytest

from dayline.domain.webhook import NewWebhook
from dayline.vendors.truto.webhooks import handlers
from tests.events.receiver import Receiver
from tests.house import Town
from tests.vendors.truto.speech import ACCOUNTS, NOBODYS, check_error
from tests.vendors.truto.test_accounts import NEW
from tests.vendors.truto.webhooks.listening import HOOKS, hook, of, verified

URL = "https://hooks.example.com/truto"
FIELDS = {"id", "target_url", "is_active", "event_types", "environment_id", "created_at", "updated_at"}


def error(answer: httpx2.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    check_error(status, answer.json())
    return answer.json()


def test_the_secret_is_shown_once(alice: httpx2.Client) -> None:
    answer = alice.post(HOOKS, json={"target_url": URL, "event_types": ["record:*"], "is_active": True})
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == FIELDS | {"secret"}
    assert (made["target_url"], made["is_active"], made["event_types"]) == (URL, True, ["record:*"])
    assert len(made["created_at"]) == len("2024-09-01 10:00:00")
    shown = alice.get(f"{HOOKS}/{made['id'].upper()}")
    secret = made.pop("secret")
    assert shown.json() == made
    changed = alice.patch(f"{HOOKS}/{made['id']}", json={"is_active": False})
    assert secret not in shown.text + alice.get(HOOKS).text + changed.text + alice.get("/truto/webhook").text


def test_a_key_makes_one_webhook_and_shows_its_secret_no_more(alice: httpx2.Client) -> None:
    first, second = (
        alice.post(HOOKS, json={"target_url": URL}, headers={"idempotency-key": "hook-1"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert "secret" not in second.json()
    assert first.json() == {**second.json(), "secret": first.json()["secret"]}


def test_only_the_url_is_needed(alice: httpx2.Client) -> None:
    made = alice.post(HOOKS, json={"target_url": URL}).json()
    assert (made["is_active"], made["event_types"]) == (True, [])
    environment = alice.get(f"{ACCOUNTS}/da71146e-0000-4000-8000-000000000001").json()["environment_id"]
    assert made["environment_id"] == environment
    assert alice.post(HOOKS, json={"target_url": URL, "environment_id": environment}).status_code == 201
    error(alice.post(HOOKS, json={"target_url": URL, "environment_id": NOBODYS}), 400)


def test_a_list_goes_page_by_page(town: Town, alice: httpx2.Client) -> None:
    for made in alice.get(HOOKS).json()["result"]:
        assert alice.delete(f"{HOOKS}/{made['id']}").json() == {"id": made["id"]}
    ids = [hook(alice, URL, is_active=number % 2 == 0)["id"] for number in range(5)]
    page = alice.get(HOOKS).json()
    assert set(page) == {"result", "next_cursor", "limit"}
    assert (page["next_cursor"], page["limit"], [one["id"] for one in page["result"]]) == (None, 5000, ids)
    assert all(set(one) == FIELDS for one in page["result"])
    assert _all(alice, limit=2) == ids
    assert _all(alice, limit=1, is_active="true") == ids[::2]
    assert _all(alice, limit=2, is_active="false") == ids[1::2]
    assert _all(alice, environment_id=page["result"][0]["environment_id"]) == ids
    assert _all(alice, environment_id=NOBODYS) == []
    with town.client(town.charlie) as charlie:
        assert _all(charlie) == []
    error(alice.get(HOOKS, params={"next_cursor": "x"}), 400)
    assert "next_cursor" in alice.get(HOOKS, params={"next_cursor": "x"}).text


def _all(client: httpx2.Client, **query: Any) -> list[str]:
    found: list[str] = []
    while True:
        page = client.get(HOOKS, params=query).json()
        assert len(page["result"]) <= page["limit"]
        assert page["result"] or page["next_cursor"] is None
        found += [one["id"] for one in page["result"]]
        if page["next_cursor"] is None:
            return found
        query["next_cursor"] = page["next_cursor"]


def test_changed_and_removed(alice: httpx2.Client) -> None:
    path = f"{HOOKS}/{hook(alice, URL, 'record:created')['id']}"
    changed = alice.patch(path, json={"target_url": f"{URL}/2", "event_types": ["record:updated", "all"]}).json()
    assert (changed["target_url"], changed["event_types"]) == (f"{URL}/2", ["record:updated", "all"])
    assert changed["is_active"] is True
    assert alice.patch(path, json={"event_types": None}).json()["event_types"] == []
    assert alice.patch(path, json={}).json()["target_url"] == f"{URL}/2"
    assert alice.delete(path).status_code == 200
    for method in ("GET", "PATCH", "DELETE"):
        error(alice.request(method, path, json={} if method == "PATCH" else None), 404)
    error(alice.post(f"{HOOKS}/test", json={"id": path.rpartition("/")[2]}), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "target_url"),
        ({"target_url": ""}, "target_url"),
        ({"target_url": None}, "target_url"),
        ({"target_url": "ftp://hooks.example.com"}, "target_url"),
        ({"target_url": "http://10.0.0.1/x"}, "target_url"),
        ({"target_url": "http://hooks.example.com/x"}, "target_url"),
        ({"target_url": f"{URL}/{'x' * 2_048}"}, "target_url"),
        ({"target_url": URL, "event_types": "record:created"}, "event_types"),
        ({"target_url": URL, "event_types": ["record:created", "record:create"]}, "event_types[1]"),
        ({"target_url": URL, "event_types": ["Record:*"]}, "event_types[0]"),
        ({"target_url": URL, "event_types": ["record:created"] * 101}, "event_types"),
        ({"target_url": URL, "is_active": "yes"}, "is_active"),
    ],
)
def test_what_is_refused_names_its_field(alice: httpx2.Client, body: Any, field: str) -> None:
    refused = error(alice.post(HOOKS, json=body), 400)
    assert [one["field"] for one in refused["details"]["failures"]] == [field]


@pytest.mark.parametrize(
    "type_",
    ["integrated_account:post_install_error", "sync_job_run:*", "environment_integration:created", "api_token:deleted"],
)
def test_what_is_never_sent_can_be_asked_for(alice: httpx2.Client, type_: str) -> None:
    assert hook(alice, URL, type_, "test")["event_types"] == [type_, "test"]


def test_a_credential_is_asked_for_first(town: Town, alice: httpx2.Client) -> None:
    made = hook(alice, URL)
    with town.client() as nobody:
        for method, path in (
            *(("GET", HOOKS), ("POST", HOOKS), ("POST", f"{HOOKS}/test"), ("GET", f"{HOOKS}/{made['id']}")),
            *(("PATCH", f"{HOOKS}/{NOBODYS}"), ("DELETE", f"{HOOKS}/{made['id']}")),
        ):
            error(nobody.request(method, path), 401)
    error(alice.get(f"{HOOKS}/{NOBODYS}"), 404)
    error(alice.get(f"{HOOKS}/7"), 404)
    error(alice.get(f"{HOOKS}/{made['id']}/deliveries"), 404)
    assert "PATCH" in alice.put(f"{HOOKS}/{made['id']}").headers["allow"]
    error(alice.put(f"{HOOKS}/{made['id']}"), 405)


def test_a_token_for_one_integrated_account_manages_none(town: Town, alice: httpx2.Client) -> None:
    account, made = alice.post(ACCOUNTS, json=NEW).json()["id"], hook(alice, URL)
    token = alice.post(f"{ACCOUNTS}/token", json={"integrated_account_id": account}).json()["integrated_account_token"]
    with town.client(token) as one:
        error(one.get(HOOKS), 403)
        error(one.post(HOOKS, json={"target_url": URL}), 403)
        error(one.post(f"{HOOKS}/test", json={"id": made["id"]}), 403)
        error(one.delete(f"{HOOKS}/{made['id']}"), 403)


def test_a_member_manages_his_own(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    hers, his = hook(alice, URL), hook(bob, URL, "record:*")
    assert _all(bob) == [his["id"]]
    error(bob.get(f"{HOOKS}/{hers['id']}"), 404)
    error(bob.patch(f"{HOOKS}/{hers['id']}", json={"target_url": "https://elsewhere.example.com"}), 404)
    error(bob.delete(f"{HOOKS}/{hers['id']}"), 404)
    assert {hers["id"], his["id"]} <= set(_all(alice))
    assert alice.patch(f"{HOOKS}/{his['id']}", json={"is_active": False}).json()["is_active"] is False
    with town.client(town.charlie) as charlie:
        error(charlie.get(f"{HOOKS}/{his['id']}"), 404)


def test_integrated_accounts_are_for_admins_to_hear_of(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    """Neither a member nor an admin's token without the scope can have them told, or turn elsewhere who is told."""
    assert hook(bob, URL)["event_types"] == ["record:*"]
    assert hook(bob, URL, "*")["event_types"] == ["record:*"]
    error(bob.post(HOOKS, json={"target_url": URL, "event_types": ["integrated_account:created"]}), 403)
    scopes = frozenset({"activities:read", "activities:write"})
    with town.client(town.credential(town.alice, scopes=scopes)) as narrow:  # type: ignore[arg-type]
        own = hook(narrow, URL)
        assert own["event_types"] == ["record:*"]
        error(narrow.patch(f"{HOOKS}/{own['id']}", json={"event_types": ["integrated_account:*"]}), 403)
        assert narrow.patch(f"{HOOKS}/{own['id']}", json={"event_types": []}).json()["event_types"] == ["record:*"]
        for types in ((), ("all",), ("integrated_account:deleted",)):
            told = hook(alice, URL, *types)
            error(narrow.patch(f"{HOOKS}/{told['id']}", json={"target_url": "https://elsewhere.example.com"}), 403)


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (("activities:write",), 403),
        (("activities:read",), 403),
        (("activities:read", "activities:write"), 201),
    ],
)
def test_who_is_told_must_be_allowed_to_read(town: Town, scopes: tuple[str, ...], status: int) -> None:
    with town.client(town.credential(town.bob, scopes=frozenset(scopes))) as client:  # type: ignore[arg-type]
        assert client.post(HOOKS, json={"target_url": URL}).status_code == status


def test_who_may_not_read_turns_nothing_elsewhere(town: Town, alice: httpx2.Client) -> None:
    made = hook(alice, URL, "record:*")
    scopes = frozenset({"activities:write"})
    with town.client(town.credential(town.alice, scopes=scopes)) as writes:  # type: ignore[arg-type]
        error(writes.patch(f"{HOOKS}/{made['id']}", json={"target_url": "https://elsewhere.example.com"}), 403)
    assert alice.get(f"{HOOKS}/{made['id']}").json()["target_url"] == URL


def test_a_test_says_whether_it_arrived(alice: httpx2.Client, ear: Receiver) -> None:
    made = hook(alice, ear.url, "record:deleted")
    answer = alice.post(f"{HOOKS}/test", json={"id": made["id"]})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (heard,) = of(ear.heard, made)
    event = verified(heard, made)
    assert (event["event"], event["payload"]) == ("test", {"foo": "bar"})


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 Oh\r\n\r\n", b"HTTP/1.1 302 Away\r\nlocation: /x\r\n\r\n"])
def test_a_test_that_fails_says_so(alice: httpx2.Client, ear: Receiver, answer: bytes) -> None:
    made = hook(alice, ear.url)
    ear.answers.append(answer)
    failed = error(alice.post(f"{HOOKS}/test", json={"id": made["id"]}), 502)
    assert answer.split(b" ")[1].decode() in failed["message"]
    alice.delete(f"{HOOKS}/{made['id']}")


def test_a_paused_webhook_is_sent_no_test(alice: httpx2.Client, ear: Receiver) -> None:
    made = hook(alice, ear.url, is_active=False)
    error(alice.post(f"{HOOKS}/test", json={"id": made["id"]}), 409)
    assert ear.heard == []


def test_a_test_that_nobody_sends_is_not_said_to_have_arrived(
    town: Town, alice: httpx2.Client, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is held up by somebody who does not answer; how long a test is waited for is all that is shortened."""
    monkeypatch.setattr(handlers, "TEST_SECONDS", 0.2)
    made = hook(alice, ear.url)
    ear.open.clear()
    assert error(alice.post(f"{HOOKS}/test", json={"id": made["id"]}), 504)["message"].startswith("The test has not")
    ear.open.set()
    alice.delete(f"{HOOKS}/{made['id']}")


def test_webhooks_in_other_words_are_none_of_these(town: Town, alice: httpx2.Client) -> None:
    new = NewWebhook(face="dayline", url=URL, secrets={"secret": "whsec_c2VjcmV0"})
    other = town.wait(town.service.webhooks.create(town.alice.principal, new, lambda made: made))
    assert other.uuid not in _all(alice)
    error(alice.get(f"{HOOKS}/{other.uuid}"), 404)
    error(alice.delete(f"{HOOKS}/{other.uuid}"), 404)
