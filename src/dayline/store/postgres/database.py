"""An open PostgreSQL database, as the store asks for it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncpg

from dayline.domain.errors import Unavailable
from dayline.store.database import Ask, Found
from dayline.store.group import Clock, Steps
from dayline.store.known import Known
from dayline.store.migrations import serves
from dayline.store.postgres.errors import CLASHED, LOST, UNKNOWN, translated
from dayline.store.postgres.gets import ACTIVITIES, Gets
from dayline.store.postgres.sessions import Session, Sessions, Target
from dayline.store.postgres.writer import CommitUnknownError, Writer, again, transact
from dayline.store.statement import Asked, Call, Rows, Together
from dayline.store.statements import LAST_CHANGE, SCHEMA
from dayline.store.unit import Unit

A = TypeVar("A")
K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")


class Postgres:
    """Sessions for reads, and the writer. Used from one event loop."""

    def __init__(self, target: Target, clock: Clock) -> None:
        self.target = target
        known = Known()
        self._sessions = Sessions(target, known.forget)
        # Behind a pooler nobody is told when the server becomes another.
        self._writer = Writer(self._sessions, clock, None if target.pooled else known)
        self._activities: Gets[int, Found] = Gets(self._fetch_activities)
        self._changes: Gets[str, tuple[int, int]] = Gets(self._fetch_last_change)
        self._others: dict[Ask[Any, Any], Gets[Any, Any]] = {}

    async def fetch(self, call: Asked) -> Rows:
        """Run a read; on a new connection when the one at hand turns out to be lost."""
        try:
            return await again(lambda: self._read(call))
        except (*LOST, *CLASHED, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def activity(self, account_id: int, id_: int) -> Found | None:
        """The document of an activity and the directory revision, or None; asked for together with others."""
        return (await self._activities.get(account_id, (id_,))).get(id_)

    async def _fetch_activities(self, account_id: int, ids: Sequence[int]) -> dict[int, Found]:
        rows = await self.fetch(Call(ACTIVITIES, [(account_id, ids)]))
        return {id_: (body, directory) for id_, body, directory in rows}

    async def shared(self, ask: Ask[K, V], account_id: int, keys: Collection[K]) -> Mapping[K, V]:
        """What there is of these keys, asked for together with others."""
        if ask not in self._others:
            self._others[ask] = Gets(ask)
        return await self._others[ask].get(account_id, keys)

    async def bodies(self, account_id: int, ids: Sequence[int]) -> list[str]:
        """The documents of these activities, in no order."""
        return [body for body, _ in (await self._fetch_activities(account_id, ids)).values()]

    async def last_change(self, account_id: int) -> tuple[int, int]:
        """The number of the account's last change, and when it was written; asked once for all who wait."""
        return (await self._changes.get(account_id, ("last",)))["last"]

    async def _fetch_last_change(self, account_id: int, _: object) -> dict[str, tuple[int, int]]:
        ((sequence, clock),) = await self.fetch(Call(LAST_CHANGE, [(account_id,)]))
        return {"last": (sequence, clock)}

    async def scan(self, call: Call, seconds: float | None = None) -> Rows:
        """Run a read; every session has the statement time-out, where no other is given."""
        if seconds is None:
            return await self.fetch(call)
        try:
            async with self._sessions.one(_account_of(call)) as session:
                return await session.read_for(call, seconds)
        except (*LOST, *CLASHED, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def _read(self, call: Asked) -> Rows:
        account = _account_of(call.calls[0] if isinstance(call, Together) else call)
        async with self._sessions.one(account) as session:
            return await session.read(call)

    async def write(self, unit: Unit[Any, A]) -> A:
        """Have the unit written with the account's next group."""
        return cast(A, await self._writer.do(unit))

    async def run(self, steps: Callable[[], Steps[T]]) -> T:
        """Run steps in a transaction of their own."""

        async def once() -> T:
            async with self._sessions.one(None) as session:
                return await transact(session, steps())

        try:
            return cast(T, await again(once))
        except CommitUnknownError as error:
            raise Unavailable(UNKNOWN) from error
        except (*LOST, *CLASHED, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def backup(self, target: Path, told: Callable[[int, int], None]) -> None:
        """PostgreSQL has tools for that which we could only do worse. Raises Unavailable, saying which."""
        raise Unavailable(
            "PostgreSQL is backed up with its own tools: `pg_dump -Fc DATABASE` for a copy of one moment, as a login"
            " that may see every account (BYPASSRLS), or `pg_basebackup` with archived WAL to go back to any moment:"
            " see docs/scaling.md."
        )

    async def wipe(self) -> None:
        """PostgreSQL clears away by itself what was removed (autovacuum)."""

    async def migrated(self) -> bool:
        """Whether the database answers, and its schema is ours or a later one, which leaves room for us."""
        try:
            rows = await self.fetch(Call(SCHEMA, [()]))
        except Unavailable as error:
            if isinstance(error.__cause__, asyncpg.UndefinedTableError):
                return False
            raise
        return bool(rows) and serves(rows[0][0])

    async def close(self) -> None:
        """Write what is queued, then end every session."""
        await self._writer.stop()
        await self._sessions.close()


def _account_of(call: Call) -> int | None:
    names = call.statement.names
    return call.params[0][names.index("account_id")] if "account_id" in names else None


__all__ = ["Postgres", "Session", "Target"]
