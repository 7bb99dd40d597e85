"""An open PostgreSQL database, as the store asks for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncpg

from dayline.domain.errors import Unavailable
from dayline.store.group import Clock, Steps
from dayline.store.migrations import serves
from dayline.store.postgres.errors import CLASHED, LOST, UNKNOWN, translated
from dayline.store.postgres.gets import Gets
from dayline.store.postgres.sessions import Session, Sessions, Target
from dayline.store.postgres.writer import CommitUnknownError, Writer, again, transact
from dayline.store.statement import Call, Rows
from dayline.store.statements import SCHEMA
from dayline.store.unit import Unit

A = TypeVar("A")
T = TypeVar("T")


class Postgres:
    """Sessions for reads, and the writer. Used from one event loop."""

    def __init__(self, target: Target, clock: Clock) -> None:
        self.target = target
        self._sessions = Sessions(target)
        self._writer = Writer(self._sessions, clock)
        self._gets = Gets(self.fetch)

    async def fetch(self, call: Call) -> Rows:
        """Run a read; on a new connection when the one at hand turns out to be lost."""
        try:
            return await again(lambda: self._read(call))
        except (*LOST, *CLASHED, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def body(self, account_id: int, id_: int) -> str | None:
        """The document of an activity, or None; asked for together with others."""
        return await self._gets.body(account_id, id_)

    async def scan(self, call: Call, seconds: float | None = None) -> Rows:
        """Run a read; every session has the statement time-out, where no other is given."""
        if seconds is None:
            return await self.fetch(call)
        try:
            async with self._sessions.one(_account_of(call)) as session:
                return await session.read_for(call, seconds)
        except (*LOST, *CLASHED, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def _read(self, call: Call) -> Rows:
        account = _account_of(call)
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
