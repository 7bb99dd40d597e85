"""Writes pieces in chunks, several in flight. It must never write more than once what is already so."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from dayline.domain.errors import Conflict, Problem, Unavailable
from dayline.domain.identity import Principal
from dayline.service.bulk import Bulk, Item, Outcome, Upserted
from dayline.transfer.pieces import Piece, as_told
from dayline.transfer.refusals import Refusals

CHUNK: Final = 500
IN_FLIGHT: Final = 4
PAUSES: Final = (1.0, 2.0, 4.0, 8.0)  # seconds between attempts, beside what the store itself waits for a lock


class Importer:
    """Takes pieces in, as somebody."""

    def __init__(self, bulk: Bulk, who: Principal, refusals: Refusals, *, pauses: Sequence[float] = PAUSES) -> None:
        """``pauses`` are in seconds: how long to wait after each write that the database could not do."""
        self._bulk, self._who, self._refusals, self._pauses = bulk, who, refusals, pauses

    async def take_in(self, pieces: Iterator[Piece], told: Callable[[], None]) -> Counter[Outcome]:
        """Write all, and count what became of them. Raises Unavailable when the database does not come back.

        ``told`` is called every now and then.
        """
        counts: Counter[Outcome] = Counter()
        while chunks := [chunk for _ in range(IN_FLIGHT) if (chunk := list(islice(pieces, CHUNK)))]:
            for chunk, outcomes in zip(chunks, await asyncio.gather(*map(self._write, chunks)), strict=True):
                counts.update(outcome.outcome for outcome in outcomes)
                self._note(chunk, outcomes)
            told()
        return counts

    def _note(self, chunk: Sequence[Piece], outcomes: Sequence[Upserted]) -> None:
        for piece, outcome in zip(chunk, outcomes, strict=True):
            if outcome.outcome == "refused":
                self._refusals.add(piece.line, piece.external_id, as_told(outcome.problems))

    async def _write(self, chunk: Sequence[Piece]) -> Sequence[Upserted]:
        return await self._settle([piece.item for piece in chunk])

    async def _settle(self, items: Sequence[Item]) -> Sequence[Upserted]:
        """Write the items; when the database refuses them as a whole, in halves, down to the one that is to blame."""
        try:
            return await self._patiently(items)
        except Conflict as error:
            if len(items) == 1:
                return [Upserted(outcome="refused", problems=(Problem("", error.message),))]
        half = len(items) // 2
        return [*await self._settle(items[:half]), *await self._settle(items[half:])]

    async def _patiently(self, items: Sequence[Item]) -> Sequence[Upserted]:
        """Write the items; wait and try again while the database cannot."""
        for pause in self._pauses:
            try:
                return await self._bulk.upsert(self._who, items, _as_they_are)
            except Unavailable as error:
                if error.full:
                    raise
            await asyncio.sleep(pause)
        return await self._bulk.upsert(self._who, items, _as_they_are)


def _as_they_are(outcomes: Sequence[Upserted]) -> Sequence[Upserted]:
    return outcomes
