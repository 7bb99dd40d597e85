"""The way out against servers that do their worst: every call ends, in bounds, and says what is certain."""

import asyncio
import gzip
import ssl
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dayline.kit.addresses import Allowed
from dayline.kit.breaker import FAILURES
from dayline.kit.client import Bounds, Client, Got, NotSent, Request, Torn
from tests.kit.far import OK, Line, answer, answering, certificate, far

LOOPBACK = Allowed.parse("127.0.0.1")
SHORT = Bounds(seconds=1, streaming=1)  # enough to be on the way, on a busy machine too


@asynccontextmanager
async def client(allowed: Allowed = LOOPBACK, bounds: Bounds | None = None, **more: Any) -> AsyncIterator[Client]:
    opened = Client(allowed, bounds=bounds or Bounds(seconds=10), **more)
    try:
        yield opened
    finally:
        await opened.close()


def get(url: str, **more: Any) -> Request:
    return Request(method="GET", url=url, key=more.pop("key", "one"), **more)


def post(url: str, body: bytes = b"{}") -> Request:
    return Request(method="POST", url=url, key="one", body=body)


async def test_a_request_goes_out_as_it_is_and_its_answer_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with far(answering(OK)) as proxy, far(answering(answer(201, b'{"a":1}', "X-Kind: Note"))) as server:
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with client() as out:
            request = Request(
                method="POST", url=f"{server.url}/notes?a=b%20c", key="one", headers=(("X-Own", "é"),), body=b"[1]"
            )
            got = await out.send(request)
    assert (got.status, got.body, got.media_type) == (201, b'{"a":1}', "application/json")
    assert ("x-kind", "Note") in got.headers
    assert got.url == f"{server.url}/notes"
    lines = server.requests[0].split(b"\r\n")
    assert lines[0] == b"POST /notes?a=b%20c HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}".encode() in lines
    assert "X-Own: é".encode("latin-1") in lines
    assert b"Content-Length: 3" in lines
    assert server.requests[0].endswith(b"\r\n\r\n[1]")
    assert proxy.connections == 0


async def test_connections_are_kept_for_the_next_request() -> None:
    async with far(answering(OK)) as server, client() as out:
        for _ in range(3):
            await out.send(post(server.url))
        assert (server.connections, len(server.requests)) == (1, 3)


async def hang(line: Line) -> None:
    await line.hang()


async def dribble(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        await line.send(b" ")
        await asyncio.sleep(0.02)


async def dribble_headers(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await line.send(b"a: b\r\n")
        await asyncio.sleep(0.02)


async def keep_telling_to_go_on(line: Line) -> None:
    while True:
        await line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.01)


async def flood(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n")
    while True:
        await line.send(b" " * 65_536)


async def flood_in_chunks(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await line.send(b"10000\r\n" + b" " * 65_536 + b"\r\n")


async def many_headers(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000 + b"content-length: 0\r\n\r\n")


async def long_header(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 70_000 + b"\r\ncontent-length: 0\r\n\r\n")


async def endless_header(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        await line.send(b"a" * 65_536)


async def reset_at_once(line: Line) -> None:
    line.reset()


async def reset_midway(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    line.reset()


async def end_midway(line: Line) -> None:
    await line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    raise ConnectionError


async def end_at_once(line: Line) -> None:
    raise ConnectionError


async def not_http(line: Line) -> None:
    await line.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


async def upgrade(line: Line) -> None:
    await line.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")


TIMELESS = [hang, dribble, dribble_headers, keep_telling_to_go_on]
BROKEN = [
    *(flood, flood_in_chunks, many_headers, long_header, endless_header, reset_at_once, reset_midway),
    *(end_midway, end_at_once, not_http, upgrade),
]


@pytest.mark.parametrize("behave", TIMELESS, ids=lambda one: one.__name__)
async def test_what_takes_for_ever_ends_at_the_deadline(behave: Any) -> None:
    async with far(behave) as server, client(bounds=SHORT) as out:
        with pytest.raises(Torn, match="in time") as torn:
            await out.send(post(server.url))
        assert torn.value.status == 504
        assert len(server.requests) == 1


@pytest.mark.parametrize("behave", BROKEN, ids=lambda one: one.__name__)
async def test_what_is_no_whole_answer_may_have_been_done(behave: Any) -> None:
    async with far(behave) as server, client() as out:
        with pytest.raises(Torn) as torn:
            await out.send(post(server.url))
        assert torn.value.status == 502
        assert len(server.requests) == 1
        assert server.lines[0].sent < 32 << 20  # what the sockets on both ends hold, and no more


async def test_nothing_of_a_request_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async with far(reset_at_once) as server, client() as out:
        request = Request(
            method="POST",
            url=f"{server.url}/n?token=hidden",
            key="one",
            headers=(("authorization", "hidden"),),
            body=b'"hidden"',
        )
        with pytest.raises(Torn) as torn:
            await out.send(request)
    assert "hidden" not in torn.value.message + caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with far(answering(OK)) as other:
        location = f"location: {other.url}/there?token=hidden"
        async with far(answering(answer(status, b"", location))) as server, client() as out:
            with pytest.raises(Torn) as torn:
                await out.send(get(server.url, again=True))
            assert len(server.requests) == 1
        assert f"{other.url}/there" in torn.value.message
        assert "hidden" not in torn.value.message
        assert other.connections == 0


@pytest.mark.parametrize("location", ["http://[", "http://a:b:c/", "//\x7f", "?", "https://" + "a" * 5000])
async def test_a_redirect_to_nowhere(location: str) -> None:
    async with far(answering(answer(302, b"", f"location: {location}"))) as server, client() as out:
        with pytest.raises(Torn, match=r"redirect|ended"):
            await out.send(get(server.url))


@pytest.mark.parametrize("header", [("x-a", "\u2603"), ("x-a", "a\r\nb: c"), ("x\u00e9", "a"), ("x a", "b")])
async def test_a_header_that_cannot_be_sent(header: tuple[str, str]) -> None:
    async with far(answering(OK)) as server, client() as out:
        with pytest.raises(NotSent):
            await out.send(get(server.url, headers=(header,)))
        assert server.requests == []


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return answer(200, body, f"content-encoding: {encoding}")


async def test_a_compressed_answer_is_inflated() -> None:
    async with far(answering(packed(gzip.compress(b"[1]" * 9)))) as server, client() as out:
        assert (await out.send(get(server.url))).body == b"[1]" * 9


async def test_a_bomb_does_not_go_off() -> None:
    bomb = gzip.compress(bytes(200 << 20), 9)
    async with far(answering(packed(bomb))) as server, client() as out:
        tracemalloc.start()
        with pytest.raises(Torn, match="longer than"):
            await out.send(get(server.url))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20 << 20


@pytest.mark.parametrize(
    "sent",
    [
        packed(gzip.compress(b"[1]")[:-4]),
        packed(gzip.compress(b"[1]") + b"more"),
        packed(b"no gzip at all"),
        packed(b""),
        packed(b"[1]", "br"),
        packed(gzip.compress(gzip.compress(b"[1]")), "gzip, gzip"),
    ],
)
async def test_an_encoding_that_is_broken_or_was_not_asked_for(sent: bytes) -> None:
    async with far(answering(sent)) as server, client() as out:
        with pytest.raises(Torn):
            await out.send(get(server.url))


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    async with far(answering(OK)) as server:
        url = server.url
    async with client() as out:
        with pytest.raises(NotSent) as error:
            await out.send(post(url))
        assert error.value.status == 502


async def test_a_read_is_sent_again_and_a_write_is_not() -> None:
    flaky = (answer(503), answer(429, b"{}", "retry-after: 0"), OK)
    async with far(answering(*flaky)) as server, client() as out:
        assert (await out.send(get(server.url, again=True))).status == 200
        assert len(server.requests) == 3
    async with far(answering(*flaky)) as server, client() as out:
        assert (await out.send(post(server.url))).status == 503
        assert len(server.requests) == 1


async def test_a_read_that_is_torn_is_sent_again() -> None:
    torn = [True]

    async def once(line: Line) -> None:
        if torn and torn.pop():
            line.reset()
        await line.send(OK)

    async with far(once) as server, client() as out:
        assert (await out.send(get(server.url, again=True))).status == 200
        assert len(server.requests) == 2


async def test_a_pause_that_is_asked_for_is_kept_or_the_answer_given() -> None:
    async with far(answering(answer(429, b"{}", "retry-after: 3600"), OK)) as server, client() as out:
        got = await out.send(get(server.url, again=True))
        assert (got.status, len(server.requests)) == (429, 1)


async def test_a_pause_that_is_not_told_is_the_requests_own() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    busy = answer(429)
    async with far(answering(busy)) as server, client(sleep=sleep) as out:
        assert (await out.send(get(server.url, again=True, pauses=(1, 2, 4)))).status == 429
        assert len(server.requests) == 4
        assert [least <= pause <= 1.5 * least for pause, least in zip(slept, (1, 2, 4), strict=True)] == [True] * 3
        assert len(set(slept)) == 3
    for replies, pauses in (
        ([answer(429, b"{}", "retry-after: 3"), OK], [3.0]),  # what is told goes before
        ([answer(503), answer(503), answer(503)], [0.3, 0.6]),
        ([busy, answer(503), OK], [1.5, 0.6]),
    ):
        slept.clear()
        async with far(answering(*replies)) as server, client(sleep=sleep) as out:
            await out.send(get(server.url, again=True, pauses=(1, 2, 4)))
            assert len(server.requests) == len(replies)
        assert [pause <= most for pause, most in zip(slept, pauses, strict=True)] == [True] * len(pauses)
    slept.clear()
    async with far(answering(busy)) as server, client(bounds=Bounds(seconds=2), sleep=sleep) as out:
        assert (await out.send(get(server.url, again=True, pauses=(1, 2, 4)))).status == 429  # with no time for one
        assert slept == []


async def test_a_key_goes_no_faster_than_its_pace() -> None:
    slow = (0.001, 2)
    async with far(answering(OK)) as server, client() as out:
        for _ in range(2):
            await out.send(get(server.url, pace=slow))
        with pytest.raises(NotSent) as error:
            await out.send(get(server.url, pace=slow))
        assert error.value.status == 429
        assert error.value.retry_after is not None
        assert error.value.retry_after > 900
        await out.send(get(server.url, pace=slow, key="other"))
        assert len(server.requests) == 3
    async with far(answering(OK)) as server, client(paced=False) as out:
        for _ in range(4):
            await out.send(get(server.url, pace=slow))


async def test_what_keeps_failing_is_left_alone() -> None:
    async with far(reset_at_once) as server, client() as out, far(answering(OK)) as well:
        for _ in range(FAILURES):
            with pytest.raises(Torn):
                await out.send(post(server.url))
        with pytest.raises(NotSent) as error:
            await out.send(post(server.url))
        assert error.value.status == 503
        assert error.value.retry_after is not None
        assert server.connections == FAILURES
        assert (await out.send(get(well.url, key="other"))).status == 200
    async with far(answering(answer(503))) as server, client(breaks=False) as out:
        for _ in range(FAILURES + 3):
            assert (await out.send(post(server.url))).status == 503


@pytest.mark.parametrize("behave", [flood, answering(answer(302, b"")), many_headers])
async def test_an_answer_that_cannot_be_taken_is_no_failure(behave: Any) -> None:
    async with far(behave) as server, client() as out:
        for _ in range(FAILURES + 1):
            with pytest.raises(Torn):
                await out.send(get(server.url))


async def test_a_stream_lets_others_in_as_soon_as_it_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dayline.kit.breaker.SECONDS", 0.0)
    async with far(reset_at_once) as bad, far(dribble) as slow, far(answering(OK)) as well, client() as out:
        for _ in range(FAILURES):
            with pytest.raises(Torn):
                await out.send(post(bad.url))
        async with out.stream(get(slow.url)):
            assert (await out.send(get(well.url))).status == 200


async def test_one_key_cannot_take_every_connection() -> None:
    bounds = Bounds(seconds=1, each=2, connections=3)
    async with far(hang) as slow, far(answering(OK)) as well, client(bounds=bounds) as out:
        stuck = [asyncio.create_task(out.send(post(slow.url))) for _ in range(6)]
        assert (await out.send(get(well.url, key="other"))).status == 200
        ends = await asyncio.gather(*stuck, return_exceptions=True)
        assert [type(end) for end in ends].count(Torn) == 2
        assert [type(end) for end in ends].count(NotSent) == 4  # they never left, and that is known
        assert len(slow.requests) == 2


async def test_a_stream_comes_in_parts() -> None:
    go_on = asyncio.Event()

    async def parts(line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n")
        await line.send(b"3\r\none\r\n")
        await go_on.wait()
        await line.send(b"3\r\ntwo\r\n0\r\n\r\n")

    async with far(parts) as server, client() as out, out.stream(get(server.url)) as streamed:
        assert (streamed.status, streamed.media_type) == (200, "text/csv")
        first = await anext(streamed.parts)
        go_on.set()
        assert [first, *[part async for part in streamed.parts]] == [b"one", b"two"]


@pytest.mark.parametrize("behave", [dribble, hang])
async def test_a_stream_has_its_deadline(behave: Any) -> None:
    async with far(behave) as server, client(bounds=SHORT) as out:
        with pytest.raises(Torn, match="in time"):
            await _take(out, server.url, [0])


async def test_a_stream_has_its_ceiling() -> None:
    async with far(flood) as server, client(bounds=Bounds(streamed=300_000)) as out:
        taken = [0]
        with pytest.raises(Torn, match="longer than 300,000"):
            await _take(out, server.url, taken)
        assert 200_000 < taken[0] <= 300_000


async def _take(out: Client, url: str, taken: list[int]) -> None:
    async with out.stream(get(url)) as streamed:
        async for part in streamed.parts:
            taken[0] += len(part)


class Names:
    """A resolver that tells what it is told to, one look after the other."""

    def __init__(self, *looks: Sequence[str]) -> None:
        self.looks, self.asked = list(looks), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


@pytest.fixture
async def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection was tried to; none is made."""
    tried: list[str] = []

    async def connect(_: object, __: object, host: str, *___: object) -> None:
        tried.append(host)
        raise OSError

    monkeypatch.setattr(type(asyncio.get_running_loop()), "create_connection", connect)
    return tried


async def test_a_name_is_looked_up_once_and_that_address_is_called(dialled: list[str]) -> None:
    names = Names(["93.184.215.14"], ["127.0.0.1"])
    async with client(resolve=names) as out:
        with pytest.raises(NotSent, match="No connection"):
            await out.send(get("https://vendor.example/"))
        assert (names.asked, dialled) == (1, ["93.184.215.14"])
        # On the second look it is private: the same request, sent again by itself, goes nowhere.
        with pytest.raises(NotSent, match="not public"):
            await out.send(get("https://vendor.example/"))
        assert dialled == ["93.184.215.14"]


@pytest.mark.parametrize(
    "last", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fe80::1%lo"]
)
async def test_every_address_of_a_name_must_be_public(dialled: list[str], last: str) -> None:
    async with client(resolve=Names(["93.184.215.14", "2606:2800:21f::1", last])) as out:
        with pytest.raises(NotSent, match="not public"):
            await out.send(get("https://vendor.example/"))
    assert dialled == []


async def test_the_addresses_of_a_name_are_tried_in_turn(dialled: list[str]) -> None:
    async with client(resolve=Names(["93.184.215.14", "2606:2800:21f::1"])) as out:
        with pytest.raises(NotSent):
            await out.send(get("https://vendor.example/"))
    assert dialled == ["93.184.215.14", "2606:2800:21f::1"]


@pytest.mark.parametrize("behaviour", [[], None])
async def test_a_name_that_nobody_knows(behaviour: list[str] | None) -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        if behaviour is None:
            raise OSError
        return behaviour

    async with client(resolve=unknown) as out:
        with pytest.raises(NotSent):
            await out.send(get("https://vendor.example/"))


async def test_a_name_that_is_looked_up_for_ever() -> None:
    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(100)
        return []

    async with client(resolve=slow, bounds=Bounds(seconds=5, connecting=0.2)) as out:
        with pytest.raises(NotSent, match="looked up in time"):
            await out.send(get("https://vendor.example/"))


HOSTS = (
    *("127.0.0.1", "localhost", "LocalHost", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1"),
    *("017700000001", "0177.0.0.1", "0177.0x0.0.1", "127.0.0.1.", "0", "0.0.0.1", "00000177.1", "127.000.000.001"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:1::7f00:1]"),
    *("[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]"),
    *("[::ffff:0:127.0.0.1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[4000::1]", "[v1.a]"),
    *("169.254.169.254", "0xa9fea9fe", "2852039166", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"),
    *("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.1"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("user@127.0.0.1", "user:word@vendor.example", "vendor.example@127.0.0.1", "127.0.0.1%2f", "%31%32%37.0.0.1"),
    *(
        "\u2460\u2461\u2466.0.0.1",
        "127\u30020\u30020\u30021",
        "\u217d.example",
        "a b",
        "a\tb",
        "a\r\nb",
        "a\0b",
        "[",
        "]",
    ),
    *("", ".", "..", "-", "a..b", "a" * 64, "a.0", "a.0x1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "metadata.internal"),
)


async def test_nowhere_that_is_not_public_is_ever_connected_to() -> None:
    names = {"metadata.internal": "169.254.169.254"}

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [names.get(host, "127.0.0.1")]  # whatever is asked for leads home

    async with far(answering(OK)) as server, client(Allowed(), resolve=resolve) as out:
        ports = ("", f":{server.port}")
        urls = [f"{scheme}://{host}{port}/x" for scheme in ("https", "http") for host in HOSTS for port in ports]
        urls += [f"{scheme}://127.0.0.1:{server.port}/" for scheme in ("ftp", "file", "gopher", "ws", "javascript", "")]
        urls += [f"//127.0.0.1:{server.port}", f"https:127.0.0.1:{server.port}", "https://vendor.example:99999/"]
        urls += [
            f"https://vendor.example#@127.0.0.1:{server.port}/",
            f"https://vendor.example\\@127.0.0.1:{server.port}/",
        ]
        assert len(urls) > 200
        for number, url in enumerate(urls):
            with pytest.raises(NotSent):
                await out.send(get(url, key=str(number)))
        assert server.connections == 0


async def test_an_operator_allows_one_host_at_one_port() -> None:
    async with far(answering(OK)) as server, far(answering(OK)) as other:
        async with client(Allowed.parse(f"127.0.0.1:{server.port}")) as out:
            assert (await out.send(get(server.url))).status == 200
            with pytest.raises(NotSent):
                await out.send(get(other.url))
        async with client(Allowed.parse(f"sandbox.test:{server.port}"), resolve=Names(["127.0.0.1"])) as out:
            assert (await out.send(get(f"http://sandbox.test:{server.port}/"))).status == 200
            with pytest.raises(NotSent):
                await out.send(get(f"http://other.test:{server.port}/"))
        assert other.connections == 0


async def test_the_name_goes_with_the_address_that_was_checked(tmp_path: Path) -> None:
    asked: list[str | None] = []
    at_home, trusting = certificate(tmp_path, "vendor.example")
    at_home.sni_callback = lambda _, name, __: asked.append(name)
    names = Names(["127.0.0.1"])
    async with far(answering(OK), tls=at_home) as server:
        allowed = Allowed.parse("127.0.0.0/8")
        async with client(allowed, resolve=names, tls=trusting) as out:
            got: Got = await out.send(get(f"https://vendor.example:{server.port}/"))
            assert (got.status, asked) == (200, ["vendor.example"])
            assert f"Host: vendor.example:{server.port}".encode() in server.requests[0]
            with pytest.raises(NotSent):  # the certificate is another's
                await out.send(get(f"https://other.example:{server.port}/"))
            with pytest.raises(NotSent, match="https only"):
                await out.send(get(f"http://vendor.example:{server.port}/"))
        async with client(allowed, resolve=names, tls=ssl.create_default_context()) as out:
            with pytest.raises(NotSent):  # nobody that is trusted says so
                await out.send(get(f"https://vendor.example:{server.port}/"))
        assert len(server.requests) == 1


def test_a_server_that_calls_nobody_does_not_load_what_it_takes() -> None:
    code = "import sys, dayline.app; sys.exit(any(name.startswith(('httpx', 'httpcore')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
