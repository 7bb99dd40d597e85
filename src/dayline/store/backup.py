"""A copy of a SQLite database that is in use: taken from one moment, complete on the disk or not there at all."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

_PAGES = 1024  # between two words about the progress


def copy_database(source: sqlite3.Connection, target: Path, told: Callable[[int, int], None]) -> None:
    """Copy what ``source`` sees now. Raises sqlite3.Error and OSError; then there is no new file."""
    target = target.resolve()
    _refuse_own(source, target)
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


def _refuse_own(source: sqlite3.Connection, target: Path) -> None:
    """The copy must not take the place of what it is of, under the hands of whoever has that open."""
    (own,) = [Path(row[2]).resolve() for row in source.execute("PRAGMA database_list") if row[1] == "main"]
    if target in (own, *(own.with_name(own.name + end) for end in ("-wal", "-shm"))):
        raise OSError(errno.EEXIST, "this is the database itself: choose another file", str(target))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder: name a file", str(target))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
