"""Each vendor in turn, standing, with an account of Alice's there, and the way to it."""

from collections.abc import AsyncIterator

import pytest

from dayline.remote.calls import Remote
from dayline.service import Service
from tests.cast import Person
from tests.remote.house import SANDBOXES, Far, remote, sandboxes


@pytest.fixture
async def out(service: Service) -> AsyncIterator[Remote]:
    async with remote(service) as opened:
        yield opened


@pytest.fixture(params=sorted(SANDBOXES))
async def far(request: pytest.FixtureRequest, service: Service, alice: Person) -> AsyncIterator[Far]:
    async with sandboxes(service, alice, request.param) as found:
        yield found[request.param]


@pytest.fixture
async def lever(service: Service, alice: Person) -> AsyncIterator[Far]:
    async with sandboxes(service, alice, "lever") as found:
        yield found["lever"]


@pytest.fixture
async def ashby(service: Service, alice: Person) -> AsyncIterator[Far]:
    async with sandboxes(service, alice, "ashby") as found:
        yield found["ashby"]
