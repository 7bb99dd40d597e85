"""One running house for all tests of the page's back end. Nothing here may replace a part of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import Homes
from tests.house import Town, living_town
from tests.web.browser import Browser, browsing, give_password, signed_in


@pytest.fixture(scope="package")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Homes], Town]]:
    """A house on each database that is asked for, to the end: each file comes back to the one that it began with."""
    opened: dict[str, Town] = {}
    with ExitStack() as stack:

        def get(homes: Homes) -> Town:
            if homes.database not in opened:
                folder = tmp_path_factory.mktemp("session")
                town = stack.enter_context(living_town(folder, database_url=homes.new(folder)))
                give_password(town, town.alice)
                give_password(town, town.bob)
                opened[homes.database] = town
            return opened[homes.database]

        yield get


@pytest.fixture(scope="package")
def house(houses: Callable[[Homes], Town], homes: Homes) -> Town:
    """A house on each database, where Alice and Bob have a password."""
    return houses(homes)


@pytest.fixture
def browser(house: Town) -> Iterator[Browser]:
    with browsing(house) as new:
        yield new


@pytest.fixture
def alice(house: Town) -> Iterator[Browser]:
    with signed_in(house, house.alice) as hers:
        yield hers


@pytest.fixture
def bob(house: Town) -> Iterator[Browser]:
    with signed_in(house, house.bob) as his:
        yield his
