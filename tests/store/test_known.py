"""What a write has looked up is kept for the next one: never longer than it is so, whoever changes it."""

import random
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec.structs import replace

from dayline.domain.draft import Relate, TypeKey
from dayline.domain.errors import Invalid
from dayline.domain.identity import UserChange, UserKey
from dayline.domain.record import Record, RecordChange, RecordDraft, RecordKey
from dayline.domain.types import TypeChange
from dayline.service import Service, Written
from dayline.service.types import NewType
from dayline.store.group import Outcome, Steps, write_group
from dayline.store.known import Known
from dayline.store.open import open_store
from dayline.store.statement import Asked, Call, Statement
from dayline.store.statements import RECORDS
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Plan, Unit
from tests.cast import ManualClock, Person, a_call, add_record, as_record, as_written, key_of, log_call
from tests.conftest import Ground


class Broken(Exception):
    """Something that nobody foresaw."""


@pytest.fixture
async def pair(ground: Ground, clock: ManualClock, service: Service) -> AsyncIterator[tuple[Service, Service]]:
    """Two programs on one database, each with a memory of its own."""
    store = await open_store(ground.url, clock=clock, pgbouncer=ground.pooled)
    yield service, Service(store)
    await store.close()


async def name_of(service: Service, who: Person, record: Record) -> str | None:
    """What a new activity on this record hears that it is called; None where there is no such record."""
    draft = a_call(related=(Relate(record.kind, key_of(record)),))
    try:
        made: Written = await service.activities.create(who.principal, draft, as_written, named=True)
    except Invalid:
        return None
    assert made.names is not None
    return made.names.records[record.kind, record.id].name


async def rename(service: Service, who: Person, record: Record, name: str) -> None:
    await service.records.change(who.principal, key_of(record), RecordChange(name=name), as_record)


def on(who: Person, record: Record, plan: Callable[[Facts], Plan[str]]) -> Unit[str, str]:
    """A write that looks this record up, and has it for itself."""
    return Unit(
        account_id=who.account_id,
        user_id=who.user_id,
        token_id=who.principal.token_id,
        admin=True,
        needs=Needs(records=(key_of(record),)),
        plan=plan,
        render=lambda result: result.value,
        touches=frozenset((f"{record.kind}:{record.id}",)),
    )


def told_name(record: Record) -> Callable[[Facts], Plan[str]]:
    """Writes nothing, and tells how the record is called."""
    return lambda facts: Plan((), facts.found.records[record.kind, record.id].name)


async def test_a_record_that_goes_is_not_found_any_more(service: Service, alice: Person) -> None:
    deal = await add_record(service, alice, "deal")
    assert await name_of(service, alice, deal) == "Something"
    await service.records.delete(alice.principal, key_of(deal), as_record)
    assert await name_of(service, alice, deal) is None
    await service.records.restore(alice.principal, key_of(deal), as_record)
    assert await name_of(service, alice, deal) == "Something"


async def test_a_record_that_was_not_there_is_found_when_it_is(service: Service, alice: Person) -> None:
    related = (Relate("deal", RecordKey("deal", 7, "deal_id")),)
    with pytest.raises(Invalid):
        await log_call(service, alice, related=related)
    await service.records.create(alice.principal, RecordDraft(kind="deal", name="Late", id=7), as_record)
    assert (await log_call(service, alice, related=related)).first("deal") is not None


async def test_a_type_that_is_put_away_is_not_found_any_more(service: Service, alice: Person) -> None:
    demo = await service.types.create(alice.principal, NewType(label="Demo"), lambda made: made)
    for name in (demo.key, demo.id):
        assert (await log_call(service, alice, type=TypeKey(name, "type"))).type.key == demo.key
    await service.types.change(alice.principal, demo.id, TypeChange(active=False), lambda made: made)
    for name in (demo.key, demo.id):
        with pytest.raises(Invalid):
            await log_call(service, alice, type=TypeKey(name, "type"))


async def test_a_user_who_leaves_is_not_found_any_more(service: Service, alice: Person, bob: Person) -> None:
    owner = UserKey(bob.user_id, "owner_id")
    assert (await log_call(service, alice, owner=owner)).owner_id == bob.user_id
    await service.people.change(alice.principal, bob.user_id, UserChange(active=False), lambda user: user)
    with pytest.raises(Invalid):
        await log_call(service, alice, owner=owner)


async def test_accounts_do_not_mix(service: Service, alice: Person, charlie: Person) -> None:
    ours = await service.records.create(alice.principal, RecordDraft(kind="deal", name="Ours", id=5), as_record)
    assert await name_of(service, alice, ours) == "Ours"
    assert await name_of(service, charlie, ours) is None
    theirs = await service.records.create(charlie.principal, RecordDraft(kind="deal", name="Theirs", id=5), as_record)
    assert [await name_of(service, alice, ours), await name_of(service, charlie, theirs)] == ["Ours", "Theirs"]


async def test_what_was_undone_was_never_known(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    """The directory revision of what was undone is used again, for something else."""
    deal = await add_record(service, alice, "deal")
    known = Known()

    def rename_it(facts: Facts) -> Plan[str]:
        return Plan((Entry("changed", deal, replace(deal, name="Undone", revision=2)),), "")

    def undone() -> Steps[list[Outcome]]:
        yield from write_group([on(alice, deal, rename_it), on(alice, deal, told_name(deal))], clock, known)
        raise Broken

    with pytest.raises(Broken):
        await store.database.run(undone)
    await rename(service, alice, deal, "Done")
    assert await store.database.run(lambda: write_group([on(alice, deal, told_name(deal))], clock, known)) == ["Done"]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_written_between(pair: tuple[Service, Service], alice: Person, seed: int) -> None:
    chance = random.Random(seed)
    deals = [await add_record(pair[0], alice, "deal", f"Deal {n}") for n in range(4)]
    names: dict[int, str | None] = {deal.id: deal.name for deal in deals}
    for step in range(60):
        service, deal = chance.choice(pair), chance.choice(deals)
        if names[deal.id] is None and chance.random() < 0.4:
            names[deal.id] = (await service.records.restore(alice.principal, key_of(deal), as_record)).name
        elif names[deal.id] is not None and chance.random() < 0.3:
            names[deal.id] = f"Deal {deal.id} in step {step}"
            await rename(service, alice, deal, f"Deal {deal.id} in step {step}")
        elif names[deal.id] is not None and chance.random() < 0.2:
            await service.records.delete(alice.principal, key_of(deal), as_record)
            names[deal.id] = None
        else:
            assert await name_of(service, alice, deal) == names[deal.id]


async def test_what_is_known_is_not_asked_for(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    deal = await add_record(service, alice, "deal")
    known = Known()
    asked: list[Statement] = []

    def noted() -> Steps[list[Outcome]]:
        steps = write_group([on(alice, deal, told_name(deal))], clock, known)
        call: Asked = next(steps)
        while True:
            asked.extend([call.statement] if isinstance(call, Call) else [one.statement for one in call.calls])
            rows = yield call
            try:
                call = steps.send(rows)
            except StopIteration as end:
                return list(end.value)

    async def lookups() -> int:
        asked.clear()
        assert await store.database.run(noted) in (["Something"], ["Anew"])
        return sum(statement in RECORDS.values() for statement in asked)

    assert [await lookups(), await lookups()] == [1, 0]
    await rename(service, alice, deal, "Anew")
    assert [await lookups(), await lookups()] == [1, 0]
    known.forget()
    assert await lookups() == 1


def test_it_is_bounded_and_keeps_what_is_asked_for() -> None:
    known = Known(most=10)
    names = known.at(1, 1)
    names.keep("user", {0: "often"})
    for n in range(1, 100):
        names.keep("user", {n: n})
        assert names.find("user", [0]) == {0: "often"}
    kept = names.find("user", range(100))
    assert len(kept) <= 20
    assert 99 in kept
    assert 50 not in kept
