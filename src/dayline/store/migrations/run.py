"""Brings a database to the newest schema: once, under a lock, and all or nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event

from dayline.domain.errors import Unavailable
from dayline.store.migrations import HEAD


def migrate_sqlite(path: Path) -> None:
    """Migrate a SQLite file. Raises Unavailable when a newer Dayline made it."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None, "timeout": 30.0})
    # The driver would begin late; taking the write lock first makes a second process wait, and then find nothing to do.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        found = MigrationContext.configure(connection).get_current_revision()
        raise Unavailable(f"The database has schema {found}, which this version of Dayline does not know.") from error
