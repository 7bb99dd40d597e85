"""One running house for all tests of the native API. Nothing here may replace a part of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from tests.cast import Person
from tests.conftest import Homes
from tests.house import Town, living_town
from tests.native.problems import RECORDS

Create = Callable[..., dict[str, object]]


@pytest.fixture(scope="package")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Homes], Town]]:
    """A house on each database that is asked for, to the end: each file comes back to the one that it began with."""
    opened: dict[str, Town] = {}
    with ExitStack() as stack:

        def get(homes: Homes) -> Town:
            if homes.database not in opened:
                folder = tmp_path_factory.mktemp("native")
                opened[homes.database] = stack.enter_context(living_town(folder, database_url=homes.new(folder)))
            return opened[homes.database]

        yield get


@pytest.fixture(scope="package")
def town(towns: Callable[[Homes], Town], homes: Homes) -> Town:
    return towns(homes)


@pytest.fixture
def alice(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.alice) as client:
        yield client


@pytest.fixture
def bob(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.bob) as client:
        yield client


@pytest.fixture
def charlie(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.charlie) as client:
        yield client


@pytest.fixture
def stranger(town: Town) -> Iterator[httpx2.Client]:
    with town.client() as client:
        yield client


@pytest.fixture
def newcomer(town: Town, request: pytest.FixtureRequest) -> Person:
    """The admin of an account that nobody else has touched."""
    account = town.wait(town.service.identities.create_account(request.node.nodeid))
    return town.move_in(account.id, "Nora", "admin")


@pytest.fixture
def create(alice: httpx2.Client) -> Create:
    """Let Alice create a record, and give it as it was answered."""

    def post(**fields: object) -> dict[str, object]:
        answer = alice.post(RECORDS, json={"kind": "contact", "name": "Mara Lind"} | fields)
        assert answer.status_code == 201, answer.text
        record: dict[str, object] = answer.json()
        return record

    return post
