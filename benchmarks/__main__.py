"""``make bench``: measures Dayline and its databases in turn, and prints how far each aim is reached."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer
from msgspec.structs import replace
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import growth, importing, remote, speed, telling, where
from benchmarks.peers import measure as peers
from benchmarks.plan import SHORT, SMALLEST, WHOLE, Plan, Told, expected
from benchmarks.plot import plot
from benchmarks.results import FOLDER, Section, begun, keep, kept
from benchmarks.surfaces import surfaces
from benchmarks.tables import markdown

SECTIONS: Final[dict[str, Callable[[Plan, Told], Section]]] = {
    "sqlite": speed.on_sqlite,
    "postgresql": speed.on_postgresql,
    "import": importing.on_postgresql,
    "growth-postgresql": growth.on_postgresql,
    "growth-sqlite": growth.on_sqlite,
    "where": where.everywhere,
    "remote": remote.to_a_sandbox,
    "telling": telling.to_receivers,
    "peers": peers.on_postgresql,
}
USUAL: Final = ("sqlite", "postgresql", "import", "where", "remote", "telling", "growth-postgresql", "growth-sqlite")
IN_SHORT: Final = USUAL[:-1]

BEGINS: Final = "<!-- The result: `python -m benchmarks table --into docs/performance.md` writes it. -->"
ENDS: Final = "<!-- The end of the result. -->"

app = typer.Typer(
    help="Measure how fast Dayline is.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def run(
    context: typer.Context,
    short: Annotated[bool, typer.Option(help="Less of everything.")] = False,
    smallest: Annotated[bool, typer.Option(help="So little that only faults are seen, not speed.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"A part: {', '.join(SECTIONS)}. The others stay as they were kept.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="How often each is measured, in turn: more where noise hides the answer.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Where the result is kept, beside what is there.")] = None,
) -> None:
    """Measure, print the aims, and keep the result in benchmarks/results."""
    if context.invoked_subcommand is not None:
        return
    unknown = sorted(set(only or ()) - SECTIONS.keys())
    if unknown:
        raise typer.BadParameter(f"There is no part {', '.join(unknown)}: take {', '.join(SECTIONS)}.")
    plan = SMALLEST if smallest else SHORT if short else WHOLE
    names = only or (USUAL if plan is WHOLE else IN_SHORT)
    if rounds is not None:
        plan = replace(plan, rounds=rounds, growth_rounds=rounds)
    path = to or FOLDER / f"{'smallest' if smallest else 'short' if short else 'whole'}.json"
    _run(plan, names, path)


def _run(plan: Plan, names: tuple[str, ...] | list[str], path: Path) -> None:
    result = begun(path)
    columns = (SpinnerColumn(), TextColumn("{task.description:72.72}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        for place, name in enumerate(names, 1):
            result.sections[name] = _part(progress, f"[{place}/{len(names)}]", plan, name)
            keep(result, path)  # after each part, so that one that fails harms no other
    typer.echo(markdown(result))
    if find_spec("matplotlib"):
        plot(result, path.with_suffix(".png"))
    typer.echo(f"The result is in {path}.")


def _part(progress: Progress, part: str, plan: Plan, name: str) -> Section:
    task = progress.add_task(f"{part} {name}", total=expected(plan, name, len(surfaces())))

    def told(what: str, seconds: float) -> None:
        progress.update(task, description=f"{part} {what}", advance=seconds)

    measured = SECTIONS[name](plan, told)
    progress.update(task, total=1, completed=1, description=f"{part} {name}")
    return measured


@app.command()
def table(
    path: Annotated[Path, typer.Argument(help="A kept result.")] = FOLDER / "whole.json",
    into: Annotated[Path | None, typer.Option(help="A page: what is between its two marks is replaced.")] = None,
) -> None:
    """Print a kept result as Markdown, or put it into a page."""
    text = markdown(kept(path))
    if into is None:
        typer.echo(text)
        return
    picture = os.path.relpath(path.with_suffix(".png"), into.parent)
    head, begins, rest = into.read_text().partition(BEGINS)
    if not begins or ENDS not in rest:
        raise typer.BadParameter(f"{into} has not the two marks of a result.")
    _, _, tail = rest.partition(ENDS)
    into.write_text(f"{head}{BEGINS}\n\n![Rates by size, and the aims]({picture})\n\n{text}\n{ENDS}{tail}")


if __name__ == "__main__":
    app()
