"""Stopping: what was asked for is done, nothing hangs, and no file stays open."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from dayline.domain.errors import Unavailable
from dayline.domain.filter import Query
from dayline.service import Service, Written
from dayline.store.open import open_store
from dayline.store.statement import Call, statement
from tests.cast import Person, a_call, gather_cast, log_call


def open_files(folder: Path) -> list[str]:
    """The files of this process that lie in the folder."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except FileNotFoundError:
            continue  # the listing's own
    return [name for name in found if name.startswith(str(folder))]


async def started(path: Path) -> tuple[Service, Person]:
    service = Service(await open_store(f"sqlite:///{path}"))
    return service, (await gather_cast(service)).alice


async def test_what_was_asked_for_is_written_before_it_stops(sqlite_path: Path) -> None:
    service, alice = await started(sqlite_path)
    writes = [asyncio.ensure_future(log_call(service, alice)) for _ in range(600)]
    await asyncio.sleep(0)
    await service.store.close()
    assert len({activity.id for activity in await asyncio.gather(*writes)}) == 600
    again = Service(await open_store(f"sqlite:///{sqlite_path}"))
    assert (await log_call(again, alice)).id == 601
    await again.store.close()


async def test_a_write_that_comes_while_it_stops_is_refused_and_does_not_hang(sqlite_path: Path) -> None:
    service, alice = await started(sqlite_path)
    writing, go_on = threading.Event(), threading.Event()

    def held(written: Written) -> int:
        writing.set()
        go_on.wait()
        return written.activity.id

    first = asyncio.ensure_future(service.activities.create(alice.principal, a_call(), held))
    await asyncio.to_thread(writing.wait)
    closing = asyncio.ensure_future(service.store.close())
    await asyncio.sleep(0)
    late = asyncio.ensure_future(log_call(service, alice))
    go_on.set()
    assert await first == 1
    await closing
    with pytest.raises(Unavailable, match="stopping"):
        await asyncio.wait_for(late, 10)


async def test_after_it_stopped_writes_are_refused(sqlite_path: Path) -> None:
    service, alice = await started(sqlite_path)
    await service.store.close()
    with pytest.raises(Unavailable):
        await log_call(service, alice)


async def test_no_file_stays_open(sqlite_path: Path, tmp_path: Path) -> None:
    service, alice = await started(sqlite_path)
    await asyncio.gather(*(service.activities.list(alice.principal, Query()) for _ in range(8)))
    assert open_files(tmp_path)
    await service.store.close()
    assert open_files(tmp_path) == []
    assert sorted(os.listdir(tmp_path)) == [sqlite_path.name]  # the log of writes was merged into the file


async def test_a_caller_who_gives_up_harms_nobody(sqlite_path: Path) -> None:
    service, alice = await started(sqlite_path)
    writes = [asyncio.ensure_future(log_call(service, alice)) for _ in range(50)]
    await asyncio.sleep(0)
    for write in writes[::2]:
        write.cancel()
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert not [answer for answer in answers[1::2] if isinstance(answer, BaseException)]
    assert {type(answer) for answer in answers[::2]} == {asyncio.CancelledError}
    assert (await log_call(service, alice)).id == 51
    await service.store.close()


async def test_a_long_read_is_broken_off(sqlite_path: Path) -> None:
    service, _ = await started(sqlite_path)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    endless = Call(statement(text(numbers)), [()])
    asked = [asyncio.ensure_future(service.store.database.scan(endless, 40.0)) for _ in range(3)]  # one of them waits
    await asyncio.sleep(0.1)
    async with asyncio.timeout(20):
        await service.store.close()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["The server is stopping."] * 3
