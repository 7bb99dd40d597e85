"""The numbers of a process at one moment, as they can be written down, read by another, and put together."""

import os
import resource
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from dayline.counting import CONNECTIONS, COUNTERS, HISTOGRAMS, Labels

Buckets: TypeAlias = tuple[list[int], float]
"""How many were in each bucket, and the sum of all that was measured."""

CPU: Final = "process_cpu_seconds"
MEMORY: Final = "process_resident_memory_bytes"
FILES: Final = "process_open_fds"
MOST_FILES: Final = "process_max_fds"
BEGAN: Final = "process_start_time_seconds"
PROCESSES: Final = "dayline_processes"
_LEAST: Final = frozenset({BEGAN, MOST_FILES})  # of several processes the least one tells


class Snapshot(Struct):
    """``counters`` and ``histograms`` only grow, ``gauges`` are of a process that lives. All by the family's name."""

    counters: dict[str, list[tuple[Labels, float]]] = {}
    histograms: dict[str, list[tuple[Labels, Buckets]]] = {}
    gauges: dict[str, float] = {}


def take(gauges: dict[str, float] | None = None) -> Snapshot:
    """The numbers of this process, with these beside them."""
    counters = {family.name: list(family.values.items()) for family in COUNTERS}
    counters[CPU] = [((), time.process_time())]
    histograms = {
        family.name: [(labels, (list(spread.buckets), spread.total)) for labels, spread in list(family.spreads.items())]
        for family in HISTOGRAMS
    }
    return Snapshot(counters, histograms, {CONNECTIONS.name: CONNECTIONS.value, **_process(), **(gauges or {})})


def merged(living: Iterable[Snapshot], gone: Iterable[Snapshot] = ()) -> Snapshot:
    """The numbers of several processes as those of one. Of those that are gone, what they counted."""
    counters: dict[str, dict[Labels, float]] = {}
    histograms: dict[str, dict[Labels, Buckets]] = {}
    gauges: dict[str, float] = {}
    for snapshot in (present := list(living)):
        for name, value in snapshot.gauges.items():
            before = gauges.get(name)
            if before is None:
                gauges[name] = value
            else:
                gauges[name] = min(before, value) if name in _LEAST else before + value
    for snapshot in (*present, *gone):
        for name, values in snapshot.counters.items():
            sums = counters.setdefault(name, {})
            for labels, value in values:
                sums[labels] = sums.get(labels, 0) + value
        for name, spreads in snapshot.histograms.items():
            found = histograms.setdefault(name, {})
            for labels, (buckets, total) in spreads:
                before_buckets, before_total = found.get(labels, ([0] * len(buckets), 0.0))
                added = [one + other for one, other in zip(before_buckets, buckets, strict=True)]
                found[labels] = (added, before_total + total)
    return Snapshot(
        {name: list(values.items()) for name, values in counters.items()},
        {name: list(spreads.items()) for name, spreads in histograms.items()},
        gauges,
    )


def _process() -> dict[str, float]:
    """What this process takes of the machine, where the machine tells."""
    found: dict[str, float] = {PROCESSES: 1}
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        found[MEMORY] = pages * os.sysconf("SC_PAGE_SIZE")
        found[FILES] = len(os.listdir("/proc/self/fd"))
        found[MOST_FILES] = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        found[BEGAN] = _began(os.getpid())
    except (OSError, ValueError, IndexError):
        pass
    return found


@cache
def _began(pid: int) -> float:
    """When a process began, in seconds UTC."""
    ticks = float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    up = float(Path("/proc/uptime").read_text().split()[0])
    return round(time.time() - up + ticks / os.sysconf("SC_CLK_TCK"), 2)
