"""What the database itself can do: the same statements, straight on ``sqlite3``, without Dayline around them."""

import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.world import ACTIVITIES, World, a_draft
from dayline.domain.draft import Draft
from dayline.domain.filter import Query
from dayline.service.activities import Activities
from dayline.store.group import write_group
from dayline.store.lists import Viewer, list_activities
from dayline.store.statement import Call, Rows, sqlite_text
from dayline.store.statements import ACTIVITY
from dayline.store.store import Store
from dayline.store.unit import Unit

CREATES = 600
GETS = 20_000
LISTS = 600


def create_limit(world: World, folder: Path) -> float:
    """Creates a second, each in a transaction of its own with ``synchronous=FULL``: the statements and the commit."""
    recorded = _recorded_creates(world, folder)
    with _copy(world, folder / "limit.db") as connection:
        began = time.perf_counter()
        for calls in recorded:
            connection.execute("BEGIN IMMEDIATE")
            for call in calls:
                _execute(connection, call)
            connection.execute("COMMIT")
        return len(recorded) / (time.perf_counter() - began)


def get_limit(world: World, folder: Path) -> float:
    """Gets a second, by id at random."""
    text = sqlite_text(ACTIVITY["id"])
    chance = random.Random(2)
    params = [text.arrange((world.principal.account_id, chance.randint(1, ACTIVITIES))) for _ in range(GETS)]
    with _copy(world, folder / "limit.db") as connection:
        return _rate(GETS, lambda n: connection.execute(text.text, params[n]).fetchall())


def list_limit(world: World, folder: Path) -> float:
    """First pages of a hundred a second: their rows, not decoded."""
    who = world.principal
    call = list_activities(Viewer(who.account_id, who.user_id, admin=True), Query(limit=100), (), None)
    with _copy(world, folder / "limit.db") as connection:
        return _rate(LISTS, lambda _: _execute(connection, call))


def _rate(count: int, work: Callable[[int], object]) -> float:
    began = time.perf_counter()
    for n in range(count):
        work(n)
    return count / (time.perf_counter() - began)


def _recorded_creates(world: World, folder: Path) -> list[list[Call]]:
    """The calls of some creates, as the group writer makes them when each is alone in its group."""
    recorded: list[list[Call]] = []
    chance = random.Random(3)
    with _copy(world, folder / "recorded.db") as connection:
        for _ in range(CREATES):
            unit = _unit(world, a_draft(chance))
            calls: list[Call] = []
            steps = write_group([unit], lambda: time.time_ns() // 1_000_000)
            try:
                call = next(steps)
                while True:
                    calls.append(call)
                    call = steps.send(_execute(connection, call))
            except StopIteration:
                recorded.append(calls)
    return recorded


class _Caught(Exception):
    """Carries a unit out of the verb that made it."""

    def __init__(self, unit: Unit[object, object]) -> None:
        super().__init__()
        self.unit = unit


class _Catcher(Store):
    """Takes a verb's unit instead of writing it."""

    def __init__(self) -> None: ...

    async def write(self, unit: Unit[object, object]) -> object:  # type: ignore[override]
        raise _Caught(unit)


def _unit(world: World, draft: Draft) -> Unit[object, object]:
    """The unit of work that creating this activity is."""
    creating = Activities(_Catcher()).create(world.principal, draft, lambda written: written)
    try:
        creating.send(None)
    except _Caught as caught:
        return caught.unit
    raise AssertionError("creating an activity writes nothing")


@contextmanager
def _copy(world: World, path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of the world, set up as the store sets up its own."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copy(world.database, path)
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    try:
        yield connection
    finally:
        connection.close()


def _execute(connection: sqlite3.Connection, call: Call) -> Rows:
    compiled = sqlite_text(call.statement)
    if call.many:
        connection.executemany(compiled.text, map(compiled.arrange, call.params))
        return []
    return connection.execute(compiled.text, compiled.arrange(call.params[0])).fetchall()
