"""Pipedrive's mapping, for any body at all: what it says comes back, and what cannot be said is refused, never lost."""

import datetime as dt
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dayline.domain import rules
from dayline.domain.activity import Activity
from dayline.domain.draft import Attendance, Author, Draft, Invited, Relate, TypeKey
from dayline.domain.identity import UserKey
from dayline.domain.record import Kind, RecordKey, Ref
from dayline.domain.types import TypeRef
from dayline.service import Directory
from dayline.vendors.pipedrive import mapping, schema
from tests.house import Town

ROOT = "/api/v2/activities"
AUTHOR = Author(1, 1_795_262_400_000)
NAMES = Directory({}, {})


class Everything:
    """A resolver for which whatever is asked for exists; leads are known by their uuid, all else by number."""

    def record(self, key: RecordKey) -> Ref:
        uuid = key.value if isinstance(key.value, str) else f"00000000-0000-7000-8000-{key.value:012d}"
        return Ref(key.kind, key.value if isinstance(key.value, int) else 1, uuid, f"{key.kind}_{key.value}")

    def user(self, key: UserKey) -> int:
        return key.id

    def type(self, key: TypeKey) -> TypeRef:
        return TypeRef(6, str(key.value))


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
number = st.integers(1, 10**9)
days = st.dates(dt.date(1900, 1, 1)).map(dt.date.isoformat)
times = st.times().map(lambda time: time.replace(microsecond=0).isoformat())
durations = st.integers(0, 9_999 * 3600).map(lambda s: f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}")
location = st.fixed_dictionaries(dict.fromkeys(schema.Location.__struct_fields__[:-1], st.none() | text))
participants = st.lists(number, unique=True, max_size=4).map(
    lambda ids: [{"person_id": id_, "primary": place == 0} for place, id_ in enumerate(ids)]
)
attendee = st.fixed_dictionaries(
    {
        "email": text.filter(bool),
        "name": st.none() | text.filter(bool),
        "status": st.sampled_from(list(mapping.STATUSES)),
        "is_organizer": st.booleans(),
        "person_id": st.none() | number,
        "user_id": st.none() | number,
    }
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "subject": text,
    "type": st.sampled_from(["call", "meeting", "lunch"]),
    "owner_id": number,
    "deal_id": st.none() | number,
    "lead_id": st.none() | st.uuids().map(str),
    "org_id": st.none() | number,
    "project_id": st.none() | number,
    "due_date": st.none() | days,
    "due_time": st.none() | times,
    "duration": st.none() | durations,
    "busy": st.none() | st.booleans(),
    "done": st.booleans(),
    "location": st.none() | location,
    "participants": participants,
    "attendees": st.lists(attendee, unique_by=lambda person: tuple(person[key] for key in sorted(person)), max_size=4),
    "public_description": st.none() | text,
    "priority": st.none() | st.sampled_from(list(mapping.PRIORITIES)),
    "outcome": st.none() | st.integers(0, 10**6),
    "note": st.none() | text,
    "private": st.booleans(),
}
bodies = st.fixed_dictionaries({}, optional=FIELDS)


def read(body: dict[str, Any]) -> schema.AddActivityRequest:
    return msgspec.convert(body, schema.AddActivityRequest)


def shown(activity: Activity) -> dict[str, Any]:
    result: dict[str, Any] = msgspec.to_builtins(mapping.show(activity, NAMES))
    return result


def created(body: dict[str, Any]) -> Activity:
    return rules.create(mapping.new_draft(read(body)), 7, "uuid", AUTHOR, Everything())


@given(bodies)
def test_what_is_written_is_shown(body: dict[str, Any]) -> None:
    after = shown(created(body))
    assert {field: after[field] for field in body} == body


@given(bodies, bodies)
def test_a_change_shows_what_it_says_and_keeps_the_rest(first: dict[str, Any], second: dict[str, Any]) -> None:
    before = created(first)
    activity = rules.change(before, mapping.change_draft(read(second)), AUTHOR, Everything())
    after = shown(activity)
    assert {field: after[field] for field in second} == second
    follows = {"participants": {"person_id"}, "done": {"marked_as_done_time"}}
    moved = set(second).union(*(follows.get(field, set()) for field in second))
    assert {k: v for k, v in after.items() if k not in moved} == {
        k: v for k, v in shown(before).items() if k not in moved
    }


@given(bodies)
def test_what_was_shown_can_be_written_back_and_changes_nothing(body: dict[str, Any]) -> None:
    before = created(body)
    draft = mapping.change_draft(msgspec.convert(shown(before), schema.AddActivityRequest))
    after = rules.change(before, draft, AUTHOR, Everything())
    assert msgspec.structs.replace(after, revision=before.revision) == before


@given(bodies)
def test_what_this_dialect_cannot_say_is_left_alone(body: dict[str, Any]) -> None:
    candidate, job = (Ref(kind, 5, "u", f"{kind}_5") for kind in _unspoken())
    other = Draft(
        visibility="admin_only",
        outcome="left a message",
        zone="Europe/Tallinn",
        collaborators=(UserKey(9, ""),),
        invite=False,
        related=(Relate("job", RecordKey("job", 5, "")),),
        attendees=Attendance(frozenset(("candidate",)), (Invited(record=RecordKey("candidate", 5, "")),)),
        extras={"reevo": {"category": "CALL"}},
    )
    before = rules.change(created({}), other, AUTHOR, Everything())
    seen = {key: value for key, value in body.items() if key != "private"}
    after = rules.change(before, mapping.change_draft(read(seen)), AUTHOR, Everything())
    assert after.visibility == "admin_only"
    assert (after.outcome, after.when.zone, after.collaborators, after.invite) == (
        "left a message",
        "Europe/Tallinn",
        (9,),
        False,
    )
    assert [ref.kind for ref in after.related].count(job.kind) == 1
    assert [person.ref.kind for person in after.attendees if person.ref].count(candidate.kind) == 1
    assert after.extras["reevo"] == {"category": "CALL"}
    private = rules.change(after, mapping.change_draft(read({"private": True})), AUTHOR, Everything())
    assert private.visibility == "admin_only"


def _unspoken() -> tuple[Kind, Kind]:
    return "candidate", "job"


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def existing(town: Town) -> int:
    with town.client(town.alice) as client:
        return int(client.post(ROOT, json={"subject": "To be changed"}).json()["data"]["id"])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(list(FIELDS)), anything, max_size=3) | anything)
def test_any_json_at_all_is_taken_or_refused(town: Town, existing: int, body: Any) -> None:
    raw = httpx2.Request("POST", town.url, json=body).content if _encodable(body) else b"{"
    with town.client(town.alice) as client:
        for method, path in (("POST", ROOT), ("PATCH", f"{ROOT}/{existing}")):
            answer = client.request(method, path, content=raw, headers={"content-type": "application/json"})
            assert answer.status_code in (200, 400), answer.text
            assert answer.json()["success"] is (answer.status_code == 200)


def _encodable(body: Any) -> bool:
    try:
        httpx2.Request("POST", "http://x", json=body)
    except (ValueError, UnicodeError):
        return False
    return True
