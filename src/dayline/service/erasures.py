"""The erasure of a person: asked for by an admin, done piece by piece by a job, and told afterwards without a name.

What is done is in ``erasing``. It must never erase somebody whom the caller has not named.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

import msgspec

from dayline.domain.erasing import PEOPLE, blank, traces_of
from dayline.domain.erasure import Erasure
from dayline.domain.errors import Conflict, DaylineError, Forbidden, Invalid, NotFound, invalid
from dayline.domain.filter import Position, RecordFilter
from dayline.domain.identity import Principal
from dayline.domain.job import Job
from dayline.domain.marks import ERASED, Traces, fold
from dayline.domain.record import Kind, Record, RecordKey, new_uuid
from dayline.domain.spelling import addresses_in
from dayline.service.people import check_admin
from dayline.service.records import existing
from dayline.service.units import deed_of, unit_of
from dayline.service.webhooks import TASKS
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")
Render = Callable[[Erasure], A]
Listed: TypeAlias = list[Erasure]
ERASE: Final = "erase"
_PAGE: Final = 100  # records that are looked at together
_MOST_DEAD: Final = 2_000  # jobs that were given up, among which an erasure's is looked for


class Work(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far an erasure has come: the payload of its job. ``traces`` are in it until they are not needed any more.

    ``more`` counts lines beyond what ``left`` holds; ``own`` are activities that hung on the person. Changes after
    ``since`` were written meanwhile, ``again`` tells that one of them named him, ``rounds`` how often that was so.
    ``held`` are jobs that were under way, ``tries`` counts looks at a step, ``ready_at`` is when the last one was due.
    """

    erasure_id: int
    user_id: int
    traces: Traces
    step: str = "learn"
    after: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    left: tuple[str, ...] = ()
    more: int = 0
    own: tuple[int, ...] = ()
    since: int = 0
    begun_at: int = 0
    again: bool = False
    rounds: int = 0
    held: tuple[str, ...] = ()
    tries: int = 0
    ready_at: int = 0


class Erasures:
    """The verbs on erasures. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, who: Principal) -> list[Erasure]:
        """All of the account's, by id. Raises Forbidden."""
        check_eraser(who)
        return await self._as_they_are(who.account_id, await self._store.erasures(who.account_id))

    async def get(self, who: Principal, id_: int) -> Erasure:
        """The erasure with this id. Raises Forbidden and NotFound."""
        check_eraser(who)
        found = await self._store.erasure(who.account_id, id_)
        if found is None:
            raise NotFound("There is no erasure with this id.")
        return (await self._as_they_are(who.account_id, [found]))[0]

    async def begun(self, who: Principal, key: RecordKey) -> Erasure | None:
        """The erasure of this person that is under way, though his record may be gone by now. Raises Forbidden."""
        check_eraser(who)
        record = await self._store.record(who.account_id, key.kind, key.value)
        if record is not None and record.name != ERASED:
            return None
        named = (key.kind, key.value if record is None else record.id)
        found = (one for one in await self._store.erasures(who.account_id) if one.state != "done")
        return next((one for one in found if named in one.records), None)

    async def by_email(self, who: Principal, kind: Kind, email: str) -> Sequence[Record]:
        """The candidates or contacts with this address, deleted or not. Raises Forbidden."""
        check_eraser(who)
        found = await people_with(self._store, who.account_id, email)
        return [one for one in found if one.kind == kind and _share(one.email, email)]

    async def request(
        self,
        who: Principal,
        key: RecordKey,
        confirm: str,
        render: Render[A],
        once: Once[A] | None = None,
        *,
        same_email: bool = False,
    ) -> A:
        """Have a candidate or contact erased, deleted or not; one whose erasure has begun already goes on with that.

        ``confirm`` is the name or the email address. With ``same_email`` everybody with this address is the same
        person. Raises Forbidden, NotFound, Invalid for another confirmation, and Conflict where somebody else has the
        address and nothing was said of it, or where it is a colleague's.
        """
        check_eraser(who)
        try:
            records = await self._checked(who, key, confirm, same_email=same_email)
        except (NotFound, Conflict, Invalid) as error:
            if once is None:
                raise
            return await self._said_before(who, error, render, once)
        if isinstance(records, Erasure):
            await self._take_up(who, records)
            return render(records)
        return await self._write(who, records, render, once)

    async def _checked(
        self, who: Principal, key: RecordKey, confirm: str, *, same_email: bool
    ) -> Sequence[Record] | Erasure:
        """All records of the person; the erasure where it has begun."""
        if (begun := await self.begun(who, key)) is not None:
            return begun
        record = await self._person(who, key)
        if not confirm.strip() or fold(confirm.strip()) not in _answers(record):
            raise invalid("confirm", "This value should be the name or the email address of the person.")
        await self._check_colleagues(who.account_id, record)
        others = await self._same(who.account_id, record)
        if others and not same_email:
            named = ", ".join(f"{other.kind} {other.id}" for other in others)
            raise Conflict(
                f"The email address is also that of {named}: if all of them are the same person, say so with"
                " same_email, and all are erased; else change the address first."
            )
        return [record, *others]

    async def _said_before(self, who: Principal, error: DaylineError, render: Render[A], once: Once[A]) -> A:
        """The answer that is stored under the key, if there is one, though the person may be gone since."""

        def plan(_: Facts) -> Plan[Erasure]:
            raise error

        return await self._store.write(unit_of(who, plan, render, needs=Needs(), once=once))

    async def _write(self, who: Principal, records: Sequence[Record], render: Render[A], once: Once[A] | None) -> A:
        keys = tuple(RecordKey(record.kind, record.id, "id") for record in records)

        def plan(facts: Facts) -> Plan[Erasure]:
            found = [
                facts.found.records[key.kind, key.value] for key in keys if (key.kind, key.value) in facts.found.records
            ]
            if not found:
                raise NotFound("Record not found")
            now = facts.author.now
            erasure = Erasure(
                id=facts.counter.next_id("erasure"),
                records=tuple((record.kind, record.id) for record in found),
                user_id=who.user_id,
                created_at=now,
            )
            traces = Traces()
            for record in found:
                traces = traces.joined(traces_of(record))
            job = _job(Work(erasure_id=erasure.id, user_id=who.user_id, traces=traces), self._store.clock())
            entries = [
                Entry("changed" if record.deleted_at else "deleted", record, blank(record, now), forgets=True)
                for record in found
            ]
            return Plan((*entries, Entry("created", None, erasure)), erasure, jobs=(job,))

        touches = frozenset(existing(kind) for kind in PEOPLE)
        unit = unit_of(who, plan, render, needs=Needs(records=keys), touches=touches, once=once)
        return await self._store.write(unit)

    async def _person(self, who: Principal, key: RecordKey) -> Record:
        if key.kind not in PEOPLE:
            raise invalid("kind", "Only a candidate or a contact is a person.")
        record = await self._store.record(who.account_id, key.kind, key.value)
        if record is None:
            raise NotFound("Record not found")
        return record

    async def _as_they_are(self, account_id: int, erasures: Sequence[Erasure]) -> Listed:
        """Erasures, and which of them have stopped."""
        if all(one.state == "done" for one in erasures):
            return [*erasures]
        stopped = {job.dedupe for job in await self._given_up(account_id)}
        return [
            msgspec.structs.replace(one, state="stopped") if one.state != "done" and str(one.id) in stopped else one
            for one in erasures
        ]

    async def _given_up(self, account_id: int) -> Sequence[Job]:
        dead = await self._store.jobs.page(account_id, "dead", TASKS, _MOST_DEAD, "")
        return [job for job in dead if job.kind == ERASE]

    async def _take_up(self, who: Principal, erasure: Erasure) -> None:
        """Have an erasure go on whose job was given up."""
        now = self._store.clock()
        for job in await self._given_up(who.account_id):
            if job.dedupe == str(erasure.id):
                deed = deed_of(who, "job_retry", "restored", 0, now, job=job.id, kind=job.kind, lane=job.lane)
                await self._store.jobs.revive(who.account_id, job.id, now, deed)

    async def _check_colleagues(self, account_id: int, record: Record) -> None:
        users = await self._store.users(account_id)
        if any(_share(user.email, record.email) for user in users):
            raise Conflict(
                "A user of this account has the same email address, and stays: change the address of one of the two."
            )

    async def _same(self, account_id: int, record: Record) -> Sequence[Record]:
        """Other people with one of his email addresses, deleted or not."""
        found: dict[tuple[Kind, int], Record] = {}
        for address in addresses_in(record.email or ""):
            for one in await people_with(self._store, account_id, address):
                if _share(one.email, address) and (one.kind, one.id) != (record.kind, record.id):
                    found[one.kind, one.id] = one
        return list(found.values())


async def people_with(store: Store, account_id: int, text: str) -> list[Record]:
    """Candidates and contacts with this in their name or email address, deleted or not."""
    found: list[Record] = []
    for kind in PEOPLE:
        for deleted in (False, True):
            wanted = RecordFilter(kind=kind, text=text.strip(), deleted=deleted)
            after: Position | None = None
            while True:
                page, after = await store.records(account_id, wanted, _PAGE, after)
                found += page
                if after is None:
                    break
    return found


def _share(one: str | None, other: str | None) -> bool:
    """Whether two fields have an email address in common."""
    return not set(addresses_in(one or "")).isdisjoint(addresses_in(other or ""))


def check_eraser(who: Principal) -> None:
    """Raise Forbidden unless the caller may erase and take out people: an admin, with a token that says so."""
    if who.integrated_account_id is not None:
        raise Forbidden("A token for one integrated account cannot do this.")
    check_admin(who)
    if "admin" not in who.scopes:
        raise Forbidden("This asks for a token of the scope admin.")


def _answers(record: Record) -> set[str]:
    texts = (record.name, record.email or "", *addresses_in(record.email or ""))
    return {fold(text.strip()) for text in texts if text.strip()}


def _job(work: Work, now: int) -> Job:
    return Job(
        id=new_uuid(now),
        lane=TASKS,
        kind=ERASE,
        dedupe=str(work.erasure_id),
        due_at=now,
        payload=msgspec.json.encode(work).decode(),
        created_at=now,
    )
