"""How many there are, and pages that begin after so many: both say what the list says, for each kind of filter."""

from itertools import combinations, product
from typing import Any

import pytest

from dayline.domain.activity import Activity, Priority
from dayline.domain.draft import Draft
from dayline.domain.filter import Filter, Query, Sort
from dayline.domain.record import Kind, Record
from dayline.domain.relating import MainPair
from dayline.service import Service
from tests.cast import Person, add_record, as_activity, key_of, log_call

PRIORITIES: tuple[Priority | None, ...] = (None, "low", "high")
NOTES = (None, "Secret ÄÖ", "plain")
PARTS: dict[str, Any] = {
    "priorities": (None, "high"),
    "main_kinds": ("deal", "job"),
    "main_id": 1,
    "shared_text": "äö",
    "text": "äö",
    "types": ("call",),
    "done": True,
}


def matches(activity: Activity, wanted: Filter) -> bool:
    """The whole meaning of these filters, slowly."""
    main = activity.main
    kind = activity.main_kind if main is None else main.kind
    shared = "\n".join((activity.subject, activity.description or "")).casefold()
    return (
        (wanted.priorities is None or activity.priority in wanted.priorities)
        and (wanted.main_kinds is None or kind in wanted.main_kinds)
        and (wanted.main_id is None or (main is not None and main.id == wanted.main_id))
        and (wanted.shared_text is None or wanted.shared_text in shared)
        and (wanted.text is None or wanted.text in shared or wanted.text in (activity.note or "").casefold())
        and (wanted.types is None or activity.type.key in wanted.types)
        and (wanted.done is None or activity.done is wanted.done)
    )


async def populate(service: Service, who: Person) -> list[Activity]:
    records: list[Record | None] = [None, *[await add_record(service, who, kind) for kind in ("deal", "job", "deal")]]
    for place, (priority, note, record) in enumerate(product(PRIORITIES, NOTES, records)):
        await log_call(
            service,
            who,
            priority=priority,
            note=note,
            subject="ÄÖ" if place % 5 == 0 else "Something",
            done=place % 2 == 0,
            visibility="private" if place % 7 == 0 else "public",
            **({} if record is None else {"main": key_of(record)}),
        )
    alone: tuple[Kind, ...] = ("job",)
    pair = MainPair(families=(alone,), family=alone)
    await log_call(service, who, pair=pair)
    gone = await log_call(service, who, priority="high")
    await service.activities.delete(who.principal, gone.id, as_activity)
    return list((await service.activities.list(who.principal, Query(limit=500))).items)


async def test_counts_are_of_what_lists_show(service: Service, alice: Person, bob: Person, charlie: Person) -> None:
    there = await populate(service, alice)
    await log_call(service, charlie, priority="high")
    assert len(there) == 37
    for size in (0, 1, 2):
        for chosen in combinations(PARTS, size):
            wanted = Filter(**{name: PARTS[name] for name in chosen})
            for who, seen in ((alice, there), (bob, [one for one in there if one.visibility == "public"])):
                rows = [one for one in seen if matches(one, wanted)]
                page = await service.activities.list(who.principal, Query(filter=wanted))
                assert list(page.items) == rows, wanted
                assert await service.activities.count(who.principal, wanted) == len(rows), wanted


async def test_counts_by_a_record(service: Service, alice: Person) -> None:
    there = await populate(service, alice)
    key = key_of(await add_record(service, alice, "job"))
    await service.activities.change(alice.principal, there[0].id, Draft(main=key), as_activity)
    assert await service.activities.count(alice.principal, Filter(related=(key,))) == 1
    nobody = Filter(related=(type(key)("deal", "nobody", "related_to"),))
    assert await service.activities.count(alice.principal, nobody) == 0


@pytest.mark.parametrize("sort", [Sort("updated_at", True), Sort("id"), Sort("due", True)])
async def test_pages_after_an_offset(service: Service, alice: Person, sort: Sort) -> None:
    there = await populate(service, alice)
    whole = (await service.activities.list(alice.principal, Query(sort=sort, limit=500))).items
    for limit in (1, 5, 36, 37, 50):
        found: list[Activity] = []
        for offset in range(0, len(there) + limit, limit):
            query = Query(sort=sort, limit=limit, offset=offset)
            found += (await service.activities.list(alice.principal, query)).items
        assert tuple(found) == whole
