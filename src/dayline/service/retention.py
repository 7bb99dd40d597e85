"""The purge: what was deleted longer ago than its account keeps it goes for good, its files with it.

In small units, and logged.
"""

from msgspec import Struct

from dayline.domain.activity import Activity
from dayline.domain.identity import Account
from dayline.domain.record import Record, RecordKey
from dayline.domain.time import DAY_MS
from dayline.service.identity import NOBODY
from dayline.service.records import existing
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Plan, Unit

PIECE = 200  # of one kind a unit: others need not wait long for their turn


class Purged(Struct, frozen=True):
    """How many went, or would go."""

    activities: int = 0
    records: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(self.activities + other.activities, self.records + other.records)


class Retention:
    """The verbs that end things for good."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def purge(self) -> Purged:
        """Purge what is due in every account. Raises Unavailable; what went before stays gone."""
        total = Purged()
        for account in await self._store.accounts():
            total += await self._purge(account)
        return total

    async def due(self) -> Purged:
        """What a purge would take now, in every account."""
        total = Purged()
        for account in await self._store.accounts():
            before = self._before(account)
            activities = await self._store.expired_activities(account.id, before, 1 << 40)
            records = await self._store.expired_records(account.id, before, 1 << 40)
            total += Purged(len(activities), len(records))
        return total

    async def _purge(self, account: Account) -> Purged:
        before, total = self._before(account), Purged()
        while ids := await self._store.expired_activities(account.id, before, PIECE):
            total += await self._write(account.id, Needs(activities=tuple(ids)), before)
            await self._store.remove_gone_files(account.id)
        while keys := await self._store.expired_records(account.id, before, PIECE):
            records = tuple(RecordKey(kind, id_, "id") for kind, id_ in keys)
            total += await self._write(account.id, Needs(records=records), before)
        return total

    def _before(self, account: Account) -> int:
        return self._store.clock() - account.settings.retention_days * DAY_MS

    async def _write(self, account_id: int, needs: Needs, before: int) -> Purged:
        def plan(facts: Facts) -> Plan[Purged]:
            # Looked at again under the lock: it may have been restored in between.
            activities = [found for found in facts.found.activities.values() if 0 < (found.deleted_at or 0) < before]
            wanted = {(key.kind, key.value) for key in needs.records}
            records = [
                found
                for found in facts.found.records.values()
                if (found.kind, found.id) in wanted and 0 < (found.deleted_at or 0) < before
            ]
            gone: list[Activity | Record] = [*activities, *records]
            return Plan(tuple(Entry("purged", each, None) for each in gone), Purged(len(activities), len(records)))

        names = (f"activity:{id_}" for id_ in needs.activities)
        unit: Unit[Purged, Purged] = Unit(
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
