"""The native API keeps to the server's rate limit, token by token, and to the lower one of an account."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from dayline.service.preferences import SettingsChange
from tests.cast import log_call
from tests.house import Town, living_town
from tests.native.problems import RECORDS, assert_problem
from tests.native.reading import CHANGES, until

QUOTA = 3
NAMES = {"ratelimit", "ratelimit-policy"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with living_town(tmp_path, rate_limit=QUOTA) as running:
        yield running


def test_three_pass_and_the_fourth_is_refused(alice: httpx2.Client) -> None:
    answers = [alice.get(RECORDS) for _ in range(QUOTA)]
    assert [answer.status_code for answer in answers] == [200] * QUOTA
    assert [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers] == [
        f'"token";r={left}' for left in (2, 1, 0)
    ]
    refused = alice.post(RECORDS, json={"kind": "deal", "name": "A"})
    assert_problem(refused, 429)
    seconds = refused.headers["retry-after"]
    assert 1 <= int(seconds) <= 60
    assert refused.headers["ratelimit"] == f'"token";r=0;t={seconds}'
    assert refused.headers["ratelimit-policy"] == '"token";q=3;w=60'


def test_another_token_of_the_same_user_is_not_affected(town: Town, alice: httpx2.Client) -> None:
    for _ in range(QUOTA + 1):
        spent = alice.get(RECORDS)
    assert spent.status_code == 429
    with town.client(town.credential(town.alice)) as again:
        assert again.get(RECORDS).status_code == 200


def test_nor_is_a_token_of_the_same_number_in_another_account(town: Town, alice: httpx2.Client) -> None:
    assert town.alice.principal.token_id == town.charlie.principal.token_id
    for _ in range(QUOTA):
        alice.get(RECORDS)
    with town.client(town.charlie) as charlie:
        assert charlie.get(RECORDS).status_code == 200


def test_an_account_may_have_a_lower_limit(town: Town, alice: httpx2.Client) -> None:
    lower = SettingsChange(rate_limit=1)
    town.wait(town.service.preferences.change(town.alice.principal, lower, lambda account: account))
    first, second = alice.get(RECORDS), alice.get(RECORDS)
    assert (first.status_code, first.headers["ratelimit-policy"]) == (200, '"token";q=1;w=60')
    assert_problem(second, 429)
    with town.client(town.charlie) as charlie:
        assert charlie.get(RECORDS).headers["ratelimit-policy"] == '"token";q=3;w=60'


def test_who_has_waited_is_told_what_is_left_then(town: Town, alice: httpx2.Client) -> None:
    start = alice.get(CHANGES, params={"since": "latest"}).json()["next"]
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(alice.get, CHANGES, params={"since": start, "wait": 25})
        until(lambda: town.service.changes.waiting == 1)
        assert alice.get(RECORDS).status_code == 200
        town.wait(log_call(town.service, town.alice))
        answer = asked.result(30)
    assert (answer.status_code, len(answer.json()["data"])) == (200, 1)
    assert answer.headers["ratelimit"].startswith('"token";r=0;')


def test_a_vendors_surface_has_no_such_limit(alice: httpx2.Client) -> None:
    answers = [alice.get("/api/v2/activities") for _ in range(QUOTA + 1)]
    assert [(answer.status_code, NAMES & set(answer.headers)) for answer in answers] == [(200, set())] * (QUOTA + 1)


def test_a_limit_of_zero_is_none(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    with living_town(tmp_path / "free", rate_limit=0) as town, town.client(town.alice) as alice:
        answers = [alice.get(RECORDS) for _ in range(QUOTA + 1)]
    assert [(answer.status_code, NAMES & set(answer.headers)) for answer in answers] == [(200, set())] * (QUOTA + 1)
