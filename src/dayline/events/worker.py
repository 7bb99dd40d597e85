"""The worker: sees what is due, account by account, takes jobs, does them, and says how they went.

At least once: what was sent and not yet said to be is sent again after a crash, under the same id. It must never hold a
transaction while it waits for another system, nor let one webhook keep others waiting.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, TypeAlias

import structlog
from msgspec.structs import replace

from dayline.domain.errors import DaylineError
from dayline.domain.job import Ended, Job, failed, put_off
from dayline.domain.origin import WORKER, Origin, enter
from dayline.domain.told import Told
from dayline.domain.webhook import Webhook
from dayline.events.delivering import Delivering
from dayline.events.face import Face
from dayline.events.holding import Holdings
from dayline.events.lanes import AT_ONCE, SLOTS, Lane, Lanes
from dayline.kit.client import Client
from dayline.service import Service
from dayline.service.webhooks import REPLAY, TASKS

Task: TypeAlias = Callable[[Service, int, Job], Awaitable[Job | None]]
"""Does a piece of a job: gives the job as it goes on, or None when it is done."""

IDLE_SECONDS: Final = 1.0  # after which is asked what is due, whatever this process was told
WAKE_SECONDS: Final = 60.0  # after which is looked for webhooks of which nobody said that they have to be told
GAP_SECONDS: Final = 0.02  # between two rounds, in which more may come: each round looks at all webhooks
ACCOUNTS: Final = 200  # that are asked for at once
LOOKS: Final = 4  # accounts that are looked at together, so that they share commits
TROUBLE_MS: Final = 60_000  # for which an account is left alone in which something is wrong
DRAIN_SECONDS: Final = 8.0  # for what is under way at the end
CLOSING_SECONDS: Final = 2.0  # to write down how that went

_log = structlog.get_logger("dayline.events")


class Worker:
    """Works until it is stopped. Made on the event loop's thread, and used from there only."""

    def __init__(
        self,
        service: Service,
        client: Client,
        faces: Mapping[str, Face],
        tasks: Mapping[str, Task],
        *,
        lease_seconds: float = 60.0,
    ) -> None:
        """``client`` is for nothing else, and without a breaker of its own. ``tasks`` are by kind of job."""
        self._service, self._client, self._faces, self._tasks = service, client, faces, tasks
        self._telling = service.telling
        self._delivering = Delivering(service, client, faces)
        self._lanes = Lanes(self._at_once)
        self._holdings = Holdings(service.telling, lease_seconds)
        self._running: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        self._listened: set[int] = set()  # accounts that have had something to do since the start
        self._to_look: set[int] = set()  # accounts in which there is something to do, as far as this process knows
        self._asked = -IDLE_SECONDS  # when the database was asked (monotonic), and up to which account
        self._place = 0
        self._chance = random.Random()  # noqa: S311 - it decides whose turn it is; each process draws its own lots
        self._beginning = False
        self._stopping = False
        self._loops: list[asyncio.Task[None]] = []

    @property
    def service(self) -> Service:
        """All verbs over the store that it works on."""
        return self._service

    @property
    def at_work(self) -> bool:
        """Whether it has begun, and goes on."""
        return bool(self._loops) and not self._stopping and not any(loop.done() for loop in self._loops)

    @property
    def left_alone(self) -> int:
        """How many webhooks are left alone now because they keep failing."""
        return self._delivering.left_alone

    def start(self) -> None:
        """Begin to work."""
        loops = (self._work_on(), self._holdings.hold_on(), self._wake_on())
        self._loops = [asyncio.create_task(loop) for loop in loops]

    def written(self, account_id: int) -> None:
        """Be told of each write of this process: where somebody listens, it is looked at at once."""
        if account_id in self._listened:
            self._look_again(account_id)

    def stir(self) -> None:
        """Look at once whether there is something to do."""
        self._asked = -IDLE_SECONDS
        self._stirred.set()

    async def stop(self) -> None:
        """Finish what is under way, but no longer than ten seconds, and give back what is not begun."""
        self._stopping = True
        self._stirred.set()
        if self._loops:
            await asyncio.gather(self._loops[0], return_exceptions=True)
        now = self._telling.now()
        for (account_id, _), job in self._lanes.drain():
            self._holdings.end(account_id, put_off(job, now))
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        try:
            await self._holdings.close(CLOSING_SECONDS)
        finally:
            await self._client.close()

    async def _work_on(self) -> None:
        enter(Origin(WORKER))
        while not self._stopping:
            self._stirred.clear()
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - whatever it is, what is due stays due, and is looked at again
                _complain("worker paused", error)
                self._stirred.clear()
            if not self._stopping:
                await asyncio.sleep(GAP_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), IDLE_SECONDS)

    async def _wake_on(self) -> None:
        """At the start, and each minute; beside the work, since it asks every account."""
        enter(Origin(WORKER))
        while True:
            try:
                await self._telling.wake()
                await self._delivering.forget()
            except Exception as error:  # noqa: BLE001 - the next minute is another
                _complain("webhooks not looked for", error)
            await asyncio.sleep(WAKE_SECONDS)

    async def _round(self) -> None:
        """Look at each account in which there may be something to do."""
        accounts, self._to_look = self._to_look, set()
        if monotonic() - self._asked >= IDLE_SECONDS:
            self._asked = monotonic()
            found = await self._telling.due(self._place, ACCOUNTS)
            self._listened.update(found)
            accounts.update(found)
            self._place = found[-1] if len(found) == ACCOUNTS else 0
            if self._place:  # there are more
                self.stir()
        mixed = self._chance.sample(tuple(accounts), len(accounts))  # so that none is always the last
        for start in range(0, len(mixed), LOOKS):
            if self._stopping:
                return
            await asyncio.gather(*(self._look_at(account_id) for account_id in mixed[start : start + LOOKS]))

    async def _look_at(self, account_id: int) -> None:
        """Look at one account; what is wrong with it harms no other."""
        try:
            await self._look(account_id)
        except Exception as error:  # noqa: BLE001 - as above
            _complain("account not looked at", error, account=account_id)
            if not isinstance(error, DaylineError):
                with suppress(DaylineError):
                    await self._telling.leave(account_id, TROUBLE_MS)

    async def _look(self, account_id: int) -> None:
        """Make jobs of changes, take what there is room for, and note when to look again."""
        since = await self._telling.sequence(account_id)  # first: who comes after it is not among them
        webhooks = await self._telling.webhooks(account_id)
        try:
            moved = {one.id: one for one in await self._telling.expand(account_id, webhooks, self._wants)}
        finally:  # what is a job already is done, whatever is wrong with what is not yet
            await self._take(account_id, webhooks)
        standing = [moved.get(one.id, one) for one in webhooks]
        if await self._has_more(account_id, moved.values(), since):
            self._look_again(account_id)  # until then it stays due: who writes says so
        elif not await self._telling.settle(account_id, standing, self._rests(account_id, webhooks), since) and moved:
            self._look_again(account_id)  # not where nobody could be moved: that would be tried again and again

    async def _has_more(self, account_id: int, moved: Collection[Webhook], since: int) -> bool:
        """Whether there is more to look at for webhooks that go on; then nothing need be said about what comes next."""
        return bool(moved) and (
            any(one.cursor < since for one in moved) or await self._telling.sequence(account_id) > since
        )

    def _look_again(self, account_id: int) -> None:
        self._to_look.add(account_id)
        self._stirred.set()

    def _wants(self, webhook: Webhook, told: Told) -> bool:
        face = self._faces.get(webhook.face)
        try:
            return face is not None and face.event(webhook, told) is not None
        except Exception as error:  # noqa: BLE001 - it is passed over by nobody: the job that is made of it says why
            _complain("change not understood", error, webhook=webhook.id, sequence=told.sequence)
            return True

    async def _take(self, account_id: int, webhooks: Sequence[Webhook]) -> None:
        """Take what there is room for, and begin."""
        resting = self._rests(account_id, webhooks)
        lanes = (TASKS, *(webhook.lane for webhook in webhooks))
        rooms = [(lane, self._lanes.room((account_id, lane))) for lane in lanes if lane not in resting]
        for lane in resting:
            if not self._lanes.room((account_id, lane)):  # what there may be of it is taken as soon as there is room
                self._lanes.put((account_id, lane), (), more=True)
        since = monotonic()
        taken = await self._telling.take(account_id, rooms, self._holdings.lease_ms) if rooms else []
        new = self._holdings.taken(account_id, taken, since)
        for lane, room in rooms:
            more = sum(job.lane == lane for job in taken) >= room
            self._lanes.put((account_id, lane), [job for job in new if job.lane == lane], more=more)
        self._go_on()

    def _rests(self, account_id: int, webhooks: Sequence[Webhook]) -> dict[str, int]:
        """The lanes of which nothing can be taken now, with the milliseconds until that is worth another look."""
        rests = {webhook.lane: round(self._delivering.rest(account_id, webhook) * 1000) for webhook in webhooks}
        full = {lane for lane in (TASKS, *rests) if not self._lanes.room((account_id, lane))}
        return dict.fromkeys(full, round(IDLE_SECONDS * 1000)) | {lane: ms for lane, ms in rests.items() if ms}

    def _at_once(self, lane: Lane) -> int:
        return 1 if lane[1] == TASKS else self._delivering.at_once(*lane)

    def _go_on(self) -> None:
        """Begin what may be begun, in turn with all else: many at once would keep those waiting who call the API."""
        if not self._beginning:
            self._begin_next()

    def _begin_next(self) -> None:
        found = None if self._stopping else next(self._lanes.begin(), None)
        self._beginning = found is not None
        if found is None:
            return
        task = asyncio.create_task(self._do(*found))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        asyncio.get_running_loop().call_soon(self._begin_next)

    async def _do(self, lane: Lane, job: Job) -> None:
        account_id = lane[0]
        if not self._holdings.may_begin(account_id, job):
            self._over(lane)
            return
        work = self._do_task if lane[1] == TASKS else self._delivering.deliver
        ended, line = await work(account_id, job)
        # Its slot is free only when that is on the disk: so no more can be sent again after a crash than had a slot.
        self._holdings.end(account_id, ended, line, lambda: self._over(lane))

    def _over(self, lane: Lane) -> None:
        """A slot is free: the next one may begin, or more be taken."""
        wants = self._lanes.over(lane)
        if self._telling.has_done(*lane) or wants or lane[1] == TASKS:
            self._look_again(lane[0])
        self._go_on()

    async def _do_task(self, account_id: int, job: Job) -> tuple[Ended, None]:
        given = replace(job, due_at=self._telling.now())  # until when it was held does not count any more
        try:
            if job.kind == REPLAY:
                after = await self._telling.replay(account_id, given, self._wants)
            else:
                after = await self._tasks[job.kind](self._service, account_id, given)
        except Exception as error:  # noqa: BLE001 - it is tried again, and given up after a day
            reason = _complain("job failed", error, account=account_id, kind=job.kind)
            return failed(job, reason, self._telling.now()), None
        # It came on: what failed before does not count any more.
        again = None if after is None else replace(after, state="waiting", tries=0, last_error="")
        return Ended(job=job, after=again), None


def _complain(what: str, error: Exception, **about: object) -> str:
    """Log what went wrong, and give it in a few words."""
    if isinstance(error, DaylineError):
        _log.warning(what, reason=error.message, **about)
        return error.message
    _log.error(what, exc_info=error, **about)
    return type(error).__name__


__all__ = ["AT_ONCE", "SLOTS", "Task", "Worker"]
