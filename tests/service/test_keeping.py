"""What the program writes down is kept for as long as it is said, and goes in pieces; what is still needed stays."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select
from structlog.testing import capture_logs

from dayline.app import TASKS
from dayline.domain.delivery import Delivery
from dayline.domain.identity import UserChange
from dayline.domain.job import Job
from dayline.domain.record import new_uuid
from dayline.domain.time import DAY_MS
from dayline.domain.webhook import NewWebhook, Webhook, WebhookChange
from dayline.events.alone import work_on
from dayline.native.webhooks.mapping import show
from dayline.service import Service
from dayline.service.retention import PURGE, Far, Keeps, Purged
from dayline.service.webhooks import DELIVER, NEVER_SENT
from dayline.store.group import Steps
from dayline.store.store import Store
from dayline.store.tables import changes, deliveries, jobs
from tests.cast import Cast, ManualClock, Person, a_call, as_activity, log_call
from tests.store.keys import Key, sent
from tests.store.peek import count_of, log_of

T = TypeVar("T")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that each kind takes more than one."""
    monkeypatch.setattr("dayline.service.retention.PIECE", 2)
    monkeypatch.setattr("dayline.service.retention.LOGGED", 3)


def delivery(at: int, number: int) -> Delivery:
    return Delivery(
        id=new_uuid(at), at=at, webhook_id=1, event_id=f"e{number}", event="x", entity="activity", entity_id=1,
        sequence=1, attempt=1, outcome="delivered", status=200, ms=1, error="", url="", request_headers="",
        request_body="", response_headers="", response_body="",
    )  # fmt: skip


def dead(now: int, number: int, **fields: object) -> Job:
    given = {"lane": "elsewhere", "kind": "x", "dedupe": str(number), "due_at": now, "state": "dead", **fields}
    return Job(id=new_uuid(now), **given)  # type: ignore[arg-type]


def keeping(service: Service, **keeps: int) -> Service:
    """The same store, kept otherwise."""
    return Service(service.store, keeps=Keeps(**keeps))


async def test_each_goes_when_its_time_is_over(service: Service, alice: Person, clock: ManualClock) -> None:
    await service.telling.end(alice.account_id, [], [delivery(clock.now, n) for n in range(8)])
    await service.store.jobs.put(alice.account_id, [dead(clock.now, n) for n in range(5)])
    for n in range(4):
        await service.activities.create(alice.principal, a_call(), sent, Key(str(n)))
    clock.move(DAY_MS + 100)
    assert await service.retention.due() == Purged(keys=4)
    assert await service.retention.purge() == Purged(keys=4)
    clock.move(29 * DAY_MS)
    told: list[int] = []
    assert await service.retention.due() == Purged(deliveries=8, jobs=5)
    assert await service.retention.purge(told.append) == Purged(deliveries=8, jobs=5)
    assert sum(told) == 13
    assert await service.retention.purge() == Purged()


async def test_the_log_is_kept_for_ever_unless_said_otherwise(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    made = [await log_call(service, alice, subject=f"{n}") for n in range(7)]
    before = await count_of(store, select(changes.c.sequence))
    clock.move(1000 * DAY_MS)
    young = await log_call(service, alice)
    assert (await service.retention.purge()).changes == 0
    short = keeping(service, change_days=10)
    assert (await short.retention.due()).changes == before
    assert (await short.retention.purge()).changes == before
    (left,) = await log_of(store, alice.account_id)
    assert (left.entity_id, left.action) == (young.id, "created")
    assert await store.feed.first(alice.account_id) == left.sequence
    past = await service.history.of(alice.principal, made[0], 10, None)
    assert past.page.items == ()
    changed = await service.activities.change(alice.principal, made[0].id, a_call(subject="new"), as_activity)
    past = await service.history.of(alice.principal, changed, 10, None)
    assert [change.sequence for change in past.page.items] == [left.sequence + 1]


async def test_the_log_keeps_what_a_webhook_has_not_seen_and_what_a_job_needs(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    short = keeping(service, change_days=1)
    new = NewWebhook(face="dayline", url="https://hook.test/")
    webhook = await service.webhooks.create(alice.principal, new, lambda made: made)
    unseen = await store.sequence(alice.account_id)
    for _ in range(6):
        await log_call(service, alice)
    clock.move(2 * DAY_MS)
    cursor = (await store.webhooks.active(alice.account_id))[0].cursor
    assert cursor <= unseen
    await short.retention.purge()
    assert (await log_of(store, alice.account_id))[0].sequence == cursor + 1
    active = await service.telling.webhooks(alice.account_id)
    while await service.telling.expand(alice.account_id, active, lambda *_: False):
        active = await service.telling.webhooks(alice.account_id)
    job = dead(clock.now, 1, lane=webhook.lane, kind=DELIVER, sequence=cursor + 3)
    await store.jobs.put(alice.account_id, [job])
    await short.retention.purge()
    assert (await log_of(store, alice.account_id))[0].sequence == cursor + 3
    await store.jobs.drop(alice.account_id, webhook.lane)
    await short.retention.purge()
    assert await log_of(store, alice.account_id) == []


async def test_a_webhook_that_was_paused_shows_what_it_has_missed(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    """The log is not kept for it, and what it was not told of is not passed over in silence."""
    short, new = keeping(service, change_days=1), NewWebhook(face="dayline", url="https://hook.test/")
    other = await service.webhooks.create(alice.principal, new, as_made)
    paused = await service.webhooks.create(alice.principal, replace(new, active=False), as_made)
    for _ in range(6):
        await log_call(service, alice)
    await expanded(service, alice, wanted=False)
    last = await store.sequence(alice.account_id)
    clock.move(2 * DAY_MS)
    with capture_logs() as said:
        await short.retention.purge()
    assert await store.feed.first(alice.account_id) == 0
    told = [one for one in said if one["event"] == "paused webhooks miss changes"]
    assert (told[-1]["webhooks"], told[-1]["until"]) == ([paused.id], last)
    assert await missed(service, alice, paused) == last
    assert await missed(service, alice, other) is None
    await service.webhooks.change(alice.principal, paused.id, WebhookChange(active=True), as_made)
    made = await log_call(service, alice)
    await expanded(service, alice)
    assert await missed(service, alice, paused) == last  # it stays to be seen once it goes on
    (waiting,) = await store.jobs.page(alice.account_id, "waiting", paused.lane, 10, "")
    (change,) = await store.feed.some(alice.account_id, [waiting.sequence or 0])
    assert (change.entity, change.entity_id) == ("activity", made.id)
    assert await missed(service, alice, await service.webhooks.create(alice.principal, new, as_made)) is None


async def rest(service: Service, cast: Cast, webhook: Webhook, how: str) -> None:
    """Let a webhook of Bob's be told nothing any more."""
    if how == "paused":
        await service.webhooks.change(cast.alice.principal, webhook.id, WebhookChange(active=False), as_made)
    else:
        await service.people.change(cast.alice.principal, cast.bob.user_id, UserChange(active=False), lambda user: user)


@pytest.mark.parametrize("how", ["paused", "its owner has left"])
async def test_nothing_is_kept_for_one_that_rests(
    service: Service, store: Store, cast: Cast, clock: ManualClock, how: str
) -> None:
    """Neither what it has not looked at, nor what waits for it, was given up or is to be told again: it says so."""
    short, new = keeping(service, change_days=1), NewWebhook(face="dayline", url="https://hook.test/")
    account, who = cast.alice.account_id, cast.alice.principal
    told, waits, again, behind = [
        await service.webhooks.create(who, replace(new, owner_id=owner.user_id), as_made)
        for owner in (cast.alice, cast.bob, cast.bob, cast.bob)
    ]
    start = await store.sequence(account)
    for _ in range(6):
        await log_call(service, cast.alice)
    await expanded(service, cast.alice, but=behind.id)
    for done in (told, again):
        await store.jobs.drop(account, done.lane)
    last = await store.sequence(account)
    clock.move(2 * DAY_MS)
    await service.webhooks.replay(who, again.id, start + 1)
    await service.webhooks.test(who, waits.id)
    for webhook in (waits, again, behind):
        await rest(service, cast, webhook, how)
    await expanded(service, cast.alice, wanted=False)
    assert not await store.jobs.is_behind(account)
    await short.retention.purge()
    assert await store.feed.first(account) == last + 1
    assert [await missed(service, cast.alice, one) for one in (told, waits, again, behind)] == [None, last, last, last]
    left = await store.jobs.page(account, "waiting", None, 100, "")
    assert {(job.kind, job.sequence) for job in left} == {("replay", start + 2), ("deliver", None)}  # that is the test


async def test_the_log_is_kept_for_a_replay_that_is_asked_for_as_it_is_cut(
    service: Service, store: Store, alice: Person, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, new = keeping(service, change_days=1), NewWebhook(face="dayline", url="https://hook.test/")
    webhook = await service.webhooks.create(alice.principal, new, as_made)
    for _ in range(3):
        await log_call(service, alice)
    await expanded(service, alice, wanted=False)
    first = await store.feed.first(alice.account_id)
    clock.move(2 * DAY_MS)
    run, asked = store.database.run, list[int]()

    async def too_late(steps: Callable[[], Steps[T]]) -> T:
        if not asked:
            asked.append(first)
            await service.webhooks.replay(alice.principal, webhook.id, first)
        return await run(steps)

    monkeypatch.setattr(store.database, "run", too_late)
    cut = await short.store.keeping.cut(alice.account_id, clock.now - DAY_MS, 100)
    assert (cut.gone, cut.until, asked) == (1, first, [first])
    assert await store.feed.first(alice.account_id) == first + 1


def as_made(webhook: Webhook) -> Webhook:
    return webhook


async def expanded(service: Service, who: Person, *, wanted: bool = True, but: int = 0) -> None:
    """Look at all changes for every webhook, but for one."""
    account, more = who.account_id, True
    while more:
        those = [webhook for webhook in await service.telling.webhooks(account) if webhook.id != but]
        more = bool(await service.telling.expand(account, those, lambda *_: wanted))


async def missed(service: Service, who: Person, webhook: Webhook) -> int | None:
    return show(await service.webhooks.get(who.principal, webhook.id), NEVER_SENT).missed_until


async def test_jobs_of_a_webhook_that_is_gone_go(service: Service, store: Store, alice: Person) -> None:
    await store.jobs.put(alice.account_id, [dead(0, n, lane="webhook:77", state="waiting") for n in range(4)])
    await service.retention.purge()
    assert await count_of(store, select(jobs.c.id)) == 0


async def test_an_erasure_that_was_given_up_is_not_forgotten(service: Service, store: Store, alice: Person) -> None:
    await store.jobs.put(alice.account_id, [dead(1, 1, kind="erase")])
    assert (await service.retention.purge()).jobs == 0
    assert await count_of(store, select(jobs.c.id)) == 1


async def test_as_a_job_it_goes_on_piece_by_piece_and_again_the_next_day(
    service: Service, store: Store, alice: Person, charlie: Person, clock: ManualClock
) -> None:
    for who in (alice, charlie):
        await service.telling.end(who.account_id, [], [delivery(clock.now, n) for n in range(8)])
    for _ in range(5):
        made = await log_call(service, alice)
        await service.activities.delete(alice.principal, made.id, as_activity)
    clock.move(31 * DAY_MS)
    await service.retention.put_in()
    await service.retention.put_in()
    assert await count_of(store, select(jobs.c.id)) == 2
    pieces = 0
    while await work_on(service, alice.account_id, TASKS):
        pieces += 1
    assert pieces > 8
    (job,) = await store.jobs.page(alice.account_id, "waiting", None, 10, "")
    assert (job.due_at, msgspec.json.decode(job.payload, type=Far)) == (clock.now + DAY_MS, Far())
    assert await count_of(store, select(deliveries.c.id)) == 8  # the other account's turn is its own
    assert [one.action for one in await log_of(store, alice.account_id)].count("purged") == 5
    clock.move(DAY_MS)
    assert await work_on(service, alice.account_id, TASKS)


async def test_a_purge_that_was_given_up_begins_anew(service: Service, store: Store, alice: Person) -> None:
    given_up = replace(dead(1, 1), kind=PURGE, dedupe=PURGE, lane="tasks")
    await store.jobs.put(alice.account_id, [given_up])
    await service.retention.put_in()
    (job,) = await store.jobs.page(alice.account_id, "waiting", None, 10, "")
    assert job.id == given_up.id
