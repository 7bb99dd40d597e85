"""The change log, the ids and the clock of an account: one row a write, no gaps, never back."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.draft import Draft, Relate, TypeKey
from dayline.domain.errors import DaylineError, Invalid
from dayline.domain.record import RecordDraft, RecordKey
from dayline.service import Service
from dayline.store.store import Store
from dayline.store.unit import Entity, Entry, Needs, Plan, Unit
from tests.cast import START, ManualClock, Person, a_call, add_record, as_activity, as_record, log_call, move_all_in
from tests.store.peek import counter_of, directory_of, log_of, stored
from tests.store.test_filters import names


def read(body: str | None) -> Activity:
    assert body is not None
    return msgspec.json.decode(body, type=Activity)


async def test_each_write_is_one_row_with_its_before_and_after(
    service: Service, store: Store, alice: Person, bob: Person, clock: ManualClock
) -> None:
    verbs = service.activities
    made = await log_call(service, alice)
    clock.move(50)
    changed = await verbs.change(bob.principal, made.id, Draft(done=True), as_activity)
    gone = await verbs.delete(alice.principal, made.id, as_activity)
    back = await verbs.restore(bob.principal, made.id, as_activity)
    log = await log_of(store, alice.principal.account_id, "activity")
    assert [row.action for row in log] == ["created", "changed", "deleted", "restored"]
    assert log[0].before is None
    assert [read(row.before) for row in log[1:]] == [made, changed, gone]
    assert [read(row.after) for row in log] == [made, changed, gone, back]
    whole = [(row.entity_id, row.user_id, row.token_id) for row in log]
    who = [(person.user_id, person.principal.token_id) for person in (alice, bob, alice, bob)]
    assert whole == [(made.id, *author) for author in who]
    assert [row.at for row in log] == [made.created_at, START + 50, START + 51, START + 52]


async def test_records_users_and_tokens_are_in_the_log_too(service: Service, store: Store, alice: Person) -> None:
    await add_record(service, alice, "deal")
    log = await log_of(store, alice.principal.account_id)
    assert [row.entity for row in log] == ["user", "token", "user", "token", "deal"]
    assert alice.credential.rpartition("_")[2] not in "".join(row.after or "" for row in log)


async def test_what_changes_nothing_is_not_in_the_log(service: Service, store: Store, alice: Person) -> None:
    made = await log_call(service, alice)
    before = await counter_of(store, alice.principal.account_id)
    assert await service.activities.restore(alice.principal, made.id, as_activity) == made
    assert await counter_of(store, alice.principal.account_id) == before


def write(service: Service, who: Person, place: int) -> Coroutine[Any, Any, object]:
    """A call, a deal, or a write that a rule refuses, in one of the ways there are."""
    deal = Relate("deal", RecordKey("deal", 999, "deal_id"))
    activities, records = service.activities, service.records
    ways: list[Callable[[], Coroutine[Any, Any, object]]] = [
        lambda: activities.create(who.principal, a_call(related=(deal,)), as_activity),
        lambda: activities.create(who.principal, Draft(type=TypeKey("nothing", "type")), as_activity),
        lambda: activities.create(who.principal, a_call(duration=-1), as_activity),
        lambda: activities.change(who.principal, 999, Draft(), as_activity),
        lambda: activities.delete(who.principal, 999, as_activity),
        lambda: records.create(who.principal, RecordDraft(kind="deal", name=" "), as_record),
        lambda: records.create(who.principal, RecordDraft(kind="deal", name="x", slug=""), as_record),
        lambda: records.create(who.principal, RecordDraft(kind="deal", name="x", owner_id=99), as_record),
        lambda: add_record(service, who, "deal"),
        lambda: log_call(service, who),
    ]
    return ways[place]()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=8), min_size=1, max_size=5))
async def test_ids_and_sequence_have_no_gaps_whatever_is_refused(
    service: Service, store: Store, groups: list[list[int]]
) -> None:
    cast = await move_all_in(service, f"Log{next(names)}")
    account_id = cast.alice.principal.account_id
    for group in groups:  # each at once: together in one transaction, or nearly so
        wanted = [write(service, cast.alice, place) for place in group]
        outcomes = await asyncio.gather(*wanted, return_exceptions=True)
        assert [isinstance(outcome, DaylineError) for outcome in outcomes] == [place < 8 for place in group]
    log = await log_of(store, account_id)
    activities, deals = ([row.entity_id for row in log if row.entity == entity] for entity in ("activity", "deal"))
    assert activities == list(range(1, sum(group.count(9) for group in groups) + 1))
    assert deals == list(range(1, sum(group.count(8) for group in groups) + 1))
    assert [row.sequence for row in log] == list(range(1, len(log) + 1))
    sequence, ids = await counter_of(store, account_id)
    assert (sequence, ids.get("activity", 0), ids.get("deal", 0)) == (len(log), len(activities), len(deals))


async def test_concurrent_writers_get_every_id_once(service: Service, store: Store, alice: Person) -> None:
    made = await asyncio.gather(*(log_call(service, alice, subject=str(place)) for place in range(600)))
    assert sorted(activity.id for activity in made) == list(range(1, 601))
    assert len({activity.uuid for activity in made}) == 600
    log = await log_of(store, alice.principal.account_id, "activity")
    assert [read(row.after).id for row in log] == [row.entity_id for row in log] == list(range(1, 601))
    assert [activity.subject for activity in await stored(store, alice.principal.account_id)] == [
        activity.subject for activity in sorted(made, key=lambda activity: activity.id)
    ]


async def test_time_goes_on_whatever_the_clock_does(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    for step in (0, 7, -1000, 3, -(10**9), 2 * 10**9, -1):
        clock.move(step)
        await log_call(service, alice)
        await service.activities.change(alice.principal, 1, Draft(subject=str(step)), as_activity)
    log = await log_of(store, alice.principal.account_id)
    assert all(earlier.at < later.at for earlier, later in pairwise(log))
    assert all(read(row.after).updated_at == row.at for row in log if row.entity == "activity")
    furthest = START + 10**9 - 990  # that the clock has ever been
    assert furthest <= log[-1].at < furthest + 20


async def test_each_account_has_its_own_clock_ids_and_log(
    service: Service, store: Store, alice: Person, charlie: Person, clock: ManualClock
) -> None:
    clock.move(1000)
    await log_call(service, alice)
    clock.move(-500)
    theirs = await log_call(service, charlie)
    assert (theirs.id, theirs.updated_at) == (1, START + 500)
    log = await log_of(store, charlie.principal.account_id)
    assert [row.sequence for row in log] == list(range(1, len(log) + 1))


async def test_a_refused_change_leaves_everything_as_it_was(service: Service, store: Store, alice: Person) -> None:
    made = await log_call(service, alice, subject="before")
    before = await counter_of(store, alice.principal.account_id)
    draft = Draft(subject="after", related=(Relate("deal", RecordKey("deal", 9, "deal_id")),))
    with pytest.raises(Invalid) as error:
        await service.activities.change(alice.principal, made.id, draft, as_activity)
    assert [problem.field for problem in error.value.problems] == ["deal_id"]
    assert await service.activities.get(alice.principal, made.id) == made
    assert await counter_of(store, alice.principal.account_id) == before


def renaming(who: Person, before: Entity, after: Entity) -> Unit[None, None]:
    """A change of a name, as a verb to come will make it."""
    plan = Plan((Entry("changed", before, after),), None)
    return Unit(who.account_id, who.user_id, 1, True, Needs(), lambda _: plan, lambda _: None)


async def test_the_directory_counts_changed_names_and_nothing_else(
    service: Service, store: Store, alice: Person, charlie: Person
) -> None:
    """Renderings that show names are kept by this number, so that a rename must move it and a new name must not."""
    deal = await add_record(service, alice, "deal")
    await log_call(service, alice)
    await service.activities.change(alice.principal, 1, Draft(subject="x"), as_activity)
    assert await directory_of(store, alice.account_id) == 0
    (user, *_) = await service.identities.users(alice.account_id)
    (type_, *_) = await store.types(alice.account_id)
    changes: list[tuple[Entity, Entity]] = [
        (deal, replace(deal, name="Bigger")),
        (user, replace(user, name="Alicia")),
        (type_, replace(type_, label="Ring")),
    ]
    for count, (before, after) in enumerate(changes, start=1):
        await store.write(renaming(alice, before, after))
        assert await directory_of(store, alice.account_id) == count
    assert await directory_of(store, charlie.account_id) == 0
