"""A connection's bounds: a head that is too long or takes too long is refused, and the others are served meanwhile."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from time import sleep

import pytest
from starlette.types import Receive, Scope, Send

from dayline.kit.connection import Connection
from dayline.kit.serve import application
from tests.kit.server import exchange, serving
from tests.kit.toy import TOY, Box

REQUEST = b"GET /v1/things HTTP/1.1\r\nHost: toy\r\nx-api-token: alice\r\n"


class Hasty(Connection):
    """The same, with less patience than a test has."""

    head_seconds = 1.0
    rest_seconds = 3.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive = 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(application(TOY, Box(), strict=False), Connection) as number:
        yield number


@pytest.fixture(scope="module")
def hasty_port() -> Iterator[int]:
    with serving(application(TOY, Box(), strict=False), Hasty) as number:
        yield number


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_an_ordinary_request_is_served(port: int) -> None:
    assert status(exchange(port, REQUEST + b"Connection: close\r\n\r\n")) == 200


@pytest.mark.parametrize("endless", [b"x-long: " + b"a" * 400_000, b"x: y\r\n" * 80_000], ids=["one", "many"])
def test_endless_headers_are_refused_before_they_end(port: int, endless: bytes) -> None:
    answer = exchange(port, REQUEST + endless)
    assert status(answer) == 431
    assert b"application/problem+json" in answer


def test_an_endless_path_is_refused(port: int) -> None:
    assert status(exchange(port, b"GET /" + b"a" * 400_000)) == 431


@pytest.mark.parametrize("begun", [b"", REQUEST, b"GET / HT"])
def test_a_head_that_does_not_come_is_not_waited_for(hasty_port: int, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hasty_port), timeout=10) as connection:
        connection.sendall(begun)
        assert status(connection.recv(65536)) == 408
        assert connection.recv(65536) == b""


def test_a_connection_that_is_kept_is_not_ended_while_it_is_used(hasty_port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", hasty_port, timeout=10)) as connection:
        for _ in range(2):  # the second when the time of the first one's head is over
            connection.request("GET", "/v1/things", headers={"x-api-token": "alice"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            sleep(1.2 * Hasty.head_seconds)


UNFINISHED = b"POST /v1/things HTTP/1.1\r\nHost: toy\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(("asked", "more"), [(REQUEST + b"\r\n", b"\r\n"), (UNFINISHED, b"x")], ids=["lines", "body"])
def test_what_trickles_after_an_answer_keeps_no_connection(hasty_port: int, asked: bytes, more: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hasty_port), timeout=10) as connection, suppress(ConnectionError):
        connection.sendall(asked)
        assert status(connection.recv(65536)) in (200, 401)
        connection.settimeout(0.2)
        for _ in range(50):
            connection.sendall(more)
            with suppress(TimeoutError):
                if not connection.recv(65536):
                    return
        pytest.fail("It was kept.")


def test_the_rest_of_a_body_may_come_after_its_answer(hasty_port: int) -> None:
    with socket.create_connection(("127.0.0.1", hasty_port), timeout=10) as connection:
        connection.sendall(UNFINISHED)
        assert status(connection.recv(65536)) == 401
        for _ in range(3):
            sleep(0.5)
            connection.sendall(b"x" * 300)
        connection.sendall(b"x" * 100 + REQUEST + b"\r\n")
        assert status(connection.recv(65536)) == 200


def test_what_is_no_http_is_told_so(port: int) -> None:
    answer = exchange(port, b"FOO /v1/things HTTP/1.1\r\nHost: toy\r\n\r\n")
    assert status(answer) == 400
    assert b"application/problem+json" in answer


PLENTY = 16 << 20  # more than the system takes for a client that reads nothing


async def plenty(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with more than anybody takes at once."""
    length = (b"content-length", str(PLENTY).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": bytes(PLENTY)})


async def some(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with less than is worth a pause."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"30000")]})
    await send({"type": "http.response.body", "body": bytes(30_000)})


class Watched(Connection):
    """The same, which tells that it has ended, and has less patience than a test."""

    taken_seconds = 1.5
    stop_seconds = 0.3
    ended: threading.Event

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.ended.set()


class Patient(Watched):
    """The same, until the server stops."""

    taken_seconds = 60.0


@pytest.mark.parametrize("more", [b"", b"GET / HTTP/1.1\r\nHost: toy\r\n\r\n"], ids=["one", "two"])
@pytest.mark.parametrize("kept", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_who_takes_nothing_is_cut(monkeypatch: pytest.MonkeyPatch, kept: bytes, more: bytes) -> None:
    monkeypatch.setattr(Watched, "ended", threading.Event(), raising=False)
    with (
        serving(plenty, Watched) as number,
        socket.create_connection(("127.0.0.1", number), timeout=10) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: toy\r\n" + kept + b"\r\n" + more)
        assert Watched.ended.wait(20)
        with suppress(ConnectionError):
            taken = sum(iter(lambda: len(connection.recv(1 << 20)), 0))
            assert 0 < taken < PLENTY


@pytest.mark.parametrize("more", [b"", b"GET / HTTP/1.1\r\nHost: toy\r\n\r\n"], ids=["one", "two"])
def test_who_takes_slowly_gets_all(monkeypatch: pytest.MonkeyPatch, more: bytes) -> None:
    """So slowly that the server can hand nothing more to its system for a long time."""
    monkeypatch.setattr(Watched, "ended", threading.Event(), raising=False)
    with (
        serving(plenty, Watched) as number,
        socket.create_connection(("127.0.0.1", number), timeout=10) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: toy\r\n" + (more and b"\r\n" + more[:-2]))
        connection.sendall(b"Connection: close\r\n\r\n")
        taken = 0
        for _ in range(50):
            taken += len(connection.recv(64 << 10))
            sleep(0.1)
        taken += sum(iter(lambda: len(connection.recv(1 << 20)), 0))
        assert taken > PLENTY * (2 if more else 1)


def test_who_is_refused_and_takes_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was answered before may wait, and too little of it for the server to pause."""
    monkeypatch.setattr(Watched, "ended", threading.Event(), raising=False)
    with (
        serving(some, Watched) as number,
        socket.create_connection(("127.0.0.1", number), timeout=10) as connection,
    ):
        connection.setblocking(False)
        with suppress(BlockingIOError):
            for _ in range(4_000):
                connection.send(b"GET / HTTP/1.1\r\nHost: toy\r\n\r\n")
                sleep(0.0005)
        with suppress(BlockingIOError):
            connection.send(b"FOO / HTTP/1.1\r\n\r\n")
        assert Watched.ended.wait(20)


@pytest.mark.parametrize("kept", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_what_nobody_takes_does_not_hold_up_a_stop(monkeypatch: pytest.MonkeyPatch, kept: bytes) -> None:
    monkeypatch.setattr(Watched, "ended", threading.Event(), raising=False)
    with socket.socket() as connection, serving(plenty, Patient) as number:
        connection.connect(("127.0.0.1", number))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: toy\r\n" + kept + b"\r\n")
        connection.recv(1)  # it is on its way
    assert Watched.ended.is_set()  # and the server has come to its end
