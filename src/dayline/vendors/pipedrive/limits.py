"""Pipedrive's limits: a daily budget of tokens for the company, and a burst of requests for each of its tokens.

Also which calls are counted because they will have to go: those of API v1.
"""

import re
from typing import Final

from dayline.domain.identity import Principal
from dayline.kit.dialect import Headers, Note, Operation
from dayline.kit.limits import DAY, Limit, Policy, Standing
from dayline.service import Service

DAILY: Final = "daily request budget exceeded"
BURST: Final = "request over limit"
BURST_SECONDS: Final = 2

_V1: Final = ("/v1/", "/api/v1/")
_PARAMETER: Final = re.compile(r"\{\w+\}")


def _told(standings: tuple[Standing, ...]) -> Headers:
    daily, burst = standings
    return (
        ("x-ratelimit-limit", str(burst.quota)),
        ("x-ratelimit-remaining", str(burst.left)),
        ("x-ratelimit-reset", str(burst.reset)),
        ("x-daily-ratelimit-token-limit", str(daily.quota)),
        ("x-daily-ratelimit-token-remaining", str(daily.left)),
        ("x-daily-requests-left", str(daily.left)),
    )


def _number(description: str) -> dict[str, object]:
    return {"schema": {"type": "integer", "minimum": 0}, "description": description}


# The budget first: who is beyond both has to wait for the longer one.
LIMITS: Final = Policy(
    limits=(
        Limit(setting="pipedrive_daily_tokens", seconds=DAY, by="account", weighed=True),
        Limit(setting="pipedrive_burst", seconds=BURST_SECONDS),
    ),
    told=_told,
    refused=lambda standing: DAILY if standing.limit.weighed else BURST,
    document={
        "x-ratelimit-limit": _number("The requests that a token may make in two seconds."),
        "x-ratelimit-remaining": _number("How many of them are left."),
        "x-ratelimit-reset": _number("The seconds until all are back."),
        "x-daily-ratelimit-token-limit": _number("The tokens that the account may spend in a day, UTC."),
        "x-daily-ratelimit-token-remaining": _number("How many of them are left."),
        "x-daily-requests-left": _number("The same under its older name."),
    },
)


def meter(operation: Operation) -> Note | None:
    """Count the calls of API v1, each as ``METHOD /v1/path`` with ``{id}`` for whatever is in it."""
    if not operation.path.startswith(_V1):
        return None
    called = f"{operation.method} {_PARAMETER.sub('{id}', operation.path.removeprefix('/api'))}"

    def note(service: Service, who: Principal, agent: str) -> None:
        service.meter.note(who, called, agent)

    return note
