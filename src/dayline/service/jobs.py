"""Jobs as they are asked for: what one is about, which there are, and a second life for what was given up.

It must never do one itself: that is the worker's.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from dayline.domain.errors import Forbidden, NotFound
from dayline.domain.identity import Principal
from dayline.domain.job import Job
from dayline.domain.record import new_uuid
from dayline.domain.webhook import lane_of
from dayline.service.units import deed_of
from dayline.store.jobs import Counted
from dayline.store.store import Store

JobCount: TypeAlias = Counted

DELIVER: Final = "deliver"
REPLAY: Final = "replay"
TASKS: Final = "tasks"
"""The lane of what is done one after the other, and for nobody outside."""


class Send(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job to deliver is about: a webhook, and the change that it is told of; 0 for a test with an id of its own.

    ``again`` tells one that was asked for apart from one that follows from a change, ``part`` which of its two events.
    """

    webhook_id: int
    sequence: int = 0
    test: str = ""
    again: bool = False
    part: int = 0


class Span(msgspec.Struct, frozen=True):
    """What a job to replay is about: the changes after one, up to another."""

    webhook_id: int
    after: int
    until: int


class Jobs:
    """The verbs on jobs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def jobs(self, who: Principal, state: str, lane: str | None, limit: int, after: str) -> Sequence[Job]:
        """Jobs in a state by id, from after this one on. Raises Forbidden."""
        check_admin(who)
        return await self._store.jobs.page(who.account_id, state, lane, limit, after)

    async def job_counts(self, who: Principal) -> Sequence[Counted]:
        """How many jobs there are, by lane, kind and state. Raises Forbidden."""
        check_admin(who)
        return await self._store.jobs.counts(who.account_id)

    async def one_job(self, who: Principal, job_id: str) -> Job:
        """The job with this id. Raises Forbidden and NotFound."""
        check_admin(who)
        found = await self._store.jobs.one(who.account_id, job_id)
        if found is None:
            raise NotFound("There is no job with this id: it is done, or its webhook is gone.")
        return found

    async def revive(self, who: Principal, job_id: str) -> Job:
        """Try again what has been given up; any other is tried by itself, and stays as it is.

        Gives it as it is now. Raises Forbidden and NotFound.
        """
        found, now = await self.one_job(who, job_id), self._store.clock()
        deed = deed_of(who, "job_retry", "restored", 0, now, job=found.id, kind=found.kind, lane=found.lane)
        if not await self._store.jobs.revive(who.account_id, job_id, now, deed):
            return found
        self._store.written(who.account_id)
        return replace(found, state="waiting", tries=0, due_at=now)

    def job(self, send: Send, dedupe: str) -> Job:
        """A job to deliver, due now."""
        payload = msgspec.json.encode(send).decode()
        return self._made(DELIVER, lane_of(send.webhook_id), dedupe, payload, send.sequence or None)

    def _made(self, kind: str, lane: str, dedupe: str, payload: str, sequence: int | None) -> Job:
        now = self._store.clock()
        return Job(
            id=new_uuid(now),
            lane=lane,
            kind=kind,
            dedupe=dedupe,
            due_at=now,
            sequence=sequence,
            payload=payload,
            created_at=now,
        )


def check_admin(who: Principal) -> None:
    """Raise Forbidden unless the caller is an admin, with a token that lets him be one."""
    if who.integrated_account_id is not None or not (who.is_admin and "admin" in who.scopes):
        raise Forbidden("Only an admin of the account, with a token of the scope admin, may do this.")
