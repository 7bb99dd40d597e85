"""A result as tables, in Markdown: what ``docs/performance.md`` shows comes from here."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from benchmarks.growth import DEPTHS
from benchmarks.results import Line, Result, Section
from benchmarks.targets import Aim, aims

TITLES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "growth-postgresql": "Growth on PostgreSQL",
    "growth-sqlite": "Growth on SQLite",
    "import": "Bulk import",
    "where": "Where the microseconds go",
    "remote": "Notes in other systems",
    "telling": "Webhooks",
    "peers": "What users would pick instead",
}


def markdown(result: Result) -> str:
    """The whole result."""
    parts = [f"{result.machine}; load by {result.generator}.", "### The aims", _aims(aims(result))]
    for name, title in TITLES.items():
        if name in result.sections:
            section = result.sections[name]
            parts += [f"### {title}", _measured(section), *_tables(name, section)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _measured(section: Section) -> str:
    seconds = f" of {section.seconds} s" if section.seconds else ""
    return f"Measured on {section.day}, medians of {section.rounds} rounds{seconds}."


def _aims(found: Iterable[Aim]) -> str:
    rows = [
        (aim.name, _reached(aim), f"{aim.kind} {_number(aim.bound)}{_unit(aim)}", _met(aim), aim.how) for aim in found
    ]
    return _table(("aim", "reached", "to reach", "met", "measured"), rows)


def _reached(aim: Aim) -> str:
    return "not measured" if aim.reached is None else f"**{_number(aim.reached)}**{_unit(aim)}"


def _unit(aim: Aim) -> str:
    return f" {aim.unit}" if aim.unit else ""


def _met(aim: Aim) -> str:
    return {True: "yes", False: "no", None: ""}[aim.met]


def _tables(name: str, section: Section) -> Iterator[str]:
    if name.startswith("growth"):
        yield from _growth(section.lines)
        return
    yield _lines(section.lines)
    if section.processes:
        rows = [
            (str(kept.workers), f"{kept.start.median:.2f}", f"{kept.idle.median:.0f}", f"{kept.loaded.median:.0f}")
            for kept in section.processes
        ]
        yield _table(("workers", "first answer, s", "a process idle, MiB", "after the load, MiB"), rows)


def _lines(lines: Sequence[Line]) -> str:
    """Lines in columns; a column in which nothing differs from a single one is left out."""
    columns: dict[str, Callable[[Line], str]] = {
        "database": lambda line: line.database,
        "operation": lambda line: line.operation,
        "surface": lambda line: line.surface,
        "accounts": lambda line: str(line.accounts),
        "clients": lambda line: str(line.clients),
        "workers": lambda line: str(line.workers),
        "a second": lambda line: _number(line.rate.median),
        "spread": lambda line: f"{_number(line.rate.lowest)} to {_number(line.rate.highest)}",
        "p50 ms": lambda line: _number(line.p50) if line.p50 else "",
        "p99 ms": lambda line: _number(line.p99) if line.p99 else "",
        "failed": lambda line: str(line.failed or ""),
        "database alone": lambda line: "" if line.limit is None else _number(line.limit.median),
        "ratio": lambda line: "" if line.ratio is None else f"**{_number(line.ratio)}**",
        "Dayline, µs": lambda line: "" if line.processor is None else _number(line.processor.median),
        "PostgreSQL, µs": lambda line: "" if line.beside is None else _number(line.beside.median),
    }
    rows = [[show(line) for show in columns.values()] for line in lines]
    alike = ({""}, {"1"}, {"SQLite"}, {"PostgreSQL"})
    used = [place for place in range(len(columns)) if {row[place] for row in rows} not in alike]
    return _table([list(columns)[place] for place in used], [[row[place] for place in used] for row in rows])


def _growth(lines: Sequence[Line]) -> Iterator[str]:
    """An operation a row, a size a column."""
    sizes = sorted({line.activities for line in lines})
    names = list(dict.fromkeys(line.operation for line in lines))
    rates = {(line.operation, line.activities): line for line in lines}
    workers = "" if {line.workers for line in lines} == {1} else f", {lines[0].workers} workers"
    for heading, chosen in (
        (f"operation, 32 clients{workers}", [name for name in names if "page" not in name]),
        *((f"{depth}, 8 clients{workers}", [name for name in names if name.endswith(depth)]) for depth in DEPTHS),
    ):
        rows = [
            (name.removesuffix(f", {heading.partition(',')[0]}"), *(_rate(rates.get((name, size))) for size in sizes))
            for name in chosen
        ]
        yield _table((heading, *(f"{size:,}" for size in sizes)), rows)


def _rate(line: Line | None) -> str:
    """A rate, and beside it what the database does alone."""
    if line is None:
        return ""
    beside = "" if line.limit is None else f" of {_number(line.limit.median)}"
    failed = f" ({line.failed} failed)" if line.failed else ""
    return f"{_number(line.rate.median)}{beside}{failed}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The columns are padded, since this is read on terminals too."""
    lines = [list(head), *map(list, rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    padded = ([cell.ljust(width) for cell, width in zip(cells, widths, strict=True)] for cells in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)
