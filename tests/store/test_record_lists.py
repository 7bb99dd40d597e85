"""Lists of records of one kind and what hangs on them, on every database, beside plain Python's answer."""

import datetime as dt
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from dayline.domain.activity import Activity
from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Invalid
from dayline.domain.filter import RecordQuery, Sort, SortField
from dayline.domain.record import Record, RecordChange, RecordDraft, Standing
from dayline.service import Service
from tests.cast import ManualClock, Person, add_record, as_activity, as_record, key_of, log_call

FIELDS: tuple[SortField, ...] = ("id", "created_at", "updated_at")
VALUES: dict[str, Callable[[Record], int]] = {
    "id": lambda record: record.id,
    "created_at": lambda record: record.created_at,
    "updated_at": lambda record: record.updated_at,
}


async def some_deals(service: Service, alice: Person, bob: Person, clock: ManualClock) -> list[Record]:
    """Deals of two owners, some made in the same millisecond, some changed, some deleted; and other records."""
    deals: list[Record] = []
    for number in range(12):
        owner = (None, alice.user_id, bob.user_id)[number % 3]
        draft = RecordDraft(kind="deal", name=f"Deal {number}", owner_id=owner)
        deals.append(await service.records.create(alice.principal, draft, as_record))
        await add_record(service, alice, "contact")
        clock.move(1000 * (number % 2))
    for number in (7, 2, 9):
        change = RecordChange(name=f"Changed {number}")
        deals[number] = await service.records.change(alice.principal, key_of(deals[number]), change, as_record)
        clock.move(500)
    for number in (4, 9):
        deals[number] = await service.records.delete(alice.principal, key_of(deals[number]), as_record)
    return deals


def expected(deals: list[Record], wanted: RecordQuery) -> list[int]:
    """What the list should be."""
    kept = [
        deal
        for deal in deals
        if (wanted.ids is None or deal.id in wanted.ids)
        and (wanted.owner_id is None or deal.owner_id == wanted.owner_id)
        and (wanted.updated_from is None or deal.updated_at >= wanted.updated_from)
        and (wanted.updated_before is None or deal.updated_at < wanted.updated_before)
        and (deal.deleted_at is not None) == wanted.deleted
    ]
    value = VALUES[wanted.sort.field]
    return [d.id for d in sorted(kept, key=lambda deal: (value(deal), deal.id), reverse=wanted.sort.descending)]


async def walk(service: Service, who: Person, wanted: RecordQuery, limit: int) -> list[int]:
    ids: list[int] = []
    cursor: str | None = None
    while True:
        page = await service.records.of_kind(who.principal, wanted, limit, cursor=cursor)
        assert len(page.items) <= limit
        ids += [record.id for record in page.items]
        if page.cursor is None:
            return ids
        cursor = page.cursor


async def test_every_filter_in_every_order(service: Service, alice: Person, bob: Person, clock: ManualClock) -> None:
    deals = await some_deals(service, alice, bob, clock)
    middle = sorted(deal.updated_at for deal in deals)[6]
    filters: tuple[dict[str, Any], ...] = (
        {},
        {"ids": tuple(deal.id for deal in deals[::2])},
        {"ids": ()},
        {"ids": (999_999,)},
        {"owner_id": bob.user_id},
        {"owner_id": 999_999},
        {"updated_from": middle},
        {"updated_before": middle},
        {"updated_from": middle, "updated_before": middle},
        {"deleted": True},
        {"ids": tuple(deal.id for deal in deals), "owner_id": alice.user_id, "updated_before": middle},
    )
    for given, field, descending in product(filters, FIELDS, (False, True)):
        wanted = RecordQuery(kind="deal", sort=Sort(field, descending), **given)
        for limit in (1, 5, 100):
            assert await walk(service, alice, wanted, limit) == expected(deals, wanted), (wanted, limit)


async def test_numbered_pages(service: Service, alice: Person, bob: Person, clock: ManualClock) -> None:
    deals = await some_deals(service, alice, bob, clock)
    wanted = RecordQuery(kind="deal", sort=Sort("updated_at", True))
    everything = expected(deals, wanted)
    for offset in (0, 1, 4, len(everything), 99):
        page = await service.records.of_kind(alice.principal, wanted, 4, offset=offset)
        assert [record.id for record in page.items] == everything[offset : offset + 4]
        assert (page.cursor is None) == (offset + 4 >= len(everything))


async def test_nothing_of_another_account(service: Service, alice: Person, bob: Person, charlie: Person) -> None:
    theirs = await add_record(service, charlie, "deal")
    mine = await add_record(service, alice, "deal")
    assert await walk(service, alice, RecordQuery(kind="deal"), 10) == [mine.id]
    await log_call(service, charlie, related=(Relate("deal", key_of(theirs)),))
    assert await service.records.standings(alice.principal, "deal", [theirs.id]) == {theirs.id: Standing()}


async def test_a_cursor_is_of_its_list(service: Service, alice: Person) -> None:
    for _ in range(3):
        await add_record(service, alice, "deal")
    page = await service.records.of_kind(alice.principal, RecordQuery(kind="deal"), 1)
    others: tuple[dict[str, Any], ...] = (
        {"kind": "job"},
        {"kind": "deal", "sort": Sort("created_at")},
        {"kind": "deal", "owner_id": 1},
    )
    for other in others:
        with pytest.raises(Invalid, match="cursor"):
            await service.records.of_kind(alice.principal, RecordQuery(**other), 1, cursor=page.cursor)


async def test_what_hangs_on_each(service: Service, alice: Person, bob: Person) -> None:
    """Counted as each viewer sees it: deleted ones never, hidden ones for those who have a part in them."""
    busy, quiet, other = [await add_record(service, alice, "deal") for _ in range(3)]
    made: list[Activity] = []
    dates = (None, dt.date(2026, 3, 1), dt.date(2026, 2, 1), dt.date(2026, 2, 1), dt.date(2026, 1, 1))
    for date, done, visibility in product(dates, (False, True), ("public", "private")):
        fields = {"date": date, "done": done, "visibility": visibility}
        made.append(await log_call(service, alice, related=(Relate("deal", key_of(busy)),), **fields))
    await log_call(service, bob, related=(Relate("deal", key_of(other)),))
    gone = made.pop()
    await service.activities.delete(alice.principal, gone.id, as_activity)
    await service.activities.change(bob.principal, made[0].id, Draft(subject="Seen"), as_activity)
    for viewer in (alice, bob):
        seen = [one for one in made if viewer is alice or one.visibility == "public"]
        told = await service.records.standings(viewer.principal, "deal", [busy.id, quiet.id, 999_999])
        assert told == {busy.id: standing(seen), quiet.id: Standing(), 999_999: Standing()}


def standing(activities: list[Activity]) -> Standing:
    """What should be told of these."""
    never = dt.date.max
    done = [one for one in activities if one.done]
    to_do = sorted((one.when.date or never, one.id) for one in activities if not one.done)
    dated = sorted((one.when.date, one.id) for one in done if one.when.date is not None)
    return Standing(len(activities), len(done), to_do[0][1], dated[-1][1])
