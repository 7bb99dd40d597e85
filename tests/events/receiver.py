"""A small real server that is told: it keeps what it was sent, and answers as a test has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

from tests.kit.far import Line, far


class Heard(Struct, frozen=True):
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")


class Receiver:
    """Answers 204, or what ``answers`` has for it first."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[bytes] = []
        self.url = ""
        self.open = asyncio.Event()
        self.open.set()

    async def behave(self, line: Line) -> None:
        head, _, body = line.request.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
        self.heard.append(Heard(first.split(" ")[1], headers, body))
        await self.open.wait()
        await line.send(self.answers.pop(0) if self.answers else b"HTTP/1.1 204 No Content\r\n\r\n")

    @property
    def ids(self) -> list[str]:
        return [heard.id for heard in self.heard]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listen on a free port of loopback."""
    made = Receiver()
    async with far(made.behave) as server:
        made.url = f"{server.url}/hook"
        yield made
