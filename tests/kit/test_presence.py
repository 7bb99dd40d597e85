"""Whoever waits for an answer may go, and the server may stop: then nobody is waited for, and nothing is held open."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn
from msgspec.structs import replace

from dayline.kit.connection import Connection
from dayline.kit.dialect import Operation, Reply
from dayline.kit.presence import LINE, Line, Presence
from dayline.kit.serve import application
from tests.kit.toy import TOY, Box, ToyCall

HEADERS = {"x-api-token": "alice"}
PART = b"x" * (1 << 20)


class Hasty(Presence):
    """The same, with less patience than a test has."""

    stop_seconds = 0.3


class Client:
    """Both ends of a connection: whether the client is there, and whether it was cut."""

    def __init__(self) -> None:
        self.gone, self.cut = asyncio.Event(), asyncio.Event()
        self.line = Line(self.cut.set)
        self.scope = {"type": "http", "extensions": {LINE: self.line}}

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    def presence(self) -> Presence:
        return Hasty(self.scope, self.receive)


async def test_who_goes_away_is_not_waited_for() -> None:
    client, told = Client(), asyncio.Event()
    presence = client.presence()
    presence.then(told.set)
    assert not presence.left
    client.gone.set()
    async with asyncio.timeout(5):
        await told.wait()
        assert (await presence.receive())["type"] == "http.disconnect"
    assert presence.left
    assert not client.cut.is_set()
    presence.close()


async def test_a_stop_is_told_and_then_the_line_is_cut() -> None:
    client, told = Client(), asyncio.Event()
    presence = client.presence()
    presence.then(told.set)
    client.line.stop()
    assert (presence.left, told.is_set(), client.cut.is_set()) == (True, True, False)
    async with asyncio.timeout(5):
        await client.cut.wait()
    presence.close()


async def test_whoever_ends_in_time_is_not_cut() -> None:
    client = Client()
    presence = client.presence()
    client.line.stop()
    presence.close()
    await asyncio.sleep(2 * Hasty.stop_seconds)
    assert not client.cut.is_set()
    late = client.presence()  # a request that comes when the server is stopping already
    assert late.left
    late.close()


class Streams(Box):
    """What streams there are, and how much each has given."""

    open: int = 0
    given: int = 0


async def endless(call: ToyCall) -> Reply:
    """Give parts without end, for as long as anybody is there; a small one, and then only what is asked for."""
    presence, box = call.presence, call.service
    assert presence is not None
    assert isinstance(box, Streams)
    woken = asyncio.Event()
    presence.then(woken.set)

    async def parts() -> AsyncGenerator[bytes]:
        box.open += 1
        try:
            yield json.dumps(call.who.account_id).encode()
            while not presence.left:
                if call.headers.get("X-Much"):
                    box.given += 1
                    yield PART
                else:
                    await woken.wait()
        finally:
            box.open -= 1

    stream = parts()
    return Reply(200, await anext(stream), stream=stream)


ENDLESS = Operation(
    method="GET",
    path="/v1/endless",
    handler=endless,
    name="endless",
    summary="Endless",
    scope="things:read",
    reply=str,
    heeds={"X-Much": "Whether to send all the time."},
    lingers=True,
)


@contextmanager
def serving(box: Streams) -> Iterator[tuple[int, Callable[[], None]]]:
    """A server with the endless operation: its port, and what stops it."""
    app = application(replace(TOY, operations=(*TOY.operations, ENDLESS)), box, strict=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()

        yield listener.getsockname()[1], stop
        stop()


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so; fail when it takes too long."""
    waiting = threading.Event()
    for _ in range(2_000):
        if done():
            return
        waiting.wait(0.01)
    raise AssertionError("it took too long")


def test_a_stream_ends_when_the_server_stops() -> None:
    box = Streams()
    with (
        serving(box) as (port, stop),
        httpx2.stream("GET", f"http://127.0.0.1:{port}/v1/endless", headers=HEADERS, timeout=30) as answer,
    ):
        body = answer.iter_raw()
        assert next(body) == b"1"
        stop()
        assert (list(body), box.open) == ([], 0)  # it has come to its end, and was not cut


def test_a_stream_is_let_go_when_its_reader_goes() -> None:
    box = Streams()
    with serving(box) as (port, _):
        with httpx2.stream("GET", f"http://127.0.0.1:{port}/v1/endless", headers=HEADERS, timeout=30) as answer:
            body = answer.iter_raw()
            assert next(body) == b"1"
            assert box.open == 1
        until(lambda: box.open == 0)


@pytest.mark.parametrize("reads", [True, False])
def test_a_slow_reader_is_waited_for_and_does_not_hold_up_a_stop(*, reads: bool) -> None:
    box = Streams()
    with serving(box) as (port, stop), socket.create_connection(("127.0.0.1", port), timeout=30) as reader:
        reader.sendall(b"GET /v1/endless HTTP/1.1\r\nHost: toy\r\nx-api-token: alice\r\nx-much: 1\r\n\r\n")
        until(lambda: box.given > 0)
        before = -1
        while before != box.given:  # until no more is made
            before = box.given
            threading.Event().wait(0.2)
        if reads:
            for _ in range(100):
                reader.recv(1 << 20)
            until(lambda: box.given > before)
        assert box.given < 200
        stop()
        assert box.open == 0
