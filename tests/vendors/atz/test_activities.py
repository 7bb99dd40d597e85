"""ATZ's activities over HTTP: the examples of its pages word for word, and every rule about each field."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from dayline.domain.draft import Attendance, Draft, Invited, Relate
from dayline.domain.errors import Conflict
from dayline.domain.identity import UserChange, UserKey
from dayline.domain.record import Kind, Record, RecordChange, RecordKey
from dayline.domain.types import TypeChange
from dayline.service.types import NewType
from tests.cast import as_activity
from tests.house import Town
from tests.vendors.atz.speech import ROOT, named, task

CANDIDATE, CONTACT = "candidate_2f0ea5cd69a6cd6c7163", "contact_d86c343cf49040381fc7"
KEYS = [
    "id", "title", "activity_type", "related_to", "related_record", "related_to_type", "collaborators", "start_date",
    "start_time", "end_time", "attendees", "meeting_link", "importance", "location", "description",
    "do_not_send_calendar_invite", "mark_as_done", "attachment", "created_by", "updated_by", "created_at", "updated_at",
]  # fmt: skip
SEED = {
    "title": "Client Demo Call",
    "activity_type_id": 3,
    "related_to_entity": 1,
    "related_to": "candidate_2f0ea5cd69a6cd6c7163",
    "collaborators": "1",
    "start_datetime": "2026-04-25T10:00:00Z",
    "end_datetime": "2026-04-25T11:00:00Z",
    "candidates_as_attendees": "candidate_2f0ea5cd69a6cd6c7163",
    "contacts_as_attendees": "contact_d86c343cf49040381fc7",
    "users_as_attendees": "1",
    "meeting_link": "https://meet.google.com/xyz-abcd-efg",
    "importance": "normal",
    "location": "Zoom",
    "description": "Discuss product demo and onboarding",
    "do_not_send_calendar_invite": True,
    "mark_as_done": False,
    "attachment": "https://example.com/files/sample-agenda.pdf",
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture(scope="module")
def people(town: Town) -> dict[str, Record]:
    """The candidate and the contact of the examples, and others; Alice is user 1."""
    made: tuple[tuple[Kind, str, str], ...] = (
        ("candidate", CANDIDATE, "Jo Ann Park"),
        ("contact", CONTACT, "Kim Roe"),
        ("candidate", "candidate_two", "Two"),
        ("job", "job_62bf6c7e3db8dd2bdb30", "Engineer"),
        ("organization", "organization_one", "Acme"),
        ("deal", "deal_one", "Big one"),
        ("lead", "lead_one", "A lead"),
    )
    return {
        slug: named(town, town.alice, kind, slug, name=name, email=f"{kind}@example.com") for kind, slug, name in made
    }


@pytest.fixture
def alice(town: Town, people: dict[str, Record]) -> Iterator[httpx2.Client]:
    with town.client(town.alice) as client:
        yield client


def add(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(ROOT, json=task(**fields))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def put(client: httpx2.Client, id_: int, **fields: Any) -> dict[str, Any]:
    answer = client.put(f"{ROOT}/{id_}", json=fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(answer: httpx2.Response, message: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()) == (status, {"message": message})


def user(town: Town, name: str) -> dict[str, Any]:
    found = next(one for one in town.wait(town.service.identities.users(town.alice.account_id)) if one.name == name)
    return {"id": found.id, "slug": found.slug, "full_name": found.name, "email": found.email}


def changed_elsewhere(town: Town, id_: int, **fields: Any) -> None:
    town.wait(town.service.activities.change(town.alice.principal, id_, Draft(**fields), as_activity))


# -- the examples of the pages -------------------------------------------------------------------------------------


def test_the_example_of_adding(town: Town, alice: httpx2.Client) -> None:
    answer = alice.post(ROOT, json=SEED)
    assert answer.status_code == 200
    shown = answer.json()
    assert list(shown) == KEYS
    assert town.alice.user_id == 1
    me = user(town, "Alice")
    expected = {
        "title": "Client Demo Call",
        "activity_type": {"id": 3, "label": "Task"},
        "related_to": CANDIDATE,
        "related_record": {"slug": CANDIDATE},
        "related_to_type": "candidate",
        "collaborators": [me],
        "start_date": "2026-04-25",
        "start_time": "10:00",
        "end_time": "11:00",
        "attendees": {
            "candidates": [{"slug": CANDIDATE, "full_name": "Jo Ann Park"}],
            "contacts": [{"slug": CONTACT, "full_name": "Kim Roe"}],
            "users": [me],
        },
        "meeting_link": "https://meet.google.com/xyz-abcd-efg",
        "importance": "normal",
        "location": "Zoom",
        "description": "Discuss product demo and onboarding",
        "do_not_send_calendar_invite": True,
        "mark_as_done": False,
        "created_by": me,
        "updated_by": me,
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["created_at"] == shown["updated_at"]
    assert INSTANT.fullmatch(shown["created_at"])
    assert isinstance(shown["id"], int)


def test_the_example_of_editing(town: Town, alice: httpx2.Client) -> None:
    made = alice.post(ROOT, json=SEED).json()
    answer = alice.put(f"{ROOT}/{made['id']}", json={**SEED, "title": "Client Demo Call Updated", "mark_as_done": True})
    assert answer.status_code == 200
    shown = answer.json()
    assert list(shown) == KEYS
    assert (shown["title"], shown["mark_as_done"]) == ("Client Demo Call Updated", True)
    apart = {"title", "mark_as_done", "updated_at", "attachment"}
    assert {name: value for name, value in shown.items() if name not in apart} == {
        name: value for name, value in made.items() if name not in apart
    }


def test_one_activity_shows_its_record_whole(alice: httpx2.Client, people: dict[str, Record]) -> None:
    made = alice.post(ROOT, json=SEED).json()
    shown = alice.get(f"{ROOT}/{made['id']}").json()
    assert shown["related_record"] == {
        "id": people[CANDIDATE].id,
        "slug": CANDIDATE,
        "first_name": "Jo",
        "last_name": "Ann Park",
        "full_name": "Jo Ann Park",
        "email": "candidate@example.com",
        "phone": "",
    }
    assert {**shown, "related_record": {"slug": CANDIDATE}} == made


def test_new_names_show_at_once(town: Town, alice: httpx2.Client) -> None:
    """Of the record, the user and the type, however often the same was shown before."""
    named(town, town.alice, "deal", "deal_renamed", name="Old deal")
    bob = UserKey(town.bob.user_id, "collaborators")
    made = add(alice, related_to="deal_renamed", related_to_entity=5, collaborators=str(bob.id))
    who, verbs = town.alice.principal, town.service

    def seen() -> list[str]:
        shown = alice.get(f"{ROOT}/{made['id']}").json()
        return [
            shown["related_record"]["name"],
            shown["collaborators"][0]["full_name"],
            shown["activity_type"]["label"],
        ]

    assert seen() == seen() == ["Old deal", "Bob", "Task"]
    key = RecordKey("deal", "deal_renamed", "id")
    town.wait(verbs.records.change(who, key, RecordChange(name="New deal"), lambda record: record))
    assert seen() == ["New deal", "Bob", "Task"]
    town.wait(verbs.people.change(who, bob.id, UserChange(name="Robert"), lambda user: user))
    assert seen() == ["New deal", "Robert", "Task"]
    town.wait(verbs.types.change(who, "task", TypeChange(label="To do"), lambda type_: type_))
    try:
        assert seen() == ["New deal", "Robert", "To do"]
        edited = put(alice, made["id"], title="Edited")
        assert (edited["activity_type"]["label"], edited["collaborators"][0]["full_name"]) == ("To do", "Robert")
    finally:
        town.wait(verbs.people.change(who, bob.id, UserChange(name="Bob"), lambda user: user))
        town.wait(verbs.types.change(who, "task", TypeChange(label="Task"), lambda type_: type_))


def test_what_is_left_out(alice: httpx2.Client) -> None:
    shown = add(alice)
    expected: dict[str, Any] = {
        "related_to": None,
        "related_record": None,
        "related_to_type": None,
        "collaborators": [],
        "attendees": {"candidates": [], "contacts": [], "users": []},
        "meeting_link": "",
        "importance": "high",
        "location": "",
        "description": "",
        "do_not_send_calendar_invite": False,
        "mark_as_done": False,
        "attachment": None,
    }
    assert {name: shown[name] for name in expected} == expected
    optional = set(SEED) - {"title", "activity_type_id", "start_datetime", "end_datetime"}
    nulls = add(alice, **dict.fromkeys(optional - {"attachment"}))
    apart = dict.fromkeys(("id", "created_at", "updated_at"))
    assert nulls | apart == shown | apart


def test_everybody_shows_the_same_of_an_example_that_came_through_a_form_of_texts(alice: httpx2.Client) -> None:
    """Numbers as texts, flags as numbers, lists as numbers and arrays: what forms and clients make of it."""
    plain = add(alice, collaborators="1,1, ,1", candidates_as_attendees=f" {CANDIDATE} ,,candidate_two,{CANDIDATE}")
    other = add(
        alice,
        activity_type_id="3",
        collaborators=1,
        candidates_as_attendees=[CANDIDATE, "candidate_two"],
        mark_as_done=0,
        do_not_send_calendar_invite=0,
    )
    apart = dict.fromkeys(("id", "created_at", "updated_at"))
    assert plain | apart == other | apart
    assert [one["slug"] for one in plain["attendees"]["candidates"]] == [CANDIDATE, "candidate_two"]


# -- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": "x" * 101}, "title must be at most 100 characters"),
        ({"title": " "}, "title must not be blank"),
        ({"title": 5}, "title must be a string"),
        ({"activity_type_id": 999}, "activity_type_id is invalid"),
        ({"activity_type_id": 1}, "activity_type_id is invalid"),
        ({"activity_type_id": 0}, "activity_type_id is invalid"),
        ({"activity_type_id": "x"}, "activity_type_id is invalid"),
        ({"start_datetime": "noon"}, "start_datetime must be a valid ISO 8601 datetime"),
        ({"start_datetime": "2026-04-25"}, "start_datetime must be a valid ISO 8601 datetime"),
        ({"end_datetime": 5}, "end_datetime must be a valid ISO 8601 datetime"),
        ({"end_datetime": "2026-04-25T10:00:00Z"}, "end_datetime must be after start_datetime"),
        ({"end_datetime": "2026-04-25T10:00:00+01:00"}, "end_datetime must be after start_datetime"),
        ({"related_to_entity": 7}, "related_to_entity must be one of 1, 2, 3, 4, 5, 10"),
        ({"related_to_entity": []}, "related_to_entity must be one of 1, 2, 3, 4, 5, 10"),
        ({"related_to": "candidate_x"}, "related_to record not found"),
        ({"related_to_entity": 2, "related_to": CANDIDATE}, "related_to record not found"),
        ({"related_to_entity": 10, "related_to": CANDIDATE}, "related_to record not found"),
        ({"related_to": "x" * 51}, "related_to must be at most 50 characters"),
        ({"candidates_as_attendees": "candidate_x"}, "Invalid candidates_as_attendees: candidate_x"),
        ({"candidates_as_attendees": CONTACT}, f"Invalid candidates_as_attendees: {CONTACT}"),
        ({"contacts_as_attendees": f"{CONTACT},nobody"}, "Invalid contacts_as_attendees: nobody"),
        ({"users_as_attendees": "1,999"}, "Invalid users_as_attendees: 999"),
        ({"collaborators": "1,two"}, "Invalid collaborators: two"),
        ({"collaborators": ",".join(map(str, range(1, 202)))}, "collaborators must name at most 200"),
        ({"importance": "urgent"}, "importance must be one of low, normal, high, critical"),
        ({"importance": ""}, "importance must be one of low, normal, high, critical"),
        ({"meeting_link": "not a url"}, "meeting_link must be a valid URL"),
        ({"meeting_link": "ftp://example.com/x"}, "meeting_link must be a valid URL"),
        ({"meeting_link": "https://example.com/" + "x" * 81}, "meeting_link must be at most 100 characters"),
        ({"location": "x" * 51}, "location must be at most 50 characters"),
        ({"mark_as_done": "true"}, "mark_as_done must be a boolean"),
        ({"do_not_send_calendar_invite": 2}, "do_not_send_calendar_invite must be a boolean"),
    ],
)
def test_what_is_wrong_is_told(alice: httpx2.Client, fields: dict[str, Any], message: str) -> None:
    refused(alice.post(ROOT, json=task(**fields)), message)
    made = add(alice)
    refused(alice.put(f"{ROOT}/{made['id']}", json=fields), message)
    assert alice.get(f"{ROOT}/{made['id']}").json() == made


@pytest.mark.parametrize("field", ["title", "activity_type_id", "start_datetime", "end_datetime"])
def test_what_is_required(alice: httpx2.Client, field: str) -> None:
    body = task()
    del body[field]
    refused(alice.post(ROOT, json=body), f"{field} is required")
    cleared = alice.put(f"{ROOT}/{add(alice)['id']}", json={field: None})
    assert cleared.status_code == 400
    assert cleared.json()["message"].startswith(field)


def test_the_rest_of_the_table_of_errors(town: Town, alice: httpx2.Client) -> None:
    with town.client("dl_1_wrong") as stranger, town.client(town.charlie) as charlie:
        refused(stranger.get(ROOT), "Unauthorized", 401)
        mine, theirs = add(alice)["id"], 0
        while theirs <= mine:
            theirs = charlie.post(ROOT, json=task()).json()["id"]
    for id_ in ("abc", "0", "-1", "1.5", "9" * 30):
        for method in ("GET", "PUT", "DELETE"):
            refused(alice.request(method, f"{ROOT}/{id_}", json={"title": "x"}), "Invalid activity ID")
    for unknown in (999_999, theirs):
        for method in ("GET", "PUT", "DELETE"):
            refused(alice.request(method, f"{ROOT}/{unknown}", json={"title": ""}), "Activity not found", 404)
    for content in (b"{", b"[]", b"", b"null"):
        refused(alice.post(ROOT, content=content), "Invalid JSON body")


def test_the_longest_activity(alice: httpx2.Client) -> None:
    longest = task(start_datetime="2026-01-01T00:00:00Z", end_datetime="2027-02-21T15:59:59Z")
    shown = alice.post(ROOT, json=longest)
    assert (shown.status_code, shown.json()["end_time"]) == (200, "15:59")
    told = "end_datetime must be less than 10000 hours after start_datetime, and before the year 10000"
    refused(alice.post(ROOT, json={**longest, "end_datetime": "2027-02-21T16:00:00Z"}), told)


WRONG: tuple[dict[str, Any], ...] = (
    {"json": {"importance": "urgent"}},
    {"json": {"title": 5}},
    {"content": b"{"},
    {"content": b"[]"},
    {"content": b""},
    {"files": {"attachment[]": ("a.txt", b"hi")}},
    {"files": {"mark_as_done": (None, "perhaps")}},
    {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=b"}},
    {"content": b"", "headers": {"content-type": "multipart/form-data"}},
)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_there_is_told_before_what_is_wrong_in_the_body(
    town: Town, alice: httpx2.Client, wrong: dict[str, Any]
) -> None:
    mine, gone = add(alice)["id"], add(alice)["id"]
    assert alice.delete(f"{ROOT}/{gone}").status_code == 200
    town.wait(town.service.activities.change(town.alice.principal, mine, Draft(visibility="private"), as_activity))
    with town.client(town.bob) as bob:
        for client, id_ in ((alice, 999_999), (alice, gone), (bob, mine)):
            refused(client.put(f"{ROOT}/{id_}", **wrong), "Activity not found", 404)
    refused(alice.put(f"{ROOT}/abc", **wrong), "Invalid activity ID")
    assert alice.put(f"{ROOT}/{mine}", **wrong).status_code == 400


def test_a_key_that_came_with_another_request_is_400(alice: httpx2.Client) -> None:
    headers = {"idempotency-key": "mine"}
    first = alice.post(ROOT, json=task("One"), headers=headers)
    assert alice.post(ROOT, json=task("One"), headers=headers).content == first.content
    assert alice.post(ROOT, json=task("Two"), headers=headers).status_code == 400


# -- editing -------------------------------------------------------------------------------------------------------


def test_nothing_to_change_changes_nothing(town: Town, alice: httpx2.Client) -> None:
    made = alice.post(ROOT, json=SEED).json()
    before = town.changed()
    for body in ({}, {"unknown": 1}, {**SEED, "attachment": None} if made["attachment"] is None else SEED):
        answer = alice.put(f"{ROOT}/{made['id']}", json=body)
        assert (answer.status_code, answer.json()) == (200, made)
    assert town.changed() == before


def test_each_list_of_attendees_is_replaced_alone(alice: httpx2.Client) -> None:
    made = alice.post(ROOT, json=SEED).json()["attendees"]
    id_ = add(alice, **{name: SEED[name] for name in SEED if name.endswith("_as_attendees")})["id"]
    fewer = put(alice, id_, candidates_as_attendees="")["attendees"]
    assert fewer == {**made, "candidates": []}
    other = put(alice, id_, candidates_as_attendees=f"candidate_two,{CANDIDATE}", users_as_attendees=None)["attendees"]
    assert [one["slug"] for one in other["candidates"]] == ["candidate_two", CANDIDATE]
    assert (other["contacts"], other["users"]) == (made["contacts"], [])
    assert put(alice, id_, collaborators="1")["attendees"] == other


def test_what_others_said_of_an_attendee_stays(town: Town, alice: httpx2.Client, people: dict[str, Record]) -> None:
    id_ = add(alice)["id"]
    contact = RecordKey("contact", people[CONTACT].id, "contact")
    invited = (
        Invited(email="stranger@example.com"),
        Invited(record=contact, name="Kimmy", status="accepted", organizer=True),
    )
    changed_elsewhere(town, id_, attendees=Attendance(frozenset(("contact", "email")), invited))
    put(alice, id_, contacts_as_attendees=CONTACT, users_as_attendees="1", title="Again")
    kept = town.wait(town.service.activities.get(town.alice.principal, id_)).attendees
    assert [(one.email, one.name, one.status, one.organizer, one.user_id) for one in kept] == [
        ("stranger@example.com", None, "noreply", False, None),
        (None, "Kimmy", "accepted", True, None),
        (None, None, "noreply", False, 1),
    ]
    put(alice, id_, contacts_as_attendees="")
    kept = town.wait(town.service.activities.get(town.alice.principal, id_)).attendees
    assert [one.kind for one in kept] == ["email", "user"]


def test_one_end_is_held_against_the_other_that_is_stored(alice: httpx2.Client) -> None:
    id_ = add(alice)["id"]
    late = alice.put(f"{ROOT}/{id_}", json={"start_datetime": "2026-04-25T11:00:00Z"})
    refused(late, "end_datetime must be after start_datetime")
    refused(
        alice.put(f"{ROOT}/{id_}", json={"end_datetime": "2026-04-25T12:00:00+02:00"}),
        "end_datetime must be after start_datetime",
    )
    shown = put(alice, id_, start_datetime="2026-04-25T12:30:00+02:00")
    assert (shown["start_time"], shown["end_time"]) == ("10:30", "11:00")
    shown = put(alice, id_, end_datetime="2026-04-26 00:15")
    assert (shown["start_date"], shown["start_time"], shown["end_time"]) == ("2026-04-25", "10:30", "00:15")


def test_two_who_move_one_end_each_never_cross(town: Town, alice: httpx2.Client) -> None:
    """Each alone is fine, both together are not: whoever is second is refused, however they meet."""
    for _ in range(10):
        id_ = add(alice)["id"]
        moves = ({"start_datetime": "2026-04-25T10:50:00Z"}, {"end_datetime": "2026-04-25T10:10:00Z"})
        answers = both(town, id_, moves)
        assert sorted(answer.status_code for answer in answers) == [200, 400]


def test_two_who_send_one_half_of_a_pair_each_never_mix(town: Town, alice: httpx2.Client) -> None:
    for _ in range(10):
        id_ = add(alice, related_to_entity=1)["id"]
        both(town, id_, ({"related_to": CANDIDATE}, {"related_to_entity": 2}))
        shown = alice.get(f"{ROOT}/{id_}").json()
        assert (shown["related_to_type"], shown["related_to"]) in (("candidate", CANDIDATE), ("job", None))


def both(town: Town, id_: int, bodies: tuple[dict[str, Any], ...]) -> list[httpx2.Response]:
    def send(body: dict[str, Any]) -> httpx2.Response:
        with town.client(town.alice) as client:
            return client.put(f"{ROOT}/{id_}", json=body)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, bodies))


def test_the_pair_is_checked_as_merged(alice: httpx2.Client) -> None:
    id_ = add(alice, related_to=CANDIDATE)["id"]

    def pair(shown: dict[str, Any]) -> tuple[Any, Any]:
        return shown["related_to_type"], shown["related_to"]

    refused(
        alice.put(f"{ROOT}/{id_}", json={"related_to_entity": 2}),
        "related_to_entity must be that of related_to",
    )
    refused(alice.put(f"{ROOT}/{id_}", json={"related_to": "deal_one"}), "related_to record not found")
    assert pair(put(alice, id_, related_to="candidate_two")) == ("candidate", "candidate_two")
    assert pair(put(alice, id_, related_to_entity=1)) == ("candidate", "candidate_two")
    assert pair(put(alice, id_, related_to_entity=5, related_to="deal_one")) == ("deal", "deal_one")
    assert pair(put(alice, id_, related_to_entity=None, related_to="lead_one")) == ("other", "lead_one")
    assert pair(put(alice, id_, related_to="")) == (None, None)
    assert pair(put(alice, id_, related_to_entity=2)) == ("job", None)
    refused(alice.put(f"{ROOT}/{id_}", json={"related_to": CANDIDATE}), "related_to record not found")
    assert pair(put(alice, id_, related_to="job_62bf6c7e3db8dd2bdb30"))[0] == "job"
    assert pair(put(alice, id_, related_to_entity="")) == (None, None)


@pytest.mark.parametrize(
    ("entity", "name"),
    [(1, "candidate"), (2, "job"), (3, "organization"), (4, "contact"), (5, "deal"), (10, "other")],
)
def test_an_entity_alone_is_kept_and_shown(alice: httpx2.Client, entity: int, name: str) -> None:
    made = add(alice, related_to_entity=entity)
    shown = alice.get(f"{ROOT}/{made['id']}").json()
    assert [shown[key] for key in ("related_to", "related_record", "related_to_type")] == [None, None, name]
    assert made == shown


@pytest.mark.parametrize(
    ("slug", "type_", "shown"),
    [
        ("job_62bf6c7e3db8dd2bdb30", "job", {"position_name": "Engineer"}),
        ("organization_one", "organization", {"name": "Acme"}),
        ("deal_one", "deal", {"name": "Big one"}),
        ("lead_one", "other", {"name": "A lead"}),
    ],
)
def test_a_record_alone_finds_its_entity(
    alice: httpx2.Client, people: dict[str, Record], slug: str, type_: str, shown: dict[str, Any]
) -> None:
    made = add(alice, related_to=slug)
    assert (made["related_to_type"], made["related_record"]) == (type_, {"slug": slug})
    whole = alice.get(f"{ROOT}/{made['id']}").json()["related_record"]
    assert whole == {"id": people[slug].id, "slug": slug, **shown}


def test_a_contact_has_a_designation(alice: httpx2.Client) -> None:
    made = add(alice, related_to=CONTACT)
    assert list(alice.get(f"{ROOT}/{made['id']}").json()["related_record"]) == [
        *("id", "slug", "first_name", "last_name", "full_name", "email", "phone", "designation")
    ]


def test_only_the_main_relation_is_replaced(town: Town, alice: httpx2.Client, people: dict[str, Record]) -> None:
    id_ = add(alice)["id"]

    def relate(kind: Kind, slug: str) -> Relate:
        return Relate(kind, RecordKey(kind, people[slug].id, kind))

    changed_elsewhere(
        town,
        id_,
        related=(relate("organization", "organization_one"), relate("deal", "deal_one")),
        participants=((RecordKey("contact", people[CONTACT].id, "contact"), True),),
    )
    assert alice.get(f"{ROOT}/{id_}").json()["related_to"] == "deal_one"
    shown = put(alice, id_, related_to_entity=1, related_to=CANDIDATE)
    assert shown["related_to"] == CANDIDATE

    def stored() -> list[str]:
        activity = town.wait(town.service.activities.get(town.alice.principal, id_))
        return [ref.slug for ref in activity.related] + [person.ref.slug for person in activity.participants]

    assert stored() == [CANDIDATE, "organization_one", CONTACT]
    assert put(alice, id_, related_to=None)["related_to"] is None
    assert stored() == ["organization_one", CONTACT]
    assert alice.get(f"{ROOT}/{id_}").json()["related_to_type"] is None
    changed_elsewhere(town, id_, related=(relate("deal", "deal_one"),))
    assert alice.get(f"{ROOT}/{id_}").json()["related_to"] == "deal_one"


def test_what_is_cleared(alice: httpx2.Client) -> None:
    for empty in ("", None):
        id_ = alice.post(ROOT, json=SEED).json()["id"]
        for field in ("meeting_link", "location", "description"):
            assert put(alice, id_, **{field: empty})[field] == ""
        assert put(alice, id_, collaborators=empty)["collaborators"] == []


def test_an_absent_importance_stays(alice: httpx2.Client) -> None:
    id_ = add(alice, importance="critical")["id"]
    assert put(alice, id_, title="Other")["importance"] == "critical"
    assert put(alice, id_, importance="low")["importance"] == "low"


def test_no_importance_is_shown_as_normal_and_stays_none(town: Town, alice: httpx2.Client) -> None:
    id_ = add(alice)["id"]
    changed_elsewhere(town, id_, priority=None)
    assert alice.get(f"{ROOT}/{id_}").json()["importance"] == "normal"
    assert put(alice, id_, importance="normal", title="Other")["importance"] == "normal"
    assert town.wait(town.service.activities.get(town.alice.principal, id_)).priority is None


def test_rows_without_time_or_end(town: Town, alice: httpx2.Client) -> None:
    with town.client(town.alice) as other:

        def shown(**fields: Any) -> list[str]:
            made = other.post("/dayline/v1/activities", json={"type": "task", **fields}).json()
            row = alice.get(f"{ROOT}/{made['id']}").json()
            return [row["start_date"], row["start_time"], row["end_time"]]

        assert shown() == ["", "", ""]
        assert shown(date="2026-04-25") == ["2026-04-25", "", ""]
        assert shown(date="2026-04-25", time="10:00:59") == ["2026-04-25", "10:00", ""]
        assert shown(time="10:00", duration=60) == ["", "10:00", ""]
        assert shown(date="2026-04-25", time="23:00", duration=7200) == ["2026-04-25", "23:00", "01:00"]
        day = other.post("/dayline/v1/activities", json={"type": "task", "date": "2026-04-25"}).json()["id"]
    refused(
        alice.put(f"{ROOT}/{day}", json={"end_datetime": "2026-04-25T10:00:00Z"}),
        "start_datetime is required, as the activity has no start yet",
    )
    assert put(alice, day, start_datetime="2026-04-25T10:00:00Z")["end_time"] == ""


def test_deleting(alice: httpx2.Client) -> None:
    id_ = add(alice)["id"]
    gone = alice.delete(f"{ROOT}/{id_}")
    assert (gone.status_code, gone.json()) == (200, {"message": "Activity deleted successfully."})
    for method in ("GET", "PUT", "DELETE"):
        refused(alice.request(method, f"{ROOT}/{id_}", json={"title": "x"}), "Activity not found", 404)


def test_types(town: Town, alice: httpx2.Client) -> None:
    try:
        made = town.wait(town.service.types.create(town.alice.principal, NewType(label="Site visit"), lambda one: one))
    except Conflict:
        made = next(one for one in town.wait(town.service.types.list(town.alice.principal)) if one.key == "site_visit")
    listed = alice.get("/v1/activity-types").json()
    assert [one for one in listed if one["id"] < 6] == [
        {"id": 2, "label": "Meeting"},
        {"id": 3, "label": "Task"},
        {"id": 4, "label": "Email"},
        {"id": 5, "label": "Interview"},
    ]
    assert made.id >= 10
    assert {"id": made.id, "label": "Site visit"} in listed
    assert [one["id"] for one in listed] == sorted(one["id"] for one in listed)
    for path in ("/v1/activity-type", "/v1/activity/types", "/atz/v1/activity-types"):
        assert alice.get(path).json() == listed
    assert add(alice, activity_type_id=made.id)["activity_type"] == {"id": made.id, "label": "Site visit"}


def test_the_scheme_is_written_in_any_case(town: Town) -> None:
    with town.client() as nobody:
        for scheme in ("Bearer", "bearer", "BEARER"):
            headers = {"authorization": f"{scheme} {town.alice.credential}"}
            assert nobody.get(ROOT, headers=headers).status_code == 200
        for headers in ({"authorization": f"Basic {town.alice.credential}"}, {"x-api-key": town.alice.credential}):
            refused(nobody.get(ROOT, headers=headers), "Unauthorized", 401)


def test_a_text_is_as_long_as_it_has_characters(alice: httpx2.Client) -> None:
    shown = add(alice, title=f"  {'🦜' * 100} ", location="é" * 50)
    assert (shown["title"], shown["location"]) == ("🦜" * 100, "é" * 50)
    assert json.dumps(shown)
