"""What an activity hangs on: every role is a link, each is one link only, and links follow every change."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dayline.domain.draft import Attendance, Draft, Invited, Relate
from dayline.domain.filter import Filter, Query
from dayline.domain.identity import UserKey
from dayline.domain.record import Kind, Record, RecordKey
from dayline.service import Service
from dayline.store.store import Store
from dayline.store.tables import links, sight
from tests.cast import ManualClock, Person, add_record, as_activity, key_of, log_call, move_all_in
from tests.store.peek import number, rows, stored
from tests.store.test_filters import names


async def hanging_on(service: Service, who: Person, *records: Record) -> list[int]:
    wanted = Filter(related=tuple(key_of(record) for record in records))
    return [activity.id for activity in (await service.activities.list(who.principal, Query(filter=wanted))).items]


def invite(*records: Record) -> Attendance:
    return Attendance(frozenset(["contact", "candidate"]), tuple(Invited(record=key_of(record)) for record in records))


async def links_of(store: Store, account_id: int) -> set[tuple[Any, ...]]:
    columns = (links.c.kind, links.c.record_id, links.c.activity_id, links.c.open)
    return set(await rows(store, select(*columns).where(links.c.account_id == number(account_id))))


async def sights_of(store: Store, account_id: int) -> set[tuple[Any, ...]]:
    columns = (sight.c.user_id, sight.c.activity_id)
    return set(await rows(store, select(*columns).where(sight.c.account_id == number(account_id))))


@pytest.mark.parametrize("kind", ["deal", "organization", "job", "lead", "project", "sequence", "other", "candidate"])
async def test_a_related_record_of_any_kind_is_found(service: Service, alice: Person, kind: Kind) -> None:
    record = await add_record(service, alice, kind)
    await log_call(service, alice)
    made = await log_call(service, alice, related=(Relate(kind, key_of(record)),))
    assert await hanging_on(service, alice, record) == [made.id]


async def test_participants_and_attendees_are_found_alike(service: Service, alice: Person) -> None:
    mara = await add_record(service, alice, "contact")
    owen = await add_record(service, alice, "candidate")
    await log_call(service, alice, participants=((key_of(mara), False),))
    await log_call(service, alice, attendees=invite(mara, owen))
    await log_call(service, alice, related=(Relate("candidate", key_of(owen)),))
    assert await hanging_on(service, alice, mara) == [1, 2]
    assert await hanging_on(service, alice, owen) == [2, 3]
    assert await hanging_on(service, alice, mara, owen) == [2]


async def test_a_record_in_three_roles_is_found_once(service: Service, store: Store, alice: Person) -> None:
    mara = await add_record(service, alice, "contact")
    key = key_of(mara)
    await log_call(
        service, alice, related=(Relate("contact", key),), participants=((key, True),), attendees=invite(mara)
    )
    assert await hanging_on(service, alice, mara) == [1]
    assert await hanging_on(service, alice, mara, mara) == [1]
    assert await links_of(store, alice.principal.account_id) == {("contact", mara.id, 1, 1)}


async def test_a_link_goes_with_the_last_of_its_roles(service: Service, alice: Person) -> None:
    mara = await add_record(service, alice, "contact")
    await log_call(service, alice, participants=((key_of(mara), True),), attendees=invite(mara))
    for draft, found in (
        (Draft(participants=()), [1]),
        (Draft(attendees=invite()), []),
        (Draft(primary=key_of(mara)), [1]),
        (Draft(primary=None), []),
    ):
        await service.activities.change(alice.principal, 1, draft, as_activity)
        assert await hanging_on(service, alice, mara) == found


async def test_links_of_the_same_number_and_another_kind_are_others(service: Service, alice: Person) -> None:
    deal, job = await add_record(service, alice, "deal"), await add_record(service, alice, "job")
    assert deal.id == job.id
    await log_call(service, alice, related=(Relate("deal", key_of(deal)),))
    assert await hanging_on(service, alice, job) == []


drafts = st.fixed_dictionaries(
    {},
    optional={
        "related": st.lists(st.integers(0, 1) | st.none(), max_size=1),
        "participants": st.lists(st.integers(2, 4), max_size=3),
        "primary": st.none() | st.integers(2, 4),
        "attendees": st.lists(st.integers(2, 4), max_size=3),
        "done": st.booleans(),
        "visibility": st.sampled_from(["public", "private", "admin_only"]),
        "collaborators": st.lists(st.booleans(), max_size=2),
        "owner": st.booleans(),
    },
)


def draft_of(spec: dict[str, Any], records: list[Record], people: tuple[Person, Person]) -> Draft:
    """A draft in which records and people are named by their places."""

    def user(bob: bool, field: str) -> UserKey:
        return UserKey(people[bob].user_id, field)

    def record(place: int) -> RecordKey:
        return key_of(records[place])

    makers: dict[str, Any] = {
        "related": lambda v: tuple(Relate("deal", None if place is None else record(place)) for place in v),
        "participants": lambda v: tuple((record(place), False) for place in v),
        "primary": lambda v: None if v is None else record(v),
        "attendees": lambda v: invite(*(records[place] for place in v)),
        "collaborators": lambda v: tuple(user(bob, "collaborators") for bob in v),
        "owner": lambda v: user(v, "owner_id"),
    }
    return Draft(**{name: makers.get(name, lambda v: v)(value) for name, value in spec.items()})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(drafts | st.sampled_from(["delete", "restore"]), min_size=1, max_size=8))
async def test_side_tables_are_what_the_documents_say_after_any_history(
    service: Service, store: Store, clock: ManualClock, steps: list[Any]
) -> None:
    cast = await move_all_in(service, f"Links{next(names)}")
    account_id = cast.alice.principal.account_id
    kinds: list[Kind] = ["deal", "deal", "contact", "contact", "contact"]
    records = [await add_record(service, cast.alice, kind) for kind in kinds]
    await log_call(service, cast.alice)
    gone = False
    for step in steps:
        if isinstance(step, dict):
            if not gone:
                draft = draft_of(step, records, (cast.alice, cast.bob))
                await service.activities.change(cast.alice.principal, 1, draft, as_activity)
        elif gone == (step == "restore"):
            verb = service.activities.restore if gone else service.activities.delete
            await verb(cast.alice.principal, 1, as_activity)
            gone = not gone
    (activity,) = await stored(store, account_id)
    assert await links_of(store, account_id) == {(r.kind, r.id, 1, int(activity.open)) for r in activity.links()}
    seen_by = activity.people() if activity.visibility != "public" else ()
    assert await sights_of(store, account_id) == {(user_id, 1) for user_id in seen_by}
