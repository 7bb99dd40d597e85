"""A person taken out: all that is kept, the bytes of files among it, and nothing of who only stands beside."""

import io
import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from dayline.domain.attaching import Describe
from dayline.domain.audit import AuditFilter
from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Forbidden, Invalid, NotFound
from dayline.domain.record import RecordChange, RecordKey
from dayline.service import Service
from dayline.service.person_export import ROOM, page_length, safe_name
from dayline.store.files import Files
from dayline.store.store import Store
from tests.cast import Person, add_record, as_activity, as_record, key_of, log_call
from tests.service.people import EMAIL, FIRST, FORMER, NAME, erased, filed, populate


async def exported(service: Service, who: Person, key: RecordKey) -> ZipFile:
    pieces = [piece async for piece in await service.person_export.export(who.principal, key)]
    assert len(pieces) > 1
    return ZipFile(io.BytesIO(b"".join(pieces)))


def lines(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).splitlines()]


async def test_all_that_is_kept(service: Service, store: Store, alice: Person, charlie: Person, tmp_path: Path) -> None:
    store.files = Files(tmp_path / "files", "here")
    world = await populate(service, alice)
    await populate(service, charlie)
    await log_call(service, alice, subject="Nobody's")
    archive = await exported(service, alice, key_of(world.jane))
    assert archive.testzip() is None
    assert json.loads(archive.read("record.json"))["name"] == NAME
    found = {line["activity"]["id"]: line["part"] for line in lines(archive, "activities.jsonl")}
    assert found == {world.alone.id: True, world.shared.id: True, world.invited.id: True, world.mention.id: False}
    files = {name.rpartition("-")[2]: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
    assert files["letter.txt"] == NAME.encode()
    assert len(files) == 4
    changes = lines(archive, "changes.jsonl")
    of_jane = [line["after"] for line in changes if line["entity"] == "candidate"]
    assert [(line["name"], line["email"]) for line in of_jane] == [(FORMER, FIRST), (NAME, EMAIL)]
    for name in ("other_records", "filters", "deliveries", "calls", "answers"):
        assert len(lines(archive, f"{name}.jsonl")) == 1, name
    report = json.loads(archive.read("report.json"))
    assert (report["kind"], report["id"]) == ("candidate", world.jane.id)
    assert report["counts"]["files"] == 4
    assert report["counts"]["activities.jsonl"] == 4
    assert NAME not in archive.read("report.json").decode()


async def test_of_whom_nothing_is_left_nothing_is_told(
    service: Service, store: Store, alice: Person, tmp_path: Path
) -> None:
    store.files = Files(tmp_path / "files", "here")
    world = await populate(service, alice)
    await erased(service, alice, world.jane)
    with pytest.raises(NotFound):
        await service.person_export.export(alice.principal, key_of(world.jane))


async def test_who_may_and_of_whom(service: Service, alice: Person, bob: Person) -> None:
    deal, mara = await add_record(service, alice, "deal"), await add_record(service, alice, "contact", "Mara")
    with pytest.raises(Forbidden):
        await service.person_export.export(bob.principal, key_of(mara))
    with pytest.raises(Invalid):
        await service.person_export.export(alice.principal, key_of(deal))


async def test_that_it_was_taken_out_is_in_the_audit(
    service: Service, store: Store, alice: Person, tmp_path: Path
) -> None:
    store.files = Files(tmp_path / "files", "here")
    mara = await add_record(service, alice, "contact", "Mara Quell")
    await service.person_export.export(alice.principal, key_of(mara))  # and nobody has read a byte yet
    (last, *_) = (await service.audit.list(alice.principal, AuditFilter(), 1, None)).items
    assert (last.entity, last.entity_id, last.user_id) == ("person_export", mara.id, alice.user_id)
    assert json.loads(last.after or "") == {"what": f"contact {mara.id}"}
    with pytest.raises(NotFound):
        await service.person_export.export(alice.principal, RecordKey("contact", 999, "id"))
    assert await store.sequence(alice.account_id) == last.sequence


async def test_the_first_bytes_come_before_the_log_is_read(
    service: Service, store: Store, alice: Person, tmp_path: Path
) -> None:
    """What the log says only then is found all the same."""
    store.files = Files(tmp_path / "files", "here")
    mara = await add_record(service, alice, "contact", "Mara Quell")
    pieces = await service.person_export.export(alice.principal, key_of(mara))
    first = await anext(pieces)
    assert first.startswith(b"PK")
    await service.records.change(alice.principal, key_of(mara), RecordChange(name="Mara Newly-Wed"), as_record)
    await service.records.change(alice.principal, key_of(mara), RecordChange(name="Mara Quell"), as_record)
    named = await log_call(service, alice, subject="About Mara Newly-Wed")
    rest = b"".join([piece async for piece in pieces])
    archive = ZipFile(io.BytesIO(first + rest))
    assert [line["activity"]["id"] for line in lines(archive, "activities.jsonl")] == [named.id]


@pytest.mark.parametrize(
    ("most", "rows", "weight", "following"),
    [
        (8, 8, 100, 16),  # short ones: it grows, but never by more than twice
        (64, 64, 100, 100),  # and no further than this
        (100, 100, ROOM, 100),
        (100, 100, 10 * ROOM, 10),
        (8, 8, 100 * ROOM, 1),
        (1, 1, 100 * ROOM, 1),
        (1, 1, 1, 2),
        (8, 1, 0, 16),
    ],
)
def test_pages_are_short_where_rows_are_long(most: int, rows: int, weight: int, following: int) -> None:
    assert page_length(most, rows, weight) == following


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("letter.txt", "letter.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\boot.ini", "C__boot.ini"),
        ("a\0b\r\n.pdf", "a_b__.pdf"),
        ("cv\u202efdp.exe", "cv_fdp.exe"),
        ("..", ""),
        (" trailing. ", "trailing"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
        ("ü" * 300, "ü" * 60),
        ("x." + "y" * 300, "x." + "y" * 118),
    ],
)
def test_names_of_files_lead_nowhere_else(name: str, safe: str) -> None:
    assert safe_name(name) == safe


async def test_files_of_one_name_lie_beside_each_other(
    service: Service, store: Store, alice: Person, tmp_path: Path
) -> None:
    store.files = Files(tmp_path / "files", "here")
    mara = await add_record(service, alice, "contact", "Mara Quell")
    made = await log_call(service, alice, related=(Relate("contact", key_of(mara)),))
    attach = tuple([await filed(service, "same.txt", data) for data in (b"one", b"two")])
    made = await service.activities.change(alice.principal, made.id, Draft(attachments=attach), as_activity)
    renamed = tuple(Describe(id=one.id, name="../same.txt") for one in made.attachments)
    await service.activities.change(alice.principal, made.id, Draft(attachments=renamed), as_activity)
    archive = await exported(service, alice, key_of(mara))
    files = [name for name in archive.namelist() if name.startswith("files/")]
    assert len(set(files)) == 2
    assert all(re.fullmatch(rf"files/{made.id}/[0-9]+-_same\.txt", name) for name in files)
    assert {archive.read(name) for name in files} == {b"one", b"two"}
    archive.extractall(tmp_path / "out")
    assert sorted(path.read_bytes() for path in (tmp_path / "out" / "files").rglob("*.txt")) == [b"one", b"two"]
