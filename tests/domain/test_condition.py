"""Relative dates as they are meant, day by day, and conditions settled for one caller at one moment."""

import datetime as dt

import msgspec
import pytest

from dayline.domain.condition import (
    FOREVER,
    Condition,
    Group,
    Span,
    Today,
    conditions_of,
    dates_of,
    is_day,
    is_relative,
    needs_today,
    record_keys,
    settle,
)
from dayline.domain.record import RecordKey
from dayline.domain.time import date_ms

SATURDAY = dt.date(2026, 11, 21)
UUID = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", SATURDAY, SATURDAY),
        ("now", SATURDAY, SATURDAY),
        ("yesterday", day(11, 20), day(11, 20)),
        ("tomorrow", day(11, 22), day(11, 22)),
        ("before_today", None, day(11, 20)),
        ("before_tomorrow", None, SATURDAY),
        ("later_or_today", SATURDAY, None),
        ("later_or_tomorrow", day(11, 22), None),
        ("this_week", day(11, 16), day(11, 22)),
        ("last_week", day(11, 9), day(11, 15)),
        ("next_week", day(11, 23), day(11, 29)),
        ("this_month", day(11, 1), day(11, 30)),
        ("last_month", day(10, 1), day(10, 31)),
        ("next_month", day(12, 1), day(12, 31)),
        ("this_quarter", day(10, 1), day(12, 31)),
        ("last_quarter", day(7, 1), day(9, 30)),
        ("1_week_ago", day(11, 14), day(11, 14)),
        ("3_weeks_ago", day(10, 31), day(10, 31)),
        ("1_month_ago", day(10, 21), day(10, 21)),
        ("1_months_ago", day(10, 21), day(10, 21)),
        ("6_months_ago", day(5, 21), day(5, 21)),
        ("in_1_week", day(11, 28), day(11, 28)),
        ("in_3_weeks", day(12, 12), day(12, 12)),
        ("in_1_month", day(12, 21), day(12, 21)),
        ("in_6_months", day(5, 21, 2027), day(5, 21, 2027)),
    ],
)
def test_relative_dates(name: str, first: dt.date | None, last: dt.date | None) -> None:
    assert is_relative(name)
    assert dates_of(name, SATURDAY) == (first, last)


@pytest.mark.parametrize(
    ("today", "name", "first", "last"),
    [
        (day(11, 23), "this_week", day(11, 23), day(11, 29)),
        (day(11, 22), "this_week", day(11, 16), day(11, 22)),
        (day(1, 1), "last_week", day(12, 22, 2025), day(12, 28, 2025)),
        (day(1, 31), "last_month", day(12, 1, 2025), day(12, 31, 2025)),
        (day(12, 31), "next_month", day(1, 1, 2027), day(1, 31, 2027)),
        (day(2, 14), "last_quarter", day(10, 1, 2025), day(12, 31, 2025)),
        (day(3, 31), "1_month_ago", day(2, 28), day(2, 28)),
        (day(3, 31, 2028), "1_month_ago", day(2, 29, 2028), day(2, 29, 2028)),
        (day(8, 31), "in_6_months", day(2, 28, 2027), day(2, 28, 2027)),
    ],
)
def test_edges_of_the_calendar(today: dt.date, name: str, first: dt.date, last: dt.date) -> None:
    assert dates_of(name, today) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Today",
        "next_quarter",
        "4_weeks_ago",
        "7_months_ago",
        "in_0_weeks",
        "in_week",
        "0_months_ago",
        "1_week_ago ",
    ],
)
def test_what_is_no_relative_date(text: str) -> None:
    assert not is_relative(text)
    assert not is_day(text)


def test_what_is_a_day() -> None:
    assert is_day("2026-02-28")
    assert is_day("this_week")
    assert not is_day("2026-02-30")
    assert not is_day("20260228")


def settled(field: str, operator: str, value: str, zone: str = "UTC") -> Span:
    noon = date_ms(SATURDAY) + 12 * 3_600_000
    group = msgspec.convert(
        {
            "type": "group",
            "glue": "all",
            "parts": [{"type": "condition", "field": field, "operator": operator, "value": value}],
        },
        Group,
    )
    (part,) = settle(group, Today(noon, zone), {}).parts
    assert isinstance(part, Span)
    return part


def test_a_date_that_is_written_is_a_day_in_utc_for_everybody() -> None:
    start = date_ms(SATURDAY)
    for zone in ("UTC", "Pacific/Auckland"):
        span = settled("due", "is", "2026-11-21", zone)
        assert span.days == span.instants == (start, start + 86_400_000)


def test_a_relative_one_is_a_day_where_somebody_is() -> None:
    span = settled("due", "is", "today", "Pacific/Auckland")  # the 22nd there
    assert span.days == (date_ms(day(11, 22)), date_ms(day(11, 23)))
    assert span.instants == (date_ms(day(11, 21)) + 11 * 3_600_000, date_ms(day(11, 22)) + 11 * 3_600_000)


def test_a_day_has_the_hours_that_it_has() -> None:
    """In New York the clock goes back on the first of November, within last_month's end and this_month's begin."""
    span = settled("due", "is", "this_month", "America/New_York")
    assert span.instants == (date_ms(day(11, 1)) + 4 * 3_600_000, date_ms(day(12, 1)) + 5 * 3_600_000)


def test_comparisons_are_stretches() -> None:
    start = date_ms(SATURDAY)
    end = start + 86_400_000
    wanted = {
        "less": (-FOREVER, start),
        "at_most": (-FOREVER, end),
        "at_least": (start, FOREVER),
        "more": (end, FOREVER),
    }
    for operator, stretch in wanted.items():
        assert settled("due", operator, "today").instants == stretch
    assert settled("due", "is_not", "today") == Span("due", (start, end), (start, end), outside=True)


def test_now_is_an_instant_for_what_has_a_time_and_today_for_what_has_none() -> None:
    span = settled("due", "less", "now")
    assert span.instants == (-FOREVER, date_ms(SATURDAY) + 12 * 3_600_000)
    assert span.days == (-FOREVER, date_ms(SATURDAY))


def test_records_are_settled_by_their_names() -> None:
    group = Group("any", (Condition("lead", "is", UUID), Group("all", (Condition("deal", "is", 5),))))
    assert list(record_keys(group)) == [RecordKey("lead", UUID, "lead")]
    found = settle(group, Today(0, "UTC"), {("lead", UUID): 7})
    assert [condition.value for condition in conditions_of(found)] == [7, 5]
    assert [condition.value for condition in conditions_of(settle(group, Today(0, "UTC"), {}))] == [0, 5]


def test_only_relative_dates_need_to_know_today() -> None:
    assert needs_today(Group("all", (Group("any", (Condition("due", "less", "today"),)),)))
    plain = (Condition("due", "is", "2026-01-01"), Condition("subject", "is", "today"), Condition("end", "empty"))
    assert not needs_today(Group("all", plain))


def test_a_tree_comes_back_from_its_document_as_it_was() -> None:
    tree = Group("all", (Condition("due", "less", "today"), Group("any", (Condition("deal", "filled"),))))
    assert msgspec.json.decode(msgspec.json.encode(tree), type=Group) == tree
