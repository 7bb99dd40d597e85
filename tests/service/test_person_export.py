"""A person taken out: all that is kept, the bytes of files among it, and nothing of who only stands beside."""

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from dayline.domain.errors import Forbidden, Invalid, NotFound
from dayline.domain.record import RecordKey
from dayline.service import Service
from dayline.store.files import Files
from dayline.store.store import Store
from tests.cast import Person, add_record, key_of, log_call
from tests.service.people import EMAIL, FIRST, FORMER, NAME, erased, populate


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
