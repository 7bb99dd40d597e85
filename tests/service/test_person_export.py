"""A person taken out: all that is kept, the bytes of files among it, and nothing of who only stands beside."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from sqlalchemy import select

from dayline.domain.attaching import Describe
from dayline.domain.attempt import Taken
from dayline.domain.audit import AuditFilter
from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Forbidden, Invalid, NotFound
from dayline.domain.record import RecordChange, RecordKey
from dayline.domain.webhook import NewWebhook
from dayline.service import Service
from dayline.service.attempts import Place
from dayline.service.person_export import ROOM, page_length, safe_name
from dayline.store.files import Files
from dayline.store.store import Store
from dayline.store.tables import tokens
from tests.cast import Person, a_call, add_record, as_activity, as_record, key_of, log_call
from tests.service.people import EMAIL, FIRST, FORMER, NAME, a_delivery, erased, filed, person, populate
from tests.store.keys import Key, Sent
from tests.store.peek import rows


async def exported(service: Service, who: Person, key: RecordKey) -> ZipFile:
    pieces = [piece async for piece in await service.person_export.export(who.principal, key)]
    assert len(pieces) > 1
    return ZipFile(io.BytesIO(b"".join(pieces)))


def lines(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).splitlines()]


def answering(document: dict[str, Any]) -> Callable[[object], Sent]:
    """An answer that is the same whatever was made."""
    return lambda _: Sent(201, (), json.dumps(document).encode())


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


async def test_what_is_only_spelled_like_him_is_not_handed_out(
    service: Service, store: Store, alice: Person, tmp_path: Path
) -> None:
    """His anchor, `ann`, stands in many a word, and so does the `a` of his address."""
    store.files = Files(tmp_path / "files", "here")
    ann = await person(service, alice, name="Ann Lee", email="a@x.de", phone=None)
    joanna = await person(service, alice, kind="contact", name="Joanna Leeds", email="joanna@x.de")
    planned = await log_call(service, alice, subject="Planned with Joanna", note="ba@x.de is another's")
    his = await log_call(service, alice, subject="A talk", related=(Relate("candidate", key_of(ann)),))
    await service.activities.change(alice.principal, his.id, Draft(related=()), as_activity)
    named = await log_call(service, alice, subject="Ask Lee, Ann")
    asked = await log_call(service, alice, note="write to A@X.de")
    archive = await exported(service, alice, key_of(ann))
    changes = [(line["entity"], line["entity_id"]) for line in lines(archive, "changes.jsonl")]
    assert changes == [("candidate", ann.id), *[("activity", one) for one in (his.id, his.id, named.id, asked.id)]]
    told = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [word for word in ("Joanna", joanna.uuid, planned.uuid, "Planned") if word in told] == []


async def test_what_opens_anything_is_left_out(service: Service, store: Store, alice: Person, tmp_path: Path) -> None:
    store.files = Files(tmp_path / "files", "here")
    ann = await person(service, alice, name="Ann Lee", email="ann@lee.test")
    url = "https://hooks.example/T0/door-code?key=query-code"
    new = NewWebhook(face="pipedrive", url=url, name="Tells Ann Lee", extras={"user": "extra-code"})
    shown = {"data": {"subscription_url": url, "name": "Tells Ann Lee"}}
    await service.webhooks.create(alice.principal, new, answering(shown), Key("hook"))
    await service.identities.issue_token(alice.account_id, alice.user_id, "for Ann Lee")
    sent = a_delivery(store.clock(), url=url, request_body='{"name": "Ann Lee"}')
    await service.telling.end(alice.account_id, [], [sent])
    archive = await exported(service, alice, key_of(ann))
    changes = {line["entity"]: line["after"] for line in lines(archive, "changes.jsonl")}
    assert changes["webhook"]["url"] == lines(archive, "deliveries.jsonl")[0]["url"] == "https://hooks.example/…"
    assert changes["webhook"]["extras"] == ["user"]
    assert (changes["token"]["name"], changes["token"]["digest"]) == ("for Ann Lee", "…")
    (kept,) = lines(archive, "answers.jsonl")
    assert json.loads(kept["body"])["data"] == {"subscription_url": "https://hooks.example/…", "name": "Tells Ann Lee"}
    told = b"".join(archive.read(name) for name in archive.namelist()).decode()
    digests = [row[0] for row in await rows(store, select(tokens.c.digest))]
    assert digests
    assert [secret for secret in ("door-code", "query-code", "extra-code", *digests) if secret in told] == []


@pytest.mark.parametrize("name", ["Ann Lee", "Annabel"])
async def test_logs_of_his_own_activities_are_his_though_others_bear_his_name(
    service: Service, store: Store, alice: Person, tmp_path: Path, name: str
) -> None:
    store.files = Files(tmp_path / "files", "here")
    ann = await person(service, alice, name=name, email="ann@lee.test")
    namesake = await add_record(service, alice, "contact", name)
    related = (Relate("candidate", key_of(ann)),)
    his = await log_call(service, alice, related=related)
    others = await log_call(service, alice, related=(Relate("contact", key_of(namesake)),))
    gone = await log_call(service, alice, related=related)
    await service.activities.change(alice.principal, gone.id, Draft(related=()), as_activity)
    now = store.clock()
    sent = [a_delivery(now, entity_id=one.id, request_body=f'{{"with": "{name}"}}') for one in (his, others, gone)]
    sent.append(a_delivery(now, entity="candidate", entity_id=ann.id))
    await service.telling.end(alice.account_id, [], sent)
    stored: dict[str, dict[str, Any]] = {
        "his": {"data": {"id": his.id, "subject": "x", "person_name": name}},
        "other's": {"data": {"id": others.id, "subject": "x", "person_name": name}},
        "nobody knows": {"id": namesake.id, "name": name, "owner_id": his.id},
    }
    for key, document in stored.items():
        await service.activities.create(alice.principal, a_call(), answering(document), Key(key))
    archive = await exported(service, alice, key_of(ann))
    told = [(line["entity"], line["entity_id"]) for line in lines(archive, "deliveries.jsonl")]
    assert sorted(told) == [("activity", his.id), ("activity", gone.id), ("candidate", ann.id)]
    assert [line["key"] for line in lines(archive, "answers.jsonl")] == [["his"]]
    left = json.loads(archive.read("report.json"))["left"]
    assert [line for line in left if "stored answers" in line] == [
        "1 stored answers have a name of the person's that may be another's, and were left out"
    ]


async def test_what_another_system_answered_is_read_though_it_is_packed(
    service: Service, store: Store, alice: Person, tmp_path: Path
) -> None:
    store.files = Files(tmp_path / "files", "here")
    ann = await person(service, alice, name="Ann Lee", email="ann@lee.test")
    for key, body in (("his", b'{"note": "to Ann Lee"}'), ("another's", b'{"note": "planned"}')):
        place = Place(alice.account_id, "a", key, "digest")
        verdict = await service.attempts.take(place, "f")
        assert isinstance(verdict, Taken)
        kept = {"status": 201, "headers": [], "media_type": "application/json", "body": body}
        await service.attempts.written(place, verdict, (key, msgspec.json.encode(kept)))
    archive = await exported(service, alice, key_of(ann))
    assert [line["key"] for line in lines(archive, "attempts.jsonl")] == [["a", "his"]]


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
    his = await log_call(service, alice, related=(Relate("contact", key_of(mara)),))
    sent = a_delivery(store.clock(), entity_id=his.id, request_body='{"with": "Mara Newly-Wed"}')
    await service.telling.end(alice.account_id, [], [sent])
    rest = b"".join([piece async for piece in pieces])
    archive = ZipFile(io.BytesIO(first + rest))
    assert [line["entity_id"] for line in lines(archive, "deliveries.jsonl")] == [his.id]


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
