"""Counted calls: the handlers, then the operations over what is going away. Paths are below the mount ``/dayline``."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from msgspec import Struct

from dayline.domain.identity import Token
from dayline.domain.metered import Metered, Seen
from dayline.domain.time import DAY_MS, format_instant
from dayline.kit.dialect import Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.traffic import schema

_HOURS: Final = 2 * DAY_MS  # as far back as single hours are told
_UNKNOWN: Final = Token(id=0, user_id=0, name="", digest="")


class Successor(Struct, frozen=True):
    """What a call that is going away has become, and what changes in it."""

    call: str
    changes: tuple[str, ...]


Succeeds = Callable[[str], Successor | None]
"""Says of ``METHOD /path`` what it has become; None where nothing has."""


async def list_calls(call: Asked[schema.CallsQuery, None]) -> Reply:
    """Tell what was called lately."""
    seen = await call.service.traffic.lately(call.who, call.query.days)
    tokens = await _tokens(call)
    now = call.service.store.clock()
    groups = groupby(seen, key=lambda one: (one.token_id, one.surface))
    shown = [_calls(tokens.get(id_, _UNKNOWN), surface, list(rows), now) for (id_, surface), rows in groups]
    return Reply(200, encode(schema.CallList(data=shown)))


async def _tokens(call: Asked[Any, Any]) -> dict[int, Token]:
    return {token.id: token for token in await call.service.tokens.list(call.who)}


def _calls(token: Token, surface: str, rows: list[Seen], now: int) -> schema.Calls:
    days: Counter[str] = Counter()
    for row in rows:
        days[format_instant(row.hour)[:10]] += row.calls
    return schema.Calls(
        token_id=token.id,
        token=token.name,
        user_id=token.user_id,
        surface=surface,
        calls=days.total(),
        last_at=format_instant(max(row.last_at for row in rows)),
        days=[schema.OfDay(date=date, calls=calls) for date, calls in days.items()],
        hours=[
            schema.OfHour(hour=format_instant(row.hour), calls=row.calls) for row in rows if row.hour > now - _HOURS
        ],
    )


def _list_v1(succeeds: Succeeds) -> Callable[[Asked[schema.V1Query, None]], Awaitable[Reply]]:
    async def list_v1_calls(call: Asked[schema.V1Query, None]) -> Reply:
        """Tell who still calls API v1."""
        since = call.service.store.clock() - call.query.days * DAY_MS
        tokens = await _tokens(call)
        counted = await call.service.meter.calls(call.who.account_id)
        return Reply(200, encode(schema.V1List(data=list(_v1(counted, since, tokens, succeeds)))))

    return list_v1_calls


def _v1(
    counted: Iterable[Metered], since: int, tokens: dict[int, Token], succeeds: Succeeds
) -> Iterator[schema.V1Call]:
    for one in counted:
        token = tokens.get(one.token_id)
        if token is None or one.last_at < since:  # another's, and the caller is no admin
            continue
        found = succeeds(one.called)
        yield schema.V1Call(
            token_id=token.id,
            token=token.name,
            user_id=token.user_id,
            agent=one.agent,
            called=one.called,
            calls=one.calls,
            first_at=format_instant(one.first_at),
            last_at=format_instant(one.last_at),
            replacement=None if found is None else schema.Replacement(call=found.call, changes=list(found.changes)),
        )


def operations(succeeds: Succeeds) -> tuple[Operation, ...]:
    """The operations that tell what was called."""
    return (
        Operation(
            method="GET",
            path="/v1/calls",
            handler=list_calls,
            name="listCalls",
            summary="Tell what was called lately",
            detail="By token, surface, day and hour, to the minute, for 30 days. With the caller's own tokens, or"
            " everybody's for an admin. What the page does is not counted.",
            scope="admin",
            query=schema.CallsQuery,
            reply=schema.CallList,
        ),
        Operation(
            method="GET",
            path="/v1/v1-calls",
            handler=_list_v1(succeeds),
            name="listV1Calls",
            summary="Tell who still calls Pipedrive's API v1",
            detail="By token and User-Agent, with the v2 call that replaces each. With the caller's own tokens, or"
            " everybody's for an admin.",
            scope="admin",
            query=schema.V1Query,
            reply=schema.V1List,
        ),
    )
