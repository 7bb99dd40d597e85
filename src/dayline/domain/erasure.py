"""The erasure of a person, as it is told afterwards: how many of each went, and what was left, without a name. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from dayline.domain.record import Kind

State: TypeAlias = Literal["waiting", "stopped", "done"]
"""``stopped`` is one whose job was given up: it goes on the next day, or when asked for again. It is not stored."""


class Erasure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One erasure. ``records`` are the person's own, by kind and id. Instants in ms UTC; ``ended_at`` is 0 until then.

    ``counts`` tells how many of each were erased or changed, ``left`` what was not, and why.
    """

    id: int
    records: tuple[tuple[Kind, int], ...]
    user_id: int
    state: State = "waiting"
    created_at: int = 0
    ended_at: int = 0
    counts: dict[str, int] = {}
    left: tuple[str, ...] = ()
