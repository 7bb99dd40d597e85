"""The statement time-out: a read that looks at too many rows is ended, and its connection serves the next one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from dayline.domain.condition import Condition, Group
from dayline.domain.errors import Unavailable
from dayline.domain.filter import Filter, Query, Sort
from dayline.service import Service
from dayline.store.open import open_store
from tests.cast import Person, gather_cast, log_call

NEEDLE = Query(filter=Filter(types=("lunch",)), sort=Sort("created_at"), limit=500)


@pytest.fixture
async def service(sqlite_path: Path) -> AsyncIterator[Service]:
    """A service that gives up whenever it first looks at the clock."""
    store = await open_store(f"sqlite:///{sqlite_path}", statement_timeout=1e-9)
    yield Service(store)
    await store.close()


@pytest.fixture
async def alice(service: Service, sqlite_path: Path) -> Person:
    """Alice, among three thousand activities."""
    alice = (await gather_cast(service)).alice
    first = await log_call(service, alice)
    assert first.id == 1
    times = "due, ends, created_at, updated_at, deleted_at"
    main = "priority, main_kind, main_id"
    names = f"account_id, uuid, revision, owner_id, type_key, done, visibility, {main}, {times}, search, search_note"
    multiply = f"""
        WITH RECURSIVE n(id) AS (SELECT 10002 UNION ALL SELECT id + 1 FROM n WHERE id < 13000)
        INSERT INTO activities (id, {names}, body)
        SELECT n.id, {names.replace("uuid", "uuid || n.id")}, body FROM activities, n WHERE activities.id = 1
    """
    with closing(sqlite3.connect(sqlite_path)) as db:
        db.execute(multiply)
        db.commit()
    return alice


async def test_a_long_scan_is_ended_and_short_reads_go_on(service: Service, alice: Person) -> None:
    for _ in range(4):
        with pytest.raises(Unavailable, match="time-out") as refused:
            await service.activities.list(alice.principal, NEEDLE)
        assert not refused.value.full
        page = await service.activities.list(alice.principal, Query(limit=3))
        assert len(page.items) == 3


async def test_conditions_that_read_every_document_are_ended_too(service: Service, alice: Person) -> None:
    where = Group("any", tuple(Condition("duration", "is", seconds) for seconds in range(16)))
    with pytest.raises(Unavailable, match="time-out"):
        await service.activities.list(alice.principal, Query(filter=Filter(where=where)))
    assert len((await service.activities.list(alice.principal, Query(limit=3))).items) == 3


async def test_one_long_scan_ends_no_other_read_and_no_write(service: Service, alice: Person) -> None:
    long = [service.activities.list(alice.principal, NEEDLE) for _ in range(6)]
    short = [service.activities.list(alice.principal, Query(limit=2)) for _ in range(6)]
    written = log_call(service, alice)
    answers = await asyncio.gather(*long, *short, written, return_exceptions=True)
    assert [type(answer) for answer in answers[:6]] == [Unavailable] * 6
    assert not [answer for answer in answers[6:] if isinstance(answer, BaseException)]


async def test_each_scan_has_the_whole_time_for_itself(service: Service, alice: Person, sqlite_path: Path) -> None:
    assert service
    store = await open_store(f"sqlite:///{sqlite_path}", statement_timeout=0.5)
    patient = Service(store)
    for _ in range(2):
        scans = [patient.activities.list(alice.principal, NEEDLE) for _ in range(2)]
        assert [page.items for page in await asyncio.gather(*scans)] == [(), ()]
        await asyncio.sleep(0.6)
    await store.close()


async def test_with_more_time_the_same_scan_ends_well(service: Service, alice: Person, sqlite_path: Path) -> None:
    patient = await open_store(f"sqlite:///{sqlite_path}", statement_timeout=60)
    assert (await Service(patient).activities.list(alice.principal, NEEDLE)).items == ()
    await patient.close()
    with pytest.raises(Unavailable):
        await service.activities.list(alice.principal, NEEDLE)
