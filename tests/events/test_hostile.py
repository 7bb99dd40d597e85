"""Receivers that do what they should not: each is told apart in the log, and harms neither us nor another receiver."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec import Struct

from dayline.domain.delivery import LONGEST_ANSWER, Delivery, DeliveryFilter
from dayline.domain.job import Job
from dayline.domain.webhook import WebhookChange
from dayline.events.lanes import ACCOUNT_MOST, ACCOUNT_SLOTS
from dayline.service import Service
from tests.cast import Cast, Person, log_call
from tests.events.conftest import Working, listen, until
from tests.events.receiver import Receiver, receiver
from tests.kit.far import Far, Line, far

TEN_GB = 10 * 2**30
MOST_TAKEN = 16 << 20  # what may be under way in the buffers of both ends


def head(status: int, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status} Said", *lines, "", "")).encode()


async def hang(line: Line) -> None:
    await line.hang()


async def dribble(line: Line) -> None:
    """A byte now and then, of an answer that never has a head."""
    for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 10_000:
        await line.send(bytes([byte]))
        await asyncio.sleep(0.05)


async def dribble_body(line: Line) -> None:
    await line.send(head(200, "content-length: 100000"))
    while True:
        await line.send(b"y")
        await asyncio.sleep(0.05)


async def redirect(line: Line) -> None:
    await line.send(head(302, "location: /elsewhere", "content-length: 0"))


def flood(status: int) -> Callable[[Line], Awaitable[None]]:
    async def behave(line: Line) -> None:
        await line.send(head(status, f"content-length: {TEN_GB}"))
        while line.sent < TEN_GB:
            await line.send(b"z" * 65_536)

    return behave


async def many_headers(line: Line) -> None:
    await line.send(head(200, *(f"x-{n}: {n}" for n in range(10_000)), "content-length: 0"))


async def reset(line: Line) -> None:
    line.reset()


async def reset_in_the_middle(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 O")
    await asyncio.sleep(0.05)
    line.reset()


def torn(status: int) -> Callable[[Line], Awaitable[None]]:
    async def behave(line: Line) -> None:
        await line.send(head(status, "content-length: 1000") + b"only this")
        await asyncio.sleep(0.05)
        line.reset()

    return behave


async def garbage(line: Line) -> None:
    await line.send(b"\x00\xff\xfe this is no answer\r\n\r\n\x00")


async def bomb(line: Line) -> None:
    packed = gzip.compress(bytes(50 << 20))
    await line.send(head(200, "content-encoding: gzip", f"content-length: {len(packed)}") + packed)


async def no_gzip(line: Line) -> None:
    await line.send(head(200, "content-encoding: gzip", "content-length: 4") + b"oops")


async def nul(line: Line) -> None:
    await line.send(head(400, "content-length: 5") + b"a\x00b\xffc")


class Case(Struct, frozen=True):
    """What a receiver does, and what the log says of it: the outcome, its status, and words of the error."""

    behave: Callable[[Line], Awaitable[None]]
    outcome: str
    status: int | None
    error: str = ""


CASES = {
    "hangs": Case(hang, "failed", None, "did not answer in time"),
    "dribbles": Case(dribble, "failed", None, "did not answer in time"),
    "dribbles its body": Case(dribble_body, "delivered", 200),
    "redirects": Case(redirect, "failed", None, "a redirect (302)"),
    "floods with 200": Case(flood(200), "delivered", 200),
    "floods with 500": Case(flood(500), "failed", 500, "answered 500"),
    "10,000 headers": Case(many_headers, "failed", None, "header|ended before"),
    "resets": Case(reset, "failed", None, "ended before its answer was whole"),
    "resets in the middle": Case(reset_in_the_middle, "failed", None, "ended before its answer was whole"),
    "torn 200": Case(torn(200), "delivered", 200),
    "torn 503": Case(torn(503), "failed", 503, "answered 503"),
    "garbage": Case(garbage, "failed", None, "ended before its answer was whole"),
    "bomb": Case(bomb, "delivered", 200),
    "no gzip": Case(no_gzip, "delivered", 200),
    "not a text": Case(nul, "failed", 400, "answered 400"),
}


async def logged(service: Service, who: Person, webhook_id: int | None = None) -> list[Delivery]:
    found, _ = await service.store.deliveries.page(who.account_id, DeliveryFilter(webhook_id=webhook_id), 1000, None)
    return found


@asynccontextmanager
async def every_case() -> AsyncIterator[dict[str, Far]]:
    """All of them, each at an address of its own."""
    async with asyncio.TaskGroup() as group:
        done = asyncio.Event()
        found: dict[str, Far] = {}

        async def stand(name: str, behave: Callable[[Line], Awaitable[None]]) -> None:
            async with far(behave) as server:
                found[name] = server
                await done.wait()

        for name, case in CASES.items():
            group.create_task(stand(name, case.behave))
        await until(lambda: len(found) == len(CASES))
        try:
            yield found
        finally:
            done.set()


async def test_each_is_told_apart_and_keeps_no_other_waiting(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    async with every_case() as servers:
        hooks = {name: await listen(service, cast.alice, f"{server.url}/hook") for name, server in servers.items()}
        good = await listen(service, cast.alice, ear.url)
        async with working(seconds=4):
            made = await log_call(service, cast.alice, subject="First")
            await until(lambda: len(ear.heard) == 1)
            await until(lambda: are_logged(service, cast.alice, len(CASES) + 1), 60)
        sent = {name: server.lines[0].sent for name, server in servers.items()}
        asked = {name: len(server.requests) for name, server in servers.items()}
    for name, case in CASES.items():
        (line,) = await logged(service, cast.alice, hooks[name].id)
        assert (name, line.outcome, line.status) == (name, case.outcome, case.status)
        assert any(words in line.error for words in case.error.split("|")), (name, line.error)
        assert len(line.response_body) <= LONGEST_ANSWER
        assert (line.entity_id, line.attempt) == (made.id, 1)
    assert asked == dict.fromkeys(CASES, 1), "a write goes out once, and no redirect is followed"
    assert max(sent.values()) < MOST_TAKEN
    (line,) = await logged(service, cast.alice, good.id)
    assert line.outcome == "delivered"


async def are_logged(service: Service, who: Person, count: int) -> bool:
    return len(await logged(service, who)) == count


async def test_one_where_nobody_is_and_one_where_nobody_may_be(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    async with far(hang) as server:
        closed = server.url
    nobody = await listen(service, cast.alice, closed)
    inside = await listen(service, cast.alice, ear.url.replace("127.0.0.1", "127.0.0.2"))
    async with working():
        await log_call(service, cast.alice)
        await until(lambda: are_logged(service, cast.alice, 2))
    ((first,), (second,)) = [await logged(service, cast.alice, hook.id) for hook in (nobody, inside)]
    assert (first.outcome, first.status) == (second.outcome, second.status) == ("failed", None)
    assert "No connection to 127.0.0.1 could be made" in first.error
    assert second.error
    assert ear.heard == []


@pytest.fixture
async def other() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def test_however_many_hang_others_are_told(
    service: Service, cast: Cast, working: Working, ear: Receiver, other: Receiver
) -> None:
    """As many as have every slot of an account: its other webhook is told all the same, and so is another account."""
    ear.open.clear()
    for _ in range(ACCOUNT_SLOTS // 4 + 4):
        await listen(service, cast.alice, ear.url)
    async with working(seconds=60):
        for n in range(6):
            await log_call(service, cast.alice, subject=f"Call {n}")
        await until(lambda: len(ear.heard) >= ACCOUNT_SLOTS)
        await listen(service, cast.alice, other.url)
        await listen(service, cast.charlie, other.url)
        for n in range(6):
            await log_call(service, cast.alice, subject=f"Later {n}")
            await log_call(service, cast.charlie, subject=f"Later {n}")
        await until(lambda: len(other.heard) == 12)
        assert ACCOUNT_SLOTS <= len(ear.heard) < ACCOUNT_MOST
        ear.open.set()


async def test_one_that_fails_is_left_alone_and_told_in_the_end(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    """Of a hundred events it refuses five before it is left alone: the others do not lose a try."""
    webhook = await listen(service, cast.alice, ear.url)
    ear.answers = [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"] * 1_000
    async with working() as worker:
        for n in range(50):
            await log_call(service, cast.alice, subject=f"Call {n}")
        await until(lambda: worker.left_alone == 1)
        await until(lambda: are_put_back(service, cast.alice, webhook.lane))
        tried = [job for job in await waiting(service, cast.alice, webhook.lane) if job.tries]
        assert len(tried) == len(ear.heard) <= 5 + 4
        ear.answers.clear()
        # Somewhere else it may be well: nobody waits for the end of the pause.
        await service.webhooks.change(
            cast.alice.principal, webhook.id, WebhookChange(url=f"{ear.url}/new"), lambda made: made
        )
        await until(lambda: worker.left_alone == 0)
        await until(lambda: any(heard.path == "/hook/new" for heard in ear.heard))


async def waiting(service: Service, who: Person, lane: str) -> list[Job]:
    return await service.store.jobs.page(who.account_id, "waiting", lane, 1_000, "")


async def are_put_back(service: Service, who: Person, lane: str) -> bool:
    return len(await waiting(service, who, lane)) == 50
