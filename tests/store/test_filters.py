"""Each filter alone and every pair of them, against a model in plain Python, over random little populations."""

import datetime as dt
from collections.abc import Iterator
from itertools import combinations, count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Struct

from dayline.domain.activity import Activity, Visibility
from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.filter import Filter, Page, Query
from dayline.domain.identity import UserKey
from dayline.domain.record import Record, RecordKey
from dayline.service import Service
from tests.cast import START, ManualClock, Person, add_record, as_activity, key_of, log_call, move_all_in

DATES = [dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(2026, 11, 21), dt.date(2026, 11, 22), dt.date.max]
TYPES = ["call", "meeting", "note"]
HIDING: list[Visibility] = ["public", "private", "admin_only"]
names = count()


class Seed(Struct, frozen=True):
    """One random activity, before it has ids: records and people by their places."""

    type: str
    bobs: bool
    done: bool
    date: dt.date | None
    time: dt.time | None
    visibility: Visibility
    deal: int | None
    contact: int | None
    attendee: int | None
    deleted: bool
    pause: int


class Wanted(Struct, frozen=True):
    """A value for each filter there is."""

    ids: tuple[int, ...]
    except_ids: tuple[int, ...]
    bobs: bool
    records: tuple[tuple[int, bool], ...]
    types: tuple[str, ...]
    done: bool
    due_from: dt.date
    due_until: dt.date
    created_from: int
    updated_from: int
    updated_before: int


places = st.none() | st.integers(0, 1)
seeds = st.builds(
    Seed,
    type=st.sampled_from(TYPES),
    bobs=st.booleans(),
    done=st.booleans(),
    date=st.none() | st.sampled_from(DATES),
    time=st.none() | st.sampled_from([dt.time(0), dt.time(23, 59, 59)]),
    visibility=st.sampled_from(HIDING),
    deal=places,
    contact=places,
    attendee=places,
    deleted=st.booleans(),
    pause=st.integers(0, 2),
)
instants = st.integers(START - 1, START + 20)
wishes = st.builds(
    Wanted,
    ids=st.lists(st.integers(0, 12), max_size=6).map(tuple),
    except_ids=st.lists(st.integers(0, 12), max_size=6).map(tuple),
    bobs=st.booleans(),
    records=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=3).map(tuple),
    types=st.lists(st.sampled_from([*TYPES, "lunch", "nothing"]), max_size=3).map(tuple),
    done=st.booleans(),
    due_from=st.sampled_from(DATES),
    due_until=st.sampled_from(DATES),
    created_from=instants,
    updated_from=instants,
    updated_before=instants,
)


def matches(activity: Activity, wanted: Filter, refs: dict[RecordKey, Record]) -> bool:
    """The whole meaning of a filter, slowly."""
    date, at = activity.when.date, activity.updated_at
    hangs_on = {(ref.kind, ref.id) for ref in activity.links()}
    return (
        activity.deleted_at is None
        and (wanted.ids is None or activity.id in wanted.ids)
        and (wanted.except_ids is None or activity.id not in wanted.except_ids)
        and (wanted.owner_id is None or activity.owner_id == wanted.owner_id)
        and all((refs[key].kind, refs[key].id) in hangs_on for key in wanted.related)
        and (wanted.types is None or activity.type.key in wanted.types)
        and (wanted.done is None or activity.done is wanted.done)
        and (wanted.due_from is None or (date is not None and date >= wanted.due_from))
        and (wanted.due_until is None or (date is not None and date <= wanted.due_until))
        and (wanted.created_from is None or activity.created_at >= wanted.created_from)
        and (wanted.updated_from is None or at >= wanted.updated_from)
        and (wanted.updated_before is None or at < wanted.updated_before)
    )


def is_for(activity: Activity, who: Person) -> bool:
    """Who sees what, said once more: nobody but the owner has a part in these."""
    return who.principal.role == "admin" or activity.visibility == "public" or activity.owner_id == who.user_id


def draft_of(seed: Seed, bob: Person, deals: list[Record], contacts: list[Record]) -> Draft:
    invited = () if seed.attendee is None else (Invited(record=key_of(contacts[seed.attendee])),)
    return Draft(
        type=TypeKey(seed.type, "type"),
        done=seed.done,
        date=seed.date,
        time=seed.time,
        visibility=seed.visibility,
        owner=UserKey(bob.user_id, "owner_id") if seed.bobs else UNSET,
        related=() if seed.deal is None else (Relate("deal", key_of(deals[seed.deal])),),
        participants=() if seed.contact is None else ((key_of(contacts[seed.contact]), False),),
        attendees=Attendance(frozenset(["contact"]), invited),
    )


def filters(wish: Wanted, bob: Person, alice: Person, keys: list[tuple[RecordKey, RecordKey]]) -> Iterator[Filter]:
    """Each filter alone, and each pair."""
    parts: dict[str, Any] = {
        "ids": wish.ids,
        "owner_id": bob.user_id if wish.bobs else alice.user_id,
        "related": tuple(keys[place][by_uuid] for place, by_uuid in wish.records),
        "types": wish.types,
        "done": wish.done,
        "due_from": wish.due_from,
        "due_until": wish.due_until,
        "created_from": wish.created_from,
        "updated_from": wish.updated_from,
        "updated_before": wish.updated_before,
    }
    for size in (0, 1, 2):
        for chosen in combinations(parts, size):
            yield Filter(**{name: parts[name] for name in chosen})
    yield Filter(except_ids=wish.except_ids)
    yield Filter(except_ids=wish.except_ids, ids=wish.ids)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(population=st.lists(seeds, min_size=1, max_size=10), wish=wishes)
async def test_filters_choose_what_the_model_chooses(
    service: Service, clock: ManualClock, population: list[Seed], wish: Wanted
) -> None:
    clock.now = START  # every example is an account of its own, in a store full of the others
    cast = await move_all_in(service, f"Account{next(names)}")
    deals = [await add_record(service, cast.alice, "deal") for _ in range(2)]
    contacts = [await add_record(service, cast.alice, "contact") for _ in range(2)]
    keys = [(key_of(record), RecordKey(record.kind, record.uuid, "uuid")) for record in (*deals, *contacts)]
    refs = dict(
        zip((key for pair in keys for key in pair), (r for r in (*deals, *contacts) for _ in (0, 1)), strict=True)
    )
    there: list[Activity] = []
    for seed in population:
        clock.move(seed.pause)
        made = await service.activities.create(
            cast.alice.principal, draft_of(seed, cast.bob, deals, contacts), as_activity
        )
        if seed.deleted:
            made = await service.activities.delete(cast.alice.principal, made.id, as_activity)
        there.append(made)
    await log_call(service, cast.charlie)
    for wanted in filters(wish, cast.bob, cast.alice, keys):
        for who in (cast.alice, cast.bob):
            page: Page[Activity] = await service.activities.list(who.principal, Query(filter=wanted))
            assert list(page.items) == [a for a in there if is_for(a, who) and matches(a, wanted, refs)], wanted


async def test_a_filter_by_a_record_that_does_not_exist_finds_nothing(service: Service, alice: Person) -> None:
    await log_call(service, alice)
    for value in (77, "deal_77", "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"):
        wanted = Filter(related=(RecordKey("deal", value, "deal_id"),))
        assert await service.activities.list(alice.principal, Query(filter=wanted)) == Page((), None)


async def test_numbers_beyond_the_database_find_nothing(service: Service, alice: Person) -> None:
    await log_call(service, alice)
    top = (1 << 63) - 1
    for wanted in (Filter(ids=(top, -top, 1 << 62)), Filter(owner_id=top), Filter(updated_from=top)):
        assert await service.activities.list(alice.principal, Query(filter=wanted)) == Page((), None)
    whole = Filter(updated_before=top, updated_from=-top)
    assert len((await service.activities.list(alice.principal, Query(filter=whole))).items) == 1


async def test_many_ids_are_no_more_than_one_parameter(service: Service, alice: Person) -> None:
    await log_call(service, alice)
    page = await service.activities.list(alice.principal, Query(filter=Filter(ids=tuple(range(100_000)))))
    assert [activity.id for activity in page.items] == [1]
