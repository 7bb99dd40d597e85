"""Pipedrive's webhooks over HTTP: how they are made, shown, deleted and refused."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dayline.domain.webhook import NewWebhook
from dayline.store.tables import changes, idempotency, webhooks
from dayline.vendors.pipedrive.webhooks.routes import OPERATIONS
from tests.house import Town
from tests.vendors.pipedrive.webhooks.conftest import ROOT, subscribe

URL = "https://hooks.example/pipedrive"
# As the contract shows one, in its order.
SHOWN = {
    "id": int, "company_id": int, "owner_id": int, "user_id": int, "event_action": str, "event_object": str,
    "subscription_url": str, "version": str, "is_active": int, "add_time": str, "remove_time": None, "type": str,
    "http_auth_user": None, "http_auth_password": None, "remove_reason": None, "last_delivery_time": None,
    "last_http_status": None, "admin_id": int, "name": str,
}  # fmt: skip


@pytest.fixture(autouse=True)
def tidy(town: Town) -> Iterator[None]:
    """No test has another's webhooks."""
    yield
    with town.client(town.alice) as alice:
        for webhook in alice.get(ROOT).json()["data"]:
            alice.delete(f"{ROOT}/{webhook['id']}")


@pytest.mark.parametrize("root", [ROOT, f"/api{ROOT}", f"/pipedrive{ROOT}"])
@pytest.mark.parametrize("way", ["json", "form"])
def test_one_is_made_shown_and_deleted(town: Town, alice: httpx2.Client, root: str, way: str) -> None:
    body = {"subscription_url": URL, "event_action": "create", "event_object": "activity", "name": "sync"}
    made = alice.post(root, json=body) if way == "json" else alice.post(root, data=body)
    assert made.status_code == 201
    assert list(made.json()) == ["status", "success", "data"]
    data = made.json()["data"]
    assert {key: None if value is None else type(value) for key, value in data.items()} == SHOWN
    assert list(data) == list(SHOWN)
    assert data == data | body | {"version": "2.0", "is_active": 1, "type": "general"}
    assert {data[key] for key in ("owner_id", "user_id", "admin_id")} == {town.alice.user_id}
    assert data["company_id"] == town.alice.account_id
    assert alice.get(root).json() == {"status": "ok", "success": True, "data": [data]}
    gone = alice.delete(f"{root}/{data['id']}")
    assert (gone.status_code, gone.json()) == (200, {"status": "ok", "success": True})
    assert alice.get(root).json() == {"status": "ok", "success": True, "data": []}
    again = alice.delete(f"{root}/{data['id']}")
    assert (again.status_code, again.json()) == (
        404,
        {"status": "error", "success": False, "errors": {"id": ["not found"]}},
    )


def test_each_costs_its_tokens() -> None:
    assert {row.method: row.cost for row in OPERATIONS} == {"GET": 10, "POST": 10, "DELETE": 6}


@pytest.mark.parametrize(
    ("action", "given", "version"),
    [
        ("create", None, "2.0"),
        ("*", None, "2.0"),
        ("*", "1.0", "1.0"),
        *((verb, None, "1.0") for verb in ("added", "updated", "deleted", "merged")),
        ("change", "2.0", "2.0"),
    ],
)
def test_what_clients_leave_out(alice: httpx2.Client, action: str, given: str | None, version: str) -> None:
    """Automation tools send neither name nor version."""
    made = subscribe(alice, URL, action, version=given)
    assert (made["version"], made["name"]) == (version, f"{action}.activity")


def test_strict_takes_them_too(strict_town: Town) -> None:
    with strict_town.client(strict_town.alice) as alice:
        assert subscribe(alice, URL, "added", "deal", something="else")["version"] == "1.0"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"subscription_url": None}, "subscription_url"),
        ({"subscription_url": 5}, "subscription_url"),
        ({"event_action": "made"}, "event_action"),
        ({"event_action": "added", "version": "2.0"}, "event_action"),
        ({"event_action": "create", "version": "1.0"}, "event_action"),
        ({"event_object": "task force"}, "event_object"),
        ({"version": "3.0"}, "version"),
        ({"name": "x" * 256}, "name"),
        ({"user_id": 999_999}, "user_id"),
        ({"user_id": "x"}, "user_id"),
        ({"http_auth_user": "a:b", "http_auth_password": "c"}, "http_auth_user"),
    ],
)
def test_what_is_refused_is_told_by_field(alice: httpx2.Client, fields: dict[str, Any], wrong: str) -> None:
    body = {"subscription_url": URL, "event_action": "*", "event_object": "*", **fields}
    answer = alice.post(ROOT, json=body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["status", "success", "errors"]
    assert (answer.json()["status"], answer.json()["success"]) == ("error", False)
    assert list(answer.json()["errors"]) == [wrong]
    assert alice.get(ROOT).json()["data"] == []


@pytest.mark.parametrize("missing", ["subscription_url", "event_action", "event_object"])
def test_what_must_be_there(alice: httpx2.Client, missing: str) -> None:
    body = {"subscription_url": URL, "event_action": "*", "event_object": "*"}
    answer = alice.post(ROOT, json={key: value for key, value in body.items() if key != missing})
    assert (answer.status_code, answer.json()["errors"]) == (400, {missing: ["is required"]})


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://hooks.example/", "ftp://hooks.example/", "https://", "https://a:b@hooks.example/",
        "https://0x7f.1/", "https://2130706433/", "https://hooks.example/#a", "javascript:alert(1)", "https://a b/",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called(alice: httpx2.Client, url: str) -> None:
    answer = alice.post(ROOT, json={"subscription_url": url, "event_action": "*", "event_object": "*"})
    assert answer.status_code == 400
    told = answer.json()["errors"]["subscription_url"]
    assert told[0] == "invalid or non-reachable URL"
    assert len(told) == 2


def test_whose_they_are(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    hers, his = subscribe(alice, URL), subscribe(bob, URL)
    for_him = subscribe(alice, URL, user_id=town.bob.user_id)
    assert (for_him["owner_id"], for_him["user_id"]) == (town.alice.user_id, town.bob.user_id)
    listed = {name: [row["id"] for row in client.get(ROOT).json()["data"]] for name, client in
              (("alice", alice), ("bob", bob))}  # fmt: skip
    assert listed == {"alice": [hers["id"], his["id"], for_him["id"]], "bob": [his["id"], for_him["id"]]}
    refused = bob.post(
        ROOT,
        json={"subscription_url": URL, "event_action": "*", "event_object": "*", "user_id": town.alice.user_id},
    )
    assert (refused.status_code, refused.json()) == (403, {"success": False, "message": "Forbidden"})
    assert bob.delete(f"{ROOT}/{hers['id']}").status_code == 404
    with town.client(town.charlie) as charlie:
        assert charlie.get(ROOT).json()["data"] == []
        assert charlie.delete(f"{ROOT}/{hers['id']}").status_code == 404
    assert alice.delete(f"{ROOT}/{his['id']}").status_code == 200


@pytest.mark.parametrize(
    ("lacking", "object_", "status"),
    [
        ("activities:read", "activity", 403),
        ("activities:read", "person", 201),
        ("records:read", "person", 403),
        ("records:read", "*", 403),
        ("records:read", "activity", 201),
        ("admin", "activity", 403),
    ],
)
def test_nobody_has_told_what_his_token_may_not_read(town: Town, lacking: Any, object_: str, status: int) -> None:
    lesser = town.credential(town.alice, scopes=frozenset(town.alice.principal.scopes - {lacking}))  # type: ignore[arg-type]
    with town.client(lesser) as client:
        answer = client.post(ROOT, json={"subscription_url": URL, "event_action": "*", "event_object": object_})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"] == "Scope and URL mismatch"


def test_forty_and_no_more(alice: httpx2.Client, bob: httpx2.Client) -> None:
    for _ in range(40):
        subscribe(bob, URL)
    answer = bob.post(ROOT, json={"subscription_url": URL, "event_action": "*", "event_object": "*"})
    assert answer.status_code == 422
    assert (answer.json()["success"], answer.json()["code"]) == (False, "ERR_WEBHOOK_LIMIT")
    assert len(bob.get(ROOT).json()["data"]) == 40
    assert subscribe(alice, URL)["is_active"] == 1


def test_a_password_is_never_seen_again(town: Town, alice: httpx2.Client) -> None:
    made = subscribe(alice, URL, http_auth_user="hook-user", http_auth_password="hook-password")
    listed = alice.get(ROOT).json()["data"]
    for shown in (made, *listed):
        assert (shown["http_auth_user"], shown["http_auth_password"]) == ("hook-user", None)
    body = {"subscription_url": URL, "event_action": "*", "event_object": "*", "http_auth_user": "hook-user"}
    first, again = [alice.post(ROOT, json=body, headers={"idempotency-key": "hook"}) for _ in range(2)]
    assert first.json()["data"] == again.json()["data"] | {"http_auth_user": "hook-user"}
    assert again.json()["data"]["http_auth_user"] is None
    for table in (webhooks, changes, idempotency):
        stored = str(town.rows(select(table)))
        assert URL in stored
        assert "hook-user" not in stored
        assert "hook-password" not in stored


def test_other_webhooks_are_not_here(town: Town, alice: httpx2.Client) -> None:
    """Those of other dialects, which somebody may have too."""
    new = NewWebhook(face="dayline", url=URL)
    other = town.wait(town.service.webhooks.create(town.alice.principal, new, lambda made: made))
    assert alice.get(ROOT).json()["data"] == []
    assert alice.delete(f"{ROOT}/{other.id}").status_code == 404
    town.wait(town.service.webhooks.delete(town.alice.principal, other.id, lambda made: made))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["subscription_url", "event_action", "event_object", "name", "user_id", "http_auth_user", "version"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(NAMES, JSON) | JSON)
def test_garbage_is_refused_in_the_vendors_words(alice: httpx2.Client, body: Any) -> None:
    content = json.dumps(body).encode()
    answer = alice.post(ROOT, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert list(answer.json()) == ["status", "success", "errors"]
    errors = answer.json()["errors"]
    assert errors
    assert all(isinstance(line, str) for lines in errors.values() for line in lines)


@pytest.mark.parametrize("id_", ["0", "-1", "x", "1.5", "9" * 30, "%00", "%ff"])
def test_an_id_that_is_none(alice: httpx2.Client, id_: str) -> None:
    answer = alice.delete(f"{ROOT}/{id_}")
    assert answer.status_code in (400, 404)
    assert list(answer.json()) == ["status", "success", "errors"]
    assert list(answer.json()["errors"]) == ["id"]
