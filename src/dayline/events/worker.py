"""The worker: sees what is due, account by account, takes jobs, does them, and says how they went.

At least once: what was sent and not yet said to be is sent again after a crash, under the same id. It must never hold a
transaction while it waits for another system, nor let one webhook keep others waiting.
"""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import structlog
from msgspec import Struct, field

from dayline.domain.delivery import TEST, Delivery
from dayline.domain.errors import DaylineError
from dayline.domain.job import Ended, Job, failed, put_off
from dayline.domain.origin import WORKER, Origin, enter
from dayline.domain.told import Told
from dayline.domain.webhook import Webhook
from dayline.events.face import Face, Sending
from dayline.events.sending import Came, logged, send
from dayline.kit.breaker import Breakers
from dayline.kit.client import Client
from dayline.service import Service
from dayline.service.telling import by_webhook
from dayline.service.webhooks import REPLAY, TASKS, Send

Task: TypeAlias = Callable[[Service, int, Job], Awaitable[Job | None]]
"""Does a piece of a job: gives the job as it goes on, or None when it is done."""
Lane: TypeAlias = tuple[int, str]

IDLE_SECONDS: Final = 1.0
ACCOUNTS: Final = 200  # that are looked at in one round
AT_ONCE: Final = 4  # to one webhook
HELD: Final = 32  # jobs of one webhook, under way or next in turn
ACCOUNT_SLOTS: Final = 64  # of one account
SLOTS: Final = 256
DRAIN_SECONDS: Final = 10.0

_log = structlog.get_logger("dayline.events")


class _Item(Struct, frozen=True, eq=False):
    """A job to deliver, with all that it needs."""

    job: Job
    send: Send
    webhook: Webhook
    told: Told | None


class _Queue(Struct, eq=False):
    """What a webhook has in this process: jobs in turn, and how many are under way."""

    waiting: deque[_Item] = field(default_factory=deque)
    busy: int = 0

    @property
    def room(self) -> int:
        """How many more may be taken."""
        return HELD - len(self.waiting) - self.busy


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
        self._lease = lease_seconds
        self._breakers = Breakers()
        self._queues: dict[Lane, _Queue] = {}
        self._busy: dict[int, int] = defaultdict(int)  # slots by account
        self._held: dict[tuple[int, str], Job] = {}
        self._ended: dict[int, list[tuple[Ended, Delivery | None]]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        self._listened: set[int] = set()  # accounts that have had something to do since the start
        self._stopping = False
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to work."""
        self._loops = [asyncio.create_task(self._work_on()), asyncio.create_task(self._hold_on())]

    def written(self, account_id: int) -> None:
        """Be told of each write of this process: where somebody listens, it is looked at at once."""
        if account_id in self._listened:
            self._stirred.set()

    def stir(self) -> None:
        """Look at once whether there is something to do."""
        self._stirred.set()

    async def stop(self) -> None:
        """Finish what is under way, but no longer than ten seconds, and give back what is not begun."""
        self._stopping = True
        self._stirred.set()
        await asyncio.gather(self._loops[0], return_exceptions=True)
        self._give_back()
        if self._running:
            await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._loops[1].cancel()
        with suppress(asyncio.CancelledError):
            await self._loops[1]
        await self._give_back_rest()

    async def _work_on(self) -> None:
        enter(Origin(WORKER))
        while not self._stopping:
            self._stirred.clear()
            try:
                await self._round()
            except DaylineError as error:
                _log.warning("worker paused", reason=error.message)
            except Exception:  # noqa: BLE001 - whatever it is, what is due stays due, and is looked at again
                _log.exception("worker failed")
                await asyncio.sleep(IDLE_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), IDLE_SECONDS)

    async def _round(self) -> None:
        accounts = await self._telling.due(ACCOUNTS)
        random.shuffle(accounts)  # so that none is always the last
        for account_id in accounts:
            if self._stopping:
                return
            await self._look_at(account_id)

    async def _look_at(self, account_id: int) -> None:
        """Make jobs of changes, take what there is room for, and note when to look again."""
        self._listened.add(account_id)
        webhooks = await self._telling.webhooks(account_id)
        if await self._telling.expand(account_id, webhooks, self._wants):
            self.stir()
            webhooks = await self._telling.webhooks(account_id)
        rooms = [(webhook.lane, room) for webhook in webhooks if (room := self._room(account_id, webhook)) > 0]
        if not self._queue(account_id, TASKS).busy:
            rooms.append((TASKS, 1))
        jobs = await self._telling.take(account_id, rooms, round(self._lease * 1000)) if rooms else []
        for job in jobs:
            self._held[account_id, job.id] = job
        await self._begin(account_id, jobs, {webhook.id: webhook for webhook in webhooks})
        await self._telling.settle(account_id, webhooks)

    def _wants(self, webhook: Webhook, told: Told) -> bool:
        face = self._faces.get(webhook.face)
        return face is not None and face.event(webhook, told) is not None

    def _room(self, account_id: int, webhook: Webhook) -> int:
        if self._breakers.rest(_key(account_id, webhook)) > 0:
            return 0
        return self._queue(account_id, webhook.lane).room

    def _queue(self, account_id: int, lane: str) -> _Queue:
        return self._queues.setdefault((account_id, lane), _Queue())

    async def _begin(self, account_id: int, jobs: Sequence[Job], webhooks: Mapping[int, Webhook]) -> None:
        for job in jobs:
            if job.lane == TASKS:
                self._run(account_id, TASKS, self._do_task(account_id, job))
        for webhook_id, items in by_webhook([job for job in jobs if job.lane != TASKS]).items():
            webhook = webhooks[webhook_id]
            told = await self._telling.told(account_id, webhook, [item.sequence for _, item in items if item.sequence])
            for job, item in items:
                self._queue(account_id, webhook.lane).waiting.append(_Item(job, item, webhook, told.get(item.sequence)))
            self._go_on(account_id, webhook.lane)

    def _go_on(self, account_id: int, lane: str) -> None:
        """Begin what may be begun in a lane."""
        queue = self._queue(account_id, lane)
        while queue.waiting and queue.busy < AT_ONCE and not self._stopping:
            if self._busy[account_id] >= ACCOUNT_SLOTS or sum(self._busy.values()) >= SLOTS:
                return
            self._run(account_id, lane, self._deliver(account_id, queue.waiting.popleft()))

    def _run(self, account_id: int, lane: str, work: Coroutine[Any, Any, None]) -> None:
        queue = self._queue(account_id, lane)
        queue.busy += 1
        self._busy[account_id] += 1

        def over(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            queue.busy -= 1
            self._busy[account_id] -= 1
            self._over(account_id, lane)

        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(over)

    def _over(self, account_id: int, lane: str) -> None:
        """A slot is free: whoever waited for one goes on, this lane last."""
        if self._stopping:
            return
        waiting = [key for key, queue in self._queues.items() if queue.waiting and key != (account_id, lane)]
        if self._busy[account_id] >= ACCOUNT_SLOTS - 1 or sum(self._busy.values()) >= SLOTS - 1:
            for other in waiting:
                self._go_on(*other)
        self._go_on(account_id, lane)
        queue = self._queues.get((account_id, lane))
        if queue is not None and not queue.waiting:
            if not queue.busy:
                self._queues.pop((account_id, lane), None)
            self.stir()

    async def _deliver(self, account_id: int, item: _Item) -> None:
        """Send one thing, and note how it went."""
        key = _key(account_id, item.webhook)
        rest = self._breakers.wait(key)
        if rest > 0:
            self._end(account_id, put_off(item.job, self._telling.now() + round(rest * 1000)))
            return
        came: Came | None = None
        try:
            came = await self._sent(account_id, item)
        finally:
            if came is None:
                self._breakers.left(key)
            elif came.well:
                self._breakers.well(key)
            else:
                self._breakers.failed(key)

    async def _sent(self, account_id: int, item: _Item) -> Came | None:
        """Send it; None where there is nothing to send any more, or it could not be put into words."""
        face, told, now = self._faces[item.webhook.face], item.told, self._telling.now()
        event = TEST if told is None else face.event(item.webhook, told)
        if event is None or (told is None and not item.send.test):
            self._end(account_id, Ended(job=item.job))
            return None
        try:
            secrets = self._service.webhooks.opened(account_id, item.webhook)
            sending = Sending(
                webhook=item.webhook,
                id=item.send.test if told is None else told.id,
                told=told,
                attempt=item.job.tries + 1,
                now=now,
                account_id=account_id,
                secrets=secrets,
            )
            outgoing = await face.render(self._service, sending)
        except Exception as error:  # noqa: BLE001 - it must not be lost, whatever is wrong with it
            reason = error.message if isinstance(error, DaylineError) else type(error).__name__
            _log.warning("event not rendered", account=account_id, webhook=item.webhook.id, reason=reason)
            self._end(account_id, failed(item.job, f"It could not be put into words: {reason}", now))
            return None
        came = await send(self._client, sending, outgoing)
        ended = Ended(job=item.job) if came.well else failed(item.job, came.error, self._telling.now(), came.asked_ms)
        given_up = ended.after is not None and ended.after.state == "dead"
        self._end(account_id, ended, logged(sending, outgoing, came, event, given_up=given_up))
        return came

    async def _do_task(self, account_id: int, job: Job) -> None:
        now = self._telling.now()
        try:
            if job.kind == REPLAY:
                after = await self._telling.replay(account_id, job, self._wants)
            else:
                after = await self._tasks[job.kind](self._service, account_id, job)
        except Exception as error:  # noqa: BLE001 - it is tried again, and given up after a day
            reason = error.message if isinstance(error, DaylineError) else type(error).__name__
            _log.warning("job failed", account=account_id, kind=job.kind, reason=reason)
            self._end(account_id, failed(job, reason, now))
            return
        self._end(account_id, Ended(job=job, after=after))

    def _end(self, account_id: int, ended: Ended, line: Delivery | None = None) -> None:
        """Note how a job went: written down at once, together with what ends meanwhile."""
        if account_id in self._ended:
            self._ended[account_id].append((ended, line))
            return
        self._ended[account_id] = [(ended, line)]
        task = asyncio.create_task(self._write_down(account_id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _write_down(self, account_id: int) -> None:
        while lines := self._ended[account_id]:
            self._ended[account_id] = []
            try:
                await self._telling.end(
                    account_id, [ended for ended, _ in lines], [line for _, line in lines if line is not None]
                )
            except DaylineError as error:
                # The database is away: what was sent is sent again, unless this gets through before the lease ends.
                _log.warning("deliveries not noted yet", account=account_id, reason=error.message)
                self._ended[account_id] = lines + self._ended[account_id]
                if self._stopping:
                    break
                await asyncio.sleep(IDLE_SECONDS)
                continue
            for ended, _ in lines:
                self._held.pop((account_id, ended.job.id), None)
        del self._ended[account_id]
        self.stir()

    async def _hold_on(self) -> None:
        """Hold what was taken for as long as it takes."""
        while True:
            await asyncio.sleep(self._lease / 3)
            by_account: dict[int, list[Job]] = defaultdict(list)
            for (account_id, _), job in self._held.items():
                by_account[account_id].append(job)
            for account_id, held in by_account.items():
                with suppress(DaylineError):
                    await self._telling.hold(account_id, held, round(self._lease * 1000))

    def _give_back(self) -> None:
        """What is not begun is anybody's again at once."""
        now = self._telling.now()
        for (account_id, _), queue in self._queues.items():
            while queue.waiting:
                self._end(account_id, put_off(queue.waiting.popleft().job, now))

    async def _give_back_rest(self) -> None:
        now = self._telling.now()
        for (account_id, _), job in self._held.items():
            with suppress(DaylineError):
                await self._telling.end(account_id, [put_off(job, now)], [])


def _key(account_id: int, webhook: Webhook) -> str:
    return f"{account_id}:{webhook.lane}"
