"""The drill: clients write over HTTP while the server is killed again and again; their ledger says what must be there.

A client writes into its ledger what it is about to ask, on the disk, before it asks, and what came of it after. A
request without an answer is unknown, and is asked again with its own key until it is answered. ``make drill`` kills
1,000 times.
"""

import asyncio
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import asyncpg
import httpx2
import typer
from msgspec import Struct
from rich.progress import track

from tests.plain import NO_TLS
from tests.postgres import as_root
from tests.test_commands import DAYLINE, begin

CLIENTS = 4
GIVE_UP = 60.0  # seconds without any answer


class Verdict(Struct, frozen=True):
    """What the ledger says, held against the database. ``ready`` is the seconds from each start to the first answer."""

    kills: int
    acknowledged: int
    retried: int
    lost: list[str]
    doubled: list[str]
    stale: list[str]
    integrity: str
    ready: list[float]


class Ledger:
    """What one client asked and was told; on the disk before the request goes out."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self.acknowledged: list[str] = []
        self.notes: dict[int, str] = {}
        self.retried = 0

    def note(self, **entry: object) -> None:
        """Write a line, and wait until the disk has it."""
        self._file.write(json.dumps(entry).encode() + b"\n")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Client(threading.Thread):
    """Creates activities, and changes the last one that it created; never goes on before it has an answer.

    ``pause`` is the seconds that it rests between two.
    """

    def __init__(self, name: str, url: str, token: str, ledger: Ledger, stop: threading.Event, pause: float) -> None:
        super().__init__(name=name, daemon=True)
        self._pause = pause
        self._url, self._token, self._ledger, self._stopping = f"{url}/api/v2/activities", token, ledger, stop
        self.failure: str | None = None

    def run(self) -> None:
        number = 0
        with httpx2.Client(headers={"x-api-token": self._token}, timeout=5, verify=NO_TLS) as client:
            while not self._stopping.is_set() and self.failure is None:
                number += 1
                self._write(client, f"{self.name}-{number}")
                time.sleep(self._pause)

    def _write(self, client: httpx2.Client, key: str) -> None:
        self._ledger.note(ask=key)
        made = self._insist(client, "POST", self._url, {"subject": key}, key)
        if made is None:
            return
        self._ledger.acknowledged.append(key)
        id_ = made["data"]["id"]
        self._ledger.note(told=key, id=id_)
        if self._insist(client, "PATCH", f"{self._url}/{id_}", {"note": key}, None) is not None:
            self._ledger.notes[id_] = key

    def _insist(
        self, client: httpx2.Client, method: str, url: str, body: dict[str, str], key: str | None
    ) -> dict[str, dict[str, int]] | None:
        """Ask until there is an answer; the same key makes it one write however often it is asked."""
        headers = {} if key is None else {"idempotency-key": key}
        deadline = time.monotonic() + GIVE_UP
        while time.monotonic() < deadline:
            try:
                answer = client.request(method, url, json=body, headers=headers)
            except httpx2.TransportError:
                self._ledger.retried += 1
                time.sleep(0.02)
                continue
            if answer.status_code == 200:
                return dict(answer.json())
            if answer.status_code == 503:
                self._ledger.retried += 1
                time.sleep(0.02)
            else:
                self.failure = f"{method} answered {answer.status_code}: {answer.text}"
                return None
        self.failure = f"no answer to {method} for {GIVE_UP} s"
        return None


class Server:
    """The server's process; killed without a word and started again on the same port."""

    def __init__(self, folder: Path, port: int, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._environment = dict(environment or {})
        self._command = [*DAYLINE, "serve", "--port", str(port), *arguments]
        self._folder, self._url = folder, f"http://127.0.0.1:{port}"
        self.ready: list[float] = []

    def start(self) -> None:
        """Start it, and wait until it answers."""
        began = time.monotonic()
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while time.monotonic() < began + GIVE_UP:
            try:
                if httpx2.get(f"{self._url}/readyz", verify=NO_TLS).status_code == 200:
                    self.ready.append(time.monotonic() - began)
                    return
            except httpx2.TransportError:
                time.sleep(0.02)
        raise AssertionError("The server did not come back.")

    def stop(self) -> int:
        """SIGTERM: what is under way is finished. Gives the exit status."""
        self._process.terminate()
        return self._process.wait(30)

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        self._process.kill()
        self._process.wait()


def drill(folder: Path, kills: int, seed: int, *, url: str = "", show: bool = False) -> Verdict:
    """Kill a server so often under load, and hold what its clients were told against what is stored.

    ``url`` is of a PostgreSQL database; a SQLite file in the folder when left out.
    """
    chance = random.Random(seed)
    there = ("--database", url) if url else ()
    token = str(begin(folder, *there)["token"])
    port = free_port()
    server = Server(folder, port, *there)
    server.start()
    with under_load(folder, port, token) as ledgers:
        for _ in track(range(kills), "Killing", disable=not show):
            time.sleep(chance.uniform(0.05, 0.4))
            server.kill()
            server.start()
    server.kill()
    if url:
        return verdict_of(asyncio.run(stored_on(url)), "ok", kills, ledgers, server.ready)
    with closing(sqlite3.connect(folder / "dayline.db")) as connection:
        stored = connection.execute(
            "SELECT id, json_extract(body, '$.subject'), json_extract(body, '$.note') FROM activities"
        ).fetchall()
        (integrity,) = connection.execute("PRAGMA integrity_check").fetchone()
    return verdict_of(stored, integrity, kills, ledgers, server.ready)


async def stored_on(url: str) -> list[tuple[int, str, str | None]]:
    """Id, subject and note of every activity on a PostgreSQL database."""
    connection = await asyncpg.connect(as_root(url))
    try:
        rows = await connection.fetch("SELECT id, body::json->>'subject', body::json->>'note' FROM activities")
    finally:
        await connection.close()
    return [(row[0], row[1], row[2]) for row in rows]


@contextmanager
def under_load(folder: Path, port: int, token: str, pause: float = 0.0) -> Iterator[list[Ledger]]:
    """Let the clients write as long as the block goes on, and then until each has its last answer."""
    stop = threading.Event()
    ledgers = [Ledger(folder / f"ledger-{n}") for n in range(CLIENTS)]
    url = f"http://127.0.0.1:{port}"
    clients = [Client(f"c{n}", url, token, ledger, stop, pause) for n, ledger in enumerate(ledgers)]
    for client in clients:
        client.start()
    try:
        yield ledgers
    finally:
        stop.set()
        for client in clients:
            client.join(GIVE_UP + 10)
        for ledger in ledgers:
            ledger.close()
    failures = [client.failure for client in clients if client.failure]
    assert not failures, failures


def verdict_of(
    stored: Sequence[tuple[int, str, str | None]], integrity: str, kills: int, ledgers: list[Ledger], ready: list[float]
) -> Verdict:
    """Hold what is stored (id, subject and note of each activity) against the ledgers."""
    subjects = [subject for _, subject, _ in stored]
    notes = {id_: note for id_, _, note in stored}
    acknowledged = [key for ledger in ledgers for key in ledger.acknowledged]
    return Verdict(
        kills=kills,
        acknowledged=len(acknowledged),
        retried=sum(ledger.retried for ledger in ledgers),
        lost=sorted(set(acknowledged) - set(subjects)),
        doubled=sorted({subject for subject in subjects if subjects.count(subject) > 1})
        if len(set(subjects)) < len(subjects)
        else [],
        stale=[note for ledger in ledgers for id_, note in ledger.notes.items() if notes.get(id_) != note],
        integrity=integrity,
        ready=ready,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def main(
    kills: Annotated[int, typer.Option(help="How often the server is killed.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed kills after the same times.")] = 1,
) -> None:
    """Kill a server under load, and tell what became of its writes."""
    with tempfile.TemporaryDirectory(prefix="dayline-drill-") as folder:
        verdict = drill(Path(folder), kills, seed, show=True)
    ready = sorted(verdict.ready)
    typer.echo(
        f"{verdict.kills} kills (seed {seed}): {verdict.acknowledged:,} acknowledged, {verdict.retried:,} retried,"
        f" {len(verdict.lost)} lost, {len(verdict.doubled)} doubled, {len(verdict.stale)} changes lost;"
        f" integrity {verdict.integrity}.\n"
        f"Ready again in {ready[len(ready) // 2]:.2f} s (median), {ready[int(len(ready) * 0.99)]:.2f} s (99 %)."
    )
    sys.exit(bool(verdict.lost or verdict.doubled or verdict.stale or verdict.integrity != "ok"))


if __name__ == "__main__":
    typer.run(main)
