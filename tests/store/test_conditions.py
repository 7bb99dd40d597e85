"""Every condition, alone and in trees, against a plain evaluation in Python, over random little populations."""

import datetime as dt
from collections.abc import Callable
from itertools import count
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Struct

from dayline.domain.activity import Activity, Location, Priority
from dayline.domain.condition import (
    DATES,
    OPERATORS,
    TEXTS,
    Condition,
    Field,
    Group,
    Operator,
    Span,
    dates_of,
    is_relative,
)
from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.filter import Filter, Query
from dayline.domain.identity import UserChange, UserKey
from dayline.domain.record import KINDS, Record
from dayline.domain.time import time_ms
from dayline.service import Service
from tests.cast import START, Cast, ManualClock, Person, add_record, as_activity, key_of, log_call, move_all_in

names = count()
ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu")
TODAY = dt.date(2026, 11, 21)
RELATIVE = [
    "yesterday",
    "before_today",
    "today",
    "now",
    "later_or_today",
    "before_tomorrow",
    "tomorrow",
    "later_or_tomorrow",
    "last_week",
    "this_week",
    "next_week",
    "last_month",
    "this_month",
    "next_month",
    "last_quarter",
    "this_quarter",
    "1_week_ago",
    "3_weeks_ago",
    "1_month_ago",
    "6_months_ago",
    "in_1_week",
    "in_3_weeks",
    "in_1_month",
    "in_6_months",
]
NEAR = [
    TODAY + dt.timedelta(days=days) for days in (-184, -31, -21, -8, -7, -6, -5, -1, 0, 1, 2, 3, 7, 8, 9, 10, 30, 181)
]
EDGES = [dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date.min, dt.date.max]
TIMES = [dt.time(0), dt.time(8), dt.time(10, 59, 59), dt.time(11), dt.time(12), dt.time(18, 15), dt.time(23, 59, 59)]
LASTS = [0, 60, 3600, 12 * 3600, 86_400, 200_000]
TEXT = st.sampled_from(
    ["", "a", "A", "Straße", "STRASSE", "50%", "a_b", "\\", "\x1f", "a\x1fb", "a\nb", "É", "é🦄", "ab", "ba"]
)
PRIORITIES = get_args(Priority)


class Seed(Struct, frozen=True):
    """One random activity, before it has ids."""

    texts: tuple[str, str | None, str | None, str | None]
    type: str
    bobs: bool
    done: bool
    busy: bool | None
    priority: Priority | None
    date: dt.date | None
    time: dt.time | None
    lasts: int | None
    deal: int | None
    contact: int | None
    attendee: int | None
    hidden: bool
    pause: int


places = st.none() | st.integers(0, 1)
seeds = st.builds(
    Seed,
    texts=st.tuples(TEXT, *(st.none() | TEXT for _ in range(3))),
    type=st.sampled_from(["call", "meeting"]),
    bobs=st.booleans(),
    done=st.booleans(),
    busy=st.none() | st.booleans(),
    priority=st.none() | st.sampled_from(PRIORITIES),
    date=st.none() | st.sampled_from(NEAR + EDGES),
    time=st.none() | st.sampled_from(TIMES),
    lasts=st.none() | st.sampled_from(LASTS),
    deal=places,
    contact=places,
    attendee=places,
    hidden=st.booleans(),
    pause=st.integers(0, 100_000_000),
)


class Wish(Struct, frozen=True):
    """A condition before it has ids: records and people by their places."""

    field: Field
    operator: Operator
    value: Any


def _values(field: Field) -> st.SearchStrategy[Any]:
    if field in TEXTS:
        return TEXT
    if field in DATES:
        return st.sampled_from(RELATIVE) | st.sampled_from([day.isoformat() for day in NEAR + EDGES])
    if field == "time":
        return st.sampled_from([time_ms(time) // 1000 for time in TIMES])
    if field == "duration":
        return st.sampled_from(LASTS)
    choices: dict[str, Any] = {"type": ["call", "meeting", "lunch"], "priority": PRIORITIES}
    return st.sampled_from(choices.get(field, [0, 1, 2]))


def _wishes(field: Field) -> st.SearchStrategy[Wish]:
    return st.builds(Wish, st.just(field), st.sampled_from(sorted(OPERATORS[field])), _values(field))


FIELDS: list[Field] = [field for field in OPERATORS if field not in KINDS or field in ("deal", "contact", "project")]
wishes = st.sampled_from(FIELDS).flatmap(_wishes)
trees = st.recursive(
    wishes, lambda parts: st.tuples(st.sampled_from(["all", "any"]), st.lists(parts, max_size=3)), max_leaves=6
)


class World(Struct, frozen=True):
    """Who asks and when, and what the places stand for."""

    cast: Cast
    records: dict[str, list[Record]]
    now: int
    zone: str

    def named(self, wish: Wish) -> Condition:
        """The condition with ids; every third record is named by its uuid, or is not there at all."""
        if wish.field in ("owner", "creator"):
            who = (self.cast.alice, self.cast.bob, self.cast.charlie)[wish.value]
            return Condition(wish.field, wish.operator, who.user_id if wish.value < 2 else 999)
        if wish.field in self.records and wish.value < 2:
            record = self.records[wish.field][wish.value]
            return Condition(wish.field, wish.operator, record.uuid if wish.value else record.id)
        return Condition(wish.field, wish.operator, wish.value)

    def group(self, tree: Any) -> Group:
        if isinstance(tree, Wish):
            return Group("all", (self.named(tree),))
        glue, parts = tree
        return Group(glue, tuple(self.named(one) if isinstance(one, Wish) else self.group(one) for one in parts))


def holds(activity: Activity, part: Condition | Span | Group, world: World) -> bool:
    """The whole meaning of conditions, slowly."""
    if isinstance(part, Group):
        inner = [one for one in part.parts if not (isinstance(one, Group) and not _asks(one))]
        results = [holds(activity, one, world) for one in inner]
        return not results or (all if part.glue == "all" else any)(results)
    assert isinstance(part, Condition)
    if part.field in TEXTS:
        return _text_holds(activity, part)
    if part.field in DATES:
        return _date_holds(activity, part, world)
    if part.field in KINDS:
        return _record_holds(activity, part, world)
    found = _plain(activity, part.field)
    if part.operator in ("empty", "filled") or found is None:
        return (found is None) is (part.operator == "empty")
    return COMPARED[part.operator](found, part.value)


def _asks(group: Group) -> bool:
    return any(not isinstance(one, Group) or _asks(one) for one in group.parts)


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda a, b: bool(a == b),
    "is_not": lambda a, b: bool(a != b),
    "less": lambda a, b: bool(a < b),
    "at_most": lambda a, b: bool(a <= b),
    "more": lambda a, b: bool(a > b),
    "at_least": lambda a, b: bool(a >= b),
    "has": lambda a, b: b in a,
    "has_not": lambda a, b: b not in a,
    "starts": lambda a, b: bool(a.startswith(b)),
    "starts_not": lambda a, b: not a.startswith(b),
    "ends": lambda a, b: bool(a.endswith(b)),
    "ends_not": lambda a, b: not a.endswith(b),
}


def _plain(activity: Activity, field: str) -> Any:
    when = activity.when
    return {
        "time": None if when.time is None else time_ms(when.time) // 1000,
        "duration": when.duration,
        "type": activity.type.key,
        "priority": activity.priority,
        "done": int(activity.done),
        "busy": None if activity.busy is None else int(activity.busy),
        "owner": activity.owner_id,
        "creator": activity.creator_id,
    }[field]


def _text_holds(activity: Activity, part: Condition) -> bool:
    texts = {
        "subject": activity.subject,
        "description": activity.description,
        "note": activity.note,
        "location": activity.location.value if activity.location else None,
    }
    found, asked = ((text or "").casefold().replace("\x1f", " ") for text in (texts[part.field], str(part.value)))
    if part.operator in ("empty", "filled") or not found:
        return (not found) is (part.operator == "empty")
    return COMPARED[part.operator](found, asked)


def _record_holds(activity: Activity, part: Condition, world: World) -> bool:
    here = {ref.id for ref in activity.links() if ref.kind == part.field}
    if part.operator in ("empty", "filled") or not here:
        return (not here) is (part.operator == "empty")
    known = {record.uuid: record.id for records in world.records.values() for record in records}
    id_ = known[part.value] if isinstance(part.value, str) else part.value
    return (id_ in here) is (part.operator in ("is", "has"))


def _date_holds(activity: Activity, part: Condition, world: World) -> bool:
    if part.operator == "spans":
        begun = _date_holds(activity, Condition("due", "at_most", part.value), world)
        return begun and _date_holds(activity, Condition("end", "at_least", part.value), world)
    moment, whole = _moment(activity, part.field)
    if part.operator in ("empty", "filled") or moment is None:
        return (moment is None) is (part.operator == "empty")
    value = str(part.value)
    if value == "now" and not whole:
        return COMPARED[part.operator](moment, START_OF_TIME + dt.timedelta(milliseconds=world.now))
    day = moment.date()
    first: dt.date | None
    last: dt.date | None
    if is_relative(value):
        zone = ZoneInfo(world.zone)
        today = (START_OF_TIME + dt.timedelta(milliseconds=world.now)).astimezone(zone).date()
        first, last = dates_of(value, today)
        day = day if whole else _local(moment, zone)
    else:
        first = last = dt.date.fromisoformat(value)
    before, after = first is not None and day < first, last is not None and day > last
    return {
        "is": not before and not after,
        "is_not": before or after,
        "less": before,
        "at_most": not after,
        "more": after,
        "at_least": not before,
    }[part.operator]


START_OF_TIME = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _local(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # beyond the years that there are: as far as it goes
        return moment.date()


def _moment(activity: Activity, field: str) -> tuple[dt.datetime | None, bool]:
    """When that is, in UTC, and whether it is a whole day's."""
    when = activity.when
    if field in ("created_at", "updated_at", "done_at"):
        ms = getattr(activity, field)
        return (None if ms is None else START_OF_TIME + dt.timedelta(milliseconds=ms)), False
    if when.date is None:
        return None, False
    start = dt.datetime.combine(when.date, when.time or dt.time(0), tzinfo=dt.UTC)
    lasts = dt.timedelta(seconds=when.duration or 0)
    if when.time is None:
        lasts = max(lasts, dt.timedelta(days=1))
    if field == "due" or not lasts:
        return start, when.time is None
    try:
        return start + (lasts - dt.timedelta(milliseconds=1)), when.time is None
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC), when.time is None


async def _populate(
    service: Service, clock: ManualClock, cast: Cast, records: dict[str, list[Record]], seed: Seed
) -> Activity:
    clock.move(seed.pause)
    subject, description, note, location = seed.texts
    deal, contact, attendee = seed.deal, seed.contact, seed.attendee
    draft = Draft(
        subject=subject,
        description=description,
        note=note,
        location=None if location is None else Location(value=location),
        type=TypeKey(seed.type, "type"),
        done=seed.done,
        busy=seed.busy,
        priority=seed.priority,
        date=seed.date,
        time=seed.time,
        duration=None if seed.date == dt.date.max else seed.lasts,  # nothing ends after the year 9999
        visibility="private" if seed.hidden else "public",
        owner=UserKey(cast.bob.user_id, "owner_id") if seed.bobs else UNSET,
        related=() if deal is None else (Relate("deal", key_of(records["deal"][deal])),),
        participants=() if contact is None else ((key_of(records["contact"][contact]), False),),
        attendees=Attendance(
            frozenset(["contact"]),
            () if attendee is None else (Invited(record=key_of(records["contact"][attendee])),),
        ),
    )
    return await service.activities.create(cast.alice.principal, draft, as_activity)


async def _found(service: Service, who: Person, where: Group) -> list[int]:
    page = await service.activities.list(who.principal, Query(filter=Filter(where=where), limit=500))
    return [activity.id for activity in page.items]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    population=st.lists(seeds, min_size=1, max_size=8),
    asked=st.lists(wishes, min_size=8, max_size=16),
    tree=trees,
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
)
async def test_the_database_finds_what_a_plain_evaluation_finds(
    service: Service,
    clock: ManualClock,
    population: list[Seed],
    asked: list[Wish],
    tree: Any,
    zone: str,
    hour: int,
) -> None:
    clock.now = START  # every example is an account of its own, in a store full of the others
    cast = await move_all_in(service, f"Account{next(names)}")
    for who in (cast.alice, cast.bob):
        await service.people.change(cast.alice.principal, who.user_id, UserChange(zone=zone), lambda user: user)
    records: dict[str, list[Record]] = {
        kind: [await add_record(service, cast.alice, kind) for _ in range(2)] for kind in KINDS if kind in FIELDS
    }
    there = [await _populate(service, clock, cast, records, seed) for seed in population]
    clock.now = START + hour * 3_600_000
    world = World(cast, records, clock.now, zone)
    await log_call(service, cast.charlie)
    for wish in (*asked, tree):
        where = world.group(wish)
        expected = [activity.id for activity in there if holds(activity, where, world)]
        assert await _found(service, cast.alice, where) == expected, where
        bobs = [
            one.id
            for one in there
            if one.id in expected and (one.visibility != "private" or one.owner_id == cast.bob.user_id)
        ]
        assert await _found(service, cast.bob, where) == bobs, where


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
async def test_every_date_is_found_where_it_is(service: Service, clock: ManualClock, zone: str) -> None:
    """Each comparison with each relative date, over a time around each of their edges."""
    cast = await move_all_in(service)
    await service.people.change(cast.alice.principal, cast.alice.user_id, UserChange(zone=zone), lambda user: user)
    there = []
    for day in (*NEAR, *EDGES[:2], None):
        for time, lasts in ((None, None), (None, 200_000), (dt.time(10, 59), 60), (dt.time(11), None), (dt.time(8), 0)):
            draft = Draft(type=TypeKey("call", "type"), date=day, time=time, duration=lasts, done=bool(lasts))
            there.append(await service.activities.create(cast.alice.principal, draft, as_activity))
        clock.move(7_200_000 + 1)
    clock.now = START + 39_600_000  # eleven in the morning, when it is midnight in Auckland's summer
    world = World(cast, {}, clock.now, zone)
    for field in DATES:
        for operator in sorted(OPERATORS[field]):
            for value in (*RELATIVE, "2026-11-21", "1970-01-01"):
                where = Group("all", (Condition(field, operator, value),))
                expected = [activity.id for activity in there if holds(activity, where, world)]
                assert await _found(service, cast.alice, where) == expected, where


@pytest.mark.parametrize("field", OPERATORS)
async def test_every_field_has_its_operators(service: Service, alice: Person, field: Field) -> None:
    """None of them is more than the database understands."""
    await log_call(service, alice)
    values: dict[str, Any] = (
        dict.fromkeys(TEXTS, "a") | dict.fromkeys(DATES, "today") | {"type": "call", "priority": "low"}
    )
    for operator in OPERATORS[field]:
        where = Group("all", (Condition(field, operator, values.get(field, 1)),))
        assert await _found(service, alice, where) in ([], [1])
        denied = {"is": "is_not", "has": "has_not", "starts": "starts_not", "ends": "ends_not", "empty": "filled"}
        if operator in denied:
            other: Any = denied[operator]
            either = Group("any", (where, Group("all", (Condition(field, other, values.get(field, 1)),))))
            empty = Group("any", (either, Group("all", (Condition(field, "empty"),))))
            assert await _found(service, alice, empty) == [1]
