"""How long a list is. What took long to count is not counted again: the change log tells what came and went since.

It must never read the log once for each of many who ask after the same change.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Final, TypeAlias

from msgspec import Struct

from dayline.domain.activity import Activity
from dayline.domain.errors import DaylineError, Unavailable
from dayline.domain.filter import Filter
from dayline.domain.record import Kind
from dayline.domain.told import Logged
from dayline.store.lists import Viewer
from dayline.store.matching import knows, matches
from dayline.store.store import Store

SECONDS: Final = 60.0  # that a count may take, while others go on
WAIT: Final = 5.0  # seconds for which whoever asks waits for it
QUICK: Final = 0.01  # seconds: what is counted sooner is counted again
PIECE: Final = 500  # changes that are read together
SHARED_SECONDS: Final = 1.0  # for which such a piece is there for others, too
_SHARED: Final = 8  # pieces that are, of all accounts
MOST_CHANGES: Final = 20_000  # that are followed; beyond them a list is counted again
STEP: Final = 1e-4  # seconds for each of them, in which nobody else is served
_MOST: Final = 1000  # lists that are remembered
_LONG: Final = "There are too many of these to be counted at once: they are being counted now, ask again in a minute."
_List: TypeAlias = tuple[Viewer, Filter, tuple[tuple[Kind, int], ...]]


class _Known(Struct, frozen=True):
    """What was counted, after which change, and in how many seconds."""

    total: int
    sequence: int
    took: float


class Counts:
    """The numbers that are known, each with the change after which it was so."""

    def __init__(self, store: Store, *, quick: float = QUICK, step: float = STEP) -> None:
        """Both are in seconds: what is counted in ``quick``, or before so many steps, is not worth following."""
        self._store, self._quick, self._step = store, quick, step
        self._known: dict[_List, _Known] = {}
        self._under_way: dict[_List, asyncio.Task[None]] = {}
        self._pieces: dict[tuple[int, int], asyncio.Task[list[Logged]]] = {}  # by account and the change before them
        self._alone = asyncio.Semaphore(1)  # a long one may take a thread or a connection, and no more

    async def find(self, viewer: Viewer, wanted: Filter, related: tuple[tuple[Kind, int], ...]) -> int:
        """How many activities the list has. Raises Unavailable when they cannot be counted in time."""
        list_ = (viewer, wanted, related)
        asked_at = await self._store.sequence(viewer.account_id)
        while (known := self._known.get(list_)) is None or known.sequence < asked_at:
            await self._renewed(list_, asked_at)
        return known.total

    async def close(self) -> None:
        """Count no more."""
        tasks = [*self._under_way.values(), *self._pieces.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_worth_following(self, list_: _List, known: _Known, asked_at: int) -> bool:
        changes = asked_at - known.sequence
        soon = known.took < self._quick or known.took < changes * self._step
        return not soon and knows(list_[1]) and changes <= MOST_CHANGES

    async def _follow(self, list_: _List, known: _Known, asked_at: int) -> bool:
        """Bring what is known up to date by what came and went since; False where the log does not say it."""
        total, sequence = known.total, known.sequence
        while sequence < asked_at:
            changes = await self._piece(list_[0].account_id, sequence)
            if not changes or changes[0].sequence != sequence + 1 or any(map(_forgets, changes)):
                return False
            total += sum(_step(change, list_) for change in changes if change.entity == "activity")
            sequence = changes[-1].sequence
            await asyncio.sleep(0)
        self._known[list_] = _Known(total, sequence, known.took)
        return True

    async def _piece(self, account_id: int, after: int) -> list[Logged]:
        """The changes after one, read once for all lists that have come as far as that."""
        key = (account_id, after)
        reading = self._pieces.get(key)
        if reading is None:
            while len(self._pieces) >= _SHARED:
                del self._pieces[next(iter(self._pieces))]
            reading = self._pieces[key] = asyncio.create_task(self._store.feed.after(account_id, after, PIECE))
            asyncio.get_running_loop().call_later(SHARED_SECONDS, self._let_go, key, reading)
        try:
            return await asyncio.shield(reading)
        except DaylineError:
            self._let_go(key, reading)
            raise

    def _let_go(self, key: tuple[int, int], reading: "asyncio.Task[list[Logged]]") -> None:
        if self._pieces.get(key) is reading:
            del self._pieces[key]
        if reading.done() and not reading.cancelled():
            reading.exception()  # nobody may be left who would ask for it

    async def _renewed(self, list_: _List, asked_at: int) -> None:
        """Have it followed or counted, once for all who ask. Raises Unavailable."""
        if (renewing := self._under_way.get(list_)) is None:
            renewing = self._under_way[list_] = asyncio.create_task(self._renew(list_, asked_at))
            renewing.add_done_callback(self._forget(list_))
        # Whoever goes away leaves the others their number: a long list is counted for all at once, or never in time.
        try:
            await asyncio.wait_for(asyncio.shield(renewing), WAIT)
        except TimeoutError:
            raise Unavailable(_LONG) from None

    async def _renew(self, list_: _List, asked_at: int) -> None:
        known = self._known.get(list_)
        worth = known is not None and self._is_worth_following(list_, known, asked_at)
        if known is None or not worth or not await self._follow(list_, known, asked_at):
            await self._count(list_)

    async def _count(self, list_: _List) -> None:
        if not knows(list_[1]):
            await self._count_for(list_, WAIT)
            return
        async with self._alone:
            await self._count_for(list_, SECONDS)

    async def _count_for(self, list_: _List, seconds: float) -> None:
        began = perf_counter()
        total, sequence = await self._store.count(*list_, seconds)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[list_] = _Known(total, sequence, perf_counter() - began)

    def _forget(self, list_: _List) -> Callable[["asyncio.Task[None]"], None]:
        def forget(renewing: "asyncio.Task[None]") -> None:
            del self._under_way[list_]
            if not renewing.cancelled():
                renewing.exception()  # nobody may be left who would ask for it

        return forget


def _forgets(change: Logged) -> bool:
    """Whether a change does not say what was before or after it, though there was something."""
    if change.entity != "activity":
        return False
    came, went = change.action == "created", change.action == "purged"
    return (change.before is None and not came) or (change.after is None and not went)


def _step(change: Logged, list_: _List) -> int:
    """By how much a change makes the list longer."""
    viewer, wanted, related = list_
    states = (state if isinstance(state, Activity) else None for state in (change.before, change.after))
    before, after = (matches(state, viewer, wanted, related) for state in states)
    return after - before
