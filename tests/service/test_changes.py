"""Those who wait for changes of an account share one look at its log, and none of them misses any."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from dayline.domain.draft import Draft
from dayline.domain.time import DAY_MS
from dayline.domain.told import Logged, Told
from dayline.domain.webhook import NewWebhook
from dayline.service import Service
from dayline.store import feed
from dayline.store.store import Store
from tests.cast import Cast, ManualClock, Person, as_activity, log_call


async def test_readers_share_what_one_of_them_read(service: Service, alice: Person, bob: Person) -> None:
    changes = service.changes
    start = await changes.begin(alice.principal, "latest")
    with changes.reader(alice.principal, start) as hers, changes.reader(bob.principal, start) as his:
        made = await log_call(service, alice)
        async with asyncio.timeout(20):
            while not (await hers.wait(start, 20) and await his.wait(start, 20)):
                pass
        first, second = await asyncio.gather(*(changes.follow(who.principal, start) for who in (alice, bob)))
        assert first is second
        assert [change.entity_id for change in first.changes] == [made.id]
        later = await log_call(service, alice)
        last = first.changes[-1].sequence
        async with asyncio.timeout(20):
            while not await hers.wait(last, 20):
                pass
        seen = [change.entity_id for change in (await changes.follow(alice.principal, last)).changes]
        assert seen == [later.id]
        # Whoever waits for nothing sees everything, whatever the others have read.
        page = await changes.read(bob.principal, start, 10, lambda _: True)
        assert [told.entity_id for told, _ in page.told] == [made.id, later.id]


async def test_nobody_who_has_gone_is_looked_for(service: Service, alice: Person) -> None:
    changes = service.changes
    tasks = len(asyncio.all_tasks())
    with changes.reader(alice.principal, 0), changes.reader(alice.principal, 0):
        assert (changes.waiting, len(asyncio.all_tasks())) == (2, tasks + 1)
    await asyncio.sleep(0)
    assert (changes.waiting, len(asyncio.all_tasks())) == (0, tasks)


async def test_a_write_of_another_account_wakes_nobody(
    service: Service, store: Store, alice: Person, charlie: Person
) -> None:
    start = await service.changes.begin(alice.principal, "latest")
    with service.changes.reader(alice.principal, start) as reader:
        await log_call(service, charlie)
        assert not await reader.wait(start, 0.2)
        assert await store.sequence(alice.account_id) == start


def everything(_: Told) -> bool:
    return True


async def told_to(service: Service, who: Person, after: int) -> list[Told]:
    seen = await service.changes.read(who.principal, after, 100, everything)
    return [told for told, _ in seen.told]


async def test_of_what_was_purged_members_are_told_that_it_is_gone(
    service: Service, cast: Cast, clock: ManualClock
) -> None:
    start = await service.store.sequence(cast.alice.account_id)
    made = await log_call(service, cast.alice, subject="Long gone")
    await service.activities.delete(cast.alice.principal, made.id, as_activity)
    before = await told_to(service, cast.bob, start)
    assert [(told.action, told.lost) for told in before] == [("created", False), ("deleted", False)]
    clock.move(31 * DAY_MS)
    await service.retention.purge()
    told = await told_to(service, cast.bob, start)
    assert [(one.action, one.lost, one.entity_id) for one in told] == [
        ("deleted", True, made.id),
        ("purged", True, made.id),
    ]
    assert "Long gone" not in str(told)
    assert [one.action for one in await told_to(service, cast.alice, start)] == ["created", "deleted", "purged"]


async def test_what_is_hidden_is_looked_up_once_a_piece_and_for_nobody_who_sees_it(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = await service.store.sequence(cast.alice.account_id)
    made = [await log_call(service, cast.alice, subject=f"{n}") for n in range(6)]
    looks, look = [], service.store.feed.seen

    async def counted(account_id: int, user_id: int, ids: Any) -> set[int]:
        looks.append(set(ids))
        return await look(account_id, user_id, ids)

    monkeypatch.setattr(service.store.feed, "seen", counted)
    assert len(await told_to(service, cast.bob, start)) == 6
    assert looks == []
    for one in made[:2]:
        await service.activities.change(cast.alice.principal, one.id, Draft(visibility="private"), as_activity)
    assert len(await told_to(service, cast.alice, start)) == 8
    assert looks == []
    assert len(await told_to(service, cast.bob, start)) == 6  # two of them lost, and no more than that
    assert looks == [{made[0].id, made[1].id}]


async def test_what_is_large_comes_a_little_at_a_time(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST", 20_000)
    who, start = cast.alice, await service.store.sequence(cast.alice.account_id)
    for size in (10, 30_000, 10, 10, 8_000, 8_000, 8_000, 10, 45_000):
        await log_call(service, who, subject="Sized", note="x" * size)
    pieces, last, more = [], start, True
    while more:
        found, more = await service.store.feed.piece(who.account_id, last, 100)
        pieces.append(len(found))
        last += len(found)
    assert pieces == [2, 5, 2, 0]  # the one that goes beyond is the last
    answers, after, more = [], start, True
    while more:
        seen = await service.changes.read(who.principal, after, 100, everything)
        answers.append([told.sequence for told, _ in seen.told])
        after, more = seen.next, seen.more
    assert [len(answer) for answer in answers] == pieces
    flat = [sequence for answer in answers for sequence in answer]
    assert all(later == one + 1 for one, later in pairwise(flat))
    assert (flat[0], flat[-1]) == (start + 1, start + 9)


async def test_a_piece_ends_where_it_should_and_says_if_there_is_more(service: Service, alice: Person) -> None:
    start = await service.store.sequence(alice.account_id)
    for _ in range(5):
        await log_call(service, alice)
    for limit, expected in ((1, True), (4, True), (5, True), (6, False), (500, False)):
        found, more = await service.store.feed.piece(alice.account_id, start, limit)
        assert [change.sequence for change in found] == list(range(start + 1, start + 1 + min(limit, 5)))
        assert more is expected
    assert await service.store.feed.piece(alice.account_id, start + 5, 10) == ([], False)


async def test_no_answer_looks_at_more_than_one_large_piece(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nothing of it is to be told: whoever asks goes on."""
    monkeypatch.setattr(feed, "MOST", 20_000)
    who, start = cast.alice, await service.store.sequence(cast.alice.account_id)
    for _ in range(3):
        await log_call(service, who, note="x" * 30_000)
    answers, after, more = [], start, True
    while more:
        seen = await service.changes.read(who.principal, after, 100, lambda _: False)
        answers.append(seen.next - start)
        after, more = seen.next, seen.more
    assert answers == [1, 2, 3, 3]


async def test_a_preview_ends_after_so_many_pieces(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST", 20_000)
    monkeypatch.setattr("dayline.service.telling.LOOKED", 2)
    new = NewWebhook(face="dayline", url="https://hook.test/")
    webhook = await service.webhooks.create(alice.principal, new, lambda made: made)
    start = webhook.cursor
    for _ in range(3):
        await log_call(service, alice, note="x" * 30_000)
    whole = replace(webhook, cursor=await service.store.sequence(alice.account_id))
    looks, after = list[int](), service.store.feed.after

    async def counted(account_id: int, sequence: int, limit: int) -> list[Logged]:
        looks.append(sequence)
        return await after(account_id, sequence, limit)

    monkeypatch.setattr(service.store.feed, "after", counted)
    _, more = await service.telling.preview(alice.account_id, whole, start, lambda *_: True, 1_000)
    assert (len(looks), more) == (2, True)
    monkeypatch.setattr("dayline.service.telling.LOOKED", 50)
    assert await service.telling.preview(alice.account_id, whole, start, lambda *_: True, 1_000) == (3, False)
