"""The toy dialect behind a real server, once lenient and once strict. Nothing here may replace a part of the kit."""

from collections.abc import Iterator

import httpx2
import pytest

from dayline.kit.serve import application
from tests.kit.server import serving
from tests.kit.toy import TOY, Box
from tests.plain import NO_TLS

LIMIT = 1 << 16


@pytest.fixture(scope="session")
def box() -> Box:
    return Box()


@pytest.fixture(scope="session", params=["httptools", "h11"])
def port(request: pytest.FixtureRequest, box: Box) -> Iterator[int]:
    with serving(application(TOY, box, strict=False, body_limit=LIMIT), request.param) as number:
        yield number


@pytest.fixture(scope="session")
def strict_port(box: Box) -> Iterator[int]:
    with serving(application(TOY, box, strict=True, body_limit=LIMIT)) as number:
        yield number


@pytest.fixture
def alice(port: int) -> Iterator[httpx2.Client]:
    with _client(port, "alice") as client:
        yield client


@pytest.fixture
def bob(port: int) -> Iterator[httpx2.Client]:
    with _client(port, "bob") as client:
        yield client


@pytest.fixture
def stranger(port: int) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", verify=NO_TLS) as client:
        yield client


@pytest.fixture
def strict_alice(strict_port: int) -> Iterator[httpx2.Client]:
    with _client(strict_port, "alice") as client:
        yield client


def _client(port: int, name: str) -> httpx2.Client:
    return httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-token": name}, verify=NO_TLS)
