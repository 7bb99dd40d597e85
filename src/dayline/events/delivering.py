"""Does one job: tells a webhook of one thing, in its face's words, and gives how that went.

It must never raise but when it is called off, and holds nothing of a webhook but how it has answered lately.
"""

from asyncio import Semaphore
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final, TypeAlias
from weakref import WeakValueDictionary

import msgspec
import structlog

from dayline.domain.delivery import TEST, Delivery
from dayline.domain.errors import DaylineError, Unavailable
from dayline.domain.job import Ended, Job, failed, put_off
from dayline.domain.webhook import Webhook
from dayline.events.face import Face, Sending
from dayline.events.lanes import AT_ONCE, Lane
from dayline.events.sending import count, logged, send
from dayline.kit.breaker import Breakers
from dayline.kit.client import Client
from dayline.service import Service
from dayline.service.telling import Ready
from dayline.service.webhooks import Send

Went: TypeAlias = tuple[Ended, Delivery | None]
LARGE_AT_ONCE: Final = 8
LATER_MS: Final = 1_000  # after which is tried again what the database was away for

_log = structlog.get_logger("dayline.events")
_send = msgspec.json.Decoder(Send)


class Delivering:
    """Tells webhooks. Made on the event loop's thread, and used from there only."""

    def __init__(self, service: Service, client: Client, faces: Mapping[str, Face]) -> None:
        """``client`` is without a breaker of its own: how a webhook does is known here."""
        self._service, self._client, self._faces = service, client, faces
        self._telling = service.telling
        self._breakers = Breakers()
        self._failing: dict[Lane, str] = {}  # where those were that fail
        self._large: WeakValueDictionary[int, Semaphore] = WeakValueDictionary()  # while somebody is in there

    @property
    def left_alone(self) -> int:
        """How many webhooks are left alone now because they keep failing."""
        return self._breakers.open()

    def at_once(self, account_id: int, lane: str) -> int:
        """How many may be sent at once in a lane: of one that failed last, one, to see whether it is well again."""
        return 1 if (account_id, lane) in self._failing else AT_ONCE

    def rest(self, account_id: int, webhook: Webhook) -> float:
        """The seconds for which a webhook is left alone; one that is somewhere else now begins anew."""
        lane = (account_id, webhook.lane)
        if self._failing.get(lane, webhook.url) != webhook.url:
            self._well(lane)
        return self._breakers.rest(_key(lane))

    async def forget(self) -> None:
        """Remember no more how those did that are gone, or paused: one that comes back begins anew."""
        for lane in await self._telling.gone(self._failing):
            self._well(lane)

    async def deliver(self, account_id: int, job: Job) -> Went:
        """Do the job."""
        key, now = _key((account_id, job.lane)), self._telling.now()
        rest = self._breakers.wait(key)
        if rest > 0:
            return put_off(job, now + round(rest * 1000)), None
        try:
            about = _send.decode(job.payload)
            async with self._room_for(account_id, large=await self._telling.is_large(account_id, about)):
                return await self._deliver(account_id, job, about)
        except Unavailable:
            return put_off(job, now + LATER_MS), None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it must not be lost, nor stand in the way
            known = isinstance(error, DaylineError)
            reason = error.message if isinstance(error, DaylineError) else type(error).__name__
            _log.warning(
                "event not sent", account=account_id, lane=job.lane, reason=reason, exc_info=None if known else error
            )
            return failed(job, f"It could not be sent: {reason}", self._telling.now()), None
        finally:
            self._breakers.left(key)

    def _room_for(self, account_id: int, *, large: bool) -> AbstractAsyncContextManager[None]:
        """Room in memory: of what is large, an account has only some at once."""
        return self._large.setdefault(account_id, Semaphore(LARGE_AT_ONCE)) if large else nullcontext()

    async def _deliver(self, account_id: int, job: Job, about: Send) -> Went:
        ready = await self._telling.ready(account_id, about)
        if ready is not None and ready.rests:
            return put_off(job, self._telling.now()), None
        event = None if ready is None else self._event(ready)
        if ready is None or event is None:  # there is nothing to be told any more
            return Ended(job=job), None
        sending = self._sending(account_id, job, ready)
        outgoing = await self._faces[ready.webhook.face].render(self._service, sending)
        came = await send(self._client, sending, outgoing)
        if came.well:
            self._well((account_id, job.lane))
        else:
            self._failed((account_id, job.lane), ready.webhook)
        ended = Ended(job=job) if came.well else failed(job, came.error, self._telling.now(), came.asked_ms)
        given_up = ended.after is not None and ended.after.state == "dead"
        line = logged(sending, outgoing, came, event, given_up=given_up)
        count(ready.webhook.face, line, job.created_at if ready.told is None or ready.again else ready.told.at)
        return ended, line

    def _event(self, ready: Ready) -> str | None:
        if ready.told is None or ready.shown is None:
            return TEST if ready.test else None
        return self._faces[ready.webhook.face].event(ready.webhook, ready.told)

    def _sending(self, account_id: int, job: Job, ready: Ready) -> Sending:
        return Sending(
            webhook=ready.webhook,
            id=ready.test if ready.shown is None else ready.shown.id,
            told=ready.shown,
            attempt=job.tries + 1,
            now=self._telling.now(),
            account_id=account_id,
            secrets=self._service.webhooks.opened(account_id, ready.webhook),
        )

    def _failed(self, lane: Lane, webhook: Webhook) -> None:
        self._breakers.failed(_key(lane))
        self._failing[lane] = webhook.url

    def _well(self, lane: Lane) -> None:
        self._breakers.well(_key(lane))
        self._failing.pop(lane, None)


def _key(lane: Lane) -> str:
    return f"{lane[0]}:{lane[1]}"
