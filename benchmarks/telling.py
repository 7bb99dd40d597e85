"""What webhooks are told: how many deliveries a second, how long from the write until it is sent, and who pays.

On SQLite, in the serving process, as is usual. The receivers are a process of their own.
"""

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

import httpx2
import msgspec
from msgspec import Struct

from benchmarks.load import Ask, Measured, run_load
from benchmarks.plan import Plan, Told
from benchmarks.receivers import HOSTILE, Heard
from benchmarks.results import Line, Section, line, section, spread
from benchmarks.served import Served, processor, served
from benchmarks.world import World, make_world

SEAL: Final = "5e" * 32
BACKLOG: Final = "deliver what waits"
IDLE: Final = "from request to receiver, 5 writes a second"
BUSY: Final = "from request to receiver, 100 writes a second"
API: Final = "get beside it"
NOBODY: Final = "no webhook"
GOOD: Final = "a good receiver"
BAD: Final = "and 14 hostile ones"
_GIVE_UP: Final = 120.0  # seconds


class _Ear(Struct, frozen=True):
    """The receivers' process."""

    address: str

    def heard(self, *, forget: bool = False) -> Heard:
        answer = httpx2.request("DELETE" if forget else "GET", f"http://{self.address}/heard")
        return msgspec.json.decode(answer.content, type=Heard)

    def wait(self, count: int) -> Heard:
        """Wait until so many have come."""
        ends = time.monotonic() + _GIVE_UP
        while (heard := self.heard()).count < count:
            if time.monotonic() > ends:
                raise RuntimeError(f"{heard.count} of {count} deliveries came.")
            time.sleep(0.1)
        return heard


class _Scene(Struct, frozen=True):
    """What is measured in: a database, and the receivers."""

    world: World
    ear: _Ear

    @contextmanager
    def served(self, **settings: str) -> Iterator[Served]:
        given = {"secret_key": SEAL, "outbound_allow": self.ear.address, **settings}
        with served(self.world, 1, **given) as server:
            yield server

    def client(self, server: Served) -> httpx2.Client:
        credential = self.world.holders[0].credential
        return httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {credential}"}, timeout=30)

    def listen(self, server: Served, paths: Sequence[str]) -> None:
        """Have webhooks to these paths, and no others."""
        with self.client(server) as client:
            for known in client.get("/dayline/v1/webhooks").raise_for_status().json()["data"]:
                client.delete(f"/dayline/v1/webhooks/{known['id']}").raise_for_status()
            for path in paths:
                client.post(
                    "/dayline/v1/webhooks", json={"url": f"http://{self.ear.address}/{path}"}
                ).raise_for_status()

    def create(self, client: httpx2.Client) -> int:
        """Write an activity that says when, and give its id."""
        made = client.post("/api/v2/activities", json={"subject": str(time.time())}).raise_for_status()
        return int(made.json()["data"]["id"])

    def sequence(self) -> int:
        """The number of the account's last change."""
        with closing(sqlite3.connect(self.world.url.removeprefix("sqlite:///"))) as connection:
            found = connection.execute("SELECT sequence FROM counters WHERE account_id = 1").fetchone()
        return int(found[0])


def to_receivers(plan: Plan, told: Told) -> Section:
    """All of it, on SQLite."""
    with tempfile.TemporaryDirectory(prefix="dayline-bench-", dir=Path.cwd()) as home, _receivers() as ear:
        scene = _Scene(make_world(f"sqlite:///{Path(home) / 'world.db'}", Path(home) / "files"), ear)
        lines = [*_backlog(plan, told, scene), *_lags(plan, told, scene), *_beside(plan, told, scene)]
    return section(plan.rounds, plan.seconds, lines)


def _backlog(plan: Plan, told: Told, scene: _Scene) -> Iterator[Line]:
    """What was written while nobody told it, to one webhook and to four."""
    for webhooks in (1, 4):
        found, costs = list[Measured](), list[float]()
        for _ in range(plan.rounds):
            with scene.served(worker="0") as server:
                scene.listen(server, _good(webhooks))
                before = scene.sequence()
                run_load(server.url, [_create(scene)], 8, plan.seconds)
            scene.ear.heard(forget=True)
            with scene.served() as server:
                idle = processor(server.pid)
                heard = scene.ear.wait((scene.sequence() - before) * webhooks)
                costs.append(1e6 * (processor(server.pid) - idle) / heard.count)
            found.append(Measured(heard.count / (heard.last - heard.first), 0.0, 0.0, 0))
            told(f"telling: {BACKLOG}, {webhooks} webhooks", plan.seconds)
        yield line("SQLite", BACKLOG, found, surface=_webhooks(webhooks), processor=spread(costs))


def _lags(plan: Plan, told: Told, scene: _Scene) -> Iterator[Line]:
    """How long it takes from the request to write until it is heard: now and then, and much of the time."""
    for name, a_second, webhooks in ((IDLE, 5, 1), (BUSY, 100, 2)):
        found = []
        for _ in range(plan.rounds):
            with scene.served() as server, scene.client(server) as client:
                scene.listen(server, _good(webhooks))
                scene.ear.heard(forget=True)
                before = scene.sequence()
                _steadily(lambda: scene.create(client), a_second, 1.0)
                scene.ear.wait((scene.sequence() - before) * webhooks)
                scene.ear.heard(forget=True)
                written = _steadily(lambda: scene.create(client), a_second, 2.0 * plan.seconds)
                heard = scene.ear.wait(written * webhooks)
            lags = sorted(1000 * lag for lag in heard.lags)
            rate = heard.count / (heard.last - heard.first)
            found.append(Measured(rate, lags[len(lags) // 2], lags[int(len(lags) * 0.99)], 0))
            told(f"telling: {name}", plan.seconds)
        yield line("SQLite", name, found, surface=_webhooks(webhooks))


def _beside(plan: Plan, told: Told, scene: _Scene) -> Iterator[Line]:
    """What callers of the API notice of it, while 20 writes a second are to be told of.

    Not of the first two seconds, in which the worker comes to know them. One stall more or less is much of a p99: there
    are more rounds of it.
    """
    paths = {NOBODY: (), GOOD: _good(1), BAD: (*_good(1), *(f"{kind}/{n}" for kind in HOSTILE for n in range(2)))}
    found: dict[str, list[Measured]] = {name: [] for name in paths}
    for _ in range(2 * plan.rounds - 1):
        for name, chosen in paths.items():
            with scene.served() as server, scene.client(server) as client:
                scene.listen(server, chosen)
                ask = Ask("GET", f"/api/v2/activities/{scene.create(client)}", _header(scene))
                writing = Thread(target=_steadily, args=(lambda: scene.create(client), 20, 3.0 + 2 * plan.seconds))
                writing.start()
                run_load(server.url, [ask], 8, 2)
                found[name].append(run_load(server.url, [ask], 8, 2 * plan.seconds))
                writing.join()
            told(f"telling: {API}, {name}", plan.seconds)
    for name, measured in found.items():
        yield line("SQLite", API, measured, surface=name, clients=8)


def _steadily(work: Callable[[], object], a_second: int, seconds: float) -> int:
    """Do it so often, evenly, one after the other; how often it was done."""
    began, done = time.monotonic(), 0
    while (now := time.monotonic()) < began + seconds:
        due = began + done / a_second
        if now < due:
            time.sleep(due - now)
        work()
        done += 1
    return done


def _good(count: int) -> tuple[str, ...]:
    return tuple(f"good/{n}" for n in range(count))


def _webhooks(count: int) -> str:
    return f"{count} webhook{'s' if count > 1 else ''}"


def _header(scene: _Scene) -> tuple[str, str]:
    return ("x-api-token", scene.world.holders[0].credential)


def _create(scene: _Scene) -> Ask:
    return Ask("POST", "/api/v2/activities", _header(scene), {"subject": "told later"})


@contextmanager
def _receivers() -> Iterator[_Ear]:
    command = [sys.executable, "-m", "benchmarks.receivers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield _Ear(f"127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.terminate()
            process.wait(30)
