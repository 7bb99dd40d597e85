"""Calls of what is going away, counted, so that an operator sees who has still to move. Pure."""

from msgspec import Struct


class Metered(Struct, frozen=True, kw_only=True):
    """How often a token ``called`` an operation with one User-Agent; the first and last instants in ms UTC."""

    token_id: int
    agent: str
    called: str
    calls: int
    first_at: int
    last_at: int
