"""A fault at every step: each operation is broken off at its n-th step inside SQLite, n = 1, 2, … until none is left.

Whatever n is, what is stored is what was before or what should be after, never something between; the operation says
that it failed; and the same request with the same key then takes effect once.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dayline.domain.draft import Draft, Relate, TypeKey
from dayline.domain.errors import Unavailable
from dayline.domain.filter import RecordFilter
from dayline.domain.job import Ended, Job
from dayline.domain.record import RecordDraft, RecordKey
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.service.webhooks import TASKS
from dayline.store.files import Files
from dayline.store.sqlite import Sqlite
from dayline.store.store import Store
from tests.cast import Person, add_record, as_activity, as_record, key_of, log_call
from tests.conftest import Ground
from tests.service.people import EMAIL, populate, traces_in, words_in
from tests.store.keys import Key, Sent, sent

pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)

STRIDE = 3  # steps of SQLite's machine between two faults; one statement takes some tens of them


class Fault:
    """Breaks SQLite off at a step of its own machine; it is armed with how many steps to let pass."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.fired = False

    def arm(self, steps: int) -> None:
        self.left, self.fired = steps, False

    def __call__(self) -> bool:
        if self.left is None:
            return False
        self.left -= 1
        self.fired = self.fired or self.left == 0
        return self.left == 0


@pytest.fixture
def fault(service: Service) -> Fault:
    """A fault on the writer's connection, and on each that replaces it."""
    database = service.store.database
    assert isinstance(database, Sqlite)
    writer, made = database._writer, Fault()
    connect = writer._connect

    def faulty(**options: Any) -> sqlite3.Connection:
        connection = connect(**options)
        connection.set_progress_handler(made, 1)
        return connection

    writer._connect = faulty  # type: ignore[assignment]
    assert writer._connection is not None
    writer._connection.set_progress_handler(made, 1)
    return made


def stored(path: Path) -> list[tuple[Any, ...]]:
    """Everything in the database."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [(table, *row) for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]
    return sorted(rows, key=repr)


class Commits:
    """Tells whether anything was committed since it was last asked: while nothing is, all is as it was."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._version = self._look()

    def any(self) -> bool:
        before, self._version = self._version, self._look()
        return self._version != before

    def _look(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._connection.close()


Operation = Callable[[Service, Person, Key], Awaitable[object]]


async def create(service: Service, alice: Person, key: Key) -> object:
    deal = await service.records.get(alice.principal, RecordKey("deal", 1, "id"))
    draft = Draft(type=TypeKey("call", "type"), visibility="private", related=(Relate("deal", key_of(deal)),))
    return await service.activities.create(alice.principal, draft, sent, key)


async def change(service: Service, alice: Person, key: Key) -> object:
    return await service.activities.change(alice.principal, 1, Draft(done=True, subject=key.key), sent, key)


async def delete(service: Service, alice: Person, key: Key) -> object:
    return await service.activities.delete(alice.principal, 1, sent, key)


async def restore(service: Service, alice: Person, key: Key) -> object:
    return await service.activities.restore(alice.principal, 2, sent, key)


async def add(service: Service, alice: Person, key: Key) -> object:
    return await service.records.create(alice.principal, RecordDraft(kind="contact", name="Mara"), sent, key)


@pytest.mark.parametrize("operation", [create, change, delete, restore, add], ids=lambda operation: operation.__name__)
async def test_before_or_after_and_never_between(
    service: Service, alice: Person, fault: Fault, sqlite_path: Path, operation: Operation
) -> None:
    deal = await add_record(service, alice, "deal")
    for _ in range(2):
        await log_call(service, alice, related=(Relate("deal", key_of(deal)),))
    await service.activities.delete(alice.principal, 2, as_activity)
    before, faults = stored(sqlite_path), 0
    with closing(Commits(sqlite_path)) as commits:
        for steps in range(1, 10**6, STRIDE):
            fault.arm(steps)
            try:
                await operation(service, alice, Key("once"))
            except Unavailable:
                assert fault.fired
                faults += 1
            fault.left = None
            if commits.any() and stored(sqlite_path) != before:  # all of it, also where it came after the commit
                break
    assert faults > 50
    after = stored(sqlite_path)
    again = await operation(service, alice, Key("once"))
    assert again == Sent(200, (("replayed", "yes"),), b"done")
    assert stored(sqlite_path) == after
    assert len([row for row in after if row[0] == "changes"]) == len([row for row in before if row[0] == "changes"]) + 1


async def test_an_erasure_that_is_broken_off_anywhere_is_done_in_the_end(
    service: Service, store: Store, alice: Person, fault: Fault, ground: Ground, tmp_path: Path
) -> None:
    store.files = Files(tmp_path / "files", "here")
    world = await populate(service, alice)
    await service.erasures.request(alice.principal, key_of(world.jane), EMAIL, lambda made: made)
    (job,) = await service.telling.take(alice.account_id, [(TASKS, 1)], 1)
    after: Job | None = job
    steps, faults = 1, 0
    while after is not None:
        fault.arm(steps)
        try:
            after = await service.erasing.piece(alice.account_id, after)
            steps = 1
        except Unavailable:
            assert fault.fired
            steps, faults = steps + 8 * STRIDE, faults + 1
    fault.left = None
    assert faults > 50
    await service.telling.end(alice.account_id, [Ended(job=job)], [])
    await store.database.wipe()
    assert traces_in(await words_in(ground, tmp_path / "files")) == []


async def test_a_fault_in_a_group_harms_nobody_for_good(service: Service, alice: Person, fault: Fault) -> None:
    fault.arm(400)
    failed = 0
    for n in range(20):
        try:
            await service.records.create(alice.principal, RecordDraft(kind="deal", name=f"Deal {n}"), as_record)
        except Unavailable:
            failed += 1
    assert (failed, fault.fired) == (1, True)
    page = await service.records.list(alice.principal, RecordFilter(kind="deal"), 100, None)
    assert len(page.items) == 19
    user = await service.identities.add_user(alice.account_id, NewUser(name="New", email="new@example.com"))
    assert user.id == 3
