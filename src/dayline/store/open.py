"""Opens the store that a database URL names, migrated first. The only choice between databases is here."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from dayline.domain.errors import DaylineError
from dayline.domain.time import now_ms
from dayline.store.group import Clock
from dayline.store.migrations import HEAD
from dayline.store.sqlite import PRAGMAS, Sqlite, create_file, translated
from dayline.store.store import Store


class BadDatabaseUrl(DaylineError):
    """The database URL cannot be used; the message says what one looks like."""


async def open_store(url: str, *, clock: Clock = now_ms, statement_timeout: float = 5.0) -> Store:
    """Open a store, making and migrating its database where needed. Raises BadDatabaseUrl and Unavailable.

    ``statement_timeout`` is in seconds: for one read, and for waiting for another process's write.
    """
    path, pragmas = sqlite_url(url)
    create_file(path)
    if schema_of(path) != HEAD:
        # Alembic is loaded only when there is work for it: it would double the time a start takes.
        from dayline.store.migrations.run import migrate_sqlite  # noqa: PLC0415

        migrate_sqlite(path)
    return Store(Sqlite(path, clock, timeout=statement_timeout, pragmas=pragmas), clock)


def sqlite_url(url: str) -> tuple[Path, Mapping[str, int]]:
    """Read ``sqlite:///relative.db`` or ``sqlite:////absolute.db``, pragmas as its query. Raises BadDatabaseUrl."""
    # Beginning as it does, it has no host; what follows a # would be lost.
    parts = urlsplit(url) if url.startswith("sqlite:///") and "#" not in url else None
    path = "" if parts is None else unquote(parts.path)[1:]
    if parts is None or path in ("", ":memory:") or not path.isprintable():
        raise BadDatabaseUrl(
            f"{url!r} is not a database URL that Dayline can use: give a file, as in sqlite:///dayline.db (relative)"
            " or sqlite:////var/lib/dayline/dayline.db (absolute)."
        )
    return Path(path), dict(_pragma(url, name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True))


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
