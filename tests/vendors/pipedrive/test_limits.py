"""What operations cost, the budget of an account and the burst of a token, as the vendor tells and refuses them."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dayline.kit.limits import DAY
from dayline.vendors.pipedrive.routes import OPERATIONS
from tests.house import Town, living_town
from tests.valkey import Valkey

ROOT = "/api/v2/activities"
LIMIT, LEFT, RESET = "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"
BUDGET, BUDGET_LEFT, OLD_LEFT = (
    "x-daily-ratelimit-token-limit",
    "x-daily-ratelimit-token-remaining",
    "x-daily-requests-left",
)
TOKENS = 60


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with living_town(tmp_path, pipedrive_daily_tokens=TOKENS) as running:
        yield running


def told(answer: httpx2.Response) -> dict[str, int]:
    """The limits that an answer tells; each header is there once, and a number."""
    names = (LIMIT, LEFT, RESET, BUDGET, BUDGET_LEFT, OLD_LEFT)
    assert [len(answer.headers.get_list(name)) for name in names] == [1] * len(names), answer.headers
    return {name: int(answer.headers[name]) for name in names}


def test_each_operation_of_the_seed_costs_what_it_says(alice: httpx2.Client) -> None:
    ids = [alice.post(ROOT, json={}).json()["data"]["id"] for _ in range(2)]
    item = f"{ROOT}/{ids[0]}"
    answers = [
        alice.get("/v1/activities/collection?limit=1"),
        alice.get(ROOT),
        alice.get(item),
        alice.post(ROOT, json={"subject": "A"}),
        alice.patch(item, json={"done": True}),
        alice.delete(f"/v1/activities?ids={ids[1]}"),
        alice.delete(item),
    ]
    left = [TOKENS - 10, *(told(answer)[BUDGET_LEFT] for answer in answers)]
    assert [answer.status_code for answer in answers] == [200] * 7
    assert [before - after for before, after in pairwise(left)] == [10, 10, 1, 5, 5, 10, 3]


def test_v1_is_refused_in_the_same_words(alice: httpx2.Client) -> None:
    answers = [alice.get(path) for path in ("/v1/activities", "/api/v1/activities", "/v1/activities")]
    assert [told(answer)[BUDGET_LEFT] for answer in answers] == [40, 20, 0]
    assert [alice.get(path).json() for path in ("/v1/activities", ROOT, "/v1/users/me")] == [
        {"success": False, "error": "daily request budget exceeded", "errorCode": 429}
    ] * 3


def test_every_operation_has_a_cost() -> None:
    assert [operation.name for operation in OPERATIONS if operation.cost < 1] == []


def test_by_default_nobody_comes_near_a_limit(tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    with living_town(tmp_path / "default") as town, town.client(town.alice) as alice:
        now = told(alice.get(ROOT))
    assert (now[BUDGET], now[BUDGET_LEFT], now[OLD_LEFT]) == (10**9, 10**9 - 10, 10**9 - 10)
    assert (now[LIMIT], now[LEFT]) == (20_000, 19_999)
    assert now[RESET] in (1, 2)


def test_refusals_tell_the_limits_too(alice: httpx2.Client) -> None:
    answers = [
        alice.get(f"{ROOT}/77"),
        alice.post(ROOT, json={"subject": 5}),
        alice.put(ROOT),
        alice.get(f"{ROOT}?x=1"),
    ]
    assert [(answer.status_code, told(answer)[BUDGET_LEFT]) for answer in answers] == [
        (404, 59), (400, 54), (405, 54), (400, 44)
    ]  # fmt: skip


def test_who_is_not_known_is_told_nothing(town: Town) -> None:
    with town.client() as stranger:
        answer = stranger.get(ROOT)
    assert (answer.status_code, [name for name in answer.headers if "limit" in name]) == (401, [])


def test_a_spent_budget_is_the_whole_accounts_and_nobody_elses(town: Town, alice: httpx2.Client) -> None:
    for _ in range(5):
        assert alice.get(ROOT).status_code == 200
    with town.client(town.bob) as bob, town.client(town.charlie) as charlie:
        assert bob.get(ROOT).status_code == 200
        refused = bob.get(ROOT)
        assert refused.status_code == 429
        assert refused.json() == {"success": False, "error": "daily request budget exceeded", "errorCode": 429}
        assert 1 <= int(refused.headers["retry-after"]) <= DAY
        assert (told(refused)[BUDGET_LEFT], told(refused)[OLD_LEFT], told(refused)[BUDGET]) == (0, 0, TOKENS)
        assert alice.post(ROOT, json={}).status_code == 429
        assert charlie.get(ROOT).status_code == 200


def test_what_still_fits_into_the_budget_is_served(alice: httpx2.Client) -> None:
    id_ = alice.post(ROOT, json={}).json()["data"]["id"]
    for _ in range(5):
        alice.get(ROOT)
    refused, served = alice.get(ROOT), alice.get(f"{ROOT}/{id_}")
    assert (refused.status_code, told(refused)[BUDGET_LEFT]) == (429, 5)
    assert (served.status_code, told(served)[BUDGET_LEFT]) == (200, 4)


def test_a_burst_is_refused_token_by_token(tmp_path: Path) -> None:
    with living_town(tmp_path, pipedrive_burst=1) as town, town.client(town.alice) as alice:
        answers = [alice.get(ROOT) for _ in range(30)]  # over some windows of two seconds at the most
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) >= 15
        assert refused[0].json() == {"success": False, "error": "request over limit", "errorCode": 429}
        now = told(refused[0])
        assert (now[LIMIT], now[LEFT], str(now[RESET])) == (1, 0, refused[0].headers["retry-after"])
        spent = 10**9 - told(answers[-1])[BUDGET_LEFT]
        assert spent == 10 * (30 - len(refused))  # what is refused costs nothing
        assert told(answers[0])[LEFT] == 0


def test_processes_spend_one_budget_over_a_server(tmp_path: Path) -> None:
    """Two houses on two databases: what they share is the server that counts, and the numbers of their accounts."""
    (tmp_path / "valkey").mkdir()
    valkey = Valkey(tmp_path / "valkey")
    settings: dict[str, Any] = {"pipedrive_daily_tokens": 25, "limits_url": valkey.url}
    try:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        with (
            living_town(tmp_path / "one", **settings) as one,
            living_town(tmp_path / "two", **settings) as two,
            one.client(one.alice) as here,
            two.client(two.alice) as there,
        ):
            assert [told(client.get(ROOT))[BUDGET_LEFT] for client in (here, there)] == [15, 5]
            assert [client.get(ROOT).status_code for client in (here, there)] == [429, 429]
            valkey.stop()
            assert [client.get(ROOT).status_code for client in (here, there)] == [200, 200]
    finally:
        valkey.stop()
