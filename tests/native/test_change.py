"""Changing, deleting and restoring records, and finding them; what one may not write stays as it was."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.cast import Person
from tests.house import Town
from tests.native.conftest import Create
from tests.native.problems import RECORDS, assert_problem

GIVEN = {"name": "Mara Lind", "email": "mara@example.com", "phone": "12", "external_id": None, "owner_id": None}


def path_of(record: dict[str, object], name: str = "id") -> str:
    return f"{RECORDS}/{record['kind']}/{record[name]}"


@pytest.mark.parametrize("name", ["id", "uuid", "slug"])
def test_only_what_is_sent_changes(alice: httpx2.Client, create: Create, name: str) -> None:
    record = create(email="mara@example.com", phone="12")
    answer = alice.patch(path_of(record, name), json={"name": "Mara Stone", "phone": None})
    assert answer.status_code == 200
    assert (answer.headers["etag"], answer.json()["revision"]) == ('"2"', 2)
    differing = {"name": "Mara Stone", "phone": None, "revision": 2, "updated_at": answer.json()["updated_at"]}
    assert answer.json() == record | differing
    assert alice.get(path_of(record)).content == answer.content


def test_what_is_already_so_is_not_written_again(alice: httpx2.Client, create: Create) -> None:
    record = create()
    for body in ({}, {"name": record["name"]}, {"email": None}):
        answer = alice.patch(path_of(record), json=body)
        assert (answer.status_code, answer.json()) == (200, record)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"email": 7}, "email"),
        ({"owner_id": 10**9}, "owner_id"),
        ({"kind": "deal"}, "kind"),
        ({"id": 5}, "id"),
    ],
)
def test_a_refused_change_changes_nothing(
    alice: httpx2.Client, create: Create, body: dict[str, object], field: str
) -> None:
    record = create()
    assert_problem(alice.patch(path_of(record), json={"phone": "99"} | body), 400, field)
    assert alice.get(path_of(record)).json() == record


def test_an_external_id_is_taken_once(alice: httpx2.Client, create: Create) -> None:
    first, second = create(external_id="crm-70"), create()
    problem = assert_problem(alice.patch(path_of(second), json={"external_id": "crm-70"}), 409)
    assert problem["detail"].startswith("external_id: ")
    assert alice.patch(path_of(first), json={"external_id": "crm-70"}).json() == first
    assert alice.patch(path_of(first), json={"external_id": None}).status_code == 200
    assert alice.patch(path_of(second), json={"external_id": "crm-70"}).status_code == 200


def test_a_change_for_another_revision_is_refused(alice: httpx2.Client, create: Create) -> None:
    record = create()
    stale, fresh = {"if-match": '"7"'}, {"if-match": '"1"'}
    assert_problem(alice.patch(path_of(record), json={"name": "B"}, headers=stale), 412)
    assert_problem(alice.delete(path_of(record), headers=stale), 412)
    assert alice.patch(path_of(record), json={"name": "B"}, headers=fresh).status_code == 200
    assert_problem(alice.delete(path_of(record), headers=fresh), 412)
    assert alice.delete(path_of(record), headers={"if-match": "*"}).status_code == 204


def test_of_many_changes_for_one_revision_one_wins(town: Town, alice: httpx2.Client, create: Create) -> None:
    """Also when each names the record in another way."""
    record = create()
    names = ["id", "uuid", "slug"] * 8

    def patch(place: int) -> int:
        body, match = {"name": f"number {place}"}, {"if-match": '"1"'}
        return alice.patch(path_of(record, names[place]), json=body, headers=match).status_code

    with ThreadPoolExecutor(8) as crowd:
        statuses = sorted(crowd.map(patch, range(24)))
    assert statuses == [200] + [412] * 23
    assert alice.get(path_of(record)).json()["revision"] == 2


def test_a_deleted_record_is_gone_until_it_is_restored(town: Town, alice: httpx2.Client, create: Create) -> None:
    record = create(kind="deal", name="Delenda", external_id="x-del")
    held = alice.post("/api/v2/activities", json={"deal_id": record["id"]}).json()["data"]
    assert alice.delete(path_of(record)).status_code == 204
    for name in ("id", "uuid", "slug"):
        assert_problem(alice.get(path_of(record, name)), 404)
        assert_problem(alice.delete(path_of(record, name)), 404)
        assert_problem(alice.patch(path_of(record, name), json={"name": "B"}), 404)
    assert alice.get(RECORDS, params={"q": "delenda"}).json()["data"] == []
    gone = alice.get(RECORDS, params={"q": "delenda", "deleted": "true"}).json()["data"]
    assert [(item["id"], item["revision"], bool(item["deleted_at"])) for item in gone] == [(record["id"], 2, True)]
    assert alice.post("/api/v2/activities", json={"deal_id": record["id"]}).status_code == 400
    assert alice.get(f"/api/v2/activities/{held['id']}").json()["data"]["deal_id"] == record["id"]
    assert_problem(alice.post(RECORDS, json={"kind": "deal", "name": "B", "external_id": "x-del"}), 409)

    back = alice.post(f"{path_of(record)}/restore")
    assert (back.status_code, back.headers["etag"]) == (200, '"3"')
    assert back.json() == record | {"revision": 3, "updated_at": back.json()["updated_at"]}
    assert alice.post(f"{path_of(record)}/restore").json() == back.json()
    assert alice.post("/api/v2/activities", json={"deal_id": record["id"]}).status_code == 200


def test_members_may_and_strangers_may_not(
    bob: httpx2.Client, charlie: httpx2.Client, alice: httpx2.Client, create: Create
) -> None:
    record = create(kind="lead")
    for name in ("id", "uuid", "slug"):
        path = path_of(record, name)
        assert_problem(charlie.patch(path, json={"name": "Mine"}), 404)
        assert_problem(charlie.delete(path), 404)
        assert_problem(charlie.post(f"{path}/restore"), 404)
    assert alice.get(path_of(record)).json() == record
    assert bob.patch(path_of(record), json={"name": "Bob's"}).status_code == 200


def test_a_token_that_may_only_read(town: Town, alice: httpx2.Client, create: Create) -> None:
    record = create()
    with town.client(town.credential(town.alice, scopes=frozenset({"records:read"}))) as reader:
        assert reader.get(path_of(record)).status_code == 200
        for answer in (
            reader.patch(path_of(record), json={"name": "B"}),
            reader.delete(path_of(record)),
            reader.post(f"{path_of(record)}/restore"),
            reader.post(f"{RECORDS}/bulk", json={"records": [{"external_id": "1"}]}),
        ):
            assert_problem(answer, 403)
    assert alice.get(path_of(record)).json() == record


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("STRASSE", ["Max Straße"]),
        ("straße", ["Max Straße"]),
        ("max", ["Max Straße", "Maximilian"]),
        ("50%", ["50% off_"]),
        ("%", ["50% off_"]),
        ("_", ["50% off_"]),
        ("\\", ["back\\slash"]),
        ("@ACME", ["Maximilian"]),
        ("x\ny", []),
        ("nobody", []),
    ],
)
def test_search_by_part_of_name_or_email(town: Town, newcomer: Person, q: str, found: list[str]) -> None:
    with town.client(newcomer) as nora:
        for name in ("Max Straße", "50% off_", "back\\slash"):
            nora.post(RECORDS, json={"kind": "contact", "name": name})
        nora.post(RECORDS, json={"kind": "contact", "name": "Maximilian", "email": "m@acme.example"})
        page = nora.get(RECORDS, params={"q": q})
        assert [record["name"] for record in page.json()["data"]] == found
        assert nora.get(RECORDS, params={"q": q, "kind": "deal"}).json()["data"] == []


def test_find_by_external_id(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        for kind in ("contact", "deal"):
            nora.post(RECORDS, json={"kind": kind, "name": "A", "external_id": "crm-1"})
        found = nora.get(RECORDS, params={"external_id": "crm-1"}).json()["data"]
        assert [record["kind"] for record in found] == ["contact", "deal"]
        assert len(nora.get(RECORDS, params={"external_id": "crm-1", "kind": "deal"}).json()["data"]) == 1
        assert nora.get(RECORDS, params={"external_id": "CRM-1"}).json()["data"] == []


def test_a_cursor_belongs_to_its_search(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        for number in range(5):
            nora.post(RECORDS, json={"kind": "contact", "name": f"Mara {number}"})
        first = nora.get(RECORDS, params={"q": "mara", "limit": 2}).json()
        second = nora.get(RECORDS, params={"q": "mara", "limit": 3, "cursor": first["next_cursor"]}).json()
        names = [record["name"] for record in first["data"] + second["data"]]
        assert names == [f"Mara {number}" for number in range(5)]
        assert second["next_cursor"] is None
        for other in ({"q": "mar"}, {}, {"q": "mara", "deleted": "true"}, {"q": "mara", "kind": "contact"}):
            answer = nora.get(RECORDS, params={**other, "cursor": first["next_cursor"]})
            assert_problem(answer, 400, "cursor")
