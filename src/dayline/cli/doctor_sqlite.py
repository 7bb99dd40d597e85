"""What ``dayline doctor`` looks at on SQLite: the file, its schema, clock, rights and room. It only reads."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from dayline.cli.finding import SKEW_MS, Finding
from dayline.domain.errors import DaylineError
from dayline.domain.time import format_instant, now_ms
from dayline.store.migrations import HEAD
from dayline.store.open import schema_of

ROOM = 200 << 20  # bytes: below this, think of the disk
WAL = 256 << 20  # bytes: a log this long is not being folded back


def examine_sqlite(path: Path) -> Iterator[Finding]:
    """Look at a database file and at what surrounds it."""
    if not path.exists():
        yield Finding(
            "fail",
            "database",
            f"{path} is not there",
            "make it with `dayline init`, or say where it is with --database",
        )
        return
    yield from _look(path, (_database, _schema, _clock))
    yield _rights(path)
    yield _log(path)
    yield _room(path)
    yield Finding(
        "ok", "second wall", "SQLite has no row-level security: accounts are kept apart by every statement alone"
    )


def _look(path: Path, looks: tuple[Callable[[sqlite3.Connection, Path], Finding], ...]) -> Iterator[Finding]:
    """Look into the database; what cannot be read is a finding too."""
    with closing(sqlite3.connect(path, timeout=5.0)) as connection:
        for look in looks:
            try:
                yield look(connection, path)
            except (sqlite3.Error, DaylineError) as error:
                yield Finding(
                    "fail",
                    look.__name__.strip("_"),
                    f"{error}",
                    "restore a backup, or see whether another process holds the file",
                )


def _database(connection: sqlite3.Connection, path: Path) -> Finding:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        return Finding("fail", "database", f"{path} is damaged: {verdict}", "restore the newest backup")
    (count,) = connection.execute("SELECT count(*) FROM accounts").fetchone()
    advice = "" if count else "make an account with `dayline init`"
    return Finding("ok" if count else "warn", "database", f"{path}, {_size(path)}, {count} accounts, sound", advice)


def _schema(_: sqlite3.Connection, path: Path) -> Finding:
    found = schema_of(path)
    if found == HEAD:
        return Finding("ok", "schema", f"{HEAD}, the newest")
    return Finding(
        "warn", "schema", f"{found or 'none'}, not {HEAD}", "start the server, which migrates it; keep a backup"
    )


def _clock(connection: sqlite3.Connection, _: Path) -> Finding:
    (last,) = connection.execute("SELECT max(clock) FROM counters").fetchone()
    now = now_ms()
    if last is not None and last > now + SKEW_MS:
        how = f"it is {format_instant(now)} here, but something was written at {format_instant(last)}"
        return Finding("fail", "clock", how, "set the clock; until then every write gets that last instant")
    return Finding("ok", "clock", format_instant(now))


def _rights(path: Path) -> Finding:
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return Finding(
            "fail", "rights", f"{path} and its folder cannot both be written", "give them to the user who runs Dayline"
        )
    if path.stat().st_mode & 0o077:
        return Finding("warn", "rights", f"others can read {path}", f"chmod 600 {path}")
    return Finding("ok", "rights", "only its owner can read it")


def _log(path: Path) -> Finding:
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > WAL:
        return Finding(
            "warn", "write-ahead log", _size(log), "a reader holds it open for long: restart whatever reads the file"
        )
    return Finding("ok", "write-ahead log", _size(log) if log.exists() else "none")


def _room(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    if free < ROOM:
        return Finding("fail", "disk", f"{free >> 20} MiB free", "make room: without it writes are refused")
    return Finding("ok", "disk", f"{free >> 30} GiB free")


def _size(path: Path) -> str:
    return f"{path.stat().st_size / (1 << 20):,.1f} MiB"
