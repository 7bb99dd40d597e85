"""A town whose worker may call this machine, and a receiver there."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import Homes
from tests.events.receiver import Receiver
from tests.house import Town, living_town
from tests.vendors.truto.webhooks.listening import HOOKS, listening


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("listening")
    settings = {"outbound_allow": "127.0.0.1", "outbound_pace": False, "outbound_breaker": False}
    with living_town(folder, database_url=homes.new(folder), **settings) as running:
        yield running


@pytest.fixture
def ear() -> Iterator[Receiver]:
    with listening() as made:
        yield made


@pytest.fixture
def alice(town: Town) -> Iterator[httpx2.Client]:
    """An admin, and in the end no webhook of anybody's is left: a user has no more than so many."""
    with town.client(town.alice) as client:
        yield client
        for made in client.get(HOOKS).json()["result"]:
            assert client.delete(f"{HOOKS}/{made['id']}").status_code == 200


@pytest.fixture
def bob(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.bob) as client:
        yield client
