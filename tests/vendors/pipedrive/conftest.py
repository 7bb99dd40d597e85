"""The cast as clients of Pipedrive's surfaces, and the records that they speak of."""

from collections.abc import Iterator

import httpx2
import pytest

from dayline.domain.record import Record
from tests.house import Town


@pytest.fixture
def alice(town: Town) -> Iterator[httpx2.Client]:
    """Alice's client."""
    with town.client(town.alice) as client:
        yield client


@pytest.fixture
def bob(town: Town) -> Iterator[httpx2.Client]:
    """Bob's client."""
    with town.client(town.bob) as client:
        yield client


@pytest.fixture(scope="module")
def records(town: Town) -> dict[str, Record]:
    """One record of each kind that Pipedrive names, and another contact."""
    kinds = ("deal", "lead", "organization", "project", "contact")
    made = {kind: town.record(town.alice, kind, f"The {kind}") for kind in kinds}  # type: ignore[arg-type]
    return made | {"other": town.record(town.alice, "contact", "The other")}
