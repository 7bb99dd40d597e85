"""What a dialect declares about its limits: which quotas there are, who has each, and how they are told and refused.

Nothing here may count, know a vendor, or do any input or output: ``throttle`` is the deed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

MINUTE: Final = 60
DAY: Final = 24 * 60 * MINUTE


class Limit(Struct, frozen=True, kw_only=True):
    """A quota that comes back after so many ``seconds``; the setting of this name says how much it is, 0 for no limit.

    Windows begin at whole multiples of their length in UTC: days at midnight. It is for each token or for the account
    as a whole, counts requests or, if ``weighed``, the cost of the operations, and may be one of which an account can
    choose to have less (``Caller.rate_limit``).
    """

    setting: str
    seconds: int
    by: Literal["token", "account"] = "token"
    weighed: bool = False
    lowered: bool = False


class Standing(Struct, frozen=True):
    """Where a caller stands after a request: of ``quota`` there is ``left`` for ``reset`` seconds, at least 1."""

    limit: Limit
    quota: int
    left: int
    reset: int


class Policy(Struct, frozen=True, kw_only=True):
    """A dialect's limits. A request is charged to all of them, or refused (429) by one and charged to none.

    If several would refuse it, the first does. ``told`` makes the headers of every answer to a known caller out of the
    standings, ``refused`` the message of a 429. ``document`` describes those headers, as OpenAPI does.
    """

    limits: tuple[Limit, ...]
    told: Callable[[tuple[Standing, ...]], tuple[tuple[str, str], ...]]
    refused: Callable[[Standing], str]
    document: Mapping[str, Any]


def _told(standings: tuple[Standing, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(
        header
        for one in standings
        for header in (
            ("RateLimit-Policy", f'"token";q={one.quota};w={one.limit.seconds}'),
            ("RateLimit", f'"token";r={one.left};t={one.reset}'),
        )
    )


# draft-ietf-httpapi-ratelimit-headers, as structured fields.
PER_MINUTE: Final = Policy(
    limits=(Limit(setting="rate_limit", seconds=MINUTE, lowered=True),),
    told=_told,
    refused=lambda standing: f"more than {standing.quota} requests a minute with one token",
    document={
        "RateLimit-Policy": {
            "schema": {"type": "string"},
            "description": 'The requests that a token may make, and in how many seconds: `"token";q=6000;w=60`.',
        },
        "RateLimit": {
            "schema": {"type": "string"},
            "description": 'The requests that are left, and the seconds until all are back: `"token";r=5999;t=60`.',
        },
    },
)
"""Requests a minute with one token, told in the RateLimit headers of the IETF's draft."""
