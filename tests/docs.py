"""The pages under docs/ that are made from the program: ``make docs`` writes them, and a test holds them to it."""

from collections.abc import Iterator
from pathlib import Path

from dayline.app import DIALECTS
from dayline.domain.fields import EXTRAS, FIELDS
from dayline.kit.dialect import Dialect, Tongue
from tests.vendors.pipedrive.v1.side_by_side import page as versions

ROOT = Path(__file__).parent.parent
COVERAGE = ROOT / "docs" / "coverage.md"
TONGUES = ROOT / "docs" / "dialects.md"
VERSIONS = ROOT / "docs" / "pipedrive-v1-v2.md"


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


TONGUES_HEAD = """# One activity, many dialects

Made from the dialects' own tables by `make docs`.

Every dialect shows every activity, whoever wrote it. The rows are the fields that are stored, the cells how a dialect
says them. An empty cell: it cannot, so the field is left out there, and what is written there leaves it as it is.
*Written only*: it can be said and is never shown. What of one activity is left out, or not said whole, is in the answer
to `GET /dayline/v1/activities/{id}/dialects`.
"""


def tongues() -> str:
    """How each dialect says each field of an activity, from what the dialects tell of themselves."""
    speaking = [(dialect.title, dialect.tongue) for dialect in DIALECTS if dialect.tongue is not None]
    extras = sorted({name for _, tongue in speaking for name in tongue.says if name.startswith(f"{EXTRAS}.")})
    rows = [["field", *(title for title, _ in speaking)], ["---"] * (len(speaking) + 1)]
    rows += [[f"`{name}`", *(_words(tongue, name) for _, tongue in speaking)] for name in (*FIELDS, *extras)]
    return TONGUES_HEAD + "".join(f"\n| {' | '.join(row)} |" for row in rows) + "\n"


def _words(tongue: Tongue, name: str) -> str:
    if name in tongue.hears:
        return f"*written only*: {tongue.hears[name]}"
    whole = tongue.says.get(EXTRAS, "") if name.startswith(f"{EXTRAS}.") else ""
    return tongue.says.get(name, whole)


if __name__ == "__main__":
    COVERAGE.write_text(coverage())
    TONGUES.write_text(tongues())
    VERSIONS.write_text(versions())
