"""What callers have written, without a person: activities, records and the rest, each through a unit like any write.

The change log says of each that it was changed or is gone, and nothing of what it was. It must never erase an
activity in which somebody else outside of the account has a part.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.erasing import (
    PEOPLE,
    Subject,
    in_other_words,
    other_record,
    remains,
    touched,
    without,
)
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.record import Record, RecordKey
from dayline.service.erasing_work import Run, rows_with
from dayline.service.identity import NOBODY
from dayline.service.records import existing
from dayline.store.store import Store
from dayline.store.sweep import Row
from dayline.store.unit import Entity, Entry, Facts, Needs, Plan, Unit, encode, number_of

_activity: Final = msgspec.json.Decoder(Activity)
_record: Final = msgspec.json.Decoder(Record)
_integrated: Final = msgspec.json.Decoder(IntegratedAccount)


class Things:
    """The steps of an erasure that write what callers do."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def activities(self, run: Run, rows: Sequence[Row]) -> None:
        """Those that were his alone go, files and all; of others he goes."""
        subject, bodies = run.subject, [row.texts["body"] for row in rows]
        near = [_activity.decode(bodies[place]) for place in rows_with(subject, bodies)]
        found = [one for one in near if subject.has_part(one) or without(one, subject) != one]
        if not found:
            return
        doomed = {one.id: await self._doomed(run, one) for one in found}

        def plan(facts: Facts) -> Plan[None]:
            entries: list[Entry] = []
            now = facts.author.now
            for before in facts.found.activities.values():
                entries += _erased(before, subject, doomed.get(before.id, frozenset()), now)
            return Plan(tuple(entries), None)

        entries = await self._write(
            run, Needs(activities=tuple(one.id for one in found)), plan, (f"activity:{one.id}" for one in found)
        )
        gone = [entry for entry in entries if entry.after is None]
        changed = [entry for entry in entries if entry.action == "changed"]
        run.count("activities erased", len(gone))
        run.count("activities changed", len(changed))
        ids = {number_of(entry.entity) for entry in gone}
        files = sum(len(one.attachments) for one in found if one.id in ids)
        run.count("attachments erased", files + sum(len(doomed.get(number_of(entry.entity), ())) for entry in changed))
        await self._store.remove_gone_files(run.account_id)

    async def _doomed(self, run: Run, activity: Activity) -> frozenset[int]:
        """The files on an activity of several that name him, in their names or in plain text."""
        subject = run.subject
        part = subject.has_part(activity)
        if part and subject.is_alone(activity):
            return frozenset()
        marks, doomed, kept = subject.near if part else subject.far, set[int](), 0
        for one in activity.attachments:
            if one.key is None:
                continue
            named = marks.are_in(one.name) or marks.are_in(one.description or "")
            if named or (part and await self._names_him(run, one.key, subject)):
                doomed.add(one.id)
            else:
                kept += part
        if kept:
            run.leave(f"activity {activity.id} is of several: {kept} of its files do not name the person, and stay")
        return frozenset(doomed)

    async def _names_him(self, run: Run, key: str, subject: Subject) -> bool:
        data = await self._store.files.open(run.account_id, key)
        if data is None:
            return False
        with data:
            return subject.near.are_in_bytes(await asyncio.to_thread(data.read))

    async def records(self, run: Run, rows: Sequence[Row]) -> None:
        """Records that are no person lose the words that name him; other people keep theirs."""
        far = run.subject.far
        near = [_record.decode(row.texts["body"]) for row in rows if far.may_be_in(row.texts["body"])]
        others = [one for one in near if not run.subject.is_ref(one.ref)]
        for one in others:
            if one.kind in PEOPLE and any(map(far.are_in, filter(None, (one.name, one.email, one.external_id)))):
                run.leave_out([f"{one.kind} {one.id}"], "is called so")
            elif one.kind not in PEOPLE and far.are_in(one.slug):
                run.leave(f"{one.kind} {one.id} has a slug that says the name, and slugs never change")
        found = [one for one in others if one.kind not in PEOPLE and other_record(one, far, 0) is not one]
        if not found:
            return

        def plan(facts: Facts) -> Plan[None]:
            now = facts.author.now
            anew = ((one, other_record(one, far, now)) for one in facts.found.records.values())
            return Plan(tuple(Entry("changed", *both, forgets=True) for both in anew if both[0] is not both[1]), None)

        needs = Needs(records=tuple(RecordKey(one.kind, one.id, "id") for one in found))
        entries = await self._write(run, needs, plan, (existing(one.kind) for one in found))
        run.count("records changed", len(entries))

    async def filters(self, run: Run, rows: Sequence[Row]) -> None:
        """Saved filters: their names and conditions."""
        ids = self._near(run, rows)
        await self._reword(run, Needs(filters=ids), "filter", lambda facts: facts.found.filters, ("name", "where"))

    async def types(self, run: Run, rows: Sequence[Row]) -> None:
        """Types of activities: their names."""
        await self._reword(run, Needs(types=self._near(run, rows)), "type", lambda facts: facts.found.types, ("name",))

    async def tokens(self, run: Run, rows: Sequence[Row]) -> None:
        """Tokens: their names."""
        ids = self._near(run, rows)
        await self._reword(run, Needs(tokens=ids), "token", lambda facts: facts.found.tokens, ("name",))

    async def webhooks(self, run: Run, rows: Sequence[Row]) -> None:
        """Webhooks: their names."""
        ids = self._near(run, rows)
        await self._reword(run, Needs(webhooks=ids), "webhook", lambda facts: facts.found.webhooks, ("name",))

    async def integrated(self, run: Run, rows: Sequence[Row]) -> None:
        """Integrated accounts: their labels, and what went wrong last."""
        near = [row.texts["body"] for row in rows if run.subject.far.may_be_in(row.texts["body"])]
        needs = Needs(integrated=tuple(_integrated.decode(body).id for body in near))
        names = ("label", "last_error")
        await self._reword(run, needs, "integrated account", lambda facts: facts.found.integrated, names)

    def _near(self, run: Run, rows: Sequence[Row]) -> tuple[int, ...]:
        return tuple(row.key[0] for row in rows if run.subject.far.may_be_in(row.texts["body"]))

    async def _reword(
        self, run: Run, needs: Needs, what: str, found: Callable[[Facts], Any], names: tuple[str, ...]
    ) -> None:
        """Take his names out of these fields; tell where else they are."""
        if needs == Needs():
            return
        far = run.subject.far

        def plan(facts: Facts) -> Plan[None]:
            entries = list[Entry]()
            for before in {id(one): one for one in found(facts).values()}.values():
                after = in_other_words(before, far, *names)
                if after is not before:
                    entries.append(Entry("changed", before, replace(after, **_touched(after, facts)), forgets=True))
                if far.are_in(encode(after)):
                    number = getattr(after, "number", None) or after.id
                    run.leave(f"{what} {number} says the name or the address where an erasure does not change it")
            return Plan(tuple(entries), None)

        run.count(f"{what}s changed", len(await self._write(run, needs, plan, (f"erasing:{what}",))))

    async def own_records(self, run: Run) -> None:
        """The person's own records go for good; what hangs on them is gone by now, or is done once more."""
        for ref in run.subject.traces.refs:
            if await self._store.sweep.linked(run.account_id, ref.kind, ref.id, 0, 1):
                run.begin("activities")
                return
        keys = tuple(RecordKey(ref.kind, ref.id, "id") for ref in run.subject.traces.refs)

        def plan(facts: Facts) -> Plan[None]:
            own = {id(one): one for one in facts.found.records.values()}.values()
            return Plan(tuple(Entry("purged", one, None, forgets=True) for one in own), None)

        entries = await self._write(run, Needs(records=keys), plan, map(existing, PEOPLE))
        run.count("records erased", len(entries))
        run.over = True

    async def end(self, run: Run) -> None:
        """Write down what was done."""

        def plan(facts: Facts) -> Plan[None]:
            before = facts.found.erasures.get(run.erasure_id)
            if before is None or before.state == "done":
                return Plan((), None)
            after = replace(
                before, state="done", ended_at=facts.author.now, counts=dict(run.counts), left=tuple(run.left)
            )
            return Plan((Entry("changed", before, after),), None)

        await self._write(run, Needs(erasures=(run.erasure_id,)), plan, (f"erasure:{run.erasure_id}",))
        run.over = True

    async def _write(
        self, run: Run, needs: Needs, plan: Callable[[Facts], Plan[None]], touches: Iterable[str]
    ) -> tuple[Entry, ...]:
        """Write in the name of whoever asked for the erasure; give what was written."""

        def noted(facts: Facts) -> Plan[tuple[Entry, ...]]:
            made = plan(facts)
            return Plan(made.entries, made.entries)

        unit: Unit[tuple[Entry, ...], tuple[Entry, ...]] = Unit(
            account_id=run.account_id,
            user_id=run.user_id,
            token_id=NOBODY,
            admin=True,
            needs=needs,
            plan=noted,
            render=lambda result: result.value,
            touches=frozenset(touches),
        )
        return await self._store.write(unit)


def _erased(before: Activity, subject: Subject, doomed: frozenset[int], now: int) -> list[Entry]:
    """What is written of an activity: that it is deleted and gone for good, or is without him."""
    if subject.has_part(before) and subject.is_alone(before):
        left = before if before.deleted_at else remains(before, now)
        told = [] if before.deleted_at else [Entry("deleted", before, left, forgets=True)]
        return [*told, Entry("purged", left, None, forgets=True)]
    after = touched(before, without(before, subject, doomed), now)
    return [] if after is before else [Entry("changed", before, after, forgets=True)]


def _touched(after: Entity, facts: Facts) -> dict[str, Any]:
    now = facts.author.now
    given = {"updated_at": now, "revision": getattr(after, "revision", 0) + 1}
    return {name: value for name, value in given.items() if name in after.__struct_fields__}
