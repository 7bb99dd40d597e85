"""How many requests a token may make, what every answer tells of it, and what is not counted."""

import re
from collections.abc import Iterator

import httpx2
import msgspec
import pytest

from dayline.kit.dialect import Refused
from dayline.kit.openapi import document
from dayline.kit.serve import application
from dayline.kit.throttle import WINDOW, Throttle
from tests.kit.server import exchange, serving
from tests.kit.toy import PEOPLE, TOY, Box, Person

THROTTLED = msgspec.structs.replace(TOY, throttled=True)
QUOTA = 3
NAMES = {"ratelimit", "ratelimit-policy"}


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    """The toy with a small quota, new for each test: what one test has used up, the next has again."""
    with serving(application(THROTTLED, box, strict=False, rate_limit=QUOTA)) as number:
        yield number


def standing(answer: httpx2.Response, quota: int = QUOTA) -> int:
    """Check that both headers are as the draft wants them, and give how many requests are left."""
    assert answer.headers.get_list("ratelimit-policy") == [f'"token";q={quota};w={WINDOW}']
    (told,) = answer.headers.get_list("ratelimit")
    match = re.fullmatch(r'"token";r=(\d+);t=(\d+)', told)
    assert match is not None, told
    assert 1 <= int(match[2]) <= WINDOW
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


@pytest.mark.parametrize(("throttled", "rate_limit"), [(True, 0), (False, 1)])
def test_without_a_limit_there_are_no_headers(throttled: bool, rate_limit: int) -> None:
    dialect = msgspec.structs.replace(TOY, throttled=throttled)
    with (
        serving(application(dialect, Box(), strict=False, rate_limit=rate_limit)) as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-token": "alice"}) as alice,
    ):
        answers = [alice.get("/v1/things") for _ in range(3)]
    assert [(answer.status_code, NAMES & set(answer.headers)) for answer in answers] == [(200, set())] * 3


@pytest.mark.parametrize(("own", "quota"), [(None, 10), (4, 4), (10, 10), (500, 10), (0, 10)])
def test_an_account_may_only_lower_it(own: int | None, quota: int) -> None:
    after = Throttle(10).count(_person(rate_limit=own))
    assert (after.quota, after.left) == (quota, quota - 1)


def test_tokens_are_counted_each_by_itself() -> None:
    throttle = Throttle(2)
    # Two accounts may have tokens of the same number, and no two may run into one another: 1 and 11, 11 and 1.
    tokens = [_person(account, token) for account, token in ((1, 1), (1, 2), (2, 1), (1, 11), (11, 1))]
    assert [throttle.count(who).left for who in tokens] == [1] * 5
    assert [throttle.count(who).left for who in tokens] == [0] * 5


def test_a_request_too_many_is_refused() -> None:
    throttle = Throttle(1)
    throttle.count(_person()).check()
    with pytest.raises(Refused) as refused:
        throttle.count(_person()).check()
    assert refused.value.failure.status == 429
    (name, seconds) = refused.value.failure.headers[0]
    assert name == "Retry-After"
    assert 1 <= int(seconds) <= WINDOW


def test_the_document_tells_the_headers_where_they_may_be() -> None:
    paths = document(THROTTLED)["paths"]
    for status, response in paths["/v1/things"]["post"]["responses"].items():
        names = {name.lower() for name in response["headers"]}
        assert names == NAMES | ({"retry-after"} if status == "429" else set())
    for unlimited in (paths["/v1/ping"]["get"], document(TOY)["paths"]["/v1/things"]["get"]):
        assert not any("headers" in response for response in unlimited["responses"].values())


def _person(account_id: int = 1, token_id: int = 1, rate_limit: int | None = None) -> Person:
    return msgspec.structs.replace(PEOPLE["alice"], account_id=account_id, token_id=token_id, rate_limit=rate_limit)


def test_when_the_window_is_over_all_begin_anew() -> None:
    now = [1_000.0]
    throttle = Throttle(2, lambda: now[0])
    ann, ben = _person(token_id=1), _person(token_id=2)
    assert [throttle.count(ann).left for _ in range(2)] == [1, 0]
    now[0] += WINDOW - 0.5
    last = throttle.count(ann)
    assert (last.exceeded, last.left, last.reset) == (True, 0, 1)
    now[0] += 0.5
    fresh = throttle.count(ben)
    assert (fresh.exceeded, fresh.left, fresh.reset) == (False, 1, WINDOW)
    assert not throttle.count(ann).exceeded
