"""Whether something else is still planned: another undone activity that the writer can see, on a shared record."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from dayline.domain.draft import Attendance, Draft, Invited, Relate
from dayline.domain.identity import UserKey
from dayline.domain.record import Kind, Record
from dayline.service import Service
from dayline.store.group import Steps
from dayline.store.sqlite import Sqlite
from dayline.store.store import Store
from tests.cast import Person, a_call, add_record, as_activity, as_written, key_of, log_call


def on(record: Record) -> dict[str, Any]:
    """An activity's fields that hang it on the record, as the primary person when it is a contact."""
    if record.kind == "contact":
        return {"participants": ((key_of(record), True),)}
    return {"related": (Relate(record.kind, key_of(record)),)}


async def more(service: Service, who: Person, **fields: Any) -> bool:
    return (await service.activities.create(who.principal, a_call(**fields), as_written, beside=True)).more_open


async def changed(service: Service, who: Person, id_: int, **fields: Any) -> bool:
    return (await service.activities.change(who.principal, id_, Draft(**fields), as_written, beside=True)).more_open


@pytest.mark.parametrize("kind", ["deal", "organization", "contact"])
async def test_another_on_the_same_record_is_told(service: Service, alice: Person, kind: Kind) -> None:
    record = await add_record(service, alice, kind)
    assert not await more(service, alice, **on(record))
    assert await more(service, alice, **on(record))
    assert await changed(service, alice, 1, subject="x")


@pytest.mark.parametrize("kind", ["lead", "project", "job", "candidate", "sequence", "other"])
async def test_other_kinds_do_not_count(service: Service, alice: Person, kind: Kind) -> None:
    record = await add_record(service, alice, kind)
    assert [await more(service, alice, **on(record)) for _ in range(2)] == [False, False]


async def test_it_is_never_the_activity_itself(service: Service, alice: Person) -> None:
    deal, contact = await add_record(service, alice, "deal"), await add_record(service, alice, "contact")
    assert not await more(service, alice, **on(deal), **on(contact))
    assert not await changed(service, alice, 1, subject="x")


async def test_one_shared_record_of_several_is_enough(service: Service, alice: Person) -> None:
    deal, contact = await add_record(service, alice, "deal"), await add_record(service, alice, "contact")
    await log_call(service, alice, **on(contact))
    assert await more(service, alice, **on(deal), **on(contact))


async def test_nothing_is_shared_without_a_record(service: Service, alice: Person) -> None:
    assert [await more(service, alice) for _ in range(2)] == [False, False]


async def test_done_and_deleted_ones_do_not_count(service: Service, alice: Person) -> None:
    deal = await add_record(service, alice, "deal")
    await log_call(service, alice, **on(deal))
    await log_call(service, alice, **on(deal), done=True)
    assert not await changed(service, alice, 1, subject="x")
    await changed(service, alice, 2, done=False)
    assert await changed(service, alice, 1, subject="x")
    await service.activities.delete(alice.principal, 2, as_activity)
    assert not await changed(service, alice, 1, subject="x")
    await service.activities.restore(alice.principal, 2, as_activity)
    assert await changed(service, alice, 1, subject="x")


async def test_a_done_one_is_told_of_the_open_ones(service: Service, alice: Person) -> None:
    deal = await add_record(service, alice, "deal")
    await log_call(service, alice, **on(deal))
    assert await more(service, alice, **on(deal), done=True)
    assert await changed(service, alice, 2, done=False)
    assert await changed(service, alice, 1, done=True)


async def test_it_is_as_things_are_after_the_change(service: Service, alice: Person) -> None:
    first, second = [await add_record(service, alice, "deal") for _ in range(2)]
    await log_call(service, alice, **on(first))
    await log_call(service, alice, **on(second))
    assert await changed(service, alice, 2, **on(first))
    assert not await changed(service, alice, 2, **on(second))
    assert not await changed(service, alice, 2, related=(Relate("deal", None),))


async def at_once(store: Store, *work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do it in one group: on SQLite nobody writes before all of them wait, on PostgreSQL they are quick enough."""
    free = threading.Event()

    def hold() -> Steps[None]:
        free.wait()
        return
        yield

    held = [store.database.run(hold)] if isinstance(store.database, Sqlite) else []
    tasks = [asyncio.create_task(one) for one in (*held, *work)]
    for _ in range(10):  # turns of the loop, in which each comes to wait
        await asyncio.sleep(0)
    free.set()
    return [await task for task in tasks[len(held) :]]


async def test_writes_of_one_group_see_what_the_others_wrote(
    service: Service, store: Store, alice: Person, bob: Person
) -> None:
    """In one transaction, and so in one statement on PostgreSQL: which does not see what it writes itself."""
    busy, quiet, closing, lone = [await add_record(service, alice, "deal") for _ in range(4)]
    for _ in range(2):
        await log_call(service, alice, **on(closing))
    assert await at_once(
        store,
        more(service, alice, **on(busy)),
        more(service, bob, **on(busy)),
        more(service, bob, **on(quiet)),
        more(service, alice, **on(quiet), visibility="private"),
        more(service, alice, **on(lone)),
    ) == [True, True, False, True, False]
    assert await at_once(
        store,
        changed(service, alice, 1, subject="x"),
        changed(service, alice, 2, done=True),
        changed(service, alice, 3, done=True),
        changed(service, alice, 7, subject="x"),
    ) == [False, True, True, False]
    told, _ = await at_once(
        store, changed(service, alice, 6, subject="x"), service.activities.delete(alice.principal, 5, as_activity)
    )
    assert not told


async def test_only_what_the_writer_can_see_counts(service: Service, alice: Person, bob: Person) -> None:
    deal = await add_record(service, alice, "deal")
    await log_call(service, alice, **on(deal), visibility="private")
    assert not await more(service, bob, **on(deal))
    assert await more(service, alice, **on(deal), done=True)
    for part in (
        {"collaborators": (UserKey(bob.user_id, "c"),)},
        {"owner": UserKey(bob.user_id, "o")},
        {"attendees": Attendance(frozenset(["user"]), (Invited(user=UserKey(bob.user_id, "a")),))},
        {"visibility": "public"},
    ):
        await changed(service, alice, 1, **part)
        assert await changed(service, bob, 2, subject="x"), part
        undo: dict[str, Any] = {
            "collaborators": (),
            "owner": UserKey(alice.user_id, "o"),
            "attendees": Attendance(frozenset(["user"]), ()),
            "visibility": "admin_only",
        }
        await changed(service, alice, 1, **undo)
        assert not await changed(service, bob, 2, subject="x"), part


async def test_a_contact_who_is_not_the_primary_one_shares_nothing_himself(service: Service, alice: Person) -> None:
    mara, owen = [await add_record(service, alice, "contact") for _ in range(2)]
    await log_call(service, alice, participants=((key_of(mara), True), (key_of(owen), False)))
    assert not await more(
        service,
        alice,
        participants=((key_of(await add_record(service, alice, "contact")), True), (key_of(owen), False)),
    )
    assert await more(service, alice, participants=((key_of(owen), True),))


async def test_the_same_number_in_another_account_is_nothing(service: Service, alice: Person, charlie: Person) -> None:
    ours, theirs = await add_record(service, alice, "deal"), await add_record(service, charlie, "deal")
    assert ours.id == theirs.id
    for _ in range(3):
        await log_call(service, charlie, **on(theirs))
    assert not await more(service, alice, **on(ours))
    for _ in range(2):
        await log_call(service, alice)  # so that the numbers of the activities meet, too
    assert not await changed(service, alice, 1, subject="x")
