"""The check that an account can live on a shard of its own: every key leads with it, every statement is bound to it.

``make check`` runs it. It must never need a database, nor leave out a statement because nobody thought of it.
"""

import datetime as dt
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import TypeVar, get_args

from msgspec.structs import replace
from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from dayline import store
from dayline.domain.audit import AuditFilter
from dayline.domain.condition import Condition, Group, Today, settle
from dayline.domain.filter import Filter, Position, Query, RecordFilter, RecordQuery, Sort, SortField
from dayline.domain.integrated import CallFilter, IntegratedFilter
from dayline.domain.record import Kind
from dayline.store.audit import traces
from dayline.store.integrated import list_calls, list_integrated
from dayline.store.lists import Viewer, count_activities, list_activities, list_records, range_of
from dayline.store.migrations import versions
from dayline.store.record_lists import list_kind
from dayline.store.statement import Statement
from dayline.store.tables import REFERENCE, metadata
from tests.bound import ACCOUNT, faults_of, tables_in

# Statements about no account or about all of them, each with its reason. They may touch reference tables alone.
GENERAL = {
    "copying._ACCOUNTS": "which accounts there are to copy",
    "copying._SECRETS": "whether an account there is the one from here",
    "signing._ACCOUNTS_OF": "in which accounts an email address is somebody's: who signs in has not said which",
    **dict.fromkeys(
        (f"failures.{name}" for name in ("_ATTEMPTS", "_PUT_ATTEMPTS", "_FORGIVE", "_OLD")),
        "failed attempts to sign in, with an address that may be nobody's",
    ),
    "job_statements.DUE": "which accounts have something to do: the worker serves all of them",
    "statement.ONE_AT_A_TIME": "takes a lock, reads nothing",
    "statements.ACCOUNTS": "which accounts there are: for the operator, and for what goes through all of them",
    "statements.PUT_ACCOUNT": "makes an account, which is in none",
    "statements.SCHEMA": "which schema the database has",
}

# Every form that a condition has in a statement.
EVERY_CONDITION = settle(
    Group(
        "any",
        (
            *(Condition("note", operator, "a") for operator in ("is", "has_not", "empty", "filled")),
            *(Condition("due", operator, "today") for operator in ("is", "is_not", "empty", "spans")),
            *(Condition("done_at", operator, "today") for operator in ("is", "is_not")),
            Condition("busy", "is", 1),
            *(Condition("deal", operator, 1) for operator in ("is", "is_not", "empty")),
            Condition("contact", "filled"),
        ),
    ),
    Today(0, "Europe/Tallinn"),
    {},
)
# Every part of a filter that can be asked for. ``related`` is apart: there it matters how many.
EVERYTHING = Filter(
    ids=(1,),
    except_ids=(2,),
    owner_id=1,
    types=("call",),
    done=True,
    priorities=("high", None),
    main_kinds=("deal",),
    main_id=1,
    due_from=dt.date(2026, 1, 1),
    due_until=dt.date(2026, 1, 2),
    created_from=1,
    updated_from=1,
    updated_before=2,
    within_from=1,
    within_until=2,
    begun_from=1,
    id_from=1,
    id_before=2,
    edited=True,
    text="a",
    shared_text="a",
    where=EVERY_CONDITION,
    deleted=True,
    whatever_state=True,
)
EVERY_OF_A_KIND = RecordQuery(
    kind="deal", ids=(1,), owner_id=1, updated_from=1, updated_before=2, deleted=True, sort=Sort("updated_at", True)
)
EVERY_RECORD = RecordFilter(kind="deal", text="a", external_id="a", deleted=True)
RELATED: tuple[tuple[Kind, int], ...] = (("deal", 1), ("contact", 2))
_STATES = frozenset({"deleted", "whatever_state"})
EVERY_INTEGRATED = IntegratedFilter(tenant_id="a", integration="lever", is_sandbox=True)
EVERY_CALL = CallFilter(integrated_account_id="a", operation="a", status=200, failed=True, since=1, until=2)
EVERY_TRACE = AuditFilter(
    user_id=1,
    token_id=1,
    via="page",
    surface="a",
    address="a",
    request_id="a",
    action="created",
    entity="activity",
    entity_id=1,
    since=1,
    until=2,
)
F = TypeVar("F", Filter, RecordFilter, IntegratedFilter, CallFilter, AuditFilter)


def check() -> Iterator[str]:
    """Everything that is not as it has to be, a line each."""
    yield from schema_faults(metadata, REFERENCE)
    yield from wall_faults(metadata, walled_by_migrations())
    yield from forgotten()
    found = named_statements()
    yield from (f"{name} is on the list of general statements and is not there" for name in GENERAL.keys() - found)
    yield from statement_faults(found | listed_statements())


def schema_faults(schema: MetaData, reference: frozenset[str]) -> Iterator[str]:
    """Keys and indexes that are not led by the account, and reference tables that are not there or lean on others."""
    yield from (f"{name} is on the reference list and is no table" for name in sorted(reference - set(schema.tables)))
    for name, table in sorted(schema.tables.items()):
        if name not in reference:
            yield from _table_faults(table, reference)
        elif outside := {key.column.table.name for key in table.foreign_keys} - reference:
            yield f"{name} is a reference table and leans on {', '.join(sorted(outside))}"


def _table_faults(table: Table, reference: frozenset[str]) -> Iterator[str]:
    if not table.primary_key.columns:
        yield f"{table.name} has no primary key"
    if table.autoincrement_column is not None:
        yield f"{table.name}.{table.autoincrement_column.name} comes from a sequence"
    for key in (*table.constraints, *table.indexes):
        match key:
            case ForeignKeyConstraint():
                if not _stays_in_the_account(key, reference):
                    yield f"{table.name}: a foreign key does not carry {ACCOUNT} first on both sides: {_columns(key)}"
            case PrimaryKeyConstraint() | UniqueConstraint() | Index():
                if _columns(key)[:1] != [ACCOUNT]:
                    yield f"{table.name}: {ACCOUNT} does not come first in {_kind(key)} {_columns(key)}"


def _kind(key: PrimaryKeyConstraint | UniqueConstraint | Index) -> str:
    return {PrimaryKeyConstraint: "the primary key", UniqueConstraint: "the unique key"}.get(type(key), "the index")


def _columns(key: ForeignKeyConstraint | PrimaryKeyConstraint | UniqueConstraint | Index) -> list[str]:
    found = key.expressions if isinstance(key, Index) else key.columns
    return [getattr(column, "name", str(column)) for column in found]


def _stays_in_the_account(key: ForeignKeyConstraint, reference: frozenset[str]) -> bool:
    table, _, column = key.elements[0].target_fullname.rpartition(".")
    there = column == ("id" if table in reference else ACCOUNT)
    return there and _columns(key)[:1] == [ACCOUNT]


def walled_by_migrations() -> set[str]:
    """The tables that some migration puts behind row-level security."""
    modules = (
        importlib.import_module(f"{versions.__name__}.{name}") for _, name, _ in pkgutil.iter_modules(versions.__path__)
    )
    return {table for module in modules for table in getattr(module, "_WALLED", ())}


def wall_faults(schema: MetaData, walled: set[str]) -> Iterator[str]:
    """Tables without row-level security, and walls around nothing."""
    tables = set(schema.tables) - REFERENCE
    yield from (f"{name}: no migration gives it row-level security" for name in sorted(tables - walled))
    yield from (f"{name}: a migration gives it row-level security, and there is no such" for name in walled - tables)


def named_statements() -> dict[str, Statement]:
    """Every statement that a module of the store holds, alone or in a dict, by where it stands."""
    found: dict[int, tuple[str, Statement]] = {}
    for name in _modules_of_the_store():
        for held, value in vars(importlib.import_module(name)).items():
            for place, one in _held(value):
                found.setdefault(id(one), (f"{name.removeprefix(f'{store.__name__}.')}.{held}{place}", one))
    return dict(found.values())


def _modules_of_the_store() -> list[str]:
    """Those whose statements others import come first, so that a statement is named for its home."""
    names = [found.name for found in pkgutil.walk_packages(store.__path__, f"{store.__name__}.")]
    names = [name for name in names if not name.startswith(f"{store.__name__}.migrations")]
    return sorted(names, key=lambda name: (not name.startswith(f"{store.__name__}.statement"), name))


def _held(value: object) -> Iterator[tuple[str, Statement]]:
    if isinstance(value, Statement):
        yield "", value
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", one) for key, one in value.items() if isinstance(one, Statement))


@cache
def listed_statements() -> dict[str, Statement]:
    """The statement of every shape of list: each part of a filter alone, none, and all of them, in every order."""
    own = dict(_activity_lists()) | dict(_activity_counts()) | dict(_ranges())
    own |= dict(_record_lists()) | dict(_kind_lists())
    return own | dict(_integrated_lists()) | dict(_call_lists()) | dict(_traces())


def _activity_lists() -> Iterator[tuple[str, Statement]]:
    for (asked, filter), count, sort, after, admin in product(
        _each_and_all(EVERYTHING),
        range(len(RELATED) + 1),
        (Sort(field, descending) for field, descending in product(get_args(SortField), (False, True))),
        (None, Position(1, 1)),
        (True, False),
    ):
        viewer = Viewer(account_id=1, user_id=1, admin=admin)
        call = list_activities(viewer, Query(filter=filter, sort=sort), RELATED[:count], after)
        who = "admin" if admin else "member"
        yield f"list of activities ({asked}; {count} related; {sort}; after {after}; {who})", call.statement
    viewer, skipping = Viewer(account_id=1, user_id=1, admin=False), Query(offset=1)
    yield "list of activities from an offset on", list_activities(viewer, skipping, (), None).statement


def _activity_counts() -> Iterator[tuple[str, Statement]]:
    for (asked, filter), count, admin in product(_each_and_all(EVERYTHING), range(len(RELATED) + 1), (True, False)):
        call = count_activities(Viewer(account_id=1, user_id=1, admin=admin), filter, RELATED[:count])
        yield f"count of activities ({asked}; {count} related; {'admin' if admin else 'member'})", call.statement


def _ranges() -> Iterator[tuple[str, Statement]]:
    for asked, filter in _each_and_all(EVERYTHING):
        if (call := range_of(1, filter)) is not None:
            yield f"range of activities ({asked})", call.statement


def _record_lists() -> Iterator[tuple[str, Statement]]:
    for (asked, wanted), after in product(_each_and_all(EVERY_RECORD), (None, Position("deal", 1))):
        call = list_records(1, wanted, 10, after)
        yield f"list of records ({asked}; after {after})", call.statement


def _kind_lists() -> Iterator[tuple[str, Statement]]:
    orders = product(("id", "created_at", "updated_at"), (False, True))
    for (field, descending), after, offset in product(orders, (None, Position(1, 1)), (0, 1)):
        for asked, wanted in _parts_of_a_kind():
            call = list_kind(1, replace(wanted, sort=Sort(field, descending)), 10, offset, after)  # type: ignore[arg-type]
            yield f"list of a kind ({asked}; {field} {descending}; after {after}; from {offset})", call.statement


def _integrated_lists() -> Iterator[tuple[str, Statement]]:
    for asked, wanted in _each_and_all(EVERY_INTEGRATED):
        yield f"list of integrated accounts ({asked})", list_integrated(1, wanted, 10, 0).statement


def _call_lists() -> Iterator[tuple[str, Statement]]:
    for (asked, wanted), after in product(_each_and_all(EVERY_CALL), (None, (1, "a"))):
        yield f"list of remote calls ({asked}; after {after})", list_calls(1, wanted, 10, after).statement


def _traces() -> Iterator[tuple[str, Statement]]:
    for (asked, wanted), via in product(_each_and_all(EVERY_TRACE), ("token", "page", "worker", "command line")):
        yield f"audit ({asked}; by {via})", traces(1, replace(wanted, via=wanted.via and via), 1, 2, 10).statement


def _parts_of_a_kind() -> Iterator[tuple[str, RecordQuery]]:
    nothing = RecordQuery(kind="deal")
    for name in RecordQuery.__struct_fields__:
        yield name, replace(nothing, **{name: getattr(EVERY_OF_A_KIND, name)})
    yield "everything", EVERY_OF_A_KIND


def _each_and_all(every: F) -> Iterator[tuple[str, F]]:
    """Nothing asked for, each part alone, all of them, and all of what lives."""
    nothing = type(every)()
    parts = {name: getattr(every, name) for name in every.__struct_fields__ if name != "related"}
    yield "nothing", nothing
    yield from ((name, replace(nothing, **{name: value})) for name, value in parts.items())
    yield "everything", every
    yield "everything that lives", replace(every, **{name: False for name in parts if name in _STATES})


def forgotten() -> Iterator[str]:
    """Parts of a filter that the check would not ask for, because they were added later."""
    for name in RecordQuery.__struct_fields__:
        if name != "kind" and getattr(EVERY_OF_A_KIND, name) == getattr(RecordQuery(kind="deal"), name):
            yield f"RecordQuery.{name} is not looked at: give it a value in tests/sharding.py"
    for every in (EVERYTHING, EVERY_RECORD, EVERY_INTEGRATED, EVERY_CALL, EVERY_TRACE):
        for name in every.__struct_fields__:
            if name != "related" and getattr(every, name) == getattr(type(every)(), name):
                yield f"{type(every).__name__}.{name} is not looked at: give it a value in tests/sharding.py"


def statement_faults(found: Mapping[str, Statement], general: Mapping[str, str] = GENERAL) -> Iterator[str]:
    """Statements that are not bound to one account and not on the list of those that need not be."""
    for name, one in found.items():
        if name not in general:
            yield from (f"{name} {fault}" for fault in faults_of(one))
        elif walled := sorted(table.name for table in tables_in(one.clause) if table.name not in REFERENCE):
            yield f"{name} is about no account and touches {', '.join(walled)}"


def main() -> None:
    """Print what is wrong; end with 1 when something is."""
    faults = list(check())
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise SystemExit(1)
    tables = len(metadata.tables) - len(REFERENCE)
    statements = {id(one) for name, one in (named_statements() | listed_statements()).items() if name not in GENERAL}
    print(f"Sharding: {tables} tables are led by {ACCOUNT}, {len(statements)} statements are bound to it.")


if __name__ == "__main__":
    main()
