"""What is asked for together is asked once, an account at a time, and each gets his own."""

import asyncio
from collections.abc import Mapping

import pytest

from dayline.domain.errors import Unavailable
from dayline.store.postgres.gets import MOST, Gets


class Far:
    """A database that answers when it is told to, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[int]]] = []
        self.broken = False
        self._open = asyncio.Event()

    async def ask(self, account_id: int, keys: list[int]) -> Mapping[int, str]:
        self.asked.append((account_id, keys))
        await self._open.wait()
        if self.broken:
            raise Unavailable("away")
        return {key: f"{account_id}:{key}" for key in keys if key >= 0}

    def answer(self) -> None:
        """Answer everything from now on."""
        self._open.set()


@pytest.fixture
async def far() -> Far:
    return Far()


async def begun(gets: Gets[int, str], *asked: tuple[int, tuple[int, ...]]) -> list["asyncio.Task[dict[int, str]]"]:
    """Ask all of this, each for himself, and wait until it has been asked."""
    tasks = [asyncio.create_task(gets.get(account_id, keys)) for account_id, keys in asked]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_who_waits_goes_with_the_next_and_gets_his_own(far: Far) -> None:
    gets = Gets(far.ask)
    first = await begun(gets, (1, (1, 2)))
    later = await begun(gets, (1, (2, 3)), (1, (3, -4)), (1, ()))
    far.answer()
    assert await asyncio.gather(*first, *later) == [{1: "1:1", 2: "1:2"}, {2: "1:2", 3: "1:3"}, {3: "1:3"}, {}]
    # What is under way may be older than who comes now, so 2 is asked for once more.
    assert far.asked == [(1, [1, 2]), (1, [2, 3, -4])]


async def test_accounts_are_never_in_one_statement(far: Far) -> None:
    gets = Gets(far.ask)
    asked = [(account_id, (key,)) for key in range(20) for account_id in (1, 2)]
    tasks = await begun(gets, *asked)
    far.answer()
    assert await asyncio.gather(*tasks) == [{key: f"{account_id}:{key}"} for account_id, (key,) in asked]
    assert far.asked == [(1, list(range(20))), (2, list(range(20)))]


async def test_an_error_reaches_everyone_who_waited_and_nobody_after(far: Far) -> None:
    gets = Gets(far.ask)
    tasks = await begun(gets, (1, (1,)))
    tasks += await begun(gets, (1, (2,)), (1, (3,)))
    far.broken = True
    far.answer()
    assert [type(told) for told in await asyncio.gather(*tasks, return_exceptions=True)] == [Unavailable] * 3
    far.broken = False
    assert await gets.get(1, (1,)) == {1: "1:1"}


async def test_who_has_gone_away_harms_nobody(far: Far) -> None:
    gets = Gets(far.ask)
    first, second = await begun(gets, (1, (1,)), (1, (2,)))
    first.cancel()
    far.answer()
    assert await second == {2: "1:2"}
    assert await gets.get(1, (1,)) == {1: "1:1"}


async def test_more_than_fits_goes_in_pieces(far: Far) -> None:
    gets = Gets(far.ask)
    tasks = await begun(gets, (1, (0,)))
    many = tuple(range(MOST + 50))
    tasks += await begun(gets, *((1, (key,)) for key in many), (1, many))
    far.answer()
    told = await asyncio.gather(*tasks)
    assert told[1:-1] == [{key: f"1:{key}"} for key in many]
    assert told[-1] == {key: f"1:{key}" for key in many}
    assert [len(keys) for _, keys in far.asked] == [1, MOST, 50, MOST + 50]


async def test_many_who_want_the_same_go_together(far: Far) -> None:
    gets = Gets(far.ask)
    first = await begun(gets, (1, (0,)))
    later = await begun(gets, *((1, (7,)) for _ in range(5 * MOST)))
    far.answer()
    await asyncio.gather(*first, *later)
    assert far.asked == [(1, [0]), (1, [7])]


async def test_nobody_waits_for_ever_when_asking_is_broken_off(far: Far) -> None:
    async def broken_off(account_id: int, keys: list[int]) -> Mapping[int, str]:
        await far.ask(account_id, keys)
        raise asyncio.CancelledError

    gets = Gets(broken_off)
    first = await begun(gets, (1, (1,)))
    later = await begun(gets, (1, (2,)))
    far.answer()
    assert [type(told) for told in await asyncio.gather(*first, *later, return_exceptions=True)] == [Unavailable] * 2
