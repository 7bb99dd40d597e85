"""Manual activities and the timeline as Reevo's clients send and read them, and what other dialects wrote on it."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.filter import Filter, Sort, scope_of
from dayline.domain.identity import UserKey
from dayline.domain.record import Record, RecordKey
from tests.house import Town
from tests.vendors.reevo.speech import NOBODYS, QUERY, ROOT, SEED, manual, named, pages

METADATA = ("body", "attributes", "metadata")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
EXAMPLE = """
{
  "attributes": {
    "metadata": {
      "activity_time": "2023-11-07T05:31:56Z",
      "subject": "<string>",
      "description": "<string>",
      "category": "OTHER"
    },
    "account_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "opportunity_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "contact_ids": [
      "3c90c3cc-0d44-4b50-8888-8dd25736052a"
    ],
    "sequence_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "pipeline_select_list_value_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  }
}
"""


@pytest.fixture(scope="module")
def alice(town: Town) -> Any:
    with town.client() as client:
        client.headers["authorization"] = f"Bearer {town.alice.credential}"
        yield client


@pytest.fixture
def account(town: Town) -> Record:
    return town.record(town.alice, "organization")


def log(client: httpx2.Client, **attributes: Any) -> Any:
    answer = client.post(ROOT, json=manual(**attributes))
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def rows(client: httpx2.Client, **scope: Any) -> list[Any]:
    return [row for page in pages(client, scope, {}) for row in page]


def test_the_documents_own_example(town: Town, alice: httpx2.Client) -> None:
    for kind in ("organization", "deal", "contact", "sequence"):
        named(town, town.alice, kind, SEED)
    answer = alice.post(ROOT, content=EXAMPLE, headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    owner = town.wait(town.service.people.get(town.alice.principal, town.alice.user_id))
    assert INSTANT.fullmatch(data["created_at"])
    assert data == {
        "id": data["id"],
        "created_at": data["created_at"],
        "updated_at": data["created_at"],
        "attributes": {
            "type": {"value": "MANUAL_ACTIVITY", "value_type": "enum"},
            "sub_type": {"value": "OTHER", "value_type": "enum"},
            "status": {"value": None, "value_type": "enum"},
            "priority": {"value": None, "value_type": "enum"},
            "display_name": {"value": "<string>", "value_type": "string"},
            "owner_user_id": {
                "value": {"related_record_id": owner.uuid, "related_record_type": "user"},
                "value_type": "record_reference",
            },
            "ended_at": {"value": "2023-11-07T05:31:56Z", "value_type": "timestamp"},
            "badge_status": {"value": None, "value_type": "string"},
            "location": {"value": None, "value_type": "string"},
        },
        "record_type": "activity",
        "metadata": None,
    }
    kept = town.wait(town.service.activities.get(town.alice.principal, data["id"]))
    assert {ref.kind for ref in kept.related} == {"organization", "deal", "sequence"}
    assert [(person.ref.uuid, person.primary) for person in kept.participants] == [(SEED, True)]
    assert (kept.note, kept.description, kept.when.duration) == ("<string>", None, None)
    assert kept.extras["reevo"]["pipeline_select_list_value_id"] == SEED
    for scope in ("account_id", "opportunity_id", "contact_id"):
        assert data in rows(alice, **{scope: SEED})


@pytest.mark.parametrize(
    ("category", "type_"),
    [
        ("TEXT", "note"), ("LINKEDIN", "note"), ("SOCIAL_MEDIA", "note"), ("EVENT", "meeting"),
        ("CONFERENCE", "meeting"), ("WEBINAR", "meeting"), ("CALL", "call"), ("OTHER", "note"),
    ],
)  # fmt: skip
def test_a_category_is_a_type_elsewhere_and_stays_itself_here(
    town: Town, alice: httpx2.Client, account: Record, category: str, type_: str
) -> None:
    data = log(alice, metadata={"category": category}, account_id=account.uuid)
    kept = town.wait(town.service.activities.get(town.alice.principal, data["id"]))
    assert kept.type.key == type_
    changed = Draft(type=TypeKey("task", "type"), subject="Changed elsewhere")
    town.wait(town.service.activities.change(town.alice.principal, kept.id, changed, lambda written: written))
    [row] = rows(alice, account_id=account.uuid)
    assert row["attributes"]["type"]["value"] == "MANUAL_ACTIVITY"
    assert row["attributes"]["sub_type"]["value"] == category
    assert row["attributes"]["display_name"]["value"] == "Changed elsewhere"
    assert row["metadata"] is None


@pytest.mark.parametrize(
    ("given", "shown", "done"),
    [
        ("2026-03-02T15:00:00Z", "2026-03-02T15:00:00Z", True),
        ("2026-03-02T15:00:00", "2026-03-02T15:00:00Z", True),
        ("2026-03-02T15:00:00.75+02:00", "2026-03-02T13:00:00Z", True),
        ("9998-03-02T15:00:00Z", "9998-03-02T15:00:00Z", False),
    ],
)
def test_what_is_not_in_the_future_is_done(
    town: Town, alice: httpx2.Client, given: str, shown: str, done: bool
) -> None:
    data = log(alice, metadata={"activity_time": given})
    assert data["attributes"]["ended_at"]["value"] == shown
    assert town.wait(town.service.activities.get(town.alice.principal, data["id"])).done is done


def test_ids_in_envelopes_in_capitals_twice_or_null(town: Town, alice: httpx2.Client, account: Record) -> None:
    person = town.record(town.alice, "contact")
    data = log(
        alice,
        account_id={"value": account.uuid.upper(), "value_type": "uuid"},
        opportunity_id=None,
        sequence_id={"value": None},
        contact_ids=[person.uuid, {"value": person.uuid.upper(), "value_type": "uuid"}],
    )
    kept = town.wait(town.service.activities.get(town.alice.principal, data["id"]))
    assert [ref.uuid for ref in kept.related] == [account.uuid]
    assert [one.ref.uuid for one in kept.participants] == [person.uuid]
    nothing: tuple[Any, ...] = (None, [])
    for none in nothing:
        empty = log(alice, contact_ids=none)
        assert not town.wait(town.service.activities.get(town.alice.principal, empty["id"])).participants


@pytest.mark.parametrize("field", ["account_id", "opportunity_id", "contact_ids", "sequence_id"])
@pytest.mark.parametrize("enveloped", [False, True])
def test_an_unknown_id_writes_nothing(
    town: Town, alice: httpx2.Client, account: Record, field: str, enveloped: bool
) -> None:
    before = town.changed()
    id_: Any = {"value": NOBODYS, "value_type": "uuid"} if enveloped else NOBODYS
    given = {"account_id": account.uuid, field: [id_] if field == "contact_ids" else id_}
    answer = alice.post(ROOT, json=manual(**given))
    where = "contact_ids[0]" if field == "contact_ids" else field
    assert answer.status_code == 404
    assert answer.json() == {
        "error_response_type": "GENERIC",
        "error": "target_record_not_found",
        "message": f"{where} not found",
        "details": {"field": where},
    }
    assert town.changed() == before


@pytest.mark.parametrize(
    ("body", "type_", "loc"),
    [
        ({}, "missing", ["body", "attributes"]),
        ({"attributes": {}}, "missing", ["body", "attributes", "metadata"]),
        (manual(metadata={"category": "call"}), "enum", [*METADATA, "category"]),
        (manual(metadata={"activity_time": ""}), "datetime_parsing", [*METADATA, "activity_time"]),
        (manual(metadata={"subject": 5}), "string_type", [*METADATA, "subject"]),
        (manual(" "), "string_too_short", [*METADATA, "subject"]),
        (manual(""), "string_too_short", [*METADATA, "subject"]),
        (manual("x" * 1001), "string_too_long", [*METADATA, "subject"]),
        (manual("a\0b"), "value_error", [*METADATA, "subject"]),
        (manual(metadata={"description": "x" * 100_001}), "string_too_long", [*METADATA, "description"]),
        (manual(metadata={"activity_time": 5}), "datetime_type", [*METADATA, "activity_time"]),
        (manual(account_id=5), "uuid_type", ["body", "attributes", "account_id"]),
        (manual(account_id={"value": 5}), "uuid_type", ["body", "attributes", "account_id", "value"]),
        (manual(contact_ids=[SEED] * 201), "too_long", ["body", "attributes", "contact_ids"]),
        (manual(contact_ids=[5]), "uuid_type", ["body", "attributes", "contact_ids", 0]),
        (manual(contact_ids=[{"value": None}]), "uuid_type", ["body", "attributes", "contact_ids", 0]),
        (manual(account_id="x"), "uuid_parsing", ["body", "attributes", "account_id"]),
        (manual(contact_ids=[SEED, "x"]), "uuid_parsing", ["body", "attributes", "contact_ids", 1]),
        (manual(contact_ids=5), "list_type", ["body", "attributes", "contact_ids"]),
        (manual(type="MEETING"), "enum", ["body", "attributes", "type"]),
        (manual(no_such=1), "extra_forbidden", ["body", "attributes", "no_such"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_a_list(alice: httpx2.Client, body: Any, type_: str, loc: list[Any]) -> None:
    answer = alice.post(ROOT, json=body)
    assert answer.status_code == 422
    [detail] = answer.json()["detail"]
    assert (detail["type"], detail["loc"], detail["input"]) == (type_, loc, None)


@pytest.mark.parametrize(
    ("query", "type_", "loc"),
    [
        ("x=1", "extra_forbidden", ["query", "x"]),
        ("account_id[0]=1", "extra_forbidden", ["query", "account_id[0]"]),
        ("x=%ff", "value_error", ["query"]),
    ],
)
def test_a_fault_of_the_query_is_said_to_be_there(alice: httpx2.Client, query: str, type_: str, loc: list[Any]) -> None:
    posts = [alice.post(f"{path}?{query}", json=manual()) for path in (ROOT, QUERY)]
    for answer in (*posts, alice.get(f"/api/v2/health?{query}")):
        assert answer.status_code == 422
        [detail] = answer.json()["detail"]
        assert (detail["type"], detail["loc"]) == (type_, loc)


def test_a_fault_of_a_header_is_said_to_be_there(alice: httpx2.Client) -> None:
    answer = alice.post(ROOT, json=manual(), headers={"idempotency-key": "x" * 256})
    assert answer.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]


def test_250_rows_to_the_end_by_cursor_alone(town: Town, alice: httpx2.Client, account: Record) -> None:
    logged = [log(alice, subject=f"Number {n}", account_id=account.uuid)["id"] for n in range(250)]
    log(alice, subject="On nobody's timeline")
    seen = list(pages(alice, {"account_id": account.uuid}, {}))
    assert [len(page) for page in seen] == [50] * 5
    assert [row["id"] for page in seen for row in page] == logged[::-1]
    assert [len(page) for page in pages(alice, {"account_id": account.uuid, "limit": 100}, {"limit": 75})] == [
        100,
        75,
        75,
    ]


def test_scopes_combine_and_a_cursor_keeps_to_its_own(town: Town, alice: httpx2.Client, account: Record) -> None:
    deal = town.record(town.alice, "deal")
    both = [log(alice, account_id=account.uuid, opportunity_id=deal.uuid)["id"] for _ in range(2)]
    log(alice, account_id=account.uuid)
    scope = {"account_id": account.uuid, "opportunity_id": deal.uuid}
    assert [row["id"] for row in rows(alice, **scope)] == both[::-1]
    cursor = alice.post(QUERY, json={**scope, "limit": 1}).json()["next_cursor"]
    again = alice.post(QUERY, json={**scope, "cursor": cursor})
    assert [row["id"] for row in again.json()["data"]] == both[:1]
    for other in ({"account_id": NOBODYS}, {"contact_id": SEED}, {"created_from": "2026-01-01"}):
        answer = alice.post(QUERY, json={"cursor": cursor, **other})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_cursor")


def test_bounds_are_inclusive_on_every_page(town: Town, alice: httpx2.Client, account: Record) -> None:
    for n in range(5):
        log(alice, subject=f"Number {n}", account_id=account.uuid)
    everything = rows(alice, account_id=account.uuid)
    newest, oldest = everything[0]["created_at"], everything[-1]["created_at"]
    bounds = {"account_id": account.uuid, "created_from": oldest, "created_to": newest}
    paged = [row for page in pages(alice, {**bounds, "limit": 2}, {"limit": 2}) for row in page]
    assert paged == everything
    assert rows(alice, account_id=account.uuid, created_to="2020-01-01T00:00:00Z") == []
    assert rows(alice, account_id=account.uuid, created_from="2999-01-01T00:00:00Z") == []


def test_a_cursor_of_another_list_is_refused(town: Town, alice: httpx2.Client) -> None:
    """Even with what that list is bound to, which everybody can write, in the place of the scope."""
    for _ in range(2):
        log(alice)
    with town.client(town.alice) as native:
        cursor = native.get("/dayline/v1/activities?limit=1").json()["next_cursor"]
    head = scope_of(Filter(), Sort()).decode()
    for text in (cursor, f"{head}.{cursor}", f".{cursor}", "", ".", "\u00e9.\u00e9"):
        answer = alice.post(QUERY, json={"cursor": text})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "field_required_missing"),
        ({"created_from": "2026-01-01T00:00:00Z"}, "field_required_missing"),
        ({"account_id": SEED, "created_from": "2026-01-02", "created_to": "2026-01-01"}, "field_value_invalid"),
    ],
)
def test_a_question_without_sense(alice: httpx2.Client, body: Any, error: str) -> None:
    answer = alice.post(QUERY, json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, error)


def test_a_timeline_of_nobody(alice: httpx2.Client) -> None:
    for field in ("account_id", "opportunity_id", "contact_id"):
        answer = alice.post(QUERY, json={field: NOBODYS})
        assert (answer.status_code, answer.json()["error"]) == (404, "record_not_found")
        assert alice.post(QUERY, json={field: "x"}).json()["detail"][0]["type"] == "uuid_parsing"
    for limit, type_ in ((0, "greater_than_equal"), (101, "less_than_equal"), ("5", "int_type")):
        answer = alice.post(QUERY, json={"account_id": SEED, "limit": limit})
        assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, type_)


def test_a_meeting_of_another_dialect_has_its_participants(town: Town, alice: httpx2.Client, account: Record) -> None:
    person, guest = town.record(town.alice, "contact", "Ann"), town.record(town.alice, "contact", "Ben")
    invited = (
        Invited(user=UserKey(town.alice.user_id, "u"), status="accepted", organizer=True),
        Invited(record=RecordKey("contact", guest.id, "c"), status="declined"),
        Invited(email="eve@example.com", name="Eve"),
    )
    draft = Draft(
        related=(Relate("organization", RecordKey("organization", account.id, "o")),),
        participants=((RecordKey("contact", person.id, "p"), True),),
        attendees=Attendance(frozenset(("user", "contact", "email")), invited),
    )
    body = {"type": "meeting", "subject": "Kick-off", "date": "2026-12-01", "time": "09:00", "duration": 3600}
    with town.client(town.alice) as native:
        id_ = native.post("/dayline/v1/activities", json={**body, "location": {"value": "Tallinn"}}).json()["id"]
    town.wait(town.service.activities.change(town.alice.principal, id_, draft, lambda written: written))
    [row] = rows(alice, account_id=account.uuid)
    host = town.wait(town.service.people.get(town.alice.principal, town.alice.user_id))
    nobody = {"is_host": False, "rsvp_status": None, "user_id": None, "contact_id": None}
    assert row["attributes"]["type"]["value"] == "MEETING"
    assert row["metadata"] == {
        "title": "Kick-off",
        "kind": "meeting",
        "location": "Tallinn",
        "start_date": "2026-12-01T09:00:00Z",
        "end_date": "2026-12-01T10:00:00Z",
        "status": None,
        "meeting_type": None,
        "participants": [
            {**nobody, "name": "Alice", "email": "alice@example.com", "is_host": True, "rsvp_status": "ACCEPTED",
             "user_id": host.uuid},
            {**nobody, "name": "Ben", "email": "contact@example.com", "rsvp_status": "DECLINED",
             "contact_id": guest.uuid},
            {**nobody, "name": "Eve", "email": "eve@example.com"},
            {**nobody, "name": "Ann", "email": "contact@example.com", "contact_id": person.uuid},
        ],
    }  # fmt: skip
    assert rows(alice, contact_id=guest.uuid) == rows(alice, contact_id=person.uuid) == [row]


@pytest.mark.parametrize(
    ("type_", "card"),
    [("task", "TASK"), ("deadline", "TASK"), ("note", "NOTE"), ("email", "EMAIL"), ("call", "VOICE_CALL")],
)
def test_the_rest_is_lean(town: Town, alice: httpx2.Client, account: Record, type_: str, card: str) -> None:
    related = [{"kind": "organization", "uuid": account.uuid}]
    body = {"type": type_, "subject": "Theirs", "priority": "critical", "date": "2026-12-01", "related": related}
    with town.client(town.alice) as native:
        assert native.post("/dayline/v1/activities", json=body).status_code == 201
    [row] = rows(alice, account_id=account.uuid)
    shown = {name: value["value"] for name, value in row["attributes"].items()}
    assert row["metadata"] is None
    assert (shown["type"], shown["sub_type"], shown["ended_at"]) == (card, None, None)
    assert (shown["status"], shown["priority"]) == (("OPEN", "URGENT") if card == "TASK" else (None, None))


def test_credentials(town: Town) -> None:
    good, bad = town.alice.credential, "dl_1_" + "0" * 64
    for headers, message in (
        ({"authorization": f"Bearer {good}"}, None),
        ({"x-api-key": good}, None),
        ({"authorization": f"Bearer {good}", "x-api-key": bad}, None),
        ({"authorization": f"Bearer {bad}", "x-api-key": good}, "Invalid API key"),
        ({"x-api-token": good}, "Missing API key"),
        ({}, "Missing API key"),
    ):
        with town.client() as client:
            answer = client.post(ROOT, json=manual(), headers=headers)
        assert answer.status_code == (201 if message is None else 401)
        if message is not None:
            unauthorized = {"error_response_type": "GENERIC", "error": "UnauthorizedError"}
            assert answer.json() == {**unauthorized, "message": message, "details": None}


def test_health_is_for_everybody(town: Town) -> None:
    with town.client() as nobody:
        answer = nobody.get("/api/v2/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert urlsplit(str(answer.url)).path == "/api/v2/health"
        wrong = nobody.delete("/api/v2/health")
        assert (wrong.status_code, wrong.json()) == (405, {"detail": "Method Not Allowed"})


def test_strict_takes_the_documents_own_example_and_no_field_beside_it(strict_town: Town) -> None:
    for kind in ("organization", "deal", "contact", "sequence"):
        named(strict_town, strict_town.alice, kind, SEED)
    with strict_town.client(strict_town.alice) as client:
        answer = client.post(ROOT, content=EXAMPLE, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["data"]["metadata"]) == (201, None)
        refused = client.post(ROOT, json=manual() | {"no_such": 1})
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["type"] == "extra_forbidden"


def test_unknown_fields_beside_the_attributes_are_ignored(alice: httpx2.Client) -> None:
    assert alice.post(ROOT, json=manual() | {"no_such": 1}).status_code == 201
