"""Users and tokens over the native API: who may what, and that a credential is shown once and kept nowhere."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from dayline.domain.time import format_instant
from dayline.store.tables import metadata
from tests.cast import Person
from tests.house import Town
from tests.native.problems import RECORDS, assert_problem

USERS, TOKENS = "/dayline/v1/users", "/dayline/v1/tokens"
DAY = 86_400_000
Json = dict[str, Any]


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Any:
    with town.client(newcomer) as client:
        yield client


def add(client: httpx2.Client, name: str = "Mo", **fields: object) -> Json:
    answer = client.post(USERS, json={"name": name, "email": f"{name.lower()}@example.com"} | fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def issue(client: httpx2.Client, **fields: object) -> Json:
    answer = client.post(TOKENS, json=fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def test_a_user_is_added_and_found_by_each_name(nora: httpx2.Client) -> None:
    answer = nora.post(USERS, json={"name": " Mo Lee ", "email": "mo@example.com", "zone": "Asia/Tokyo"})
    made = answer.json()
    assert answer.status_code == 201
    assert (made["name"], made["role"], made["zone"], made["active"]) == ("Mo Lee", "member", "Asia/Tokyo", True)
    assert (answer.headers["location"], answer.headers["etag"]) == (f"{USERS}/{made['id']}", '"1"')
    for name in ("id", "uuid", "slug"):
        assert nora.get(f"{USERS}/{made[name]}").json() == made
    for nobody in ("999", "mo", "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"):
        assert_problem(nora.get(f"{USERS}/{nobody}"), 404)
    assert nora.get(f"{USERS}/me").json()["name"] == "Nora"


def test_users_page_by_page(nora: httpx2.Client) -> None:
    names = ["Nora", *(add(nora, f"U{number}")["name"] for number in range(4))]
    seen, cursor = [], ""
    while cursor is not None:
        page = nora.get(USERS, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [user["name"] for user in page["data"]]
        cursor = page["next_cursor"]
    assert seen == names
    assert_problem(nora.get(USERS, params={"cursor": "x"}), 400, "cursor")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "", "email": "a@b.example"}, 400, "name"),
        ({"name": " ", "email": "a@b.example"}, 400, "name"),
        ({"name": "A", "email": "nobody"}, 400, "email"),
        ({"name": "A", "email": "a b@c.example"}, 400, "email"),
        ({"name": "A", "email": "a@b.example", "zone": "Mars/Olympus"}, 400, "zone"),
        ({"name": "A", "email": "a@b.example", "role": "king"}, 400, "role"),
        ({"name": "A", "email": "a@b.example", "active": False}, 400, "active"),
        ({"name": "A", "email": "NORA@example.com"}, 409, None),
    ],
    ids=str,
)
def test_a_user_that_cannot_be(nora: httpx2.Client, body: Json, status: int, field: str | None) -> None:
    assert_problem(nora.post(USERS, json=body), status, *([field] if field else []))
    assert len(nora.get(USERS).json()["data"]) == 1


def test_only_what_is_sent_changes(nora: httpx2.Client) -> None:
    made = add(nora)
    answer = nora.patch(f"{USERS}/{made['slug']}", json={"name": "Mo Lee", "role": "admin"})
    changed = {"name": "Mo Lee", "role": "admin", "revision": 2, "updated_at": answer.json()["updated_at"]}
    assert answer.json() == made | changed
    assert answer.headers["etag"] == '"2"'
    assert nora.patch(f"{USERS}/{made['id']}", json={"name": "Mo Lee"}).json()["revision"] == 2
    stale = nora.patch(f"{USERS}/{made['id']}", json={"name": "B"}, headers={"if-match": '"1"'})
    assert_problem(stale, 412)
    assert_problem(nora.patch(f"{USERS}/{made['id']}", json={"email": "nora@example.com"}), 409)
    assert nora.get(f"{USERS}/{made['id']}").json() == answer.json()


def test_the_last_admin_stays_one(nora: httpx2.Client) -> None:
    for wish in ({"role": "member"}, {"active": False}):
        assert "only admin" in assert_problem(nora.patch(f"{USERS}/me", json=wish), 409)["detail"]
    add(nora, "Mo", role="admin")
    assert nora.patch(f"{USERS}/me", json={"role": "member"}).json()["role"] == "member"
    assert_problem(nora.patch(f"{USERS}/me", json={"role": "admin"}), 403)


def test_of_two_admins_who_leave_at_once_one_stays(town: Town, nora: httpx2.Client) -> None:
    mo = add(nora, "Mo", role="admin")
    credential = issue(nora, user_id=mo["id"])["credential"]
    with town.client(credential) as other, ThreadPoolExecutor(2) as both:
        leave = [both.submit(who.patch, f"{USERS}/me", json={"role": "member"}) for who in (nora, other)]
        assert sorted(answer.result().status_code for answer in leave) == [200, 409]


def test_who_is_inactive_is_out(town: Town, nora: httpx2.Client) -> None:
    mo = add(nora, "Mo")
    credential = issue(nora, user_id=mo["id"])["credential"]
    with town.client(credential) as client:
        assert client.get(f"{USERS}/me").status_code == 200
        assert nora.patch(f"{USERS}/{mo['id']}", json={"active": False}).status_code == 200
        assert_problem(client.get(f"{USERS}/me"), 401)
        named = nora.post("/dayline/v1/activities", json={"type": "call", "owner_id": mo["id"]})
        assert_problem(named, 400, "owner_id")
        assert_problem(nora.post(TOKENS, json={"user_id": mo["id"]}), 400, "user_id")
        nora.patch(f"{USERS}/{mo['id']}", json={"active": True})
        assert client.get(f"{USERS}/me").status_code == 200


def test_members_manage_themselves_alone(town: Town, bob: httpx2.Client, alice: httpx2.Client) -> None:
    assert bob.get(USERS).status_code == 200
    assert_problem(bob.post(USERS, json={"name": "A", "email": "a@b.example"}), 403)
    for body in ({"role": "admin"}, {"email": "b@b.example"}, {"active": False}, {"name": "B", "role": "member"}):
        assert_problem(bob.patch(f"{USERS}/me", json=body), 403)
    assert_problem(bob.patch(f"{USERS}/{town.alice.user_id}", json={"name": "B"}), 403)
    assert bob.patch(f"{USERS}/me", json={"zone": "Europe/Riga"}).json()["zone"] == "Europe/Riga"
    assert_problem(bob.post(TOKENS, json={"user_id": town.alice.user_id}), 403)
    mine = {token["user_id"] for token in bob.get(TOKENS).json()["data"]}
    assert mine == {town.bob.user_id}
    assert {token["user_id"] for token in alice.get(TOKENS).json()["data"]} >= {town.alice.user_id, town.bob.user_id}
    theirs = next(t for t in alice.get(TOKENS).json()["data"] if t["user_id"] == town.alice.user_id)
    assert_problem(bob.delete(f"{TOKENS}/{theirs['id']}"), 404)
    assert alice.get(f"{USERS}/me").status_code == 200


def test_a_token_is_made_used_and_revoked(town: Town, nora: httpx2.Client) -> None:
    made = issue(nora, name="export", scopes=["activities:read"])
    assert (made["name"], made["scopes"], made["revoked_at"]) == ("export", ["activities:read"], None)
    with town.client(made["credential"]) as client:
        assert client.get("/dayline/v1/activities").status_code == 200
        assert_problem(client.get(RECORDS), 403)
        assert nora.delete(f"{TOKENS}/{made['id']}").status_code == 204
        assert_problem(client.get("/dayline/v1/activities"), 401)
    assert_problem(nora.delete(f"{TOKENS}/{made['id']}"), 404)
    assert [token["name"] for token in nora.get(TOKENS).json()["data"] if token["revoked_at"]] == ["export"]


def test_no_token_makes_one_that_may_more(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    narrow = town.credential(newcomer, scopes=frozenset({"admin", "records:read"}))
    with town.client(narrow) as client:
        assert issue(client)["scopes"] == ["admin", "records:read"]
        assert_problem(client.post(TOKENS, json={"scopes": ["records:write"]}), 400, "scopes")
    with town.client(town.credential(newcomer, scopes=frozenset({"records:read"}))) as client:
        assert_problem(client.post(TOKENS, json={}), 403)
    now = town.service.store.clock()
    with town.client(town.credential(newcomer, expires_at=now + DAY)) as client:
        assert_problem(client.post(TOKENS, json={}), 400, "expires_at")
        assert_problem(client.post(TOKENS, json={"expires_at": format_instant(now + 2 * DAY)}), 400, "expires_at")
        assert client.post(TOKENS, json={"expires_at": format_instant(now + DAY // 2)}).status_code == 201
    for wrong in ("2020-01-01", "soon"):
        assert_problem(nora.post(TOKENS, json={"expires_at": wrong}), 400, "expires_at")
    for scopes in ([], ["everything"]):
        assert nora.post(TOKENS, json={"scopes": scopes}).status_code == 400


def test_a_credential_is_kept_nowhere(town: Town, nora: httpx2.Client) -> None:
    key = {"idempotency-key": "token-1"}
    first = nora.post(TOKENS, json={"name": "once"}, headers=key).json()
    again = nora.post(TOKENS, json={"name": "once"}, headers=key)
    assert again.json() == first | {"credential": None}
    assert again.headers["idempotency-replayed"] == "true"
    with town.client(first["credential"]) as client:
        assert client.get(f"{USERS}/me").status_code == 200
    secret = first["credential"].split("_")[2]
    for table in metadata.tables.values():
        assert secret not in repr(town.rows(select(table))), table.name
    for answer in (nora.get(TOKENS), nora.get(USERS)):
        assert secret not in answer.text
        assert "digest" not in answer.text
