"""The log of calls to other systems: gathered, written by itself, filtered, paged, purged by age; for admins alone."""

import asyncio

import pytest

from dayline.domain.errors import Forbidden, Invalid, Unavailable
from dayline.domain.integrated import CallFilter, RemoteCall
from dayline.domain.time import DAY_MS
from dayline.service import Service
from dayline.service.remote_log import MOST_WAITING
from dayline.service.retention import Keeps
from tests.cast import Cast, ManualClock, Person

ONE, OTHER = "019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e3f", "019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e40"
ALL = CallFilter()


def note(service: Service, account_id: int, status: int | None = 200, **fields: object) -> None:
    given = {
        "integrated_account_id": ONE,
        "integration": "lever",
        "operation": "activities.list",
        "method": "GET",
        "path": "/opportunities/{id}/notes",
        "ms": 12,
        **fields,
    }
    service.remote_log.add(account_id, status=status, **given)  # type: ignore[arg-type]


async def all_of(service: Service, who: Person, wanted: CallFilter = ALL, limit: int = 2) -> list[RemoteCall]:
    found, cursor = list[RemoteCall](), None
    while True:
        page = await service.remote_log.list(who.principal, wanted, limit, cursor)
        assert page.items or cursor is None
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


async def test_calls_are_written_with_the_next_tidying(service: Service, cast: Cast, clock: ManualClock) -> None:
    note(service, cast.charlie.account_id, path="/notes?key=1", message="x" * 600, result_count=3, request_id="r1")
    note(service, cast.alice.account_id, status=None, message="No answer in time")
    assert await all_of(service, cast.charlie) == []
    await service.tidy()
    (theirs,) = await all_of(service, cast.charlie)
    assert theirs == RemoteCall(
        id=theirs.id,
        at=clock.now,
        integrated_account_id=ONE,
        integration="lever",
        operation="activities.list",
        method="GET",
        path="/notes",
        status=200,
        ms=12,
        result_count=3,
        message="x" * 500,
        request_id="r1",
    )
    (ours,) = await all_of(service, cast.alice)
    assert (ours.status, ours.message, ours.result_count) == (None, "No answer in time", None)


async def test_they_are_written_without_being_asked(service: Service, alice: Person) -> None:
    for many in (1, 2):
        note(service, alice.account_id)
        for _ in range(400):
            if len(await all_of(service, alice)) == many:
                break
            await asyncio.sleep(0.05)
        assert len(await all_of(service, alice)) == many


async def test_the_latest_come_first_and_filters_hold(service: Service, alice: Person, clock: ManualClock) -> None:
    begun = clock.now
    for number, status in enumerate((200, 429, None, 201, 500)):
        clock.move(1000)
        operation = "activities.create" if status == 201 else "activities.list"
        note(service, alice.account_id, status, integrated_account_id=(ONE, OTHER)[number % 2], operation=operation)
    note(service, alice.account_id, 200, message="refused")  # as one who says no with 200
    note(service, alice.account_id, 204)
    await service.remote_log.write()
    found = await all_of(service, alice)
    assert [call.at for call in found] == sorted((call.at for call in found), reverse=True)
    assert len({call.id for call in found}) == 7
    for wanted, statuses in (
        (CallFilter(integrated_account_id=OTHER), [201, 429]),
        (CallFilter(status=429), [429]),
        (CallFilter(operation="activities.create"), [201]),
        (CallFilter(since=begun + 4000, until=begun + 5000), [201]),
        (CallFilter(until=begun + 3000), [429, 200]),
        (CallFilter(integrated_account_id=OTHER, failed=True), [429]),
        (CallFilter(failed=True, until=begun + 5000), [None, 429]),
    ):
        assert [call.status for call in await all_of(service, alice, wanted, limit=1)] == statuses
    assert {(call.status, call.message) for call in await all_of(service, alice, CallFilter(failed=True))} == {
        (500, ""),
        (None, ""),
        (429, ""),
        (200, "refused"),
    }
    cursor = (await service.remote_log.list(alice.principal, ALL, 1, None)).cursor
    with pytest.raises(Invalid, match="cursor"):
        await service.remote_log.list(alice.principal, CallFilter(failed=True), 1, cursor)


async def test_it_is_for_admins(service: Service, bob: Person) -> None:
    with pytest.raises(Forbidden):
        await service.remote_log.list(bob.principal, ALL, 10, None)


async def test_what_is_old_goes(service: Service, cast: Cast, clock: ManualClock) -> None:
    for _ in range(3):
        note(service, cast.alice.account_id)
    note(service, cast.charlie.account_id)
    clock.move(1)
    note(service, cast.alice.account_id)
    await service.remote_log.write()
    clock.move(30 * DAY_MS - 1)
    assert ((await service.retention.due()).calls, (await service.retention.purge()).calls) == (0, 0)
    clock.move(1)
    assert (await service.retention.due()).calls == 4
    assert (await service.retention.purge()).calls == 4
    assert len(await all_of(service, cast.alice)) == 1
    shorter = Service(service.store, keeps=Keeps(call_days=1))
    clock.move(DAY_MS)
    assert (await shorter.retention.purge()).calls == 1


async def test_it_goes_in_pieces(service: Service, alice: Person, clock: ManualClock) -> None:
    for number in range(25):
        clock.move(number % 3)  # several in the same instant
        note(service, alice.account_id)
    await service.remote_log.write()
    before, pieces, more = clock.now + 1, list[int](), True
    while more:
        gone, more = await service.store.forget_remote_calls(alice.account_id, before, 4)
        pieces.append(gone)
    assert 3 < len(pieces) < 10
    assert sum(pieces) == 25
    assert await all_of(service, alice) == []


async def test_while_the_database_is_away_calls_wait(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        async def away(logged: object) -> None:
            note(service, alice.account_id, 202)  # meanwhile
            raise Unavailable("away")

        patched.setattr(service.store, "add_remote_calls", away)
        note(service, alice.account_id, 201)
        with pytest.raises(Unavailable):
            await service.remote_log.write()
    await service.remote_log.write()
    assert {call.status for call in await all_of(service, alice)} == {201, 202}


async def test_it_does_not_fill_the_memory(service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:

        async def away(logged: object) -> None:
            raise Unavailable("away")

        patched.setattr(service.store, "add_remote_calls", away)
        for number in range(MOST_WAITING + 5):
            note(service, alice.account_id, ms=number)
        with pytest.raises(Unavailable):
            await service.remote_log.write()
    await service.remote_log.write()
    found = await all_of(service, alice, limit=2_000)
    assert len(found) == MOST_WAITING
    assert min(call.ms for call in found) == 5  # the oldest went
