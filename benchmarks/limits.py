"""What SQLite itself can do: the same statements, straight on ``sqlite3``, without Dayline around them."""

import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.reads import GET, LIST, WARM_PAGES
from benchmarks.recorded import changes, creates, execute, record
from benchmarks.rows import a_draft
from benchmarks.world import World
from dayline.domain.draft import Draft
from dayline.store.open import sqlite_url
from dayline.store.statement import Call, sqlite_text

WRITES = 600
GETS = 20_000
LISTS = 600


def create_limit(world: World, folder: Path) -> float:
    """Creates a second, each in a transaction of its own with ``synchronous=FULL``: the statements and the commit."""
    chance = random.Random(3)
    units = creates(world.url, world.first, [a_draft(chance) for _ in range(WRITES)])
    with _copy(world, folder / "recorded.db") as connection:
        recorded = [record(connection, unit, _now) for unit in units]
    return _written(world, folder, recorded)


def patch_limit(world: World, folder: Path) -> float:
    """Changes a second, of activities at random, each in a transaction of its own."""
    chance = random.Random(4)
    ids = [chance.randint(1, world.activities) for _ in range(WRITES)]
    change = Draft(subject="What came of the call")
    units = changes(world.url, world.first, [(id_, change) for id_ in ids])
    with _copy(world, folder / "recorded.db") as connection:
        recorded = [record(connection, unit, _now) for unit in units]
    return _written(world, folder, recorded)


def _written(world: World, folder: Path, recorded: list[list[Call]]) -> float:
    with _copy(world, folder / "limit.db") as connection:
        began = time.perf_counter()
        for calls in recorded:
            connection.execute("BEGIN IMMEDIATE")
            for call in calls:
                execute(connection, call)
            connection.execute("COMMIT")
        return len(recorded) / (time.perf_counter() - began)


def get_limit(world: World, folder: Path) -> float:
    """Gets a second, by id at random."""
    text = sqlite_text(GET)
    chance = random.Random(2)
    params = [text.arrange((world.first.account_id, chance.randint(1, world.activities))) for _ in range(GETS)]
    with _copy(world, folder / "limit.db") as connection:
        return _rate(GETS, lambda n: connection.execute(text.text, params[n]).fetchall())


def list_limit(world: World, folder: Path) -> float:
    """Pages of a hundred a second, of those that the warm lists over HTTP go through: their rows, not decoded."""
    calls = [Call(LIST, [(world.first.account_id, 100 * page, 101)]) for page in range(WARM_PAGES)]
    with _copy(world, folder / "limit.db") as connection:
        return _rate(LISTS, lambda n: execute(connection, calls[n % WARM_PAGES]))


def _rate(count: int, work: Callable[[int], object]) -> float:
    began = time.perf_counter()
    for n in range(count):
        work(n)
    return count / (time.perf_counter() - began)


def _now() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def _copy(world: World, path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of the world, set up as the store sets up its own."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copy(sqlite_url(world.url)[0], path)
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    try:
        yield connection
    finally:
        connection.close()
