"""What commands on files share: errors of files as sentences, and the lines that were refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from dayline.cli.frame import fail
from dayline.cli.progress import bars
from dayline.domain.errors import DaylineError
from dayline.transfer.lines import Lines
from dayline.transfer.refusals import Refusals


@contextmanager
def told_files(file: Path) -> Iterator[None]:
    """What is wrong with a file is a sentence, not a traceback."""
    try:
        yield
    except DaylineError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or file}: {error.strerror}.")


@contextmanager
def bar_by_bytes(lines: Lines) -> Iterator[Callable[[int], None]]:
    """A progress bar by bytes."""
    with bars() as progress:
        task = progress.add_task("Importing", total=lines.size())
        yield lambda position: progress.update(task, completed=position)


def tell_refused(refusals: Refusals) -> None:
    """Show the first lines that were refused, and where all of them are."""
    for line in refusals.shown:
        typer.echo(line, err=True)
    if refusals.count > len(refusals.shown):
        typer.echo(f"and {refusals.count - len(refusals.shown):,} more", err=True)
    if refusals.count:
        typer.echo(f"All that were refused are in {refusals.path}.", err=True)
