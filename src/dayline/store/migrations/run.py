"""Brings a database to the newest schema: once, under a lock, and all or nothing.

A database with a schema newer than this program's is left as it is: until the next release a migration only adds, so
that an old process can go on beside a new one.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import URL, Connection, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from dayline.domain.errors import Unavailable
from dayline.store.migrations import HEAD, serves
from dayline.store.sqlite import translated

_PATIENCE = 30.0  # seconds to wait for another process that is at it
_LOCK = 0x6461796D  # any number that nobody else on the database uses


def migrate_sqlite(path: Path) -> None:
    """Migrate a SQLite file. Raises Unavailable when a newer Dayline made it, or the file cannot be written."""
    url = URL.create("sqlite", database=str(path))  # not as text: a path may hold a question mark
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": _PATIENCE})
    # The driver would begin late; taking the write lock first makes a second process wait, and then find nothing to do.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        _enter_wal(path)
        with engine.begin() as connection:
            _upgrade(connection)
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise (translated(cause) if isinstance(cause, Exception) else error) from error
    finally:
        engine.dispose()


async def migrate_postgres(url: str, app_url: str) -> None:
    """Migrate a PostgreSQL database as the login of ``url``, and let that of ``app_url`` use it. Raises Unavailable."""

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(url, timeout=_PATIENCE, statement_cache_size=0)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            # Of twenty that start together one migrates; the others wait here, and then find nothing to do.
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            await connection.run_sync(_upgrade)
            await _grant(connection, urlsplit(app_url).username)
    except (DBAPIError, asyncpg.PostgresError, OSError) as error:
        cause = error.__cause__ if isinstance(error, DBAPIError) and error.__cause__ is not None else error
        raise Unavailable(f"The database cannot be migrated: {cause}.") from error
    finally:
        await engine.dispose()


async def _grant(connection: AsyncConnection, user: str | None) -> None:
    """The login that serves need not own the tables, and is better off so: then not even it can drop a policy."""
    owner = (await connection.exec_driver_sql("SELECT current_user")).scalar_one()
    if user is None or user == owner:
        return
    role = connection.dialect.identifier_preparer.quote(unquote(user))
    await connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")


def _enter_wal(path: Path) -> None:
    """Change the file's journal, for good. SQLite waits for nobody here, so of two processes at once one would fail."""
    deadline = time.monotonic() + _PATIENCE
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    found = MigrationContext.configure(connection).get_current_revision()
    if serves(found):
        return
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise Unavailable(f"The database has schema {found}, which this version of Dayline does not know.") from error
