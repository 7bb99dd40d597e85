"""One running house for all tests of the page's back end. Nothing here may replace a part of it."""

from collections.abc import Iterator

import pytest

from tests.conftest import Homes
from tests.house import Town, living_town
from tests.web.browser import Browser, browsing, give_password, signed_in


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    """A house on each database, where Alice and Bob have a password."""
    folder = tmp_path_factory.mktemp("session")
    with living_town(folder, database_url=homes.new(folder)) as running:
        give_password(running, running.alice)
        give_password(running, running.bob)
        yield running


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
