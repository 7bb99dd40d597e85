"""Brings a database to the newest schema: once, under a lock, and all or nothing."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from dayline.domain.errors import Unavailable
from dayline.store.migrations import HEAD
from dayline.store.sqlite import translated

_PATIENCE = 30.0  # seconds to wait for another process that is at it


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
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        found = MigrationContext.configure(connection).get_current_revision()
        raise Unavailable(f"The database has schema {found}, which this version of Dayline does not know.") from error
