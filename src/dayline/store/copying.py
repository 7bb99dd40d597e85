"""Copies whole accounts from one database to another, row by row, until both hold the same.

What is read is one moment of the source. It can be broken off at any time and begun again: rows that are there already
are not written again, and rows that the source has no more go. Tokens come last, so that nobody comes into an account
before all of it is there. It must never write into an account that is not a copy of the source's.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from functools import lru_cache, partial
from itertools import zip_longest
from typing import Any, Protocol

import asyncpg
import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Table, Text, bindparam, func, literal_column, select, tuple_

from dayline.domain.errors import Conflict
from dayline.store.group import Steps
from dayline.store.open import check_postgresql_url, is_postgresql, sqlite_url
from dayline.store.postgres.errors import translated as postgres_translated
from dayline.store.sqlite import translated as sqlite_translated
from dayline.store.statement import (
    Call,
    Params,
    Rows,
    Statement,
    postgresql_text,
    put,
    remove,
    sqlite_text,
    statement,
)
from dayline.store.store import Store
from dayline.store.tables import (
    accounts,
    activities,
    attachments,
    calls,
    changes,
    counters,
    deliveries,
    due,
    emails,
    erasures,
    filters,
    idempotency,
    integrated_accounts,
    jobs,
    links,
    metered_calls,
    passwords,
    records,
    remote_attempts,
    remote_calls,
    sight,
    tokens,
    types,
    users,
    webhooks,
)

PAGE = 2_000  # rows that are read, compared and written at a time
# Parents before children; tokens and passwords after everything that they let somebody see. Sessions, links to sign in
# and failed attempts are of the server where they were made.
ORDER = (
    *(accounts, counters, users, types, records, activities, links, sight, filters, attachments, changes),
    *(idempotency, metered_calls, calls),
    *(integrated_accounts, remote_calls, remote_attempts),
    *(webhooks, jobs, due, deliveries, erasures),
    *(tokens, passwords, emails),
)
_NO_ROWS: Rows = []
Advance = Callable[[int], None]  # so many rows more have been looked at


class Reader(Protocol):
    """A database that can be read."""

    async def scan(self, call: Call) -> Rows: ...


class Difference(Struct, frozen=True):
    """A table that is not the same on both sides, and the first key at which it differs."""

    account: str
    table: str
    key: Params


class Copied(Struct, frozen=True, kw_only=True):
    """What was done for an account. ``checksum`` is over all rows, the same on both sides if there is no difference."""

    account: str
    rows: int
    written: int
    removed: int
    checksum: str
    difference: Difference | None = None


class Chosen(Struct, frozen=True):
    """An account of the source."""

    id: int
    name: str


@asynccontextmanager
async def one_moment(url: str) -> AsyncIterator[Reader]:
    """Open a database for reading as it is now, for as long as that takes. Raises Unavailable and BadDatabaseUrl."""
    if is_postgresql(url):
        check_postgresql_url(url)
    opened = _postgres_moment(url) if is_postgresql(url) else _sqlite_moment(url)
    async with opened as reader:
        yield reader


class _SqliteMoment(Struct, frozen=True, eq=False):
    connection: sqlite3.Connection

    async def scan(self, call: Call) -> Rows:
        compiled = sqlite_text(call.statement)
        return self.connection.execute(compiled.text, compiled.arrange(call.params[0])).fetchall()


@asynccontextmanager
async def _sqlite_moment(url: str) -> AsyncIterator[Reader]:
    try:
        with closing(sqlite3.connect(sqlite_url(url)[0], isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")  # what is read from now on is of one moment
            yield _SqliteMoment(connection)
    except sqlite3.DatabaseError as error:
        raise sqlite_translated(error) from error


class _PostgresMoment(Struct, frozen=True, eq=False):
    connection: "asyncpg.Connection[asyncpg.Record]"

    async def scan(self, call: Call) -> Rows:
        compiled, names, row = postgresql_text(call.statement), call.statement.names, call.params[0]
        if "account_id" in names:
            own = str(row[names.index("account_id")])
            await self.connection.fetchrow("SELECT set_config('app.account', $1, true)", own)
        found = await self.connection.fetch(compiled.text, *(row[place] for place in compiled.places))
        return [tuple(one) for one in found]


@asynccontextmanager
async def _postgres_moment(url: str) -> AsyncIterator[Reader]:
    try:
        connection = await asyncpg.connect(url, statement_cache_size=0)
        try:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield _PostgresMoment(connection)
        finally:
            await connection.close()
    except (asyncpg.PostgresError, OSError) as error:
        raise postgres_translated(error) from error


async def choose(source: Reader, target: Store, names: Sequence[str]) -> list[Chosen]:
    """The accounts with these names, or all. Raises Unavailable for a name of none, Conflict for one that is taken."""
    found = [Chosen(row[0], row[1]) for row in await source.scan(Call(_ACCOUNTS, [()]))]
    if unknown := sorted(set(names) - {account.name for account in found}):
        there = ", ".join(repr(account.name) for account in found) or "none"
        raise Conflict(f"There is no account named {', '.join(map(repr, unknown))} to copy; there is {there}.")
    chosen = [account for account in found if not names or account.name in names]
    taken = {row[0]: row for row in await target.database.scan(Call(_SECRETS, [()]))}
    for account in chosen:
        await _refuse_another(source, account, taken)
    return chosen


async def _refuse_another(source: Reader, account: Chosen, there: dict[int, tuple[Any, ...]]) -> None:
    """A credential carries the number of its account, and cursors its secret, so neither can become another."""
    secrets = {row[0]: bytes(row[2]) for row in await source.scan(Call(_SECRETS, [()]))}
    same_id = there.get(account.id)
    if same_id is not None and bytes(same_id[2]) != secrets[account.id]:
        raise Conflict(
            f"Account {account.name!r} has the number {account.id}, which is {same_id[1]!r} there. Copy it into a"
            " database without that one."
        )
    if any(row[1] == account.name and row[0] != account.id for row in there.values()):
        raise Conflict(f"There is another account named {account.name!r} there.")


async def count(source: Reader, account: Chosen) -> int:
    """How many rows an account has."""
    found = [(await source.scan(Call(_counted(table), [(account.id,)])))[0][0] for table in ORDER]
    return sum(found)


async def copy_account(source: Reader, target: Store, account: Chosen, advance: Advance) -> Copied:
    """Make the account there what it is here, and compare. Raises Unavailable; then what is written stays written."""
    removed = 0
    for table in reversed(ORDER):
        removed += await _remove_rest(source, target, table, account.id)
    rows = written = 0
    for table in ORDER:
        async for page in _pages(source, table, account.id):
            written += await _write(target, table, account.id, page)
            rows += len(page)
            advance(len(page))
    checksum, difference = await compare(source, target.database, account)
    return Copied(
        account=account.name, rows=rows, written=written, removed=removed, checksum=checksum, difference=difference
    )


async def _write(target: Store, table: Table, account_id: int, page: Rows) -> int:
    """Write the rows of a page that are not there as they are here."""
    keys = [_key(table, row) for row in page]
    there = {_key(table, row): row for row in await _between(target.database, table, account_id, keys[0], keys[-1])}
    differing = [row for key, row in zip(keys, page, strict=True) if _plain(there.get(key)) != _plain(row)]
    if differing:
        await target.database.run(partial(_many, _put(table), differing))
    return len(differing)


async def _remove_rest(source: Reader, target: Store, table: Table, account_id: int) -> int:
    """Remove what is there and not here any more."""
    removed = 0
    async for page in _pages(target.database, table, account_id):
        keys = [_key(table, row) for row in page]
        here = {_key(table, row) for row in await _between(source, table, account_id, keys[0], keys[-1])}
        gone = [_whole_key(table, row) for row, key in zip(page, keys, strict=True) if key not in here]
        if gone:
            await target.database.run(partial(_many, _remove(table), gone))
        removed += len(gone)
    return removed


def _many(statement: Statement, rows: Sequence[Params]) -> Steps[None]:
    yield Call(statement, rows, many=True)


async def compare(here: Reader, there: Reader, account: Chosen) -> tuple[str, Difference | None]:
    """Read both sides again, in the order of their keys: a checksum of what is here, and where there is another."""
    digest = hashlib.sha256()
    for table in ORDER:
        ours, theirs = (_pages(side, table, account.id) for side in (here, there))
        async for one, other in _pairs(ours, theirs):
            if _plain(one) != _plain(other):
                row = one if one is not None else other
                assert row is not None
                return digest.hexdigest(), Difference(account.name, str(table.name), _key(table, row))
            digest.update(msgspec.json.encode((str(table.name), _plain(one))))
    return digest.hexdigest(), None


async def _pairs(
    ours: AsyncIterator[Rows], theirs: AsyncIterator[Rows]
) -> AsyncIterator[tuple[Params | None, Params | None]]:
    """The rows of both sides, side by side; None where one has come to its end."""
    while True:
        here, there = await anext(ours, _NO_ROWS), await anext(theirs, _NO_ROWS)
        for pair in zip_longest(here, there):
            yield pair
        if len(here) < PAGE and len(there) < PAGE:
            return


def _plain(row: Params | None) -> list[Any] | None:
    """A row as both databases give it: some give bytes as a view of them."""
    return None if row is None else [bytes(value) if isinstance(value, memoryview) else value for value in row]


async def _pages(reader: Reader, table: Table, account_id: int) -> AsyncIterator[Rows]:
    """The rows of an account in the order of their keys."""
    after: Params = ()
    while True:
        await asyncio.sleep(0)  # others have their turn, and Ctrl-C is heard
        rows = await reader.scan(Call(_page(table, bool(after)), [(account_id, PAGE, *after)]))
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = _key(table, rows[-1])


async def _between(reader: Reader, table: Table, account_id: int, first: Params, last: Params) -> Rows:
    return await reader.scan(Call(_range(table), [(account_id, *first, *last)]))


# -- statements: one a table and shape, made when first asked for ------------------------------------------------


def _own(table: Table) -> str:
    return "id" if table is accounts else "account_id"


def _rest(table: Table) -> list[str]:
    """The columns of a table's key beside the account."""
    return [key.name for key in table.primary_key if key.name != _own(table)]


def _key(table: Table, row: Params) -> Params:
    places = [list(table.columns.keys()).index(name) for name in _rest(table)]
    return tuple(row[place] for place in places)


def _whole_key(table: Table, row: Params) -> Params:
    places = [list(table.columns.keys()).index(key.name) for key in table.primary_key]
    return tuple(row[place] for place in places)


@lru_cache
def _page(table: Table, continued: bool) -> Statement:
    rest = _rest(table)
    chosen = select(table).where(table.c[_own(table)] == bindparam("account_id", type_=BigInteger))
    if continued:
        chosen = chosen.where(_tuple(table, rest) > tuple_(*_given(table, rest, "after")))
    chosen = chosen.order_by(*(table.c[name] for name in rest)).limit(bindparam("limit")).offset(literal_column("0"))
    names = [f"after_{name}" for name in rest] if continued else []
    return statement(chosen, "account_id", "limit", *names)


@lru_cache
def _range(table: Table) -> Statement:
    rest = _rest(table)
    chosen = select(table).where(table.c[_own(table)] == bindparam("account_id", type_=BigInteger))
    if rest:
        key, first, last = _tuple(table, rest), _given(table, rest, "first"), _given(table, rest, "last")
        chosen = chosen.where(key >= tuple_(*first), key <= tuple_(*last))
    names = [f"{end}_{name}" for end in ("first", "last") for name in rest]
    return statement(chosen, "account_id", *names)


def _tuple(table: Table, names: Iterable[str]) -> Any:
    return tuple_(*(table.c[name] for name in names))


def _given(table: Table, names: Iterable[str], end: str) -> Iterator[Any]:
    for name in names:
        plain = BigInteger() if table.c[name].type.python_type is int else Text()
        yield bindparam(f"{end}_{name}", type_=plain)


@lru_cache
def _counted(table: Table) -> Statement:
    own = table.c[_own(table)] == bindparam("account_id", type_=BigInteger)
    return statement(select(func.count()).select_from(table).where(own), "account_id")


@lru_cache
def _put(table: Table) -> Statement:
    return put(table, apart=False)


@lru_cache
def _remove(table: Table) -> Statement:
    return remove(table)


_ACCOUNTS = statement(select(accounts.c.id, accounts.c.name).order_by(accounts.c.id))
_SECRETS = statement(select(accounts.c.id, accounts.c.name, accounts.c.secret).order_by(accounts.c.id))
