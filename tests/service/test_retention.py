"""The purge: only what was deleted long enough ago goes, all that hung on it goes too, and the log remembers."""

import asyncio

import pytest
from sqlalchemy import select

from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import NotFound
from dayline.domain.time import DAY_MS
from dayline.service import Service
from dayline.service.retention import PIECE, Purged
from dayline.store.store import Store
from dayline.store.tables import links, sight
from tests.cast import ManualClock, Person, add_record, as_activity, key_of, log_call
from tests.store.peek import count_of, log_of, stored

MONTH = 30 * DAY_MS


async def test_what_is_due_goes_and_nothing_else(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    deal = await add_record(service, alice, "deal")
    fields = {"related": (Relate("deal", key_of(deal)),), "visibility": "private"}
    old, young, living = [await log_call(service, alice, **fields) for _ in range(3)]
    await service.activities.delete(alice.principal, old.id, as_activity)
    clock.move(MONTH)
    await service.activities.delete(alice.principal, young.id, as_activity)
    assert await service.retention.due() == Purged()
    clock.move(100)
    assert await service.retention.due() == Purged(activities=1)
    assert await service.retention.purge() == Purged(activities=1)
    assert await service.retention.purge() == Purged()
    with pytest.raises(NotFound):
        await service.activities.get(alice.principal, old.id)
    assert [activity.id for activity in await stored(store, alice.account_id)] == [young.id, living.id]
    assert await count_of(store, select(links)) == await count_of(store, select(sight)) == 2


async def test_the_log_keeps_what_went(service: Service, store: Store, alice: Person, clock: ManualClock) -> None:
    made = await log_call(service, alice, subject="Gone for good")
    await service.activities.delete(alice.principal, made.id, as_activity)
    clock.move(MONTH + 100)
    await service.retention.purge()
    last = (await log_of(store, alice.account_id, "activity"))[-1]
    assert (last.action, last.entity_id, last.after) == ("purged", made.id, None)
    assert last.before is not None
    assert "Gone for good" in last.before
    assert (await log_call(service, alice)).id == made.id + 1  # its id is never given again


async def test_what_was_restored_stays(service: Service, alice: Person, clock: ManualClock) -> None:
    made = await log_call(service, alice)
    await service.activities.delete(alice.principal, made.id, as_activity)
    clock.move(MONTH + 100)
    restored, purged = await asyncio.gather(
        service.activities.restore(alice.principal, made.id, as_activity), service.retention.purge()
    )
    assert restored.deleted_at is None
    assert purged == Purged()
    assert await service.activities.get(alice.principal, made.id) == restored


async def test_every_account_and_more_than_one_piece(
    service: Service, store: Store, alice: Person, charlie: Person, clock: ManualClock
) -> None:
    count = PIECE + 5
    for who in (alice, charlie):
        await asyncio.gather(*(log_call(service, who) for _ in range(count)))
        for id_ in range(1, count + 1):
            await service.activities.delete(who.principal, id_, as_activity)
    clock.move(MONTH + 10_000)
    assert await service.retention.purge() == Purged(activities=2 * count)
    assert await stored(store, alice.account_id) == await stored(store, charlie.account_id) == []


async def test_a_purged_activity_is_unknown_to_writes(service: Service, alice: Person, clock: ManualClock) -> None:
    made = await log_call(service, alice)
    await service.activities.delete(alice.principal, made.id, as_activity)
    clock.move(MONTH + 100)
    await service.retention.purge()
    with pytest.raises(NotFound):
        await service.activities.change(alice.principal, made.id, Draft(subject="x"), as_activity)
    with pytest.raises(NotFound):
        await service.activities.restore(alice.principal, made.id, as_activity)
