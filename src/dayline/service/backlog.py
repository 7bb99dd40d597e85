"""What is to be done and not done yet, of all accounts together: for the operator, who watches over the server.

It must never keep anybody waiting: to look costs some statements for each account, so that it is done now and then.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Final

from msgspec import Struct

from dayline.domain.integrated import IntegratedFilter
from dayline.domain.webhook import lane_of
from dayline.store.jobs import Counted
from dayline.store.store import Store

_LEAST: Final = 1.0  # seconds between two looks
_REST: Final = 20  # times as long as a look took, to the next one
_WEBHOOK: Final = lane_of(0)[:-1]


class Backlog(Struct, frozen=True, kw_only=True):
    """``oldest_due`` is when the longest due job that nobody is doing was due, and ``oldest_change`` when the first one
    happened of the ``behind`` changes that a webhook is still to be told of. ``neglected`` is since when nobody has so
    much as tried to do something that is due. All in ms UTC, None where there is none.

    ``sealed`` tells whether there is anything that was sealed with a key.
    """

    jobs: dict[str, int] = {}
    oldest_due: int | None = None
    behind: int = 0
    oldest_change: int | None = None
    neglected: int | None = None
    sealed: bool = False

    def late(self, now: int) -> float:
        """For how many seconds the oldest thing has been due, be it for a receiver who is slow or away."""
        instants = [instant for instant in (self.oldest_due, self.oldest_change) if instant is not None]
        return max(0, now - min(instants)) / 1000 if instants else 0.0

    def neglected_for(self, now: int) -> float:
        """For how many seconds nobody has tried to do something that is due."""
        return 0.0 if self.neglected is None else max(0, now - self.neglected) / 1000


class Backlogs:
    """Looks now and then. Every method raises Unavailable when it cannot be done now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: Backlog | None = None
        self._until = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def latest(self, patience: float = 1.0) -> Backlog | None:
        """As it was lately: nobody waits for a look but for the first one, and for that so many seconds at the most.

        None where there is none yet.
        """
        if self._looking is None and (self._kept is None or monotonic() >= self._until):
            self._looking = asyncio.create_task(self.refresh())
            self._looking.add_done_callback(_heard)
        if self._kept is None and self._looking is not None:
            done, _ = await asyncio.wait({self._looking}, timeout=patience)
            for look in done:
                look.result()
        return self._kept

    async def look(self) -> Backlog:
        """As it is."""
        jobs, due, neglected = {"waiting": 0, "held": 0, "dead": 0}, list[int](), list[int]()
        behind, changes = 0, list[int]()
        sealed = self._kept is not None and self._kept.sealed
        now = self._store.clock()
        for account in await self._store.accounts():
            counts = await self._store.jobs.counts(account.id)
            for counted in counts:
                jobs[counted.state] += counted.jobs
            late = _late(counts, now)
            due += late.values()
            neglected += [await self._tried(account.id, lane, first) for lane, first in late.items()]
            many, first_change = await self._untold(account.id)
            behind += many
            changes += [] if first_change is None else [first_change]
            sealed = sealed or await self._has_sealed(account.id)
            await asyncio.sleep(0)  # what has to be answered goes before
        return Backlog(
            jobs=jobs,
            oldest_due=min(due, default=None),
            behind=behind,
            oldest_change=min(changes, default=None),
            neglected=min(neglected, default=None),
            sealed=sealed,
        )

    async def refresh(self) -> None:
        """Look now, and keep what was seen."""
        begun = monotonic()
        try:
            self._kept = await self.look()
        finally:
            self._looking = None
            self._until = monotonic() + max(_LEAST, _REST * (monotonic() - begun))

    async def _tried(self, account_id: int, lane: str, first_due: int) -> int:
        """Since when nobody has tried what is due in a lane: a webhook that fails is tried again and again."""
        webhook = lane.removeprefix(_WEBHOOK)
        if webhook == lane or not webhook.isdigit():
            return first_due
        last = await self._store.deliveries.last(account_id, int(webhook))
        return first_due if last is None else max(first_due, last.at)

    async def _untold(self, account_id: int) -> tuple[int, int | None]:
        """How many changes webhooks are still to be told of, and when the first of them happened."""
        cursors = [webhook.cursor for webhook in await self._store.webhooks.active(account_id)]
        if not cursors:
            return 0, None
        last = await self._store.sequence(account_id)
        behind = sum(max(0, last - cursor) for cursor in cursors)
        if not behind:
            return 0, None
        first = await self._store.feed.after(account_id, min(cursors), 1)
        return behind, first[0].at if first else None

    async def _has_sealed(self, account_id: int) -> bool:
        webhooks, _ = await self._store.webhooks.page(account_id, None, 100, 0)
        integrated, _ = await self._store.integrated_accounts(account_id, IntegratedFilter(), 100, 0)
        return any(found.sealed for found in webhooks) or any(found.sealed for found in integrated)


def _late(counts: Sequence[Counted], now: int) -> dict[str, int]:
    """When the first job of each lane was due that is, unless somebody is at work there."""
    busy = {counted.lane for counted in counts if counted.state == "held" and counted.first_due > now}
    due: dict[str, int] = {}
    for counted in counts:
        if counted.state != "dead" and counted.first_due <= now and counted.lane not in busy:
            due[counted.lane] = min(counted.first_due, due.get(counted.lane, counted.first_due))
    return due


def _heard(task: asyncio.Task[None]) -> None:
    """What a look raised that nobody waited for is found out by the next one."""
    if not task.cancelled():
        task.exception()
