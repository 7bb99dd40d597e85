"""Whether a statement of the store is bound to one account, read from its tree and not from its text.

A table is bound when its account column must equal the parameter ``account_id``, or that of a table that is bound. It
must never take for bound what it does not understand: that is a fault too.
"""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from msgspec import Struct
from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ColumnClause,
    CompoundSelect,
    Delete,
    Insert,
    Join,
    Select,
    Table,
    TextClause,
    Update,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement, Grouping
from sqlalchemy.sql.selectable import CTE, Alias, FromClause, SelectState, Subquery, TableValuedAlias

from dayline.store.statement import Statement, postgresql_text, sqlite_text

ACCOUNT = "account_id"
_HARMLESS = re.compile(r"\*|-?\d+|'\w*'")  # what may be written into a statement as it is
Scope: TypeAlias = Select[Any] | Insert | Update | Delete
Froms: TypeAlias = frozenset[FromClause]
_NONE: Froms = frozenset()


class _Around(Struct, frozen=True):
    """What a sub-select stands in: the tables that it may mean, and those of them that are bound."""

    tables: Froms = _NONE
    bound: Froms = _NONE


def faults_of(statement: Statement) -> Iterator[str]:
    """What keeps a statement from being about one account, in words; nothing when it is."""
    if ACCOUNT not in statement.names:
        yield f"does not take {ACCOUNT}"
    for clause in (statement.clause, statement.whole_set):
        if clause is not None:
            yield from _unread(clause)
            yield from _unbound(clause, _Around())
    yield from _uncompiled(statement)


def tables_in(clause: ClauseElement) -> set[Table]:
    """Every table of the schema that a statement mentions."""
    return {element for element in visitors.iterate(clause) if isinstance(element, Table)}


def _uncompiled(statement: Statement) -> Iterator[str]:
    """Where its text for a database cannot be made, or is without the account."""
    for name, made in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        try:
            text = made(statement)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            yield f"does not compile for {name}: {error}"
        else:
            if ACCOUNT not in text and "accounts.id" not in text:
                yield f"has a text for {name} without {ACCOUNT}"


def _sqlite(statement: Statement) -> str:
    return sqlite_text(statement).text


def _postgresql(statement: Statement) -> str:
    """As the store does it: all rows at once where that is possible."""
    return postgresql_text(statement, whole_set=statement.make_whole is not None).text


def _unread(clause: ClauseElement) -> Iterator[str]:
    """Text in a statement, which could name any table."""
    for element in visitors.iterate(clause):
        if isinstance(element, TextClause):
            yield f"holds text that cannot be looked into: {element.text}"
        elif isinstance(element, ColumnClause) and element.is_literal and not _HARMLESS.fullmatch(element.name):
            yield f"holds text that cannot be looked into: {element.name}"


def _unbound(clause: ClauseElement, around: _Around) -> Iterator[str]:
    match clause:
        case CompoundSelect():
            for part in clause.selects:
                yield from _unbound(part, around)
        case Select() | Insert() | Update() | Delete():
            yield from _scope_faults(clause, around)
        case _:
            yield f"is a {type(clause).__name__}, which this check does not understand"


def _scope_faults(scope: Scope, around: _Around) -> Iterator[str]:
    leaves = frozenset(leaf for source in _sources(scope) for leaf in _leaves(source))
    # A sub-select means the tables around it, unless it would have none of its own left.
    own = leaves - around.tables or leaves
    bound = _grown(around.bound - own, list(_conditions(scope))) | _written_for_the_account(scope)
    for leaf in own - bound:
        name = getattr(leaf, "name", type(leaf).__name__)
        if _table_of(leaf) is not None:
            yield f"does not bind {name} to the account"
        elif not isinstance(leaf, TableValuedAlias | Subquery | CTE):
            yield f"reads {name}, which this check does not understand"
    yield from _misplaced(scope)
    for inner, apart in _inner(scope, set()):
        yield from _unbound(inner, _Around() if apart else _Around(around.tables | own, bound))


def _sources(scope: Scope) -> list[FromClause]:
    match scope:
        case Select():
            # As the compiler sees them. The public way would first compile without a dialect, which ours cannot.
            return list(SelectState(scope, cast(SQLCompiler, None))._get_display_froms())
        case Insert():
            return [scope.table]
        case Update() | Delete():
            beside = [] if scope.whereclause is None else scope.whereclause._from_objects
            return [scope.table, *beside]


def _leaves(source: FromClause) -> Iterator[FromClause]:
    if isinstance(source, Join):
        yield from _leaves(source.left)
        yield from _leaves(source.right)
    else:
        yield source


def _conditions(scope: Scope) -> Iterator[object]:
    """What must hold for each row, all of it. That of an outer join need not."""
    if not isinstance(scope, Insert) and scope.whereclause is not None:
        yield from _all_of(scope.whereclause)
    for source in _sources(scope):
        yield from _joined(source)


def _joined(source: FromClause) -> Iterator[object]:
    if not isinstance(source, Join) or source.isouter or source.full:
        return
    if source.onclause is not None:
        yield from _all_of(source.onclause)
    yield from _joined(source.left)
    yield from _joined(source.right)


def _all_of(clause: object) -> Iterator[object]:
    match clause:
        case Grouping():
            yield from _all_of(clause.element)
        case BooleanClauseList() if clause.operator is operators.and_:
            for part in clause.clauses:
                yield from _all_of(part)
        case _:
            yield clause


def _grown(bound: Froms, conditions: list[object]) -> Froms:
    """What is bound, once every equality has been followed to its end."""
    for condition in conditions:
        if isinstance(condition, BinaryExpression) and condition.operator is operators.eq:
            for this, that in ((condition.left, condition.right), (condition.right, condition.left)):
                owner = _owner(this)
                if owner is not None and owner not in bound and (_is_given(that) or _owner(that) in bound):
                    return _grown(bound | {owner}, conditions)
    return bound


def _owner(element: ClauseElement) -> FromClause | None:
    """The table whose account column this is."""
    if not isinstance(element, ColumnClause) or element.table is None:
        return None
    table = _table_of(element.table)
    return element.table if table is not None and element.name == _account_column(table) else None


def _account_column(table: Table) -> str:
    return ACCOUNT if ACCOUNT in table.c else "id"  # the accounts themselves


def _table_of(source: FromClause) -> Table | None:
    found = source.element if isinstance(source, Alias) else source
    return found if isinstance(found, Table) else None


def _is_given(element: ClauseElement) -> bool:
    """Whether this is the account that the caller named: a parameter, or its place in rows that come as arrays."""
    if isinstance(element, BindParameter):
        return element.key == ACCOUNT
    if not isinstance(element, ColumnClause) or not isinstance(element.table, TableValuedAlias):
        return False
    arrays = [part.key for part in visitors.iterate(element.table.element) if isinstance(part, BindParameter)]
    return element.name == ACCOUNT in arrays and arrays == [column.name for column in element.table.c]


def _written_for_the_account(scope: Scope) -> Froms:
    """The table of an INSERT whose rows are of the account that the caller named."""
    if not isinstance(scope, Insert):
        return _NONE
    given = dict(scope._values or {})
    values = {getattr(column, "name", column): value for column, value in given.items()}
    if isinstance(scope.select, Select):
        values = dict(zip(scope._select_names or (), scope.select.selected_columns, strict=True))
    value = values.get(ACCOUNT)
    return frozenset({scope.table}) if isinstance(value, ClauseElement) and _is_given(value) else _NONE


def _misplaced(scope: Scope) -> Iterator[str]:
    """Where a write could go over to another account's rows."""
    if isinstance(scope, Update) and any(getattr(name, "name", name) == ACCOUNT for name in scope._values or {}):
        yield f"moves rows of {scope.table} to another account"
    conflict = getattr(scope, "_post_values_clause", None)
    keys = getattr(conflict, "inferred_target_elements", None)
    if isinstance(scope, Insert) and keys is not None and ACCOUNT not in {getattr(key, "name", key) for key in keys}:
        yield f"looks for what is in its way in {scope.table} without the account"


def _inner(node: ClauseElement, seen: set[int], apart: bool = False) -> Iterator[tuple[ClauseElement, bool]]:
    """The sub-selects right below, and whether each stands apart: one in a FROM cannot mean the tables around it."""
    for child in node.get_children():
        if not isinstance(child, ClauseElement) or id(child) in seen:
            continue
        seen.add(id(child))
        if isinstance(child, Select | CompoundSelect):
            yield child, apart
        else:
            yield from _inner(child, seen, apart or isinstance(child, Subquery | CTE))
