"""What was spent of a limit: in a process, and on a real Valkey server that several share, there or away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs

from dayline.kit.ledger import Bill, Charge, Ledger, Memory
from dayline.kit.shared import PAUSE, Shared
from tests.valkey import Valkey

ALONE = "limits are counted by this process alone"
TOGETHER = "limits are counted together again"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def valkey(running: Valkey) -> Valkey:
    """The server, running and with nothing in it."""
    if running.ask("FLUSHALL") != "+OK":
        running.start()
    return running


@pytest.fixture(params=["memory", "valkey"])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    chosen: Ledger = Memory() if request.param == "memory" else Shared(request.getfixturevalue("valkey").url)
    yield chosen
    await chosen.close()


def minute(amount: int, quota: int, *, window: int = 7, holder: tuple[int, int] = (1, 1)) -> Charge:
    return Charge("minute", window, 60, holder, amount, quota)


def day(amount: int, quota: int) -> Charge:
    return Charge("day", 3, 86_400, (1, 0), amount, quota)


async def test_what_fits_is_taken_and_what_does_not_is_not(ledger: Ledger) -> None:
    bills = [await ledger.charge([minute(amount, 10)]) for amount in (4, 5, 2, 1, 1, 0)]
    assert bills == [Bill((4,)), Bill((9,)), Bill((9,), 0), Bill((10,)), Bill((10,), 0), Bill((10,))]


async def test_all_of_a_requests_charges_are_taken_or_none(ledger: Ledger) -> None:
    assert await ledger.charge([day(10, 25), minute(1, 2)]) == Bill((10, 1))
    assert await ledger.charge([day(10, 25), minute(1, 2)]) == Bill((20, 2))
    assert await ledger.charge([day(10, 25), minute(1, 2)]) == Bill((20, 2), 0)  # the first that would refuse it
    assert await ledger.charge([day(5, 25), minute(1, 2)]) == Bill((20, 2), 1)
    assert await ledger.charge([day(5, 25), minute(1, 3)]) == Bill((25, 3))


async def test_every_holder_and_every_window_has_a_quota_to_itself(ledger: Ledger) -> None:
    holders = [(1, 1), (1, 0), (11, 1), (1, 11), (2, 1)]
    assert [await ledger.charge([minute(1, 1, holder=one)]) for one in holders] == [Bill((1,))] * 5
    assert [await ledger.charge([minute(1, 1, holder=one)]) for one in holders] == [Bill((1,), 0)] * 5
    assert [await ledger.charge([minute(1, 1, window=8, holder=one)]) for one in holders] == [Bill((1,))] * 5
    assert await ledger.charge([day(1, 1)]) == Bill((1,))


async def test_two_processes_spend_one_quota(valkey: Valkey) -> None:
    ledgers = [Shared(valkey.url), Shared(valkey.url)]
    try:
        bills = await asyncio.gather(*(ledgers[n % 2].charge([day(3, 100), minute(1, 500)]) for n in range(60)))
    finally:
        for one in ledgers:
            await one.close()
    taken = sorted(bill.used[0] for bill in bills if bill.refused is None)
    assert taken == list(range(3, 100, 3))
    assert {bill.refused for bill in bills} == {None, 0}
    assert valkey.ask("GET", "dayline:{1}:minute:1:7") == "$2"
    assert valkey.ask("INCRBY", "dayline:{1}:minute:1:7", "0") == ":33"


async def test_counters_go_when_their_window_is_over(valkey: Valkey) -> None:
    ledger = Shared(valkey.url)
    for _ in range(2):
        await ledger.charge([day(0, 100), minute(1, 500)])
    await ledger.close()
    assert valkey.ask("DBSIZE") == ":2"
    for key, seconds in (("dayline:{1}:day:0:3", 86_400), ("dayline:{1}:minute:1:7", 60)):
        assert 1 <= int(valkey.ask("TTL", key)[1:]) <= seconds


async def test_while_the_server_is_away_each_counts_for_itself(valkey: Valkey) -> None:
    now = [100.0]
    ledger = Shared(valkey.url, lambda: now[0])
    with capture_logs() as logs:
        assert await ledger.charge([minute(5, 10)]) == Bill((5,))
        valkey.stop()
        assert [await ledger.charge([minute(4, 10)]) for _ in range(3)] == [Bill((4,)), Bill((8,)), Bill((8,), 0)]
        now[0] += PAUSE
        assert await ledger.charge([minute(1, 10)]) == Bill((9,))  # asked again, and still away
        assert [line["event"] for line in logs] == [ALONE]
        valkey.start()
        assert await ledger.charge([minute(1, 10)]) == Bill((10,))  # not asked again yet
        now[0] += PAUSE
        assert [await ledger.charge([minute(1, 10)]) for _ in range(2)] == [Bill((1,)), Bill((2,))]
    await ledger.close()
    assert [(line["event"], line["log_level"]) for line in logs] == [(ALONE, "warning"), (TOGETHER, "info")]


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ledger = Shared(f"redis://127.0.0.1:{silent.getsockname()[1]}", lambda: 0.0)
        with capture_logs() as logs:
            assert [await ledger.charge([minute(1, 2)]) for _ in range(3)] == [Bill((1,)), Bill((2,)), Bill((2,), 0)]
        await ledger.close()
    assert [line["event"] for line in logs] == [ALONE]


async def test_a_password_is_not_told(valkey: Valkey) -> None:
    ledger = Shared(valkey.url.replace("//", "//dayline:opensesame@"))
    with capture_logs() as logs:
        assert await ledger.charge([minute(1, 2)]) == Bill((1,))
    await ledger.close()
    assert [line["event"] for line in logs] == [ALONE]
    assert "opensesame" not in repr(logs)
