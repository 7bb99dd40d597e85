"""Connections to PostgreSQL, a small queue of them. Each remembers whose rows it may see (row-level security).

It must never give out a connection that sees an account other than the one that it is asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, groupby

import asyncpg
from msgspec import Struct

from dayline.domain.errors import Unavailable
from dayline.store.postgres.errors import LOST, translated
from dayline.store.statement import Asked, Call, Params, Rows, Together, postgresql_text, postgresql_together

# What the policies compare with. A transaction-mode PgBouncer may give the next transaction another connection.
_SESSION = "SELECT set_config('app.account', $1, false)"
# Writes look up by key alone. Without this they are planned anew each time, which takes longer than to run them; and on
# a database that nobody has analysed yet they read whole tables.
_PLANS = ("plan_cache_mode = force_generic_plan", "enable_seqscan = off")
_JOINS = ("enable_hashjoin = off", "enable_mergejoin = off")
_KEYED = "; ".join(("BEGIN", *(f"SET LOCAL {setting}" for setting in (*_PLANS, *_JOINS))))
_LONGER = "SELECT set_config('statement_timeout', $1, true)"
_TRANSACTION = "SELECT set_config('app.account', $1, true), set_config('statement_timeout', $2, true)"


class Target(Struct, frozen=True, kw_only=True):
    """Which database, and how. ``timeout`` is in seconds, for a statement; ``connections`` is how many at the most.

    ``pooled`` is for a transaction-mode PgBouncer in between: nothing then stays set from one transaction to the next.
    """

    url: str
    timeout: float = 5.0
    connections: int = 8
    pooled: bool = False


class Session:
    """One connection, used by one task at a time."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", target: Target) -> None:
        self._connection, self._target = connection, target
        self.account: int | None = None  # whose rows it may see now; None when that is not known

    @property
    def lost(self) -> bool:
        """Whether it can no longer be used."""
        return self._connection.is_closed()

    async def read(self, call: Asked) -> Rows:
        """Run a single statement that writes nothing."""
        if not self._target.pooled:
            return await self.run(call)
        async with self.transaction():
            return await self.run(call)

    async def read_for(self, call: Call, seconds: float) -> Rows:
        """Run a single statement that writes nothing, and may take so long."""
        async with self.transaction():
            await self._act_for(call.params[0][call.statement.names.index("account_id")])
            await self._connection.fetchrow(_LONGER, str(int(seconds * 1000)))
            compiled = postgresql_text(call.statement)
            places = (call.params[0][place] for place in compiled.places)
            return list(map(tuple, await self._connection.fetch(compiled.text, *places, timeout=seconds + 5)))

    @asynccontextmanager
    async def transaction(self, *, keyed: bool = False) -> AsyncIterator[None]:
        """A transaction, committed or rolled back whole; a ``keyed`` one finds everything by key."""
        await self._connection.execute(_KEYED if keyed and not self._target.pooled else "BEGIN")
        if self._target.pooled:
            self.account = None
        try:
            yield
        except BaseException:
            # What was set in the transaction goes with it, so whose rows are seen is not known any more.
            self.account = None
            if not self.lost:
                await self._connection.execute("ROLLBACK")
            raise
        await self._connection.execute("COMMIT")
        if self._target.pooled:
            self.account = None

    async def run(self, call: Asked) -> Rows:
        """Run a statement, for each account that it is about in turn; or several of one account as one."""
        if isinstance(call, Together):
            return await self._run_together(call)
        rows: Rows = []
        for account, params in _by_account(call):
            if account not in (None, self.account):
                await self._act_for(account)
            rows += await self._run(call, params)
        return rows

    async def _run_together(self, together: Together) -> Rows:
        (account, _), *_ = _by_account(together.calls[0])
        if account not in (None, self.account):
            await self._act_for(account)
        parts = tuple((call.statement, _is_whole(call)) for call in together.calls)
        compiled = postgresql_together(parts, reads=together.reads)
        given = (_given(call, places) for call, places in zip(together.calls, compiled.places, strict=True))
        return list(map(tuple, await self._connection.fetch(compiled.text, *chain.from_iterable(given))))

    async def _act_for(self, account: int) -> None:
        if self._target.pooled:
            await self._connection.fetchrow(_TRANSACTION, str(account), str(int(self._target.timeout * 1000)))
        else:
            await self._connection.fetchrow(_SESSION, str(account))
        self.account = account

    async def _run(self, call: Call, params: Sequence[Params]) -> Rows:
        if not call.many:
            compiled = postgresql_text(call.statement)
            found = await self._connection.fetch(compiled.text, *(params[0][place] for place in compiled.places))
            return list(map(tuple, found))
        if _is_whole(call):
            compiled = postgresql_text(call.statement, whole_set=True)
            columns = list(zip(*params, strict=True))
            await self._connection.fetch(compiled.text, *(columns[place] for place in compiled.places))
            return []
        compiled = postgresql_text(call.statement)
        rows = [tuple(row[place] for place in compiled.places) for row in params]
        await self._connection.executemany(compiled.text, rows)
        return []

    async def close(self) -> None:
        """End the connection; without a word when it is lost."""
        if not self.lost:
            await self._connection.close(timeout=5)

    def abandon(self) -> None:
        """Drop the connection as it is: nobody knows what it is doing."""
        self._connection.terminate()


def _is_whole(call: Call) -> bool:
    """Whether all rows go as arrays."""
    return call.many and call.statement.make_whole is not None


def _given(call: Call, places: Sequence[int]) -> Iterator[object]:
    """The parameters of a call that is a part of another, in their order."""
    values = list(zip(*call.params, strict=True)) if _is_whole(call) else call.params[0]
    return (values[place] for place in places)


def _by_account(call: Call) -> Iterator[tuple[int | None, Sequence[Params]]]:
    """The parameters of a call, those of one account together; None where the statement is about none."""
    names = call.statement.names
    if "account_id" not in names:
        yield None, call.params
        return
    place = names.index("account_id")
    for account, rows in groupby(call.params, key=lambda row: row[place]):
        yield account, list(rows)


class Sessions:
    """The queue: sessions that wait for work, and room for more."""

    def __init__(self, target: Target, connected: Callable[[], None]) -> None:
        """``connected`` is called with each new connection: it may be to a server that has not seen the last writes."""
        self._target, self._connected = target, connected
        self._room = asyncio.Semaphore(target.connections)
        self._idle: list[Session] = []
        self._closed = False

    @asynccontextmanager
    async def one(self, account: int | None) -> AsyncIterator[Session]:
        """A session for the time of the block, if possible one that served this account last. Raises Unavailable."""
        async with self._room:
            session = self._kept(account) or await self._connect()
            try:
                yield session
            except BaseException as error:
                # A task that was cancelled or waited too long leaves an answer behind that is not for the next one.
                if isinstance(error, asyncio.CancelledError | asyncio.TimeoutError):
                    session.abandon()
                raise
            finally:
                if not session.lost and not self._closed:
                    self._idle.append(session)
                elif not session.lost:
                    await session.close()

    def _kept(self, account: int | None) -> Session | None:
        self._idle = [session for session in self._idle if not session.lost]
        if not self._idle:
            return None
        places = (place for place, session in enumerate(self._idle) if session.account == account)
        return self._idle.pop(next(places, -1))

    async def _connect(self) -> Session:
        target = self._target
        settings = {} if target.pooled else {"statement_timeout": str(int(target.timeout * 1000))}
        try:
            connection = await asyncpg.connect(
                target.url,
                timeout=min(target.timeout, 5.0),
                command_timeout=target.timeout + 5,  # for a server that says nothing any more
                statement_cache_size=0 if target.pooled else 512,
                server_settings={"application_name": "dayline", **settings},
            )
        except (*LOST, asyncpg.PostgresError, ValueError) as error:
            raise _no_connection(error) from error
        self._connected()
        return Session(connection, target)

    async def close(self) -> None:
        """End every session that waits; those at work end when they are done."""
        self._closed = True
        idle, self._idle = self._idle, []
        for session in idle:
            await session.close()


def _no_connection(error: BaseException) -> Unavailable:
    reason = translated(error)
    return reason if isinstance(reason, Unavailable) else Unavailable(f"The database cannot be reached: {error}.")
