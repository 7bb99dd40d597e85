"""Saved filters: whose they are, who uses and changes them, what is logged, and what a list makes of one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dayline.domain.condition import Condition, Group
from dayline.domain.errors import Forbidden, Invalid, NotFound
from dayline.domain.filter import Filter, Query
from dayline.domain.saved import FilterChange, SavedFilter
from dayline.service import Service
from dayline.service.filters import NewFilter
from tests.cast import ManualClock, Person, log_call
from tests.store.peek import log_of

UNDONE = Group("all", (Condition("done", "is", 0),))
DONE = Group("all", (Condition("done", "is", 1),))
GONE = 999


def as_saved(saved: SavedFilter) -> SavedFilter:
    return saved


async def save(service: Service, who: Person, *, shared: bool = False, where: Group = UNDONE) -> SavedFilter:
    return await service.filters.create(who.principal, NewFilter(name=" Mine ", where=where, shared=shared), as_saved)


@contextmanager
def missing() -> Iterator[None]:
    with pytest.raises(NotFound, match="Filter not found"):
        yield


async def test_a_filter_is_its_owners_until_it_is_shared(
    service: Service, alice: Person, bob: Person, charlie: Person
) -> None:
    own, admins, shared = await save(service, bob), await save(service, alice), await save(service, alice, shared=True)
    assert (own.name, own.owner_id, own.revision) == ("Mine", bob.user_id, 1)
    assert await service.filters.list(bob.principal) == [own, shared]
    assert await service.filters.list(alice.principal) == [own, admins, shared]
    assert await service.filters.list(charlie.principal) == []
    assert await service.filters.conditions(bob.principal, shared.id) == UNDONE
    for who, id_ in ((bob, admins.id), (charlie, shared.id), (alice, GONE)):
        with missing():
            await service.filters.get(who.principal, id_)
        with missing():
            await service.filters.conditions(who.principal, id_)
        with missing():
            await service.filters.change(who.principal, id_, FilterChange(name="Theirs"), as_saved)
        with missing():
            await service.filters.delete(who.principal, id_, as_saved)


async def test_who_may_use_one_may_not_change_it_for_that(service: Service, alice: Person, bob: Person) -> None:
    shared = await save(service, alice, shared=True)
    with pytest.raises(Forbidden):
        await service.filters.change(bob.principal, shared.id, FilterChange(name="Bob's"), as_saved)
    with pytest.raises(Forbidden):
        await service.filters.delete(bob.principal, shared.id, as_saved)
    assert await service.filters.delete_many(bob.principal, [shared.id], tuple) == ()
    assert await service.filters.get(bob.principal, shared.id) == shared


async def test_every_write_is_in_the_log(service: Service, clock: ManualClock, alice: Person, bob: Person) -> None:
    made = await save(service, bob)
    clock.move(5)
    change = FilterChange(name="Done", where=DONE, shared=True)
    changed = await service.filters.change(alice.principal, made.id, change, as_saved)
    assert (changed.name, changed.where, changed.shared, changed.owner_id) == ("Done", DONE, True, bob.user_id)
    assert (changed.revision, changed.created_at < changed.updated_at) == (2, True)
    assert await service.filters.change(alice.principal, made.id, change, as_saved) == changed  # which writes nothing
    assert await service.filters.delete(alice.principal, made.id, as_saved) == changed
    with missing():
        await service.filters.get(bob.principal, made.id)
    log = await log_of(service.store, alice.account_id, "filter")
    assert [(one.action, one.user_id, one.entity_id) for one in log] == [
        ("created", bob.user_id, made.id),
        ("changed", alice.user_id, made.id),
        ("deleted", alice.user_id, made.id),
    ]
    assert log[-1].after is None
    assert (await save(service, bob)).id == made.id + 1  # an id is never given again


async def test_many_at_once(service: Service, alice: Person, bob: Person) -> None:
    ids = [(await save(service, who)).id for who in (alice, bob, bob)]
    assert await service.filters.delete_many(bob.principal, [ids[2], GONE, *ids, ids[2]], tuple) == (ids[2], ids[1])
    assert [saved.id for saved in await service.filters.list(alice.principal)] == ids[:1]
    changes = [FilterChange(name=f"Name {n}") for n in range(5)]
    writes = [service.filters.change(alice.principal, ids[0], change, as_saved) for change in changes]
    assert sorted(saved.revision for saved in await asyncio.gather(*writes)) == [2, 3, 4, 5, 6]


async def test_what_cannot_be_saved(service: Service, alice: Person) -> None:
    good = await save(service, alice)
    many = Group("all", (Group("any", (Condition("done", "is", 0),) * 17),))
    with pytest.raises(Invalid, match="16"):
        await save(service, alice, where=many)
    with pytest.raises(Invalid, match="16"):
        await service.filters.change(alice.principal, good.id, FilterChange(where=many), as_saved)
    with pytest.raises(Invalid, match="blank"):
        await service.filters.create(alice.principal, NewFilter(name=" ", where=UNDONE), as_saved)
    assert await service.filters.list(alice.principal) == [good]
    await save(service, alice, where=Group("all", (Group("any", (Condition("done", "is", 0),) * 16),)))


async def test_pages_go_on_while_the_filter_stays(service: Service, clock: ManualClock, alice: Person) -> None:
    """Though its relative dates mean another instant with each page; and a count is of the same."""
    for _ in range(5):
        await log_call(service, alice)
    where = Group("all", (Condition("created_at", "at_most", "now"),))
    seen: list[int] = []
    query = Query(filter=Filter(where=where), limit=2)
    while True:
        clock.move(1000)
        page = await service.activities.list(alice.principal, query)
        seen += [activity.id for activity in page.items]
        if page.cursor is None:
            break
        query = Query(filter=Filter(where=where), limit=2, cursor=page.cursor)
    assert seen == [1, 2, 3, 4, 5]
    assert await service.activities.count(alice.principal, Filter(where=where)) == 5
    with pytest.raises(Invalid, match="cursor"):
        await service.activities.list(alice.principal, Query(filter=Filter(where=DONE), limit=2, cursor=query.cursor))


async def test_it_stands_beside_the_other_parts_of_a_list(service: Service, alice: Person, bob: Person) -> None:
    await log_call(service, alice, subject="A")
    await log_call(service, bob, subject="B")
    await log_call(service, bob, subject="C", done=True)
    found = await service.activities.list(alice.principal, Query(filter=Filter(where=UNDONE, owner_id=bob.user_id)))
    assert [activity.subject for activity in found.items] == ["B"]
