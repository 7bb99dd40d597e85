"""Somebody who calls a vendor's sandbox through its connector, by a plain HTTP client; what all contracts start from.

What is proved so is the connector, not our way out.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar, TypeAlias

import httpx2
import msgspec
import pytest
from msgspec import Struct

from dayline.remote.connector import (
    Answer,
    Connection,
    Connector,
    NewNote,
    Outbound,
    RemoteActivity,
    RemotePage,
    Visibility,
    Wanted,
)
from dayline.remote.sandbox import FaultName, Received, Sandbox
from dayline.remote.standing import standing
from tests.plain import NO_TLS

Json: TypeAlias = Any
WHEN = 1_782_974_189_042  # 2026-07-02T06:36:29.042Z
VISIBILITIES: tuple[Visibility, ...] = ("public", "private", "admin_only")
ODD_IDS = (
    "",
    ".",
    "..",
    "../users",
    "a/b",
    "a%2Fb",
    "a?b=c",
    "a#b",
    "a b",
    "é/ß",
    "名",
    "\x00",
    "\n",
    "1" * 400,
    "-1",
    "1.0",
)
ODD_TEXTS = (
    " leading, and trailing ",
    "two\nlines\r\nand a tab\t.",
    "<b>bold</b> <script>alert(1)</script> & &amp; <",
    '"quoted" \\ {"json": true}',
    "Zoë Łukasiewicz 名 🦉 e\u0301",
    "long " * 5_000,
)
ODD_DOCUMENTS: tuple[Json, ...] = (
    None,
    True,
    7,
    "text",
    [],
    {},
    [[]],
    [None],
    {"data": None},
    {"results": 3},
    {"error": {}},
)


class World(Struct, frozen=True):
    """A sandbox that runs, and somebody who calls it."""

    sandbox: Sandbox
    connection: Connection
    client: httpx2.Client

    def ask(self, outbound: Outbound) -> Answer:
        """Send it as it is, and read what comes back as whoever calls a connector does."""
        response = self.client.request(
            outbound.method,
            self.connection.base_url + outbound.path,
            params=outbound.query or None,
            headers=list(outbound.headers),
            json=outbound.body,
        )
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
        return answer_of(response.status_code, response.content, media_type, headers)

    def without_secrets(self, **changed: str) -> "World":
        """The same with another context."""
        context = {**self.connection.context, **changed}
        return World(self.sandbox, Connection("ia", self.connection.base_url, context), self.client)


def answer_of(
    status: int, body: bytes, media_type: str = "application/json", headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """An answer as it is handed to a connector: what does not call itself JSON is no document."""
    document = None
    with suppress(msgspec.DecodeError):
        document = msgspec.json.decode(body) if media_type.endswith("json") else None
    return Answer(status=status, headers=headers, media_type=media_type, body=body, document=document)


class Calling(ABC):
    """What a vendor's test says of its vendor, and what every test of a connector does."""

    connector: ClassVar[Connector]
    reads_back: ClassVar[
        Mapping[Visibility, Visibility | None]
    ]  # None: the vendor has no such thing, and it is refused
    keeps_created_at: ClassVar[bool]
    keeps_body: ClassVar[bool] = True  # a note's text is read back as it was written
    most: ClassVar[int] = 100  # on a page
    unknown_status: ClassVar[int] = 404  # our status for a candidate whom the vendor does not know
    statuses: ClassVar[Mapping[FaultName, int]] = {"401": 401, "403": 403, "429": 429, "500": 500, "503": 503}

    @abstractmethod
    def sandbox(self) -> Sandbox:
        """A new sandbox of this vendor."""

    @abstractmethod
    def unknown(self) -> str:
        """The id of a candidate whom nobody knows, of the right form."""

    @abstractmethod
    def documented(self, note: NewNote, request: Received) -> None:
        """Assert that this is the request that the vendor documents for such a note, in every part of it."""

    @pytest.fixture
    def world(self) -> Iterator[World]:
        sandbox = self.sandbox()
        with standing(sandbox) as url, httpx2.Client(timeout=10, verify=NO_TLS) as client:
            yield World(sandbox, Connection("ia", url, sandbox.context()), client)

    def someone(self, world: World) -> str:
        """A candidate without notes."""
        return world.sandbox.candidates()[-1].id

    def note(self, world: World, **fields: Any) -> NewNote:
        return NewNote(**{"candidate_id": self.someone(world), "body": "Phone screen went well", **fields})

    def create(self, world: World, note: NewNote) -> RemoteActivity:
        answer = world.ask(self.connector.create(world.connection, note))
        assert self.connector.refusal(answer) is None, answer.body
        return self.connector.created(answer, note)

    def page(self, world: World, wanted: Wanted) -> RemotePage:
        answer = world.ask(self.connector.list(world.connection, wanted))
        assert self.connector.refusal(answer) is None, answer.body
        return self.connector.listed(answer, wanted)

    def all(self, world: World, limit: int | None = None) -> list[RemoteActivity]:
        """Every note of the candidate, by following the cursors to the end."""
        items: list[RemoteActivity] = []
        cursor: str | None = None
        for _ in range(100):
            page = self.page(world, Wanted(candidate_id=self.someone(world), limit=limit, cursor=cursor))
            items += page.items
            cursor = page.cursor
            if cursor is None:
                return items
        raise AssertionError("the pages never end")
