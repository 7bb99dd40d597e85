"""Activities by id, many in one statement: those that are asked for while one is under way go together in the next.

Nobody waits for a timer: a request that comes alone goes alone. It must never mix two accounts in one statement.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import ARRAY, BigInteger, bindparam, func, select

from dayline.store.statement import Call, Rows, statement
from dayline.store.tables import activities

MOST: Final = 200  # in one statement: the first of them waits for the last

_ids = func.any(bindparam("ids", type_=ARRAY(BigInteger)))
_BODIES = statement(
    select(activities.c.id, activities.c.body).where(
        activities.c.account_id == bindparam("account_id"), activities.c.id == _ids
    ),
    "account_id",
    "ids",
)


class Gets:
    """Those that wait, by account and id, and one task for each account that has any."""

    def __init__(self, fetch: Callable[[Call], Awaitable[Rows]]) -> None:
        self._fetch = fetch
        self._waiting: dict[int, dict[int, list[asyncio.Future[str | None]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def body(self, account_id: int, id_: int) -> str | None:
        """The document of an activity, or None. Raises Unavailable."""
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        if (waiting := self._waiting.get(account_id)) is not None:
            waiting.setdefault(id_, []).append(future)
        else:
            self._waiting[account_id] = {id_: [future]}
            task = asyncio.create_task(self._serve(account_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _serve(self, account_id: int) -> None:
        """Ask for all that wait, until nobody does."""
        while waiting := self._waiting[account_id]:
            asked = dict(list(waiting.items())[:MOST])
            self._waiting[account_id] = {id_: futures for id_, futures in waiting.items() if id_ not in asked}
            try:
                rows = await self._fetch(Call(_BODIES, [(account_id, list(asked))]))
            except Exception as error:  # noqa: BLE001 - it belongs to those who asked
                _tell(asked, {}, error)
            else:
                _tell(asked, {row[0]: row[1] for row in rows}, None)
        del self._waiting[account_id]


def _tell(
    asked: dict[int, list["asyncio.Future[str | None]"]], bodies: dict[int, str], error: Exception | None
) -> None:
    for id_, futures in asked.items():
        for future in futures:
            if future.done():  # whoever asked has gone away
                continue
            if error is None:
                future.set_result(bodies.get(id_))
            else:
                future.set_exception(error)
