"""What webhooks are sent to while they are measured: a process of its own, with receivers of every kind by their path.

``/good`` answers at once; the others do what a receiver should not. It must never leave loopback.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec import Struct

_HEADERS: Final = "".join(f"x-{n}: {n}\r\n" for n in range(10_000)).encode()


class Heard(Struct):
    """What came to good receivers: how much, when first and last (seconds), and the seconds since each was written."""

    count: int = 0
    first: float = 0.0
    last: float = 0.0
    lags: list[float] = []


async def _hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def _dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def _redirect(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nlocation: /good/elsewhere\r\ncontent-length: 0\r\n\r\n")


async def _flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 No\r\ncontent-length: 10737418240\r\n\r\n")
    for _piece in range(10 * 2**14):
        writer.write(bytes(65_536))
        await writer.drain()


async def _headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + _HEADERS + b"\r\n")
    await writer.drain()


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _torn(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # In the head: whose status has come has taken the event, and is told of as many as a good one.
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-len")
    await writer.drain()
    writer.transport.abort()


HOSTILE: Final[dict[str, Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]]] = {
    "hang": _hang,
    "dribble": _dribble,
    "redirect": _redirect,
    "flood": _flood,
    "headers": _headers,
    "reset": _reset,
    "torn": _torn,
}


class Receivers:
    """All of them."""

    def __init__(self) -> None:
        self._heard = Heard()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answered(reader, writer):
                await writer.drain()
        writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b" ", 2)
        length = next((line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0")
        body = await reader.readexactly(int(length))
        kind = path.decode().split("/")[1]
        if kind in HOSTILE:
            await HOSTILE[kind](reader, writer)
            return False
        if method == b"POST":
            self._hear(body)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            return True
        told = msgspec.json.encode(self._heard)
        if method == b"DELETE":
            self._heard = Heard(lags=[])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(told) + told)
        return True

    def _hear(self, body: bytes) -> None:
        heard, now = self._heard, time.time()
        heard.count += 1
        heard.first, heard.last = heard.first or now, now
        event: Any = msgspec.json.decode(body)
        with suppress(ValueError, TypeError, KeyError):
            heard.lags.append(now - float(event["data"]["after"]["subject"]))


async def _main() -> None:
    server = await asyncio.start_server(Receivers().serve, "127.0.0.1", 0, limit=1 << 22)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
