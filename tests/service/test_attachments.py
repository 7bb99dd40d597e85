"""What a crash can leave of an attachment: a file without its row, or out of its place, or past its row."""

import os
from pathlib import Path

import pytest

from dayline.domain.attaching import Attach, Detach, NewAttachment
from dayline.domain.draft import Draft
from dayline.domain.errors import Invalid, NotFound, Unavailable
from dayline.domain.record import RecordKey
from dayline.service import Service
from dayline.service.attachments import UNSETTLED_SECONDS, file_attachment
from dayline.store.files import Files
from dayline.store.open import open_store
from dayline.store.store import Store
from tests.cast import Person, as_activity, log_call
from tests.conftest import Ground
from tests.store.disk import needs_root, small_disk


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
    assert (await service.attachments.open(link)).path == path
    aged(path)
    await service.attachments.settle()
    moved = (await service.attachments.open(link)).path
    assert moved != path
    assert moved.read_bytes() == b"some bytes"
    assert all_files(service) == [moved]


async def test_a_file_that_outlived_its_attachment_is_removed_later(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await log_call(service, alice)
    draft = Draft(attachments=(Attach(await received(service)),))
    after = await service.activities.change(alice.principal, made.id, draft, as_activity)
    with monkeypatch.context() as patched:
        patched.setattr(Files, "_remove", _failing)  # the folder is away for a moment
        detach = Draft(attachments=(Detach(after.attachments[0].id),))
        with pytest.raises(Unavailable):
            await service.activities.change(alice.principal, made.id, detach, as_activity)
    with pytest.raises(NotFound):
        await service.attachments.open(f"{alice.account_id}-{after.attachments[0].key}")
    assert len(all_files(service)) == 1
    await service.attachments.tidy()
    assert all_files(service) == []
    await service.attachments.tidy()


def _failing(*_: object) -> None:
    raise Unavailable("away")


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
