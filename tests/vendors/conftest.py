"""A running Dayline for each file of a vendor's tests."""

from collections.abc import Iterator

import pytest

from tests.conftest import Homes
from tests.house import Town, living_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    """Lenient, as by default; a locked database is given up on soon, so that the tests need not wait."""
    folder = tmp_path_factory.mktemp("town")
    with living_town(folder, database_url=homes.new(folder), statement_timeout=1.5) as running:
        yield running


@pytest.fixture(scope="module")
def strict_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The same with ``DAYLINE_STRICT=1``."""
    with living_town(tmp_path_factory.mktemp("strict"), strict=True) as running:
        yield running
