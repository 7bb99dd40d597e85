"""A worker over the store of a test, and receivers that remember what they were sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from dayline.app import FACES, TASKS
from dayline.domain.webhook import NewWebhook, Webhook
from dayline.events.worker import Worker
from dayline.kit.addresses import Allowed
from dayline.kit.client import Bounds, Client
from dayline.native.webhooks.face import SECRET
from dayline.service import Service
from dayline.service.webhooks import new_signing_secret
from tests.cast import Person
from tests.events.receiver import Receiver, receiver

Working = Callable[..., AbstractAsyncContextManager[Worker]]


@pytest.fixture
def working(service: Service) -> Working:
    """Has a worker at work for the time of a block."""

    @asynccontextmanager
    async def at_work(
        *, seconds: float = 5.0, lease_seconds: float = 60.0, faces: Any = FACES, tasks: Any = TASKS
    ) -> AsyncIterator[Worker]:
        bounds = Bounds(seconds=seconds, streaming=seconds, connections=256, each=4)
        client = Client(Allowed.parse("127.0.0.1"), bounds=bounds, paced=False, breaks=False)
        worker = Worker(service, client, faces, tasks, lease_seconds=lease_seconds)
        service.store.listeners.append(worker.written)
        worker.start()
        try:
            yield worker
        finally:
            await worker.stop()

    return at_work


@pytest.fixture
async def ear() -> AsyncIterator[Receiver]:
    """Somebody who is told, and says so."""
    async with receiver() as made:
        yield made


async def listen(service: Service, who: Person, url: str, **fields: Any) -> Webhook:
    """Make a webhook in Dayline's own words."""
    given = {"face": "dayline", "url": url, "secrets": {SECRET: new_signing_secret()}, **fields}
    return await service.webhooks.create(who.principal, NewWebhook(**given), lambda made: made)


async def until(done: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Wait until something is so; fail when it takes too long."""
    async with asyncio.timeout(seconds):
        while True:
            found = done()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
