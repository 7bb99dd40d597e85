"""The databases that are measured: accounts with users, records and activities, on SQLite or PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from benchmarks.rows import FEW_RECORDS, KINDS, RECORDS, USERS, YEAR, activity_rows, record_rows
from dayline.domain.identity import Principal
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store import statements, tables
from dayline.store.group import Steps
from dayline.store.open import is_postgresql, open_store
from dayline.store.statement import Call
from dayline.store.store import Store
from tests.postgres import as_root

CHUNK = 5_000
ROOM = 100_000_000  # ids up to here are for what is filled in later; what is created meanwhile comes after
Told = Callable[[int], None]  # how many more activities there are


class Holder(Struct, frozen=True):
    """Who calls, and with which credential."""

    credential: str
    principal: Principal


class World(Struct, frozen=True):
    """A filled database. The first account is the large one."""

    url: str
    files: Path
    holders: tuple[Holder, ...]
    activities: int = 0
    days: int = YEAR  # over which they lie

    @property
    def first(self) -> Principal:
        """Who calls in the large account."""
        return self.holders[0].principal


def make_world(url: str, files: Path, accounts: int = 1) -> World:
    """Make a database with so many accounts, which have no activities yet."""
    return asyncio.run(_make(url, files, accounts))


async def _make(url: str, files: Path, accounts: int) -> World:
    store = await open_store(url, files=files)
    try:
        holders = [await _holder(store, number) for number in range(1, accounts + 1)]
    finally:
        await store.close()
    return World(url, files, tuple(holders))


async def _holder(store: Store, number: int) -> Holder:
    identities = Service(store).identities
    account = await identities.create_account(f"Benchmark {number}")
    users = [
        await identities.add_user(account.id, NewUser(name=f"Bea {n}", email=f"bea{n}@example.com", role="admin"))
        for n in range(USERS if number == 1 else 1)
    ]
    issued = await identities.issue_token(account.id, users[0].id, "benchmark")
    count = RECORDS if number == 1 else FEW_RECORDS
    await store.database.run(lambda: _put_records(account.id, count))
    return Holder(issued.credential, await identities.principal(issued.credential))


def _put_records(account_id: int, count: int) -> Steps[None]:
    yield Call(statements.PUT["records"], list(record_rows(account_id, count)), many=True)
    yield from _count_on(account_id, dict.fromkeys(KINDS, count) | {"activity": ROOM})


def _count_on(account_id: int, more: dict[str, int]) -> Steps[None]:
    """Let the account's counter go on after what was put beside it."""
    rows = yield Call(statements.LOCK, [(account_id,)])
    sequence, clock, directory, ids, listening = rows[0]
    known: dict[str, int] = msgspec.json.decode(ids)
    now = known | {kind: max(last, known.get(kind, 0)) for kind, last in more.items()}
    last = max(sequence, *now.values())
    text = msgspec.json.encode(now).decode()
    yield Call(statements.SAVE, [(last, clock, directory, text, listening, account_id)], many=True)


def grown(world: World, size: int, told: Told) -> World:
    """Add activities to the large account until it has so many. They have no rows in the change log."""
    asyncio.run((_copy if is_postgresql(world.url) else _put)(world, size, told))
    return msgspec.structs.replace(world, activities=size)


async def _put(world: World, size: int, told: Told) -> None:
    store = await open_store(world.url, files=world.files)
    try:
        for chunk in _chunks(world, size):
            await store.database.run(lambda chunk=chunk: _put_chunk(chunk))  # type: ignore[misc]
            told(len(chunk))
    finally:
        await store.close()


def _put_chunk(chunk: list[Any]) -> Steps[None]:
    yield Call(statements.PUT["activities"], [row for row, _ in chunk], many=True)
    yield Call(statements.PUT_LINK["links"], [link for _, links in chunk for link in links], many=True)


async def _copy(world: World, size: int, told: Told) -> None:
    connection = await asyncpg.connect(as_root(world.url))
    try:
        # What the rows refer to is there: looking it up for each of millions would take most of the time.
        await connection.execute("SET session_replication_role = replica")
        chunks = _chunks(world, size)
        chunk = next(chunks, None)
        while chunk is not None:
            following = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            await connection.copy_records_to_table("activities", records=[row for row, _ in chunk], columns=_ACTIVITY)
            links = [link for _, links in chunk for link in links]
            await connection.copy_records_to_table("links", records=links, columns=_LINK)
            told(len(chunk))
            chunk = await following
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


_ACTIVITY = [column.name for column in tables.activities.columns]
_LINK = [column.name for column in tables.links.columns]


def _chunks(world: World, size: int) -> Iterator[list[Any]]:
    rows = activity_rows(world.first.account_id, world.activities + 1, size, world.days)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
