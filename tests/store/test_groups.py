"""Writes that share a transaction: a bad one harms no other, and those that touch the same thing see each other."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from dayline.domain.activity import Activity
from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Conflict, DaylineError, Invalid, NotFound
from dayline.domain.record import RecordDraft, RecordKey
from dayline.service import Service, Written
from dayline.store.store import Store
from dayline.store.tables import activities, links
from dayline.store.unit import Facts, Needs, Plan, Result, Unit
from tests.cast import Person, a_call, add_record, as_activity, as_record, key_of, log_call
from tests.store.peek import count_of, log_of, stored


class Broken(Exception):
    """Something that nobody foresaw."""


def break_down(written: Written) -> Activity:
    raise Broken(written.activity.subject)


def unit_of(who: Person, plan: Callable[[Facts], Plan[Any]], render: Callable[[Result[Any]], Any]) -> Unit[Any, Any]:
    return Unit(who.account_id, who.user_id, who.principal.token_id, True, Needs(), plan, render)


def fail_to_plan(facts: Facts) -> Plan[Any]:
    facts.counter.next_id("activity")  # what a failed plan has taken must not stay taken
    raise Broken


def fail_to_render(_: Result[Any]) -> Any:
    raise Broken


async def together(*work: Any) -> list[Any]:
    """Ask for all of it at once, so that it waits together and shares transactions."""
    return list(await asyncio.gather(*work, return_exceptions=True))


async def test_a_refused_write_harms_no_other(service: Service, store: Store, alice: Person) -> None:
    unknown = Relate("deal", RecordKey("deal", 99, "deal_id"))
    work = [log_call(service, alice, subject=str(place)) for place in range(20)]
    work.insert(10, log_call(service, alice, related=(unknown,)))
    outcomes = await together(*work)
    assert isinstance(outcomes.pop(10), Invalid)
    assert sorted(made.id for made in outcomes) == list(range(1, 21))
    assert len(await stored(store, alice.account_id)) == 20


@pytest.mark.parametrize("place", [0, 7, 19])
async def test_an_unexpected_failure_of_rendering_harms_no_other(
    service: Service, store: Store, alice: Person, charlie: Person, place: int
) -> None:
    work = [log_call(service, alice, subject=str(number)) for number in range(20)]
    work.insert(place, service.activities.create(alice.principal, a_call(subject="broken"), break_down))
    *outcomes, theirs = await together(*work, log_call(service, charlie))
    assert isinstance(outcomes.pop(place), Broken)
    assert sorted(made.subject for made in outcomes) == sorted(map(str, range(20)))
    assert theirs.id == 1
    # Nothing of the broken one is there, and each of the others is there once, in the log too.
    assert sorted(made.id for made in outcomes) == list(range(1, 21))
    assert {a.id: a for a in await stored(store, alice.account_id)} == {made.id: made for made in outcomes}
    log = await log_of(store, alice.account_id)
    assert [row.sequence for row in log] == list(range(1, len(log) + 1))
    assert sum(row.entity == "activity" for row in log) == 20


async def test_an_unexpected_failure_of_a_plan_or_a_command_harms_no_other(
    service: Service, store: Store, alice: Person
) -> None:
    outcomes = await together(
        log_call(service, alice),
        store.write(unit_of(alice, fail_to_plan, fail_to_render)),
        log_call(service, alice),
        service.identities.create_account("Acme"),  # its name is taken
        store.write(unit_of(alice, lambda _: Plan((), None), fail_to_render)),
        log_call(service, alice),
        service.identities.create_account("New"),
    )
    kinds = [Activity, Broken, Activity, Conflict, Broken, Activity]
    assert [type(outcome) for outcome in outcomes[:-1]] == kinds
    assert sorted(made.id for made in outcomes if isinstance(made, Activity)) == [1, 2, 3]
    assert [account.name for account in await store.accounts()] == ["Acme", "Acme-Rival", "New"]


async def test_a_clash_that_only_the_database_sees_harms_no_other(service: Service, alice: Person) -> None:
    """The external id is unique by an index and by nothing else."""
    drafts = [RecordDraft(kind="deal", name="x", external_id=name) for name in ("a", "b", "a", "c")]
    outcomes = await together(*(service.records.create(alice.principal, draft, as_record) for draft in drafts))
    assert isinstance(outcomes.pop(2), Conflict)
    assert [record.external_id for record in outcomes] == ["a", "b", "c"]
    assert [record.id for record in outcomes] == [1, 2, 3]
    assert (await add_record(service, alice, "deal")).id == 4


async def test_changes_of_one_activity_see_each_other(service: Service, store: Store, alice: Person) -> None:
    made = await log_call(service, alice)
    drafts = [Draft(subject=f"s{n}") if n % 2 else Draft(extras={"x": {f"k{n}": n}}) for n in range(50)]
    outcomes = await together(*(service.activities.change(alice.principal, 1, draft, as_activity) for draft in drafts))
    assert [changed.revision for changed in outcomes] == list(range(2, 52))
    last = await service.activities.get(alice.principal, made.id)
    assert last == outcomes[-1]
    assert last.subject == "s49"
    assert last.extras == {"x": {f"k{n}": n for n in range(0, 50, 2)}}
    log = await log_of(store, alice.account_id, "activity")
    assert all(later.before == earlier.after for earlier, later in pairwise(log))


async def test_a_deletion_is_seen_by_what_comes_after_it(service: Service, alice: Person) -> None:
    await log_call(service, alice)
    verbs = service.activities
    outcomes = await together(
        verbs.change(alice.principal, 1, Draft(subject="before"), as_activity),
        verbs.delete(alice.principal, 1, as_activity),
        verbs.change(alice.principal, 1, Draft(subject="after"), as_activity),
        verbs.delete(alice.principal, 1, as_activity),
        verbs.restore(alice.principal, 1, as_activity),
        verbs.restore(alice.principal, 1, as_activity),
        verbs.change(alice.principal, 1, Draft(done=True), as_activity),
    )
    assert [type(outcome) for outcome in outcomes] == [
        Activity,
        Activity,
        NotFound,
        NotFound,
        Activity,
        Activity,
        Activity,
    ]
    assert [made.revision for made in outcomes if isinstance(made, Activity)] == [2, 3, 4, 4, 5]
    last = await service.activities.get(alice.principal, 1)
    assert (last.subject, last.done, last.deleted_at) == ("before", True, None)


async def test_side_tables_follow_changes_of_one_group(service: Service, store: Store, alice: Person) -> None:
    first, second = [await add_record(service, alice, "deal") for _ in range(2)]
    await log_call(service, alice)
    relates = [Relate("deal", key_of(first)), Relate("deal", key_of(second)), Relate("deal", None)] * 5
    work = [service.activities.change(alice.principal, 1, Draft(related=(r,)), as_activity) for r in relates[:-1]]
    await together(*work)
    assert await count_of(store, select(links.c.record_id)) == 1
    assert (await service.activities.get(alice.principal, 1)).related == (second.ref,)


async def test_a_refused_change_between_others_is_as_if_it_never_was(service: Service, alice: Person) -> None:
    await log_call(service, alice)
    drafts = [Draft(subject="a"), Draft(subject="b", duration=-1), Draft(note="c")]
    outcomes = await together(*(service.activities.change(alice.principal, 1, draft, as_activity) for draft in drafts))
    assert [isinstance(outcome, DaylineError) for outcome in outcomes] == [False, True, False]
    last = await service.activities.get(alice.principal, 1)
    assert (last.subject, last.note, last.revision) == ("a", "c", 3)


async def test_accounts_in_one_transaction_do_not_mix(
    service: Service, store: Store, alice: Person, charlie: Person
) -> None:
    ours = [log_call(service, alice, subject="ours") for _ in range(30)]
    theirs = [log_call(service, charlie, subject="theirs") for _ in range(30)]
    mixed = [work for pair in zip(ours, theirs, strict=True) for work in pair]
    outcomes = await together(*mixed)
    for who, made, subject in ((alice, outcomes[::2], "ours"), (charlie, outcomes[1::2], "theirs")):
        assert [activity.id for activity in made] == list(range(1, 31))
        assert await stored(store, who.account_id) == made
        assert {activity.subject for activity in made} == {subject}


async def test_more_than_one_group_at_once_keeps_its_order(service: Service, alice: Person) -> None:
    """Seven hundred writes are three groups at the least."""
    outcomes = await together(*(log_call(service, alice, subject=str(number)) for number in range(700)))
    assert [made.id for made in outcomes] == list(range(1, 701))
    assert [made.subject for made in outcomes] == [str(number) for number in range(700)]


async def test_a_caller_who_gave_up_harms_no_other(service: Service, store: Store, alice: Person) -> None:
    tasks = [asyncio.ensure_future(log_call(service, alice, subject=str(number))) for number in range(10)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await together(*tasks)
    kept = [made for made in outcomes if isinstance(made, Activity)]
    assert len(kept) >= 5
    assert {made.id for made in kept} <= {activity.id for activity in await stored(store, alice.account_id)}
    assert await service.activities.get(alice.principal, kept[-1].id) == kept[-1]


async def test_a_write_in_an_account_that_does_not_exist_is_not_found(
    service: Service, store: Store, alice: Person
) -> None:
    unit = Unit(99, 1, 1, True, Needs(), lambda _: Plan((), None), lambda _: None)
    outcomes = await together(log_call(service, alice), store.write(unit), log_call(service, alice))
    assert [type(outcome) for outcome in outcomes] == [Activity, NotFound, Activity]


async def test_a_table_is_written_whole_or_not_at_all(service: Service, store: Store, alice: Person) -> None:
    deal = Relate("deal", key_of(await add_record(service, alice, "deal")))
    broken = service.activities.create(alice.principal, a_call(related=(deal,), visibility="private"), break_down)
    assert isinstance((await together(broken))[0], Broken)
    assert await count_of(store, select(activities.c.id)) == await count_of(store, select(links.c.record_id)) == 0


async def test_a_plan_sees_what_its_own_unit_asked_for(service: Service, store: Store, alice: Person) -> None:
    """Whoever writes all that it found, as an erasure does, must not find what another of its group has named."""
    calls = [await log_call(service, alice) for _ in range(2)]
    deals = [await add_record(service, alice, "deal") for _ in range(2)]

    def plan(facts: Facts) -> Plan[Any]:
        found = facts.found
        return Plan((), ([*found.activities], [key[1] for key in found.records], [*found.users], [*found.types]))

    def asking(place: int) -> Unit[Any, Any]:
        needs = Needs(
            activities=(calls[place].id,),
            records=(key_of(deals[place]),),
            users=(alice.user_id,) if place else (),
            types=("call",) if place else (),
        )
        unit = unit_of(alice, plan, lambda result: result.value)
        return replace(unit, needs=needs)

    first, second = await together(store.write(asking(0)), store.write(asking(1)))
    assert first == ([calls[0].id], [deals[0].id], [], [])
    assert second == ([calls[1].id], [deals[1].id], [alice.user_id], [calls[1].type.id, "call"])
