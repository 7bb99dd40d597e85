"""What callers have written, without a person: activities, records and the rest, each through a unit like any write.

The change log says of each that it was changed or is gone, and nothing of what it was. It must never erase an
activity in which somebody else outside of the account has a part.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.erasing import (
    PEOPLE,
    Subject,
    is_doubtful,
    mentioned,
    other_record,
    remains,
    touched,
    without,
)
from dayline.domain.record import Record, RecordKey
from dayline.service.erasing_files import names_in
from dayline.service.erasing_work import ONLY_FORMER, WORD_LEFT, Run, rows_with
from dayline.service.erasing_writing import write
from dayline.service.records import existing
from dayline.store.store import Store
from dayline.store.sweep import Row
from dayline.store.unit import Entry, Facts, Needs, Plan, number_of

_activity: Final = msgspec.json.Decoder(Activity)
_record: Final = msgspec.json.Decoder(Record)


class Things:
    """The steps of an erasure that write what callers do."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def activities(self, run: Run, rows: Sequence[Row]) -> None:
        """Those that were his alone go, files and all; of others he goes."""
        subject, bodies = run.subject, [row.texts["body"] for row in rows]
        near = [_activity.decode(bodies[place]) for place in rows_with(subject, bodies)]
        for one in (_activity.decode(body) for body in bodies if subject.former.may_be_in(body)):
            if not subject.has_part(one) and mentioned(one, subject.former):
                run.leave_some(
                    ONLY_FORMER, f"activity {one.id} says a name or an address of before, and stays as it is"
                )
        for one in near:
            _tell_doubtful(run, one)
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

        entries = await write(
            self._store,
            run,
            Needs(activities=tuple(one.id for one in found)),
            plan,
            (f"activity:{one.id}" for one in found),
        )
        gone = [entry for entry in entries if entry.after is None]
        changed = [entry for entry in entries if entry.action == "changed"]
        for entry in changed:
            _tell_words(run, entry)
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
        marks, doomed, kept, unread = subject.near if part else subject.far, set[int](), 0, 0
        for one in activity.attachments:
            if one.key is None:
                continue
            named: bool | None = marks.are_in(one.name) or marks.are_in(one.description or "")
            if part and not named:
                named = await names_in(self._store, run.account_id, one.key, marks)
            if named:
                doomed.add(one.id)
            elif part:
                kept, unread = kept + (named is False), unread + (named is None)
        several = f"activity {activity.id} is of several:"
        if kept:
            run.leave(f"{several} {kept} of its files do not name the person, and stay")
        if unread:
            run.leave(f"{several} {unread} of its files are no plain text and cannot be looked into, and stay")
        return frozenset(doomed)

    async def records(self, run: Run, rows: Sequence[Row]) -> None:
        """Records that are no person lose the words that name him; other people keep theirs."""
        far = run.subject.far
        _tell_former(run, rows)
        near = [_record.decode(row.texts["body"]) for row in rows if far.may_be_in(row.texts["body"])]
        others = [one for one in near if not run.subject.is_ref(one.ref)]
        for one in others:
            if one.kind in PEOPLE and any(map(far.are_in, filter(None, (one.name, one.email, one.external_id)))):
                run.leave_out(f"{one.kind} {one.id}", "is called so")
            elif one.kind not in PEOPLE and far.are_in(one.email or ""):
                run.leave_out(f"{one.kind} {one.id}", "has an email address that says so")
            if far.are_in(one.slug):
                run.leave(f"{one.kind} {one.id} has a slug that says the name, and slugs never change")
        found = [one for one in others if one.kind not in PEOPLE and other_record(one, far, 0) is not one]
        if not found:
            return

        def plan(facts: Facts) -> Plan[None]:
            now = facts.author.now
            anew = ((one, other_record(one, far, now)) for one in facts.found.records.values())
            return Plan(tuple(Entry("changed", *both, forgets=True) for both in anew if both[0] is not both[1]), None)

        needs = Needs(records=tuple(RecordKey(one.kind, one.id, "id") for one in found))
        entries = await write(self._store, run, needs, plan, (existing(one.kind) for one in found))
        run.count("records changed", len(entries))
        for one in (entry.after for entry in entries if isinstance(entry.after, Record)):
            run.leave(f"{one.kind} {one.id} is no person: the name or the address went from its name or external id")

    async def own_records(self, run: Run) -> None:
        """The person's own records go for good; what hangs on them is gone by now, or is done once more."""
        for ref in run.subject.traces.refs:
            if await self._store.sweep.linked(run.account_id, ref.kind, ref.id, 0, 1):
                run.begin("attended")
                return
        keys = tuple(RecordKey(ref.kind, ref.id, "id") for ref in run.subject.traces.refs)

        def plan(facts: Facts) -> Plan[None]:
            own = {id(one): one for one in facts.found.records.values()}.values()
            return Plan(tuple(Entry("purged", one, None, forgets=True) for one in own), None)

        entries = await write(self._store, run, Needs(records=keys), plan, map(existing, PEOPLE))
        run.count("records erased", len(entries))
        run.over = True

    async def end(self, run: Run) -> None:
        """Write down what was done."""

        def plan(facts: Facts) -> Plan[None]:
            before = facts.found.erasures.get(run.erasure_id)
            if before is None or before.state == "done":
                return Plan((), None)
            after = replace(before, state="done", ended_at=facts.author.now, counts=dict(run.counts), left=run.report())
            return Plan((Entry("changed", before, after),), None)

        await write(self._store, run, Needs(erasures=(run.erasure_id,)), plan, (f"erasure:{run.erasure_id}",))
        run.over = True


def _erased(before: Activity, subject: Subject, doomed: frozenset[int], now: int) -> list[Entry]:
    """What is written of an activity: that it is deleted and gone for good, or is without him."""
    if subject.has_part(before) and subject.is_alone(before):
        # One that was deleted before is told so once more: of what the log said, nobody who reads it later learns it.
        left = remains(before, now)
        return [Entry("deleted", before, left, forgets=True), Entry("purged", left, None, forgets=True)]
    after = touched(before, without(before, subject, doomed), now)
    return [] if after is before else [Entry("changed", before, after, forgets=True)]


def _tell_former(run: Run, rows: Sequence[Row]) -> None:
    """Tell of records that say what was only learned of him."""
    former = run.subject.former
    for one in (_record.decode(row.texts["body"]) for row in rows if former.may_be_in(row.texts["body"])):
        if not run.subject.is_ref(one.ref) and any(map(former.are_in, filter(None, (one.name, one.email)))):
            run.leave_some(ONLY_FORMER, f"{one.kind} {one.id} says a name or an address of before, and stays as it is")


def _tell_words(run: Run, entry: Entry) -> None:
    """Tell of an activity of several in which a single word of his name still stands."""
    before, after = entry.before, entry.after
    if not (isinstance(before, Activity) and isinstance(after, Activity) and run.subject.has_part(before)):
        return
    if run.subject.leaves_a_word_in(after):
        run.leave_some(
            WORD_LEFT, f"activity {after.id} is of several: a single word of the name stands in it, and stays"
        )


def _tell_doubtful(run: Run, activity: Activity) -> None:
    """Tell of somebody invited who is called as the person is, and has another address."""
    if run.subject.is_named_alone(activity):
        run.leave(f"activity {activity.id} is not known as the person's: by the name alone an attendee was taken out")
    marks = run.subject.near if run.subject.has_part(activity) else run.subject.far
    if any(is_doubtful(one, marks) and not run.subject.is_attendee(one) for one in activity.attendees):
        run.leave(f"activity {activity.id} has an attendee of such a name with another address, which stays")
