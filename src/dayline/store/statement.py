"""Statements as values: written once in SQLAlchemy Core, compiled once to each database's text, run by the raw driver.

Nothing here talks to a database, and no statement is built from a caller's text.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Delete,
    Dialect,
    Join,
    LargeBinary,
    Select,
    SmallInteger,
    Table,
    Text,
    and_,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

Params: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = list[tuple[Any, ...]]


Maker: TypeAlias = Callable[[], ClauseElement]


class Statement(Struct, frozen=True, eq=False):
    """A statement and the order in which its callers give the parameters.

    What many tables have alike, and what is large, is made when its text is compiled, and not kept: most of it is
    never asked for in the life of a process, and all of it would take 2 MiB.
    """

    make: Maker
    names: tuple[str, ...]
    written: str | None = None
    """The table that it writes."""
    make_whole: Maker | None = None
    """Does the same for all rows of parameters at once, given as one array for each of ``names``."""

    @property
    def clause(self) -> ClauseElement:
        """The statement for one row of parameters."""
        return self.make()

    @property
    def whole_set(self) -> ClauseElement | None:
        """The one for all rows, where there is one."""
        return None if self.make_whole is None else self.make_whole()


class Call(Struct, frozen=True, eq=False):
    """A statement with its parameters: one row of them, or many of the same shape."""

    statement: Statement
    params: Sequence[Params]
    many: bool = False


class Together(Struct, frozen=True, eq=False):
    """Calls of one account of which none needs what another does: where a round trip costs something, they share one.

    They are reads that find the same columns, whose rows then begin with the place of their call among these; or
    writes, each of another table, and perhaps a read after them, whose rows are given. Where they are one statement,
    the read does not see what they write.
    """

    calls: tuple[Call, ...]
    reads: bool


Asked: TypeAlias = Call | Together
"""What a database is asked at once."""


def written_by(call: Call) -> str | None:
    """The table that a write is of, where it can share a round trip."""
    return call.statement.written if len(call.params) <= 1 or call.statement.make_whole is not None else None


def statement(clause: ClauseElement | Maker, *names: str) -> Statement:
    """Make a statement whose parameters are given in the order of ``names``; a read can be made later."""
    if not isinstance(clause, ClauseElement):
        return Statement(clause, names)
    return Statement(lambda: clause, names, str(clause.table) if isinstance(clause, UpdateBase) else None)


Insert: TypeAlias = sqlite.Insert
"""PostgreSQL reads the same; its own would load its dialect into processes on SQLite."""


def written_rows(table: Table, settle: Callable[[Insert], Insert]) -> Statement:
    """Insert whole rows; ``settle`` says what becomes of those that are there."""
    names = tuple(column.name for column in table.columns)

    def one() -> Insert:
        return settle(sqlite.insert(table).values({name: bindparam(name) for name in names}))

    def whole() -> Insert:
        given = arrays(table, names)
        return settle(sqlite.insert(table).from_select(names, select(*(given.c[name] for name in names))))

    return Statement(one, names, str(table), whole)


def add(table: Table) -> Statement:
    """Insert whole rows that are new: cheaper than to look for others first. Another with the same key is an error."""
    return written_rows(table, lambda insert: insert)


def put(table: Table, *, apart: bool = True) -> Statement:
    """Insert whole rows, each in place of the one with the same primary key.

    The columns marked ``apart`` stay as they are there, unless told otherwise.
    """
    return written_rows(table, lambda insert: _in_place(table, insert, apart))


def _in_place(table: Table, insert: Insert, apart: bool) -> Insert:
    keys = sorted(key.name for key in table.primary_key)
    others = (column for column in table.columns if column.name not in keys)
    rest = [column.name for column in others if not (apart and "apart" in column.info)]
    if not rest:
        return insert.on_conflict_do_nothing()
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in rest})


_ARRAYS: dict[type[Any], TypeEngine[Any]] = {
    BigInteger: BigInteger(),
    SmallInteger: SmallInteger(),
    Text: Text(),
    LargeBinary: LargeBinary(),
}


def arrays(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """Rows that come as an array for each column; the collation of a text belongs to its column, not to an array."""
    types = {name: _ARRAYS[type(table.c[name].type)] for name in names}
    arrays = (bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items())
    columns = (column(name, type_) for name, type_ in types.items())
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def remove(table: Table) -> Statement:
    """Delete rows by their primary keys."""
    names = tuple(key.name for key in table.primary_key)

    def one() -> Delete:
        return table.delete().where(*(table.c[name] == bindparam(name) for name in names))

    def whole() -> Delete:
        given = arrays(table, names)
        return table.delete().where(*(table.c[name] == given.c[name] for name in names))

    return Statement(one, names, str(table), whole)


@cache
def _postgresql() -> Dialect:
    # Loaded only where there is a PostgreSQL: it takes 2 MiB.
    from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg  # noqa: PLC0415

    return PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class PostgresqlText(Struct, frozen=True, eq=False):
    """A statement as PostgreSQL reads it; ``places`` are those of its numbered parameters among the given ones."""

    text: str
    places: tuple[int, ...]


@lru_cache(maxsize=512)
def postgresql_text(statement: Statement, *, whole_set: bool = False) -> PostgresqlText:
    """Compile a statement for PostgreSQL; ``whole_set`` is the one for all rows at once."""
    clause = statement.whole_set if whole_set else statement.clause
    assert clause is not None
    compiled = clause.compile(dialect=_postgresql())
    assert isinstance(compiled, SQLCompiler)
    return PostgresqlText(str(compiled), tuple(statement.names.index(name) for name in compiled.positiontup or ()))


class PostgresqlTogether(Struct, frozen=True, eq=False):
    """Several statements as one; ``places`` are those of each one's parameters among the ones that it is given."""

    text: str
    places: tuple[tuple[int, ...], ...]


@lru_cache(maxsize=512)
def postgresql_together(parts: tuple[tuple[Statement, bool], ...], *, reads: bool) -> PostgresqlTogether:
    """Compile statements, each as for one row or as for all rows at once, into one for PostgreSQL."""
    compiled = [postgresql_text(statement, whole_set=whole) for statement, whole in parts]
    texts: list[str] = []
    given = 0
    for one in compiled:
        texts.append(_renumbered(one.text, given))
        given += len(one.places)
    return PostgresqlTogether(_united(texts) if reads else _joined(texts), tuple(one.places for one in compiled))


def _renumbered(text: str, first: int) -> str:
    """The statement with its parameters counted from another number on."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + first}", text)


def _united(texts: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT {place}, found.* FROM ({text}) AS found" for place, text in enumerate(texts))  # noqa: S608 - a statement of ours


def _joined(texts: Sequence[str]) -> str:
    *others, last = texts
    before = ", ".join(f"part_{place} AS ({text})" for place, text in enumerate(others))
    return f"WITH {before} {last}" if others else last


_PARAMETER = re.compile(r"\$(\d+)")


@compiles(OnConflictDoUpdate, "postgresql")
@compiles(OnConflictDoNothing, "postgresql")
def _postgresql_on_conflict(
    element: OnConflictDoUpdate | OnConflictDoNothing, compiler: SQLCompiler, **options: Any
) -> str:
    """As PostgreSQL's own would be, which can name a constraint, too."""
    element.constraint_target = None  # type: ignore[union-attr]
    visit = getattr(compiler, f"visit_{element.__visit_name__}")
    text: str = visit(element, **options)
    return text


class _OneAtATime(ClauseElement):
    """What makes others who do the same wait until this transaction is over. On SQLite they do anyway."""

    inherit_cache = False


@compiles(_OneAtATime, "sqlite")
def _sqlite_one_at_a_time(element: _OneAtATime, compiler: SQLCompiler, **options: Any) -> str:
    return "SELECT 1"


@compiles(_OneAtATime, "postgresql")
def _postgresql_one_at_a_time(element: _OneAtATime, compiler: SQLCompiler, **options: Any) -> str:
    return f"SELECT pg_advisory_xact_lock({_LOCK_OF_ACCOUNTS})"


_LOCK_OF_ACCOUNTS = 0x6461796C  # any number that nobody else on the database uses
ONE_AT_A_TIME = statement(_OneAtATime())

_SQLITE = sqlite.dialect(paramstyle="qmark")


class SqliteText(Struct, frozen=True, eq=False):
    """A statement as SQLite reads it; ``arrange`` puts a row of parameters into the order of its question marks."""

    text: str
    arrange: Callable[[Params], Params]


@lru_cache(maxsize=512)
def sqlite_text(statement: Statement) -> SqliteText:
    """Compile a statement for SQLite."""
    compiled = statement.clause.compile(dialect=_SQLITE)
    assert isinstance(compiled, SQLCompiler)
    places = [statement.names.index(name) for name in compiled.positiontup or ()]
    return SqliteText(str(compiled), _arranger(places, len(statement.names)))


def _arranger(places: list[int], given: int) -> Callable[[Params], Params]:
    if places == list(range(given)):
        return _as_given
    if len(places) == 1:
        return lambda params: (params[places[0]],)
    return itemgetter(*places) if places else lambda _: ()


def _as_given(params: Params) -> Params:
    return params


class _JsonRows(FunctionElement[Any]):
    """The elements of a JSON array, as rows: the set-based lookups of a group are joins with these.

    ``items`` are the types of what is asked of each row, by its place there.
    """

    name = "json_rows"
    inherit_cache = False

    def __init__(self, array: BindParameter[str]) -> None:
        super().__init__(array)
        self.items: dict[int, BigInteger | Text] = {}


class _Item(ColumnElement[Any]):
    """One element of a JSON array, as a number or as text."""

    inherit_cache = False

    def __init__(self, rows: TableValuedAlias, place: int, type_: BigInteger | Text) -> None:
        self.array, self.place, self.type = rows.c.value, place, type_
        self.rows = rows


@compiles(_JsonRows, "sqlite")
def _sqlite_rows(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonRows, "postgresql")
def _postgresql_rows(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    """A fenced sub-select, so that what is compared with a table's column is a column too.

    Taking a JSON apart may fail with what it read, and under row-level security PostgreSQL looks up nothing by what may
    give a secret away: it would read the whole table instead.
    """
    process = compiler.dialect.type_compiler_instance.process
    items = (f"CAST(value ->> {place} AS {process(type_)}) AS item_{place}" for place, type_ in element.items.items())
    given = compiler.process(element.clauses, **options)
    return f"(SELECT {', '.join(items)} FROM json_array_elements(CAST({given} AS json)) OFFSET 0)"  # noqa: S608 - a placeholder


@compiles(_Item, "sqlite")
def _sqlite_item(element: _Item, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({compiler.process(element.array, **options)}, '$[{element.place}]')"


@compiles(_Item, "postgresql")
def _postgresql_item(element: _Item, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.preparer.format_alias(element.rows)}.item_{element.place}"


class _KeyedJoin(Join):
    """A join from given keys to the rows of a table, in this order only.

    SQLite knows no sizes, and would as soon read everything that an account has and look for each of it in the keys.
    PostgreSQL takes any JSON for a hundred keys, and does the same while a table is not much larger than that.
    """

    inherit_cache = False


@compiles(_KeyedJoin, "sqlite")
def _sqlite_keyed_join(element: _KeyedJoin, compiler: SQLCompiler, **options: Any) -> str:
    assert element.onclause is not None
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **options)}"


@compiles(_KeyedJoin, "postgresql")
def _postgresql_keyed_join(element: _KeyedJoin, compiler: SQLCompiler, **options: Any) -> str:
    """For each key a sub-select of its own, which is fenced, so that no other way to join is left."""
    assert element.onclause is not None
    left, right = (compiler.process(side, **{**options, "asfrom": True}) for side in (element.left, element.right))
    same = compiler.process(element.onclause, **options)
    return f"{left} CROSS JOIN LATERAL (SELECT * FROM {right} WHERE {same} OFFSET 0) AS {right}"  # noqa: S608 - names of ours


def as_json(value: object) -> str:
    """A value as the text that the database is given: the rows of a ``Given``, or what a column keeps."""
    return msgspec.json.encode(value).decode()


class Given:
    """Rows that come as one JSON parameter, an array of arrays; ``number`` and ``word`` are their columns."""

    def __init__(self, name: str) -> None:
        self._source = _JsonRows(bindparam(name, type_=Text))
        self.rows: TableValuedAlias = self._source.table_valued(column("value"), name=name)

    def number(self, place: int) -> ColumnElement[int]:
        """The integer at this place of each row."""
        return self._item(place, BigInteger())

    def word(self, place: int) -> ColumnElement[str]:
        """The text at this place of each row."""
        return self._item(place, Text())

    def _item(self, place: int, type_: BigInteger | Text) -> ColumnElement[Any]:
        self._source.items[place] = type_
        return _Item(self.rows, place, type_)

    def lead_to(self, table: Table, *same: ColumnElement[bool]) -> Join:
        """Each given row with its rows of the table, looked up by all that is the ``same``, the account too."""
        return _KeyedJoin(self.rows, table, and_(*same))

    def numbers(self) -> Select[int]:
        """The first integer of each row, as a sub-select."""
        return select(self.number(0)).select_from(self.rows)

    def words(self) -> Select[str]:
        """The first text of each row, as a sub-select."""
        return select(self.word(0)).select_from(self.rows)
