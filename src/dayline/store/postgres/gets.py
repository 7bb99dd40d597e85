"""Reads by key, many in one statement: what is asked for while one is under way goes together in the next.

Nobody waits for a timer: a request that comes alone goes alone. It must never mix two accounts in one statement.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from sqlalchemy import ARRAY, BigInteger, bindparam, func, select

from dayline.domain.errors import Unavailable
from dayline.store.database import Ask
from dayline.store.statement import statement
from dayline.store.statements import DIRECTORY
from dayline.store.tables import activities

K = TypeVar("K")
V = TypeVar("V")
Waiter: TypeAlias = "tuple[Collection[K], asyncio.Future[Mapping[K, V]]]"

MOST: Final = 200  # keys in one statement, or those of one who asks for more: the first who waits waits for the last

# A sub-select hides how many they are: PostgreSQL would make a plan for each number, which takes longer than the read.
_given = select(func.unnest(bindparam("ids", type_=ARRAY(BigInteger)))).scalar_subquery()
ACTIVITIES = statement(
    select(activities.c.id, activities.c.body, DIRECTORY).where(
        activities.c.account_id == bindparam("account_id"),
        activities.c.id == func.any(func.array(_given)),
    ),
    "account_id",
    "ids",
)


class Gets(Generic[K, V]):
    """Those that wait, by account, and one task for each account that has any."""

    def __init__(self, ask: Ask[K, V]) -> None:
        self._ask = ask
        self._waiting: dict[int, list[Waiter[K, V]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, account_id: int, keys: Collection[K]) -> dict[K, V]:
        """What there is of these keys. Raises Unavailable."""
        future: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        if (waiting := self._waiting.get(account_id)) is not None:
            waiting.append((keys, future))
        else:
            self._waiting[account_id] = [(keys, future)]
            task = asyncio.create_task(self._serve(account_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        found = await future
        return {key: found[key] for key in keys if key in found}

    async def _serve(self, account_id: int) -> None:
        """Ask for all that wait, until nobody does."""
        asked: list[Waiter[K, V]] = []
        try:
            while waiting := self._waiting[account_id]:
                keys, many = _together(waiting)
                asked, self._waiting[account_id] = waiting[:many], waiting[many:]
                try:
                    found = await self._ask(account_id, keys)
                except Exception as error:  # noqa: BLE001 - it belongs to those who asked
                    _tell(asked, {}, error)
                else:
                    _tell(asked, found, None)
        finally:
            # Nobody may wait for ever, whatever ended this.
            _tell([*asked, *self._waiting.pop(account_id)], {}, Unavailable("The server is stopping."))


def _together(waiting: "Sequence[Waiter[K, V]]") -> tuple[list[K], int]:
    """The keys of the first ones who wait, each once, and how many of them go together."""
    keys: dict[K, None] = {}
    for many, (theirs, _) in enumerate(waiting):
        more = dict.fromkeys(key for key in theirs if key not in keys)
        if many and len(keys) + len(more) > MOST:
            return list(keys), many
        keys |= more
    return list(keys), len(waiting)


def _tell(asked: "Sequence[Waiter[K, V]]", found: Mapping[K, V], error: Exception | None) -> None:
    for _, future in asked:
        if future.done():  # whoever asked has gone away
            continue
        if error is None:
            future.set_result(found)
        else:
            future.set_exception(error)
