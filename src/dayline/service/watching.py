"""One look at an account's change log for all who wait for it in this process.

It must never hold more than a few pieces of it, nor show any to anybody: what one may see is for others to say.
"""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog
from msgspec import Struct, field

from dayline.domain.errors import DaylineError
from dayline.domain.identity import User
from dayline.domain.told import SECRET, Logged
from dayline.store.store import Store

PIECE: Final = 50  # changes that are read together: a slow reader keeps so many in memory
LOOK_SECONDS: Final = 1.0  # after which a change by another process is seen
REST_SECONDS: Final = 0.02  # between two looks, however much is written
KEPT: Final = 8  # pieces that the readers of an account share

_RIGHTS: Final = SECRET | {"user"}
_log = structlog.get_logger("dayline.changes")


class Piece(Struct, frozen=True, eq=False):
    """Changes that follow one another, and who made them. ``lines`` are for whoever puts them into words.

    ``whole`` tells that there may be more, ``large`` that it is as long as it is because of what is in it. Those that
    are ``closed`` are activities that not everybody may see today.
    """

    changes: tuple[Logged, ...]
    users: dict[int, User]
    whole: bool = False
    large: bool = False
    closed: frozenset[int] = frozenset()
    lines: dict[object, bytes] = field(default_factory=dict)

    @property
    def of_rights(self) -> bool:
        """Whether what somebody may do can have changed by them."""
        return any(change.entity in _RIGHTS for change in self.changes)


NOTHING: Final = Piece((), {})


class Reader:
    """Somebody who waits for changes."""

    def __init__(self, watch: "Watch") -> None:
        self._watch, self._woken = watch, asyncio.Event()

    def wake(self) -> None:
        """Let him look."""
        self._woken.set()

    async def wait(self, after: int, seconds: float) -> bool:
        """Wait until there may be a change after this one, or he is woken, or so long. Whether there is one."""
        self._woken.clear()
        if self._watch.last <= after:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
        return self._watch.last > after


class Watch:
    """Over the log of one account, for all its readers in this process."""

    def __init__(self, store: Store, account_id: int, last: int) -> None:
        self._store, self._account_id = store, account_id
        self.last = last
        self.readers: set[Reader] = set()
        self._stirred = asyncio.Event()
        self._pieces: dict[int, asyncio.Task[Piece]] = {}
        self._fresh = time.monotonic()
        self._looking = asyncio.create_task(self._look_on())

    def stir(self) -> None:
        """Look at once."""
        self._stirred.set()

    def end(self) -> None:
        """Look no more."""
        self._looking.cancel()

    async def piece(self, after: int) -> Piece:
        """Read a piece, or share what another reader has read just now, or is reading."""
        if after not in self._pieces:
            while len(self._pieces) >= KEPT:
                del self._pieces[next(iter(self._pieces))]
            self._pieces[after] = asyncio.create_task(read_piece(self._store, self._account_id, after, PIECE))
        reading = self._pieces[after]
        try:
            piece = await asyncio.shield(reading)
        except DaylineError:
            self._forget(after, reading)
            raise
        if not piece.changes:  # there may be something the next moment
            self._forget(after, reading)
        return piece

    def _forget(self, after: int, reading: asyncio.Task[Piece]) -> None:
        if self._pieces.get(after) is reading:
            del self._pieces[after]

    async def _look_on(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stirred.wait()
            self._stirred.clear()
            if time.monotonic() - self._fresh >= LOOK_SECONDS:  # what is erased must not be told any more
                self._pieces.clear()
                self._fresh = time.monotonic()
            await self._look()
            await asyncio.sleep(REST_SECONDS)

    async def _look(self) -> None:
        try:
            last = await self._store.sequence(self._account_id)
        except DaylineError as error:
            _log.warning("changes not seen", account=self._account_id, reason=error.message)
            await asyncio.sleep(LOOK_SECONDS)
            return
        except Exception:  # noqa: BLE001 - whoever waits would not know that nobody looks any more
            _log.exception("changes not seen", account=self._account_id)
            await asyncio.sleep(LOOK_SECONDS)
            return
        if last > self.last:
            self.last = last
            for reader in self.readers:
                reader.wake()


async def read_piece(store: Store, account_id: int, after: int, size: int) -> Piece:
    """The changes after a number, so many at the most, and fewer where they are large."""
    changes, more = await store.feed.piece(account_id, after, size)
    if not changes:
        return NOTHING
    users = await store.users_by_id(account_id, {change.user_id for change in changes if change.user_id})
    ids = {change.entity_id for change in changes if change.entity == "activity"}
    return Piece(
        tuple(changes),
        {user.id: user for user in users},
        whole=more,
        large=more and len(changes) < size,
        closed=frozenset(ids - await store.feed.public(account_id, ids)),
    )
