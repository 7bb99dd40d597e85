"""Lookups by key cost as much as the keys that are asked for, however much an account has."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import BigInteger, SmallInteger

from dayline.domain.filter import Filter
from dayline.store import statements
from dayline.store.lists import Viewer, newest_of
from dayline.store.migrations.run import migrate_sqlite
from dayline.store.statement import Statement, postgresql_text, sqlite_text
from dayline.store.tables import links
from tests.bound import tables_in
from tests.postgres import Server

LOOKUPS: dict[str, tuple[Statement, str]] = {
    "activities": (statements.ACTIVITIES, "id"),
    **{f"records by {name}": (found, name) for name, found in statements.RECORDS.items()},
    "users": (statements.USERS, "id"),
    **{f"types by {name}": (found, name) for name, found in statements.TYPES.items()},
    "idempotency keys": (statements.IDEMPOTENCY, "key"),
}


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_lookup_goes_from_the_keys_to_their_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / "dayline.db"
    migrate_sqlite(path)
    lookup, key = LOOKUPS[name]
    compiled = sqlite_text(lookup)
    with closing(sqlite3.connect(path)) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", compiled.arrange((1, "[]"))).fetchall()
    first, second = (step[-1] for step in steps)
    assert first.startswith("SCAN keys"), steps
    assert second.startswith("SEARCH"), steps
    assert f"{key}=?" in second, steps


@pytest.fixture
async def plans(postgres: Server, postgres_template: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection as the server has it, so under row-level security, to tables that are said to be large."""
    url = postgres.create("plans", postgres_template)
    for table in {links, *(table for lookup, _ in LOOKUPS.values() for table in tables_in(lookup.clause))}:
        row = ", ".join("1" if isinstance(column.type, BigInteger | SmallInteger) else "''" for column in table.columns)
        postgres.ask(f"SET session_replication_role = replica; INSERT INTO {table.name} VALUES ({row})", "plans")
        large = f"UPDATE pg_class SET reltuples = 1e6, relpages = 1 WHERE oid = '{table.name}'::regclass"
        postgres.ask(large, "plans")
    connection = await asyncpg.connect(url)
    await connection.execute("SET app.account = '1'")
    yield connection
    await connection.close()
    postgres.drop("plans")


async def test_row_level_security_leaves_the_lookups_their_index(
    plans: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """What may fail is asked of no row before the policy is, so JSON must be taken apart before the join."""
    for name, (lookup, key) in LOOKUPS.items():
        compiled = postgresql_text(lookup)
        given = {"account_id": 1, "keys": "[]"}
        arguments = [given[lookup.names[place]] for place in compiled.places]
        lines = await plans.fetch(f"EXPLAIN {compiled.text}", *arguments)
        plan = "\n".join(line[0] for line in lines)
        assert any("Index Cond" in line and f"{key} = " in line for line in plan.splitlines()), f"{name}:\n{plan}"


async def test_row_level_security_leaves_a_record_its_newest_links(
    plans: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """They are entered where they begin: as a filter that is asked of every link they cost as much as all of these."""
    newest = newest_of(Viewer(1, 1, admin=True), Filter(main_kinds=("deal",)), (("deal", 1),), None, 1 << 60, 26)
    compiled = postgresql_text(newest.statement)
    arguments = [newest.params[0][place] for place in compiled.places]
    lines = [line[0] for line in await plans.fetch(f"EXPLAIN {compiled.text}", *arguments)]
    conditions = [line for line in lines if "Index Cond" in line and "record_id = " in line]
    assert any("activity_id >= " in line for line in conditions), "\n".join(lines)
