"""The audit as admins read it: who did what, and from where. It must never show it to anybody else.

Where what is wanted is rare, a page may be short, or empty, and there are more behind it all the same: each is looked
for in so many rows of the log at the most.
"""

from collections.abc import AsyncIterator
from typing import Final

import msgspec
from msgspec import Struct

from dayline.domain.audit import AuditFilter, Trace
from dayline.domain.errors import NotFound
from dayline.domain.filter import Position, seal, unseal
from dayline.domain.identity import Principal, Token, User
from dayline.service.people import check_admin
from dayline.store.audit import one_activity
from dayline.store.store import Store

PIECE: Final = 20_000  # rows of the log that one statement may look at
PIECES: Final = 10  # of them for a page
_NOTHING: Final = AuditFilter()


class AuditPage(Struct, frozen=True):
    """Rows, the latest first, with the users and tokens that they name; ``cursor`` is None where there are no more."""

    items: tuple[Trace, ...]
    users: dict[int, User]
    tokens: dict[int, Token]
    cursor: str | None


class Audit:
    """The verbs on the audit. They raise Forbidden for who is no admin, and Unavailable."""

    def __init__(self, store: Store, *, piece: int = PIECE, pieces: int = PIECES) -> None:
        self._store, self._piece, self._pieces = store, piece, pieces

    async def list(self, who: Principal, wanted: AuditFilter, limit: int, cursor: str | None) -> AuditPage:
        """One page. Raises Invalid for another list's cursor."""
        check_admin(who)
        scope = msgspec.json.encode(("audit", wanted))
        low, high = await self._bounds(who.account_id, wanted)
        if cursor is not None:
            high = min(high, unseal(cursor, who.account_id, who.secret, scope).id)
        found, left = await self._look(who.account_id, wanted, low, high, limit)
        following = None if left is None else seal(Position(left, left), who.account_id, who.secret, scope)
        return await self._page(who.account_id, found, following)

    async def _bounds(self, account_id: int, wanted: AuditFilter) -> tuple[int, int]:
        """From which number on, and up to which and without it, the rows of the wanted time are."""
        first, end = await self._store.feed.first(account_id), 1 + await self._store.sequence(account_id)
        low, audit = first, self._store.audit
        if wanted.since is not None:
            low = await audit.first_since(account_id, wanted.since, first, end)
        if wanted.until is not None:
            end = await audit.first_since(account_id, wanted.until, low, end)
        return low, end

    async def _look(
        self, account_id: int, wanted: AuditFilter, low: int, high: int, limit: int
    ) -> tuple[tuple[Trace, ...], int | None]:
        """Rows up to ``high`` and without it, and up to where to look for the next ones, if there may be some."""
        found: tuple[Trace, ...] = ()
        for _ in range(self._pieces):
            floor = low if one_activity(wanted) else max(low, high - self._piece)
            found += tuple(await self._store.audit.between(account_id, wanted, floor, high, limit + 1 - len(found)))
            if len(found) > limit:
                return found[:limit], found[limit - 1].sequence
            high = floor
            if high <= low:
                return found, None
        return found, high

    async def _page(self, account_id: int, found: tuple[Trace, ...], cursor: str | None) -> AuditPage:
        people = {id_ for trace in found for id_ in trace.people()}
        users = {user.id: user for user in await self._store.users_by_id(account_id, people)}
        tokens = await self._store.tokens_by_id(account_id, {trace.token_id for trace in found if trace.token_id > 0})
        return AuditPage(found, users, {token.id: token for token in tokens}, cursor)

    async def get(self, who: Principal, sequence: int) -> AuditPage:
        """A single row. Raises NotFound."""
        check_admin(who)
        found = await self._store.audit.between(who.account_id, _NOTHING, sequence, sequence + 1, 1)
        if not found:
            raise NotFound("There is no such row in the audit, or not any more.")
        return await self._page(who.account_id, tuple(found), None)

    async def all(self, who: Principal, wanted: AuditFilter, limit: int) -> AsyncIterator[AuditPage]:
        """Page after page, until there are no more."""
        cursor: str | None = None
        while True:
            page = await self.list(who, wanted, limit, cursor)
            yield page
            cursor = page.cursor
            if cursor is None:
                return
