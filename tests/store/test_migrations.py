"""Migrations make exactly the schema that the statements know; once, however many processes start, or not at all."""

import asyncio
import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine

from dayline.domain.errors import Unavailable
from dayline.store import migrations
from dayline.store.migrations import HEAD
from dayline.store.migrations.run import migrate_sqlite
from dayline.store.open import open_store, schema_of
from dayline.store.sqlite import create_file
from dayline.store.tables import metadata
from tests.store.disk import assert_whole

ROOT = Path(__file__).parents[2]
# Waits for the word to go, so that all who were started open the file in the same instant.
OPENER = """
import asyncio, sys
from dayline.service import Service
from dayline.store.open import open_store

async def main() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    store = await open_store(sys.argv[1])
    await Service(store).identities.create_account(sys.argv[2])
    await store.close()

asyncio.run(main())
"""


def digest(path: Path) -> str:
    """What a file is, byte for byte."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def started_at_once(path: Path, names: list[str]) -> list[tuple[str, int]]:
    """Open a file from several processes in the same instant; give each one's complaints and its exit status."""
    command = [sys.executable, "-c", OPENER, f"sqlite:///{path}"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    openers = [subprocess.Popen([*command, name], cwd=ROOT, text=True, **pipes) for name in names]
    for opener in openers:
        assert opener.stdout is not None
        opener.stdout.readline()
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    return [(opener.communicate(timeout=60)[1], opener.returncode) for opener in openers]


def introspected(path: Path) -> dict[str, list[Any]]:
    """All that SQLite knows of a schema: columns and keys in their order, indexes with their conditions, rowids."""
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: _table(db, name) for name in names if name != "alembic_version"}


def _table(db: sqlite3.Connection, name: str) -> list[Any]:
    indexes = [
        (unique, origin, partial, db.execute(f"PRAGMA index_xinfo('{index}')").fetchall())
        for _, index, unique, origin, partial in db.execute(f"PRAGMA index_list('{name}')").fetchall()
    ]
    conditions = "SELECT name, substr(sql, instr(sql, ' WHERE ')) FROM sqlite_master WHERE tbl_name = ? AND sql LIKE ?"
    return [
        [column[1:] for column in db.execute(f"PRAGMA table_xinfo('{name}')")],
        [row[2:] for row in db.execute(f"PRAGMA table_list('{name}')")],
        sorted(indexes, key=repr),
        sorted([key[2:] for key in db.execute(f"PRAGMA foreign_key_list('{name}')")]),
        sorted(db.execute(conditions, (name, "CREATE INDEX% WHERE %"))),
    ]


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Where no database is yet."""
    return tmp_path / "new" / "dayline.db"


def test_the_migrations_make_the_tables_of_the_statements(sqlite_path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(sqlite_path)))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_sqlite_sees_no_difference_either(sqlite_path: Path, tmp_path: Path) -> None:
    direct = tmp_path / "direct.db"
    engine = create_engine(URL.create("sqlite", database=str(direct)))
    metadata.create_all(engine)
    engine.dispose()
    assert introspected(sqlite_path) == introspected(direct)
    assert introspected(direct).keys() == set(metadata.tables)


def test_the_head_that_the_program_knows_is_the_scripts_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_migrated_file_is_left_as_it_is(fresh: Path) -> None:
    await (await open_store(f"sqlite:///{fresh}")).close()
    before = digest(fresh)
    migrate_sqlite(fresh)
    await (await open_store(f"sqlite:///{fresh}")).close()
    assert digest(fresh) == before


async def test_an_open_store_says_whether_it_is_ready(sqlite_path: Path) -> None:
    store = await open_store(f"sqlite:///{sqlite_path}")
    assert await store.ready()
    with closing(sqlite3.connect(sqlite_path)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    assert not await store.ready()
    await store.close()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(sqlite_path: Path) -> None:
    with closing(sqlite3.connect(sqlite_path)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.execute("CREATE TABLE from_the_future (id INTEGER)")
        db.commit()
    before = introspected(sqlite_path)
    with pytest.raises(Unavailable, match=r"9999.*does not know"):
        await open_store(f"sqlite:///{sqlite_path}")
    assert introspected(sqlite_path) == before
    assert schema_of(sqlite_path) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(fresh: Path) -> None:
    fresh.parent.mkdir()
    with closing(sqlite3.connect(fresh)) as db:
        db.execute("CREATE TABLE tokens (mine TEXT)")  # in the way of a later step of the first migration
        db.commit()
    with pytest.raises(Exception, match="tokens"):
        migrate_sqlite(fresh)
    assert introspected(fresh).keys() == {"tokens"}
    assert schema_of(fresh) is None


@pytest.mark.parametrize("journal", ["delete", "wal"])
async def test_a_migration_waits_for_whoever_writes_and_then_sees_it(fresh: Path, journal: str) -> None:
    create_file(fresh)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode = {journal}")
        other.execute("BEGIN IMMEDIATE")
        migrating = asyncio.create_task(asyncio.to_thread(migrate_sqlite, fresh))
        await asyncio.sleep(0.05)
        assert not migrating.done()
        other.execute("CREATE TABLE mine (id INTEGER)")
        other.execute("COMMIT")
        await migrating
    # So that nobody who finds the newest schema has to change the journal, which waits for nobody.
    with closing(sqlite3.connect(fresh)) as db:
        assert db.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert introspected(fresh).keys() == {"mine", *metadata.tables}


@pytest.mark.parametrize("turn", range(2))
async def test_processes_that_start_at_once_on_a_new_file_all_succeed(fresh: Path, turn: int) -> None:
    names = [f"{turn}-{n}" for n in range(3)]
    assert started_at_once(fresh, names) == [("", 0)] * 3
    store = await open_store(f"sqlite:///{fresh}")
    accounts = await store.accounts()
    assert {account.name for account in accounts} == set(names)
    assert len({account.id for account in accounts}) == 3
    await store.close()
    assert_whole(fresh)
