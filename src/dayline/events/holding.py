"""The jobs that this process holds: for how long still, and how those went that it did, written down in batches.

It must never say of a job that another has taken how it went, nor forget how one went before that is on the disk.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Final, TypeAlias

import structlog
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.delivery import Delivery
from dayline.domain.errors import DaylineError, Unavailable
from dayline.domain.job import Ended, Job, put_off
from dayline.service.telling import Telling

RETRY_SECONDS: Final = 1.0
BATCH: Final = 200  # that are written down together

_log = structlog.get_logger("dayline.events")
_Key: TypeAlias = tuple[int, str]


class _Hold(Struct, eq=False):
    """A job that was taken, with its newest fence, and until when (monotonic seconds) surely nobody else has it."""

    job: Job
    until: float
    over: bool = False


class _Line(Struct, frozen=True, eq=False):
    """How a job went, what was sent for it, and who is to know when that is on the disk."""

    ended: Ended
    delivery: Delivery | None
    written: Callable[[], None]


def _nobody_waits() -> None:
    """For what was not begun."""


class Holdings:
    """What is held. Made on the event loop's thread, and used from there only."""

    def __init__(self, telling: Telling, lease_seconds: float) -> None:
        """``lease_seconds`` after the end of this process, what it held is anybody's."""
        self._telling, self._lease = telling, lease_seconds
        self._holds: dict[_Key, _Hold] = {}
        self._lines: dict[int, list[_Line]] = {}
        self._writing: dict[int, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._holds)

    @property
    def lease_ms(self) -> int:
        """For how long jobs are taken."""
        return round(self._lease * 1000)

    def taken(self, account_id: int, jobs: Iterable[Job], since: float) -> list[Job]:
        """Hold what was taken since that moment (monotonic seconds); give what is not here already.

        What is here was lost for a while, to a database that was away or a clock that was set: it goes on as it is.
        """
        new: list[Job] = []
        for job in jobs:
            hold = self._holds.get((account_id, job.id))
            if hold is None:
                new.append(job)
                self._holds[account_id, job.id] = _Hold(job, since + self._lease)
            else:
                hold.job, hold.until = job, since + self._lease
        return new

    def may_begin(self, account_id: int, job: Job) -> bool:
        """Whether a job is still ours; one that another may have taken meanwhile is let go of."""
        hold = self._holds.get((account_id, job.id))
        if hold is not None and hold.until > monotonic():
            return True
        self._holds.pop((account_id, job.id), None)
        return False

    def end(
        self,
        account_id: int,
        ended: Ended,
        delivery: Delivery | None = None,
        written: Callable[[], None] = _nobody_waits,
    ) -> None:
        """Note how a job went: written down at once, together with what ends meanwhile. ``written`` is called then."""
        hold = self._holds.get((account_id, ended.job.id))
        if hold is not None:
            hold.over = True
        self._lines.setdefault(account_id, []).append(_Line(ended, delivery, written))
        if account_id not in self._writing:
            self._writing[account_id] = asyncio.create_task(self._write_down(account_id))

    async def hold_on(self) -> None:
        """Hold everything for as long as it takes."""
        while True:
            await asyncio.sleep(self._lease / 3)
            by_account: dict[int, list[_Hold]] = defaultdict(list)
            for (account_id, _), hold in self._holds.items():
                if hold.until > monotonic():
                    by_account[account_id].append(hold)
            for account_id, holds in by_account.items():
                await self._renew(account_id, holds)

    async def close(self, seconds: float) -> None:
        """Give back what did not end, and write down what did, as far as that can be done in this time."""
        now = self._telling.now()
        for (account_id, _), hold in tuple(self._holds.items()):
            if not hold.over:
                self.end(account_id, put_off(hold.job, now))
        if self._writing:
            _, late = await asyncio.wait(self._writing.values(), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _renew(self, account_id: int, holds: Sequence[_Hold]) -> None:
        since = monotonic()
        jobs = sorted((hold.job for hold in holds), key=lambda job: job.id)
        try:
            await self._telling.hold(account_id, jobs, self.lease_ms)
        except Unavailable as error:
            _log.warning("jobs not held on to", account=account_id, reason=error.message)
        except Exception:  # noqa: BLE001 - whatever it is, the others are held on to
            _log.exception("jobs not held on to", account=account_id)
        else:
            for hold in holds:
                if hold.until > monotonic():  # else it came too late, and another may have been quicker
                    hold.until = since + self._lease

    async def _write_down(self, account_id: int) -> None:
        lines = self._lines[account_id]
        try:
            while lines:
                piece = [replace(line, ended=self._fenced(account_id, line.ended)) for line in lines[:BATCH]]
                if await self._is_written(account_id, piece):
                    del lines[: len(piece)]
                    lines += self._settled(account_id, piece)
                else:
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            del self._writing[account_id], self._lines[account_id]

    def _fenced(self, account_id: int, ended: Ended) -> Ended:
        hold = self._holds.get((account_id, ended.job.id))
        return ended if hold is None else replace(ended, job=replace(ended.job, fence=hold.job.fence))

    async def _is_written(self, account_id: int, piece: Sequence[_Line]) -> bool:
        """Whether it is on the disk; not while the database is away. What can never be is left out, and logged."""
        ended = [line.ended for line in piece]
        log = [line.delivery for line in piece if line.delivery is not None]
        try:
            await self._telling.end(account_id, ended, log)
        except Unavailable as error:
            # What was sent is sent again, unless this gets through before the lease ends.
            _log.warning("deliveries not noted yet", account=account_id, reason=error.message)
            return False
        except Exception as error:  # noqa: BLE001 - one that cannot be written must not keep others from it
            if len(piece) > 1:
                return all([await self._is_written(account_id, [line]) for line in piece])
            if log:
                return await self._is_written(account_id, [replace(piece[0], delivery=None)])
            reason = error.message if isinstance(error, DaylineError) else type(error).__name__
            _log.error("job not noted", account=account_id, job=ended[0].job.id, reason=reason)
        return True

    def _settled(self, account_id: int, piece: Sequence[_Line]) -> list[_Line]:
        """Let go of what is written down; give what got another fence meanwhile, to be written again."""
        again: list[_Line] = []
        for line in piece:
            job = line.ended.job
            hold = self._holds.get((account_id, job.id))
            if hold is not None and hold.job.fence != job.fence:
                again.append(replace(line, delivery=None))
                continue
            self._holds.pop((account_id, job.id), None)
            line.written()
        return again
