"""Sixty a minute, where the setting says so: told in every answer to a known caller, and refused in ATZ's words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import Town, living_town
from tests.vendors.atz.speech import ROOT

HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining")


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Town]:
    with living_town(tmp_path, atz_rate_limit=3) as town:
        yield town


def test_beyond_the_limit(limited: Town) -> None:
    with limited.client(limited.alice) as alice, limited.client(limited.bob) as bob:
        for _ in range(2):  # a minute may end in between, but hardly two
            answers = [alice.get(ROOT), alice.get(f"{ROOT}/abc"), alice.post(ROOT, json={}), alice.get(ROOT)]
            if answers[-1].status_code == 429:
                break
        assert [answer.status_code for answer in answers][-1] == 429
        assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
        assert answers[0].headers["x-ratelimit-remaining"] in ("0", "1", "2")
        assert answers[-1].headers["x-ratelimit-remaining"] == "0"
        assert answers[-1].json() == {"message": "Too Many Requests"}
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert alice.get("/api/v2/activities").status_code == 200  # other dialects have limits of their own
        assert bob.get(ROOT).headers["x-ratelimit-remaining"] == "2"  # each token has its own


def test_off_by_default(town: Town) -> None:
    with town.client(town.alice) as alice:
        answer = alice.get(ROOT)
    assert answer.status_code == 200
    assert not set(HEADERS) & set(answer.headers)
