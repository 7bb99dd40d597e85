"""An erasure under way: whom it is about, how far it has come, and what it counts. It must never write anything."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from dayline.domain.erasing import Subject
from dayline.domain.marks import Traces
from dayline.service.erasures import Work

PAGE: Final = 100  # rows that are looked at together: others have the event loop in between
PAGES: Final = 20  # in a piece
_MOST_LEFT: Final = 100  # lines of the report
_MANY_OTHERS: Final = 20
_MOST_ALIKE: Final = 20  # of which so many are about the same
ONLY_FORMER: Final = "activities and records left that say only a former name or address"
WORD_LEFT: Final = "activities of several left with a single word of the name"
WITHOUT_TRACES: Final = frozenset(("removed files", "wipe", "end"))
"""Steps that need not know any more who it was: what they leave in the database names nobody."""


class Run:
    """One piece of an erasure. ``pause`` is for how many ms the next one has to wait."""

    def __init__(self, account_id: int, work: Work) -> None:
        self.account_id = account_id
        self.erasure_id, self.user_id = work.erasure_id, work.user_id
        self.subject = Subject(work.traces)
        self.step, self.after = work.step, work.after
        self.counts, self.left, self.more = Counter(work.counts), list(work.left), work.more
        self.own, self.since, self.begun_at = frozenset(work.own), work.since, work.begun_at
        self.again, self.rounds = work.again, work.rounds
        self.held, self.tries, self.ready_at = frozenset(work.held), work.tries, work.ready_at
        self.over = False  # whether the step is done
        self.pause = 0

    def begin(self, step: str) -> None:
        """Go on with another step."""
        self.step, self.after, self.tries, self.over = step, (), 0, False
        if step in WITHOUT_TRACES:
            self.subject, self.own = Subject(Traces()), frozenset()

    def know(self, traces: Traces) -> None:
        """Know him by this."""
        if traces != self.subject.traces:
            self.subject = Subject(traces)

    async def ready(self) -> None:
        """Have what he is found by made ready: with many longer names to tell apart it takes a thread."""
        if len(self.subject.traces.others) > _MANY_OTHERS:
            await asyncio.to_thread(self.subject.prepare)

    def learn(self, traces: Traces) -> None:
        """Know by more what is the person's, though nobody said so."""
        known = self.subject.traces
        found = Traces(names=traces.names, emails=traces.emails, phones=traces.phones)
        joined = known.joined(found)
        new = [*joined.names[len(known.names) :], *joined.emails[len(known.emails) :]]
        self.know(joined.joined(Traces(former=tuple(new))))

    def count(self, what: str, many: int = 1) -> None:
        """Count what was erased or changed."""
        if many:
            self.counts[what] += many

    def leave_some(self, what: str, line: str) -> None:
        """Count what was left for the same reason, and tell of the first ones."""
        self.count(what)
        if self.counts[what] <= _MOST_ALIKE:
            self.leave(line)

    def leave(self, line: str) -> None:
        """Tell what was left, and why; once."""
        if line in self.left:
            return
        if len(self.left) < _MOST_LEFT:
            self.left.append(line)
        else:
            self.more += 1

    def leave_out(self, whom: str, why: str) -> None:
        """Tell who else was left as he is."""
        self.leave(f"{whom} {why}, and stays as it is")

    def report(self) -> tuple[str, ...]:
        """What was left, and how much more than can be told."""
        return (*self.left, *([f"and {self.more:,} more of such lines"] if self.more else []))

    def work(self) -> Work:
        """What the job is to remember."""
        return Work(
            erasure_id=self.erasure_id,
            user_id=self.user_id,
            traces=self.subject.traces,
            step=self.step,
            after=self.after,
            counts=dict(self.counts),
            left=tuple(self.left),
            more=self.more,
            own=tuple(sorted(self.own)),
            since=self.since,
            begun_at=self.begun_at,
            again=self.again,
            rounds=self.rounds,
            held=tuple(sorted(self.held)),
            tries=self.tries,
            ready_at=self.ready_at,
        )


def rows_with(subject: Subject, bodies: Sequence[str]) -> list[int]:
    """The places of those that are worth a closer look."""
    uuids = [ref.uuid for ref in subject.traces.refs]
    return [
        place for place, body in enumerate(bodies) if any(uuid in body for uuid in uuids) or subject.far.may_be_in(body)
    ]
