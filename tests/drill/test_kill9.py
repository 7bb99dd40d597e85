"""No acknowledged write is lost, and none is made twice, however often the server is killed."""

from pathlib import Path

import pytest

from tests.drill.kill9 import drill
from tests.postgres import Server as Database

KILLS = 100


@pytest.mark.timeout(200)
def test_nor_do_kills_over_postgresql(tmp_path: Path, postgres: Database) -> None:
    postgres.drop("kills")
    verdict = drill(tmp_path, 25, seed=7, url=postgres.create("kills"))
    assert verdict.lost == verdict.doubled == verdict.stale == []
    assert verdict.acknowledged > 25
    assert verdict.retried > 0


@pytest.mark.timeout(400)
def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    verdict = drill(tmp_path, KILLS, seed=7)
    assert verdict.lost == verdict.doubled == verdict.stale == []
    assert verdict.integrity == "ok"
    assert verdict.acknowledged > KILLS
    assert verdict.retried > 0, "no request was under way at any kill: this drill showed nothing"
    assert len(verdict.ready) == KILLS + 1
