"""Records: created with an identity of their own or a new one, found by every name, never two of the same."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.draft import Relate
from dayline.domain.errors import Conflict, DaylineError, Invalid, NotFound
from dayline.domain.filter import RecordFilter
from dayline.domain.record import KINDS, MAX_ID, Kind, Record, RecordDraft, RecordKey
from dayline.service import Service
from dayline.store.store import Store
from dayline.store.unit import Entry, Needs, Plan, Unit
from tests.cast import START, ManualClock, Person, add_record, as_record, key_of, log_call, move_all_in
from tests.store.peek import log_of
from tests.store.test_filters import names

UUID = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"


async def create(service: Service, who: Person, kind: Kind = "deal", **fields: Any) -> Record:
    return await service.records.create(who.principal, RecordDraft(kind=kind, **{"name": "Big", **fields}), as_record)


async def delete(store: Store, who: Person, record: Record) -> None:
    """Mark a record as deleted, as a verb to come will do."""
    gone = replace(record, deleted_at=START, revision=record.revision + 1)
    plan = Plan((Entry("deleted", record, gone),), None)
    await store.write(Unit(who.account_id, who.user_id, 1, True, Needs(), lambda _: plan, lambda _: None))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_record_is_found_by_each_of_its_names(service: Service, alice: Person, kind: Kind) -> None:
    made = await create(service, alice, kind, email="a@x.test", phone="1", external_id="e", owner_id=alice.user_id)
    for name in (made.id, made.uuid, made.slug):
        assert await service.records.get(alice.principal, RecordKey(kind, name, "id")) == made
        other: Kind = "job" if kind != "job" else "lead"
        with pytest.raises(NotFound):
            await service.records.get(alice.principal, RecordKey(other, name, "id"))


async def test_a_given_identity_is_kept(service: Service, alice: Person) -> None:
    made = await create(service, alice, id=500, uuid=UUID.upper(), slug="big-one")
    assert (made.id, made.uuid, made.slug) == (500, UUID, "big-one")
    for name in (500, UUID, "big-one"):
        assert await service.records.get(alice.principal, RecordKey("deal", name, "id")) == made


async def test_ids_go_on_after_the_highest_that_was_given(service: Service, alice: Person) -> None:
    wanted: list[dict[str, Any]] = [{}, {"id": 500}, {}, {"id": 7}, {}, {"id": 502 + 1}, {}]
    assert [(await create(service, alice, **fields)).id for fields in wanted] == [1, 500, 501, 7, 502, 503, 504]
    assert (await create(service, alice, "contact")).id == 1


@pytest.mark.parametrize(
    "taken", [{"id": 5}, {"uuid": UUID}, {"uuid": UUID.upper()}, {"slug": "big"}, {"external_id": "e"}]
)
async def test_what_is_taken_is_a_conflict(
    service: Service, store: Store, alice: Person, charlie: Person, taken: dict[str, Any]
) -> None:
    first = await create(service, alice, id=5, uuid=UUID, slug="big", external_id="e")
    with pytest.raises(Conflict):
        await create(service, alice, **taken)
    assert await service.records.get(alice.principal, RecordKey("deal", 5, "id")) == first
    assert len(await log_of(store, alice.account_id, "deal")) == 1
    assert (await create(service, charlie, **taken)).kind == "deal"
    await delete(store, alice, first)
    with pytest.raises(Conflict):  # what is deleted can be restored, and keeps its names until then
        await create(service, alice, **taken)


async def test_a_uuid_and_an_id_are_unique_within_their_kind_and_a_slug_everywhere(
    service: Service, alice: Person
) -> None:
    await create(service, alice, id=5, uuid=UUID, slug="big", external_id="e")
    other = await create(service, alice, "contact", id=5, uuid=UUID, external_id="e")
    assert (other.id, other.uuid) == (5, UUID)
    with pytest.raises(Conflict):
        await create(service, alice, "contact", slug="big")


@pytest.mark.parametrize("same", [{"id": 5}, {"uuid": UUID}, {"slug": "big"}, {"external_id": "e"}])
async def test_of_many_at_once_with_one_identity_one_is_made(
    service: Service, store: Store, alice: Person, same: dict[str, Any]
) -> None:
    work = [create(service, alice, name=str(place), **same) for place in range(20)]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, Record)]
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 19
    assert await service.records.get(alice.principal, RecordKey("deal", made.id, "id")) == made
    assert len(await log_of(store, alice.account_id, "deal")) == 1


identities = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(1, 6),
        "uuid": st.integers(0, 2).map(lambda place: UUID[:-1] + str(place)),
        "slug": st.sampled_from(["a", "b"]),
        "kind": st.sampled_from(["deal", "contact"]),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(identities, min_size=1, max_size=6), min_size=1, max_size=3))
async def test_no_record_ever_takes_the_place_of_another(
    service: Service, store: Store, groups: list[list[dict[str, Any]]]
) -> None:
    """Given and handed-out identities, many at once: what was acknowledged is there, under its own names."""
    alice = (await move_all_in(service, f"Records{next(names)}")).alice
    made: list[Record] = []
    for group in groups:
        work = [create(service, alice, **{"kind": "deal", **fields}) for fields in group]
        outcomes = await asyncio.gather(*work, return_exceptions=True)
        assert all(isinstance(outcome, Record | Conflict) for outcome in outcomes)
        made += [outcome for outcome in outcomes if isinstance(outcome, Record)]
    assert len({(record.kind, record.id) for record in made}) == len(made)
    for record in made:
        for name in (record.id, record.uuid, record.slug):
            assert await service.records.get(alice.principal, RecordKey(record.kind, name, "id")) == record
    listed = await service.records.list(alice.principal, RecordFilter(), 100, None)
    assert list(listed.items) == sorted(made, key=lambda record: (record.kind, record.id))


async def test_a_refused_one_takes_no_id_from_those_beside_it(service: Service, alice: Person) -> None:
    work = [create(service, alice, name=name) for name in ("a", " ", "b", "", "c")]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert [outcome.id for outcome in outcomes if isinstance(outcome, Record)] == [1, 2, 3]
    assert (await create(service, alice)).id == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"id": 0}, "id"),
        ({"id": MAX_ID + 1}, "id"),
        ({"id": 1 << 70}, "id"),
        ({"uuid": "x"}, "uuid"),
        ({"slug": "12"}, "slug"),
        ({"owner_id": 99}, "owner_id"),
    ],
)
async def test_what_breaks_a_rule_is_refused_by_its_field(
    service: Service, alice: Person, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await create(service, alice, **fields)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert (await service.records.list(alice.principal, RecordFilter(), 10, None)).items == ()


async def test_the_highest_id_that_can_be_given_does_not_end_all_creation(service: Service, alice: Person) -> None:
    assert (await create(service, alice, id=MAX_ID)).id == MAX_ID
    assert (await create(service, alice)).id == MAX_ID + 1


async def test_a_deleted_record_is_not_found_and_takes_no_new_links(
    service: Service, store: Store, alice: Person
) -> None:
    deal, kept = await add_record(service, alice, "deal"), await add_record(service, alice, "deal")
    made = await log_call(service, alice, related=(Relate("deal", key_of(deal)),))
    await delete(store, alice, deal)
    with pytest.raises(NotFound):
        await service.records.get(alice.principal, RecordKey("deal", deal.id, "id"))
    with pytest.raises(Invalid, match="deal_id"):
        await log_call(service, alice, related=(Relate("deal", key_of(deal)),))
    assert (await service.records.list(alice.principal, RecordFilter(kind="deal"), 10, None)).items == (kept,)
    assert (await service.activities.get(alice.principal, made.id)).related == (deal.ref,)


async def test_an_owner_is_a_user_of_the_account(service: Service, alice: Person, bob: Person) -> None:
    assert (await create(service, alice, owner_id=bob.user_id)).owner_id == bob.user_id
    assert (await create(service, alice, owner_id=alice.user_id)).owner_id == alice.user_id


async def test_instants_are_the_stores(service: Service, alice: Person, clock: ManualClock) -> None:
    clock.move(9)
    made = await create(service, alice)
    assert (made.created_at, made.updated_at, made.revision) == (START + 9, START + 9, 1)


@pytest.mark.parametrize("name", [0, -1, (1 << 63) - 1, "", "x" * 1000, UUID, "' OR 1=1 --"])
async def test_a_name_of_nothing_is_not_found(service: Service, alice: Person, name: int | str) -> None:
    await create(service, alice)
    with pytest.raises(NotFound):
        await service.records.get(alice.principal, RecordKey("deal", name, "id"))
    with pytest.raises(DaylineError, match="deal_id"):
        await log_call(service, alice, related=(Relate("deal", RecordKey("deal", name, "deal_id")),))
