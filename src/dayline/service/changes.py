"""The change log as callers read it: page by page, and waiting for what comes.

It must never show what the caller may not see, nor read the database once for each of many readers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from dayline.domain.activity import Activity, visible
from dayline.domain.errors import Gone, invalid
from dayline.domain.identity import Principal
from dayline.domain.told import Logged, Told, left_of, told_to
from dayline.service.watching import Piece, Reader, Watch, read_piece
from dayline.store.store import Store

Start: TypeAlias = int | Literal["latest"] | None
"""After which change to begin: a number, now, or None for the oldest that is kept."""
Wants: TypeAlias = Callable[[Told], bool]

LEAST, MOST = 50, 200  # changes that are read together for one answer: some may be hidden
LOOKED: Final = 2_000  # changes that are looked at for one answer, whether the caller may see them or not


class Seen(Struct, frozen=True):
    """What a caller sees of the log: each change with the piece it is from, where to go on, and if there is more."""

    told: list[tuple[Told, Piece]]
    next: int
    more: bool


class Changes:
    """The verbs on the change log, for readers."""

    def __init__(self, store: Store, *, most: int, each: int) -> None:
        """``most`` readers may wait at once, of one token ``each``."""
        self._store, self._most, self._each = store, most, each
        self._watches: dict[int, Watch] = {}
        self._waiting: dict[tuple[int, int], int] = {}  # readers by account and token
        store.listeners.append(self._written)

    async def begin(self, who: Principal, start: Start) -> int:
        """The number after which to read; whether it can be is seen when it is."""
        if start == "latest":
            return await self._store.sequence(who.account_id)
        if start is None:
            first = await self._store.feed.first(who.account_id)
            return first - 1 if first else await self._store.sequence(who.account_id)
        return start

    async def _check_kept(self, account_id: int, start: int) -> None:
        """Raise unless what follows this number is still there. The log is cut from its beginning on."""
        last = await self._store.sequence(account_id)
        if start == last:
            return
        if start > last:
            raise invalid("since", f"expected a cursor of this account: its last change is {last}")
        first = await self._store.feed.first(account_id)
        if start < (first - 1 if first else last):
            raise Gone(
                "Changes after this cursor are not kept any more. Read everything anew, and then go on from the cursor"
                " that since=latest gives: ask for that one first."
            )

    async def read(self, who: Principal, after: int, limit: int, wants: Wants, *, shared: bool = False) -> Seen:
        """The next changes that the caller may see and wants, as many as ``limit``. Raises Invalid and Gone.

        It ends after so many looks: then there may be nothing, and more all the same. So it does where what is
        looked at is large. What is ``shared`` with others who wait may lack what was written just now.
        """
        told: list[tuple[Told, Piece]] = []
        last, size = after, max(LEAST, min(limit, MOST))
        while last - after < LOOKED:
            piece = await (self.follow(who, last) if shared else self._piece(who, last, size))
            hidden = await self.hidden(who, piece)
            for change in piece.changes:
                if len(told) == limit:
                    return Seen(told, last, more=True)
                last = change.sequence
                seen = seen_by(change, who, hidden)
                if seen is not None and wants(seen):
                    told.append((seen, piece))
            if not piece.whole or piece.large:
                return Seen(told, last, more=piece.whole)
        return Seen(told, last, more=True)

    async def check(self, who: Principal, after: int) -> None:
        """Raise Invalid for a number that is not reached yet, and Gone."""
        await self._piece(who, after, 1)

    async def follow(self, who: Principal, after: int) -> Piece:
        """What follows a number in the log, as it is, for all who wait: it is to be shown to nobody. Raises Gone."""
        return await self._kept(who, after, await self._watches[who.account_id].piece(after))

    async def hidden(self, who: Principal, piece: Piece) -> frozenset[int]:
        """The activities in a piece of which the caller could see something, and today may see nothing."""
        ids = {change.entity_id for change in piece.changes if change.entity_id in piece.closed and _saw(who, change)}
        if not ids or who.is_admin:
            return frozenset()
        return frozenset(ids - await self._store.feed.seen(who.account_id, who.user_id, ids))

    async def _piece(self, who: Principal, after: int, size: int) -> Piece:
        return await self._kept(who, after, await read_piece(self._store, who.account_id, after, size))

    async def _kept(self, who: Principal, after: int, piece: Piece) -> Piece:
        if not piece.changes or piece.changes[0].sequence > after + 1:
            await self._check_kept(who.account_id, after)
        return piece

    def full(self, who: Principal) -> Literal["token", "process"] | None:
        """Whether one more cannot wait: because of the caller's token, or of all in this process."""
        if self._waiting.get((who.account_id, who.token_id), 0) >= self._each:
            return "token"
        return "process" if self.waiting >= self._most else None

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(self._waiting.values())

    @contextmanager
    def reader(self, who: Principal, after: int) -> Iterator[Reader]:
        """Somebody who waits for changes after this one, for as long as the block lasts."""
        key = (who.account_id, who.token_id)
        watch = self._watches.get(who.account_id)
        if watch is None:
            watch = self._watches[who.account_id] = Watch(self._store, who.account_id, after)
        reader = Reader(watch)
        watch.readers.add(reader)
        watch.stir()  # what was written just now was told to nobody
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            yield reader
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
            watch.readers.discard(reader)
            if not watch.readers:
                del self._watches[who.account_id]
                watch.end()

    def close(self) -> None:
        """Look no more."""
        for watch in self._watches.values():
            watch.end()

    def _written(self, account_id: int) -> None:
        if watch := self._watches.get(account_id):
            watch.stir()


def _saw(who: Principal, change: Logged) -> bool:
    states = (state for state in (change.before, change.after) if isinstance(state, Activity))
    return any(visible(state, who.user_id, admin=False) for state in states)


def seen_by(change: Logged, who: Principal, hidden: frozenset[int]) -> Told | None:
    """The change as the caller sees it, where his token lets him read such things.

    Of activities that are ``hidden`` from him today, he is told no more than that they are gone.
    """
    if change.entity == "integrated_account" and "admin" not in who.scopes:
        return None
    if change.entity not in ("activity", "type", "integrated_account") and "records:read" not in who.scopes:
        return None
    told = told_to(change, who.secret, who.user_id, admin=who.is_admin)
    return left_of(told) if told is not None and change.entity == "activity" and change.entity_id in hidden else told
