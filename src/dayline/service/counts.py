"""How long a list is, counted again only when something was written: the account's sequence tells."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from dayline.domain.filter import Filter
from dayline.domain.record import Kind
from dayline.store.lists import Viewer
from dayline.store.store import Store

_MOST: Final = 1000  # lists that are remembered
_List: TypeAlias = tuple[Viewer, Filter, tuple[tuple[Kind, int], ...]]


class Counts:
    """The numbers that were counted last, each with the sequence before which it was."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[_List, tuple[int, int]] = {}
        self._under_way: dict[tuple[_List, int], asyncio.Task[int]] = {}

    async def find(self, viewer: Viewer, wanted: Filter, related: tuple[tuple[Kind, int], ...]) -> int:
        """How many activities the list has. Raises Unavailable when they cannot be counted in time."""
        # Read before they are counted: what is written in between makes the next one count again.
        sequence = await self._store.sequence(viewer.account_id)
        list_ = (viewer, wanted, related)
        known = self._known.get(list_)
        if known is not None and known[0] == sequence:
            return known[1]
        if (counting := self._under_way.get((list_, sequence))) is None:
            counting = self._under_way[list_, sequence] = asyncio.create_task(self._count(list_, sequence))
            counting.add_done_callback(self._counted(list_, sequence))
        # Whoever goes away leaves the others their number: a long list is counted for all at once, or never in time.
        return await asyncio.shield(counting)

    async def _count(self, list_: _List, sequence: int) -> int:
        total = await self._store.count(*list_)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[list_] = (sequence, total)
        return total

    def _counted(self, list_: _List, sequence: int) -> Callable[["asyncio.Task[int]"], None]:
        def forget(counting: "asyncio.Task[int]") -> None:
            del self._under_way[list_, sequence]
            if not counting.cancelled():
                counting.exception()  # nobody may be left who would ask for it

        return forget
