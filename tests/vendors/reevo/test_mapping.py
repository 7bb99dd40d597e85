"""Reevo's mapping, for any body at all: what it says is kept, what it shows is true, and no activity is beyond it."""

import datetime as dt
import re
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dayline.domain import rules
from dayline.domain.activity import Activity, Attendee, Location, Participant, When
from dayline.domain.draft import Author, Draft, TypeKey
from dayline.domain.identity import User, UserKey
from dayline.domain.record import RecordKey, Ref
from dayline.domain.types import TypeRef
from dayline.service import Directory
from dayline.vendors.reevo import mapping, schema
from dayline.vendors.reevo.schema import ActivityLogRequest
from tests.house import Town
from tests.vendors.reevo.speech import QUERY, ROOT, manual

NOW = 1_795_262_400_000
AUTHOR = Author(1, NOW)
OWNER = User(
    id=1, uuid="0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01", slug="user_1", name="Ann", email="a@x.test", role="admin"
)
NAMES = Directory({}, {1: OWNER})
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CATEGORIES = ("TEXT", "LINKEDIN", "SOCIAL_MEDIA", "EVENT", "CONFERENCE", "WEBINAR", "CALL", "OTHER")
CARDS = {"MANUAL_ACTIVITY", "MEETING", "VOICE_CALL", "EMAIL", "NOTE", "TASK"}


class Everything:
    """A resolver for which whatever is asked for exists, by its uuid."""

    def record(self, key: RecordKey) -> Ref:
        return Ref(key.kind, 1, str(key.value), f"{key.kind}_1")

    def user(self, key: UserKey) -> int:
        return key.id

    def type(self, key: TypeKey) -> TypeRef:
        return TypeRef(6, str(key.value))


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
uuids = st.uuids().map(str)
named = st.none() | uuids | uuids.map(str.upper) | uuids.map(lambda uuid: {"value": uuid, "value_type": "uuid"})
moments = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(dt.UTC))
metadata = st.fixed_dictionaries(
    {"activity_time": moments.map(dt.datetime.isoformat), "subject": text.filter(str.strip)},
    optional={"description": st.none() | text, "category": st.sampled_from(CATEGORIES)},
)
attributes = st.fixed_dictionaries(
    {"metadata": metadata},
    optional={
        "account_id": named,
        "opportunity_id": named,
        "sequence_id": named,
        "pipeline_select_list_value_id": named,
        "contact_ids": st.none() | st.lists(named.filter(bool), max_size=4),
        "type": st.just("MANUAL_ACTIVITY"),
    },
)


def created(given_: dict[str, Any]) -> Activity:
    body = msgspec.convert({"attributes": given_}, ActivityLogRequest)
    return rules.create(mapping.read_draft(body, NOW), 7, "uuid", AUTHOR, Everything())


def shown(activity: Activity) -> dict[str, Any]:
    result: dict[str, Any] = msgspec.to_builtins(mapping.show(activity, NAMES))
    return result


def values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value["value"] for name, value in row["attributes"].items()}


def bare(given_: Any) -> str | None:
    uuid = given_["value"] if isinstance(given_, dict) else given_
    return None if uuid is None else uuid.lower()


@given(attributes)
def test_what_is_logged_is_kept(given_: dict[str, Any]) -> None:
    activity, said = created(given_), given_["metadata"]
    for field, kind in (("account_id", "organization"), ("opportunity_id", "deal"), ("sequence_id", "sequence")):
        ref = activity.first(kind)  # type: ignore[arg-type]
        assert (None if ref is None else ref.uuid) == bare(given_.get(field))
    people = list(dict.fromkeys(bare(one) for one in given_.get("contact_ids") or ()))
    assert [one.ref.uuid for one in activity.participants] == people
    assert [one.primary for one in activity.participants] == [place == 0 for place, _ in enumerate(people)]
    assert (activity.note, activity.description) == (said.get("description"), None)
    assert activity.extras["reevo"].get("pipeline_select_list_value_id") == bare(
        given_.get("pipeline_select_list_value_id")
    )
    moment = dt.datetime.fromisoformat(said["activity_time"])
    assert activity.done is (moment.timestamp() * 1000 // 1 <= NOW)
    assert activity.when == When(moment.date(), moment.time().replace(microsecond=0))


@given(attributes)
def test_what_is_logged_is_shown(given_: dict[str, Any]) -> None:
    row, said = shown(created(given_)), given_["metadata"]
    told = values(row)
    assert (row["metadata"], told["type"], told["sub_type"]) == (
        None,
        "MANUAL_ACTIVITY",
        said.get("category", "OTHER"),
    )
    assert told["display_name"] == said["subject"]
    assert told["ended_at"] == said["activity_time"].partition(".")[0].removesuffix("+00:00") + "Z"


@given(attributes, st.sampled_from(["call", "task", "meeting"]), text)
def test_what_was_logged_stays_so_whatever_others_make_of_it(given_: dict[str, Any], type_: str, subject: str) -> None:
    before = created(given_)
    elsewhere = Draft(type=TypeKey(type_, "type"), subject=subject, description="D", priority="high", duration=60)
    after = rules.change(before, elsewhere, AUTHOR, Everything())
    expected = values(shown(before)) | {"display_name": subject}
    assert values(shown(after)) == expected


ref = st.builds(
    Ref, st.sampled_from(["candidate", "contact", "organization", "deal"]), st.integers(1, 9), uuids, st.just("s")
)
attendees = st.builds(
    Attendee,
    st.none() | st.integers(1, 3),
    st.none() | ref.filter(lambda one: one.kind in ("candidate", "contact")),
    st.none() | text,
    st.none() | text,
    st.sampled_from(list(mapping.RSVPS)),
    st.booleans(),
)
activities = st.builds(
    Activity,
    id=st.just(7),
    uuid=uuids,
    type=st.sampled_from([*mapping.CARDS, "task", "deadline", "my_own"]).map(lambda key: TypeRef(1, key)),
    owner_id=st.integers(1, 2),
    creator_id=st.just(1),
    editor_id=st.just(1),
    subject=text,
    when=st.builds(
        When,
        st.none() | st.dates(),
        st.none() | st.times().map(lambda time: time.replace(microsecond=0)),
        st.none() | st.integers(0, 10_000 * 3600 - 1),
    ),
    done=st.booleans(),
    done_at=st.none() | st.integers(0, NOW),
    priority=st.none() | st.sampled_from(list(mapping.PRIORITIES)),
    location=st.none() | st.builds(Location, st.none() | text),
    participants=st.lists(ref.filter(lambda one: one.kind == "contact").map(Participant), max_size=2).map(tuple),
    attendees=st.lists(attendees, max_size=3).map(tuple),
    extras=st.sampled_from([{}, {"reevo": {"type": "MANUAL_ACTIVITY", "category": "CALL"}}, {"pipedrive": {}}]),
)


@given(activities)
def test_any_activity_is_a_row_of_the_documented_shape(activity: Activity) -> None:
    row = shown(activity)
    assert msgspec.convert(row, schema.ActivityObjectRecord) == mapping.show(activity, NAMES)
    told = values(row)
    assert told["type"] in CARDS
    assert (row["metadata"] is not None) is (told["type"] == "MEETING")
    assert (told["status"] is not None) is (told["type"] == "TASK")
    assert told["priority"] is None or told["type"] == "TASK"
    meeting = row["metadata"] or {"start_date": None, "end_date": None}
    moments_ = (row["created_at"], told["ended_at"], meeting["start_date"], meeting["end_date"])
    assert all(moment is None or INSTANT.fullmatch(moment) for moment in moments_)
    if row["metadata"]:
        assert len(meeting["participants"]) >= len(activity.attendees)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def alice(town: Town) -> Any:
    with town.client(town.alice) as client:
        yield client


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(list(schema.ActivityLogAttributes.__struct_fields__)), value=anything, whole=anything)
def test_any_json_at_all_is_taken_or_refused(alice: httpx2.Client, field: str, value: Any, whole: Any) -> None:
    body = manual()
    body["attributes"][field] = value
    for path, given_ in ((ROOT, body), (ROOT, whole), (QUERY, whole)):
        try:
            content = httpx2.Request("POST", "http://x", json=given_).content
        except (ValueError, UnicodeError):
            content = b"{"
        answer = alice.post(path, content=content, headers={"content-type": "application/json"})
        assert answer.status_code in (201, 422, 400), answer.text
        assert ("data" in answer.json()) is (answer.status_code == 201)
