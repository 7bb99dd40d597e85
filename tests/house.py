"""A whole Dayline for tests: the real application on a new database, behind a real server on a loopback port."""

import asyncio
import sqlite3
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import asyncpg
import httpx2
import structlog
import uvicorn
from sqlalchemy import ColumnElement, Select, func, select

from dayline.app import House, open_house
from dayline.config import read_settings
from dayline.domain.identity import Role, Scope
from dayline.domain.record import Kind, Record, RecordDraft
from dayline.kit.connection import Connection
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.migrations.run import migrate_sqlite
from dayline.store.open import is_postgresql, sqlite_url
from dayline.store.sqlite import create_file
from dayline.store.statement import Rows
from dayline.store.tables import changes
from tests.cast import KEY, Person
from tests.plain import NO_TLS
from tests.postgres import as_root
from tests.store.peek import rows, rows_over

T = TypeVar("T")
Connected: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # the threads of a house would write over the tests


class Town:
    """A running house and its people: Alice, an admin, and Bob, a member, of one account, and Charlie of another."""

    def __init__(
        self, house: House, url: str, database_url: str, loop: asyncio.AbstractEventLoop, server: uvicorn.Server
    ) -> None:
        self.url, self.database_url, self._house, self._loop, self._server = url, database_url, house, loop, server
        self._above: Connected | None = None
        acme, other = (self.wait(house.service.identities.create_account(name)) for name in ("Acme", "Other"))
        self.alice = self.move_in(acme.id, "Alice", "admin")
        self.bob = self.move_in(acme.id, "Bob", "member")
        self.charlie = self.move_in(other.id, "Charlie", "admin")

    @property
    def service(self) -> Service:
        return self._house.service

    def stop(self) -> None:
        """Tell the server to stop, as a signal does."""
        self._server.should_exit = True

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something of the service on the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def move_in(self, account_id: int, name: str, role: Role) -> Person:
        """Add a user with a token to an account."""
        identities = self.service.identities
        new = NewUser(name=name, email=f"{name.lower()}@example.com", role=role)
        user = self.wait(identities.add_user(account_id, new))
        issued = self.wait(identities.issue_token(account_id, user.id, "test"))
        return Person(name, self.wait(identities.principal(issued.credential)), issued.credential)

    def record(self, who: Person, kind: Kind, name: str = "Something") -> Record:
        """Add a record to somebody's account."""
        draft = RecordDraft(kind=kind, name=name, email=f"{kind}@example.com")
        return self.wait(self.service.records.create(who.principal, draft, lambda record: record))

    def credential(self, who: Person, *, scopes: frozenset[Scope] | None = None, expires_at: int | None = None) -> str:
        """Another token of somebody."""
        issue = self.service.identities.issue_token
        chosen = frozenset(who.principal.scopes) if scopes is None else scopes
        issued = issue(who.account_id, who.user_id, "another", scopes=chosen, expires_at=expires_at)  # type: ignore[arg-type]
        return self.wait(issued).credential

    def rows(self, clause: Select[Any]) -> Rows:
        """Look into the tables, above all walls."""
        return self.wait(self._rows(clause))

    async def _rows(self, clause: Select[Any]) -> Rows:
        if not is_postgresql(self.database_url):
            return await rows(self.service.store, clause)
        if self._above is None:
            self._above = await asyncpg.connect(as_root(self.database_url))
        return await rows_over(self._above, clause)

    async def leave(self) -> None:
        """Let go of what was opened to look into the tables."""
        if self._above is not None:
            await self._above.close()

    def changed(self, *conditions: ColumnElement[bool]) -> int:
        """How many rows the change log has, of all accounts or those that these conditions choose."""
        return int(self.rows(select(func.count()).select_from(changes).where(*conditions))[0][0])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else holds what every write needs."""
        if is_postgresql(self.database_url):
            holding = asyncio.new_event_loop()
            connection = holding.run_until_complete(_lock(self.database_url))
            yield
            holding.run_until_complete(connection.close())
            holding.close()
        else:
            with closing(sqlite3.connect(sqlite_url(self.database_url)[0], isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield
                other.execute("ROLLBACK")

    def client(self, who: Person | str | None = None) -> httpx2.Client:
        """A plain HTTP client, with the credential of one of the cast, or with this one."""
        credential = who.credential if isinstance(who, Person) else who
        headers: dict[str, str] = {}
        if credential is not None:
            headers = {
                "x-api-token": credential,
                "x-api-key": credential,
                "authorization": f"Bearer {credential}".strip(),
            }
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30, verify=NO_TLS)


async def _lock(url: str) -> Connected:
    connection = await asyncpg.connect(as_root(url))
    await connection.execute("BEGIN; LOCK TABLE counters IN EXCLUSIVE MODE")
    return connection


@cache
def _migrated() -> bytes:
    """An empty SQLite file with the newest schema: to migrate one for each house would cost more than most tests."""
    with tempfile.TemporaryDirectory(prefix="dayline-empty-") as folder:
        path = Path(folder) / "empty.db"
        create_file(path)
        migrate_sqlite(path)
        return path.read_bytes()


def _make_ready(url: str) -> None:
    """Put an empty database where a new SQLite file would be made."""
    path = None if is_postgresql(url) else sqlite_url(url)[0]
    if path is not None and not path.exists():
        create_file(path)
        path.write_bytes(_migrated())


@contextmanager
def living_town(folder: Path, **settings: object) -> Iterator[Town]:
    """Open a house on a new database in the folder, serve it without a rate limit, and close it in the end."""
    usual = {
        "database_url": f"sqlite:///{folder / 'dayline.db'}",
        "files": str(folder / "files"),
        "rate_limit": 0,
        "secret_key": KEY,
    }
    given = usual | settings
    _make_ready(str(given["database_url"]))
    ready = threading.Event()
    made: dict[str, Any] = {}

    async def live() -> None:
        async with open_house(read_settings(given, {})) as house:
            config = uvicorn.Config(
                house.app, host="127.0.0.1", port=0, http=Connection, lifespan="off", log_config=None, access_log=False
            )
            server = uvicorn.Server(config)
            made.update(house=house, server=server, loop=asyncio.get_running_loop())
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
                await asyncio.sleep(0.005)
            made["port"] = server.servers[0].sockets[0].getsockname()[1]
            ready.set()
            await serving
            if "town" in made:
                await made["town"].leave()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        url = f"http://127.0.0.1:{made['port']}"
        made["town"] = Town(made["house"], url, str(given["database_url"]), made["loop"], made["server"])
        yield made["town"]
    finally:
        made["server"].should_exit = True
        thread.join(30)
