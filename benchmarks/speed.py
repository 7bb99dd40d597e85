"""Each operation through each surface, in turn with what the database does alone."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from benchmarks.limits import create_limit, get_limit, list_limit, patch_limit
from benchmarks.load import Ask, Measured, run_load
from benchmarks.pgbench import BenchServer, Scripts, bench_server, make_scripts
from benchmarks.plan import Plan, Told
from benchmarks.results import Line, Process, Section, line, section, spread
from benchmarks.served import Served, served
from benchmarks.surfaces import Surface, surfaces
from benchmarks.world import World, grown, make_world

ACCOUNTS: Final = 32
SPARE: Final = ACCOUNTS + 1  # the account that takes what no other shall see
DATABASE: Final = "bench"


class Operation(Struct, frozen=True):
    """An operation: its name, the accounts it is spread over, and the requests."""

    name: str
    asks: Callable[[Surface, World], list[Ask]]
    accounts: int = 1

    def called(self, surface: Surface) -> str:
        """The name with the length of the surface's page."""
        return f"{self.name} {surface.page}" if self.name == "list" else self.name


CREATE: Final = Operation("create", lambda surface, world: surface.creates(world.holders[:1]))
CREATE_APART: Final = Operation("create", lambda surface, world: surface.creates(world.holders[:ACCOUNTS]), ACCOUNTS)
GET: Final = Operation("get", lambda surface, world: surface.gets(world))
LIST: Final = Operation("list", lambda surface, world: surface.warm(world))
BESIDE_CHANGES: Final = Operation("list beside changes", lambda surface, world: surface.warm_beside_changes(world))
PATCH: Final = Operation("patch", lambda surface, world: surface.changes(world))


class Key(Struct, frozen=True):
    """What one line is about."""

    surface: Surface
    operation: Operation
    clients: int
    workers: int


LimitKey: TypeAlias = tuple[str, int, int]  # operation, accounts, clients


class Tally:
    """Gathers the measurements of all rounds."""

    def __init__(self, database: str, plan: Plan, world: World) -> None:
        self._database, self._plan, self._world = database, plan, world
        self._found: dict[Key, list[Measured]] = {}
        self._limits: dict[LimitKey, list[float]] = {}
        self._processes: dict[int, list[tuple[float, float, float]]] = {}

    def limit(self, name: str, accounts: int, clients: int, rate: float) -> None:
        """Note what the database does alone."""
        self._limits.setdefault((name, accounts, clients), []).append(rate)

    @contextmanager
    def process(self, workers: int) -> Iterator[Served]:
        """A server for the time of the block; its start and its memory are noted."""
        with served(self._world, workers) as server:
            idle = server.memory()
            yield server
            self._processes.setdefault(workers, []).append((server.start, idle, server.memory()))

    def load(self, server: Served, workers: int, operation: Operation, clients: int, told: Told) -> None:
        """Measure an operation through every surface."""
        for surface in surfaces_for(self._plan, clients):
            asks = operation.asks(surface, self._world)
            found = run_load(server.url, asks, clients, self._plan.seconds)
            self._found.setdefault(Key(surface, operation, clients, workers), []).append(found)
            name = f"{self._database}: {operation.called(surface)}, {surface.name}"
            told(f"{name}, {clients} clients, {workers} workers", self._plan.seconds)

    def section(self) -> Section:
        """All of it."""
        processes = [
            Process(self._database, workers, *(spread(values) for values in zip(*found, strict=True)))
            for workers, found in self._processes.items()
        ]
        lines = [*map(self._line, self._found), *self._bare()]
        return section(self._plan.rounds, self._plan.seconds, lines, processes)

    def _line(self, key: Key) -> Line:
        operation = key.operation
        # A page of another length is not what the database was measured by; in process, clients make no difference.
        limits = self._limits.get((operation.called(key.surface), operation.accounts, key.clients), [])
        return line(
            self._database,
            operation.called(key.surface),
            self._found[key],
            limits or self._limits.get((operation.called(key.surface), operation.accounts, 0), []),
            surface=key.surface.name,
            clients=key.clients,
            workers=key.workers,
            accounts=operation.accounts,
            activities=self._world.activities,
        )

    def _bare(self) -> Iterator[Line]:
        """The insert of a bare row, which is no operation of ours."""
        for (name, accounts, clients), rates in self._limits.items():
            if name == BARE:
                found = [Measured(rate, 0, 0, 0) for rate in rates]
                yield line(self._database, BARE, found, surface="pgbench", clients=clients, accounts=accounts)


BARE: Final = "bare insert"


def surfaces_for(plan: Plan, clients: int) -> tuple[Surface, ...]:
    """The surfaces that so many clients ask."""
    return surfaces() if not plan.sparse or clients == max(plan.clients) else surfaces()[:1]


def on_sqlite(plan: Plan, told: Told) -> Section:
    """Every operation on SQLite, one process."""
    with tempfile.TemporaryDirectory(prefix="dayline-bench-", dir=Path.cwd()) as home:
        folder = Path(home)
        world = make_world(f"sqlite:///{folder / 'world.db'}", folder / "files")
        world = grown(world, plan.activities, lambda _: None)
        tally = Tally("SQLite", plan, world)
        limits = {"create": create_limit, "get": get_limit, "list 100": list_limit, "patch": patch_limit}
        for _ in range(plan.rounds):
            for name, limit in limits.items():
                tally.limit(name, 1, 0, limit(world, folder))
                told(f"SQLite: {name}, in process", 1)
            with tally.process(1) as server:
                for operation in (CREATE, GET, LIST, PATCH):
                    for clients in plan.clients:
                        tally.load(server, 1, operation, clients, told)
                tally.load(server, 1, BESIDE_CHANGES, max(plan.clients), told)
        return tally.section()


def on_postgresql(plan: Plan, told: Told) -> Section:
    """Every operation on PostgreSQL; creates in one account and in many."""
    with filled(plan.activities, told) as (server, scripts, world):
        tally = Tally("PostgreSQL", plan, world)
        for _ in range(plan.rounds):
            for workers in plan.workers:
                with tally.process(workers) as serving:
                    for operation in (CREATE, CREATE_APART, GET, LIST, PATCH):
                        for clients in (clients for clients in plan.clients if clients >= workers):
                            if workers == plan.workers[0]:
                                _limits(tally, server, scripts, world, operation, clients, plan.seconds)
                                told(f"PostgreSQL: {operation.name}, pgbench, {clients} clients", plan.seconds)
                            tally.load(serving, workers, operation, clients, told)
                    tally.load(serving, workers, BESIDE_CHANGES, max(plan.clients), told)
        return tally.section()


@contextmanager
def filled(activities: int, told: Told) -> Iterator[tuple[BenchServer, Scripts, World]]:
    """A PostgreSQL server with a world of so many activities."""
    with tempfile.TemporaryDirectory(prefix="dayline-bench-") as name, bench_server() as server:
        folder = Path(name)
        scripts = make_scripts(folder)
        world = make_world(server.create(DATABASE), folder / "files", SPARE)
        yield server, scripts, grown(world, activities, lambda count: told("PostgreSQL: filling", count / 10_000))


def _limits(
    tally: Tally, server: BenchServer, scripts: Scripts, world: World, operation: Operation, clients: int, seconds: int
) -> None:
    name = operation.called(surfaces()[0])
    rate = alone(server, scripts, world, operation, clients, seconds)
    tally.limit(name, operation.accounts, clients, rate)
    if operation is CREATE:
        rate = server.pgbench(DATABASE, scripts.insert, clients, seconds, account=str(SPARE))
        tally.limit(BARE, 1, clients, rate)


def alone(
    server: BenchServer, scripts: Scripts, world: World, operation: Operation, clients: int, seconds: int
) -> float:
    """What pgbench does with the statements of an operation, a second."""
    sets = {"account": "1"}
    if operation.name in ("get", "patch"):
        sets["target"] = f"random(1, {world.activities})"
    if operation.accounts > 1:
        sets["account"] = ":client_id + 1"
    chosen = {"create": scripts.create, "get": scripts.get, "list": scripts.list, "patch": scripts.patch}
    return server.pgbench(DATABASE, chosen[operation.name], clients, seconds, **sets)
