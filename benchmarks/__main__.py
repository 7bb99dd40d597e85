"""``make bench``: measures Dayline and its database in turn, three rounds, and prints the medians as ratios."""

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import msgspec
import typer
from msgspec import Struct
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.limits import create_limit, get_limit, list_limit
from benchmarks.load import Load, Measured, run_load
from benchmarks.world import ACTIVITIES, Served, World, a_body, make_world, served

RESULT = Path(__file__).parent / "results" / "sqlite.json"
CLIENTS = (1, 8, 32)
Limit = Callable[[World, Path], float]

# What is sent, the same in process, and the ratio that is aimed at with 32 clients.
MEASURES: tuple[tuple[Load, Limit, float | None], ...] = (
    (Load("create", "/api/v2/activities", "POST", json.dumps(a_body())), create_limit, 1.5),
    (Load("get", "/api/v2/activities/4711"), get_limit, None),
    (Load("list 100", "/api/v2/activities?limit=100"), list_limit, 0.45),
)


class Line(Struct, frozen=True):
    """One line of the result: medians of all rounds, and the spread of the rate."""

    operation: str
    clients: int
    rate: float
    lowest: float
    highest: float
    p50: float
    p99: float
    limit: float
    ratio: float
    target: float | None


class Result(Struct, frozen=True):
    """A whole run."""

    day: str
    machine: str
    activities: int
    rounds: int
    start_seconds: float
    idle_mib: float
    lines: list[Line]


def main(
    seconds: Annotated[int, typer.Option(help="How long each load lasts.")] = 3,
    rounds: Annotated[int, typer.Option(help="How often everything is measured.")] = 3,
    save: Annotated[bool, typer.Option(help="Keep the result in benchmarks/results.")] = False,
) -> None:
    """Measure create, get and list through Pipedrive's surface, and the same statements in process."""
    with tempfile.TemporaryDirectory(prefix="dayline-bench-", dir=Path.cwd()) as name, Progress() as progress:
        folder = Path(name)
        task = progress.add_task("Filling", total=1 + rounds * len(MEASURES) * (1 + len(CLIENTS)))
        world = make_world(folder / "world.db")
        progress.advance(task)
        result = _measure(
            world, folder, rounds, seconds, lambda told: progress.update(task, description=told, advance=1)
        )
    _print(result)
    if save:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


def _measure(world: World, folder: Path, rounds: int, seconds: int, told: Callable[[str], None]) -> Result:
    limits: dict[str, list[float]] = {}
    loads: dict[tuple[str, int], list[Measured]] = {}
    starts: list[Served] = []
    for _ in range(rounds):
        for load, limit, _ in MEASURES:
            limits.setdefault(load.name, []).append(limit(world, folder))
            told(f"{load.name}, in process")
            with served(world.database) as server:
                starts.append(server)
                for clients in CLIENTS:
                    measured = run_load(load, server.url, world.credential, clients, seconds)
                    loads.setdefault((load.name, clients), []).append(measured)
                    told(f"{load.name}, {clients} clients")
    return Result(
        day=time.strftime("%Y-%m-%d", time.gmtime()),
        machine=f"{platform.machine()}, {_cores()} cores, Python {platform.python_version()}",
        activities=ACTIVITIES,
        rounds=rounds,
        start_seconds=median(start.start for start in starts),
        idle_mib=median(start.memory for start in starts),
        lines=[_line(*key, found, limits[key[0]]) for key, found in loads.items()],
    )


def _line(operation: str, clients: int, found: list[Measured], limits: list[float]) -> Line:
    refused = sum(measured.refused for measured in found)
    if refused:
        raise RuntimeError(f"{refused} answers to {operation} were not a success")
    rates = [measured.rate for measured in found]
    target = next(target for load, _, target in MEASURES if load.name == operation)
    return Line(
        operation=operation,
        clients=clients,
        rate=median(rates),
        lowest=min(rates),
        highest=max(rates),
        p50=median(measured.p50 for measured in found),
        p99=median(measured.p99 for measured in found),
        limit=median(limits),
        ratio=median(rates) / median(limits),
        target=target,
    )


def _print(result: Result) -> None:
    table = Table(
        title=f"SQLite, {result.activities:,} activities, medians of {result.rounds} rounds · {result.machine}"
    )
    for heading in ("operation", "clients", "a second", "spread", "p50 ms", "p99 ms", "in process", "ratio", "aim"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    for line in result.lines:
        table.add_row(
            line.operation,
            str(line.clients),
            f"{line.rate:,.0f}",
            f"{line.lowest:,.0f}-{line.highest:,.0f}",
            f"{line.p50:.0f}",
            f"{line.p99:.0f}",
            f"{line.limit:,.0f}",
            f"{line.ratio:.2f}",
            "" if line.target is None else f"{line.target:.2f}",
        )
    console = Console(width=110)
    console.print(table)
    console.print(f"Start to first answer {result.start_seconds:.2f} s; idle process {result.idle_mib:.0f} MiB.")


def _cores() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    typer.run(main)
