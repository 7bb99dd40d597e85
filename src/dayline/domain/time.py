"""Dates, times of day, durations and instants, as text and as numbers; never the local zone of this machine.

Instants are whole milliseconds since 1970-01-01T00:00:00Z. Durations are whole seconds.
"""

import datetime as dt
import re
import time as clock
import zoneinfo
from functools import lru_cache

DAY_MS = 86_400_000
LAST_INSTANT = 253_402_300_799_999  # the end of the year 9999, after which nothing can be written as text
FIRST_INSTANT = -62_135_596_800_000  # the begin of the year 1
MAX_DURATION = 10_000 * 3600 - 1  # 9999:59:59, the longest that four hour digits can say

_EPOCH = dt.date(1970, 1, 1).toordinal()
_TWO = tuple(f"{number:02d}" for number in range(60))  # two digits, looked up: a page has hundreds of them
_DATE = re.compile(r"\d{4}-\d\d-\d\d")  # ISO 8601 has other dates of ten characters: 2026-W01-1
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d))?")
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ]((?:[01]\d|2[0-3]):\d\d(?::\d\d)?)(\.\d{1,9})?(Z|z|[+-]\d\d:?\d\d)?)?",
)


def now_ms() -> int:
    """The present instant."""
    return clock.time_ns() // 1_000_000


def date_ms(date: dt.date) -> int:
    """The instant at which this date begins in UTC."""
    return (date.toordinal() - _EPOCH) * DAY_MS


def time_ms(time: dt.time) -> int:
    """How far into its day a time of day is, in milliseconds."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1000


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    # Some machines have files beside the zones that are none: one's own zone, and the lack of any.
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory", "posixrules"})


def is_zone(name: str) -> bool:
    """Whether this is the name of an IANA zone, such as ``Europe/Tallinn``."""
    return name in _zones()


def parse_zone(text: str) -> str:
    """Read the name of an IANA zone. Raises ValueError."""
    if not is_zone(text):
        raise ValueError(text)
    return text


def parse_date(text: str) -> dt.date:
    """Read ``YYYY-MM-DD``. Raises ValueError."""
    if _DATE.fullmatch(text) is None or not text.isascii():
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def parse_time(text: str) -> dt.time:
    """Read ``HH:MM`` or ``HH:MM:SS`` as a time of day. Raises ValueError."""
    seconds = parse_duration(text)
    if seconds >= 86_400:
        raise ValueError(text)
    return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def parse_duration(text: str) -> int:
    """Read ``H:MM`` or ``H:MM:SS``, hours up to 9999, as seconds. Raises ValueError."""
    match = _CLOCK.fullmatch(text)
    if match is None or not text.isascii():
        raise ValueError(text)
    hours, minutes, seconds = match.groups(default="0")
    return (int(hours) * 60 + int(minutes)) * 60 + int(seconds)


def format_duration(seconds: int) -> str:
    """Write seconds as ``HH:MM:SS``; more than 24 hours stay hours."""
    return f"{seconds // 3600:02d}:{_TWO[seconds // 60 % 60]}:{_TWO[seconds % 60]}"


def parse_instant(text: str) -> int:
    """Read an RFC 3339 instant, also with a space for the T, a date alone, or no zone (then UTC). Raises ValueError."""
    match = _INSTANT.fullmatch(text)
    if match is None or not text.isascii():
        raise ValueError(text)
    date, time, fraction, zone = match.groups()
    moment = dt.datetime.fromisoformat(f"{date}T{time or '00:00'}{_offset(zone)}")
    whole = date_ms(moment.date()) + time_ms(moment.time())
    shift = moment.utcoffset() or dt.timedelta()
    instant = whole - int(shift.total_seconds()) * 1000 + int((fraction or ".0")[1:4].ljust(3, "0"))
    if not FIRST_INSTANT <= instant <= LAST_INSTANT:
        raise ValueError(text)
    return instant


def _offset(zone: str | None) -> str:
    return "+00:00" if zone in (None, "Z", "z") else str(zone)


def format_instant(ms: int) -> str:
    """Write an instant as ``YYYY-MM-DDTHH:MM:SSZ``; the milliseconds are cut off.

    Raises OverflowError or ValueError for one that is not in the years 1 to 9999.
    """
    day, seconds = divmod(ms // 1000, 86_400)
    return f"{_day(day)}T{_TWO[seconds // 3600]}:{_TWO[seconds // 60 % 60]}:{_TWO[seconds % 60]}Z"


@lru_cache(maxsize=1024)
def _day(number: int) -> str:
    """A day, counted from 1970 on, as text: most instants of a page are of few days."""
    return dt.date.fromordinal(_EPOCH + number).isoformat()
