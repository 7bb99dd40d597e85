"""A window of the calendar: everything that goes on in it, however long, found by an index whatever else is asked."""

import datetime as dt
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from dayline.domain.filter import Filter, Query, Sort
from dayline.domain.time import DAY_MS, date_ms
from dayline.service import Service
from dayline.store.lists import Viewer, count_activities, first_long, list_activities
from dayline.store.migrations.run import migrate_sqlite
from dayline.store.rows import due_of, ends_of
from dayline.store.statement import Call, postgresql_text, sqlite_text
from dayline.store.tables import NO_DUE
from tests.cast import Cast, log_call
from tests.postgres import Server

START = date_ms(dt.date(2026, 11, 16))
WEEK = Filter(within_from=START, within_until=START + 7 * DAY_MS, begun_from=START - DAY_MS)
BESIDE: tuple[dict[str, Any], ...] = (
    {},
    {"types": ("call", "meeting")},
    {"types": ("call",)},
    {"owner_id": 3},
    {"done": False},
    {"done": True, "owner_id": 3, "types": ("call",)},
    {"text": "roof"},
)
LENGTHS = (None, 0, 60, 3_600, 86_399, 86_400, 86_401, 3 * 86_400, 500 * 86_400 // 2, 9_999 * 3_600)


def weeks() -> Iterator[tuple[str, Call]]:
    """A week as members and admins ask for it, with all sorts of other conditions."""
    for beside, admin in product(BESIDE, (True, False)):
        query = Query(filter=replace(WEEK, **beside), sort=Sort("due"), limit=500)
        call = list_activities(Viewer(1, 3, admin), query, (), None, whole=False)
        yield f"{beside}, {'admin' if admin else 'member'}", call


async def test_a_window_has_all_that_goes_on_in_it(service: Service, cast: Cast) -> None:
    chance = random.Random(7)
    made = []
    for _ in range(150):
        date = dt.date(2026, 11, 16) + dt.timedelta(days=chance.randint(-420, 20))
        time = None if chance.random() < 0.3 else dt.time(chance.randint(0, 23), chance.randint(0, 59))
        made.append(await log_call(service, cast.alice, date=date, time=time, duration=chance.choice(LENGTHS)))
    made.append(await log_call(service, cast.alice, duration=3_600))  # without a date it is in no window
    for begin, days in ((START, 7), (START - 100 * DAY_MS, 1), (START - 400 * DAY_MS, 31), (START + 1, 0), (START, 99)):
        end = begin + days * DAY_MS + 1
        query = Query(filter=Filter(within_from=begin, within_until=end), sort=Sort("due"), limit=500)
        page = await service.activities.list(cast.alice.principal, query)
        going_on = {one.id for one in made if due_of(one) < end and (due_of(one) >= begin or ends_of(one) > begin)}
        assert {one.id for one in page.items} == going_on
        assert all(due_of(one) < NO_DUE for one in page.items)
        viewer = Viewer(cast.alice.account_id, cast.alice.user_id, True)
        total, _ = await service.store.count(viewer, query.filter, (), 5.0)
        assert total == len(going_on)


async def test_only_what_goes_on_keeps_the_window_open(service: Service, cast: Cast) -> None:
    """Where nothing long goes on, a window is looked for from the day before; else from where that begins."""
    account = cast.alice.account_id

    async def begins(start: int) -> int | None:
        rows = await service.store.database.fetch(first_long(account, start))
        found: int | None = rows[0][0]
        return found

    assert await begins(START) is None
    long = await log_call(service, cast.alice, date=dt.date(2026, 1, 1), duration=300 * 86_400)
    await log_call(service, cast.alice, date=dt.date(2025, 12, 1), duration=86_400)
    assert await begins(START - 30 * DAY_MS) == due_of(long)
    assert await begins(START) is None


def test_sqlite_reads_a_window_from_an_index(tmp_path: Path) -> None:
    path = tmp_path / "dayline.db"
    migrate_sqlite(path)

    def plan(call: Call) -> str:
        compiled = sqlite_text(call.statement)
        text = f"EXPLAIN QUERY PLAN {compiled.text}"
        return str([row[-1] for row in connection.execute(text, compiled.arrange(call.params[0]))])

    with closing(sqlite3.connect(path)) as connection:
        for title, call in weeks():
            told = plan(call)
            assert "(account_id=? AND due>? AND due<?)" in told or "done=? AND due>? AND due<?)" in told, (title, told)
            assert "TEMP B-TREE" not in told, (title, told)
        assert "COVERING INDEX activities_long (account_id=? AND ends>?)" in plan(first_long(1, START))


@pytest.fixture
async def large(postgres: Server, postgres_template: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection as the server has it to 20,000 activities within two years, a tenth of them not public."""
    url = postgres.create("windows", postgres_template)
    due = f"{START} + (n - 14000) * 3600000::bigint"
    body = (
        f"1, n, n::text, 1, n % 10, 'call', n % 2, '', CASE n % 10 WHEN 0 THEN 'private' ELSE 'public' END, '', 0,"
        f" {due}, {due} + 1800000, n, n, 0, '', '', ''"
    )
    for rows in (
        f"activities SELECT {body} FROM generate_series(1, 20000) n",
        "counters VALUES (1, 1, 1, 1, '{}')",
        "sight SELECT 1, 3, n * 10 FROM generate_series(1, 200) n",
    ):
        postgres.ask(f"SET session_replication_role = replica; INSERT INTO {rows}", "windows")
    postgres.ask("ANALYZE", "windows")
    connection = await asyncpg.connect(url)
    await connection.execute("SET app.account = '1'")
    yield connection
    await connection.close()
    postgres.drop("windows")


async def test_postgresql_reads_a_window_from_an_index(large: "asyncpg.Connection[asyncpg.Record]") -> None:
    asked = [*weeks(), ("count", count_activities(Viewer(1, 3, True), WEEK, ()))]
    for title, call in asked:
        compiled = postgresql_text(call.statement)
        given = [call.params[0][place] for place in compiled.places]
        plan = "\n".join(row[0] for row in await large.fetch(f"EXPLAIN {compiled.text}", *given))
        assert "Seq Scan on activities" not in plan, f"{title}:\n{plan}"
        assert any("Index Cond" in line and "due >= " in line for line in plan.splitlines()), f"{title}:\n{plan}"
