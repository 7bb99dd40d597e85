"""Where else a person may be named, and what comes while he is being erased: it goes, or is reported."""

import base64
from pathlib import Path

import msgspec
import pytest

from dayline.app import TASKS
from dayline.domain.activity import Activity
from dayline.domain.condition import Condition, Group
from dayline.domain.draft import Draft, Relate
from dayline.domain.erasure import Erasure
from dayline.domain.job import Job
from dayline.domain.marks import ERASED
from dayline.domain.origin import Origin, enter
from dayline.domain.record import RecordDraft, new_uuid
from dayline.domain.told import told_to
from dayline.domain.types import TypeChange
from dayline.domain.webhook import NewWebhook
from dayline.events.alone import work_on
from dayline.service import Service
from dayline.service.filters import NewFilter
from dayline.store import attempts
from dayline.store.files import Files
from dayline.store.store import Store
from tests.cast import ManualClock, Person, a_call, add_record, as_activity, as_record, key_of, log_call
from tests.conftest import Ground
from tests.service.people import (
    EMAIL,
    NAME,
    a_delivery,
    asked,
    erased,
    filed,
    files_in,
    person,
    populate,
    traces_in,
    up_to,
    words_in,
    work_off,
)
from tests.store.keys import Key, Sent, sent
from tests.store.peek import stored


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    """Where the files of this test are."""
    store.files = Files(tmp_path / "files", "here")
    return tmp_path / "files"


async def report(service: Service, who: Person, id_: int) -> Erasure:
    return await service.erasures.get(who.principal, id_)


async def to_the_end(service: Service, who: Person, job: Job) -> None:
    after: Job | None = job
    while after is not None:
        after = await TASKS[job.kind](service, who.account_id, after)


async def test_in_answers_of_other_systems_and_their_keys(
    service: Service, store: Store, alice: Person, ground: Ground, folder: Path
) -> None:
    jane = await person(service, alice)
    said = msgspec.json.encode({"id": "n1", "by": NAME})
    kept = msgspec.json.encode(
        {"status": 201, "headers": [["from", EMAIL]], "media_type": "application/json", "body": said}
    )
    assert b"quimby" not in kept.replace(EMAIL.encode(), b"").lower()  # it is in base64
    row = (alice.account_id, "lever", f"note-for-{EMAIL}")
    await store.database.run(lambda: attempts.take(row, f'1:x:{{"perform_as":"{EMAIL}"}}', "digest", 1))
    await store.database.run(lambda: attempts.end(row, 1, "written", 0, "n1", kept))
    plain = (alice.account_id, "lever", "another")
    await store.database.run(lambda: attempts.take(plain, "1:y", "digest", 1))
    await store.database.run(lambda: attempts.end(plain, 1, "refused", 0, None, f"no {NAME}".encode()))
    id_ = await erased(service, alice, jane)
    assert traces_in(await words_in(ground, folder)) == []
    rows = await store.sweep.page(alice.account_id, "remote_attempts", (), 10)
    answers = [row.texts["answer"] for row in rows if row.texts["answer"].startswith(b"{")]
    (left,) = (msgspec.json.decode(answer) for answer in answers)
    assert msgspec.json.decode(base64.b64decode(left["body"])) == {"id": "n1", "by": ERASED}
    assert (left["status"], left["headers"]) == (201, [["from", ERASED]])
    assert sorted(row.key[1][:1] for row in rows) == ["-", "a"]
    counts = (await report(service, alice, id_)).counts
    assert (counts["attempts at other systems changed"], counts["keys of attempts erased"]) == (2, 1)


async def test_in_keys_and_request_ids(service: Service, alice: Person, ground: Ground, folder: Path) -> None:
    jane = await person(service, alice)
    await service.activities.create(alice.principal, a_call(), sent, Key(f"mail-{EMAIL}"))
    enter(Origin("dayline", "", "for-jane.quimby@people.test"))
    await log_call(service, alice)
    enter(Origin())
    call = {"integrated_account_id": "a", "integration": "x", "operation": "o", "method": "GET", "path": "/", "ms": 1}
    service.remote_log.add(alice.account_id, status=200, request_id=f"for-{EMAIL}", **call)  # type: ignore[arg-type]
    await service.remote_log.write()
    await erased(service, alice, jane)
    assert traces_in(await words_in(ground, folder)) == []


async def test_what_is_written_while_it_runs(service: Service, alice: Person, ground: Ground, folder: Path) -> None:
    world = await populate(service, alice)
    mara = (Relate("contact", key_of(world.mara)),)
    job = await up_to(service, alice, await asked(service, alice, key_of(world.jane)), "record")
    await log_call(service, alice, subject=f"{NAME} called meanwhile", related=mara)
    await service.records.create(alice.principal, RecordDraft(kind="deal", name=f"For {NAME}"), as_record)
    job = await up_to(service, alice, job, "under way")
    now = service.store.clock()
    await service.telling.end(alice.account_id, [], [a_delivery(now - 15_000, id=new_uuid(now), request_body=NAME)])
    others = await service.store.sweep.page(alice.account_id, "idempotency", (), 10)
    said = Sent(201, (), NAME.encode())
    await service.activities.create(alice.principal, a_call(), lambda _: said, Key("late"))
    await to_the_end(service, alice, job)
    assert NAME not in repr(await service.store.sweep.page(alice.account_id, "deliveries", (), 10))
    assert await service.store.sweep.page(alice.account_id, "idempotency", (), 10) == others
    left = [where for where, _ in traces_in(await words_in(ground, folder))]
    assert set(left) <= {"dayline.db", "dayline.db-wal", "dump", "jobs"}  # the job itself is not ended here
    (erasure,) = await service.erasures.list(alice.principal)
    assert (erasure.state, erasure.counts["records changed"]) == ("done", 2)


async def test_it_waits_for_what_is_being_sent(service: Service, store: Store, alice: Person) -> None:
    jane = await person(service, alice)
    now = store.clock()
    sending = Job(id=new_uuid(now), lane="webhook:1", kind="deliver", dedupe="x", due_at=now)
    await store.jobs.put(alice.account_id, [sending])
    (held,) = await service.telling.take(alice.account_id, [("webhook:1", 1)], 60_000)
    job = await up_to(service, alice, await asked(service, alice, key_of(jane)), "under way")
    for _ in range(3):
        again = await TASKS[job.kind](service, alice.account_id, job)
        assert again is not None
        assert again.due_at > store.clock()
        job = again
    assert '"step":"under way"' in job.payload
    await store.jobs.drop(alice.account_id, held.lane)
    await to_the_end(service, alice, job)
    (erasure,) = await service.erasures.list(alice.principal)
    assert erasure.state == "done"


async def test_labels_slugs_and_what_asks_for_him(service: Service, store: Store, alice: Person) -> None:
    jane = await service.records.create(
        alice.principal, RecordDraft(kind="candidate", name="Jane Roe", email=EMAIL, slug="jane-roe"), as_record
    )
    deal = await service.records.create(
        alice.principal, RecordDraft(kind="deal", name="Big", slug="jane-roe-deal"), as_record
    )
    label = TypeChange(label="Call Jane Roe")
    types = {one.key: one for one in await store.types(alice.account_id)}
    await service.types.change(alice.principal, types["call"].id, label, lambda made: made)
    parts = (
        Condition("candidate", "is", jane.slug),
        Condition("deal", "is", deal.slug),
        Condition("note", "has", EMAIL),
    )
    saved = NewFilter(name="Hers", where=Group("all", (Group("any", parts),)))
    saved_id = await service.filters.create(alice.principal, saved, lambda made: made.id)
    hook = NewWebhook(face="dayline", url="https://hook.test/", records=(jane.ref, deal.ref), secrets={"s": "x" * 32})
    webhook_id = await service.webhooks.create(alice.principal, hook, lambda made: made.id)
    id_ = await erased(service, alice, jane)
    assert {one.key: one.label for one in await store.types(alice.account_id)}["call"] == f"Call {ERASED}"
    (after,) = await store.saved_filters(alice.account_id)
    assert after.where.parts == (
        Group("any", (Condition("candidate", "is", ERASED), parts[1], Condition("note", "has", ERASED))),
    )
    webhook = await store.webhooks.one(alice.account_id, webhook_id)
    assert webhook is not None
    assert [ref.slug for ref in webhook.records] == [ERASED, deal.slug]
    left = (await report(service, alice, id_)).left
    assert f"filter {saved_id} asks for the person's record, and finds nothing any more" in left
    assert f"webhook {webhook_id} chooses the person's record, and is told nothing of it any more" in left
    assert f"deal {deal.id} has a slug that says the name, and slugs never change" in left
    assert not any("roe" in line.lower() for line in left)


async def test_a_single_name_goes_from_the_logs_of_his_own(service: Service, store: Store, alice: Person) -> None:
    cher = await person(service, alice, name="Cher", email="c@people.test", phone=None)
    mara = await add_record(service, alice, "contact", "Mara Quell")
    late, other = await log_call(service, alice, subject="Cher sings"), await log_call(service, alice, subject="Cher")
    both = (Relate("candidate", key_of(cher)), Relate("contact", key_of(mara)))
    await service.activities.change(alice.principal, late.id, Draft(related=both), as_activity)
    now = store.clock()
    lines = [a_delivery(now, id=new_uuid(now), entity_id=one.id, request_body="Cher") for one in (late, other)]
    await service.telling.end(alice.account_id, [], lines)
    told = {"one": f'{{"id": {late.id}, "subject": "Cher"}}', "two": f'{{"id": {other.id}, "subject": "Cher"}}'}
    for key, body in told.items():
        answer = Sent(200, (), body.encode())
        await service.activities.create(alice.principal, a_call(), lambda _, answer=answer: answer, Key(key))  # type: ignore[misc]
    await erased(service, alice, cher)
    rows = await store.sweep.page(alice.account_id, "changes", (), 100)
    about = {one.id: [row for row in rows if row.beside["entity_id"] == one.id] for one in (late, other)}
    about = {id_: [row for row in found if row.beside["entity"] == "activity"] for id_, found in about.items()}
    assert "Cher" not in repr(about[late.id])
    assert "Cher" in repr(about[other.id])
    bodies = {
        row.key[1]: row.texts["request_body"] for row in await store.sweep.page(alice.account_id, "deliveries", (), 9)
    }
    assert [bodies[line.id] for line in lines] == ["", "Cher"]
    assert [row.key for row in await store.sweep.page(alice.account_id, "idempotency", (), 9)] == [("two",)]


async def test_files_that_name_him_elsewhere_are_told(service: Service, alice: Person, folder: Path) -> None:
    jane = await person(service, alice)
    noted = await log_call(service, alice, attachments=(await filed(service, "n.txt", f"for {NAME.upper()}".encode()),))
    gone = await log_call(service, alice, attachments=(await filed(service, "g.txt", EMAIL.encode()),))
    await log_call(service, alice, attachments=(await filed(service, "o.txt", b"of Jane, and others"),))
    await service.activities.delete(alice.principal, gone.id, as_activity)
    id_ = await erased(service, alice, jane)
    assert (await report(service, alice, id_)).left == (
        f"attachment {noted.attachments[0].id} of activity {noted.id} names the person in its text, and stays as it is",
        f"attachment {gone.attachments[0].id} of a deleted activity names the person in its text, and stays as it is",
    )


async def test_files_that_cannot_be_removed_are_tried_again_and_told(
    service: Service, store: Store, alice: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await person(service, alice)
    related = (Relate("candidate", key_of(jane)),)
    await log_call(service, alice, related=related, attachments=(await filed(service, "cv.txt", NAME.encode()),))
    unlink, refused = Path.unlink, list[Path]()

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if folder in path.parents:
            refused.append(path)
            raise PermissionError
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    id_ = await erased(service, alice, jane)
    assert len(refused) > 5
    left = (await report(service, alice, id_)).left
    assert left == ("1 files could not be removed from the disk: it is tried again each day",)
    monkeypatch.undo()
    await service.retention.purge()
    assert files_in(folder) == []


async def test_a_long_report_says_how_much_more_there_is(service: Service, alice: Person) -> None:
    jane = await person(service, alice, phone=None)
    for n in range(103):
        await service.records.create(
            alice.principal, RecordDraft(kind="contact", name=f"{NAME} {n}", email=f"j{n}@people.test"), as_record
        )
    left = (await report(service, alice, await erased(service, alice, jane))).left
    assert len(left) == 101
    assert left[-1] == "and 3 more of such lines"


async def test_several_at_once_wipe_once(
    service: Service, store: Store, alice: Person, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe, wiped = store.database.wipe, list[int]()

    async def counted() -> None:
        wiped.append(clock.move(1_000))
        await wipe()
        clock.move(1_000)

    monkeypatch.setattr(store.database, "wipe", counted)
    for n in range(3):
        who = await person(service, alice, name=f"Nobody Number{n}", email=f"n{n}@people.test")
        await service.erasures.request(alice.principal, key_of(who), f"n{n}@people.test", lambda made: made)
    while any(one.state != "done" for one in await service.erasures.list(alice.principal)):
        while await work_on(service, alice.account_id, TASKS):
            clock.move(1)
        clock.move(2_000)
    assert len(wiped) == 1
    await erased(service, alice, await person(service, alice))
    assert len(wiped) == 2


async def test_who_was_not_told_yet_is_told_that_it_is_deleted(service: Service, store: Store, alice: Person) -> None:
    """Also of one that was deleted before: of what the log said then, nothing is left to be told."""
    jane = await person(service, alice)
    gone = await log_call(service, alice, subject=NAME, related=(Relate("candidate", key_of(jane)),))
    await service.activities.delete(alice.principal, gone.id, as_activity)
    await erased(service, alice, jane)
    secret = await store.feed.secret(alice.account_id)
    log = [one for one in await store.feed.after(alice.account_id, 0, 100) if one.entity == "activity"]
    told = [told_to(one, secret, 2, admin=False) for one in log]
    assert [one and one.action for one in told] == [None, None, "deleted", None]
    assert isinstance(told[2] and told[2].after, Activity)


async def test_more_than_an_address_in_the_field(
    service: Service, store: Store, alice: Person, ground: Ground, folder: Path
) -> None:
    jane = await person(service, alice, email=f"Jane <{EMAIL}>; jq@elsewhere.test")
    await log_call(service, alice, subject=f"{EMAIL} or jq@elsewhere.test")
    await service.erasures.request(alice.principal, key_of(jane), "jq@elsewhere.test", lambda made: made)
    await work_off(service, alice)
    assert [one.subject for one in await stored(store, alice.account_id)] == [f"{ERASED} or {ERASED}"]
    assert traces_in(await words_in(ground, folder)) == []


async def test_two_fields_with_one_address_in_common(service: Service, alice: Person) -> None:
    jane = await person(service, alice, email=f"Jane <{EMAIL}>")
    twin = await person(service, alice, kind="contact", email=f"a@b.test, {EMAIL}")
    id_ = await erased(service, alice, jane, same_email=True)
    assert (await report(service, alice, id_)).records == (("candidate", jane.id), ("contact", twin.id))
