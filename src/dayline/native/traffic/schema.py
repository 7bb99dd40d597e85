"""Counted calls on the native API's wire. No behaviour."""

from typing import Annotated

from msgspec import Meta, Struct


class CallsQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the calls."""

    days: Annotated[int, Meta(ge=1, le=30, description="How far back.")] = 7


class OfDay(Struct, frozen=True, kw_only=True):
    """The calls of a day in UTC."""

    date: str
    calls: int


class OfHour(Struct, frozen=True, kw_only=True):
    """The calls of the hour that begins then."""

    hour: str
    calls: int


class Calls(Struct, frozen=True, kw_only=True):
    """What was called with one token on one surface; days and hours without a call are left out."""

    token_id: int
    token: Annotated[str, Meta(description="Its name.")]
    user_id: int
    surface: str
    calls: int
    last_at: str
    days: list[OfDay]
    hours: Annotated[list[OfHour], Meta(description="Those of the last two days.")]


class CallList(Struct, frozen=True, kw_only=True):
    """Calls by token and surface."""

    data: list[Calls]


class V1Query(Struct, frozen=True, kw_only=True):
    """The parameters of the calls of Pipedrive's API v1."""

    days: Annotated[int, Meta(ge=1, le=36_500, description="Who called in so many days up to now.")] = 30


class Replacement(Struct, frozen=True, kw_only=True):
    """What the call has become in v2."""

    call: str
    changes: list[str]


class V1Call(Struct, frozen=True, kw_only=True):
    """A call of API v1 that one client made with one token; the numbers are of all time."""

    token_id: int
    token: Annotated[str, Meta(description="Its name.")]
    user_id: int
    agent: Annotated[str, Meta(description="The client, by its User-Agent.")]
    called: str
    calls: int
    first_at: str
    last_at: str
    replacement: Annotated[Replacement | None, Meta(description="null where v2 has no such call.")]


class V1List(Struct, frozen=True, kw_only=True):
    """Calls by token, client and operation."""

    data: list[V1Call]
