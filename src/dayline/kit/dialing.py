"""One exchange with another server, over httpcore2: it connects to the address that was checked, and to no other.

The client loads it with the first call, so that a server that calls nobody does without. It must never follow, repeat
or keep anything: it gives the head of an answer and its parts as they come.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any
from urllib.parse import SplitResult

import httpcore2
from httpcore2 import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream
from msgspec import Struct

from dayline.kit.addresses import Allowed, NotAllowed, address_of
from dayline.kit.cable import connect

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MOST_HEADERS = 200
HEADER_BYTES = 64 << 10
_KEPT = 32  # connections without a request
_KEPT_SECONDS = 4.0  # many a server ends an idle connection after five, and a write must not meet that moment
_PIECE = 64 << 10
_GZIP = 16 + zlib.MAX_WBITS
_GARBLED = "The answer's compression is broken"

CANNOT_CONNECT = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.LocalProtocolError)
TORN = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException)


class Broken(Exception):
    """An answer that cannot be taken; the message says what is wrong with it."""


class TooLong(Broken):
    """An answer that is longer than the ceiling."""


class Progress(Struct):
    """How far an exchange has come: whether a byte of the request may have left."""

    sent: bool = False

    async def __call__(self, event: str, _: dict[str, Any]) -> None:
        """Be told of an event by httpcore2."""
        if event == "http11.send_request_headers.started":
            self.sent = True


class Head(Struct, frozen=True):
    """The beginning of an answer, with header names in lower case; ``parts`` are of the body, inflated."""

    status: int
    headers: tuple[tuple[str, str], ...]
    parts: AsyncGenerator[bytes]

    def header(self, name: str) -> str:
        """The last header of this name, or nothing."""
        return next((value for key, value in reversed(self.headers) if key == name), "")


def trusted() -> ssl.SSLContext:
    """Whom to believe in TLS: the authorities that this machine's libraries know."""
    return httpcore2.default_ssl_context()


class Wires:
    """The open connections."""

    def __init__(self, dialer: "Dialer", connections: int, tls: ssl.SSLContext) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=_KEPT,  # each request looks at all that are kept
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=dialer,
        )

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: SplitResult,
        headers: Sequence[tuple[str, str]],
        body: bytes | None,
        progress: Progress,
        ceiling: int,
    ) -> AsyncIterator[Head]:
        """Send a request, and give what comes back, of which no more than ``ceiling`` bytes are taken.

        Raises Broken, NotAllowed, and what httpcore2 raises: CANNOT_CONNECT before, TORN later.
        """
        request = httpcore2.Request(
            method,
            url.geturl(),
            headers=_headers(url, headers, body),
            content=body,
            extensions={"trace": progress},
        )
        response = await self._pool.handle_async_request(request)
        try:
            head = _head(response, ceiling)
            async with aclosing(head.parts):
                yield head
        finally:
            await response.aclose()

    async def close(self) -> None:
        """End every connection."""
        await self._pool.aclose()


class Dialer(AsyncNetworkBackend):
    """Connects to a host: looks it up once, checks every answer, and connects to one of those."""

    def __init__(self, allowed: Allowed, resolve: Resolve | None, seconds: float) -> None:
        """``seconds`` are for the looking up, and then for each address."""
        self._allowed, self._resolve, self._seconds = allowed, resolve or _resolve, seconds

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect. Raises NotAllowed, and ConnectError where nobody answers."""
        addresses = await self._look_up(host, port)
        self._allowed.check(host, port, addresses)
        last = addresses[-1]
        for address in addresses[:-1]:
            try:
                return await connect(address, port, self._seconds)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await connect(last, port, self._seconds)

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        bare = host.removeprefix("[").removesuffix("]")
        if address_of(bare) is not None:
            return [bare]
        try:
            async with asyncio.timeout(self._seconds):
                return list(await self._resolve(host, port))
        except TimeoutError:
            raise NotAllowed(f"{host} could not be looked up in time.") from None
        except OSError:
            raise NotAllowed(f"{host} is not known to the name servers.") from None

    async def sleep(self, seconds: float) -> None:
        """Wait; httpcore2 does so between its own retries, of which there are none."""
        await asyncio.sleep(seconds)


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _headers(url: SplitResult, given: Sequence[tuple[str, str]], body: bytes | None) -> list[tuple[bytes, bytes]]:
    own = [("Host", url.netloc), ("Accept-Encoding", "gzip"), ("User-Agent", "Dayline")]
    if body is not None:
        own.append(("Content-Length", str(len(body))))
    theirs = {name.lower() for name, _ in given}
    every = [*(one for one in own if one[0].lower() not in theirs), *given]
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in every]
    except UnicodeEncodeError:
        raise NotAllowed("A header has characters that no request can carry.") from None


def _head(response: httpcore2.Response, ceiling: int) -> Head:
    if len(response.headers) > MOST_HEADERS or sum(len(n) + len(v) for n, v in response.headers) > HEADER_BYTES:
        raise Broken("The answer has more headers than can be taken")
    headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in response.headers)
    head = Head(response.status, headers, _bounded(response.aiter_stream(), ceiling))
    encoding = head.header("content-encoding").strip().lower()
    if encoding in ("", "identity"):
        return head
    if encoding not in ("gzip", "x-gzip"):
        raise Broken("The answer is encoded in a way that was not asked for")
    return Head(response.status, headers, _bounded(_inflated(head.parts), ceiling))


async def _bounded(parts: AsyncGenerator[bytes], ceiling: int) -> AsyncGenerator[bytes]:
    taken = 0
    async with aclosing(parts):
        async for part in parts:
            taken += len(part)
            if taken > ceiling:
                raise TooLong(f"The answer is longer than {ceiling:,} bytes")
            yield part


async def _inflated(parts: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Inflate in small pieces: a few bytes of a hostile answer stand for thousands each."""
    inflater = zlib.decompressobj(_GZIP)
    async with aclosing(parts):
        async for part in parts:
            for piece in _pieces(inflater, part):
                yield piece
            if inflater.unused_data:
                break
    for piece in _pieces(inflater, b""):
        yield piece
    if not inflater.eof or inflater.unused_data:
        raise Broken(_GARBLED)


def _pieces(inflater: "zlib._Decompress", part: bytes) -> Iterator[bytes]:
    try:
        while piece := inflater.decompress(part, _PIECE):
            yield piece
            part = inflater.unconsumed_tail
    except zlib.error:
        raise Broken(_GARBLED) from None
