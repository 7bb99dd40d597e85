"""The drill of the worker: it is killed again and again while it tells, and what its receivers heard is counted.

Each event of the change log has to arrive at each webhook; twice only what was under way at a kill, and then with the
same id. What was noted as delivered must never be sent again. ``make drill`` kills 1,000 times.
"""

import asyncio
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any, Protocol

import asyncpg
import httpx2
import typer
from msgspec import Struct
from rich.progress import track

from dayline.domain.told import event_id
from dayline.events.lanes import AT_ONCE
from tests.drill.kill9 import GIVE_UP, Server, free_port, under_load
from tests.postgres import as_root
from tests.test_commands import DAYLINE, begin

WEBHOOKS = 2
PAUSE = 0.2  # seconds between a client's writes: a worker that is dead most of the time is to keep up with them
SEAL = "5e" * 32
SECRET = "whsec_" + "QUJD" * 8


class Heard(Struct, frozen=True):
    """What came to a receiver: where, its id, and in which life of the worker."""

    path: str
    id: str
    life: int


class Verdict(Struct, frozen=True):
    """``twice`` were sent again; ``in_vain`` is how many sendings each kill undid, ``wrong`` what may not be."""

    kills: int
    events: int
    heard: int
    missing: list[str]
    twice: int
    in_vain: list[int]
    wrong: list[str]


class Ear:
    """A receiver in threads of this process; it takes its time, so that something is under way at most kills."""

    def __init__(self, seed: int) -> None:
        self.heard: list[Heard] = []
        self.life = 0
        self._connections = 0
        self._counting = threading.Lock()
        chance, ear = random.Random(seed), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                ear._count(1)
                super().setup()

            def finish(self) -> None:
                try:
                    super().finish()
                finally:
                    ear._count(-1)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if len(body) == int(self.headers["content-length"]):
                    ear.heard.append(Heard(self.path, self.headers["webhook-id"], ear.life))
                time.sleep(chance.uniform(0, 0.03))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def wait(self) -> None:
        """Wait until something was heard in this life, so that each of them tells."""
        deadline = time.monotonic() + GIVE_UP
        while not self.heard or self.heard[-1].life != self.life:
            assert time.monotonic() < deadline, "nothing is told"
            time.sleep(0.005)

    def next_life(self) -> None:
        """The worker is dead: what it sent is heard to its end first, or it would count as the next one's."""
        deadline = time.monotonic() + GIVE_UP
        while self._connections:
            assert time.monotonic() < deadline, "a dead worker's connection does not end"
            time.sleep(0.005)
        self.life += 1

    def _count(self, more: int) -> None:
        with self._counting:
            self._connections += more

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who sends is dead: that is what it is for."""


class Victim(Protocol):
    """What is killed."""

    def start(self) -> None: ...

    def kill(self) -> None: ...


class Beside:
    """`dayline worker`, beside a server that lives on."""

    def __init__(self, folder: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = [*DAYLINE, "worker", *arguments]
        self._folder, self._environment = folder, dict(environment)

    def start(self) -> None:
        """Start it, and wait until it says so."""
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "the worker did not start"

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def drill(folder: Path, kills: int, seed: int, *, url: str = "", beside: bool = False, show: bool = False) -> Verdict:
    """Kill what tells so often under load, and hold what was heard against the change log.

    ``url`` is of a PostgreSQL database; a SQLite file in the folder when left out. ``beside`` has a worker tell, in a
    process of its own, so that the server lives on.
    """
    chance, ear, port = random.Random(seed), Ear(seed), free_port()
    there = ("--database", url) if url else ()
    settings = {"OUTBOUND_ALLOW": ear.address, "LEASE_SECONDS": "1", "SECRET_KEY": SEAL, "WORKER": str(int(not beside))}
    environment = {f"DAYLINE_{name}": value for name, value in settings.items()}
    begun = begin(folder, *there)
    token = str(begun["token"])
    server = Server(folder, port, *there, environment=environment)
    server.start()
    victim: Victim = Beside(folder, there, environment) if beside else server
    if beside:
        victim.start()
    hooks = _listen(port, token, ear)
    try:
        with under_load(folder, port, token, PAUSE):
            for _ in track(range(kills), "Killing", disable=not show):
                ear.wait()
                time.sleep(chance.uniform(0, 0.4))
                victim.kill()
                ear.next_life()
                victim.start()
        _wait_until_quiet(folder, url)
        stored = asyncio.run(_stored_on(url)) if url else _stored_in(folder)
    finally:
        if beside:
            victim.kill()
        server.kill()
        ear.close()
    return _verdict(kills, ear.heard, hooks, *stored)


def _listen(port: int, token: str, ear: Ear) -> dict[int, str]:
    """Make the webhooks; their paths by id."""
    made: dict[int, str] = {}
    for n in range(WEBHOOKS):
        body = {"url": f"http://{ear.address}/{n}", "secret": SECRET}
        answer = httpx2.post(
            f"http://127.0.0.1:{port}/dayline/v1/webhooks", json=body, headers={"authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 201, answer.text
        told = answer.json()
        made[int(told.get("data", told)["id"])] = f"/{n}"
    return made


_CHANGES = "SELECT sequence, entity FROM changes WHERE account_id = 1 ORDER BY sequence"
_NOTED = "SELECT webhook_id, event_id FROM deliveries WHERE account_id = 1 AND outcome = 'delivered'"
_SECRET = "SELECT secret FROM accounts WHERE id = 1"
_LEFT = """SELECT (SELECT count(*) FROM jobs WHERE account_id = 1)
  + (SELECT count(*) FROM webhooks w JOIN counters c ON c.account_id = w.account_id WHERE w.cursor < c.sequence)"""


def _stored_in(folder: Path) -> tuple[bytes, list[Any], list[Any]]:
    with closing(sqlite3.connect(folder / "dayline.db")) as connection:
        (secret,) = connection.execute(_SECRET).fetchone()
        return bytes(secret), connection.execute(_CHANGES).fetchall(), connection.execute(_NOTED).fetchall()


async def _stored_on(url: str) -> tuple[bytes, list[Any], list[Any]]:
    connection = await asyncpg.connect(as_root(url))
    try:
        secret = await connection.fetchval(_SECRET)
        return bytes(secret), await connection.fetch(_CHANGES), await connection.fetch(_NOTED)
    finally:
        await connection.close()


def _wait_until_quiet(folder: Path, url: str) -> None:
    deadline = time.monotonic() + 2 * GIVE_UP
    while left := (asyncio.run(_left_on(url)) if url else _left_in(folder)):
        assert time.monotonic() < deadline, f"{left} jobs and webhooks are not done"
        time.sleep(0.2)


def _left_in(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "dayline.db")) as connection:
        return int(connection.execute(_LEFT).fetchone()[0])


async def _left_on(url: str) -> int:
    connection = await asyncpg.connect(as_root(url))
    try:
        return int(await connection.fetchval(_LEFT))
    finally:
        await connection.close()


def _verdict(
    kills: int, heard: list[Heard], hooks: dict[int, str], secret: bytes, changes: list[Any], noted: list[Any]
) -> Verdict:
    made = max(sequence for sequence, entity in changes if entity == "webhook")
    events = {event_id(secret, sequence) for sequence, entity in changes if entity == "activity" and sequence > made}
    every = {(path, id_) for path in hooks.values() for id_ in events}
    sent = Counter((one.path, one.id) for one in heard)
    told = Counter((hooks[webhook_id], id_) for webhook_id, id_ in noted)
    wrong = [f"{one} was never written" for one in sent.keys() - every]
    wrong += [f"{one} was noted {times} times" for one, times in told.items() if times != 1]
    wrong += [f"{one} was never noted" for one in every - told.keys()]
    in_vain = _in_vain(heard, wrong)
    wrong += [f"{count} sendings were in vain at kill {life}" for life, count in in_vain.items() if count > _MOST]
    return Verdict(
        kills=kills,
        events=len(events),
        heard=len(heard),
        missing=sorted(f"{path} {id_}" for path, id_ in every - sent.keys()),
        twice=sum(times > 1 for times in sent.values()),
        in_vain=[in_vain.get(life, 0) for life in range(kills)],
        wrong=wrong,
    )


_MOST = AT_ONCE * WEBHOOKS  # that can be under way


def _in_vain(heard: list[Heard], wrong: list[str]) -> dict[int, int]:
    """By life, what was sent again in a later one: that was under way when it ended, and is at most once in a life."""
    lives: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for one in heard:
        lives[one.path, one.id].append(one.life)
    counted: Counter[int] = Counter()
    for sent, found in lives.items():
        if len(set(found)) < len(found):
            wrong.append(f"{sent} was sent twice by one worker")
        counted.update(sorted(found)[:-1])
    return counted


def told_of(verdict: Verdict) -> str:
    """The figures in words."""
    at_once = sum(count > 0 for count in verdict.in_vain)
    return (
        f"{verdict.kills} kills of the worker: {verdict.events:,} events to {WEBHOOKS} webhooks, {verdict.heard:,}"
        f" received, {len(verdict.missing)} missing, {verdict.twice:,} received again under the same id, all of them"
        f" under way at a kill (at {at_once} kills, {max(verdict.in_vain, default=0)} at the most of {_MOST} possible),"
        f" {len(verdict.wrong)} wrong."
    )


def main(
    kills: Annotated[int, typer.Option(help="How often the worker is killed.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed kills after the same times.")] = 1,
) -> None:
    """Kill a server under load while it tells its webhooks, and count what they heard."""
    with tempfile.TemporaryDirectory(prefix="dayline-drill-") as folder:
        verdict = drill(Path(folder), kills, seed, show=True)
    typer.echo(told_of(verdict))
    typer.echo(json.dumps((verdict.missing + verdict.wrong)[:20], indent=1) if verdict.missing or verdict.wrong else "")
    sys.exit(bool(verdict.missing or verdict.wrong))


if __name__ == "__main__":
    typer.run(main)
