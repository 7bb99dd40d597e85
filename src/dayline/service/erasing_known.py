"""What a person is called, and who else is called so: learned before anything is erased. It must never write.

What others bear today, too, is theirs. Where it was learned and not said that it is the person's, it is left alone.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.erasing import PEOPLE, traces_of
from dayline.domain.marks import ERASED, Marks, Traces, is_longer
from dayline.domain.record import Record
from dayline.domain.spelling import addresses_in, digits_of, is_called, is_enough, is_full, words_of
from dayline.service.erasing_work import ONLY_FORMER, PAGE, Run
from dayline.store.store import Store
from dayline.store.sweep import Row

_record: Final = msgspec.json.Decoder(Record)
_FORMER: Final = "former names and addresses taken for the person's"
_MOST_OTHERS: Final = 500  # longer names that are told apart


class Bearer(Struct, frozen=True):
    """Somebody or something else with a name, an address, a number: as a report names it, and what it bears."""

    who: str
    name: str
    email: str
    phone: str
    person: bool = True


class Knowing:
    """The steps of an erasure that only look."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def learn(self, run: Run, rows: Sequence[Row]) -> None:
        """What the person was called before."""
        for row in rows:
            if run.subject.is_record(row.beside["entity"], row.beside["entity_id"]):
                for body in filter(None, (row.texts["before"], row.texts["after"])):
                    run.learn(traces_of(_record.decode(body)))

    async def attended(self, run: Run) -> None:
        """What hangs on him, and under which other addresses he was invited."""
        for ref in run.subject.traces.refs:
            after = 0
            while ids := await self._store.sweep.linked(run.account_id, ref.kind, ref.id, after, PAGE):
                after, run.own = ids[-1], run.own.union(ids)
                for activity in await self._store.activities_by_id(run.account_id, ids):
                    run.learn(Traces(emails=tuple(run.subject.attended_as(activity))))
        run.over = True

    async def known(self, run: Run, rows: Sequence[Row]) -> None:
        """What of it other records bear."""
        traces = run.subject.traces
        marks = Marks(replace(traces, phones=(), others=(), shared=()), near=True)
        for row in rows:
            if traces.phones or marks.may_be_in(row.texts["body"]):
                record = _record.decode(row.texts["body"])
                if not run.subject.is_ref(record.ref) and record.name != ERASED:
                    _meet(run, _bearer(record))

    async def colleagues(self, run: Run) -> None:
        """What of it users bear; then it is known by what he is to be found."""
        for user in await self._store.users(run.account_id):
            _meet(run, Bearer(f"user {user.id}", user.name, user.email, ""))
        traces = run.subject.traces
        for what in (_FORMER, ONLY_FORMER):  # they are counted anew in each round
            run.counts.pop(what, None)
        run.count(_FORMER, len(traces.former))
        if any(is_enough(name) and not is_full(name) for name in traces.names):
            run.leave("a name of one word, or of few letters, goes only where the person has a part, in its own case")
        if not all(map(is_enough, traces.names)):
            run.leave("a name of fewer than three letters is looked for nowhere")
        await run.ready()
        if run.subject.far.are_in((await self._store.account(run.account_id)).name):
            run.leave("the account's own name has the person's in it, and stays as it is")
        run.since, run.begun_at = await self._store.sequence(run.account_id), self._store.clock()
        run.again, run.over = False, True


def _bearer(record: Record) -> Bearer:
    person = record.kind in PEOPLE
    return Bearer(f"{record.kind} {record.id}", record.name, record.email or "", record.phone or "", person)


def _meet(run: Run, other: Bearer) -> None:
    traces = run.subject.traces
    for name in traces.names:
        if is_called(other.name, name):
            traces = _borne(run, traces, name, other.who, "the same name")
        elif other.person and is_longer(other.name, name):
            traces = _told_apart(run, traces, other, name)
    for email in traces.emails:
        if email in addresses_in(other.email):
            traces = _borne(run, traces, email, other.who, "an address that was this person's")
    if not {digits_of(phone) for phone in traces.phones}.isdisjoint({digits_of(other.phone)} - {""}):
        run.leave_out(other.who, "has the same telephone number")
    run.know(traces)


def _borne(run: Run, traces: Traces, what: str, who: str, said: str) -> Traces:
    """What somebody else bears: shared where it is known to be the person's too, else not his."""
    run.leave_out(who, f"has {said}")
    if what not in traces.former:
        return traces.joined(Traces(shared=(what,)))
    run.leave("a name or an address of before is borne by somebody else today, and was not looked for")
    return traces.without(what)


def _told_apart(run: Run, traces: Traces, other: Bearer, name: str) -> Traces:
    """A longer name is somebody else's, wherever it stands, and so is one of the same words turned."""
    longer = len(words_of(other.name)) > len(words_of(name))
    run.leave_out(other.who, f"has {'a longer' if longer else 'another'} name with the person's in it")
    if len(traces.others) >= _MOST_OTHERS:
        run.leave(f"of longer names with the person's in them {_MOST_OTHERS} are told apart, and no more")
        return traces
    return traces.joined(Traces(others=(other.name,)))
