"""Where the microseconds go: the processor's time for a request, one layer after the other.

The processor's time of a process is what it is whatever else the machine does, so this part needs no quiet machine.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.load import Ask, Measured, run_load
from benchmarks.plan import Plan, Told
from benchmarks.results import Line, Section, line, section, spread
from benchmarks.served import processor, served
from benchmarks.speed import filled
from benchmarks.surfaces import PIPEDRIVE
from benchmarks.world import World, grown, make_world

CLIENTS: Final = 32
_BARE: Final = """
import asyncio, socket, uvicorn, uvloop

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})

listening = socket.create_server(("127.0.0.1", 0))
print("address http://127.0.0.1:%d" % listening.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(app, loop="none", http="httptools", lifespan="off", log_level="critical"))
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(server.serve(sockets=[listening]))
"""


def everywhere(plan: Plan, told: Told) -> Section:
    """Every layer on SQLite and on PostgreSQL."""
    lines = [*_http(plan, told)]
    with tempfile.TemporaryDirectory(prefix="dayline-bench-", dir=Path.cwd()) as home:
        world = make_world(f"sqlite:///{Path(home) / 'world.db'}", Path(home) / "files")
        lines += _layers("SQLite", plan, told, grown(world, 10_000, lambda _: None), ())
    with filled(10_000, told) as (server, _, large):
        lines += _layers("PostgreSQL", plan, told, large, (server.pid,))
    return section(plan.rounds, plan.seconds, lines)


def _http(plan: Plan, told: Told) -> Iterator[Line]:
    """The HTTP server with an application that does nothing: what anything on it costs at the least."""
    with _bare() as (url, pid):
        yield _line("", "HTTP alone", [Ask("GET", "/", ("Accept", "*/*"))], url, (pid,), (), plan)
        told("where: HTTP alone", plan.rounds * plan.seconds)


@contextmanager
def _bare() -> Iterator[tuple[str, int]]:
    with subprocess.Popen([sys.executable, "-c", _BARE], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found[0], process.pid
        finally:
            process.terminate()


def _layers(database: str, plan: Plan, told: Told, world: World, beside: Sequence[int]) -> Iterator[Line]:
    with served(world) as server:
        for name, asks in _asks(world).items():
            yield _line(database, name, asks, server.url, (server.pid,), beside, plan)
            told(f"where: {name}, {database}", plan.rounds * plan.seconds)


def _asks(world: World) -> dict[str, list[Ask]]:
    """From a path that nobody knows to a write: each goes a step further into the house."""
    header = PIPEDRIVE.header(world.holders[0])
    return {
        "an unknown path: the dispatcher, the dialect's 404": [Ask("GET", "/api/v2/nothing", header)],
        "a wrong method: the caller and his limits too": [Ask("PUT", "/api/v2/activities", header)],
        "get": PIPEDRIVE.gets(world),
        "list 100, warm": PIPEDRIVE.warm(world),
        "create": PIPEDRIVE.creates(world.holders[:1]),
        "patch": PIPEDRIVE.changes(world),
    }


def _line(
    database: str, name: str, asks: list[Ask], url: str, ours: Sequence[int], beside: Sequence[int], plan: Plan
) -> Line:
    found: list[Measured] = []
    spent: list[tuple[float, float]] = []
    for _ in range(plan.rounds):
        run_load(url, asks, CLIENTS, 1)  # what is done once is done then
        before = _sum(ours), _sum(beside)
        measured = run_load(url, asks, CLIENTS, plan.seconds)
        each = 1e6 / (measured.rate * plan.seconds + measured.failed)
        found.append(measured)
        spent.append(((_sum(ours) - before[0]) * each, (_sum(beside) - before[1]) * each))
    own, others = (spread(values) for values in zip(*spent, strict=True))
    return line(database, name, found, clients=CLIENTS, failed=0, processor=own, beside=others if beside else None)


def _sum(processes: Sequence[int]) -> float:
    return sum(map(processor, processes))
