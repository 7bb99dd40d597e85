"""An erasure under way: whom it is about, how far it has come, and what it counts. It must never write anything."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from dayline.domain.erasing import Subject
from dayline.domain.marks import Traces
from dayline.service.erasures import Work

PAGE: Final = 100  # rows that are looked at together: others have the event loop in between
PAGES: Final = 20  # in a piece
_MOST_LEFT: Final = 100  # lines of the report
WITHOUT_TRACES: Final = frozenset(("wipe", "end"))
"""Steps that need not know any more who it was: what they leave in the database names nobody."""


class Run:
    """One piece of an erasure."""

    def __init__(self, account_id: int, work: Work) -> None:
        self.account_id = account_id
        self.erasure_id, self.user_id = work.erasure_id, work.user_id
        self.subject = Subject(work.traces)
        self.step, self.after = work.step, work.after
        self.counts, self.left = Counter(work.counts), list(work.left)
        self.over = False  # whether the step is done

    def begin(self, step: str) -> None:
        """Go on with another step."""
        self.step, self.after, self.over = step, (), False
        if step in WITHOUT_TRACES:
            self.subject = Subject(Traces())

    def learn(self, traces: Traces) -> None:
        """Know by more what is the person's."""
        joined = self.subject.traces.joined(Traces(names=traces.names, emails=traces.emails, phones=traces.phones))
        if joined != self.subject.traces:
            self.subject = Subject(joined)

    def count(self, what: str, many: int = 1) -> None:
        """Count what was erased or changed."""
        if many:
            self.counts[what] += many

    def leave(self, line: str) -> None:
        """Tell what was left, and why; once."""
        if line not in self.left and len(self.left) < _MOST_LEFT:
            self.left.append(line)

    def leave_out(self, whom: Iterable[str], why: str) -> None:
        """Tell who else was left as he is."""
        for one in whom:
            self.leave(f"{one} {why}, and stays as it is")

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
        )


def rows_with(subject: Subject, bodies: Sequence[str]) -> list[int]:
    """The places of those that are worth a closer look."""
    uuids = [ref.uuid for ref in subject.traces.refs]
    return [
        place for place, body in enumerate(bodies) if any(uuid in body for uuid in uuids) or subject.far.may_be_in(body)
    ]
