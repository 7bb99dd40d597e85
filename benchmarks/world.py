"""The database that is measured: an account with records and ten thousand activities; and a server that serves it."""

import asyncio
import datetime as dt
import random
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.identity import Principal
from dayline.domain.record import Kind, Record, RecordDraft, RecordKey
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.open import open_store

ACTIVITIES = 10_000
RECORDS = 200  # of each kind that activities hang on
KINDS: tuple[Kind, ...] = ("deal", "contact", "organization")
NOTE = "What was said, and what is to be done about it. " * 8


class World(Struct, frozen=True):
    """A filled database: who calls, and with which credential."""

    database: Path
    credential: str
    principal: Principal


class Served(Struct, frozen=True):
    """A running server: where it is, how long it took to answer first (seconds), and how large it is idle (MiB)."""

    url: str
    start: float
    memory: float


def make_world(database: Path) -> World:
    """Make and fill the database."""
    return asyncio.run(_make(database))


async def _make(database: Path) -> World:
    store = await open_store(f"sqlite:///{database}")
    service = Service(store)
    account = await service.identities.create_account("Benchmark")
    user = await service.identities.add_user(account.id, NewUser(name="Bea", email="bea@example.com", role="admin"))
    issued = await service.identities.issue_token(account.id, user.id, "benchmark")
    who = await service.identities.principal(issued.credential)
    await asyncio.gather(*(_record(service, who, kind, n) for kind in KINDS for n in range(RECORDS)))
    chance = random.Random(1)
    for _ in range(ACTIVITIES // 500):
        await asyncio.gather(*(service.activities.create(who, a_draft(chance), _id) for _ in range(500)))
    await store.close()
    return World(database, issued.credential, who)


async def _record(service: Service, who: Principal, kind: Kind, number: int) -> Record:
    draft = RecordDraft(kind=kind, name=f"{kind} {number}", email=f"{kind}{number}@example.com")
    return await service.records.create(who, draft, lambda record: record)


def _id(written: object) -> object:
    return written


def a_draft(chance: random.Random) -> Draft:
    """An activity of about a kilobyte: dated, described, with a deal, an organization, a person and a guest."""
    deal, contact, organization = (RecordKey(kind, chance.randint(1, RECORDS), kind) for kind in KINDS)
    return Draft(
        subject="Follow-up call about the offer",
        type=TypeKey("call", "type"),
        date=dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(365)),
        time=dt.time(chance.randrange(7, 17), 30),
        duration=1800,
        done=chance.random() < 0.5,
        note=NOTE,
        related=(Relate("deal", deal), Relate("organization", organization)),
        participants=((contact, True),),
        attendees=Attendance(frozenset(("email",)), (Invited(email="guest@example.com", name="A guest"),)),
    )


def a_body() -> dict[str, object]:
    """The same as a request to Pipedrive's surface."""
    return {
        "subject": "Follow-up call about the offer",
        "type": "call",
        "due_date": "2026-06-01",
        "due_time": "14:30",
        "duration": "00:30",
        "note": NOTE,
        "deal_id": 7,
        "org_id": 7,
        "participants": [{"person_id": 7, "primary": True}],
        "attendees": [{"email": "guest@example.com", "name": "A guest"}],
    }


@contextmanager
def served(database: Path) -> Iterator[Served]:
    """Serve the database from a process of its own, as a user would."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "dayline", "serve", "--port", "0", "--database", f"sqlite:///{database}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = _address(process)
            urllib.request.urlopen(f"{url}/readyz", timeout=10).read()  # noqa: S310 - our own server on loopback
            yield Served(url, time.perf_counter() - began, _memory(process.pid))
        finally:
            process.terminate()
            process.wait(30)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"address +(http://\S+)", line):
            return found[1]
    raise RuntimeError("The server did not start.")


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
