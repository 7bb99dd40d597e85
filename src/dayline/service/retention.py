"""The purge: what is kept no longer goes for good, piece by piece, each account by its own job once a day.

What callers deleted goes in small units, and is logged; what the program wrote down by itself goes without a word.
Nothing goes of the change log that somebody is still to be told of, but for a webhook that rests: that says so.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.identity import Account
from dayline.domain.job import Job
from dayline.domain.record import Record, RecordKey, new_uuid
from dayline.domain.time import DAY_MS
from dayline.service.attempts import Attempts
from dayline.service.erasures import ERASE
from dayline.service.identity import NOBODY
from dayline.service.records import existing
from dayline.service.webhooks import TASKS
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Plan, Unit

PURGE: Final = "purge"
_TAKEN_UP: Final = (PURGE, ERASE)  # jobs that are never given up for good
PIECE: Final = 200  # of one kind a unit: others need not wait long for their turn
LOGGED: Final = 2_000  # rows of what is written down, at a time
HOUR_MS: Final = 3_600_000

_log = structlog.get_logger("dayline.retention")

Step: TypeAlias = Callable[[int], Awaitable[tuple[int, bool]]]
"""Does a piece in an account: how many went, and whether there may be more."""


class Keeps(Struct, frozen=True, kw_only=True):
    """For how long what the program writes down is kept; 0 for ever, which only changes may be."""

    call_days: int = 30
    delivery_days: int = 30
    key_hours: int = 24
    change_days: int = 0


class Purged(Struct, frozen=True, omit_defaults=True):
    """How many went, or would go."""

    activities: int = 0
    records: int = 0
    deliveries: int = 0
    calls: int = 0
    keys: int = 0
    changes: int = 0
    jobs: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        pairs = ((getattr(self, name), getattr(other, name)) for name in Purged.__struct_fields__)
        return Purged(*(mine + theirs for mine, theirs in pairs))


class Far(Struct, frozen=True, omit_defaults=True):
    """How far a purge has come: the payload of its job, which goes on each day anew."""

    step: str = "activities"
    gone: Purged = Purged()


class Retention:
    """The verbs that end things for good."""

    def __init__(self, store: Store, attempts: Attempts, keeps: Keeps | None = None) -> None:
        self._store, self._attempts, self._keeps = store, attempts, keeps or Keeps()
        self._steps: Mapping[str, Step] = {
            "activities": self._activities,
            "records": self._records,
            "deliveries": self._deliveries,
            "calls": self._calls,
            "keys": self._keys,
            "changes": self._changes,
            "jobs": self._jobs,
        }

    async def purge(self, told: Callable[[int], None] = lambda _: None) -> Purged:
        """Purge what is due in every account, here and now. Raises Unavailable; what went before stays gone.

        ``told`` is given how many more went.
        """
        total = Counter[str]()
        for account in await self._store.accounts():
            for name, step in self._steps.items():
                more = True
                while more:
                    gone, more = await step(account.id)
                    total[name] += gone
                    told(gone)
        return Purged(**total)

    async def due(self) -> Purged:
        """What a purge would take now, in every account."""
        total = Purged()
        for account in await self._store.accounts():
            total += await self._due(account)
        return total

    async def put_in(self) -> None:
        """See that each account has its daily purge, and that erasures go on. Raises Unavailable."""
        now = self._store.clock()
        for account in await self._store.accounts():
            job = Job(id=new_uuid(now), lane=TASKS, kind=PURGE, dedupe=PURGE, due_at=now, created_at=now)
            await self._store.jobs.put(account.id, [job])
            for dead in await self._store.jobs.page(account.id, "dead", TASKS, LOGGED, ""):
                if dead.kind in _TAKEN_UP:
                    await self._store.jobs.revive(account.id, dead.id, now)

    async def piece(self, account_id: int, job: Job) -> Job:
        """The task: do the next piece of an account's purge; after the last one the job waits for the next day."""
        far = msgspec.json.decode(job.payload, type=Far)
        if far.step not in self._steps:  # of another version
            far = Far()
        gone, more = await self._steps[far.step](account_id)
        total, order = far.gone + Purged(**{far.step: gone}), tuple(self._steps)
        after = Far(far.step, total)
        due_at = self._store.clock()
        if not more and far.step == order[-1]:
            _log.info("purged", account=account_id, **msgspec.structs.asdict(total))
            after, due_at = Far(), due_at + DAY_MS
        elif not more:
            after = Far(order[order.index(far.step) + 1], total)
        payload = msgspec.json.encode(after).decode()
        return replace(job, state="waiting", due_at=due_at, tries=0, last_error="", payload=payload)

    async def _due(self, account: Account) -> Purged:
        store, before = self._store, self._before(account)
        cut = self._cut_before()
        return Purged(
            activities=len(await store.expired_activities(account.id, before, 1 << 40)),
            records=len(await store.expired_records(account.id, before, 1 << 40)),
            deliveries=await store.deliveries.old(account.id, self._ago(self._keeps.delivery_days)),
            calls=await store.old_remote_calls(account.id, self._ago(self._keeps.call_days)),
            keys=await store.keeping.old_keys(account.id, self._keys_before()),
            changes=await store.keeping.old_changes(account.id, cut, await self._told(account.id)) if cut else 0,
            jobs=await store.keeping.old_dead(account.id, self._ago(self._keeps.delivery_days)),
        )

    async def _activities(self, account_id: int) -> tuple[int, bool]:
        before = self._before(await self._store.account(account_id))
        ids = await self._store.expired_activities(account_id, before, PIECE)
        gone = await self._write(account_id, Needs(activities=tuple(ids)), before) if ids else 0
        await self._store.remove_gone_files(account_id)
        return gone, len(ids) == PIECE

    async def _records(self, account_id: int) -> tuple[int, bool]:
        before = self._before(await self._store.account(account_id))
        keys = await self._store.expired_records(account_id, before, PIECE)
        records = tuple(RecordKey(kind, id_, "id") for kind, id_ in keys)
        gone = await self._write(account_id, Needs(records=records), before) if keys else 0
        return gone, len(keys) == PIECE

    async def _deliveries(self, account_id: int) -> tuple[int, bool]:
        before = self._ago(self._keeps.delivery_days)
        return await self._store.deliveries.forget(account_id, before, LOGGED)

    async def _calls(self, account_id: int) -> tuple[int, bool]:
        return await self._store.forget_remote_calls(account_id, self._ago(self._keeps.call_days), LOGGED)

    async def _keys(self, account_id: int) -> tuple[int, bool]:
        await self._attempts.forget(account_id, self._keys_before())
        gone = await self._store.keeping.forget_keys(account_id, self._keys_before(), LOGGED)
        return gone, gone == LOGGED

    async def _changes(self, account_id: int) -> tuple[int, bool]:
        before = self._cut_before()
        if not before:
            return 0, False
        cut = await self._store.keeping.cut(account_id, before, LOGGED)
        if cut.missed:
            _log.warning("paused webhooks miss changes", account=account_id, webhooks=cut.missed, until=cut.until)
        return cut.gone, cut.gone == LOGGED

    async def _jobs(self, account_id: int) -> tuple[int, bool]:
        gone = await self._store.keeping.forget_dead(account_id, self._ago(self._keeps.delivery_days), LOGGED)
        lanes = {counted.lane for counted in await self._store.jobs.counts(account_id)}
        for lane in lanes:
            name, _, id_ = lane.partition(":")
            if name == "webhook" and await self._store.webhooks.one(account_id, int(id_)) is None:
                await self._store.jobs.drop(account_id, lane)
        return gone, gone == LOGGED

    async def _told(self, account_id: int) -> int:
        """The last change that nobody needs any more."""
        seen, needed = await self._store.keeping.seen_by_all(account_id), await self._store.jobs.lowest(account_id)
        last = await self._store.sequence(account_id)
        return min(last, last if seen is None else seen, last if needed is None else needed - 1)

    def _before(self, account: Account) -> int:
        return self._ago(account.settings.retention_days)

    def _ago(self, days: int) -> int:
        return self._store.clock() - days * DAY_MS

    def _keys_before(self) -> int:
        return self._store.clock() - self._keeps.key_hours * HOUR_MS

    def _cut_before(self) -> int | None:
        return self._ago(self._keeps.change_days) if self._keeps.change_days else None

    async def _write(self, account_id: int, needs: Needs, before: int) -> int:
        def plan(facts: Facts) -> Plan[int]:
            # Looked at again under the lock: it may have been restored in between.
            activities = [found for found in facts.found.activities.values() if 0 < (found.deleted_at or 0) < before]
            wanted = {(key.kind, key.value) for key in needs.records}
            records = [
                found
                for found in facts.found.records.values()
                if (found.kind, found.id) in wanted and 0 < (found.deleted_at or 0) < before
            ]
            gone: list[Activity | Record] = [*activities, *records]
            return Plan(tuple(Entry("purged", each, None) for each in gone), len(gone))

        names = (f"activity:{id_}" for id_ in needs.activities)
        unit: Unit[int, int] = Unit(
            account_id=account_id,
            user_id=NOBODY,
            token_id=NOBODY,
            admin=True,
            needs=needs,
            plan=plan,
            render=lambda result: result.value,
            touches=frozenset((*names, *(existing(key.kind) for key in needs.records))),
        )
        return await self._store.write(unit)
