"""The log of calls to other systems: gathered in memory, written down within a second.

It must never hold a call back, nor make one wait; and it is given no query, no credential and no body.
"""

import asyncio
from contextlib import suppress

import msgspec
import structlog

from dayline.domain.errors import Unavailable
from dayline.domain.filter import Page, Position, seal, unseal
from dayline.domain.identity import Principal
from dayline.domain.integrated import LONGEST_ERROR, CallFilter, RemoteCall, check_manager
from dayline.domain.record import new_uuid
from dayline.store.store import Store

PAUSE = 1.0  # seconds in which calls are gathered
MOST_WAITING = 10_000  # calls that are kept while the database is away; beyond them the oldest go

_log = structlog.get_logger("dayline.remote_log")


class RemoteLog:
    """The verbs on logged calls."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[int, RemoteCall]] = []
        self._lost = 0
        self._writing: asyncio.Task[None] | None = None

    def add(
        self,
        account_id: int,
        *,
        integrated_account_id: str,
        integration: str,
        operation: str,
        method: str,
        path: str,
        status: int | None,
        ms: int,
        result_count: int | None = None,
        message: str = "",
        request_id: str = "",
    ) -> None:
        """Log a call that has just ended, for now in memory. See ``RemoteCall`` for what these are."""
        now = self._store.clock()
        call = RemoteCall(
            id=new_uuid(now),
            at=now,
            integrated_account_id=integrated_account_id,
            integration=integration,
            operation=operation,
            method=method,
            path=path.partition("?")[0],
            status=status,
            ms=ms,
            result_count=result_count,
            message=message[:LONGEST_ERROR],
            request_id=request_id,
        )
        self._waiting.append((account_id, call))
        self._forget_oldest()
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def _write_soon(self) -> None:
        try:
            await asyncio.sleep(PAUSE)
            with suppress(Unavailable):  # it stays for the next time
                await self.write()
        finally:
            self._writing = None

    async def write(self) -> None:
        """Write down what was gathered. Raises Unavailable; then it stays for the next time."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            await self._store.add_remote_calls(waiting)
        except Unavailable:
            self._waiting = waiting + self._waiting
            self._forget_oldest()
            raise
        if self._lost:
            _log.warning("calls to other systems were not logged: the database was away too long", calls=self._lost)
            self._lost = 0

    def _forget_oldest(self) -> None:
        if (beyond := len(self._waiting) - MOST_WAITING) > 0:
            del self._waiting[:beyond]
            self._lost += beyond

    async def list(self, who: Principal, wanted: CallFilter, limit: int, cursor: str | None) -> Page[RemoteCall]:
        """One page, the latest first, without those of the last second. Raises Forbidden, and Invalid for a cursor
        that is not of this list.
        """
        check_manager(who)
        scope = msgspec.json.encode(("remote calls", wanted))
        after = None if cursor is None else unseal(cursor, who.account_id, who.secret, scope)
        found, more = await self._store.remote_calls(who.account_id, wanted, limit, _place(after))
        if not more:
            return Page(tuple(found), None)
        last = Position(found[-1].id, found[-1].at)
        return Page(tuple(found), seal(last, who.account_id, who.secret, scope))


def _place(after: Position | None) -> tuple[int, str] | None:
    return None if after is None else (after.id, str(after.value))
