"""The pages under docs/ that are made from the program: ``make docs`` writes them, and a test holds them to it."""

from collections.abc import Iterator
from pathlib import Path

from dayline.app import DIALECTS
from dayline.kit.dialect import Dialect

ROOT = Path(__file__).parent.parent
COVERAGE = ROOT / "docs" / "coverage.md"


def coverage() -> str:
    """Every operation that is served, from the tables that the routes are made of."""
    lines = ["# What is served", "", "Made from the dialects' own tables by `make docs`.", ""]
    for dialect in DIALECTS:
        lines += _surface(dialect)
    return "\n".join(lines)


def _surface(dialect: Dialect) -> Iterator[str]:
    base = "" if dialect.claims else f"/{dialect.name}"
    yield from (f"## {dialect.title}", "", "| operation | path | scope | cost |", "|---|---|---|---|")
    for row in dialect.operations:
        yield f"| {row.summary} | `{row.method} {base}{row.path}` | {row.scope or 'none'} | {row.cost or ''} |"
    yield ""


if __name__ == "__main__":
    COVERAGE.write_text(coverage())
