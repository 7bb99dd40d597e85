"""Calls, counted: of what is going away, so that an operator sees who has still to move, and of everything. Pure."""

from msgspec import Struct


class Metered(Struct, frozen=True, kw_only=True):
    """How often a token ``called`` an operation with one User-Agent; the first and last instants in ms UTC."""

    token_id: int
    agent: str
    called: str
    calls: int
    first_at: int
    last_at: int


class Seen(Struct, frozen=True):
    """How often a token called a surface in the hour that begins then; the last instant. All in ms UTC."""

    token_id: int
    surface: str
    hour: int
    calls: int
    last_at: int
