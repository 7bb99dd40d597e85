"""Which changes were made by one write, for those who tell of them. It asks no caller, and must never show a change."""

from typing import Final
from uuid import UUID, uuid5

from msgspec import Struct

from dayline.domain.told import Logged
from dayline.store.store import Store

NEAR: Final = 2
_SPACE: Final = UUID("6f1d3f8e-2a53-4d0c-9a0b-5b8f4c8f2d11")  # any; it only has to stay


class Write(Struct, frozen=True):
    """A write: ``id`` is the same for all of its changes, ``several`` whether it changed more than one of a kind."""

    id: str
    several: bool


class Writes:
    """The writes behind the change log, each of which put its changes there one after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, account_id: int, sequence: int) -> Write | None:
        """The write that made this change; None where the log does not have it any more.

        Looks at the change and its neighbours, never further: two on each side, for a write may put two changes there
        of one thing, as an erasure does, which says that it is deleted and that it is gone.
        """
        near = range(sequence - NEAR, sequence + NEAR + 1)
        found = {each.sequence: each for each in await self._store.feed.some(account_id, near)}
        change = found.get(sequence)
        if change is None:
            return None
        return Write(
            id=str(uuid5(_SPACE, f"{account_id}:{_of_write(change)}")),
            several=any(_together(each, change) for each in found.values()),
        )


def _of_write(change: Logged) -> tuple[int, int, int, str]:
    """What all changes of one write have in common, and others have not."""
    return change.at, change.user_id, change.token_id, change.request_id


def _together(one: Logged, other: Logged) -> bool:
    same_kind = one.entity == other.entity and one.entity_id != other.entity_id
    return same_kind and _of_write(one) == _of_write(other)
