"""Persons, deals, organizations, projects and leads over HTTP, as far as Pipedrive's clients need them."""

import re
from typing import Any

import httpx2
import pytest

from dayline.domain.record import Kind, RecordKey
from tests.house import Town

NAMED: tuple[tuple[str, str, Kind], ...] = (
    ("persons", "name", "contact"),
    ("deals", "title", "deal"),
    ("organizations", "name", "organization"),
    ("projects", "title", "project"),
)
COUNTS = "next_activity_id,last_activity_id,activities_count,done_activities_count,undone_activities_count"
each = pytest.mark.parametrize(("plural", "name", "kind"), NAMED, ids=[plural for plural, _, _ in NAMED])
counted = pytest.mark.parametrize(("plural", "name", "kind"), NAMED[:3], ids=[plural for plural, _, _ in NAMED[:3]])


def add(client: httpx2.Client, path: str, **fields: Any) -> Any:
    answer = client.post(path, json=fields)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["data"]


@each
def test_what_is_added_is_a_record_of_ours(
    town: Town, alice: httpx2.Client, plural: str, name: str, kind: Kind
) -> None:
    added = add(alice, f"/api/v2/{plural}", **{name: "Made here"})
    assert (added[name], added["owner_id"]) == ("Made here", town.alice.user_id)
    fraction = r"\.\d{3}" if kind == "project" else ""
    for instant in (added["add_time"], added["update_time"]):
        assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{fraction}Z", instant)
    assert alice.get(f"/api/v2/{plural}/{added['id']}").json() == {"success": True, "data": added}
    record = town.wait(town.service.records.get(town.alice.principal, RecordKey(kind, added["id"], "id")))
    assert (record.name, record.owner_id) == ("Made here", town.alice.user_id)


@each
def test_what_is_not_sent_stays(town: Town, alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    added = add(alice, f"/api/v2/{plural}", **{name: "Before", "owner_id": town.bob.user_id})
    path = f"/api/v2/{plural}/{added['id']}"
    changed = alice.patch(path, json={name: "After"}).json()["data"]
    follows = {"name", "title", "first_name", "update_time"}
    assert changed[name] == "After"
    assert {key: value for key, value in changed.items() if key not in follows} == {
        key: value for key, value in added.items() if key not in follows
    }
    assert alice.patch(path, json={"owner_id": town.alice.user_id}).json()["data"]["owner_id"] == town.alice.user_id
    before = town.changed()
    assert alice.patch(path, json={}).json()["data"][name] == "After"
    assert town.changed() == before


@each
def test_what_is_wrong(town: Town, alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    path, before = f"/api/v2/{plural}", town.changed()
    for body in (
        {}, {name: ""}, {name: "  "}, {name: 5}, {name: None}, {name: "x" * 256},
        {name: "Right", "owner_id": 999_999_999}, {name: "Right", "owner_id": "1"}, {name: "Right", "owner_id": 0},
    ):  # fmt: skip
        answer = alice.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "ERR_SCHEMA_VALIDATION_FAILED"), body
        assert answer.json()["error"].startswith((f"Validation failed: {name}: ", "Validation failed: owner_id: "))
    assert town.changed() == before
    for method in ("GET", "PATCH"):
        answer = alice.request(method, f"{path}/999999999", json=None if method == "GET" else {name: "Mine"})
        assert (answer.status_code, answer.json()["code"]) == (404, "ERR_NOT_FOUND")
        assert answer.json()["error"] == f"{plural.removesuffix('s').capitalize()} not found"
    assert alice.delete(f"{path}/1").status_code == 405


@each
def test_a_repeated_key_adds_once(alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    headers = {"idempotency-key": plural}
    first, again = (alice.post(f"/api/v2/{plural}", json={name: "Once"}, headers=headers) for _ in range(2))
    assert (first.status_code, again.content) == (200, first.content)


@each
def test_a_deleted_one_is_gone(town: Town, alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    id_ = add(alice, f"/api/v2/{plural}", **{name: "Short lived"})["id"]
    town.wait(town.service.records.delete(town.alice.principal, RecordKey(kind, id_, "id"), lambda record: record))
    assert alice.get(f"/api/v2/{plural}/{id_}").status_code == 404
    assert alice.patch(f"/api/v2/{plural}/{id_}", json={name: "Back"}).status_code == 404
    assert id_ not in walk(alice, plural, "limit=500")
    if kind == "deal":
        gone = alice.get(f"/api/v2/deals?status=deleted&ids={id_}").json()["data"]
        assert [(deal["id"], deal["status"], deal["is_deleted"]) for deal in gone] == [(id_, "deleted", True)]


def walk(client: httpx2.Client, plural: str, query: str) -> list[int]:
    ids: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"/api/v2/{plural}?{query}{cursor and f'&cursor={cursor}'}").json()
        ids += [item["id"] for item in page["data"]]
        cursor = page["additional_data"]["next_cursor"]
    return ids


@each
def test_lists_are_walked_page_by_page(alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    added = [add(alice, f"/api/v2/{plural}", **{name: f"Number {number}"})["id"] for number in range(7)]
    everything = walk(alice, plural, "limit=3")
    assert everything == sorted(everything)
    assert everything[-7:] == added


@counted
def test_lists_are_filtered_and_sorted(town: Town, alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    carl = town.move_in(town.alice.account_id, f"Carl-{plural}", "member").user_id
    ids = [add(alice, f"/api/v2/{plural}", **{name: f"Of Carl {n}", "owner_id": carl})["id"] for n in range(4)]
    alice.patch(f"/api/v2/{plural}/{ids[1]}", json={name: "The latest"})
    his = f"owner_id={carl}&limit=2"
    assert walk(alice, plural, his) == walk(alice, plural, f"{his}&sort_by=add_time") == ids
    assert walk(alice, plural, f"{his}&sort_direction=desc") == ids[::-1]
    newest = walk(alice, plural, f"{his}&sort_by=update_time&sort_direction=desc")
    assert sorted(newest) == ids
    assert newest[0] == ids[1]
    assert walk(alice, plural, f"ids={ids[2]},{ids[0]},999999999") == [ids[0], ids[2]]
    assert walk(alice, plural, f"{his}&updated_since=2020-01-01T00:00:00Z") == ids
    assert walk(alice, plural, f"{his}&updated_until=2020-01-01T00:00:00Z") == []
    for wrong in (
        "ids=x",
        "updated_since=soon",
        "sort_by=name",
        "limit=501",
        "cursor=x",
        "org_id=1",
        "include_fields=x",
    ):
        assert alice.get(f"/api/v2/{plural}?{wrong}").status_code == 400, wrong


def test_a_cursor_is_of_one_list(alice: httpx2.Client) -> None:
    for number in range(2):
        add(alice, "/api/v2/deals", title=f"Two {number}")
        add(alice, "/api/v2/projects", title=f"Two {number}")
    cursor = alice.get("/api/v2/deals?limit=1").json()["additional_data"]["next_cursor"]
    assert alice.get(f"/api/v2/deals?limit=1&cursor={cursor}").status_code == 200
    assert alice.get(f"/api/v2/projects?limit=1&cursor={cursor}").status_code == 400
    assert alice.get(f"/api/v2/deals?limit=1&sort_by=add_time&cursor={cursor}").status_code == 400


def test_deals_are_open_until_deleted(alice: httpx2.Client) -> None:
    deal = add(alice, "/api/v2/deals", title="Open")
    assert (deal["status"], deal["is_deleted"], deal["is_archived"]) == ("open", False, False)
    assert walk(alice, "deals", f"status=open&ids={deal['id']}") == [deal["id"]]
    assert walk(alice, "deals", "status=won") == walk(alice, "deals", f"status=lost&ids={deal['id']}") == []


def test_a_person_has_one_address_and_one_number(town: Town, alice: httpx2.Client) -> None:
    emails = [{"value": " mara@example.com ", "primary": True, "label": "home"}, {"value": "", "primary": False}]
    person = add(alice, "/api/v2/persons", name="Mara van der Tamm", emails=emails, phones=[{"value": "+372 5"}])
    assert (person["first_name"], person["last_name"]) == ("Mara", "van der Tamm")
    assert person["emails"] == [{"value": "mara@example.com", "primary": True, "label": "work"}]
    assert person["phones"] == [{"value": "+372 5", "primary": True, "label": "work"}]
    path, before = f"/api/v2/persons/{person['id']}", town.changed()
    two = alice.patch(path, json={"emails": [{"value": "a@example.com"}, {"value": "b@example.com"}]})
    assert two.status_code == 400
    assert two.json()["error"].startswith("Validation failed: emails: ")
    assert town.changed() == before
    assert alice.patch(path, json={"emails": []}).json()["data"]["emails"] == []
    assert alice.patch(path, json={"phones": None}).json()["data"]["phones"] == []
    assert add(alice, "/api/v2/persons", name="Cher")["last_name"] is None


def test_what_was_read_can_be_sent_back(alice: httpx2.Client) -> None:
    for plural, name, _ in NAMED:
        added = add(alice, f"/api/v2/{plural}", **{name: "There and back"})
        back = alice.patch(f"/api/v2/{plural}/{added['id']}", json=added)
        assert (back.status_code, back.json()["data"]) == (200, added), back.text


@counted
def test_what_is_planned_is_counted(town: Town, alice: httpx2.Client, plural: str, name: str, kind: Kind) -> None:
    """By what the caller can see: an admin everything, a member what is public or his own."""
    id_ = add(alice, f"/api/v2/{plural}", **{name: "Busy"})["id"]
    field = {"persons": "person_id", "deals": "deal_id", "organizations": "org_id"}[plural]

    def plan(**fields: Any) -> int:
        return int(add(alice, "/api/v2/activities", **{field: id_, **fields})["id"])

    plan()
    later, sooner = plan(due_date="2026-03-01"), plan(due_date="2026-02-01")
    hidden = plan(due_date="2026-01-01", private=True)
    plan(done=True)
    plan(done=True, due_date="2025-01-01")
    last = plan(done=True, due_date="2025-06-01")
    alice.delete(f"/api/v2/activities/{plan(due_date='2020-01-01')}")
    path = f"/api/v2/{plural}/{id_}?include_fields={COUNTS}"
    told = {key: value for key, value in alice.get(path).json()["data"].items() if key in COUNTS.split(",")}
    assert told == {
        "next_activity_id": hidden, "last_activity_id": last, "activities_count": 7, "done_activities_count": 3,
        "undone_activities_count": 4,
    }  # fmt: skip
    listed = alice.get(f"/api/v2/{plural}?ids={id_}&include_fields=activities_count,%20last_activity_id").json()["data"]
    assert [(item["activities_count"], item["last_activity_id"]) for item in listed] == [(7, last)]
    assert "next_activity_id" not in listed[0]
    with town.client(town.bob) as bob:
        seen = bob.get(path).json()["data"]
    assert (seen["next_activity_id"], seen["activities_count"], seen["undone_activities_count"]) == (sooner, 6, 3)
    assert later != sooner
    assert not set(COUNTS.split(",")) & set(alice.get(f"/api/v2/{plural}/{id_}").json()["data"])


def test_who_may_not_read_activities_is_not_told_of_them(town: Town, alice: httpx2.Client) -> None:
    deal, lead = add(alice, "/api/v2/deals", title="Secret")["id"], add(alice, LEADS, title="Secret")["id"]
    add(alice, "/api/v2/activities", deal_id=deal, lead_id=lead)
    with town.client(town.credential(town.alice, scopes=frozenset({"records:read"}))) as reader:
        assert reader.get(f"/api/v2/deals/{deal}").status_code == 200
        for path in (f"/api/v2/deals/{deal}", "/api/v2/deals"):
            assert reader.get(f"{path}?include_fields=activities_count").status_code == 403
        assert reader.get(f"{LEADS}/{lead}").json()["data"]["next_activity_id"] is None
        assert reader.get("/v1/activityTypes").status_code == 403
    assert alice.get(f"{LEADS}/{lead}").json()["data"]["next_activity_id"] is not None


def test_nothing_is_planned_for_what_is_new(alice: httpx2.Client) -> None:
    id_ = add(alice, "/api/v2/deals", title="Quiet")["id"]
    deal = alice.get(f"/api/v2/deals/{id_}?include_fields={COUNTS}").json()["data"]
    assert [deal[name] for name in COUNTS.split(",")] == [None, None, 0, 0, 0]


LEADS = "/v1/leads"


def test_a_lead_is_named_by_its_uuid(town: Town, alice: httpx2.Client) -> None:
    lead = add(alice, LEADS, title="Promising", value={"amount": 5, "currency": "EUR"})
    assert re.fullmatch(r"[0-9a-f-]{36}", lead["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lead["add_time"])
    assert (lead["title"], lead["owner_id"], lead["next_activity_id"]) == ("Promising", town.alice.user_id, None)
    path = f"{LEADS}/{lead['id']}"
    assert alice.get(path).json() == alice.get(f"/api{path}").json() == {"success": True, "data": lead}
    planned = add(alice, "/api/v2/activities", lead_id=lead["id"])["id"]
    assert alice.get(path).json()["data"]["next_activity_id"] == planned
    changed = alice.patch(path, json={"title": "Cold", "owner_id": town.bob.user_id}).json()["data"]
    assert (changed["title"], changed["owner_id"], changed["next_activity_id"]) == ("Cold", town.bob.user_id, planned)


def test_leads_are_paged_by_number(town: Town, alice: httpx2.Client) -> None:
    dora = town.move_in(town.alice.account_id, "Dora", "member").user_id
    assert alice.get(f"{LEADS}?owner_id={dora}").json()["data"] is None
    ids = [add(alice, LEADS, title=f"Lead {number}", owner_id=dora)["id"] for number in range(5)]

    def page(query: str) -> tuple[list[str], Any]:
        answer = alice.get(f"{LEADS}?owner_id={dora}&{query}").json()
        return [lead["id"] for lead in answer["data"] or []], answer["additional_data"]["pagination"]

    assert page("limit=2") == (ids[:2], {"start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2})
    assert page("limit=2&start=4") == (ids[4:], {"start": 4, "limit": 2, "more_items_in_collection": False})
    assert page("start=9")[0] == []
    assert page("limit=900")[1]["limit"] == 500
    assert page("sort=add_time DESC")[0] == page("sort=id DESC")[0] == ids[::-1]
    assert page("updated_since=2020-01-01T00:00:00Z")[0] == ids


def test_what_is_no_lead(town: Town, alice: httpx2.Client) -> None:
    before = town.changed()
    for body in ({}, {"title": " "}, {"title": 5}, {"title": "Right", "owner_id": 999_999_999}):
        answer = alice.post(LEADS, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST"), body
    for id_, status in (("01a1fe45-0588-7305-81f9-936129d6714b", 404), ("5", 400), ("lead_of_nobody", 400)):
        for method in ("GET", "PATCH"):
            answer = alice.request(method, f"{LEADS}/{id_}", json=None if method == "GET" else {"title": "Mine"})
            assert answer.status_code == status
    assert answer.json()["success"] is False
    missing = alice.get(f"{LEADS}/01a1fe45-0588-7305-81f9-936129d6714b").json()
    assert (missing["error"], missing["code"]) == ("requested lead not found", "ERR_NOT_FOUND")
    assert town.changed() == before


def test_strict_refuses_what_it_does_not_keep(strict_town: Town) -> None:
    with strict_town.client(strict_town.alice) as alice:
        for plural, name, _ in NAMED:
            answer = alice.post(f"/api/v2/{plural}", json={name: "Strict", "value": 5})
            assert answer.status_code == 400
            assert answer.json()["error"] == (
                "Validation failed: value: Parameter 'value' is not allowed for this request"
            )
        assert alice.post(LEADS, json={"title": "Strict", "value": {"amount": 5}}).status_code == 201
