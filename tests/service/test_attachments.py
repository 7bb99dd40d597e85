"""What a crash can leave of an attachment: a file without its row, or out of its place, or past its row."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from dayline.domain.attaching import Attach, Describe, Detach, NewAttachment
from dayline.domain.draft import Draft
from dayline.domain.errors import Invalid, NotFound, Unavailable
from dayline.domain.record import RecordKey
from dayline.domain.time import DAY_MS
from dayline.service import Service
from dayline.service.attachments import UNSETTLED_SECONDS, file_attachment
from dayline.store.files import Files, Incoming
from dayline.store.open import open_store
from dayline.store.store import Store
from dayline.store.tables import attachments
from tests.cast import Person, as_activity, log_call
from tests.conftest import Ground
from tests.store.disk import needs_root, small_disk
from tests.store.peek import number, rows


@pytest.fixture
def service(store: Store, tmp_path: Path) -> Service:
    """All verbs over the store, with the files in a folder of this test."""
    store.files = Files(tmp_path / "files", "here")
    return Service(store)


async def received(service: Service, data: bytes = b"some bytes") -> NewAttachment:
    incoming = service.attachments.receive()
    await incoming.write(data)
    await incoming.finish()
    return file_attachment(incoming, "a.txt", len(data), "file")


def aged(path: Path) -> None:
    """Make a file as old as one that no request under way can have sent."""
    then = path.stat().st_mtime - UNSETTLED_SECONDS - 10
    os.utime(path, (then, then))


def all_files(service: Service) -> list[Path]:
    return [path for path in service.store.files.folder.rglob("*") if path.is_file()]


async def test_a_file_whose_row_was_never_committed_goes(service: Service, alice: Person) -> None:
    await received(service)
    (path,) = all_files(service)
    await service.attachments.settle()
    assert all_files(service) == [path]  # its request may still be under way
    aged(path)
    await service.attachments.settle()
    assert all_files(service) == []


async def test_a_file_whose_row_is_committed_is_found_and_brought_to_its_place(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await log_call(service, alice)
    what = await received(service)
    with monkeypatch.context() as patched:
        patched.setattr(Files, "_settle", lambda *_: None)  # the process ends here
        await service.activities.change(alice.principal, made.id, Draft(attachments=(Attach(what),)), as_activity)
    (path,) = all_files(service)
    assert path.parent.name == "here"
    link = f"{alice.account_id}-{what.key}"
    with (await service.attachments.open(link)).data as data:
        assert Path(data.name) == path
    aged(path)
    await service.attachments.settle()
    with (await service.attachments.open(link)).data as data:
        moved = Path(data.name)
    assert moved != path
    assert moved.read_bytes() == b"some bytes"  # noqa: ASYNC240 - a few bytes
    assert all_files(service) == [moved]


async def test_a_file_that_outlived_its_attachment_is_removed_later(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await log_call(service, alice)
    draft = Draft(attachments=(Attach(await received(service)),))
    after = await service.activities.change(alice.principal, made.id, draft, as_activity)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", _failing)  # the folder cannot be written for a moment
        detach = Draft(attachments=(Detach(after.attachments[0].id),))
        detached = await service.activities.change(alice.principal, made.id, detach, as_activity)
        assert detached.attachments == ()  # committed is committed
        with pytest.raises(Unavailable, match="1 files"):
            await service.attachments.tidy()
    with pytest.raises(NotFound):
        await service.attachments.open(f"{alice.account_id}-{after.attachments[0].key}")
    assert len(all_files(service)) == 1
    await service.attachments.tidy()
    assert all_files(service) == []
    await service.attachments.tidy()


def _failing(*_: object, **__: object) -> None:
    raise PermissionError


async def test_a_cancelled_upload_leaves_nothing_though_it_was_being_written(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = Incoming._flush

    def slowly(self: Incoming) -> None:
        time.sleep(0.1)
        flush(self)

    monkeypatch.setattr(Incoming, "_flush", slowly)
    incoming = service.attachments.receive()
    writing = asyncio.create_task(incoming.write(b"x" * (2 << 20)))
    await asyncio.sleep(0.02)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await incoming.discard()
    assert all_files(service) == []


async def test_a_file_that_is_being_read_is_read_to_its_end(service: Service, alice: Person) -> None:
    made = await log_call(service, alice)
    draft = Draft(attachments=(Attach(await received(service)),))
    after = await service.activities.change(alice.principal, made.id, draft, as_activity)
    stored = await service.attachments.open(f"{alice.account_id}-{after.attachments[0].key}")
    detach = Draft(attachments=(Detach(after.attachments[0].id),))
    await service.activities.change(alice.principal, made.id, detach, as_activity)
    assert all_files(service) == []
    with stored.data as data:
        assert data.read() == b"some bytes"


async def test_what_is_refused_leaves_nothing(service: Service, alice: Person) -> None:
    made = await log_call(service, alice)
    what = await received(service)
    wrong = Draft(attachments=(Attach(what),), main=RecordKey("deal", 999, "deal"))
    with pytest.raises(Invalid):
        await service.activities.change(alice.principal, made.id, wrong, as_activity)
    assert all_files(service) == []


async def test_another_databases_arrivals_are_left_alone(service: Service, alice: Person, tmp_path: Path) -> None:
    incoming = Files(tmp_path / "files", "there").receive()
    await incoming.write(b"of another")
    await incoming.finish()
    (path,) = all_files(service)
    aged(path)
    await service.attachments.settle()
    assert all_files(service) == [path]


async def test_a_missing_file_is_told(service: Service, alice: Person) -> None:
    made = await log_call(service, alice)
    draft = Draft(attachments=(Attach(await received(service)),))
    after = await service.activities.change(alice.principal, made.id, draft, as_activity)
    assert [key async for key in service.attachments.missing(alice.account_id)] == []
    all_files(service)[0].unlink()
    assert [key async for key in service.attachments.missing(alice.account_id)] == [after.attachments[0].key]


@needs_root
async def test_a_full_disk_is_told_and_leaves_nothing(ground: Ground, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "1m") as folder:
        store = await open_store(ground.url, pgbouncer=ground.pooled, files=folder / "files")
        incoming = Service(store).attachments.receive()
        with pytest.raises(Unavailable) as caught:
            await incoming.write(b"x" * (3 << 20))
        await incoming.discard()
        await store.close()
        assert caught.value.full
        assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_every_attachment_has_a_row_as_long_as_it_is_there(service: Service, alice: Person) -> None:
    link = NewAttachment(name="a", url="https://ex.example/a")
    made = await log_call(service, alice, attachments=(Attach(link), Attach(await received(service))))
    one, file = made.attachments
    assert await rows_of(service, alice) == [
        (one.id, made.id, None, made.created_at, 0),
        (file.id, made.id, file.key, made.created_at, 0),
    ]
    told = Draft(attachments=(Describe(id=one.id, name="b"), Describe(id=file.id, name=file.name)))
    after = await service.activities.change(alice.principal, made.id, told, as_activity)
    later = after.attachments[0].updated_at
    assert (after.attachments[0].name, later > made.created_at, after.attachments[1]) == ("b", True, file)
    assert [row[3] for row in await rows_of(service, alice)] == [later, made.created_at]
    detach = Draft(attachments=(Detach(one.id), Detach(file.id)))
    await service.activities.change(alice.principal, made.id, detach, as_activity)
    assert await rows_of(service, alice) == []


async def rows_of(service: Service, who: Person) -> list[tuple[object, ...]]:
    at = attachments.c
    found = select(at.id, at.activity_id, at.key, at.updated_at, at.gone).where(at.account_id == number(who.account_id))
    return sorted(await rows(service.store, found))


async def test_a_purge_takes_the_rows_of_links_along(service: Service, alice: Person) -> None:
    made = await log_call(service, alice, attachments=(Attach(NewAttachment(name="a", url="https://ex.example/a")),))
    with pytest.raises(NotFound):
        await service.attachments.find(alice.principal, made.attachments[0].id + 1)
    found = await service.attachments.find(alice.principal, made.attachments[0].id)
    assert (found.activity, found.attachment) == (made, made.attachments[0])
    await service.activities.delete(alice.principal, made.id, as_activity)
    with pytest.raises(NotFound):
        await service.attachments.find(alice.principal, made.attachments[0].id)
    later = service.store.clock() + 31 * DAY_MS
    service.store.clock = lambda: later
    assert (await service.retention.purge()).activities == 1
    assert await rows_of(service, alice) == []


async def test_links_are_no_missing_files(service: Service, alice: Person) -> None:
    await log_call(service, alice, attachments=(Attach(NewAttachment(name="a", url="https://ex.example/a")),))
    assert [key async for key in service.attachments.missing(alice.account_id)] == []


@pytest.mark.parametrize(
    "wrong", [Describe(id=1, name=""), Describe(id=1, name="x" * 256), Describe(id=1, description="x" * 1001)]
)
async def test_what_an_attachment_cannot_be_called(service: Service, alice: Person, wrong: Describe) -> None:
    made = await log_call(service, alice, attachments=(Attach(NewAttachment(name="a", url="https://ex.example/a")),))
    assert made.attachments[0].id == 1
    with pytest.raises(Invalid):
        await service.activities.change(alice.principal, made.id, Draft(attachments=(wrong,)), as_activity)
