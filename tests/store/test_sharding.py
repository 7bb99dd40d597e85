"""An account can live on its own shard: the check says so, and it can fail. PostgreSQL's walls stand as it assumes."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

from dayline.store.statement import Given, Statement, put, remove, statement
from dayline.store.statements import ACCOUNTS
from dayline.store.tables import REFERENCE, accounts, activities, links, metadata, records, sight, users
from tests.bound import faults_of
from tests.sharding import GENERAL, check, named_statements, schema_faults, statement_faults, wall_faults

account: Any = bindparam("account_id")
ALONE = frozenset({"accounts"})  # the one reference table of the schemas that are made up here
NAMES = [column.name for column in users.columns]


def test_the_check_finds_nothing() -> None:
    assert list(check()) == []


def test_it_looks_at_the_statements_that_the_store_runs() -> None:
    names = set(named_statements())
    assert names >= {"statements.LOCK", "statements.PUT['activities']", "statements.RECORDS['slug']", *GENERAL}
    assert {"accounts", "attempts", "due", "emails"} == REFERENCE


# -- tables that break the rule -----------------------------------------------------------------------------------


def number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


PARTS: dict[str, tuple[Callable[[], list[Any]], str]] = {
    "primary key": (lambda: [PrimaryKeyConstraint("id", "account_id")], "the primary key ['id', 'account_id']"),
    "no key": (list, "has no primary key"),
    "unique key": (lambda: [PrimaryKeyConstraint("account_id", "id"), UniqueConstraint("other")], "the unique key"),
    "index": (lambda: [PrimaryKeyConstraint("account_id", "id"), Index("i", "other", "account_id")], "the index"),
    "index of an expression": (
        lambda: [PrimaryKeyConstraint("account_id", "id"), Index("i", func.abs(literal_column("account_id")))],
        "the index",
    ),
    "foreign key without the account": (
        lambda: [PrimaryKeyConstraint("account_id", "id"), ForeignKeyConstraint(["other"], ["good.id"])],
        "a foreign key",
    ),
    "foreign key that crosses over": (
        lambda: [
            PrimaryKeyConstraint("account_id", "id"),
            ForeignKeyConstraint(["account_id", "other"], ["good.id", "good.account_id"]),
        ],
        "a foreign key",
    ),
    "sequence": (lambda: [PrimaryKeyConstraint("account_id")], "comes from a sequence"),
}


def schema(*parts: Any) -> MetaData:
    made = MetaData()
    Table("accounts", made, number("id"), PrimaryKeyConstraint("id"))
    Table("good", made, number("account_id"), number("id"), PrimaryKeyConstraint("account_id", "id"))
    Table("bad", made, number("account_id"), number("id"), number("other"), *parts)
    return made


@pytest.mark.parametrize("name", PARTS)
def test_a_table_that_breaks_the_rule_is_named(name: str) -> None:
    parts, told = PARTS[name]
    faults = list(schema_faults(schema(*parts()), ALONE))
    assert all(fault.startswith("bad") for fault in faults)
    assert any(told in fault for fault in faults)


def test_a_table_that_keeps_the_rule_is_not() -> None:
    keys = (
        PrimaryKeyConstraint("account_id", "id"),
        UniqueConstraint("account_id", "other"),
        ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        ForeignKeyConstraint(["account_id", "other"], ["good.account_id", "good.id"]),
    )
    assert list(schema_faults(schema(*keys), ALONE)) == []


def test_a_reference_table_leans_on_no_other_and_is_there() -> None:
    keys = (PrimaryKeyConstraint("id"), ForeignKeyConstraint(["account_id", "other"], ["good.account_id", "good.id"]))
    faults = list(schema_faults(schema(*keys), ALONE | {"bad", "gone"}))
    assert faults == ["gone is on the reference list and is no table", "bad is a reference table and leans on good"]


def test_a_table_without_a_wall_is_named() -> None:
    every = set(metadata.tables) - REFERENCE
    assert list(wall_faults(metadata, every - {"links"})) == ["links: no migration gives it row-level security"]
    assert len(list(wall_faults(metadata, every | {"gone"}))) == 1


# -- statements that break it -------------------------------------------------------------------------------------

here = activities.c.account_id == account
linked = and_(links.c.activity_id == activities.c.id, links.c.kind == bindparam("kind"))
other = activities.alias("other")


def foreign_insert(value: Any) -> ClauseElement:
    names = ("user_id", "activity_id")
    return sight.insert().values({"account_id": value, **{name: bindparam(name) for name in names}})


UNBOUND: dict[str, ClauseElement] = {
    "no account": select(activities.c.body).where(activities.c.id == bindparam("id")),
    "another parameter": select(activities.c.body).where(activities.c.account_id == bindparam("id")),
    "an inequality": select(activities.c.body).where(activities.c.account_id >= account),
    "one way of two": select(activities.c.body).where(or_(here, activities.c.visibility == literal_column("'public'"))),
    "the opposite": select(activities.c.body).where(not_(here)),
    "another column": select(activities.c.body).where(activities.c.id == account),
    "a join without it": select(activities.c.body).join(links, linked).where(here),
    "an outer join": select(activities.c.body).outerjoin(users, users.c.account_id == account).where(here),
    "a second look at the same table": select(activities.c.body).where(here, other.c.id == activities.c.id),
    "a sub-select": select(activities.c.body).where(here, exists().where(linked)),
    "a sub-select of its own": select(activities.c.body).where(
        here, activities.c.id.in_(select(other.c.id).where(other.c.id > bindparam("id")))
    ),
    "a table in FROM": select(select(activities.c.id).subquery().c.id).where(here),
    "half of a union": union_all(select(activities.c.id).where(here), select(records.c.id)),
    "an account that is not asked for": select(accounts.c.secret, activities.c.body).where(here),
    "an account bound to itself": select(activities.c.body)
    .join(links, links.c.account_id == activities.c.account_id)
    .where(activities.c.id == bindparam("id")),
    "a function in between": select(activities.c.body).where(func.abs(activities.c.account_id) == account),
    "text": select(activities.c.body).where(here, text("EXISTS (SELECT 1 FROM users)")),
    "a column that is text": select(literal_column("(SELECT max(id) FROM users)")).where(here),
    "an update": update(users).where(users.c.id == bindparam("id")).values(active=literal_column("1")),
    "an update that moves": update(users).where(users.c.account_id == account).values(account_id=bindparam("id")),
    "a delete": users.delete().where(users.c.id == bindparam("id")),
    "a delete beside another table": users.delete().where(
        users.c.account_id == account, users.c.id == activities.c.owner_id
    ),
    "an insert for somebody else": foreign_insert(bindparam("id")),
    "an insert for all": sight.insert().from_select(
        ["account_id", "user_id", "activity_id"], select(users.c.account_id, users.c.id, users.c.id)
    ),
    "an insert over another key": sqlite.insert(users)
    .values({name: account if name == "account_id" else bindparam(name) for name in NAMES})
    .on_conflict_do_update(index_elements=["id"], set_={"active": literal_column("1")}),
    "everything": select(activities.c.body).where(true()),
}
BOUND: dict[str, Statement] = {
    "a parameter": statement(select(activities.c.body).where(here), "account_id"),
    "by way of another": statement(
        select(activities.c.body)
        .join(links, and_(linked, links.c.account_id == activities.c.account_id))
        .where(links.c.account_id == account),
        *("account_id", "kind"),
    ),
    "a sub-select": statement(
        select(activities.c.body).where(here, exists().where(linked, links.c.account_id == activities.c.account_id)),
        *("account_id", "kind"),
    ),
    "given keys": statement(
        select(users.c.body)
        .select_from(Given("keys").lead_to(users, users.c.id == Given("keys").number(0)))
        .where(users.c.account_id == account),
        *("account_id", "keys"),
    ),
    "whole rows": put(activities),
    "whole keys": remove(links),
    "a union": statement(
        union_all(select(activities.c.id).where(here), select(users.c.id).where(users.c.account_id == account)),
        "account_id",
    ),
}


@pytest.mark.parametrize("name", UNBOUND)
def test_a_statement_that_breaks_the_rule_is_found(name: str) -> None:
    made = statement(UNBOUND[name], *NAMES, "kind", "user_id", "activity_id")
    faults = [fault for fault in faults_of(made) if "text for" not in fault and "compile" not in fault]
    assert faults, name
    assert list(statement_faults({"bad": made}))


@pytest.mark.parametrize("name", BOUND)
def test_a_statement_that_keeps_it_is_not(name: str) -> None:
    assert list(faults_of(BOUND[name])) == []


def test_a_statement_whose_callers_name_no_account_is_found() -> None:
    assert "does not take account_id" in list(faults_of(statement(select(users.c.body), "id")))


def test_a_statement_about_no_account_touches_no_account() -> None:
    assert list(statement_faults({"one": ACCOUNTS}, {"one": "asked for all"})) == []
    (fault,) = statement_faults({"one": statement(select(users.c.body))}, {"one": "asked for all"})
    assert fault == "one is about no account and touches users"
    assert list(statement_faults({"one": ACCOUNTS}, {}))
