"""Nothing that was written is kept from a webhook, however often what tells it is killed."""

from pathlib import Path

import pytest

from tests.drill.telling import Verdict, drill, told_of
from tests.postgres import Server as Database

KILLS = 50


@pytest.mark.timeout(400)
def test_fifty_kills_keep_nothing_from_anybody(tmp_path: Path) -> None:
    check(drill(tmp_path, KILLS, seed=7), KILLS)


@pytest.mark.timeout(400)
def test_nor_do_kills_of_a_worker_beside_over_postgresql(tmp_path: Path, postgres: Database) -> None:
    postgres.drop("telling")
    check(drill(tmp_path, 10, seed=7, url=postgres.create("telling"), beside=True), 10)


def check(verdict: Verdict, kills: int) -> None:
    print(told_of(verdict))
    assert verdict.missing == verdict.wrong == []
    assert verdict.events > kills
    assert verdict.twice > 0, "nothing was under way at any kill: this drill showed nothing"
