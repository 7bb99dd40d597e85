"""The same operations while the number of activities grows: rates, and every single filter, shallow and deep."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from benchmarks.load import Ask, Measured, run_load
from benchmarks.pgbench import BenchServer, Scripts
from benchmarks.plan import Plan, Told
from benchmarks.results import Line, Section, line, section
from benchmarks.rows import EPOCH, LARGE, RARE, RARE_TYPE, USERS
from benchmarks.served import served
from benchmarks.speed import CREATE, DATABASE, GET, LIST, alone, filled
from benchmarks.surfaces import PIPEDRIVE, cursor, surfaces
from benchmarks.world import World, grown, make_world
from dayline.domain.filter import Position, Query
from dayline.store.lists import Viewer, list_activities
from dayline.store.open import open_store
from dayline.store.store import Store
from dayline.vendors.pipedrive.mapping import read_query
from dayline.vendors.pipedrive.schema import ListQuery

THOUSANDTH: Final = 999 * 100  # rows before the thousandth page
CLIENTS: Final = 8  # for a filter
PATH: Final = "/api/v2/activities"
DEPTHS: Final = ("first page", "deep page")
Found: TypeAlias = dict[tuple[str, int], list[Measured]]
"""What was measured in each round, by operation and number of clients."""


def _filters(activities: int) -> dict[str, str]:
    """Every single filter that Pipedrive's list offers, as it is asked for; and the other orders."""
    late, early = (_instant(EPOCH + activities * share) for share in (900, 100))
    return {
        "no filter": "",
        "owner": "&owner_id=5",
        "rare owner": f"&owner_id={USERS}",
        "deal": f"&deal_id={LARGE}",
        "rare deal": f"&deal_id={RARE}",
        "person": f"&person_id={LARGE}",
        "organization": f"&org_id={LARGE}",
        "type": "&type=call",
        "rare type": f"&type={RARE_TYPE}",
        "done": "&done=true",
        "due from": "&start_date=2026-07-01",
        "due from, rare": "&start_date=2030-01-01",
        "due until": "&end_date=2026-07-01",
        "updated since": f"&updated_since={late}",
        "updated until": f"&updated_until={early}",
        "sorted by due date": "&sort_by=due_date",
        "sorted by update, newest first": "&sort_by=update_time&sort_direction=desc",
    }


def _instant(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at // 1000))


def on_postgresql(plan: Plan, told: Told) -> Section:
    """PostgreSQL at every size, with its own limits beside it."""
    lines: list[Line] = []
    with filled(plan.sizes[0], told) as (server, scripts, smallest):
        world = smallest
        for size in plan.sizes:
            world = grown(world, size, lambda count: told(f"growth: filling to {size:,}", count / 10_000))  # noqa: B023
            lines += _at_size("PostgreSQL", plan, world, told, _alone(server, scripts, world, plan))
    return section(plan.growth_rounds, plan.growth_seconds, lines)


def on_sqlite(plan: Plan, told: Told) -> Section:
    """SQLite at every size."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="dayline-bench-", dir=Path.cwd()) as name:
        world = make_world(f"sqlite:///{Path(name) / 'world.db'}", Path(name) / "files")
        for size in plan.sizes:
            world = grown(world, size, lambda count: told(f"growth: filling to {size:,}", count / 10_000))  # noqa: B023
            lines += _at_size("SQLite", plan, world, told, lambda _: None)
    return section(plan.growth_rounds, plan.growth_seconds, lines)


def _alone(server: BenchServer, scripts: Scripts, world: World, plan: Plan) -> Callable[[str], float | None]:
    """What pgbench does at this size, by the operation's name."""
    operations = {"create": CREATE, "get": GET, "list 100, warm": LIST}

    def measured(name: str) -> float | None:
        if name == "list 100, cold":
            sets = {"account": "1", "target": f"100 * random(0, {world.activities // 100 - 1})"}
            return server.pgbench(DATABASE, scripts.page, CLIENTS, plan.growth_seconds, **sets)
        return alone(server, scripts, world, operations[name], max(plan.clients), plan.growth_seconds)

    return measured


def _at_size(
    database: str, plan: Plan, world: World, told: Told, limit: Callable[[str], float | None]
) -> Iterator[Line]:
    limits: dict[str, list[float]] = {}
    found: Found = {}
    workers = _workers(database, plan)
    with served(world, workers) as server:
        for turn in range(plan.growth_rounds):
            for name, asks in _operations(world, turn).items():
                if (rate := limit(name)) is not None:
                    limits.setdefault(name, []).append(rate)
                measured = run_load(server.url, asks, max(plan.clients), plan.growth_seconds)
                found.setdefault((name, max(plan.clients)), []).append(measured)
                told(f"growth: {name} of {world.activities:,}", 2 * plan.growth_seconds)
    found |= _looked_for(workers, plan, world, told)
    for (name, clients), rates in found.items():
        more = {"clients": clients, "workers": workers, "activities": world.activities}
        yield line(database, name, rates, limits.get(name, []), **more)


def _workers(database: str, plan: Plan) -> int:
    """As many processes as are best there: SQLite has one writer, and one process is enough for it."""
    return max(plan.workers) if database == "PostgreSQL" else 1


def _looked_for(workers: int, plan: Plan, world: World, told: Told) -> Found:
    """The pages of every filter, nothing kept in memory: asked again, they would be found there, not looked for."""
    found: Found = {}
    pages = list(_pages(world))
    with served(world, workers, rendering_bytes="0") as server:
        for _ in range(plan.growth_rounds):
            for name, asks in pages:
                found.setdefault((name, CLIENTS), []).append(run_load(server.url, asks, CLIENTS, 1))
                told(f"growth: {name} of {world.activities:,}", 1)
    return found


def _operations(world: World, turn: int) -> dict[str, list[Ask]]:
    return {
        "create": PIPEDRIVE.creates(world.holders[:1]),
        "get": PIPEDRIVE.gets(world),
        "list 100, warm": PIPEDRIVE.warm(world),
        "list 100, cold": PIPEDRIVE.cold(world, turn),
    }


def _pages(world: World) -> list[tuple[str, list[Ask]]]:
    """The first page of every filter, and the thousandth or the last one before it."""
    return [*asyncio.run(_found_pages(world)), *_other_pages(world)]


def _other_pages(world: World) -> Iterator[tuple[str, list[Ask]]]:
    """The same of the surfaces whose pages have numbers: some filters, and how deep it goes without one."""
    for surface in surfaces()[1:]:
        for name, asked in surface.filters:
            first = surface.list(world.holders[0], 0) + asked
            yield f"{surface.name}: {name}, {DEPTHS[0]}", surface.reads(world, [first])
        deep = surface.list(world.holders[0], min(world.activities, 1000 * surface.page) - surface.page)
        yield f"{surface.name}: no filter, {DEPTHS[1]}", surface.reads(world, [deep])


async def _found_pages(world: World) -> list[tuple[str, list[Ask]]]:
    store = await open_store(world.url, files=world.files, statement_timeout=600)
    pages: list[tuple[str, list[Ask]]] = []
    try:
        for name, asked in _filters(world.activities).items():
            first = f"{PATH}?limit=100{asked}"
            query = read_query(msgspec.convert(dict(parse_qsl(first.partition("?")[2])), ListQuery, strict=False))
            after = await _deep(store, world, query)
            deep = "" if after is None else first + cursor(world.holders[0], query, after)
            for depth, path in zip(DEPTHS, (first, deep), strict=True):
                if path:
                    pages.append((f"{name}, {depth}", PIPEDRIVE.reads(world, [path])))
    finally:
        await store.close()
    return pages


async def _deep(store: Store, world: World, query: Query) -> Position | None:
    """The position before the thousandth page, or before the last whole one; None where all fits on a page."""
    who = world.first
    related = tuple((key.kind, int(key.value)) for key in query.filter.related)
    viewer = Viewer(who.account_id, who.user_id, who.is_admin)
    rows = await store.database.scan(list_activities(viewer, replace(query, limit=THOUSANDTH + 200), related, None))
    if len(rows) < 200:
        return None
    value, id_, *_ = rows[min(THOUSANDTH, len(rows) - 100) - 1]
    return Position(value, id_)
