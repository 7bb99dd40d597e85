"""Full, failing and read-only disks: a plain answer, nothing half written, reads go on, and it recovers by itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from dayline.domain.errors import Unavailable
from dayline.domain.filter import Query
from dayline.service import Service
from dayline.store.open import open_store, schema_of
from tests.cast import Person, gather_cast, log_call
from tests.store.disk import assert_whole, needs_root, opened_read_only, read_only, small_disk, writes_fail

LONG = "x" * 5_000


@pytest.fixture
async def service(sqlite_path: Path) -> AsyncIterator[Service]:
    """A service on a file of its own."""
    store = await open_store(f"sqlite:///{sqlite_path}")
    yield Service(store)
    await store.close()


@pytest.fixture
async def alice(service: Service) -> Person:
    return (await gather_cast(service)).alice


def pages_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA page_count").fetchone()[0])


async def fill(service: Service, who: Person, at_once: int = 1) -> set[int]:
    """Write until there is no room; give the ids of what was accepted."""
    written: set[int] = set()
    for _ in range(2_000):
        batch = (log_call(service, who, note=LONG) for _ in range(at_once))
        answers = await asyncio.gather(*batch, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        written |= {answer.id for answer in answers if not isinstance(answer, BaseException)}
        assert all(isinstance(error, Unavailable) and error.full for error in refused), refused
        if refused:
            return written
    raise AssertionError("the disk never got full")


async def every_id(service: Service, who: Person) -> set[int]:
    """The ids of all that can be read."""
    found: set[int] = set()
    page = await service.activities.list(who.principal, Query(limit=500))
    found |= {activity.id for activity in page.items}
    while page.cursor:
        page = await service.activities.list(who.principal, Query(limit=500, cursor=page.cursor))
        found |= {activity.id for activity in page.items}
    return found


@pytest.mark.parametrize("at_once", [1, 16])
async def test_a_full_database_keeps_what_it_accepted(
    service: Service, alice: Person, sqlite_path: Path, at_once: int
) -> None:
    tight = await open_store(f"sqlite:///{sqlite_path}?max_page_count={pages_of(sqlite_path) + 60}")
    full = Service(tight)
    written = await fill(full, alice, at_once)
    assert written
    assert_whole(sqlite_path)
    assert await every_id(full, alice) == written
    assert (await full.activities.get(alice.principal, min(written))).note == LONG
    with pytest.raises(Unavailable) as refused:
        await log_call(full, alice, note=LONG * 4)
    assert refused.value.full
    await tight.close()
    assert (await log_call(service, alice, note=LONG)).id == len(written) + 1
    assert_whole(sqlite_path)


async def test_room_that_is_made_is_used_without_reopening(service: Service, alice: Person, sqlite_path: Path) -> None:
    with closing(sqlite3.connect(sqlite_path)) as db:
        db.execute("INSERT INTO idempotency VALUES (?, 'k', 'f', 200, '[]', zeroblob(200000), 0)", (alice.account_id,))
        db.commit()
    tight = await open_store(f"sqlite:///{sqlite_path}?max_page_count={pages_of(sqlite_path) + 10}")
    full = Service(tight)
    written = await fill(full, alice)
    await tight.keeping.forget_keys(alice.account_id, 1, 10)
    assert (await log_call(full, alice, note=LONG)).id == len(written) + 1
    await tight.close()
    assert_whole(sqlite_path)
    assert await every_id(service, alice) == written | {len(written) + 1}


@needs_root
async def test_a_full_disk_keeps_what_it_accepted_and_recovers(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "2m") as folder:
        path = folder / "dayline.db"
        ballast = folder / "ballast"
        ballast.write_bytes(bytes(400_000))
        store = await open_store(f"sqlite:///{path}")
        service = Service(store)
        alice = (await gather_cast(service)).alice
        written = await fill(service, alice, 4)
        assert await every_id(service, alice) == written
        ballast.unlink()
        again = await log_call(service, alice, note=LONG)
        assert again.id == len(written) + 1
        await store.close()
        assert_whole(path)


@needs_root
async def test_a_disk_too_small_to_begin_on_is_unavailable(tmp_path: Path) -> None:
    with small_disk(tmp_path / "tiny", "64k") as folder:
        with pytest.raises(Unavailable) as refused:
            await open_store(f"sqlite:///{folder}/dayline.db")
        assert refused.value.full


async def test_a_failing_disk_is_unavailable_and_then_works_again(
    service: Service, alice: Person, sqlite_path: Path
) -> None:
    written = await log_call(service, alice)
    for _ in range(2):
        with writes_fail():
            answers = await asyncio.gather(*(log_call(service, alice) for _ in range(5)), return_exceptions=True)
            assert await service.activities.get(alice.principal, written.id) == written
            assert await every_id(service, alice) == {written.id}
        assert {type(answer) for answer in answers} == {Unavailable}
    assert (await log_call(service, alice)).id == written.id + 1
    assert_whole(sqlite_path)


@needs_root
async def test_a_folder_that_becomes_read_only_is_unavailable_and_then_works_again(
    service: Service, alice: Person, sqlite_path: Path
) -> None:
    written = await log_call(service, alice)
    with opened_read_only(sqlite_path.parent):
        with writes_fail(), pytest.raises(Unavailable, match="disk"):
            await log_call(service, alice)
        for _ in range(3):
            with pytest.raises(Unavailable, match="read-only"):
                await log_call(service, alice)
            assert await service.activities.get(alice.principal, written.id) == written
    assert (await log_call(service, alice)).id == written.id + 1
    assert_whole(sqlite_path)


@needs_root
async def test_a_read_only_disk_is_unavailable_until_it_is_not(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as folder:
        url = f"sqlite:///{folder}/dayline.db"
        store = await open_store(url)
        await store.close()
        with read_only(folder), pytest.raises(Unavailable, match=r"(?i)read-only"):
            await open_store(url)
        store = await open_store(url)
        alice = (await gather_cast(Service(store))).alice
        assert (await log_call(Service(store), alice)).id == 1
        await store.close()
        assert_whole(folder / "dayline.db")


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear database,\n" * 1_000)
    with pytest.raises(Unavailable, match=r"not a database"):
        await open_store(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match=r"not a database"):
        schema_of(path)
    assert path.read_text() == "Dear database,\n" * 1_000


async def test_a_folder_in_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be made"):
        await open_store(f"sqlite:///{tmp_path}")
