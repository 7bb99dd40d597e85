"""The embedded database: one writer thread that commits groups, and readers that never wait for it.

A commit is fsynced (WAL, ``synchronous=FULL``) before any of its answers goes out. Statements run on ``sqlite3``.
"""

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from msgspec import Struct

from dayline.domain.errors import Conflict, Unavailable
from dayline.store.backup import copy_database
from dayline.store.database import Ask, Found
from dayline.store.group import Clock, Outcome, Steps, write_group
from dayline.store.grouped import grouped
from dayline.store.known import Known
from dayline.store.migrations import serves
from dayline.store.statement import Asked, Call, Rows, Together, as_json, sqlite_text
from dayline.store.statements import ACTIVITIES, ACTIVITY, LAST_CHANGE, SCHEMA
from dayline.store.unit import Unit

A = TypeVar("A")
K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")

GROUP_LIMIT = 256  # more would let the first of a group wait for the last without making either cheaper
READERS = 2
PRAGMAS = frozenset({"cache_size", "max_page_count", "mmap_size"})  # what a database URL may set
_SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_CHECK_EVERY = 10_000  # virtual machine steps between two looks at the clock: well under a millisecond
_STOPPING = "The server is stopping."
EMPTYING = 20.0  # seconds in which readers may come to their end: writing the whole file anew costs more than to wait
_TRY_MS = 500
_BETWEEN_TRIES = 0.25  # seconds
SHORT = 10_000  # steps of a read that the event loop may take itself: a page of 500 rows has fewer


class _Alone(Struct, frozen=True, eq=False):
    """Steps that want a transaction of their own."""

    steps: Callable[[], Steps[Any]]


_Job: TypeAlias = "Unit[Any, Any] | _Alone"
_Ticket: TypeAlias = "tuple[_Job, asyncio.Future[Any]]"


class Sqlite:
    """An open SQLite database. Made on the event loop's thread, and used from there only."""

    def __init__(
        self, path: Path, clock: Clock, *, timeout: float = 5.0, pragmas: Mapping[str, int] | None = None
    ) -> None:
        """``timeout`` is in seconds: how long to wait for another process's write, and how long a scan may take."""
        self._connect = _Connector(path, timeout, dict(pragmas or {}))
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._reader = self._connect(busy_ms=0, read_only=True)
        self._scanners = ThreadPoolExecutor(READERS, "dayline-read")
        self._local = threading.local()
        self._scanning: list[sqlite3.Connection] = []
        self._closing = False
        self._writer = _Writer(self._connect, clock, self._loop)

    async def fetch(self, call: Asked) -> Rows:
        """Run a keyed read here and now: it waits for nobody, and a thread would cost more than the read."""
        try:
            return _execute(self._reader, call)
        except sqlite3.DatabaseError as error:
            if not _is_busy(error):
                raise translated(error) from error
        return await self.scan(call)

    async def activity(self, account_id: int, id_: int) -> Found | None:
        """The document of an activity and the directory revision, or None."""
        rows = await self.fetch(Call(ACTIVITY["id"], [(account_id, id_)]))
        return cast(Found, rows[0]) if rows else None

    async def bodies(self, account_id: int, ids: Sequence[int]) -> list[str]:
        """The documents of these activities, in no order."""
        given = as_json([(id_,) for id_ in ids])
        return [row[0] for row in await self.fetch(Call(ACTIVITIES, [(account_id, given)]))]

    async def last_change(self, account_id: int) -> tuple[int, int]:
        """The number of the account's last change, and when it was written."""
        rows = await self.fetch(Call(LAST_CHANGE, [(account_id,)]))
        return cast(tuple[int, int], rows[0])

    async def shared(self, ask: Ask[K, V], account_id: int, keys: Collection[K]) -> Mapping[K, V]:
        """What there is of these keys."""
        return await ask(account_id, list(keys))

    async def scan(self, call: Asked, seconds: float | None = None) -> Rows:
        """Run a read here if it is short, else in a thread, with a time-out.

        Most pages are read sooner than a thread takes over; what is not is begun again there.
        """
        try:
            return self._begun(call)
        except sqlite3.OperationalError as error:
            if _code(error) not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                raise translated(error) from error
        except sqlite3.Error as error:
            raise translated(error) from error
        return await self._loop.run_in_executor(self._scanners, self._scan, call, seconds)

    def _begun(self, call: Asked) -> Rows:
        self._reader.set_progress_handler(lambda: True, SHORT)
        try:
            return _execute(self._reader, call)
        finally:
            self._reader.set_progress_handler(None, SHORT)

    def _scan(self, call: Asked, seconds: float | None) -> Rows:
        if self._closing:
            raise Unavailable(_STOPPING)
        connection = self._scanner()
        deadline = time.monotonic() + (seconds or self._timeout)
        connection.set_progress_handler(lambda: self._closing or time.monotonic() > deadline, _CHECK_EVERY)
        try:
            return _execute(connection, call)
        except sqlite3.Error as error:
            raise (Unavailable(_STOPPING) if self._closing else translated(error)) from error

    def _scanner(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect(read_only=True)
            self._scanning.append(self._local.connection)
        return cast(sqlite3.Connection, self._local.connection)

    async def write(self, unit: Unit[Any, A]) -> A:
        """Have the unit written with the next group."""
        return cast(A, await self._writer.do(unit))

    async def run(self, steps: Callable[[], Steps[T]]) -> T:
        """Run steps in a transaction of their own."""
        return cast(T, await self._writer.do(_Alone(steps)))

    async def backup(self, target: Path, told: Callable[[int, int], None]) -> None:
        """Copy the file as it is now, in a thread; see ``backup``. Raises Unavailable."""
        source = self._connect(read_only=True)
        try:
            await asyncio.to_thread(copy_database, source, target, told)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"The copy {target} could not be written: {error}.") from error
        finally:
            source.close()

    async def wipe(self) -> None:
        """Write the file anew and empty the write-ahead log: what was removed is in neither. Writers wait meanwhile."""
        await asyncio.to_thread(self._wipe)

    def _wipe(self) -> None:
        with closing(self._connect()) as connection:
            try:
                connection.execute("VACUUM")
                emptied = self._emptied(connection)
            except sqlite3.Error as error:
                raise translated(error) from error
        if not emptied:
            raise Unavailable("The write-ahead log cannot be emptied while somebody reads.")

    def _emptied(self, connection: sqlite3.Connection) -> bool:
        """Empty the write-ahead log, as soon as nobody reads from it; whether that came in time.

        Each try keeps writers waiting, so it is a short one, and they have their turn before the next.
        """
        connection.execute(f"PRAGMA busy_timeout = {_TRY_MS}")
        deadline = time.monotonic() + EMPTYING
        while True:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy or self._closing or time.monotonic() > deadline:
                return not busy
            time.sleep(_BETWEEN_TRIES)

    async def migrated(self) -> bool:
        """Whether the file answers, and its schema is one that this program can work on."""
        rows = await self.fetch(Call(SCHEMA, [()]))
        return bool(rows) and serves(rows[0][0])

    async def close(self) -> None:
        """Write what is queued, break off long reads, then close every connection."""
        try:
            await self._writer.stop()
        finally:
            self._closing = True  # each read sees it within some milliseconds
            await self._loop.run_in_executor(None, self._scanners.shutdown)
            for connection in (*self._scanning, self._reader):
                connection.close()


class _Connector:
    """Opens connections to one database file."""

    def __init__(self, path: Path, timeout: float, pragmas: dict[str, int]) -> None:
        self._path, self._timeout, self._pragmas = path, timeout, pragmas

    def __call__(self, *, busy_ms: int | None = None, read_only: bool = False) -> sqlite3.Connection:
        """Open a connection. Raises Unavailable."""
        wait = int(self._timeout * 1000) if busy_ms is None else busy_ms
        numbers = {"busy_timeout": wait, **self._pragmas, "query_only": int(read_only)}
        with ExitStack() as opened:
            try:
                connection = sqlite3.connect(
                    self._path, isolation_level=None, check_same_thread=False, cached_statements=512
                )
                opened.callback(connection.close)
                for setting in (*_SETTINGS, *(f"{name} = {int(value)}" for name, value in numbers.items())):
                    connection.execute(f"PRAGMA {setting}")
            except sqlite3.Error as error:
                raise translated(error) from error
            opened.pop_all()
        return connection


class _Writer:
    """The thread that writes. Requests that come while it commits wait together and share the next commit."""

    def __init__(self, connect: _Connector, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._connect, self._clock, self._loop = connect, clock, loop
        self._known = Known()
        self._tickets: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._connection: sqlite3.Connection | None = connect()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="dayline-write", daemon=True)
        self._thread.start()

    def do(self, job: _Job) -> "asyncio.Future[Any]":
        """Queue a job; the future has what it made, or raises."""
        # The thread goes on for as long as its queue does, and would never come to a job behind the end of it.
        if self._stopping or not self._thread.is_alive():
            raise Unavailable(_STOPPING)
        future = self._loop.create_future()
        self._tickets.put((job, future))
        return future

    async def stop(self) -> None:
        """Finish the queue and end the thread."""
        self._stopping = True
        self._tickets.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _serve(self) -> None:
        running = True
        while running:
            tickets, running = self._take()
            outcomes = self._settle([job for job, _ in tickets])
            self._loop.call_soon_threadsafe(_deliver, [future for _, future in tickets], outcomes)
        if self._connection is not None:
            self._connection.close()

    def _take(self) -> tuple[list[_Ticket], bool]:
        """Wait for a ticket and take all others that are there; False when this is the last of them."""
        ticket: _Ticket | None = self._tickets.get()
        tickets: list[_Ticket] = []
        while ticket is not None:
            tickets.append(ticket)
            if len(tickets) == GROUP_LIMIT or self._tickets.empty():
                return tickets, True
            ticket = self._tickets.get()
        return tickets, False

    def _settle(self, jobs: Sequence[_Job]) -> list[Outcome]:
        """Do the jobs in one transaction; if that fails, each in one of its own, so that a bad one harms no other."""
        try:
            return self._commit(jobs)
        except _NotBegun as error:
            return [error.reason] * len(jobs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to whoever asked, and the thread lives on
            reason = translated(error)
            return [reason] if len(jobs) == 1 else [self._settle([job])[0] for job in jobs]

    def _commit(self, jobs: Sequence[_Job]) -> list[Outcome]:
        if not jobs:
            return []
        with grouped([job for job in jobs if isinstance(job, Unit)]), self._transaction() as connection:
            outcomes: dict[int, Outcome] = {}
            for places, steps in _gathered(jobs, self._clock, self._known):
                outcomes.update(zip(places, _drive(connection, steps), strict=True))
        return [outcomes[place] for place in range(len(jobs))]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction, committed or rolled back whole. On some errors, as a full disk, SQLite itself ends it."""
        connection = self._begin()
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and not (_is_busy(error) or _is_full(error)):
                self._reopen()
            raise

    def _begin(self) -> sqlite3.Connection:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, Unavailable) as error:
            if isinstance(error, Unavailable) or not _is_busy(error):
                self._reopen()
            raise _NotBegun(translated(error)) from error
        return self._connection

    def _reopen(self) -> None:
        """Let go of a connection that has seen its file fail: the next write starts with a new one."""
        self._known.forget()
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _NotBegun(Exception):
    """The transaction could not even begin, so trying its units one by one would only repeat the wait."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _gathered(jobs: Sequence[_Job], clock: Clock, known: Known) -> Iterator[tuple[list[int], Steps[list[Outcome]]]]:
    """The jobs as steps: units of an account together, in the order they came; others alone. With their places."""
    units = [(place, job) for place, job in enumerate(jobs) if isinstance(job, Unit)]
    units.sort(key=lambda item: item[1].account_id)
    for _, group in groupby(units, key=lambda item: item[1].account_id):
        members = list(group)
        yield [place for place, _ in members], write_group([unit for _, unit in members], clock, known)
    for place, job in enumerate(jobs):
        if isinstance(job, _Alone):
            yield [place], _as_list(job)


def _as_list(job: _Alone) -> Steps[list[Outcome]]:
    outcome = yield from job.steps()
    return [outcome]


def _drive(connection: sqlite3.Connection, steps: Steps[T]) -> T:
    """Run steps to their end on a connection."""
    try:
        call = next(steps)
        while True:
            call = steps.send(_execute(connection, call))
    except StopIteration as end:
        return cast(T, end.value)


def _execute(connection: sqlite3.Connection, call: Asked) -> Rows:
    if isinstance(call, Together):
        found = [_execute(connection, one) for one in call.calls]
        return [(place, *row) for place, rows in enumerate(found) for row in rows] if call.reads else found[-1]
    compiled = sqlite_text(call.statement)
    if call.many:
        connection.executemany(compiled.text, map(compiled.arrange, call.params))
        return []
    return connection.execute(compiled.text, compiled.arrange(call.params[0])).fetchall()


def _deliver(futures: "Sequence[asyncio.Future[Any]]", outcomes: Sequence[Outcome]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.cancelled():
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_full(error: sqlite3.Error) -> bool:
    return _code(error) == sqlite3.SQLITE_FULL


def _code(error: sqlite3.Error) -> int:
    """The primary result code; SQLite puts details into the higher bits."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


_MEANING = {
    sqlite3.SQLITE_BUSY: "The database is locked by another process.",
    sqlite3.SQLITE_LOCKED: "The database is locked by another process.",
    sqlite3.SQLITE_READONLY: "The database is read-only.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened.",
    sqlite3.SQLITE_NOTADB: "The file is not a database.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged: restore a backup.",
    sqlite3.SQLITE_IOERR: "The disk reports an error.",
    sqlite3.SQLITE_INTERRUPT: "This took longer than the statement time-out: ask for less, or filter by fewer things.",
}


def translated(error: Exception) -> Exception:
    """Say the error in the domain's words, where the database's state is the cause; a fault of ours stays as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return Conflict("This hangs on something that does not exist.")
        # SQLite ends its message with the columns of the key that is taken; the last one is the one that differs.
        return Conflict(f"Something with this {str(error).rpartition('.')[2]} exists already.")
    if not isinstance(error, sqlite3.DatabaseError):
        return error
    if _is_full(error):
        return Unavailable("The disk has no room for this.", full=True)
    return Unavailable(_MEANING[_code(error)]) if _code(error) in _MEANING else error


def create_file(path: Path) -> None:
    """Make an empty database file that only its owner can read, if there is none. Raises Unavailable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable(f"The database file {path} cannot be made: {error.strerror}.") from error
