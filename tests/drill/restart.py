"""The drill on PostgreSQL: two workers under load while the database is killed and started again.

The workers are never started again: while the database is away they answer 503, and when it is back they go on.
"""

import asyncio
import random
import time
from pathlib import Path

import httpx2

from tests.drill.kill9 import Server, Verdict, free_port, stored_on, under_load, verdict_of
from tests.plain import NO_TLS
from tests.postgres import Server as Database
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
            _check_refusal(port, token)
            time.sleep(chance.uniform(0.0, 0.5))
            database.start()
            began = time.monotonic()
            _expect(port, 200)
            ready.append(time.monotonic() - began)
    assert server.stop() == 0
    return verdict_of(asyncio.run(stored_on(url)), "ok", kills, ledgers, ready)


def _expect(port: int, status: int) -> None:
    """Wait until /readyz answers with this status."""
    deadline = time.monotonic() + AWAY
    while httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=30, verify=NO_TLS).status_code != status:
        assert time.monotonic() < deadline, f"/readyz does not answer {status}"
        time.sleep(0.02)


def _check_refusal(port: int, token: str) -> None:
    """What a client is told meanwhile: to come back, in the words of the vendor it speaks with."""
    headers = {"x-api-token": token}
    for path, name in (("/api/v2/activities", "error_info"), ("/dayline/v1/activities", "detail")):
        answer = httpx2.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=30, verify=NO_TLS)
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert name in answer.json()
