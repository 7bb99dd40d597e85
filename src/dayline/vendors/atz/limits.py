"""ATZ's limit: sixty requests a minute with one token. Off unless the setting says otherwise."""

from typing import Final

from dayline.kit.dialect import Headers
from dayline.kit.limits import MINUTE, Limit, Policy, Standing


def _told(standings: tuple[Standing, ...]) -> Headers:
    return tuple(
        header
        for one in standings
        for header in (("X-RateLimit-Limit", str(one.quota)), ("X-RateLimit-Remaining", str(one.left)))
    )


LIMITS: Final = Policy(
    limits=(Limit(setting="atz_rate_limit", seconds=MINUTE),),
    told=_told,
    refused=lambda _: "Too Many Requests",
    document={
        "X-RateLimit-Limit": {
            "schema": {"type": "integer", "minimum": 0},
            "description": "The requests that a token may make in a minute, where there is a limit.",
        },
        "X-RateLimit-Remaining": {
            "schema": {"type": "integer", "minimum": 0},
            "description": "How many of them are left.",
        },
    },
)
