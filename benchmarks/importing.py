"""Bulk import: records over HTTP, and activities by the command, beside PostgreSQL's COPY of the same rows."""

import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from benchmarks.load import Measured
from benchmarks.plan import Plan, Told
from benchmarks.results import Section, line, section
from benchmarks.rows import a_record, activity_rows
from benchmarks.served import served
from benchmarks.speed import SPARE, filled
from benchmarks.world import World
from dayline.store import tables
from dayline.store.rows import row_of
from dayline.store.unit import encode
from tests.postgres import as_root

BATCH: Final = 500  # records in one request
CLIENTS: Final = 4


def on_postgresql(plan: Plan, told: Told) -> Section:
    """Records and activities, into accounts that have none of them yet."""
    activities = plan.imported // 10
    found: dict[str, list[Measured]] = {"import records over HTTP": [], "import activities by the command": []}
    limits: dict[str, list[float]] = {name: [] for name in found}
    records, moved = found
    with filled(activities, told) as (_, _, world), tempfile.TemporaryDirectory() as name:
        file = Path(name) / "activities.jsonl"
        _dayline(world, "export", file, "Benchmark 1")
        for turn in range(plan.rounds):
            limits[records].append(_copied(world, "records", _record_rows(turn, plan.imported)))
            told("import: COPY of records", plan.imported / 50_000)
            with served(world) as server:
                found[records].append(_sent(server.url, world, turn, plan.imported))
            told("import: records over HTTP", plan.imported / 5_000)
            first = 1 + activities * (turn + 1)
            rows = [row for row, _ in activity_rows(world.first.account_id, first, first + activities - 1)]
            limits[moved].append(_copied(world, "activities", rows))
            began = time.perf_counter()
            _dayline(world, "import", file, f"Benchmark {10 + turn}")
            rate = activities / (time.perf_counter() - began)
            found[moved].append(Measured(rate, 0, 0, 0))
            told("import: activities by the command", plan.imported / 5_000)
    lines = [
        line("PostgreSQL", name, found[name], limits[name], surface="native" if name == records else "command",
             clients=CLIENTS if name == records else 1)
        for name in found
    ]  # fmt: skip
    return section(plan.rounds, 0, lines)


def _record_rows(turn: int, count: int) -> list[Any]:
    first = 1_000_000 * (turn + 1)
    made = (a_record("deal", number) for number in range(first, first + count))
    return [row_of(SPARE, record, encode(record)) for record in made]


def _copied(world: World, table: str, rows: Sequence[Any]) -> float:
    async def copy() -> float:
        connection = await asyncpg.connect(as_root(world.url))
        try:
            columns = [column.name for column in tables.metadata.tables[table].columns]
            began = time.perf_counter()
            await connection.copy_records_to_table(table, records=rows, columns=columns)
            return len(rows) / (time.perf_counter() - began)
        finally:
            await connection.close()

    return asyncio.run(copy())


def _sent(url: str, world: World, turn: int, count: int) -> Measured:
    """Send records in batches, from a few clients."""
    bodies = [_body(turn, first, min(BATCH, count - first)) for first in range(0, count, BATCH)]
    headers = {"Authorization": f"Bearer {world.holders[1].credential}", "Content-Type": "application/json"}

    def send(place: int) -> int:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        failed = 0
        for body in bodies[place::CLIENTS]:
            connection.request("POST", "/dayline/v1/records/bulk", body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            failed += answer.status != 200 or told["created"] != len(told["data"])
        connection.close()
        return failed

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        failed = sum(pool.map(send, range(CLIENTS)))
    return Measured(count / (time.perf_counter() - began), 0, 0, failed)


def _body(turn: int, first: int, count: int) -> str:
    records = [
        {"external_id": f"{turn}-{number}", "name": f"deal {number}", "email": f"deal{number}@example.com"}
        for number in range(first, first + count)
    ]
    return json.dumps({"kind": "deal", "records": records})


def _dayline(world: World, verb: str, file: Path, account: str) -> None:
    command = [sys.executable, "-m", "dayline", "activities", verb, str(file), "--account", account]
    environment = os.environ | {"DAYLINE_DATABASE_URL": world.url, "DAYLINE_FILES": str(world.files)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
