"""The schema's rule: an account is a shard of its own, so its number leads every key and every index."""

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from dayline.store.tables import REFERENCE, metadata

TABLES = [table for name, table in sorted(metadata.tables.items()) if name not in REFERENCE]
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def test_the_exceptions_are_what_is_asked_before_an_account_is_known() -> None:
    assert {"accounts", "attempts", "due", "emails"} == REFERENCE
    assert list(metadata.tables["accounts"].primary_key.columns.keys()) == ["id"]
    assert len(TABLES) == len(metadata.tables) - len(REFERENCE)


@each_table
def test_keys_begin_with_the_account(table: Table) -> None:
    keys = [key for key in table.constraints if isinstance(key, PrimaryKeyConstraint | UniqueConstraint)]
    assert keys
    for key in keys:
        assert next(iter(key.columns)).name == "account_id", key


@each_table
def test_foreign_keys_stay_in_the_account(table: Table) -> None:
    keys = [key for key in table.constraints if isinstance(key, ForeignKeyConstraint)]
    assert keys or table.name == "links"
    for key in keys:
        column, target = key.column_keys[0], key.elements[0].target_fullname
        assert column == "account_id", key
        assert target == "accounts.id" or target.endswith(".account_id"), key


@each_table
def test_indexes_begin_with_the_account(table: Table) -> None:
    for index in table.indexes:
        assert next(iter(index.columns)).name == "account_id", index


@each_table
def test_numbers_hold_64_bits_and_keys_are_never_null(table: Table) -> None:
    for column in table.columns:
        if column.name == "id" or column.name.endswith(("_id", "_at")) or column.name in ("sequence", "due", "clock"):
            assert str(column.type) in ("BIGINT", "TEXT"), column
    assert not [column for column in table.primary_key.columns if column.nullable]


def test_activities_have_the_indexes_that_were_counted() -> None:
    indexes = {index.name for index in metadata.tables["activities"].indexes}
    assert indexes == {
        f"activities_{name}"
        for name in ("created", "updated", "edited", "due", "long", "owner", "type", "done", "deleted")
    }
