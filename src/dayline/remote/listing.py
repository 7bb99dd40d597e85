"""Pages of another system as our callers want them: filtered, no longer than asked for, never empty before the end.

Pure. Instants in ms UTC.
"""

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt
from typing import Final, Literal

from msgspec import Struct

from dayline.domain.errors import invalid
from dayline.remote.connector import RemoteActivity

Op = Literal["gt", "gte", "lt", "lte", "eq", "in"]
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le, "eq": eq}


class Filters(Struct, frozen=True, kw_only=True):
    """Which activities of a candidate. What is None does not matter; ``cursor`` is what the page before gave.

    Of ``created_at`` all must hold; several of ``in`` are alternatives.
    """

    candidate_id: str
    actor_id: str | None = None
    actor_type: Literal["user", "candidate"] | None = None
    activity_type: Literal["note", "email"] | None = None
    created_at: tuple[tuple[Op, int], ...] = ()
    limit: int | None = None
    cursor: str | None = None

    @property
    def scope(self) -> tuple[object, ...]:
        """What a cursor is bound to: a page may have another length than the one before."""
        return self.candidate_id, self.actor_id, self.actor_type, self.activity_type, self.created_at


class Spot(Struct, frozen=True, array_like=True):
    """Where a list goes on: at a page of the vendor's, behind one of its items where only a part was given."""

    cursor: str | None = None
    after: str | None = None


def filtered(filters: Filters) -> bool:
    """Whether anything but the candidate is asked for, which no vendor filters by itself."""
    return any(part not in (None, ()) for part in filters.scope[1:])


def matching(items: Sequence[RemoteActivity], filters: Filters) -> tuple[RemoteActivity, ...]:
    """Those that match, in their order."""
    return tuple(item for item in items if _matches(item, filters))


def cut(
    items: Sequence[RemoteActivity], spot: Spot, cursor: str | None, limit: int | None
) -> tuple[tuple[RemoteActivity, ...], Spot | None]:
    """What is given of a page that began at ``spot``, and where to go on; ``cursor`` is the vendor's next one.

    An item that is gone meanwhile cannot be gone on behind: then the page comes again from its begin.
    """
    place = next((number for number, item in enumerate(items, 1) if item.id == spot.after), 0)
    rest = tuple(items[place:])
    if limit is not None and len(rest) > limit:
        return rest[:limit], Spot(spot.cursor, rest[limit - 1].id)
    return rest, None if cursor is None else Spot(cursor)


def check(filters: Filters) -> None:
    """Raise Invalid unless there may be such a page."""
    if filters.limit is not None and filters.limit < 1:
        raise invalid("limit", "This value should be at least 1.")


def _matches(item: RemoteActivity, filters: Filters) -> bool:
    return (
        filters.actor_id in (None, item.actor_id)
        and filters.actor_type in (None, item.actor_type)
        and filters.activity_type in (None, item.activity_type)
        and _in_time(item.created_at, filters.created_at)
    )


def _in_time(at: int | None, wanted: tuple[tuple[Op, int], ...]) -> bool:
    if not wanted:
        return True
    if at is None:
        return False
    chosen = [instant for op, instant in wanted if op == "in"]
    return (not chosen or at in chosen) and all(_COMPARE[op](at, instant) for op, instant in wanted if op != "in")
