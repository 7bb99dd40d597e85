"""Pace, breaker and addresses, each by itself and on a clock of the test's."""

from ipaddress import ip_address

import pytest

from dayline.kit.addresses import Allowed, is_public
from dayline.kit.breaker import FAILURES, MOST_SECONDS, SECONDS, Breakers
from dayline.kit.pace import MOST, Paces


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    paces = Paces(clock)
    waits = [paces.take("a", 2, 3, patience=10) for _ in range(5)]
    assert waits == [0, 0, 0, 0.5, 1.0]
    assert paces.take("b", 2, 3, patience=10) == 0
    clock.now += 2.5
    assert [paces.take("a", 2, 3, patience=10) for _ in range(4)] == [0, 0, 0, 0.5]


def test_whoever_will_not_wait_takes_no_token() -> None:
    paces = Paces(Clock())
    paces.take("a", 1, 1, patience=0)
    assert [paces.take("a", 1, 1, patience=0.5) for _ in range(3)] == [1.0, 1.0, 1.0]


def test_a_bucket_is_forgotten_when_it_is_full_again() -> None:
    clock = Clock()
    paces = Paces(clock)
    for number in range(MOST):
        paces.take(str(number), 1, 1, patience=0)
    clock.now += 10
    paces.take("new", 1, 1, patience=0)
    assert len(paces._next) == 1


def test_a_breaker_opens_after_failures_in_a_row_and_tries_one_call_at_a_time() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    for _ in range(FAILURES - 1):
        breakers.failed("a")
    assert breakers.wait("a") == 0
    breakers.failed("a")
    assert breakers.wait("a") == SECONDS
    clock.now += SECONDS
    assert breakers.wait("a") == 0  # the one that tries
    assert breakers.wait("a") > 0
    breakers.failed("a")
    assert breakers.wait("a") == 2 * SECONDS
    clock.now += 2 * SECONDS
    assert breakers.wait("a") == 0
    breakers.left("a")  # it was called off, so another may try
    assert breakers.wait("a") == 0
    breakers.well("a")
    assert [breakers.wait("a") for _ in range(3)] == [0, 0, 0]


def test_a_breaker_never_stays_open_for_good() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    for _ in range(100):
        breakers.failed("a")
    assert breakers.wait("a") == MOST_SECONDS


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450::1"]
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", ["192.0.0.8", "192.0.0.10", "192.0.0.192", "168.63.129.16"])
def test_what_a_registry_calls_global_and_is_not_of_the_open_network(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("text", "host", "port", "yes"),
    [
        ("sandbox.test", "sandbox.test", 1, True),
        ("Sandbox.Test:80", "sandbox.test", 80, True),
        ("sandbox.test:80", "sandbox.test", 81, False),
        ("10.0.0.0/8", "10.1.2.3", 1, True),
        ("10.0.0.0/8", "11.1.2.3", 1, False),
        ("[::1]:80", "::1", 80, True),
        ("::1", "::1", 80, True),
        ("fd00::/8", "fd00::1", 1, True),
        ("a.test, b.test", "b.test", 1, True),
        ("a.test b.test:1", "b.test", 2, False),
        ("", "a.test", 1, False),
    ],
)
def test_what_an_operator_allows(text: str, host: str, port: int, yes: bool) -> None:
    assert Allowed.parse(text).names(host, port) is yes


@pytest.mark.parametrize(
    "text", ["a.test:x", "a.test:70000", "10.0.0.1/8", "*", "http://a.test", "2130706433", "0x7f.1"]
)
def test_what_cannot_be_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Allowed.parse(text)
