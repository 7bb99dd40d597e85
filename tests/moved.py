"""Accounts worth moving, and what moves them: the parts of the commands, over a store."""

import datetime as dt
from collections import Counter
from pathlib import Path

from msgspec.structs import replace

from dayline import demo
from dayline.cli.frame import operator
from dayline.domain.activity import Activity, AttendeeKind, Conference, Location
from dayline.domain.draft import Attendance, Draft, Invited, TypeKey
from dayline.domain.identity import Account, Principal, UserKey
from dayline.domain.record import RecordDraft, RecordKey
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.service.types import NewType
from dayline.transfer.arrivals import Arrivals
from dayline.transfer.exporting import as_lines, as_table
from dayline.transfer.lines import open_lines
from dayline.transfer.refusals import Refusals
from dayline.transfer.rows import json_rows
from dayline.transfer.told import read_told
from tests.cast import as_activity, as_record

EVERYBODY: frozenset[AttendeeKind] = frozenset(("user", "candidate", "contact", "email"))
ODD = 'Ünï \u2014 漢字 🦄 "quoted", =SUM(A1)\u2028\n\ttab'


async def furnished(service: Service) -> Account:
    """The sample data, and beside it what it has none of: odd texts, own types, everything deleted, extras."""
    users = await demo.fill(service, seed=demo.SEED, today=dt.date(2026, 11, 21))
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    who = replace(operator(account), user_id=users[0].id)
    await service.identities.add_user(account.id, NewUser(name="Zoë", email="Zoe@Example.com"))
    key = (await service.types.create(who, NewType(label="Site visit", icon="pin"), lambda type_: type_)).key
    await service.activities.create(who, await _rich(service, who, key), as_activity)
    for id_ in (3, 7):
        await service.activities.delete(who, id_, as_activity)
    gone = RecordKey("lead", 1, "id")
    await service.activities.create(who, Draft(type=TypeKey("note", "type"), relations=(gone,)), as_activity)
    await service.records.delete(who, gone, as_record)
    return account


async def _rich(service: Service, who: Principal, type_key: str) -> Draft:
    """An activity with everything that can be said."""
    new = RecordDraft(kind="contact", name=ODD, phone="+372 5", external_id="c:1", owner_id=4)
    contact = await service.records.create(who, new, as_record)
    person = RecordKey("contact", contact.id, "participants")
    deal, candidate = RecordKey("deal", 2, "related"), RecordKey("candidate", 3, "attendees")
    return Draft(
        type=TypeKey(type_key, "type"),
        subject="=cmd|' /C calc'!A0",
        description=ODD,
        note="x" * 70_000,
        date=dt.date(2026, 12, 31),
        time=dt.time(23, 59, 59),
        duration=36_000,
        zone="Asia/Kathmandu",
        busy=False,
        done=True,
        done_at=1_795_219_200_123,
        priority="critical",
        outcome="'=1+1",
        visibility="private",
        location=Location(value="Käpylä", country="Finland"),
        conference=Conference(client="jitsi", url="https://meet.example.com/1"),
        invite=False,
        collaborators=(UserKey(2, "collaborators"),),
        relations=(RecordKey("organization", 1, "related"), deal),
        main=deal,
        participants=((RecordKey("contact", 2, "participants"), False), (person, True)),
        attendees=Attendance(
            EVERYBODY,
            (
                Invited(user=UserKey(3, "attendees"), organizer=True, status="accepted"),
                Invited(record=candidate, status="declined"),
                Invited(record=person, email="other@example.com"),
                Invited(email="guest@example.com", name="Gäst"),
            ),
        ),
        extras={"pipedrive": {"deep": {"list": [1, 2.5, None, True, "ü"]}, "b": 0}},
    )


async def lines_of(service: Service, account: Account) -> bytes:
    """What ``export`` writes as JSONL."""
    return b"".join([piece.content async for piece in as_lines(service, operator(account))])


async def table_of(service: Service, account: Account) -> bytes:
    """What ``export`` writes as CSV."""
    return b"".join([piece.content async for piece in as_table(service, operator(account))])


async def take_in(
    service: Service, account: Account, folder: Path, content: bytes, *, new_ids: bool = False, stale: int = 0
) -> tuple[Counter[str], list[str]]:
    """Import JSONL: the counts, and what was told of the refused lines. ``stale`` reads of the users find nobody."""
    file = folder / "in.jsonl"
    file.write_bytes(content)
    blind = iter(range(stale))

    async def emails() -> dict[str, int]:
        users = [] if next(blind, None) is not None else await service.identities.users(account.id)
        return {user.email.casefold(): user.id for user in users}

    with open_lines(file, ends="\n", longest=1 << 22) as lines, Refusals(file, "uuid") as refusals:
        taker = Arrivals(service.moving, operator(account), refusals, emails, new_ids=new_ids)
        counts = await taker.take_in(map(read_told, json_rows(lines)), lambda: None)
    return counts, refusals.shown


async def stored(service: Service, account: Account, uuid: str) -> Activity:
    """The activity with this uuid."""
    return await service.activities.get(operator(account), uuid)
