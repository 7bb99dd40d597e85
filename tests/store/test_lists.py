"""Every order, to the end, with pages of any size: each row once, in order; and what a list never shows."""

import datetime as dt
from itertools import product
from typing import get_args

import pytest
from sqlalchemy import Text, bindparam, case, cast, insert, or_, select

from dayline.domain.activity import Activity
from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Invalid
from dayline.domain.filter import Filter, Position, Query, RecordFilter, Sort, SortField
from dayline.domain.identity import Principal
from dayline.domain.record import Record
from dayline.service import Service
from dayline.store.group import Steps
from dayline.store.lists import NEAR, Viewer
from dayline.store.rows import due_of
from dayline.store.statement import Call, statement
from dayline.store.store import Store
from dayline.store.tables import activities
from tests.cast import ManualClock, Person, add_record, as_activity, key_of, log_call
from tests.store.peek import number

SORTS = [Sort(field, descending) for field in get_args(SortField) for descending in (False, True)]
DATES = [None, dt.date(2026, 11, 21), dt.date(1969, 12, 31), None, dt.date(2026, 11, 21), dt.date(1, 1, 1), dt.date.max]
TIMES = [None, dt.time(10), dt.time(23, 59, 59), dt.time(9), None]


async def pages(service: Service, who: Principal, query: Query) -> list[tuple[Activity, ...]]:
    """Every page of a list, read to its end."""
    found = [await service.activities.list(who, query)]
    while found[-1].cursor is not None:
        again = Query(filter=query.filter, sort=query.sort, limit=query.limit, cursor=found[-1].cursor)
        found.append(await service.activities.list(who, again))
        assert len(found) < 1000
    return [page.items for page in found]


def value(activity: Activity, field: SortField) -> int:
    return {
        "id": activity.id,
        "created_at": activity.created_at,
        "updated_at": activity.updated_at,
        "due": due_of(activity),
    }[field]


async def populate(service: Service, who: Person, clock: ManualClock) -> list[Activity]:
    """Twenty-three activities with ties in every order; some of them changed later, out of their order."""
    for place in range(23):
        clock.move(place % 3)
        await log_call(service, who, date=DATES[place % 7], time=TIMES[place % 5])
    for id_ in (20, 3, 9, 4):
        clock.move(id_ % 2)
        await service.activities.change(who.principal, id_, Draft(subject="later"), as_activity)
    return [await service.activities.get(who.principal, id_) for id_ in range(1, 24)]


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: f"{sort.field}-{'desc' if sort.descending else 'asc'}")
async def test_pages_of_any_size_show_each_row_once_in_order(
    service: Service, alice: Person, clock: ManualClock, sort: Sort
) -> None:
    there = await populate(service, alice, clock)
    wanted = sorted(there, key=lambda a: (value(a, sort.field), a.id), reverse=sort.descending)
    for limit in (1, 2, 7, 22, 23, 24, 500):
        found = await pages(service, alice.principal, Query(sort=sort, limit=limit))
        assert [activity for page in found for activity in page] == wanted
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert 1 <= len(found[-1]) <= limit  # no empty page at the end


async def test_no_date_comes_last_when_ascending_and_first_when_descending(service: Service, alice: Person) -> None:
    for date in (None, dt.date.max, dt.date.min):
        await log_call(service, alice, date=date, time=dt.time(23, 59, 59))
    await log_call(service, alice, time=dt.time(1))  # a time without a date is no date either
    for descending, wanted in ((False, [3, 2, 1, 4]), (True, [4, 1, 2, 3])):
        page = await service.activities.list(alice.principal, Query(sort=Sort("due", descending)))
        assert [activity.id for activity in page.items] == wanted


async def test_a_whole_day_comes_before_the_times_of_that_day(service: Service, alice: Person) -> None:
    day = dt.date(2026, 11, 21)
    for time in (dt.time(0, 0, 1), None, dt.time(0)):
        await log_call(service, alice, date=day, time=time)
    page = await service.activities.list(alice.principal, Query(sort=Sort("due")))
    assert [activity.id for activity in page.items] == [2, 3, 1]


async def test_an_empty_list_is_one_empty_page(service: Service, alice: Person) -> None:
    for sort in SORTS:
        assert await pages(service, alice.principal, Query(sort=sort)) == [()]


async def test_what_is_deleted_leaves_every_list_and_comes_back_restored(service: Service, alice: Person) -> None:
    for _ in range(3):
        await log_call(service, alice)
    await service.activities.delete(alice.principal, 2, as_activity)
    for sort in SORTS:
        page = await service.activities.list(alice.principal, Query(sort=sort))
        assert sorted(activity.id for activity in page.items) == [1, 3]
    assert not (await service.activities.list(alice.principal, Query(filter=Filter(ids=(2,))))).items
    await service.activities.restore(alice.principal, 2, as_activity)
    assert len((await service.activities.list(alice.principal, Query())).items) == 3


async def test_a_cursor_goes_on_in_the_same_list_only(service: Service, alice: Person, charlie: Person) -> None:
    for _ in range(3):
        await log_call(service, alice)
        await log_call(service, charlie)
    cursor = (await service.activities.list(alice.principal, Query(limit=1))).cursor
    refused = [
        (alice, Query(limit=1, cursor=cursor, sort=Sort("id", True))),
        (alice, Query(limit=1, cursor=cursor, sort=Sort("due"))),
        (alice, Query(limit=1, cursor=cursor, filter=Filter(done=False))),
        (charlie, Query(limit=1, cursor=cursor)),
    ]
    for who, query in refused:
        with pytest.raises(Invalid, match="cursor"):
            await service.activities.list(who.principal, query)
    assert len((await service.activities.list(alice.principal, Query(limit=7, cursor=cursor))).items) == 2


async def test_a_cursor_survives_the_row_it_was_made_from(service: Service, alice: Person) -> None:
    for _ in range(4):
        await log_call(service, alice)
    first = await service.activities.list(alice.principal, Query(limit=2))
    await service.activities.delete(alice.principal, 2, as_activity)
    second = await service.activities.list(alice.principal, Query(limit=2, cursor=first.cursor))
    assert [activity.id for activity in second.items] == [3, 4]


async def test_a_range_is_found_however_far_it_lies_in_the_order_of_the_list(
    service: Service, store: Store, alice: Person
) -> None:
    first = await log_call(service, alice)
    since, far = first.updated_at + 1000, (NEAR + 20, 7, NEAR + 21)
    await store.database.run(lambda: repeated(alice.account_id, first, NEAR + 50, far, since))
    viewer = Viewer(alice.account_id, alice.user_id, admin=True)
    for descending, limit in product((False, True), (1, 2, 3, 100)):
        wanted = Query(filter=Filter(updated_from=since), sort=Sort("id", descending), limit=limit)
        found: list[int] = []
        after: Position | None = None
        while after is not None or not found:
            places, _, after = await store.places(viewer, wanted, (), after)
            found += [id_ for id_, _, _ in places]
        assert found == sorted(far, reverse=descending)


def repeated(account_id: int, activity: Activity, last: int, later: tuple[int, ...], at: int) -> Steps[None]:
    """The same activity again under every id up to the last, some of them updated later."""
    numbers = select(number(activity.id + 1).label("id")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.id + number(1)).where(numbers.c.id < number(last)))
    changed = case((or_(*(numbers.c.id == number(id_) for id_ in later)), number(at)), else_=activities.c.updated_at)
    other = {"id": numbers.c.id, "uuid": cast(numbers.c.id, Text), "updated_at": changed}
    rows = select(*(other.get(column.name, column) for column in activities.c))
    rows = rows.where(activities.c.account_id == bindparam("account_id"), activities.c.id == number(activity.id))
    clause = insert(activities).from_select([column.name for column in activities.c], rows)
    yield Call(statement(clause, "account_id"), [(account_id,)])


async def test_what_a_list_shows_is_what_a_get_shows(service: Service, alice: Person) -> None:
    deal = await add_record(service, alice, "deal")
    made = await log_call(service, alice, subject="Zażółć 🦜 \u2028", related=(Relate("deal", key_of(deal)),))
    listed = (await service.activities.list(alice.principal, Query())).items
    assert listed == (made,)
    assert await service.activities.get(alice.principal, made.id) == made


async def test_records_page_by_kind_and_id(service: Service, store: Store, alice: Person, charlie: Person) -> None:
    made = [await add_record(service, alice, kind) for kind in ("deal", "contact", "deal", "job", "contact", "deal")]
    await add_record(service, charlie, "deal")
    wanted = sorted(made, key=lambda record: (record.kind, record.id))
    for kind in (None, "deal", "contact", "lead"):
        for limit in (1, 2, 3, 6, 7):
            found: list[Record] = []
            cursor: str | None = None
            while page := await service.records.list(alice.principal, RecordFilter(kind=kind), limit, cursor):
                found += page.items
                cursor = page.cursor
                if cursor is None:
                    break
            assert found == [record for record in wanted if kind in (None, record.kind)]
    first = await service.records.list(alice.principal, RecordFilter(kind="deal"), 1, None)
    with pytest.raises(Invalid, match="cursor"):
        await service.records.list(alice.principal, RecordFilter(), 1, first.cursor)
    with pytest.raises(Invalid, match="cursor"):
        await service.activities.list(alice.principal, Query(cursor=first.cursor))
