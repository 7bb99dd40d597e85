"""Attempts to write to another system: begun before the call, ended after it, and never by two at once.

It must never call anybody, nor say that something was written unless its caller does.
"""

import secrets
from collections.abc import Sequence
from typing import TypeAlias

import structlog
from msgspec import Struct

from dayline.domain.attempt import State, Taken, Verdict
from dayline.domain.audit import Deed
from dayline.domain.errors import Conflict, Unavailable
from dayline.store import attempts
from dayline.store.attempts import Adopted, DeedOf
from dayline.store.store import Store

Note: TypeAlias = tuple[str, bytes]
"""The other system's id of something that was written, and what is to be kept of it."""

_log = structlog.get_logger("dayline.attempts")


class Place(Struct, frozen=True):
    """Which attempt: the caller's key at an integrated account, and the digest of what is to be written."""

    account_id: int
    integrated_id: str
    key: str
    digest: str

    @property
    def row(self) -> attempts.Key:
        """The key of its row."""
        return self.account_id, self.integrated_id, self.key


class Attempts:
    """The verbs on attempts. Instants in ms UTC.

    Before a call they raise Unavailable. After it they do not: its outcome is known to the caller, kept or not, and an
    attempt without one is looked into by whoever comes next.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def clock(self) -> int:
        """The present instant."""
        return self._store.clock()

    async def take(self, place: Place, fingerprint: str, deed: Deed | None = None) -> Verdict:
        """Begin an attempt or take it on. When this returns, it is on the disk that somebody is at it.

        So it is in the audit, where a deed is given: of what comes after it nothing may be kept.
        """
        now = self._store.clock()
        return await self._store.database.run(lambda: attempts.take(place.row, fingerprint, place.digest, now, deed))

    async def renew(self, place: Place, taken: Taken) -> None:
        """Keep the attempt for as long again. Raises Conflict when somebody else has taken it on meanwhile."""
        now = self._store.clock()
        if not await self._store.database.run(lambda: attempts.renew(place.row, taken.fence, now)):
            raise Conflict("Another request with this Idempotency-Key is under way.")

    async def written(self, place: Place, taken: Taken, note: Note, of: DeedOf | None = None) -> None:
        """Keep what was written, and tell the audit which note it is."""
        await self._end(place, taken, "written", note, deed=None if of is None else of(note[0]))

    async def refused(self, place: Place, taken: Taken, answer: bytes) -> None:
        """Keep a refusal that would come again."""
        await self._end(place, taken, "refused", (None, answer))

    async def unsent(self, place: Place, taken: Taken) -> None:
        """Say that nothing was written by this call; whether by one before is as unknown as it was."""
        state: State = "unknown" if taken.unsure_at else "unsent"
        await self._end(place, taken, state, (None, b""), taken.unsure_at)

    async def unknown(self, place: Place, taken: Taken) -> None:
        """Say that nobody knows whether it was written."""
        await self._end(place, taken, "unknown", (None, b""), self._store.clock())

    async def adopt(self, place: Place, taken: Taken, notes: Sequence[Note], of: DeedOf | None = None) -> Adopted:
        """Take the first of these notes that no other attempt has for what this one wrote. Raises Unavailable."""
        now = self._store.clock()
        try:
            return await self._store.database.run(
                lambda: attempts.adopt(place.row, taken.fence, place.digest, notes, now, of)
            )
        except Conflict:  # somebody took the same one at the same moment
            return Adopted(busy=True)

    async def claimed(self, place: Place, ids: Sequence[str]) -> set[str]:
        """Which of these notes an attempt has. Raises Unavailable."""
        if not ids:
            return set()
        return await self._store.database.run(lambda: attempts.claimed(place.row, ids))

    async def forget(self, account_id: int, before: int) -> None:
        """Forget what was first tried before this instant."""
        await self._store.database.run(lambda: attempts.forget([(account_id, before)]))

    async def _end(
        self,
        place: Place,
        taken: Taken,
        state: State,
        note: tuple[str | None, bytes],
        unsure_at: int = 0,
        deed: Deed | None = None,
    ) -> None:
        try:
            ours = await self._ended(place, taken, state, note, unsure_at, deed)
        except Unavailable as error:
            _log.warning("outcome not kept", integrated_account=place.integrated_id, state=state, reason=error.message)
            return
        if not ours:
            _log.warning("outcome of what is another's by now", integrated_account=place.integrated_id, state=state)

    async def _ended(
        self,
        place: Place,
        taken: Taken,
        state: State,
        note: tuple[str | None, bytes],
        unsure_at: int,
        deed: Deed | None,
    ) -> bool:
        """Say how it went; whether it was still ours to say. Raises Unavailable."""
        id_, answer = note
        run = self._store.database.run
        try:
            return await run(lambda: attempts.end(place.row, taken.fence, state, unsure_at, id_, answer, deed))
        except Conflict:  # another attempt has adopted this very note: it is written either way, and that one's
            return await run(lambda: attempts.end(place.row, taken.fence, state, unsure_at, None, answer))
        except Unavailable as error:
            if deed is None:
                raise
            # It waits for the account, which may be busy; without the outcome a retry may write the note once more.
            _log.warning("outcome not told to the audit", integrated_account=place.integrated_id, reason=error.message)
            return await self._ended(place, taken, state, note, unsure_at, None)


def unnamed_key() -> str:
    """A key for a caller who gave none, so that what he writes is nobody else's; no caller can guess it."""
    return f"-{secrets.token_hex(16)}"
