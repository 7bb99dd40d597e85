"""Writes what lines ask for in chunks, one after the other. It must never write twice what is there already."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.errors import Conflict, Problem, Unavailable
from dayline.domain.identity import Principal
from dayline.domain.record import Record
from dayline.domain.types import ActivityType
from dayline.service.moving import Arrived, Moving
from dayline.service.settling import Drafted, Item, Known, LostPerson, Moved, Person
from dayline.transfer.drafting import as_columns
from dayline.transfer.importing import PAUSES
from dayline.transfer.refusals import Refusals
from dayline.transfer.told import Arrival, under

CHUNK: Final = 200
CHUNK_BYTES: Final = 4_194_304  # so that memory is bounded by what lines hold, too
_WORDS: Final[dict[type, str]] = {Person: "users", ActivityType: "types", Record: "records"}
_ACTIVITIES: Final = (Activity, Drafted)


class Arrivals:
    """Takes lines in, as somebody. ``emails`` reads the ids of the account's users by email in lower case."""

    def __init__(
        self,
        moving: Moving,
        who: Principal,
        refusals: Refusals,
        emails: Callable[[], Awaitable[dict[str, int]]],
        *,
        new_ids: bool = False,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        """``pauses`` are in seconds: how long to wait after each write that the database could not do."""
        self._moving, self._who, self._refusals, self._emails = moving, who, refusals, emails
        self._new_ids, self._pauses = new_ids, pauses
        self._known = Known({})

    async def take_in(self, arrivals: Iterator[Arrival], told: Callable[[], None]) -> Counter[str]:
        """Write all, and count what became of the activities, and the users, types and records that were created.

        ``told`` is called every now and then. Raises Unavailable when the database does not come back.
        """
        counts: Counter[str] = Counter()
        self._known = Known(await self._emails())
        for chunk in _chunks(arrivals):
            outcomes = await self._settle([arrival.item for arrival in chunk])
            for arrival, outcome in zip(chunk, outcomes, strict=True):
                counts[_counted(arrival.item, outcome)] += 1
                self._note(arrival, outcome)
            told()
        return counts

    def _note(self, arrival: Arrival, outcome: Moved) -> None:
        if outcome.outcome != "refused":
            return
        read = not isinstance(arrival.item, tuple | LostPerson)
        problems = as_columns(under(arrival.path, outcome.problems)) if read else outcome.problems
        self._refusals.add(arrival.line, arrival.name, problems)

    async def _settle(self, items: Sequence[Item]) -> Sequence[Moved]:
        """Write the items; when the database refuses them as a whole, in halves, down to the one that is to blame."""
        try:
            return await self._patiently(items)
        except Conflict as error:
            if len(items) == 1:
                return [Moved("refused", (Problem("", error.message),))]
        # Most likely somebody else has added the same user.
        self._known = replace(self._known, emails=await self._emails())
        half = len(items) // 2
        return [*await self._settle(items[:half]), *await self._settle(items[half:])]

    async def _patiently(self, items: Sequence[Item]) -> Sequence[Moved]:
        """Write the items; wait and try again while the database cannot."""
        for pause in self._pauses:
            try:
                return await self._write(items)
            except Unavailable as error:
                if error.full:
                    raise
            await asyncio.sleep(pause)
        return await self._write(items)

    async def _write(self, items: Sequence[Item]) -> Sequence[Moved]:
        arrived = await self._moving.take_in(self._who, items, self._known, _as_it_is, new_ids=self._new_ids)
        self._known = arrived.known
        return arrived.outcomes


def _as_it_is(arrived: Arrived) -> Arrived:
    return arrived


def _counted(item: Item, outcome: Moved) -> str:
    """What a line counts as: users, types and records only where they were created."""
    if outcome.outcome == "refused" or isinstance(item, _ACTIVITIES):
        return outcome.outcome
    return _WORDS[type(item)] if outcome.outcome == "created" else "known"


def _chunks(arrivals: Iterator[Arrival]) -> Iterator[list[Arrival]]:
    chunk: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        chunk.append(arrival)
        size += arrival.size
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
