"""Reading a list while others write: every row that stays is seen exactly once, and none that was never there."""

import asyncio
import datetime as dt
import random

import pytest

from dayline.domain.draft import Draft
from dayline.domain.errors import NotFound
from dayline.domain.filter import Filter, Query, Sort
from dayline.service import Service
from tests.cast import ManualClock, Person, as_activity, log_call
from tests.store.test_lists import SORTS

STAYING = 40


async def walk(service: Service, who: Person, query: Query, stop: asyncio.Event) -> list[int]:
    """Read to the end, giving way between two pages, then tell the writers to stop."""
    seen: list[int] = []
    while True:
        page = await service.activities.list(who.principal, query)
        seen += [activity.id for activity in page.items]
        await asyncio.sleep(0)
        if page.cursor is None:
            stop.set()
            return seen
        query = Query(filter=query.filter, sort=query.sort, limit=query.limit, cursor=page.cursor)


async def disturb(service: Service, who: Person, passing: list[int], clock: ManualClock, stop: asyncio.Event) -> int:
    """Insert, change and delete what is not staying, until told to stop; give how many writes that were."""
    chance = random.Random(len(passing))
    writes = 0
    while not stop.is_set() and writes < 300:
        clock.move(chance.randrange(3))
        date = chance.choice([None, dt.date(2026, 11, chance.randrange(1, 31))])
        try:
            match chance.randrange(3):
                case 0:
                    passing.append((await log_call(service, who, date=date)).id)
                case 1:
                    draft = Draft(date=date, subject="moved")
                    await service.activities.change(who.principal, chance.choice(passing), draft, as_activity)
                case _:
                    await service.activities.delete(who.principal, chance.choice(passing), as_activity)
        except NotFound:  # deleted by the other disturber
            continue
        finally:
            writes += 1
    return writes


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: f"{sort.field}-{'desc' if sort.descending else 'asc'}")
async def test_every_row_that_stays_is_seen_once(
    service: Service, alice: Person, clock: ManualClock, sort: Sort
) -> None:
    staying: set[int] = set()
    passing: list[int] = []
    for place in range(2 * STAYING):
        clock.move(place % 2)
        date = None if place % 5 == 0 else dt.date(2026, 11, 1 + place % 28)
        made = await log_call(service, alice, date=date)
        if place % 2:
            staying.add(made.id)
        else:
            passing.append(made.id)
    for limit in (1, 3, 7):
        stop = asyncio.Event()
        query = Query(sort=sort, limit=limit, filter=Filter(done=False))
        seen, *writes = await asyncio.gather(
            walk(service, alice, query, stop),
            disturb(service, alice, passing, clock, stop),
            disturb(service, alice, passing, clock, stop),
        )
        assert sorted(id_ for id_ in seen if id_ in staying) == sorted(staying)
        assert set(seen) <= staying | set(passing)
        assert sum(writes) > 0


async def test_a_reader_by_update_time_misses_no_change(service: Service, alice: Person, clock: ManualClock) -> None:
    """Incremental readers ask for what changed since the last instant they saw, which the writes of a group share."""
    known: dict[int, int] = {}
    since = 0
    for step in range(12):
        clock.move(-5 if step % 4 == 3 else step % 2)
        await asyncio.gather(*(log_call(service, alice) for _ in range(3)))
        for id_ in list(known)[:4]:
            await service.activities.change(alice.principal, id_, Draft(subject=f"step {step}"), as_activity)
        page = await service.activities.list(
            alice.principal, Query(filter=Filter(updated_from=since), sort=Sort("updated_at"), limit=500)
        )
        known |= {activity.id: activity.revision for activity in page.items}
        since = max(activity.updated_at for activity in page.items)
    there = await service.activities.list(alice.principal, Query(limit=500))
    assert known == {activity.id: activity.revision for activity in there.items}
