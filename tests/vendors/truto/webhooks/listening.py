"""A receiver in a thread of its own, and what it checks of all that it is sent; nothing here asks the program."""

import asyncio
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.events.receiver import Heard, Receiver, receiver

HOOKS = "/webhook"
SECONDS = 30.0


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver that hears while the test calls."""
    ready, made = threading.Event(), list[Any]()

    async def live() -> None:
        over = asyncio.Event()
        async with receiver() as one:
            made[:] = (one, asyncio.get_running_loop(), over)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    assert ready.wait(SECONDS)
    one, loop, over = made
    try:
        yield one
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(SECONDS)


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so; fail when it takes too long."""
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def of(heard: list[Heard], webhook: Any) -> list[Heard]:
    """What was sent to a webhook."""
    return [one for one in heard if one.json["webhook_id"] == webhook["id"]]


def verified(heard: Heard, webhook: Any) -> Any:
    """The event, when it is signed with the webhook's secret over the very bytes, and is as Truto documents it."""
    expected = hmac.new(webhook["secret"].encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["x-truto-signature"] == f"format=sha256,v={expected}"
    assert heard.headers["user-agent"] == "truto"
    assert heard.headers["content-type"] == "application/json"
    event = heard.json
    assert set(event) == {"id", "event", "payload", "environment_id", "webhook_id", "created_at"}
    assert (event["webhook_id"], event["environment_id"]) == (webhook["id"], webhook["environment_id"])
    assert len(event["created_at"]) == len("2024-09-10 12:00:00")
    return event


def hook(client: httpx2.Client, url: str, *types: str, **fields: Any) -> Any:
    """Make a webhook."""
    answer = client.post(HOOKS, json={"target_url": url, "event_types": list(types)} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()
