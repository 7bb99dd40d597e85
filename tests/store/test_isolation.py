"""Two accounts with the same numbers everywhere: nothing of one is ever found, named or changed from the other."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw, json

from dayline.domain.activity import Activity
from dayline.domain.draft import Attendance, Draft, Invited, Relate
from dayline.domain.errors import Invalid, NotFound
from dayline.domain.filter import Filter, Page, Query, RecordFilter
from dayline.domain.identity import UserKey
from dayline.domain.record import Record, RecordDraft, RecordKey
from dayline.service import Directory, Rendering, Service
from dayline.store.store import Store
from tests.cast import Person, a_call, add_record, as_activity, key_of, log_call
from tests.store.peek import log_of, stored


@pytest.fixture
async def theirs(service: Service, charlie: Person) -> list[Record]:
    """Charlie's records: a deal and contacts, with more of them than Alice has."""
    return [await add_record(service, charlie, kind) for kind in ("deal", "deal", "contact", "contact")]


def by_every_name(record: Record) -> list[RecordKey]:
    return [RecordKey(record.kind, name, "field") for name in (record.id, record.uuid, record.slug)]


async def test_records_of_another_account_cannot_be_named(
    service: Service, store: Store, alice: Person, theirs: list[Record]
) -> None:
    await log_call(service, alice)
    for key in (key for record in theirs for key in by_every_name(record)):
        drafts: list[dict[str, Any]] = [
            {"related": (Relate(key.kind, key),)},
            {"participants": ((key, True),)},
            {"primary": key},
            {"attendees": Attendance(frozenset(["contact"]), (Invited(record=key),))},
        ]
        for fields in drafts:
            for write in (
                service.activities.create(alice.principal, a_call(**fields), as_activity),
                service.activities.change(alice.principal, 1, Draft(**fields), as_activity),
            ):
                with pytest.raises(Invalid) as refused:
                    await write
                assert [problem.field for problem in refused.value.problems] == ["field"]
    assert [activity.revision for activity in await stored(store, alice.account_id)] == [1]


async def test_users_of_another_account_cannot_be_named(service: Service, bob: Person, charlie: Person) -> None:
    assert charlie.user_id == 1  # the number that Alice has in her account
    for number in (3, 99, 0, -1):  # nobody of Bob's account, whoever else they are
        key = UserKey(number, "field")
        for fields in (
            {"owner": key},
            {"collaborators": (key,)},
            {"attendees": Attendance(frozenset(["user"]), (Invited(user=key),))},
        ):
            with pytest.raises(Invalid, match="field"):
                await log_call(service, bob, **fields)


async def test_the_same_number_means_ones_own(service: Service, alice: Person, charlie: Person) -> None:
    ours, other = await add_record(service, alice, "deal"), await add_record(service, charlie, "deal")
    assert (ours.kind, ours.id) == (other.kind, other.id)
    made = await log_call(service, charlie, related=(Relate("deal", key_of(other)),))
    assert made.related == (other.ref,)
    assert (await service.records.get(alice.principal, RecordKey("deal", ours.id, "id"))) == ours
    wanted = Query(filter=Filter(related=(key_of(ours),)))
    assert await service.activities.list(alice.principal, wanted) == Page((), None)


async def test_activities_of_another_account_do_not_exist(
    service: Service, store: Store, alice: Person, charlie: Person
) -> None:
    made = [await log_call(service, charlie) for _ in range(2)]
    verbs, who = service.activities, alice.principal
    for id_ in (1, 2):
        for verb in (
            verbs.get(who, id_),
            verbs.change(who, id_, Draft(subject="mine"), as_activity),
            verbs.delete(who, id_, as_activity),
            verbs.restore(who, id_, as_activity),
        ):
            with pytest.raises(NotFound):
                await verb
    assert await verbs.list(who, Query()) == Page((), None)
    assert await verbs.list(who, Query(filter=Filter(ids=(1, 2)))) == Page((), None)
    assert await stored(store, charlie.account_id) == made
    assert not await log_of(store, alice.account_id, "activity")


async def test_records_of_another_account_do_not_exist(service: Service, alice: Person, theirs: list[Record]) -> None:
    for record in theirs:
        for name in (record.id, record.uuid, record.slug):
            with pytest.raises(NotFound):
                await service.records.get(alice.principal, RecordKey(record.kind, name, "id"))
        for key in by_every_name(record):
            wanted = Query(filter=Filter(related=(key,)))
            assert await service.activities.list(alice.principal, wanted) == Page((), None)
    assert await service.records.list(alice.principal, RecordFilter(), 100, None) == Page((), None)


async def test_lookups_by_number_stay_in_their_account(
    store: Store, alice: Person, charlie: Person, theirs: list[Record]
) -> None:
    keys = [(record.kind, record.id) for record in theirs]
    assert [user.name for user in await store.users_by_id(alice.account_id, range(10))] == ["Alice", "Bob"]
    assert [user.name for user in await store.users_by_id(charlie.account_id, range(10))] == ["Charlie"]
    assert not (await store.names(alice.account_id, keys))
    assert set(await store.names(charlie.account_id, [*keys, 1, 2, "call"])) == {*keys, 1, "call"}


async def test_gets_at_once_stay_in_their_account(service: Service, alice: Person, charlie: Person) -> None:
    """The same numbers in both, asked for while others wait: neither a body nor a name is the other's."""
    for who in (alice, charlie):
        deal = await add_record(service, who, "deal", f"Deal of {who.name}")
        draft = a_call(subject=f"Call of {who.name}", related=(Relate("deal", key_of(deal)),))
        ids = [(await service.activities.create(who.principal, draft, as_activity)).id for _ in range(20)]
        assert ids == list(range(1, 21))

    def show(activity: Activity, names: Directory) -> list[str]:
        records, users = names.records.values(), names.users.values()
        return [activity.subject, *(record.name for record in records), *(user.name for user in users)]

    rendering = Rendering("told", show, names="all")
    asked = [(who, id_) for id_ in range(1, 21) for who in (alice, charlie)]
    for _ in range(2):  # not kept, and kept
        shown = await asyncio.gather(*(service.activities.shown(who.principal, id_, rendering) for who, id_ in asked))
        for (who, id_), (activity, told) in zip(asked, shown, strict=True):
            assert activity.id == id_
            names = json.decode(Raw(told))  # type: ignore[call-overload]
            assert names == [f"Call of {who.name}", f"Deal of {who.name}", who.name]


async def test_a_cursor_of_another_account_is_refused(service: Service, alice: Person, charlie: Person) -> None:
    for who in (alice, charlie):
        for _ in range(2):
            await log_call(service, who)
            await add_record(service, who, "deal")
    cursor = (await service.activities.list(charlie.principal, Query(limit=1))).cursor
    with pytest.raises(Invalid, match="cursor"):
        await service.activities.list(alice.principal, Query(limit=1, cursor=cursor))
    cursor = (await service.records.list(charlie.principal, RecordFilter(), 1, None)).cursor
    with pytest.raises(Invalid, match="cursor"):
        await service.records.list(alice.principal, RecordFilter(), 1, cursor)


async def test_the_same_uuid_and_slug_may_be_in_both_accounts(service: Service, alice: Person, charlie: Person) -> None:
    uuid = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"
    draft = RecordDraft(kind="deal", name="Big", id=7, uuid=uuid, slug="big", external_id="x")
    for who in (alice, charlie):
        await service.records.create(who.principal, draft, lambda record: record)
    assert (await service.records.get(alice.principal, RecordKey("deal", uuid, "id"))).id == 7
