"""A copy of a SQLite database that is in use: taken from one moment, complete on the disk or not there at all."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

_PAGES = 1024  # between two words about the progress


def copy_database(source: sqlite3.Connection, target: Path, told: Callable[[int, int], None]) -> None:
    """Copy what ``source`` sees now. Raises sqlite3.Error and OSError; then there is no new file."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        # Made by us, since SQLite would make it readable for others.
        os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(unfinished)) as copy:
            # An open transaction keeps the moment: writers go on, and the copy need not start again after each.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM accounts").fetchone()
            source.backup(copy, pages=_PAGES, progress=lambda _, left, pages: told(pages - left, pages))
            source.execute("COMMIT")
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("the copy is not sound")
        _sync(unfinished)
        unfinished.replace(target)
        _sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
