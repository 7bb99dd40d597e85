"""Answers that come in parts: they end where they should, and what they hold open is let go in any case."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from dayline.kit.dialect import Reply
from dayline.kit.wire import send_reply


class Pipe:
    """Both ends of a connection: what was sent, and whether the client is still there."""

    def __init__(self, *, gone: bool = False) -> None:
        self.sent: list[Any] = []
        self._gone = gone

    async def receive(self) -> Any:
        if not self._gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        await asyncio.sleep(0)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def ended(self) -> bool:
        return not self.sent[-1].get("more_body", False)


class Tap:
    """Parts that say whether they were let go."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.closed, self._breaks = False, breaks

    async def parts(self) -> AsyncGenerator[bytes]:
        try:
            yield b""
            yield b"one"
            if self._breaks:
                raise OSError("it is broken")
            yield b"two"
        finally:
            self.closed = True


async def sent(tap: Tap, pipe: Pipe, *, head: bool = False) -> None:
    """Send an answer that has begun, as a handler gives it."""
    parts = tap.parts()
    await anext(parts)
    await send_reply(pipe.receive, pipe.send, Reply(200, stream=parts), "id", head=head)


async def test_a_whole_stream() -> None:
    tap, pipe = Tap(), Pipe()
    await sent(tap, pipe)
    assert (pipe.body, pipe.ended, tap.closed) == (b"onetwo", True, True)
    assert b"content-length" not in dict(pipe.sent[0]["headers"])


async def test_to_head_a_stream_has_no_body() -> None:
    tap, pipe = Tap(), Pipe()
    await sent(tap, pipe, head=True)
    assert (pipe.body, pipe.ended, tap.closed) == (b"", True, True)


async def test_a_stream_that_breaks_has_no_end() -> None:
    tap, pipe = Tap(breaks=True), Pipe()
    with pytest.raises(OSError, match="broken"):
        await sent(tap, pipe)
    assert (pipe.body, pipe.ended, tap.closed) == (b"one", False, True)


async def test_a_stream_that_nobody_reads_is_let_go() -> None:
    tap, pipe = Tap(), Pipe(gone=True)
    await asyncio.wait_for(sent(tap, pipe), 5)
    assert tap.closed
    assert b"two" not in pipe.body
