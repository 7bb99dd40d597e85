"""A Dayline that may tell somebody on this machine, and somebody who is told."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import httpx2
import pytest

from tests.conftest import Homes
from tests.events.conftest import until
from tests.events.receiver import Receiver, receiver
from tests.house import Town, living_town

ROOT = "/v1/webhooks"
Json: TypeAlias = Any
Heard: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    """Lenient, as by default, with its worker at work."""
    folder = tmp_path_factory.mktemp("webhooks")
    with living_town(folder, database_url=homes.new(folder), outbound_allow="127.0.0.1") as running:
        yield running


@pytest.fixture
async def ear() -> AsyncIterator[Receiver]:
    """Somebody who is told."""
    async with receiver() as made:
        yield made


def subscribe(client: httpx2.Client, url: str, action: str = "*", object_: str = "activity", **fields: Json) -> Json:
    """Add a webhook, and give what is said of it."""
    body = {"subscription_url": url, "event_action": action, "event_object": object_, **fields}
    answer = client.post(ROOT, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def heard(ear: Receiver, count: int) -> list[Json]:
    """The bodies of what came, once there are so many."""
    await until(lambda: len(ear.heard) >= count)
    assert len(ear.heard) == count
    return [each.json for each in ear.heard]
