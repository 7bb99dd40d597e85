"""Looks into the tables behind the store, past its own verbs; it reads only."""

from typing import Any

import asyncpg
import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, func, literal_column, select

from dayline.domain.activity import Activity
from dayline.store.postgres.database import Postgres
from dayline.store.statement import Call, Rows, postgresql_text, statement
from dayline.store.store import Store
from dayline.store.tables import activities, changes, counters
from tests.postgres import as_root


class Change(Struct, frozen=True):
    """One row of the change log."""

    sequence: int
    entity: str
    entity_id: int
    action: str
    user_id: int
    token_id: int
    at: int
    before: str | None
    after: str | None


def number(value: int) -> ColumnElement[int]:
    """A number written into the statement."""
    return literal_column(str(value))


async def rows(store: Store, clause: Select[Any]) -> Rows:
    """Run a read of our own, above all policies."""
    call = Call(statement(clause), [()])
    if not isinstance(store.database, Postgres):
        return await store.database.scan(call)
    connection = await asyncpg.connect(as_root(store.database.target.url))
    try:
        return await rows_over(connection, clause)
    finally:
        await connection.close()


async def rows_over(connection: "asyncpg.Connection[asyncpg.Record]", clause: Select[Any]) -> Rows:
    """The same over a connection that is above all policies."""
    return [tuple(row) for row in await connection.fetch(postgresql_text(statement(clause)).text)]


async def log_of(store: Store, account_id: int, entity: str | None = None) -> list[Change]:
    """The change log of an account in its order, of one kind of thing or of all."""
    columns = [changes.c[name] for name in Change.__struct_fields__]
    found = await rows(
        store, select(*columns).where(changes.c.account_id == number(account_id)).order_by(changes.c.sequence)
    )
    return [change for change in (Change(*row) for row in found) if entity in (None, change.entity)]


async def stored(store: Store, account_id: int) -> list[Activity]:
    """Every activity of an account by id, deleted ones too."""
    chosen = select(activities.c.body).where(activities.c.account_id == number(account_id)).order_by(activities.c.id)
    return [msgspec.json.decode(row[0], type=Activity) for row in await rows(store, chosen)]


async def count_of(store: Store, clause: Select[Any]) -> int:
    """How many rows a read would give."""
    return int((await rows(store, select(func.count()).select_from(clause.subquery())))[0][0])


async def counter_of(store: Store, account_id: int) -> tuple[int, dict[str, int]]:
    """The last number of the change log and the last ids, as the account's counter has them."""
    chosen = select(counters.c.sequence, counters.c.ids).where(counters.c.account_id == number(account_id))
    sequence, ids = (await rows(store, chosen))[0]
    return int(sequence), msgspec.json.decode(ids, type=dict[str, int])


async def directory_of(store: Store, account_id: int) -> int:
    """How often names that appear inside activities have changed, as the account's counter has it."""
    chosen = select(counters.c.directory).where(counters.c.account_id == number(account_id))
    return int((await rows(store, chosen))[0][0])
