"""The drill on PostgreSQL: two workers under load while the database is killed and started again.

The workers are never started again: while the database is away they answer 503, and when it is back they go on.
"""

import asyncio
import random
import time
from pathlib import Path

import asyncpg
import httpx2

from tests.drill.kill9 import Server, Verdict, free_port, under_load, verdict_of
from tests.postgres import Server as Database
from tests.postgres import as_root
from tests.test_commands import begin

AWAY = 60.0  # seconds after which a database that is back must be served again


def drill(database: Database, folder: Path, kills: int, seed: int) -> Verdict:
    """Kill the database so often under load, and hold what the clients were told against what is stored."""
    chance = random.Random(seed)
    url = database.create("drill")
    token = str(begin(folder, "--database", url)["token"])
    port = free_port()
    server = Server(folder, port, "--workers", "2", "--database", url)
    server.start()
    ready: list[float] = []
    with under_load(folder, port, token) as ledgers:
        for _ in range(kills):
            time.sleep(chance.uniform(0.3, 1.0))
            database.kill()
            _expect(port, 503)
            time.sleep(chance.uniform(0.0, 0.5))
            database.start()
            began = time.monotonic()
            _expect(port, 200)
            ready.append(time.monotonic() - began)
    assert server.stop() == 0
    return verdict_of(asyncio.run(_stored(url)), "ok", kills, ledgers, ready)


def _expect(port: int, status: int) -> None:
    """Wait until /readyz answers with this status."""
    deadline = time.monotonic() + AWAY
    while httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=30).status_code != status:
        assert time.monotonic() < deadline, f"/readyz does not answer {status}"
        time.sleep(0.02)


async def _stored(url: str) -> list[tuple[int, str, str | None]]:
    connection = await asyncpg.connect(as_root(url))
    try:
        rows = await connection.fetch("SELECT id, body::json->>'subject', body::json->>'note' FROM activities")
    finally:
        await connection.close()
    return [(row[0], row[1], row[2]) for row in rows]
