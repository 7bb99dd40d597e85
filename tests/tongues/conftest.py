"""One running house for all tongues. Nothing here may replace a part of it."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import Homes
from tests.house import Town, living_town


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("tongues")
    with living_town(folder, database_url=homes.new(folder)) as running:
        yield running


@pytest.fixture(scope="package")
def alice(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.alice) as client:
        yield client
