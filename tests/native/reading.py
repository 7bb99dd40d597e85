"""Readers of the change log: page by page, and of a stream as a browser reads it. They must leave nothing out."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx2
from msgspec import Struct

from tests.native.problems import ACTIVITIES

CHANGES: Final = "/dayline/v1/changes"
STREAM: Final = f"{CHANGES}/stream"


class Event(Struct, frozen=True):
    """One event of a stream."""

    id: str
    type: str
    data: dict[str, Any]


class Listener:
    """Reads a stream, event by event, as a browser does."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer, self._lines = answer, answer.iter_lines()

    def next(self) -> Event | None:
        """The next event; None when the stream has ended."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in fields:
                return Event(fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"]))
            name, _, value = line.partition(": ")
            fields[name] = value
        return None

    def until(self, type_: str) -> Event:
        """The next event of this type."""
        while (event := self.next()) is not None:
            if event.type == type_:
                return event
        raise AssertionError(f"the stream ended before {type_}")

    def rest(self) -> list[Event]:
        """All that comes until it ends."""
        return list(iter(self.next, None))


@contextmanager
def listening(client: httpx2.Client, *, last: str = "", **query: str) -> Iterator[Listener]:
    headers = {"Last-Event-ID": last} if last else {}
    with client.stream("GET", STREAM, params=query, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        yield Listener(answer)


def read(client: httpx2.Client, **query: int | str) -> dict[str, Any]:
    answer = client.get(CHANGES, params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def now(client: httpx2.Client) -> int:
    return int(read(client, since="latest")["next"])


def walk(client: httpx2.Client, since: int, limit: int = 100) -> Iterator[dict[str, Any]]:
    """Every change from a cursor on, page by page."""
    more = True
    while more:
        page = read(client, since=since, limit=limit)
        since, more = page["next"], page["more"]
        yield from page["data"]


def types(told: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in told]


def make(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(ACTIVITIES, json={"type": "call", "subject": "First"} | fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def one(activity: dict[str, Any]) -> str:
    return f"{ACTIVITIES}/{activity['id']}"


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so; fail when it takes too long."""
    ends = time.monotonic() + 20
    while not done():
        assert time.monotonic() < ends
        time.sleep(0.01)
