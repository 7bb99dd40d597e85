"""A time told by its two ends, as instants. Pure; either end alone is held against the one that is stored."""

import datetime as dt
from typing import Final

from msgspec import UnsetType
from msgspec.structs import replace

from dayline.domain.activity import When
from dayline.domain.errors import invalid
from dayline.domain.time import MAX_DURATION

_START: Final = dt.datetime(1970, 1, 1)


def spanned(before: When, starts_at: int | UnsetType, ends_at: int | UnsetType) -> When:
    """The time with these ends (ms UTC), in whole seconds; what is UNSET stays, and the duration where no end is known.

    Raises Invalid, naming ``ends_at``, ``starts_at`` or ``duration``, unless it ends after it starts, and in good time.
    """
    start = before.starts_at if isinstance(starts_at, UnsetType) else starts_at
    end = before.ends_at if isinstance(ends_at, UnsetType) else ends_at
    if start is None:
        raise invalid("starts_at", "This value is required: the activity has no start yet.", "missing")
    moment = _START + dt.timedelta(seconds=start // 1000)
    when = replace(before, date=moment.date(), time=moment.time())
    if end is None:
        return when
    seconds = end // 1000 - start // 1000
    if seconds <= 0:
        raise invalid("ends_at", "This value should be after the start.")
    if seconds > MAX_DURATION:
        raise invalid("duration", "An activity can last 9999:59:59 at the most.")
    return replace(when, duration=seconds)
