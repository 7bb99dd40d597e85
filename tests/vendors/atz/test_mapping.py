"""ATZ's mapping alone, over whatever an activity can be: it shows all of them, and what it shows can be sent back."""

import datetime as dt
from contextlib import suppress
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from dayline.domain.activity import (
    Activity,
    Attachment,
    Attendee,
    AttendeeStatus,
    Conference,
    Location,
    Participant,
    Priority,
    When,
)
from dayline.domain.errors import Invalid
from dayline.domain.identity import User
from dayline.domain.record import KINDS, Kind, Record
from dayline.domain.rules import change, same
from dayline.domain.time import LAST_INSTANT, MAX_DURATION, parse_instant
from dayline.domain.types import BUILT_IN
from dayline.service import Directory
from dayline.vendors.atz import mapping, schema
from tests.domain.book import ALICE, BOB, Book, made, ref

USERS = {
    id_: User(id=id_, uuid=f"u{id_}", slug=f"user_{id_}", name=f"User {id_}", email=f"{id_}@x.test")
    for id_ in (1, 2, 3)
}
RECORDS = {
    (kind, id_): Record(kind=kind, id=id_, uuid=f"{kind}-{id_}", slug=f"{kind}_{id_}", name="Jo Park")
    for kind in KINDS
    for id_ in (1, 2)
}
BESIDE = mapping.Beside(Directory(RECORDS, USERS), mapping.labels_of(list(BUILT_IN)), 1, "https://here.test")
ENTITIES = {"candidate": 1, "job": 2, "organization": 3, "contact": 4, "deal": 5, "other": 10}

users = st.integers(1, 3)
refs = st.builds(ref, st.sampled_from(KINDS), st.integers(1, 2))
lines = st.none() | st.text(max_size=20)
whens = st.builds(
    When,
    st.none() | st.dates(),
    st.none() | st.times().map(lambda time: time.replace(microsecond=0)),
    st.none() | st.integers(0, 200_000) | st.just(MAX_DURATION),
    st.none() | st.just("Europe/Tallinn"),
).filter(lambda when: when.starts_at is None or when.starts_at + (when.duration or 0) * 1000 <= LAST_INSTANT)


@pytest.mark.parametrize("zone", ["+02:00", "+0200", "+02"])
@pytest.mark.parametrize("time", ["10:00", "10:00:00", "10:00:00.000"])
def test_an_offset_in_every_spelling_of_iso_8601(time: str, zone: str) -> None:
    draft = mapping.read_draft(schema.ActivityUpdate(start_datetime=f"2026-04-25T{time}{zone}"))
    assert draft.starts_at == parse_instant("2026-04-25T08:00:00Z")


@pytest.mark.parametrize(
    "zone", ["+2", "+24", "-99", "+02:", "+02:0", "+020", "+\u0660\u0662", "Z+02", "+02Z", "+02:00+02"]
)
def test_what_is_no_offset(zone: str) -> None:
    for time in ("T10:00:00", "T10:00"):
        with pytest.raises(Invalid, match="must be a valid ISO 8601 datetime"):
            mapping.read_draft(schema.ActivityUpdate(start_datetime=f"2026-04-25{time}{zone}"))


def person(kind: Kind, id_: int) -> Attendee:
    return Attendee(ref=ref(kind, id_))


attendees = st.builds(
    lambda one, name, status, organizer: msgspec.structs.replace(one, name=name, status=status, organizer=organizer),
    st.builds(lambda id_: Attendee(user_id=id_), users)
    | st.builds(person, st.sampled_from(["candidate", "contact"]), st.integers(1, 2))
    | st.builds(lambda text: Attendee(email=f"{text}@x.test"), st.sampled_from("abc")),
    lines,
    st.sampled_from(get_args(AttendeeStatus)),
    st.booleans(),
)


def possible(done: bool, main_chosen: bool, main_kind: Any, related: Any, **fields: Any) -> Activity:
    """Nothing is done at no time, and nobody chose a main relation that is not there."""
    return msgspec.structs.replace(
        made(),
        done=done,
        done_at=7 if done else None,
        related=related,
        main_chosen=main_chosen and bool(related) and main_kind is None,
        main_kind=main_kind,
        **fields,
    )


activities = st.builds(
    possible,
    type=st.sampled_from([type_.ref for type_ in BUILT_IN]),
    subject=st.text(max_size=20),
    description=lines,
    note=lines,
    when=whens,
    done=st.booleans(),
    priority=st.none() | st.sampled_from(get_args(Priority)),
    location=st.none() | st.builds(Location, lines, country=lines),
    conference=st.none() | st.builds(Conference, lines, lines),
    related=st.lists(refs, max_size=3, unique=True).map(tuple),
    main_chosen=st.booleans(),
    main_kind=st.none() | st.sampled_from([*KINDS, "none"]),
    participants=st.lists(st.integers(1, 2), max_size=2, unique=True).map(
        lambda ids: tuple(Participant(ref("contact", id_), place == 0) for place, id_ in enumerate(ids))
    ),
    attendees=st.lists(attendees, max_size=5, unique_by=lambda one: (one.user_id, one.ref, one.email)).map(tuple),
    collaborators=st.lists(users, max_size=3, unique=True).map(tuple),
    attachments=st.lists(st.booleans(), max_size=2).map(
        lambda mains: tuple(Attachment(id=n, name="a", url="https://x.test", main=main) for n, main in enumerate(mains))
    ),
    invite=st.booleans(),
    creator_id=users,
    editor_id=users,
)  # fmt: skip


class Known(Book):
    """The records of these tests by their slugs."""

    def record(self, key: Any) -> Any:
        found = next((one for one in RECORDS.values() if (one.kind, one.slug) == (key.kind, key.value)), None)
        return super().record(key) if found is None else found.ref


def sent_back(shown: schema.Activity) -> dict[str, Any]:
    """What a client sends who changes nothing: everything that he was shown and can say."""
    body: dict[str, Any] = {
        "activity_type_id": shown.activity_type.id,
        "collaborators": ",".join(str(one.id) for one in shown.collaborators),
        "candidates_as_attendees": ",".join(one.slug for one in shown.attendees.candidates),
        "contacts_as_attendees": ",".join(one.slug for one in shown.attendees.contacts),
        "users_as_attendees": ",".join(str(one.id) for one in shown.attendees.users),
        "importance": shown.importance,
        "location": shown.location,
        "do_not_send_calendar_invite": shown.do_not_send_calendar_invite,
        "mark_as_done": shown.mark_as_done,
    }
    if shown.description:
        body["description"] = shown.description
    if shown.title.strip() == shown.title != "":
        body["title"] = shown.title
    if shown.related_to is not None and shown.related_to_type is not None:
        body |= {"related_to_entity": ENTITIES[shown.related_to_type], "related_to": shown.related_to}
    return body


@given(activities)
def test_every_activity_is_shown_with_every_key(activity: Activity) -> None:
    shown = mapping.show(activity, BESIDE)
    keys = list(msgspec.to_builtins(shown))
    assert keys == [field.encode_name for field in msgspec.structs.fields(schema.Activity)]
    msgspec.json.decode(msgspec.json.encode(shown), type=schema.Activity)
    assert (shown.related_to is None) == (activity.main is None)
    if activity.when.ends_at is None:
        assert shown.end_time == ""


@given(activities)
def test_what_is_shown_can_be_sent_back_and_changes_nothing(activity: Activity) -> None:
    body = msgspec.convert(sent_back(mapping.show(activity, BESIDE)), schema.ActivityUpdate)
    assert same(activity, change(activity, mapping.read_draft(body), BOB, Known()))


@given(st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9000, 1, 1)), st.integers(1, MAX_DURATION))
def test_a_time_is_shown_as_it_was_said(start: dt.datetime, seconds: int) -> None:
    start = start.replace(microsecond=0)
    end = start + dt.timedelta(seconds=seconds)
    body = schema.NewActivity(
        title="x",
        activity_type_id=3,
        start_datetime=start.isoformat() + "Z",
        end_datetime=f"{end.isoformat(' ')}.9",
    )
    activity = change(made(), mapping.new_draft(body), ALICE, Known())
    shown = mapping.show(activity, BESIDE)
    assert (shown.start_date, shown.start_time) == (start.date().isoformat(), start.strftime("%H:%M"))
    assert (shown.end_time, activity.when.duration) == (end.strftime("%H:%M"), seconds)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("https://meet.google.com/abc-xyz", True), ("http://localhost:8000", True), ("HTTPS://EXAMPLE.COM/ü", True),
        ("https://[::1]/x", True), ("https://", False), ("https:///x", False), ("//example.com", False),
        ("mailto:a@b.c", False), ("javascript:alert(1)", False), ("https://a b.c", False), ("https://a.b/\n", False),
        ("https://a.b:x/", False), ("https://a.b:99999/", False), (" https://a.b", False), ("https://[::1", False),
    ],
)  # fmt: skip
def test_links(text: str, fine: bool) -> None:
    body = schema.ActivityUpdate(meeting_link=text)
    if fine:
        assert mapping.read_draft(body).link == text
    else:
        with pytest.raises(Invalid):
            mapping.read_draft(body)


@given(st.text(), st.sampled_from([field.name for field in msgspec.structs.fields(schema.ActivityUpdate)]))
def test_no_text_does_anything_but_be_read_or_refused(text: str, field: str) -> None:
    """Forms send texts alone, whatever they are meant for."""
    try:
        body = msgspec.convert({field: text}, schema.ActivityUpdate, strict=False)
    except msgspec.ValidationError:
        return
    with suppress(Invalid):
        assert mapping.read_draft(body).priority is UNSET
