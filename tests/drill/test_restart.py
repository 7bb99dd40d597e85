"""No acknowledged write is lost, and none is made twice, when PostgreSQL is killed under two workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drill.restart import drill
from tests.postgres import Server, wheels_binaries

KILLS = 5


@pytest.fixture
def database() -> Iterator[Server]:
    """A server of this test's own, which may be killed; careful with the disk, as by default."""
    server = Server(wheels_binaries(), settings={"fsync": "on", "full_page_writes": "on"})
    yield server
    server.close()


@pytest.mark.timeout(300)
def test_a_database_that_dies_and_comes_back(database: Server, tmp_path: Path) -> None:
    verdict = drill(database, tmp_path, KILLS, seed=7)
    assert verdict.lost == verdict.doubled == verdict.stale == []
    assert verdict.acknowledged > KILLS
    assert verdict.retried > 0, "no request was under way at any kill: this drill showed nothing"
    assert len(verdict.ready) == KILLS
