"""Opens the store that a database URL names, migrated first. The only choice between databases is here."""

import hashlib
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from dayline.domain.errors import DaylineError
from dayline.domain.time import now_ms
from dayline.store.database import Database
from dayline.store.files import Files
from dayline.store.group import Clock
from dayline.store.migrations import serves
from dayline.store.sqlite import PRAGMAS, Sqlite, create_file, translated
from dayline.store.store import Store

_POSTGRESQL = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"password=[^&]*")


class BadDatabaseUrl(DaylineError):
    """The database URL cannot be used; the message says what one looks like."""


async def open_store(
    url: str,
    *,
    clock: Clock = now_ms,
    statement_timeout: float = 5.0,
    connections: int = 8,
    pgbouncer: bool = False,
    migration_url: str | None = None,
    files: Path | None = None,
) -> Store:
    """Open a store, making and migrating its database where needed. Raises BadDatabaseUrl and Unavailable.

    ``statement_timeout`` is in seconds: for one read, and for waiting for another process's write. The rest is for
    PostgreSQL alone: how many connections, whether a transaction-mode PgBouncer is in between, and as whom to migrate.
    ``files`` is the folder of attachments, by default the one that ``files_beside`` gives.
    """
    database: Database
    if is_postgresql(url):
        check_postgresql_url(url)
        # Loaded only where it is needed: a start on SQLite is quicker without.
        from dayline.store.postgres.database import Postgres, Target  # noqa: PLC0415

        target = Target(url=url, timeout=statement_timeout, connections=connections, pooled=pgbouncer)
        database = await _opened(Postgres(target, clock), url, migration_url)
    else:
        path, pragmas = sqlite_url(url)
        _prepare_file(path)
        database = Sqlite(path, clock, timeout=statement_timeout, pragmas=pragmas)
    return Store(database, clock, Files(files or files_beside(url), _owner(url)))


def files_beside(url: str) -> Path:
    """The folder of attachments where none is told: beside a SQLite file, and ``dayline.files`` here for PostgreSQL."""
    return Path("dayline.files") if is_postgresql(url) else sqlite_url(url)[0].with_suffix(".files")


def _owner(url: str) -> str:
    """What tells a database's arriving files from those of another that keeps its files in the same folder."""
    name = urlsplit(url).path if is_postgresql(url) else str(sqlite_url(url)[0].resolve())
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def is_postgresql(url: str) -> bool:
    """Whether the URL names a PostgreSQL database."""
    return url.startswith(_POSTGRESQL)


def check_postgresql_url(url: str) -> None:
    """Raise BadDatabaseUrl for a URL that the driver could not read: it would quote the password while saying so."""
    try:
        parts = urlsplit(url)
        readable = not parts.fragment and (parts.port is None or parts.port > 0)
    except ValueError:
        readable = False
    if not readable:
        raise BadDatabaseUrl(
            "This PostgreSQL URL cannot be read. It looks like postgresql://user:password@host:5432/database; in a"
            " password, / # ? and % are written as %2F %23 %3F and %25."
        )


async def _opened(database: Database, url: str, migration_url: str | None) -> Database:
    """The database, migrated where it has to be."""
    try:
        if not await database.migrated():
            # Alembic is loaded only when there is work for it: it would double the time a start takes.
            from dayline.store.migrations.run import migrate_postgres  # noqa: PLC0415

            await migrate_postgres(migration_url or url, url)
    except BaseException:
        await database.close()
        raise
    return database


def _prepare_file(path: Path) -> None:
    create_file(path)
    if not serves(schema_of(path)):
        from dayline.store.migrations.run import migrate_sqlite  # noqa: PLC0415

        migrate_sqlite(path)


def sqlite_url(url: str) -> tuple[Path, Mapping[str, int]]:
    """Read ``sqlite:///relative.db`` or ``sqlite:////absolute.db``, pragmas as its query. Raises BadDatabaseUrl."""
    # Beginning as it does, it has no host; what follows a # would be lost.
    parts = urlsplit(url) if url.startswith("sqlite:///") and "#" not in url else None
    path = "" if parts is None else unquote(parts.path)[1:]
    if parts is None or path in ("", ":memory:") or not path.isprintable():
        raise BadDatabaseUrl(
            f"{shown(url)!r} is not a database URL that Dayline can use: give a file, as in sqlite:///dayline.db"
            " (relative) or sqlite:////var/lib/dayline/dayline.db (absolute), or"
            " postgresql://user:password@host/database."
        )
    return Path(path), dict(_pragma(url, name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True))


def shown(url: str) -> str:
    """The URL for people to read: without its password, wherever in it that stands."""
    url = _PASSWORD.sub("password=…", url)
    head, at, rest = url.rpartition("@")
    scheme, divider, login = head.partition("://")
    user, colon, _ = login.partition(":")
    return f"{scheme}{divider}{user}:…{at}{rest}" if at and colon else url


def _pragma(url: str, name: str, value: str) -> tuple[str, int]:
    if name not in PRAGMAS or not value.removeprefix("-").isdecimal():
        raise BadDatabaseUrl(f"{url!r}: a whole number for one of {', '.join(sorted(PRAGMAS))} may follow the file.")
    return name, int(value)


def schema_of(path: Path) -> str | None:
    """The revision of a file's schema, or None when it has none yet. Raises Unavailable."""
    with closing(sqlite3.connect(path, timeout=30.0)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # there is no such table yet
                return None
            raise translated(error) from error
    return None if row is None else str(row[0])
