"""Writes in groups: one group of an account at a time, of all that came while the one before was written.

A write is told as done after its commit alone. What became of a commit whose answer was lost is looked up by the
idempotency key; without one it is told as unknown, and never tried again.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from dayline.domain.errors import Unavailable
from dayline.store.group import Clock, Join, Outcome, Steps, nobody, write_group
from dayline.store.grouped import grouped
from dayline.store.known import Known
from dayline.store.postgres.errors import CLASHED, LOST, UNKNOWN, translated
from dayline.store.postgres.sessions import Session, Sessions
from dayline.store.unit import Unit

T = TypeVar("T")
AnyUnit: TypeAlias = Unit[Any, Any]
Ticket: TypeAlias = "tuple[AnyUnit, asyncio.Future[Any]]"

GROUP_LIMIT = 256  # more would let the first of a group wait for the last without making either cheaper
TRIES = 5
PAUSE = 0.05  # seconds before the second try; twice as long before each further one


class CommitUnknownError(Exception):
    """The connection was lost after COMMIT was sent."""


class Writer:
    """The groups of all accounts."""

    def __init__(self, sessions: Sessions, clock: Clock, known: Known | None) -> None:
        self._sessions, self._clock, self._known = sessions, clock, known
        self._waiting: dict[int, deque[Ticket]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def do(self, unit: AnyUnit) -> "asyncio.Future[Any]":
        """Queue a unit; the future has what it made, or raises."""
        if self._stopping:
            raise Unavailable("The server is stopping.")
        future = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(unit.account_id)
        if waiting is not None:
            waiting.append((unit, future))
            return future
        self._waiting[unit.account_id] = deque([(unit, future)])
        task = asyncio.create_task(self._serve(unit.account_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return future

    async def stop(self) -> None:
        """Finish what is queued."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _serve(self, account: int) -> None:
        """Write an account's units, group by group, until none waits."""
        waiting = self._waiting[account]
        group = _Group(waiting)
        try:
            while waiting:
                group = _Group(waiting)
                group.join()
                outcomes = await self._settle(account, group.units, group.join)
                for future, outcome in zip(group.futures, outcomes, strict=True):
                    _deliver(future, outcome)
        finally:
            del self._waiting[account]
            for future in (*group.futures, *(future for _, future in waiting)):
                _deliver(future, Unavailable(UNKNOWN))  # nobody may wait for ever, whatever ended this

    async def _settle(
        self, account: int, units: Sequence[AnyUnit], join: Join = nobody, tries: int = TRIES
    ) -> list[Outcome]:
        """Write units in one transaction; if that fails, each in its own, so that a bad one harms no other.

        Those who ``join`` meanwhile are among the units afterwards.
        """
        try:
            return await self._written(account, units, join)
        except CommitUnknownError:
            return await self._looked_up(account, units, tries - 1)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to whoever asked
            reason = translated(error)
            if len(units) == 1 or isinstance(error, LOST) or isinstance(reason, Unavailable):
                return [reason] * len(units)
        return [(await self._settle(account, [unit]))[0] for unit in units]

    async def _written(self, account: int, units: Sequence[AnyUnit], join: Join) -> list[Outcome]:
        async def once() -> list[Outcome]:
            with grouped(units):
                async with self._sessions.one(account) as session:
                    return await transact(session, write_group(units, self._clock, self._known, join))

        return await again(once)

    async def _looked_up(self, account: int, units: Sequence[AnyUnit], tries: int) -> list[Outcome]:
        """After a commit without an answer: what came with a key finds the stored answer under it, or is done anew."""
        keyed = [unit for unit in units if unit.once is not None] if tries else []
        found = iter(await self._settle(account, keyed, tries=tries) if keyed else [])
        return [next(found, Unavailable(UNKNOWN)) if unit.once else Unavailable(UNKNOWN) for unit in units]


class _Group:
    """Units that are written together, and the futures of who waits for them; more join until the account is taken."""

    def __init__(self, waiting: deque[Ticket]) -> None:
        self.units: list[AnyUnit] = []
        self.futures: list[asyncio.Future[Any]] = []
        self._waiting = waiting

    def join(self) -> Sequence[AnyUnit]:
        """Take those who wait, as far as there is room; give them."""
        before = len(self.units)
        while self._waiting and len(self.units) < GROUP_LIMIT:
            unit, future = self._waiting.popleft()
            self.units.append(unit)
            self.futures.append(future)
        return self.units[before:]


async def transact(session: Session, steps: Steps[T]) -> T:
    """Run steps to their end in one transaction. Raises CommitUnknownError when the answer to COMMIT is lost."""
    finished = False
    try:
        async with session.transaction(keyed=True):
            made = await _drive(session, steps)
            finished = True
    except LOST as error:
        if finished:
            raise CommitUnknownError from error
        raise
    return made


async def _drive(session: Session, steps: Steps[T]) -> T:
    try:
        call = next(steps)
        while True:
            call = steps.send(await session.run(call))
    except StopIteration as end:
        return cast(T, end.value)


async def again(work: Callable[[], Awaitable[T]]) -> T:
    """Do it again when it clashed with another or lost its connection before anything could be written."""
    pause = PAUSE
    for _ in range(TRIES - 1):
        try:
            return await work()
        except (*CLASHED, *LOST):
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - not a secret
            pause *= 2
    return await work()


def _deliver(future: "asyncio.Future[Any]", outcome: Outcome) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
