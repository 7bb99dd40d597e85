"""Another process holds the database: writes are refused whole, reads go on, and nothing has to be opened again."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dayline.domain.errors import Unavailable
from dayline.domain.filter import Query
from dayline.service import Service
from dayline.store import sqlite
from dayline.store.open import open_store
from tests.cast import Cast, gather_cast, log_call
from tests.store.disk import assert_whole, locked


@pytest.fixture
async def hasty(sqlite_path: Path) -> AsyncIterator[Service]:
    """A service that waits a twentieth of a second for a lock."""
    store = await open_store(f"sqlite:///{sqlite_path}", statement_timeout=0.05)
    yield Service(store)
    await store.close()


@pytest.fixture
async def cast(hasty: Service) -> Cast:
    return await gather_cast(hasty)


async def test_a_write_is_refused_and_the_next_one_works(hasty: Service, cast: Cast, sqlite_path: Path) -> None:
    with locked(sqlite_path):
        with pytest.raises(Unavailable, match="locked") as refused:
            await log_call(hasty, cast.alice)
        assert (refused.value.full, refused.value.retry_after > 0) == (False, True)
    assert_whole(sqlite_path)
    assert (await log_call(hasty, cast.alice)).id == 1


async def test_all_who_wait_are_refused(hasty: Service, cast: Cast, sqlite_path: Path) -> None:
    with locked(sqlite_path):
        answers = await asyncio.gather(*(log_call(hasty, cast.alice) for _ in range(20)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unavailable}
    assert (await hasty.activities.list(cast.alice.principal, Query())).items == ()
    assert_whole(sqlite_path)


async def test_reads_do_not_wait(hasty: Service, cast: Cast, sqlite_path: Path) -> None:
    written = await log_call(hasty, cast.alice)
    with locked(sqlite_path):
        assert await hasty.activities.get(cast.alice.principal, written.id) == written
        assert (await hasty.activities.list(cast.alice.principal, Query())).items == (written,)
        assert (await hasty.identities.principal(cast.alice.credential)).user_id == cast.alice.user_id
        assert await hasty.store.ready()


async def test_administration_is_refused_too(hasty: Service, cast: Cast, sqlite_path: Path) -> None:
    with locked(sqlite_path):
        with pytest.raises(Unavailable):
            await hasty.identities.create_account("Third")
        with pytest.raises(Unavailable):
            await hasty.tidy()
    assert (await hasty.identities.create_account("Third")).id == 3
    assert cast.charlie.account_id == 2


async def test_last_uses_that_could_not_be_written_are_written_later(
    hasty: Service, cast: Cast, sqlite_path: Path
) -> None:
    with locked(sqlite_path), pytest.raises(Unavailable):
        await hasty.tidy()
    await hasty.identities.principal(cast.bob.credential)
    await hasty.tidy()
    with closing(sqlite3.connect(sqlite_path)) as db:
        assert db.execute("SELECT count(*) FROM tokens WHERE used_at IS NULL").fetchone() == (0,)


async def test_a_write_waits_for_a_lock_that_is_let_go(sqlite_path: Path) -> None:
    store = await open_store(f"sqlite:///{sqlite_path}", statement_timeout=60)
    service = Service(store)
    alice = (await gather_cast(service)).alice
    with locked(sqlite_path):
        waiting = asyncio.create_task(log_call(service, alice))
        assert (await service.activities.list(alice.principal, Query())).items == ()
        assert not waiting.done()
    assert (await waiting).id == 1
    await store.close()


async def test_a_store_opens_and_reads_while_it_is_locked(hasty: Service, cast: Cast, sqlite_path: Path) -> None:
    written = await log_call(hasty, cast.alice)
    with locked(sqlite_path):
        second = await open_store(f"sqlite:///{sqlite_path}", statement_timeout=0.05)
        assert await Service(second).activities.get(cast.alice.principal, written.id) == written
        with pytest.raises(Unavailable):
            await log_call(Service(second), cast.alice)
    assert (await log_call(Service(second), cast.alice)).id == 2
    await second.close()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Somebody who reads, and goes on to see what was there when he began."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tokens").fetchone()
        yield


async def test_the_log_is_emptied_once_a_long_reader_is_done(hasty: Service, cast: Cast, sqlite_path: Path) -> None:
    """And the file is written anew only once for it."""
    await log_call(hasty, cast.alice)
    log = sqlite_path.with_name(f"{sqlite_path.name}-wal")
    with reading(sqlite_path):
        wiping = asyncio.create_task(hasty.store.database.wipe())
        await asyncio.sleep(1)  # longer than one try lasts
        assert not wiping.done()
    await wiping
    assert log.stat().st_size == 0


async def test_a_reader_without_an_end_is_not_waited_for(
    hasty: Service, cast: Cast, sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "EMPTYING", 0.0)
    await log_call(hasty, cast.alice)
    with reading(sqlite_path), pytest.raises(Unavailable):
        await hasty.store.database.wipe()
    await hasty.store.database.wipe()
    assert sqlite_path.with_name(f"{sqlite_path.name}-wal").stat().st_size == 0
