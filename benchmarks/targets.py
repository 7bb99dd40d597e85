"""What is to be reached, and how far a result gets. What a run did not measure is not judged."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from benchmarks.results import Line, Process, Result

BASE, LARGEST = 100_000, 3_000_000  # the sizes that growth is told between
COLD = 1_000_000


class Aim(Struct, frozen=True):
    """One aim: what is reached (None when it was not measured), and what is to be."""

    name: str
    reached: float | None
    bound: float
    kind: Literal["at least", "at most"] = "at least"
    unit: str = ""
    how: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is reached."""
        if self.reached is None:
            return None
        return self.reached >= self.bound if self.kind == "at least" else self.reached <= self.bound


def aims(result: Result) -> list[Aim]:
    """Every aim, in the order of the plan."""
    return [*_speed(result), *_growth(result), *_peers(result), *_remote(result), *_telling(result), *_rest(result)]


def _lines(result: Result, section: str, **wanted: object) -> list[Line]:
    found = result.sections.get(section)
    lines = [] if found is None else found.lines
    return [line for line in lines if all(getattr(line, name) == value for name, value in wanted.items())]


def _best(lines: Sequence[Line]) -> Line | None:
    """The line with the highest rate, of those with the most clients: with one worker or with more."""
    most = max((line.clients for line in lines), default=0)
    return max((line for line in lines if line.clients == most), key=lambda line: line.rate.median, default=None)


def _ratio(result: Result, section: str, name: str, bound: float, title: str, **wanted: object) -> Aim:
    best = _best(_lines(result, section, operation=name, surface="Pipedrive v2", **wanted))
    return Aim(title, None if best is None else best.ratio, bound, how="" if best is None else _how(best))


def _how(line: Line) -> str:
    workers = "" if line.workers == 1 else f", {line.workers} workers"
    return f"{line.rate.median:,.0f}/s with {line.clients} clients{workers}"


def _speed(result: Result) -> Iterator[Aim]:
    one, many = {"accounts": 1}, {"accounts": 32}
    yield _ratio(result, "postgresql", "create", 3.0, "create, PostgreSQL, one account, to pgbench", **one)
    yield _ratio(result, "postgresql", "create", 1.0, "create, PostgreSQL, 32 accounts, to pgbench", **many)
    yield _to_bare(result)
    yield _ratio(result, "postgresql", "get", 0.35, "get, PostgreSQL, to pgbench")
    yield _ratio(result, "postgresql", "list 100", 0.8, "list 100, PostgreSQL, warm, to pgbench")
    title = "list 100, PostgreSQL, random pages of 1 M, to pgbench"
    yield _ratio(result, "growth-postgresql", "list 100, cold", 0.2, title, activities=COLD)
    yield _ratio(result, "sqlite", "create", 1.5, "create, SQLite, to single transactions in process")
    yield _ratio(result, "sqlite", "list 100", 0.45, "list 100, SQLite, warm, to the statement in process")


def _to_bare(result: Result) -> Aim:
    title = "create, PostgreSQL, 32 accounts, to a bare insert"
    best = _best(_lines(result, "postgresql", operation="create", accounts=32, surface="Pipedrive v2"))
    bare = _best(_lines(result, "postgresql", operation="bare insert"))
    if best is None or bare is None:
        return Aim(title, None, 0.4)
    return Aim(title, best.rate.median / bare.rate.median, 0.4, how=_how(best))


def _growth(result: Result) -> Iterator[Aim]:
    for database in ("PostgreSQL", "SQLite"):
        section = f"growth-{database.lower()}"
        for name, bound in (("get", 0.6), ("list 100, warm", 0.4), ("list 100, cold", 0.4), ("create", 0.7)):
            kept = _kept(result, section, name)
            yield Aim(f"{name}, {database}, 3 M to 100 k", kept, bound, how=_from_to(result, section, name))
        yield _worst_filter(result, section, database)


def _kept(result: Result, section: str, name: str) -> float | None:
    """What is left of a rate at the largest size."""
    base, largest = (_rate(result, section, name, size) for size in (BASE, LARGEST))
    return None if not base or largest is None else largest / base


def _rate(result: Result, section: str, name: str, size: int) -> float | None:
    found = _lines(result, section, operation=name, activities=size)
    return found[0].rate.median if found else None


def _from_to(result: Result, section: str, name: str) -> str:
    base, largest = (_rate(result, section, name, size) for size in (BASE, LARGEST))
    return "" if base is None or largest is None else f"{base:,.0f}/s, then {largest:,.0f}/s"


def _worst_filter(result: Result, section: str, database: str) -> Aim:
    names = {line.operation for line in _lines(result, section, activities=LARGEST) if "page" in line.operation}
    slower: list[tuple[float, str]] = []
    for name in sorted(name for name in names if "sorted" not in name):
        base, largest = (_rate(result, section, name, size) for size in (BASE, LARGEST))
        if base is not None and largest is not None:
            slower.append((base / largest if largest else float("inf"), name))
    worst, name = max(slower, default=(None, ""))
    return Aim(f"the slowest single filter, {database}, 3 M to 100 k", worst, 2.5, "at most", how=name)


def _peers(result: Result) -> Iterator[Aim]:
    ours = {line.operation: line for line in _lines(result, "peers", surface="Dayline")}
    for peer in ("Django REST framework", "Directus"):
        theirs = _lines(result, "peers", surface=peer)
        answered = [line for line in theirs if line.rate.median]
        ratios = [(ours[line.operation].rate.median / line.rate.median, line.operation) for line in answered]
        worst, name = min(ratios, default=(None, ""))
        yield Aim(f"any operation, to {peer}", worst, 10, how=name)


def _remote(result: Result) -> Iterator[Aim]:
    """What a note costs that goes through, beside one that goes straight to the vendor."""
    through, direct = (
        {line.clients: line for line in _lines(result, "remote", surface=surface)}
        for surface in ("Truto", "the vendor itself")
    )
    few, many = min(through, default=None), max(through, default=None)
    title = "a note in another system, at the median, beyond the vendor's own time"
    if few is None or many is None:
        yield Aim(title, None, 3, "at most", "ms")
        yield Aim("notes in another system, a second", None, 500)
        return
    added = through[few].p50 - direct[few].p50
    yield Aim(title, added, 3, "at most", "ms", f"{through[few].p50:.2f} ms with {few} clients")
    yield Aim("notes in another system, a second", through[many].rate.median, 500, how=_how(through[many]))


def _telling(result: Result) -> Iterator[Aim]:
    """What webhooks are told, and how much callers notice of receivers that do what they should not."""
    lines = _lines(result, "telling")
    waiting = [line for line in lines if line.operation == "deliver what waits"]
    slowest = min((line.rate.median for line in waiting), default=None)
    yield Aim("deliveries a second, SQLite", slowest, 200, how=f"{waiting[0].surface}" if waiting else "")
    late = max((line.p99 for line in lines if "request to receiver" in line.operation), default=None)
    yield Aim("from the request to the receiver, 99 %", late, 1_500, "at most", "ms")
    beside = {line.surface: line.p99 for line in lines if line.clients > 1}
    good, bad = beside.get("a good receiver"), beside.get("and 14 hostile ones")
    how = "" if good is None or bad is None else f"{good:.2f} ms, then {bad:.2f} ms"
    reached = None if not good or bad is None else bad / good
    yield Aim("p99 of a get with hostile receivers, to one with a good one", reached, 1.2, "at most", how=how)


def _rest(result: Result) -> Iterator[Aim]:
    imported = _lines(result, "import", operation="import records over HTTP")
    how = f"{imported[0].rate.median:,.0f} rows/s" if imported else ""
    yield Aim("bulk import over HTTP, to COPY", imported[0].ratio if imported else None, 0.25, how=how)
    yield from _process(result, "MiB", 60, lambda process: process.idle.median)
    yield from _process(result, "s", 1, lambda process: process.start.median)


def _process(result: Result, unit: str, bound: float, value: Callable[[Process], float]) -> Iterator[Aim]:
    for section, database in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        found = result.sections.get(section)
        reached = max((value(process) for process in found.processes), default=None) if found else None
        what = "one idle process" if unit == "MiB" else "from the command to the first answer"
        yield Aim(f"{what}, {database}", reached, bound, "at most", unit)
