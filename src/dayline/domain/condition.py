"""Conditions on activities as a tree of data: what a saved filter asks for, in the fields of the domain.

Pure, and without a vendor's or a database's words. A comparison with a field that has no value never holds, neither
one that denies: only ``empty`` does.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.record import KINDS, Kind, RecordKey
from dayline.domain.time import DAY_MS, date_ms, parse_date

TextField = Literal["subject", "description", "note", "location"]
DateField = Literal["due", "end", "created_at", "updated_at", "done_at"]
NumberField = Literal["time", "duration"]
ChoiceField = Literal["type", "priority", "done", "busy"]
UserField = Literal["owner", "creator"]
Field: TypeAlias = TextField | DateField | NumberField | ChoiceField | UserField | Kind
Operator = Literal[
    "is", "is_not", "less", "at_most", "more", "at_least", "spans",
    "has", "has_not", "starts", "starts_not", "ends", "ends_not", "empty", "filled",
]  # fmt: skip
Value: TypeAlias = str | int | None
Glue = Literal["all", "any"]

TEXTS: tuple[TextField, ...] = get_args(TextField)
DATES: tuple[DateField, ...] = get_args(DateField)
_KINDS: dict[str, Kind] = {kind: kind for kind in KINDS}
FOREVER = 1 << 62  # beyond every instant, on either side

_EQUAL: tuple[Operator, ...] = ("is", "is_not", "empty", "filled")
_ORDER: tuple[Operator, ...] = (*_EQUAL, "less", "at_most", "more", "at_least")
_WORDS: tuple[Operator, ...] = (*_EQUAL, "has", "has_not", "starts", "starts_not", "ends", "ends_not")
OPERATORS: Mapping[Field, frozenset[Operator]] = {
    **dict.fromkeys(TEXTS, frozenset(_WORDS)),
    **dict.fromkeys(DATES, frozenset(_ORDER)),
    "due": frozenset((*_ORDER, "spans")),
    **dict.fromkeys(get_args(NumberField), frozenset(_ORDER)),
    **dict.fromkeys((*get_args(ChoiceField), *get_args(UserField)), frozenset(_EQUAL)),
    **dict.fromkeys(KINDS, frozenset((*_EQUAL, "has", "has_not"))),
}


class Condition(Struct, frozen=True, tag="condition"):
    """One condition. What ``value`` is goes by the field:

    text for a text, whatever its case; a date or a relative date for a date; seconds for a duration, and seconds into
    the day in UTC for a time; a type's key, a priority, 1 or 0 for a choice; a user's id; a record's id, uuid or slug.
    ``due`` is when it begins and ``end`` when it is over; ``spans`` is going on at some time of these days.
    A record is one that the activity hangs on in any way.
    """

    field: Field
    operator: Operator
    value: Value = None


class Span(Struct, frozen=True, tag="span"):
    """A condition on a date, once today is known: from (included) until (not included), in ms UTC, or outside of that.

    ``days`` is for whole days, which begin in UTC wherever somebody is, and ``instants`` for everything else.
    """

    field: DateField
    days: tuple[int, int]
    instants: tuple[int, int]
    outside: bool = False


class Group(Struct, frozen=True, tag="group"):
    """Conditions of which all, or any, must hold. A group without any asks for nothing."""

    glue: Glue
    parts: "tuple[Condition | Span | Group, ...]"


Part: TypeAlias = Condition | Span | Group


class _Days(Struct, frozen=True):
    """The same stretch of time as days and as instants: from (included) until (not included), in ms UTC."""

    days: tuple[int, int]
    instants: tuple[int, int]


class Today(Struct, frozen=True):
    """What relative dates are relative to: an instant (ms UTC), and the IANA zone of whoever asks."""

    now: int
    zone: str

    @property
    def date(self) -> dt.date:
        """The date that it is now, there."""
        return (_START + dt.timedelta(milliseconds=self.now)).astimezone(ZoneInfo(self.zone)).date()


_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STEPS = re.compile(r"([1-6])_(week|month)s?_ago|in_([1-6])_(week|month)s?")
_MOST_WEEKS = 3
_UNITS = ("week", "month", "quarter")
_NAMED = frozenset(
    ("yesterday", "before_today", "today", "now", "later_or_today", "before_tomorrow", "tomorrow", "later_or_tomorrow")
) | {
    f"{which}_{unit}"
    for which, units in (("last", _UNITS), ("this", _UNITS), ("next", ("week", "month")))
    for unit in units
}


def is_relative(text: str) -> bool:
    """Whether this is the name of a relative date, such as ``next_week``, ``2_months_ago`` or ``in_1_week``."""
    return text in _NAMED or _step(text) is not None


def is_day(text: str) -> bool:
    """Whether this is a date or a relative date."""
    try:
        return is_relative(text) or bool(parse_date(text))
    except ValueError:
        return False


def _step(text: str) -> tuple[int, str] | None:
    """How many weeks or months from today."""
    match = _STEPS.fullmatch(text)
    if match is None:
        return None
    back, unit_back, ahead, unit_ahead = match.groups()
    count, unit = (-int(back), unit_back) if back else (int(ahead), unit_ahead)
    return None if unit == "week" and abs(count) > _MOST_WEEKS else (count, unit)


def dates_of(name: str, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of a relative date; None is open. Weeks begin on Monday, and so many months ago is one day."""
    step = _step(name)
    if step is not None:
        count, unit = step
        day = today + dt.timedelta(weeks=count) if unit == "week" else _months_on(today, count)
        return day, day
    return _stretches(today)[name]


@lru_cache(maxsize=64)
def _stretches(today: dt.date) -> dict[str, tuple[dt.date | None, dt.date | None]]:
    yesterday, tomorrow = (today + dt.timedelta(days=days) for days in (-1, 1))
    monday = today - dt.timedelta(days=today.weekday())
    weeks = {name: monday + dt.timedelta(weeks=n) for name, n in (("last", -1), ("this", 0), ("next", 1))}
    first = today.replace(day=1)
    months = {name: _months_on(first, n) for name, n in (("last", -1), ("this", 0), ("next", 1))}
    quarter = first.replace(month=first.month - (first.month - 1) % 3)
    quarters = {name: _months_on(quarter, n) for name, n in (("last", -3), ("this", 0))}
    return {
        "yesterday": (yesterday, yesterday),
        "before_today": (None, yesterday),
        "today": (today, today),
        "now": (today, today),
        "later_or_today": (today, None),
        "before_tomorrow": (None, today),
        "tomorrow": (tomorrow, tomorrow),
        "later_or_tomorrow": (tomorrow, None),
        **{f"{name}_week": (start, start + dt.timedelta(days=6)) for name, start in weeks.items()},
        **{f"{name}_month": (start, _last_of(start, 1)) for name, start in months.items()},
        **{f"{name}_quarter": (start, _last_of(start, 3)) for name, start in quarters.items()},
    }


def _months_on(day: dt.date, count: int) -> dt.date:
    """The same day so many months on, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _last_of(first: dt.date, months: int) -> dt.date:
    return _months_on(first, months) - dt.timedelta(days=1)


def _stretch(value: str, today: Today) -> _Days:
    """A date as callers write it is a day in UTC, as the activity's own is; a relative one is a day where he is."""
    if not is_relative(value):
        start = date_ms(parse_date(value))
        return _Days((start, start + DAY_MS), (start, start + DAY_MS))
    first, last = dates_of(value, today.date)
    days = (-FOREVER if first is None else date_ms(first), FOREVER if last is None else date_ms(last) + DAY_MS)
    if value == "now":
        return _Days(days, (today.now, today.now + 1))
    begin = -FOREVER if first is None else _midnight(first, today.zone)
    end = FOREVER if last is None else _midnight(last + dt.timedelta(days=1), today.zone)
    return _Days(days, (begin, end))


def _midnight(day: dt.date, zone: str) -> int:
    """The instant at which a day begins in a zone."""
    start = dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int((start - _START).total_seconds()) * 1000


def _compared(field: DateField, operator: Operator, stretch: _Days) -> Part:
    """A comparison with a stretch of time, as the stretch of those that hold."""
    if operator == "spans":
        begun, goes_on = _compared("due", "at_most", stretch), _compared("end", "at_least", stretch)
        return Group("all", (begun, goes_on))

    def held(start: int, end: int) -> tuple[int, int]:
        match operator:
            case "less":
                return -FOREVER, start
            case "at_most":
                return -FOREVER, end
            case "more":
                return end, FOREVER
            case "at_least":
                return start, FOREVER
            case _:
                return start, end

    return Span(field, held(*stretch.days), held(*stretch.instants), outside=operator == "is_not")


def settle(group: Group, today: Today, ids: Mapping[tuple[Kind, str], int]) -> Group:
    """The same conditions with today put in, and ids in place of uuids and slugs; a record that is not there is 0."""

    def settled(part: Part) -> Part:
        if isinstance(part, Group):
            return settle(part, today, ids)
        if isinstance(part, Span) or part.operator in ("empty", "filled"):
            return part
        if part.field in DATES:
            return _compared(part.field, part.operator, _stretch(str(part.value), today))
        kind = _KINDS.get(part.field)
        if kind is not None and isinstance(part.value, str):
            return replace(part, value=ids.get((kind, part.value), 0))
        return part

    return Group(group.glue, tuple(settled(part) for part in group.parts))


def conditions_of(group: Group) -> Iterator[Condition]:
    """Every condition in a tree, in its order."""
    for part in group.parts:
        if isinstance(part, Group):
            yield from conditions_of(part)
        elif isinstance(part, Condition):
            yield part


def record_keys(group: Group) -> Iterator[RecordKey]:
    """The records that a tree names otherwise than by id."""
    for condition in conditions_of(group):
        kind = _KINDS.get(condition.field)
        if kind is not None and isinstance(condition.value, str):
            yield RecordKey(kind, condition.value, condition.field)


def needs_today(group: Group) -> bool:
    """Whether who asks, and when, makes a difference."""
    dates = (condition for condition in conditions_of(group) if condition.field in DATES)
    return any(is_relative(str(condition.value)) for condition in dates)
