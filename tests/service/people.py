"""Somebody who is all over an account, and who looks for him there. It reads past the store's own verbs."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
from msgspec import Struct

from dayline.app import TASKS
from dayline.domain.activity import Activity, AttendeeKind, Conference, Location
from dayline.domain.attaching import Attach
from dayline.domain.condition import Condition, Group
from dayline.domain.delivery import Delivery
from dayline.domain.draft import Attendance, Draft, Invited, Relate
from dayline.domain.job import Job
from dayline.domain.record import Record, RecordChange, RecordDraft, RecordKey, new_uuid
from dayline.events.alone import work_on
from dayline.service import Service
from dayline.service.attachments import file_attachment
from dayline.service.filters import NewFilter
from dayline.service.webhooks import TASKS as LANE
from dayline.store.open import is_postgresql, sqlite_url
from tests.cast import ManualClock, Person, a_call, add_record, as_activity, as_record, key_of, log_call
from tests.conftest import Ground
from tests.postgres import as_root
from tests.store.keys import Key, Sent

NAME, EMAIL, PHONE = "Jane Rœ-Quimby", "jane.quimby@people.test", "+49 170 1234567"
FORMER, FIRST, OTHER_EMAIL = "Jane Maidenname", "janey@people.test", "jq@elsewhere.test"
TRACES = ("quimby", "maidenname", EMAIL, FIRST, OTHER_EMAIL, "1234567")
EVERY_KIND: frozenset[AttendeeKind] = frozenset(("user", "candidate", "contact", "email"))


class World(Struct, frozen=True):
    """What there is: the person, what is his alone, what is of several, and what only mentions him."""

    jane: Record
    mara: Record
    deal: Record
    alone: Activity
    shared: Activity
    mention: Activity
    invited: Activity


async def filed(service: Service, name: str, data: bytes) -> Attach:
    """A file, as an attachment to be."""
    incoming = service.attachments.receive()
    await incoming.write(data)
    await incoming.finish()
    return Attach(file_attachment(incoming, name, len(data), "file"))


async def person(service: Service, who: Person, **fields: Any) -> Record:
    """Add Jane, with these fields."""
    given = {"kind": "candidate", "name": NAME, "email": EMAIL, "phone": PHONE, **fields}
    return await service.records.create(who.principal, RecordDraft(**given), as_record)


async def populate(service: Service, who: Person) -> World:
    """Have Jane all over the account."""
    jane = await person(service, who, name=FORMER, email=FIRST, external_id=f"crm:{EMAIL}")
    anew = RecordChange(name=NAME, email=EMAIL)
    jane = await service.records.change(who.principal, key_of(jane), anew, as_record)
    mara = await add_record(service, who, "contact", "Mara Quell")
    deal = await add_record(service, who, "deal", f"Big deal with {NAME}")
    on_jane = (Relate("candidate", key_of(jane)),)
    alone = await log_call(
        service,
        who,
        subject="A talk",
        note="knows nothing of " + NAME,
        related=on_jane,
        visibility="private",
        attachments=(await filed(service, "letter.txt", NAME.encode()),),
    )
    shared = await log_call(
        service,
        who,
        subject=f"Lunch with {NAME.upper()} and Mara",
        description=f"mailto:{EMAIL}, or call +49(170)1234567, or {FORMER}",
        note=f"{FIRST} was her address",
        outcome=f"{NAME} agreed",
        location=Location(value=f"At {NAME}'s", route=NAME),
        conference=Conference(client="zoom", url="https://meet.test/jane-rœ-quimby"),
        participants=((key_of(mara), True),),
        related=(Relate("candidate", key_of(jane)), Relate("deal", key_of(deal))),
        attendees=Attendance(
            EVERY_KIND,
            (
                Invited(record=key_of(jane), email=OTHER_EMAIL, name=NAME),
                Invited(email=EMAIL),
                Invited(record=key_of(mara), email="mara@quell.test"),
            ),
        ),
        attachments=(
            await filed(service, "jane_rœ_quimby_cv.txt", b"born somewhere"),
            await filed(service, "list.txt", f"1. {NAME}\n2. Mara".encode()),
            await filed(service, "plan.txt", b"1. Eat"),
        ),
        extras={"pipedrive": {"free": f"said {EMAIL}"}},
    )
    mention = await log_call(service, who, subject=f"Ask Mara about {NAME}", related=(Relate("contact", key_of(mara)),))
    invited = await log_call(service, who, attendees=Attendance(EVERY_KIND, (Invited(email=EMAIL.upper()),)))
    await service.activities.change(who.principal, mention.id, Draft(note=f"and her address {EMAIL}"), as_activity)
    await _beside(service, who, shared)
    return World(jane, mara, deal, alone, shared, mention, invited)


async def _beside(service: Service, who: Person, shared: Activity) -> None:
    """Jane in what the program writes down by itself."""
    said = Sent(201, (), f'{{"subject": "{NAME}"}}'.encode())
    await service.activities.create(who.principal, a_call(subject="kept"), lambda _: said, Key("naming"))
    await service.activities.create(who.principal, a_call(subject="kept"), lambda _: Sent(201, (), b"{}"), Key("other"))
    where = Group("all", (Condition("subject", "has", NAME.lower()),))
    saved = NewFilter(name=f"All of {NAME}", where=where)
    await service.filters.create(who.principal, saved, lambda made: made)
    await service.identities.issue_token(who.account_id, who.user_id, f"for {NAME}")
    now = service.store.clock()
    service.remote_log.add(
        who.account_id,
        integrated_account_id="a",
        integration="lever",
        operation="list",
        method="GET",
        path="/x",
        status=400,
        ms=1,
        message=f"{EMAIL} is unknown",
    )
    await service.remote_log.write()
    line = a_delivery(
        now,
        entity_id=shared.id,
        url=f"https://hook.test/?for={EMAIL}",
        request_body=f'{{"subject": "{NAME}"}}',
        response_body=f"no {NAME}",
    )
    await service.telling.end(who.account_id, [], [line])
    failed = Job(id=new_uuid(now), lane="elsewhere", kind="x", dedupe="x", due_at=now, last_error=f"no {EMAIL}")
    await service.store.jobs.put(who.account_id, [failed])


def a_delivery(now: int, **fields: Any) -> Delivery:
    """A delivery that failed, with these fields."""
    given = {
        "id": new_uuid(now),
        "at": now,
        "webhook_id": 1,
        "event_id": "e",
        "event": "activity.created",
        "entity": "activity",
        "entity_id": 1,
        "sequence": 1,
        "attempt": 1,
        "outcome": "failed",
        "status": 400,
        "ms": 1,
        "error": "",
        "url": "https://hook.test/",
        "request_headers": "a: b",
        "request_body": "{}",
        "response_headers": "",
        "response_body": "",
        **fields,
    }
    return Delivery(**given)


async def erased(service: Service, who: Person, record: Record, *, same_email: bool = False) -> int:
    """Have somebody erased, to the end; give the number of the erasure."""
    key = RecordKey(record.kind, record.id, "id")
    confirm = record.email or record.name
    made = await service.erasures.request(who.principal, key, confirm, lambda made: made, same_email=same_email)
    await work_off(service, who)
    return made.id


async def work_off(service: Service, who: Person) -> None:
    """Do all tasks that there are, those of erasures that wait for a moment as well."""
    for _ in range(1_000):
        while await work_on(service, who.account_id, TASKS):
            pass
        if all(one.state == "done" for one in await service.erasures.list(who.principal)):
            return
        clock = service.store.clock
        if isinstance(clock, ManualClock):
            clock.move(60_000)
        else:
            await asyncio.sleep(0.1)
    raise AssertionError("it does not end")


async def words_in(ground: Ground, files: Path) -> dict[str, str]:
    """Everything that is stored, folded, by where it is: each file's bytes, or each column of each table."""
    found = {f"name of {path}": path.name for path in files_in(files)}
    found |= {str(path): path.read_bytes().decode("latin-1") for path in files_in(files)}
    if is_postgresql(ground.url):
        found |= await _columns(ground.url)
    else:
        base = sqlite_url(ground.url)[0]
        for path in (base, base.with_name(f"{base.name}-wal")):
            found[path.name] = path.read_bytes().decode("latin-1") if path.exists() else ""
        with closing(sqlite3.connect(base)) as connection:
            found["dump"] = "\n".join(connection.iterdump())
    return {where: text.lower() for where, text in found.items()}


def files_in(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def _columns(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(as_root(url))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in map(tuple, tables):
            rows = await connection.fetch(f'SELECT * FROM "{table}"')
            cells = (cell for row in rows for cell in row.values())
            texts = (cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in cells)
            found[table] = "\n".join(texts)
        return found
    finally:
        await connection.close()


def traces_in(words: dict[str, str]) -> list[tuple[str, str]]:
    """Where something of Jane still is."""
    return [(where, trace) for where, text in words.items() for trace in TRACES if trace in text]


async def asked(service: Service, who: Person, key: RecordKey) -> Job:
    """Have somebody erased, and take the job."""
    await service.erasures.request(who.principal, key, EMAIL, lambda made: made)
    (job,) = await service.telling.take(who.account_id, [(LANE, 1)], 60_000)
    return job


async def up_to(service: Service, who: Person, job: Job, step: str) -> Job:
    """Work on until this step is the next one."""
    while f'"step":"{step}"' not in job.payload:
        after = await TASKS[job.kind](service, who.account_id, job)
        assert after is not None
        job = after
    return job
