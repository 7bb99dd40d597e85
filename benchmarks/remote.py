"""Notes written to another system: straight to a vendor's sandbox, and through Truto's surface to the same one.

The difference is what Dayline adds: two commits, the call itself and two more hops on loopback. The vendor's pace and
the breaker are switched off, since they would be what is measured.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.load import Ask, Measured, run_load
from benchmarks.plan import Plan, Told
from benchmarks.results import Line, Section, line, section, spread
from benchmarks.served import Served, processor, served
from benchmarks.world import World, make_world
from dayline.domain.integrated import NewIntegrated
from dayline.remote.connector import Connection, NewNote, Outbound
from dayline.service import Service
from dayline.service.identity import NOBODY
from dayline.service.vault import Keyring
from dayline.store.open import open_store
from dayline.vendors.lever.connector import CONNECTOR
from dayline.vendors.lever.sandbox import LeverSandbox

DIRECT: Final = "the vendor itself"
THROUGH: Final = "Truto"
WRITE: Final = "create a note"
SANDBOX: Final = LeverSandbox()  # as the one that runs, for what is known of it
SEAL: Final = "5e" * 32
TEXT: Final = "Phone screen went well"


class _Way(Struct, frozen=True):
    """One way to write a note: where to, with what, and the process that it costs."""

    surface: str
    url: str
    ask: Ask
    pid: int | None = None


def to_a_sandbox(plan: Plan, told: Told) -> Section:
    """Both ways in turn, on SQLite."""
    with tempfile.TemporaryDirectory(prefix="dayline-bench-", dir=Path.cwd()) as home, _sandbox() as vendor:
        world = make_world(f"sqlite:///{Path(home) / 'world.db'}", Path(home) / "files")
        account = asyncio.run(_connect(world, vendor))
        allowed = urlsplit(vendor).netloc
        with served(world, secret_key=SEAL, outbound_allow=allowed, outbound_pace="0", outbound_breaker="0") as server:
            lines = list(_lines(plan, told, (_direct(vendor), _through(world, server, account))))
    return section(plan.rounds, plan.seconds, lines)


def _lines(plan: Plan, told: Told, ways: Sequence[_Way]) -> Iterator[Line]:
    for clients in plan.clients:
        found: dict[str, list[Measured]] = {way.surface: [] for way in ways}
        costs: dict[str, list[float]] = {way.surface: [] for way in ways}
        for _ in range(plan.rounds):
            for way in ways:
                before = 0.0 if way.pid is None else processor(way.pid)
                measured = run_load(way.url, [way.ask], clients, plan.seconds)
                found[way.surface].append(measured)
                if way.pid is not None:
                    spent = processor(way.pid) - before
                    costs[way.surface].append(1e6 * spent / max(1.0, measured.rate * plan.seconds))
                told(f"remote: {WRITE}, {way.surface}, {clients} clients", plan.seconds)
        for way in ways:
            cost = spread(costs[way.surface]) if costs[way.surface] else None
            yield line("SQLite", WRITE, found[way.surface], surface=way.surface, clients=clients, processor=cost)


@contextmanager
def _sandbox() -> Iterator[str]:
    """The sandbox as a developer starts it; its base URL."""
    command = [sys.executable, "-m", "dayline", "sandbox", SANDBOX.vendor, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = next(told for text in process.stdout if (told := re.search(r"address +(http://\S+)", text)))
            yield found[1]
        finally:
            process.terminate()
            process.wait(30)


async def _connect(world: World, vendor: str) -> str:
    """Connect an account there, as an operator does; its id."""
    store = await open_store(world.url, files=world.files)
    try:
        service = Service(store, keyring=Keyring(text=SEAL))
        operator = replace(world.first, user_id=NOBODY, token_id=NOBODY)
        new = NewIntegrated(integration=SANDBOX.vendor, tenant_id="benchmark", secrets=dict(SANDBOX.context()))
        return await service.integrated.create(operator, new, lambda made: made.id, base_url=vendor)
    finally:
        await store.close()


def _direct(vendor: str) -> _Way:
    """The request that Dayline sends there, without Dayline."""
    known = Connection("benchmark", vendor, SANDBOX.context())
    outbound: Outbound = CONNECTOR.create(known, NewNote(candidate_id=_candidate(), body=TEXT))
    root = vendor.removesuffix(SANDBOX.base_path)
    credential = next(header for header in outbound.headers if header[0] == "authorization")
    return _Way(DIRECT, root, Ask("POST", SANDBOX.base_path + outbound.path, credential, outbound.body))


def _through(world: World, server: Served, account: str) -> _Way:
    path = f"/unified/ats/activities?integrated_account_id={account}"
    credential = ("authorization", f"Bearer {world.holders[0].credential}")
    ask = Ask("POST", path, credential, {"candidate_id": _candidate(), "body": TEXT})
    return _Way(THROUGH, server.url, ask, server.pid)


def _candidate() -> str:
    return SANDBOX.candidates()[0].id
