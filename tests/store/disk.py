"""What can happen to a database file, and whether it is still whole; everything here works past the store."""

import json
import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def writes_fail() -> Iterator[None]:
    """The disk refuses every byte beyond the first hundred of a file: writes of this process fail with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size, mounted on the folder."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "-l", str(folder))  # lazily, so that a test that fails with the store open leaves no mount


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The mounted file system can only be read. It must have no file open for writing."""
    _run("mount", "-o", "remount,ro", str(folder))
    try:
        yield
    finally:
        _run("mount", "-o", "remount,rw", str(folder))


@contextmanager
def opened_read_only(folder: Path) -> Iterator[None]:
    """Whoever opens a file in this folder may only read it; who has it open already goes on as before."""
    _mount("--bind", str(folder), str(folder))
    try:
        _run("mount", "-o", "remount,bind,ro", str(folder))
        yield
    finally:
        _run("umount", "-l", str(folder))


def _mount(*how: str) -> None:
    """Mount, or skip: in some containers even root may not."""
    mounted = subprocess.run(["mount", *how], check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def assert_whole(path: Path) -> None:
    """Nothing is half written: the file is sound, and every count of one thing agrees with the count of another.

    Holds for databases in which nobody chose an id himself.
    """
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        for account_id, sequence, ids in db.execute("SELECT account_id, sequence, ids FROM counters").fetchall():
            log = db.execute("SELECT sequence FROM changes WHERE account_id = ? ORDER BY 1", (account_id,)).fetchall()
            assert log == [(number,) for number in range(1, sequence + 1)]
            _assert_activities(db, account_id, json.loads(ids).get("activity", 0))


def _assert_activities(db: sqlite3.Connection, account_id: int, last: int) -> None:
    at = (account_id,)
    rows = db.execute("SELECT id, revision, body FROM activities WHERE account_id = ? ORDER BY 1", at).fetchall()
    assert [row[0] for row in rows] == list(range(1, last + 1))
    newest = (
        "SELECT entity_id, after, max(sequence) FROM changes WHERE account_id = ? AND entity = 'activity' GROUP BY 1"
    )
    logged = {id_: after for id_, after, _ in db.execute(newest, at)}
    assert logged == {id_: body for id_, _, body in rows}
    assert [json.loads(body).get("revision", 1) for *_, body in rows] == [revision for _, revision, _ in rows]
    hanging = {(ref["kind"], ref["id"], id_) for id_, _, body in rows for ref in json.loads(body).get("related", ())}
    links = set(db.execute("SELECT kind, record_id, activity_id FROM links WHERE account_id = ?", at))
    assert links >= hanging
    assert {link[2] for link in links} <= set(range(1, last + 1))
