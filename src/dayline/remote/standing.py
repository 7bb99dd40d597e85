"""Puts a sandbox behind a loopback port: in a thread, in a task, or until a signal; and obeys its faults on the wire.

It must never listen anywhere but on loopback, and never keep a stop waiting, whatever hangs.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from email.utils import formatdate
from typing import Final

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from dayline.kit import wire
from dayline.kit.connection import Connection
from dayline.kit.dialect import Refused
from dayline.kit.server import Config, ServerState
from dayline.remote.sandbox import Fault, Received, Reply, Sandbox, reply_json

LOOPBACK: Final = "127.0.0.1"
BODY_LIMIT: Final = 8 << 20  # bytes
TOO_BIG: Final = 64 << 20  # bytes of the answer that goes on and on
HANG_SECONDS: Final = 300.0
_CONTROL: Final = "/_sandbox/"
_PIECE: Final = b" " * (64 << 10)
_DROP_SECONDS: Final = 0.05
_HTML: Final = ("content-type", "text/html; charset=utf-8")
_PAGE: Final = b"<!doctype html><title>Just a moment</title><p>Checking your browser."


class _Line(Connection):
    """A connection that the application may cut."""

    def on_headers_complete(self) -> None:
        self.scope["state"]["cut"] = self.transport.abort
        super().on_headers_complete()


class _Shown(msgspec.Struct):
    """A request as ``GET /_sandbox/requests`` tells it."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str
    fault: str


class Standing:
    """A sandbox as an ASGI application."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await _received(scope, receive)
        except ClientDisconnect:
            return
        except Refused as refused:
            await _send(send, reply_json(refused.failure.status, {"error": refused.failure.message}))
            return
        if request.path.startswith(_CONTROL):
            await _send(send, self._control(request))
            return
        fault, reply = self._sandbox.take(request)
        await _Wire(scope, receive, send, request).play(fault, reply)

    def _control(self, request: Received) -> Reply:
        match request.method, request.path.removeprefix(_CONTROL):
            case "POST", "faults":
                return self._order(request.body)
            case "POST", "reset":
                self._sandbox.reset()
                return Reply(204, headers=())
            case "GET", "requests":
                return reply_json(200, [_shown(one) for one in self._sandbox.requests])
            case "GET", "written":
                return reply_json(200, self._sandbox.written)
        return reply_json(404, {"error": "POST faults or reset, GET requests or written"})

    def _order(self, body: bytes) -> Reply:
        try:
            self._sandbox.order(msgspec.json.decode(body, type=Fault))
        except msgspec.DecodeError as error:
            return reply_json(400, {"error": str(error)})
        return Reply(204, headers=())


class _Wire:
    """One answer on its way out, with what shall go wrong on it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, request: Received) -> None:
        self._cut: Callable[[], None] = scope["state"]["cut"]
        self._receive, self._send, self._request = receive, send, request

    async def play(self, fault: Fault, reply: Reply | None) -> None:
        """Send the reply as the fault has it; without a reply there is nothing but the fault."""
        match fault.fault, reply:
            case (("hang" | "hang_after_write"), _):
                await self._gone(HANG_SECONDS)
                await self._tear()
            case (("torn_before" | "torn_after_write"), _):
                await self._tear()
            case "redirect", _:
                await _send(self._send, self._elsewhere())
            case _, None:
                raise AssertionError(fault.fault)
            case "torn_midway", reply:
                await self._send(_start(reply, len(reply.body)))
                await self._send(_body(reply.body[: len(reply.body) // 2], more=True))
                await self._tear()
            case "slow", reply:
                await self._drip(reply, fault.seconds)
            case "too_big", reply:
                await self._flood(reply)
            case "wrong_content_type", reply:
                await _send(self._send, msgspec.structs.replace(reply, headers=_renamed(reply, _HTML)))
            case "not_json", reply:
                await _send(self._send, msgspec.structs.replace(reply, body=_PAGE))
            case _, reply:
                await _send(self._send, reply)

    async def _drip(self, reply: Reply, seconds: float) -> None:
        await self._send(_start(reply, len(reply.body)))
        size = -(-len(reply.body) // max(1, int(seconds / _DROP_SECONDS))) or 1
        drops = range(0, len(reply.body), size)
        for place in drops:
            if await self._gone(seconds / len(drops)):
                return
            await self._send(_body(reply.body[place : place + size], more=True))
        await self._send(_body(b""))

    async def _flood(self, reply: Reply) -> None:
        """Spaces without end after a good beginning: only who counts finds out."""
        await self._send(_start(reply, None))
        await self._send(_body(reply.body, more=True))
        for _ in range(TOO_BIG // len(_PIECE)):
            if await self._gone(0):
                return
            await self._send(_body(_PIECE, more=True))
        await self._send(_body(b""))

    async def _gone(self, seconds: float) -> bool:
        """Whether the client goes away within so long."""
        waiting = asyncio.ensure_future(self._receive())
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
        waiting.cancel()
        return bool(done)

    async def _tear(self) -> None:
        self._cut()
        await self._receive()  # until it is known to be cut: an application that ends sooner would be answered for

    def _elsewhere(self) -> Reply:
        place = f"http://{self._request.header('host')}/elsewhere?token=must-not-be-told"
        return Reply(302, headers=(("location", place), ("content-length", "0")))


async def _received(scope: Scope, receive: Receive) -> Received:
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    body = await wire.read_limited(receive, BODY_LIMIT)
    return Received(scope["method"], target.decode("latin-1"), headers, body)


def _shown(request: Received) -> _Shown:
    text = request.body.decode("utf-8", "backslashreplace")
    return _Shown(request.method, request.target, request.headers, text, request.fault)


def _renamed(reply: Reply, kind: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (kind, *(header for header in reply.headers if header[0] != "content-type"))


def _start(reply: Reply, length: int | None) -> Message:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    headers.append((b"date", formatdate(usegmt=True).encode()))  # a vendor's clock is worth looking at
    if length is not None and reply.status != 204 and all(name != b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(length).encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


def _body(piece: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


async def _send(send: Send, reply: Reply) -> None:
    await send(_start(reply, len(reply.body)))
    await send(_body(reply.body))


@asynccontextmanager
async def stand(sandbox: Sandbox, port: int = 0) -> AsyncIterator[str]:
    """Serve on this task's loop, and give the base URL that a connector needs. At the end every connection is cut.

    Raises OSError where the port is taken.
    """
    config = Config(
        Standing(sandbox), lifespan="off", ws="none", log_config=None, access_log=False, server_header=False
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    # By its address and not by a socket of ours: so the loop knows that it is TCP, and sends small pieces at once.
    server = await loop.create_server(lambda: _Line(config, state, {}), LOOPBACK, port, backlog=2048)
    try:
        yield f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}{sandbox.base_path}"
    finally:
        server.close()
        for line in list(state.connections):
            line.transport.abort()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=5)


@contextmanager
def standing(sandbox: Sandbox, port: int = 0) -> Iterator[str]:
    """Serve from a thread of its own, and give the base URL that a connector needs. Raises OSError."""
    opened: Future[tuple[str, Callable[[], object]]] = Future()

    async def live() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with stand(sandbox, port) as url:
                opened.set_result((url, lambda: loop.call_soon_threadsafe(stop.set)))
                await stop.wait()
        except OSError as error:
            opened.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    url, end = opened.result(30)
    try:
        yield url
    finally:
        end()
        thread.join(30)


def serve(sandbox: Sandbox, port: int, opened: Callable[[str], object]) -> None:
    """Serve until SIGTERM or SIGINT; ``opened`` is told the base URL once connections are accepted. Raises OSError."""

    async def live() -> None:
        stop = asyncio.Event()
        for told in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(told, stop.set)
        async with stand(sandbox, port) as url:
            opened(url)
            await stop.wait()

    asyncio.run(live())
