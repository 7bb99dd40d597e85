"""The bytes of one connection to another server, over asyncio alone, as httpcore2 wants them.

It writes when an answer is waited for, so that the head and body of a request leave together, and it sees at once when
an idle connection ends. It must never hold more of an answer than was asked for, but for what one read brings.
"""

import asyncio
import ssl
from typing import Any, Final, cast

import httpcore2

HELD: Final = 64 << 10  # bytes that wait to be written, or to be read before no more are taken


class Cable(asyncio.Protocol, httpcore2.AsyncNetworkStream):
    """One connection. Its methods raise ReadError, WriteError and ConnectError of httpcore2."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._came = bytearray()
        self._held = bytearray()
        self._ended = False
        self._error: BaseException | None = None
        self._news: asyncio.Future[None] | None = None  # that somebody waits for
        self._room = asyncio.Event()
        self._room.set()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Write what is held, and wait for what comes; nothing at the end."""
        await self._flush()
        while not self._came and not self._ended:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        if not self._came and self._error is not None:
            raise httpcore2.ReadError(str(self._error)) from self._error
        part = bytes(self._came[:max_bytes])
        del self._came[:max_bytes]
        if not self._ended and len(self._came) <= HELD:
            self._wire.resume_reading()
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Hold these bytes until an answer is waited for, or they are many."""
        self._held += buffer
        if len(self._held) > HELD:
            await self._flush()

    async def _flush(self) -> None:
        if not self._held:
            return
        if self._ended:
            raise httpcore2.WriteError("The connection has ended.")
        held, self._held = self._held, bytearray()
        self._wire.write(held)
        await self._room.wait()

    async def aclose(self) -> None:
        """End the connection."""
        self._wire.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """Go on under TLS, as a client of this name."""
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(self._wire, self, ssl_context, server_hostname=server_hostname)
        except (OSError, ssl.SSLError) as error:
            self._wire.abort()
            raise httpcore2.ConnectError(str(error)) from error
        if upgraded is None:
            raise httpcore2.ConnectError("The connection ended during the handshake.")
        self._transport = upgraded
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore2 asks for; whether an idle connection has ended, above all."""
        if info == "is_readable":
            return self._ended or bool(self._came)
        return self._wire.get_extra_info("ssl_object") if info == "ssl_object" else None

    @property
    def _wire(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be told of the connection by the loop."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Be told of what came; beyond what is wanted, no more is taken."""
        self._came += data
        if len(self._came) > HELD:
            self._wire.pause_reading()
        self._tell()

    def eof_received(self) -> bool:
        """Be told that no more comes."""
        self._ended = True
        self._tell()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Be told of the end."""
        self._ended, self._error = True, exc
        self._room.set()
        self._tell()

    def pause_writing(self) -> None:
        """Be told that the other side does not keep up."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Be told that it does again."""
        self._room.set()

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


async def connect(address: str, port: int, seconds: float) -> Cable:
    """Connect to an address. Raises ConnectError and ConnectTimeout."""
    try:
        async with asyncio.timeout(seconds):
            _, cable = await asyncio.get_running_loop().create_connection(Cable, address, port)
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpcore2.ConnectError(str(error)) from error
    return cable
