"""Lookups by key cost as much as the keys that are asked for, however much an account has."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dayline.store import statements
from dayline.store.migrations.run import migrate_sqlite
from dayline.store.statement import Statement, sqlite_text

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
