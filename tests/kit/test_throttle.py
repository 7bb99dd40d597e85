"""How many requests a token may make, what every answer tells of it, and what is not counted."""

import re
from collections.abc import Iterator, Sequence

import httpx2
import msgspec
import pytest

from dayline.kit.dialect import Note, Operation, Refused
from dayline.kit.ledger import Memory
from dayline.kit.limits import DAY, MINUTE, PER_MINUTE, Limit, Policy
from dayline.kit.openapi import document
from dayline.kit.serve import application
from dayline.kit.throttle import Standings, Throttle
from tests.kit.server import exchange, serving
from tests.kit.toy import PEOPLE, TOY, Box, Person

THROTTLED = msgspec.structs.replace(TOY, limits=PER_MINUTE)
QUOTA = 3
QUOTAS = {"rate_limit": QUOTA}
NAMES = {"ratelimit", "ratelimit-policy"}


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    """The toy with a small quota, new for each test: what one test has used up, the next has again."""
    with serving(application(THROTTLED, box, strict=False, quotas=QUOTAS)) as number:
        yield number


def standing(answer: httpx2.Response, quota: int = QUOTA) -> int:
    """Check that both headers are as the draft wants them, and give how many requests are left."""
    assert answer.headers.get_list("ratelimit-policy") == [f'"token";q={quota};w={MINUTE}']
    (told,) = answer.headers.get_list("ratelimit")
    match = re.fullmatch(r'"token";r=(\d+);t=(\d+)', told)
    assert match is not None, told
    assert 1 <= int(match[2]) <= MINUTE
    return int(match[1])


def test_beyond_the_quota_is_429_in_the_dialects_words(alice: httpx2.Client, box: Box) -> None:
    assert [standing(alice.get("/v1/things")) for _ in range(QUOTA)] == [2, 1, 0]
    handled = len(box.calls)
    for _ in range(2):
        answer = alice.get("/v1/things")
        assert (answer.status_code, answer.json()["code"], answer.headers["x-toy"]) == (429, 429, "yes")
        assert standing(answer) == 0
        assert answer.headers["ratelimit"].endswith(f";t={answer.headers['retry-after']}")
    assert len(box.calls) == handled == QUOTA


def test_it_is_refused_before_the_body_is_read(alice: httpx2.Client, port: int) -> None:
    for _ in range(QUOTA):
        alice.get("/v1/things")
    head = (
        b"POST /v1/things HTTP/1.1\r\nHost: x\r\nx-api-token: alice\r\nConnection: close\r\nContent-Length: 50\r\n\r\n"
    )
    assert exchange(port, head).startswith(b"HTTP/1.1 429 ")


def test_another_caller_has_a_quota_of_his_own(alice: httpx2.Client, bob: httpx2.Client) -> None:
    for _ in range(QUOTA + 1):
        alice.get("/v1/things")
    assert standing(bob.get("/v1/things")) == 2


def test_refusals_tell_it_and_count(alice: httpx2.Client, bob: httpx2.Client) -> None:
    refused = [alice.get("/v1/things?limit=x"), alice.put("/v1/things"), alice.get("/v1/things/crash")]
    assert [(answer.status_code, standing(answer)) for answer in refused] == [(400, 2), (405, 1), (500, 0)]
    refused = [bob.post("/v1/things", json={"name": "A"}), bob.get("/v1/things/missing")]
    assert [(answer.status_code, standing(answer)) for answer in refused] == [(403, 2), (404, 1)]


def test_head_counts(alice: httpx2.Client) -> None:
    assert [standing(alice.head("/v1/things")), standing(alice.get("/v1/things"))] == [2, 1]


def test_what_asks_for_no_credential_is_not_counted(alice: httpx2.Client) -> None:
    for method, path, status in (
        ("OPTIONS", "/v1/things", 204),
        ("GET", "/nowhere", 404),
        ("GET", "/v1/ping", 200),
        ("PUT", "/v1/ping", 405),
        ("GET", "/openapi.json", 200),
    ):
        answer = alice.request(method, path)
        assert (answer.status_code, NAMES & set(answer.headers)) == (status, set())
    assert standing(alice.get("/v1/things")) == 2


def test_a_stranger_is_not_counted(stranger: httpx2.Client) -> None:
    for _ in range(QUOTA + 1):
        answer = stranger.get("/v1/things")
        assert (answer.status_code, NAMES & set(answer.headers)) == (401, set())


@pytest.mark.parametrize(("limits", "rate_limit"), [(PER_MINUTE, 0), (None, 1)])
def test_without_a_limit_there_are_no_headers(limits: Policy | None, rate_limit: int) -> None:
    dialect = msgspec.structs.replace(TOY, limits=limits)
    with (
        serving(application(dialect, Box(), strict=False, quotas={"rate_limit": rate_limit})) as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-token": "alice"}) as alice,
    ):
        answers = [alice.get("/v1/things") for _ in range(3)]
    assert [(answer.status_code, NAMES & set(answer.headers)) for answer in answers] == [(200, set())] * 3


@pytest.mark.parametrize(("own", "quota"), [(None, 10), (4, 4), (10, 10), (500, 10), (0, 10)])
async def test_an_account_may_only_lower_it(own: int | None, quota: int) -> None:
    (after,) = (await minutely(10).count(_person(rate_limit=own))).each
    assert (after.quota, after.left) == (quota, quota - 1)


async def test_tokens_are_counted_each_by_itself() -> None:
    throttle = minutely(2)
    # Two accounts may have tokens of the same number, and no two may run into one another: 1 and 11, 11 and 1.
    tokens = [_person(account, token) for account, token in ((1, 1), (1, 2), (2, 1), (1, 11), (11, 1))]
    assert [left(await throttle.count(who)) for who in tokens] == [1] * 5
    assert [left(await throttle.count(who)) for who in tokens] == [0] * 5


async def test_a_request_too_many_is_refused() -> None:
    throttle = minutely(1)
    (await throttle.count(_person())).check()
    with pytest.raises(Refused) as refused:
        (await throttle.count(_person())).check()
    assert refused.value.failure.status == 429
    assert refused.value.failure.headers == (("Retry-After", "60"),)


def test_the_document_tells_the_headers_where_they_may_be() -> None:
    paths = document(THROTTLED)["paths"]
    for status, response in paths["/v1/things"]["post"]["responses"].items():
        names = {name.lower() for name in response["headers"]}
        assert names == NAMES | ({"retry-after"} if status == "429" else set())
    for unlimited in (paths["/v1/ping"]["get"], document(TOY)["paths"]["/v1/things"]["get"]):
        assert not any("headers" in response for response in unlimited["responses"].values())


def _person(account_id: int = 1, token_id: int = 1, rate_limit: int | None = None) -> Person:
    return msgspec.structs.replace(PEOPLE["alice"], account_id=account_id, token_id=token_id, rate_limit=rate_limit)


def minutely(quota: int, now: Sequence[float] = (MINUTE * 1000.0,)) -> Throttle:
    """A throttle of so many requests a minute; its clock shows what is in ``now``."""
    return Throttle(PER_MINUTE, [(PER_MINUTE.limits[0], quota)], Memory(), lambda: now[0])


def left(standings: Standings) -> int:
    return standings.each[0].left


async def test_when_the_window_is_over_all_begin_anew() -> None:
    now = [MINUTE * 1000.0]
    throttle = minutely(2, now)
    ann, ben = _person(token_id=1), _person(token_id=2)
    assert [left(await throttle.count(ann)) for _ in range(2)] == [1, 0]
    now[0] += MINUTE - 0.5
    last = await throttle.count(ann)
    assert (last.failure is not None, last.each[0].left, last.each[0].reset) == (True, 0, 1)
    now[0] += 0.5
    fresh = await throttle.count(ben)
    assert (fresh.failure, fresh.each[0].left, fresh.each[0].reset) == (None, 1, MINUTE)
    assert (await throttle.count(ann)).failure is None


BUDGET = Limit(setting="budget", seconds=DAY, by="account", weighed=True)
BURST = Limit(setting="burst", seconds=2)
BOTH = Policy(
    limits=(BUDGET, BURST),
    told=lambda standings: tuple((one.limit.setting, f"{one.left}/{one.quota} {one.reset}") for one in standings),
    refused=lambda standing: f"no {standing.limit.setting} left",
    document={},
)
MIDNIGHT = 20_000.0 * DAY


def both(budget: int, burst: int, now: Sequence[float] = (MIDNIGHT,)) -> Throttle:
    return Throttle(BOTH, [(BUDGET, budget), (BURST, burst)], Memory(), lambda: now[0])


def lefts(standings: Standings) -> list[int]:
    return [one.left for one in standings.each]


async def test_a_budget_counts_what_operations_cost_and_is_the_accounts() -> None:
    throttle = both(100, 100)
    assert lefts(await throttle.count(_person(1, 1), 10)) == [90, 99]
    assert lefts(await throttle.count(_person(1, 2), 5)) == [85, 99]
    assert lefts(await throttle.count(_person(2, 1), 3)) == [97, 99]
    assert lefts(await throttle.count(_person(1, 1), 0)) == [85, 98]


async def test_what_is_refused_by_one_limit_is_charged_to_none() -> None:
    now = [MIDNIGHT]
    throttle = both(25, 2, now)
    assert lefts(await throttle.count(_person(), 10)) == [15, 1]
    assert lefts(await throttle.count(_person(), 10)) == [5, 0]
    burst = await throttle.count(_person(), 1)
    assert (lefts(burst), failed(burst)) == ([5, 0], ("no burst left", "2"))
    now[0] += 2
    budget = await throttle.count(_person(), 10)
    assert (lefts(budget), failed(budget)) == ([5, 2], ("no budget left", str(DAY - 2)))
    assert budget.headers == (("budget", f"5/25 {DAY - 2}"), ("burst", "2/2 2"))
    assert lefts(await throttle.count(_person(), 5)) == [0, 1]
    assert lefts(await throttle.count(_person(), 0)) == [0, 0]


async def test_beyond_both_the_longer_wait_is_told() -> None:
    throttle = both(1, 1)
    await throttle.count(_person(), 1)
    assert failed(await throttle.count(_person(), 1)) == ("no budget left", str(DAY))


async def test_a_day_ends_at_midnight() -> None:
    now = [MIDNIGHT - 1.5]
    throttle = both(10, 10, now)
    assert [one.reset for one in (await throttle.count(_person(), 10)).each] == [2, 2]
    now[0] = MIDNIGHT
    assert [(one.left, one.reset) for one in (await throttle.count(_person(), 1)).each] == [(9, DAY), (9, 2)]


def failed(standings: Standings) -> tuple[str, str]:
    """The message and the Retry-After of a refusal."""
    assert standings.failure is not None
    ((name, seconds),) = standings.failure.headers
    assert (standings.failure.status, name) == (429, "Retry-After")
    return standings.failure.message, seconds


def test_an_operations_own_cost_is_charged(box: Box) -> None:
    dialect = msgspec.structs.replace(TOY, limits=BOTH)
    quotas = {"budget": 25, "burst": 100}
    with (
        serving(application(dialect, box, strict=False, quotas=quotas)) as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-token": "alice"}) as alice,
    ):
        calls = (("GET", "/v1/things"), ("GET", "/v1/things/1"), ("PUT", "/v1/things"), ("GET", "/v1/things"))
        told = [alice.request(method, path).headers["budget"].partition("/")[0] for method, path in calls]
        refused = alice.get("/v1/things")
    assert told == ["15", "15", "15", "5"]
    assert (refused.status_code, refused.json()["error"]) == (429, "no budget left")


def test_a_meter_is_told_of_calls_and_chooses_the_operations(box: Box) -> None:
    noted: list[tuple[str, int, str]] = []

    def meter(operation: Operation) -> Note | None:
        if operation.method != "GET":
            return None
        return lambda service, who, agent: noted.append((operation.path, who.account_id, agent))

    with (
        serving(application(msgspec.structs.replace(TOY, meter=meter), box, strict=False)) as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-token": "bob"}) as bob,
    ):
        for method, path in (
            ("GET", "/v1/things/missing"),
            ("HEAD", "/v1/things"),
            ("POST", "/v1/things"),
            ("GET", "/"),
        ):
            bob.request(method, path, headers={"user-agent": f"{method} 1.0"})
        bob.get("/v1/things", headers={"x-api-token": "nobody"})
        bob.get("/v1/ping")
    assert noted == [("/v1/things/{id}", 2, "GET 1.0"), ("/v1/things", 2, "HEAD 1.0")]


async def test_who_has_waited_is_told_where_he_stands_now() -> None:
    now = 1_000_000.0 - 1_000_000 % MINUTE
    throttle = Throttle(PER_MINUTE, [(PER_MINUTE.limits[0], QUOTA)], Memory(), lambda: now)
    alice = PEOPLE["alice"]
    first = await throttle.count(alice)
    await throttle.count(alice)
    now += 20
    looked = await throttle.look(alice)
    assert [(one.left, one.reset) for one in (*first.each, *looked.each)] == [(2, 60), (1, 40)]
    now += MINUTE
    assert (await throttle.look(alice)).each[0].left == QUOTA
