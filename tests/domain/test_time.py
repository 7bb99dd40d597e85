"""Dates, times, durations and instants: what is read, what is refused, and that nothing but ValueError comes out."""

import datetime as dt
import time as machine
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dayline.domain.time import (
    DAY_MS,
    MAX_DURATION,
    date_ms,
    format_duration,
    format_instant,
    now_ms,
    parse_date,
    parse_duration,
    parse_instant,
    parse_time,
    time_ms,
)

PARSERS: list[Callable[[str], object]] = [parse_date, parse_time, parse_duration, parse_instant]
FIRST, LAST = date_ms(dt.date.min), date_ms(dt.date.max) + DAY_MS - 1
clockish = st.text(alphabet="0123456789:-TtZz+ .W\u0663\u00b2", max_size=40)


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is far from UTC."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    machine.tzset()
    yield
    monkeypatch.undo()
    machine.tzset()


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text() | clockish)
@example(text="")
@example(text="2026-02-30")
@example(text="9999-12-31T23:59:59-23:59")
@example(text="2026-11-21T24:00:00Z")
@example(text="2026-11-21T10:00:00+99:99")
def test_any_text_is_read_or_is_a_value_error(parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - a UnicodeError would be one, too


@given(st.dates())
def test_dates_go_there_and_back(date: dt.date) -> None:
    assert parse_date(date.isoformat()) == date


@given(st.text() | st.from_regex(r"\d{4}-?[W\d]\d-?\d+", fullmatch=True))
@example("2026-W01-1")
@example("20261121")
@example("2026-325")
@example("\u0662026-11-21")
def test_a_date_is_read_only_from_its_one_form(text: str) -> None:
    try:
        date = parse_date(text)
    except ValueError:
        return
    assert date.isoformat() == text


@given(st.times().map(lambda time: time.replace(microsecond=0)))
def test_times_of_day_go_there_and_back(time: dt.time) -> None:
    assert parse_time(time.isoformat()) == time


@pytest.mark.parametrize(("text", "time"), [("9:30", dt.time(9, 30)), ("23:59:59", dt.time(23, 59, 59))])
def test_short_times_of_day_are_read(text: str, time: dt.time) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["24:00", "24:00:00", "10", "10:60", "10:00:60", "10:00Z", " 10:00", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_time(text)


@given(st.integers(0, MAX_DURATION))
@example(MAX_DURATION)
@example(86_400)
def test_durations_go_there_and_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


def test_the_longest_duration_is_what_four_hour_digits_say() -> None:
    assert parse_duration("9999:59:59") == MAX_DURATION
    with pytest.raises(ValueError, match="10000:00"):
        parse_duration("10000:00:00")


@given(st.integers(FIRST // 1000, LAST // 1000).map(lambda seconds: seconds * 1000))
@example(0)
@example(-1000)
@example(FIRST)
def test_instants_go_there_and_back(ms: int) -> None:
    assert parse_instant(format_instant(ms)) == ms


@given(st.integers(FIRST, LAST))
def test_formatting_cuts_the_milliseconds_off(ms: int) -> None:
    assert 0 <= ms - parse_instant(format_instant(ms)) < 1000


@given(
    st.datetimes(min_value=dt.datetime(2, 1, 1), max_value=dt.datetime(9998, 12, 31)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_an_offset_moves_the_instant(moment: dt.datetime, minutes: int) -> None:
    zoned = moment.replace(
        microsecond=moment.microsecond // 1000 * 1000, tzinfo=dt.timezone(dt.timedelta(0, 0, 0, 0, minutes))
    )
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert parse_instant(zoned.isoformat()) == (zoned - epoch) // dt.timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T10:30:00Z",
        "2026-11-21t10:30:00z",
        "2026-11-21 10:30:00",
        "2026-11-21T10:30",
        "2026-11-21T12:30:00+02:00",
        "2026-11-21T05:00:00-0530",
        "2026-11-21T10:30:00.000Z",
        "2026-11-21T10:30:00.000999999Z",
    ],
)
def test_every_spelling_is_the_same_instant(text: str) -> None:
    assert parse_instant(text) == 1_795_257_000_000


@pytest.mark.parametrize(("text", "ms"), [(".5Z", 500), (".05", 50), (".1239", 123), (".000000001Z", 0)])
def test_fractions_are_milliseconds_and_cut_off(text: str, ms: int) -> None:
    assert parse_instant(f"2026-11-21T10:30:00{text}") == 1_795_257_000_000 + ms


def test_a_date_alone_is_its_beginning_in_utc() -> None:
    assert parse_instant("2026-11-21") == date_ms(dt.date(2026, 11, 21)) == 1_795_219_200_000


@given(st.dates(), st.times().map(lambda time: time.replace(microsecond=0)))
def test_a_date_and_a_time_add_up(date: dt.date, time: dt.time) -> None:
    assert date_ms(date) + time_ms(time) == parse_instant(f"{date.isoformat()}T{time.isoformat()}Z")


@pytest.mark.usefixtures("far_away")
def test_the_zone_of_this_machine_changes_nothing() -> None:
    assert format_instant(0) == "1970-01-01T00:00:00Z"
    assert parse_instant("1970-01-01T00:00") == 0


def test_now_is_in_milliseconds() -> None:
    assert format_instant(now_ms()) >= "2026-01-01T00:00:00Z"
