"""What was measured, as it is kept in ``benchmarks/results``. It judges nothing."""

import os
import platform
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct, field

from benchmarks.load import Measured, generator

FOLDER = Path(__file__).parent / "results"


class Spread(Struct, frozen=True):
    """The median of some rounds, the lowest and the highest."""

    median: float
    lowest: float
    highest: float


class Line(Struct, frozen=True, kw_only=True):
    """One operation over HTTP: its rate, its latencies in ms, and the same of the database alone, if any.

    ``activities`` is how many there were, ``failed`` how many answers were not a success. ``processor`` is what a
    request took of Dayline's processes, ``beside`` of PostgreSQL's, in microseconds, where that was measured.
    """

    database: str
    operation: str
    surface: str = "Pipedrive v2"
    clients: int = 1
    workers: int = 1
    accounts: int = 1
    activities: int = 0
    rate: Spread
    p50: float = 0.0
    p99: float = 0.0
    failed: int = 0
    limit: Spread | None = None
    processor: Spread | None = None
    beside: Spread | None = None

    @property
    def ratio(self) -> float | None:
        """The rate over the limit."""
        return self.rate.median / self.limit.median if self.limit and self.limit.median else None


class Process(Struct, frozen=True):
    """A serving process: seconds from the command to the first answer, and MiB before and after load."""

    database: str
    workers: int
    start: Spread
    idle: Spread
    loaded: Spread


class Section(Struct, frozen=True):
    """One part of a run. ``day`` and ``rounds`` are its own, since parts can be measured again."""

    day: str
    rounds: int
    seconds: int
    lines: list[Line] = []
    processes: list[Process] = []


class Result(Struct):
    """A run, by section."""

    machine: str
    generator: str
    sections: dict[str, Section] = field(default_factory=dict)


def spread(values: Sequence[float]) -> Spread:
    """The median of these, the lowest and the highest."""
    return Spread(median(values), min(values), max(values))


def line(
    database: str, operation: str, found: Sequence[Measured], limits: Sequence[float] = (), **more: object
) -> Line:
    """A line from the measurements of all rounds."""
    told: dict[str, object] = {
        "database": database,
        "operation": operation,
        "rate": spread([measured.rate for measured in found]),
        "p50": median(measured.p50 for measured in found),
        "p99": median(measured.p99 for measured in found),
        "failed": sum(measured.failed for measured in found),
        "limit": spread(limits) if limits else None,
    }
    return Line(**(told | more))  # type: ignore[arg-type]


def section(rounds: int, seconds: int, lines: list[Line], processes: Sequence[Process] = ()) -> Section:
    """A section of today."""
    return Section(time.strftime("%Y-%m-%d", time.gmtime()), rounds, seconds, lines, list(processes))


def kept(path: Path) -> Result:
    """The result that is kept in a file."""
    return msgspec.json.decode(path.read_bytes(), type=Result)


def begun(path: Path) -> Result:
    """What is kept in a file, to be gone on with; an empty one when it is another machine's."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {versions}"
    if path.exists() and (old := kept(path)).machine == machine and old.generator == generator():
        return old
    return Result(machine, generator())


def keep(result: Result, path: Path) -> None:
    """Keep the result, rounded to what can be told apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(_rounded(msgspec.to_builtins(result))), indent=1) + b"\n")


def _rounded(value: object) -> object:
    match value:
        case float():
            return round(value, 4 if value < 1 else 2)
        case dict():
            return {key: _rounded(kept) for key, kept in value.items()}
        case list():
            return [_rounded(kept) for kept in value]
    return value
