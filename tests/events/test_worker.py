"""The worker among its troubles: webhooks that change, a database that is away, clocks that jump, an end in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook as Standard

from dayline.app import FACES
from dayline.domain.delivery import Delivery
from dayline.domain.errors import DaylineError
from dayline.domain.identity import UserChange
from dayline.domain.job import Ended, Job
from dayline.domain.told import Told
from dayline.domain.webhook import Webhook, WebhookChange
from dayline.events import worker as working_module
from dayline.events.face import Outgoing, Sending
from dayline.events.lanes import HELD
from dayline.events.worker import Worker
from dayline.native.webhooks.face import SECRET
from dayline.service import Service, telling
from dayline.service.webhooks import TASKS, new_signing_secret
from dayline.store.statement import Call, statement
from dayline.store.store import Store
from dayline.store.tables import changes
from tests.cast import Cast, ManualClock, Person, log_call
from tests.events.conftest import Working, listen, until
from tests.events.receiver import Receiver, receiver
from tests.rewound import rewind

HOUR_MS = 3_600_000


async def log_calls(service: Service, who: Person, count: int) -> None:
    for n in range(count):
        await log_call(service, who, subject=f"Call {n}")


async def jobs_of(service: Service, account_id: int) -> list[Job]:
    """Every job that is not done."""
    found = []
    for state in ("waiting", "held", "dead"):
        found += await service.store.jobs.page(account_id, state, None, 10_000, "")
    return found


async def is_quiet(service: Service, account_id: int) -> bool:
    """Whether everybody has been told of everything."""
    last = await service.store.sequence(account_id)
    active = await service.store.webhooks.active(account_id)
    return all(webhook.cursor == last for webhook in active) and not await jobs_of(service, account_id)


async def until_hung(service: Service, who: Person, ear: Receiver, count: int) -> None:
    """Wait until so many are under way, and all changes have become jobs."""
    await until(lambda: len(ear.heard) == count)
    await until(lambda: is_expanded(service, who))


async def is_expanded(service: Service, who: Person) -> bool:
    last = await service.store.sequence(who.account_id)
    return all(webhook.cursor == last for webhook in await service.store.webhooks.active(who.account_id))


async def until_quiet(service: Service, who: Person) -> None:
    try:
        await until(lambda: is_quiet(service, who.account_id), 60)
    except TimeoutError:
        pytest.fail(f"There is something to do still: {await jobs_of(service, who.account_id)}")


def as_webhook(made: Webhook) -> Webhook:
    return made


async def change(service: Service, who: Person, webhook: Webhook, **fields: Any) -> Webhook:
    return await service.webhooks.change(who.principal, webhook.id, WebhookChange(**fields), as_webhook)


@pytest.fixture
async def other() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def test_everybody_is_told_of_everything_once(
    service: Service, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    for url in (ear.url, ear.url, other.url):
        await listen(service, cast.alice, url)
    await log_calls(service, cast.alice, 30)  # some before it begins to work
    async with working():
        await asyncio.gather(*(log_calls(service, who, 30) for who in (cast.alice, cast.bob)))
        await until_quiet(service, cast.alice)
    assert len(other.ids) == len(set(other.ids)) == 90
    assert sorted(ear.ids) == sorted(other.ids * 2)


async def test_one_after_the_other_they_are_in_order(
    service: Service, cast: Cast, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dayline.events.delivering.AT_ONCE", 1)
    await listen(service, cast.alice, ear.url)
    await log_calls(service, cast.alice, 40)
    async with working():
        await until_quiet(service, cast.alice)
    assert [heard.json["data"]["after"]["subject"] for heard in ear.heard] == [f"Call {n}" for n in range(40)]


async def test_what_is_held_goes_where_the_webhook_is_now(
    service: Service, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    ear.open.clear()
    secret = new_signing_secret()
    async with working():
        await log_calls(service, cast.alice, 10)
        await until(lambda: len(ear.heard) == 4)
        await change(service, cast.alice, webhook, url=other.url)
        await service.webhooks.change_secrets(cast.alice.principal, webhook.id, {SECRET: secret}, as_webhook)
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert (len(ear.heard), len(other.heard)) == (4, 6)
    assert len({*ear.ids, *other.ids}) == 10
    signed = {name: value for name, value in other.heard[0].headers.items() if name.startswith("webhook-")}
    now = service.store.clock() // 1000
    assert signed["webhook-timestamp"] == str(now)
    mine = Standard(secret).sign(signed["webhook-id"], _instant(now), other.heard[0].body.decode())
    assert mine in signed["webhook-signature"].split(" ")


async def test_what_is_held_for_one_that_is_paused_waits_until_it_is_not(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    ear.open.clear()
    async with working():
        await log_calls(service, cast.alice, 10)
        await until_hung(service, cast.alice, ear, 4)
        await change(service, cast.alice, webhook, active=False)
        ear.open.set()
        await until(lambda: are_waiting(service, cast.alice, 6))
        assert len(ear.heard) == 4
        await change(service, cast.alice, webhook, active=True)
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == len(set(ear.ids)) == 10


async def are_waiting(service: Service, who: Person, count: int) -> bool:
    found = await jobs_of(service, who.account_id)
    return len(found) == count and all(job.state == "waiting" and job.tries == 0 for job in found)


async def test_what_is_held_for_one_that_is_gone_is_gone(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    ear.open.clear()
    async with working():
        await log_calls(service, cast.alice, 10)
        await until_hung(service, cast.alice, ear, 4)
        await service.webhooks.delete(cast.alice.principal, webhook.id, as_webhook)
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert len(ear.heard) == 4


async def test_one_whose_owner_leaves_misses_nothing(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    await listen(service, cast.bob, ear.url)
    ear.open.clear()
    async with working():
        await log_calls(service, cast.alice, 10)
        await until_hung(service, cast.alice, ear, 4)
        await act(service, cast, active=False)
        ear.open.set()
        await log_calls(service, cast.alice, 10)
        await until(lambda: are_waiting(service, cast.alice, 6))
        assert len(ear.heard) == 4
        await act(service, cast, active=True)
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == len(set(ear.ids)) == 20


async def act(service: Service, cast: Cast, **fields: Any) -> None:
    """Change what Bob is."""
    await service.people.change(cast.alice.principal, cast.bob.user_id, UserChange(**fields), lambda user: user)


async def test_nothing_goes_out_that_its_owner_may_not_see_any_more(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    """He was an admin when it happened, and is none when it is sent."""
    await act(service, cast, role="admin")
    await listen(service, cast.bob, ear.url)
    ear.open.clear()
    async with working():
        for n in range(6):
            await log_call(service, cast.alice, subject=f"Call {n}", visibility="private")
        await until(lambda: len(ear.heard) == 4)
        await act(service, cast, role="member")
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert len(ear.heard) == 4


async def test_what_was_given_up_is_sent_when_it_is_asked_for_again(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    since = await service.store.sequence(cast.alice.account_id)
    await log_calls(service, cast.alice, 3)
    await service.telling.expand(cast.alice.account_id, [webhook], lambda *_: True)
    await give_up(service, webhook, cast.alice)
    for _ in range(2):  # the second time those of the first replay are given up, too
        await service.webhooks.replay(cast.alice.principal, webhook.id, since)
        async with working():
            await until(lambda: replayed(service, cast.alice))
        seen = list(ear.ids)
        assert len(seen) == len(set(seen)) == 3
        ear.heard.clear()
        await service.webhooks.replay(cast.alice.principal, webhook.id, since)
        (task,) = await service.telling.take(cast.alice.account_id, [(TASKS, 1)], 60_000)
        after = await service.telling.replay(cast.alice.account_id, task, lambda *_: True)
        await service.telling.end(cast.alice.account_id, [Ended(job=task, after=after)], [])
        await give_up(service, webhook, cast.alice)


async def give_up(service: Service, webhook: Webhook, who: Person) -> None:
    taken = await service.telling.take(who.account_id, [(webhook.lane, 100)], 60_000)
    assert len(taken) == 3
    ended = [Ended(job=job, after=replace(job, state="dead", tries=8, last_error="Nobody is there.")) for job in taken]
    await service.telling.end(who.account_id, ended, [])


async def replayed(service: Service, who: Person) -> bool:
    found = await jobs_of(service, who.account_id)
    return [job.state for job in found] == ["dead"] * 3 and not any(job.dedupe.endswith("again") for job in found)


async def test_the_end_finishes_what_is_under_way_and_gives_back_the_rest(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    await listen(service, cast.alice, ear.url)
    ear.open.clear()
    async with working() as worker:
        await log_calls(service, cast.alice, 10)
        await until_hung(service, cast.alice, ear, 4)
        ending = asyncio.create_task(worker.stop())
        await until(lambda: are_given_back(service, cast.alice, 6))  # at once, before the others are done
        assert not ending.done()
        ear.open.set()
        await ending
        assert await are_waiting(service, cast.alice, 6)
        assert len(ear.heard) == 4
    async with working():
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == len(set(ear.ids)) == 10


async def are_given_back(service: Service, who: Person, count: int) -> bool:
    now = service.store.clock()
    return sum(job.state == "waiting" and job.due_at <= now for job in await jobs_of(service, who.account_id)) == count


async def test_the_end_does_not_wait_for_ever(
    service: Service, cast: Cast, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_module, "DRAIN_SECONDS", 0.05)
    await listen(service, cast.alice, ear.url)
    ear.open.clear()
    async with working(seconds=60):
        await log_calls(service, cast.alice, 10)
        await until_hung(service, cast.alice, ear, 4)
    assert await are_given_back(service, cast.alice, 10)
    assert await service.telling.due(0, 10) == [cast.alice.account_id]


async def test_one_that_never_began_can_be_stopped(service: Service, working: Working) -> None:
    async with working() as worker:
        await worker.stop()
        assert not worker.at_work
    idle = Worker(service, worker._client, FACES, {})
    assert not idle.at_work
    await idle.stop()


async def test_two_workers_share_the_work(
    service: Service, store: Store, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    await listen(service, cast.alice, ear.url)
    await listen(service, cast.alice, other.url)
    async with working(), working():
        await asyncio.gather(*(log_calls(service, who, 60) for who in (cast.alice, cast.bob)))
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == len(set(ear.ids)) == 120
    assert sorted(other.ids) == sorted(ear.ids)


async def test_a_clock_that_is_set_sends_nothing_twice(
    service: Service, cast: Cast, clock: ManualClock, working: Working, ear: Receiver
) -> None:
    await listen(service, cast.alice, ear.url)
    ear.open.clear()
    async with working():
        await log_calls(service, cast.alice, 2)
        await until(lambda: len(ear.heard) == 2)
        clock.move(HOUR_MS)  # the leases seem to be over
        await log_calls(service, cast.alice, 1)
        await until(lambda: len(ear.heard) == 3)
        clock.move(-2 * HOUR_MS)
        await log_calls(service, cast.alice, 1)
        await until(lambda: len(ear.heard) == 4)
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == len(set(ear.ids)) == 4


async def test_what_was_sent_is_noted_when_the_database_is_back(
    service: Service, cast: Cast, clock: ManualClock, working: Working, ear: Receiver, database_url: str
) -> None:
    await listen(service, cast.alice, ear.url)
    ear.open.clear()
    async with working(seconds=60, lease_seconds=1):
        await log_calls(service, cast.alice, 4)
        await until(lambda: len(ear.heard) == 4)
        async with locked(database_url):
            ear.open.set()
            clock.move(HOUR_MS)
            with pytest.raises(DaylineError):  # it is away for longer than anybody waits
                await service.telling.leave(cast.alice.account_id, 0)
        await log_calls(service, cast.alice, 1)
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == len(set(ear.ids)) == 5


@asynccontextmanager
async def locked(database_url: str) -> AsyncIterator[None]:
    """Let nobody write."""
    if database_url.startswith("sqlite"):
        import sqlite3  # noqa: PLC0415

        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
        return
    import asyncpg  # noqa: PLC0415

    from tests.postgres import as_root  # noqa: PLC0415

    other = await asyncpg.connect(as_root(database_url))
    async with other.transaction():
        await other.execute("LOCK TABLE jobs, due IN EXCLUSIVE MODE")
        yield
    await other.close()


async def test_an_account_with_much_to_do_keeps_no_other_waiting(
    service: Service, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    """Alice's receiver hangs, with all that one account may have waiting for it; Charlie's is told."""
    for _ in range(10):
        await listen(service, cast.alice, ear.url)
    await listen(service, cast.charlie, other.url)
    await log_calls(service, cast.alice, 60)
    ear.open.clear()
    async with working(seconds=60) as worker:
        await until(lambda: len(ear.heard) == 40)
        await log_calls(service, cast.charlie, 5)
        await until_quiet(service, cast.charlie)
        assert len(other.heard) == 5
        assert len(ear.heard) == 40
        assert len(worker._holdings) <= 10 * HELD
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert len(ear.heard) == 600


async def test_what_is_large_is_in_memory_a_few_at_a_time(
    service: Service, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    """Twelve webhooks have 48 slots, and eight of what is large; what is small goes by."""
    for _ in range(12):
        await listen(service, cast.alice, ear.url)
    await listen(service, cast.charlie, other.url)
    ear.open.clear()
    async with working(seconds=60):
        for n in range(4):
            await log_call(service, cast.alice, subject=f"Large {n}", note="x" * 300_000)
        await log_call(service, cast.charlie, subject="Large", note="x" * 300_000)
        await until_quiet(service, cast.charlie)
        await until(lambda: is_expanded(service, cast.alice))
        await asyncio.sleep(0.2)
        assert (len(ear.heard), len(other.heard)) == (8, 1)
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert len(ear.heard) == 48


async def test_one_that_does_not_answer_costs_a_bounded_number_of_jobs_and_no_event(
    service: Service, cast: Cast, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_WAITING", 20)
    monkeypatch.setattr(telling, "PIECE", 10)
    hanging = [await listen(service, cast.alice, ear.url) for _ in range(3)]
    ear.open.clear()
    async with working(seconds=60):
        await log_calls(service, cast.alice, 80)
        await until(lambda: len(ear.heard) == 12)
        for webhook in hanging:
            assert await service.store.jobs.waiting(cast.alice.account_id, webhook.lane, 1_000) <= 30
        ear.open.set()
        await until_quiet(service, cast.alice)
    assert len(ear.heard) == 240
    assert len(set(ear.ids)) == 80


async def test_a_replay_waits_for_room_too(service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_WAITING", 20)
    monkeypatch.setattr(telling, "PIECE", 10)
    account, webhook = cast.alice.account_id, await listen(service, cast.alice, "https://example.com/")
    since = webhook.cursor
    await log_calls(service, cast.alice, 80)
    while moved := await service.telling.expand(account, [webhook], lambda *_: False):
        (webhook,) = moved
    await service.webhooks.replay(cast.alice.principal, webhook.id, since)
    (task,) = await service.telling.take(account, [(TASKS, 1)], 60_000)
    places = [task.payload]
    for _ in range(8):
        again = await service.telling.replay(account, task, lambda *_: True)
        assert again is not None
        task = again
        places.append(task.payload)
    assert 20 <= await service.store.jobs.waiting(account, webhook.lane, 1_000) < 30
    assert len(set(places)) < 5  # the last piece there is room for, and then it waits


async def test_what_came_while_a_lane_was_full_is_taken_as_soon_as_there_is_room(
    service: Service, cast: Cast, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when somebody looks again because time goes by: here it stands still."""
    written, end = asyncio.Event(), service.telling.end

    async def slowly(account_id: int, ended: Sequence[Ended], log: Sequence[Delivery]) -> None:
        await written.wait()
        await end(account_id, ended, log)

    monkeypatch.setattr(service.telling, "end", slowly)
    await listen(service, cast.alice, ear.url)
    ear.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]
    async with working(seconds=60):
        await log_calls(service, cast.alice, 1)
        await until(lambda: len(ear.heard) == 1)
        await asyncio.sleep(0.1)  # it has failed: there is room for one alone, which is not free yet
        await log_calls(service, cast.alice, 1)
        await until(lambda: is_expanded(service, cast.alice))
        await asyncio.sleep(0.1)
        written.set()
        await until(lambda: len(ear.heard) == 2, 5)


async def test_a_write_is_one_look(
    service: Service, cast: Cast, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look that comes to the end of the log says when the next one is needed."""
    looks, expand = list[int](), service.telling.expand

    async def looked(account_id: int, webhooks: Sequence[Webhook], wants: telling.Wants) -> list[Webhook]:
        moved = await expand(account_id, webhooks, wants)
        looks.append(len(moved))
        return moved

    await listen(service, cast.alice, ear.url)
    monkeypatch.setattr(service.telling, "expand", looked)
    async with working():
        for _ in range(2):
            looks.clear()
            await log_calls(service, cast.alice, 1)
            await until_quiet(service, cast.alice)
            await asyncio.sleep(0.1)
    assert looks == [1]


async def test_what_many_are_told_of_is_read_once(
    service: Service, cast: Cast, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        await listen(service, cast.alice, ear.url)
    webhooks = await service.telling.webhooks(cast.alice.account_id)
    first = min(webhook.cursor for webhook in webhooks)
    for webhook in webhooks:
        await rewind(service.store, cast.alice.account_id, webhook.id, first)
    lined_up = await service.telling.webhooks(cast.alice.account_id)
    await log_calls(service, cast.alice, 5)
    reads, read = [], service.store.feed.after

    async def counted(account_id: int, sequence: int, limit: int) -> list[Any]:
        reads.append(sequence)
        return list(await read(account_id, sequence, limit))

    monkeypatch.setattr(service.store.feed, "after", counted)
    assert len(await service.telling.expand(cast.alice.account_id, lined_up, lambda *_: True)) == 10
    assert reads.count(first) == len(reads) == 1


async def test_a_change_that_cannot_be_read_harms_no_other_account(
    service: Service, store: Store, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    await listen(service, cast.charlie, other.url)
    await log_calls(service, cast.alice, 1)
    spoiled = changes.update().where(changes.c.account_id == _bound("account_id"), changes.c.entity == _bound("what"))
    call = Call(
        statement(spoiled.values(after=_bound("as")), "account_id", "what", "as"),
        [(cast.alice.account_id, "activity", "{]")],
        many=True,
    )

    def steps() -> Any:
        yield call

    await store.database.run(steps)
    async with working() as worker:
        await log_calls(service, cast.charlie, 5)
        await until_quiet(service, cast.charlie)
        made = await service.webhooks.test(cast.alice.principal, webhook.id)
        await until(lambda: ear.ids == [made])  # what is a job already is done all the same
        assert worker.at_work
    assert len(other.heard) == 5


def _bound(name: str) -> Any:
    from sqlalchemy import bindparam  # noqa: PLC0415

    return bindparam(name)


class _OddFace:
    """One that cannot say some things."""

    name = "odd"

    def event(self, webhook: Webhook, told: Told) -> str | None:
        if told.sequence % 2:
            raise ValueError("odd")
        return "even"

    async def render(self, service: Service, sending: Sending) -> Outgoing:
        if sending.told is not None and sending.told.sequence % 4:
            raise KeyError("not by four")
        return Outgoing(headers=(), body=b"{}")


async def test_what_cannot_be_said_fails_and_stands_in_nobodys_way(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    await listen(service, cast.alice, ear.url, face="odd")
    await listen(service, cast.alice, ear.url, face="of another version")
    await log_calls(service, cast.alice, 20)
    async with working(faces=FACES | {"odd": _OddFace()}):
        await until(lambda: are_failed(service, cast.alice))
    last = await service.store.sequence(cast.alice.account_id)
    assert len(ear.heard) == len([n for n in range(last - 19, last + 1) if n % 4 == 0])
    reasons = {job.last_error for job in await jobs_of(service, cast.alice.account_id)}
    assert reasons == {"It could not be sent: ValueError", "It could not be sent: KeyError"}


async def are_failed(service: Service, who: Person) -> bool:
    found = await jobs_of(service, who.account_id)
    return len(found) == 15 and all(job.tries == 1 for job in found)


async def test_tasks_are_done_one_after_the_other_and_come_on_in_pieces(
    service: Service, cast: Cast, clock: ManualClock, working: Working
) -> None:
    done: list[str] = []
    at_once = 0

    async def count(_: Service, __: int, job: Job) -> Job | None:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        await asyncio.sleep(0.02)
        at_once -= 1
        done.append(job.dedupe)
        left = int(job.payload) - 1
        return replace(job, payload=str(left), state="held", tries=7) if left else None

    async def fail(_: Service, __: int, job: Job) -> Job | None:
        done.append(job.dedupe)
        raise ValueError("It will not do.")

    tasks = [
        task("count", "e", "2"),
        task("count", "a", "3"),
        task("fail", "b"),
        task("unknown", "c"),
        task("count", "d", "2"),
    ]
    await service.store.jobs.put(cast.alice.account_id, tasks)
    done_by = {"count": count, "fail": fail}
    async with working(tasks=done_by), working(tasks=done_by):
        await until(lambda: are_states(service, cast.alice, {("fail", 1), ("unknown", 1)}))
        clock.move(HOUR_MS)
        await until(lambda: are_states(service, cast.alice, {("fail", 2), ("unknown", 2)}))
    assert sorted(done) == ["a", "a", "a", "b", "b", "d", "d", "e", "e"]


def task(kind: str, dedupe: str, payload: str = "{}") -> Job:
    return Job(id=f"{dedupe * 8}", lane=TASKS, kind=kind, dedupe=dedupe, due_at=0, payload=payload)


async def are_states(service: Service, who: Person, wanted: set[tuple[str, int]]) -> bool:
    found = await jobs_of(service, who.account_id)
    return {(job.kind, job.tries) for job in found} == wanted and all(job.state == "waiting" for job in found)


async def test_a_replay_to_one_that_is_paused_waits_for_it(
    service: Service, cast: Cast, clock: ManualClock, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    since = await service.store.sequence(cast.alice.account_id)
    async with working():
        await log_calls(service, cast.alice, 3)
        await until_quiet(service, cast.alice)
        await change(service, cast.alice, webhook, active=False)
        await service.webhooks.replay(cast.alice.principal, webhook.id, since)
        await until(lambda: is_put_off(service, cast.alice))
        await change(service, cast.alice, webhook, active=True)
        clock.move(HOUR_MS)
        await until_quiet(service, cast.alice)
    assert len(ear.ids) == 6
    assert len(set(ear.ids)) == 3


async def is_put_off(service: Service, who: Person) -> bool:
    found = await jobs_of(service, who.account_id)
    return len(found) == 1 and found[0].due_at > service.store.clock()


async def test_one_that_stands_before_where_the_log_begins_goes_on_from_there(
    service: Service, store: Store, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    await log_calls(service, cast.alice, 3)
    cut = changes.delete().where(changes.c.account_id == _bound("account_id"))

    def steps() -> Any:
        yield Call(statement(cut, "account_id"), [(cast.alice.account_id,)], many=True)

    await store.database.run(steps)
    async with working():
        await until_quiet(service, cast.alice)
        await log_calls(service, cast.alice, 2)
        await until(lambda: len(ear.heard) == 2)
    found = await service.store.webhooks.one(cast.alice.account_id, webhook.id)
    assert found is not None
    assert found.cursor == await service.store.sequence(cast.alice.account_id)


async def test_what_fails_is_tried_again_in_its_time_and_no_round_is_in_vain(
    service: Service, cast: Cast, clock: ManualClock, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await listen(service, cast.alice, ear.url)
    ear.answers = [b"HTTP/1.1 503 Not Now\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"] * 2
    looks, look = [], service.telling.webhooks

    async def counted(account_id: int) -> list[Webhook]:
        looks.append(account_id)
        return await look(account_id)

    monkeypatch.setattr(service.telling, "webhooks", counted)
    async with working():
        await log_calls(service, cast.alice, 2)
        await until(lambda: len(ear.heard) == 2)
        await until(lambda: failed_once(service, cast.alice))
        begun = len(looks)
        await asyncio.sleep(1.5)
        assert len(looks) - begun < 10, "it looks again and again, though nothing can be done"
        assert len(ear.heard) == 2
        clock.move(10_000)
        await until_quiet(service, cast.alice)
    assert sorted(ear.ids[:2]) == sorted(ear.ids[2:])
    attempts = await service.store.deliveries.page(cast.alice.account_id, _everything(), 100, None)
    assert sorted((one.attempt, one.outcome) for one in attempts[0]) == [(1, "failed")] * 2 + [(2, "delivered")] * 2


async def failed_once(service: Service, who: Person) -> bool:
    found = await jobs_of(service, who.account_id)
    return [job.tries for job in found] == [1, 1] and all(job.due_at >= service.store.clock() + 7_000 for job in found)


def _everything() -> Any:
    from dayline.domain.delivery import DeliveryFilter  # noqa: PLC0415

    return DeliveryFilter()


def _instant(seconds: int) -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime.fromtimestamp(seconds, UTC)


async def test_what_a_job_says_that_nobody_understands_is_given_up_in_the_end(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    spoiled = Job(
        id="x", lane=webhook.lane, kind="deliver", dedupe="x", due_at=0, payload=msgspec.json.encode(1).decode()
    )
    await service.store.jobs.put(cast.alice.account_id, [spoiled])
    async with working():
        await log_calls(service, cast.alice, 1)
        await until(lambda: len(ear.heard) == 1)
        await until(lambda: is_failed(service, cast.alice))


async def is_failed(service: Service, who: Person) -> bool:
    return [job.tries for job in await jobs_of(service, who.account_id)] == [1]


async def test_who_begins_to_listen_while_it_is_noted_that_nobody_does_is_told(service: Service, cast: Cast) -> None:
    """A worker looks for webhooks, finds none, and notes that there is nothing to do, when there is one meanwhile."""
    account = cast.alice.account_id
    await service.store.jobs.stir(account)
    since = await service.telling.sequence(account)
    nobody = await service.telling.webhooks(account)
    webhook = await listen(service, cast.alice, "https://example.com/")
    await log_calls(service, cast.alice, 1)
    await service.telling.settle(account, nobody, {}, since)
    assert await service.telling.due(0, 10) == [account]
    since = await service.telling.sequence(account)
    assert await service.telling.expand(account, [webhook], lambda *_: False)
    await service.telling.settle(account, await service.telling.webhooks(account), {}, since)
    assert await service.telling.due(0, 10) == []


async def test_those_who_have_much_to_catch_up_keep_nobody_waiting(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_NEW", 10)
    monkeypatch.setattr(telling, "PIECE", 10)
    account = cast.alice.account_id
    behind = [await listen(service, cast.alice, "https://example.com/") for _ in range(3)]
    for webhook in behind:
        await rewind(service.store, account, webhook.id, behind[0].cursor)
    await log_calls(service, cast.alice, 300)
    other = await listen(service, cast.alice, "https://example.com/")
    await log_calls(service, cast.alice, 1)
    for _ in range(25):  # in which those who are behind could not come to the end
        await service.telling.expand(account, await service.telling.webhooks(account), lambda *_: True)
    assert await service.store.jobs.waiting(account, other.lane, 10) > 0
    last = await service.store.sequence(account)
    assert all(one.cursor < last for one in await service.telling.webhooks(account) if one.id != other.id)


async def test_nothing_is_remembered_of_those_that_are_gone(
    service: Service, cast: Cast, working: Working, ear: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_module, "WAKE_SECONDS", 0.05)
    ear.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]
    webhook = await listen(service, cast.alice, ear.url)
    async with working() as worker:
        delivering = worker._delivering
        await log_call(service, cast.alice, subject="Large", note="x" * 300_000)
        await until(lambda: (cast.alice.account_id, webhook.lane) in delivering._failing)
        await until(lambda: not delivering._large)
        await service.webhooks.delete(cast.alice.principal, webhook.id, as_webhook)
        await until(lambda: not delivering._failing and not delivering._breakers._states)
        assert worker.at_work
