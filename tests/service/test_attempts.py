"""An attempt keeps its outcome though the account is busy, and its key while somebody may come back with it."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from dayline.domain.attempt import LEASE_MS, Busy, Known, Taken
from dayline.domain.audit import Deed
from dayline.domain.errors import Unavailable
from dayline.service import Service
from dayline.service.attempts import Place
from dayline.service.units import deed_of
from dayline.store.group import Steps
from dayline.store.store import Store
from dayline.store.tables import remote_attempts
from tests.cast import ManualClock, Person
from tests.store.peek import rows

T = TypeVar("T")


def place(who: Person, key: str) -> Place:
    return Place(who.account_id, "there", key, "digest")


async def keys(store: Store) -> set[str]:
    return {row[0] for row in await rows(store, select(remote_attempts.c.key))}


async def begun(service: Service, who: Person, key: str) -> Taken:
    taken = await service.attempts.take(place(who, key), "f")
    assert isinstance(taken, Taken)
    return taken


async def test_a_key_under_which_somebody_writes_is_not_renamed(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    """Its retry would find no attempt, and write the note twice."""
    taken = {key: await begun(service, alice, key) for key in ("pending", "unknown", "written", "unsent")}
    await service.attempts.unknown(place(alice, "unknown"), taken["unknown"])
    await service.attempts.unsent(place(alice, "unsent"), taken["unsent"])
    await service.attempts.written(place(alice, "written"), taken["written"], ("n1", b"kept"))
    words = [(("there", key), f"-{key}") for key in (*taken, "forgotten")]
    assert await store.sweep.rename(alice.account_id, "remote_attempts", words) == 2
    assert await keys(store) == {"pending", "unknown", "-written", "-unsent"}
    assert isinstance(await service.attempts.take(place(alice, "pending"), "f"), Busy)
    clock.move(LEASE_MS)
    assert await store.sweep.rename(alice.account_id, "remote_attempts", words) == 0
    assert await keys(store) == {f"-{key}" for key in taken}


async def test_an_outcome_is_kept_though_the_account_is_busy(
    service: Service, store: Store, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, run, tries = await begun(service, alice, "k"), store.database.run, list[object]()

    async def busy(steps: Callable[[], Steps[T]]) -> T:
        tries.append(steps)
        if len(tries) == 1:
            raise Unavailable("Somebody else has the account.")
        return await run(steps)

    def deed(note_id: str) -> Deed:
        return deed_of(alice.principal, "remote_note", "created", 1, service.attempts.clock(), note=note_id)

    with monkeypatch.context() as patched, capture_logs() as said:
        patched.setattr(store.database, "run", busy)
        await service.attempts.written(place(alice, "k"), taken, ("n1", b"kept"), deed)
    assert [one["event"] for one in said] == ["outcome not told to the audit"]
    assert await service.attempts.take(place(alice, "k"), "f") == Known("written", b"kept")


async def test_it_is_said_that_an_outcome_is_not_ours_to_say(
    service: Service, alice: Person, clock: ManualClock
) -> None:
    taken = await begun(service, alice, "k")
    clock.move(LEASE_MS)
    await begun(service, alice, "k")
    with capture_logs() as said:
        await service.attempts.written(place(alice, "k"), taken, ("n1", b"kept"))
    assert [one["event"] for one in said] == ["outcome of what is another's by now"]
    assert isinstance(await service.attempts.take(place(alice, "k"), "f"), Busy)
