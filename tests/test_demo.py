"""The sample data: the same for the same seed and day, of every kind and type, and believable on any day."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from dayline import demo
from dayline.domain.activity import Activity
from dayline.domain.errors import Conflict
from dayline.domain.filter import Query, RecordFilter
from dayline.domain.identity import ALL_SCOPES, Principal
from dayline.domain.record import KINDS, Record
from dayline.domain.types import BUILT_IN
from dayline.service import Service
from dayline.store.open import open_store

TODAY = dt.date(2026, 11, 21)


async def world(service: Service, today: dt.date = TODAY) -> tuple[list[Activity], list[Record]]:
    """Fill an empty store, and read all that is there as its admin."""
    users = await demo.fill(service, seed=demo.SEED, today=today)
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    admin = Principal(
        account_id=account.id,
        user_id=users[0].id,
        role=users[0].role,
        scopes=frozenset(ALL_SCOPES),
        token_id=0,
        secret=b"the cursors of a test",
    )
    activities = await service.activities.list(admin, Query(limit=500))
    records = await service.records.list(admin, RecordFilter(), 500, None)
    return list(activities.items), list(records.items)


async def test_there_is_something_of_everything(service: Service) -> None:
    activities, records = await world(service)
    assert len(activities) == demo.ACTIVITIES
    assert len(records) == 60
    assert {record.kind for record in records} == set(KINDS)
    assert {activity.type.key for activity in activities} == {type_.key for type_ in BUILT_IN}
    assert all(record.owner_id for record in records)


async def test_it_is_believable(service: Service) -> None:
    activities, _ = await world(service)
    dated = [activity for activity in activities if activity.when.date]
    past = [activity for activity in dated if activity.when.date and activity.when.date < TODAY]
    overdue = [activity for activity in past if not activity.done]
    assert 0 < len(overdue) < len(past) / 4
    assert len(activities) - len(dated) > 0
    assert not [activity for activity in dated if activity.done and activity not in past]
    days = Counter(activity.when.date.weekday() for activity in dated if activity.when.date)
    assert sum(days[day] for day in range(5)) > 0.9 * len(dated)
    assert 0 < len([activity for activity in activities if activity.visibility == "private"]) < 40
    assert all("{" not in activity.subject and activity.subject for activity in activities)


async def test_the_same_seed_and_day_make_the_same(service: Service, tmp_path: Path) -> None:
    again = await open_store(f"sqlite:///{tmp_path}/again.db")
    try:
        first, second = await world(service), await world(Service(again))
    finally:
        await again.close()
    assert [_told(activity) for activity in first[0]] == [_told(activity) for activity in second[0]]
    assert [(record.kind, record.id, record.name) for record in first[1]] == [
        (record.kind, record.id, record.name) for record in second[1]
    ]
    with pytest.raises(Conflict):
        await demo.fill(service, seed=demo.SEED, today=TODAY)


async def test_no_token_is_left_that_lets_anybody_in(service: Service) -> None:
    users = await demo.fill(service, seed=demo.SEED, today=TODAY)
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    tokens = await service.identities.tokens(account.id)
    assert [token.user_id for token in tokens] == [user.id for user in users]
    assert all(token.revoked_at is not None for token in tokens)


def _told(activity: Activity) -> tuple[object, ...]:
    """What is the seed's: all but the random names of things."""
    related = [(ref.kind, ref.id) for ref in activity.links()]
    return activity.id, activity.subject, activity.when, activity.done, activity.creator_id, activity.owner_id, related


@pytest.mark.parametrize("today", [dt.date(2024, 2, 29), dt.date(2030, 1, 1), dt.date(2027, 7, 4)])
async def test_any_day_will_do(service: Service, today: dt.date) -> None:
    activities, _ = await world(service, today)
    assert len(activities) == demo.ACTIVITIES
