"""What an erasure does, piece by piece; each piece may be done again.

First it learns what the person was called, then it goes through all that is kept, and in the end it has the database
write its files anew. It must never tell in its report whom it was about.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from dayline.domain.erasing import Subject, traces_of
from dayline.domain.job import Job
from dayline.domain.marks import Traces, fold
from dayline.domain.record import Record
from dayline.service.erasing_logs import Logs
from dayline.service.erasing_things import Things
from dayline.service.erasing_work import PAGE, PAGES, Run
from dayline.service.erasures import Work, people_with
from dayline.store.store import Store
from dayline.store.sweep import Name, Row

Step: TypeAlias = Callable[[Run], Awaitable[None]]
Handle: TypeAlias = Callable[[Run, Sequence[Row]], Awaitable[None]]

_record: Final = msgspec.json.Decoder(Record)


class Erasing:
    """The task: a piece of an erasure."""

    def __init__(self, store: Store) -> None:
        self._store = store
        things, logs = Things(store), Logs(store)
        swept: dict[str, tuple[Name, Handle]] = {
            "learn": ("changes", self._learn),
            "activities": ("activities", things.activities),
            "records": ("records", things.records),
            "filters": ("filters", things.filters),
            "types": ("types", things.types),
            "tokens": ("tokens", things.tokens),
            "webhooks": ("webhooks", things.webhooks),
            "integrated accounts": ("integrated_accounts", things.integrated),
            "changes": ("changes", logs.changes),
            "idempotency keys": ("idempotency", logs.keys),
            "deliveries": ("deliveries", logs.deliveries),
            "calls": ("remote_calls", logs.calls),
            "attempts": ("remote_attempts", logs.attempts),
            "jobs": ("jobs", logs.jobs),
        }
        self._steps: dict[str, Step] = {
            "learn": self._sweeping(*swept["learn"]),
            "attended": self._attended,
            "known": self._known,
            **{step: self._sweeping(*how) for step, how in swept.items() if step in _OF_CALLERS},
            "record": things.own_records,
            **{step: self._sweeping(*how) for step, how in swept.items() if step in _LOGS},
            "wipe": self._wipe,
            "end": things.end,
        }
        self._order = tuple(self._steps)

    async def piece(self, account_id: int, job: Job) -> Job | None:
        """Do the next piece: the job as it goes on, or None when it is done. Raises Unavailable."""
        run = Run(account_id, msgspec.json.decode(job.payload, type=Work))
        begun = run.step
        await self._steps[begun](run)
        if run.over:
            place = self._order.index(begun) + 1
            if place == len(self._order):
                return None
            run.begin(self._order[place])
        payload = msgspec.json.encode(run.work()).decode()
        return replace(job, state="waiting", due_at=self._store.clock(), tries=0, last_error="", payload=payload)

    async def whom(self, account_id: int, traces: Traces) -> tuple[Subject, tuple[str, ...]]:
        """All that somebody was called, and of what somebody else is called the same. Raises Unavailable."""
        run = Run(account_id, Work(erasure_id=0, user_id=0, traces=traces))
        for step in ("learn", "attended", "known"):
            run.begin(step)
            while not run.over:
                await self._steps[step](run)
        return run.subject, tuple(run.left)

    def _sweeping(self, name: Name, handle: Handle) -> Step:
        """A step that goes through a table."""

        async def sweep(run: Run) -> None:
            for _ in range(PAGES):
                rows = await self._store.sweep.page(run.account_id, name, run.after, PAGE)
                if rows:
                    await handle(run, rows)
                    run.after = rows[-1].key
                if len(rows) < PAGE:
                    run.over = True
                    return

        return sweep

    async def _learn(self, run: Run, rows: Sequence[Row]) -> None:
        """What the person was called before."""
        for row in rows:
            if run.subject.is_record(row.beside["entity"], row.beside["entity_id"]):
                for body in filter(None, row.texts.values()):
                    run.learn(traces_of(_record.decode(body)))

    async def _attended(self, run: Run) -> None:
        """Under which other addresses he was invited."""
        for ref in run.subject.traces.refs:
            after = 0
            while ids := await self._store.sweep.linked(run.account_id, ref.kind, ref.id, after, PAGE):
                after = ids[-1]
                for activity in await self._store.activities_by_id(run.account_id, ids):
                    run.learn(Traces(emails=tuple(run.subject.attended_as(activity))))
        run.over = True

    async def _known(self, run: Run) -> None:
        """What of it is somebody else's, too: such a name counts only near him, and such an address not at all."""
        users = await self._store.users(run.account_id)
        traces, shared, emails = run.subject.traces, list[str](), list[str]()
        for name in traces.names:
            others = await self._others(run, name, lambda other: other.name)
            colleagues = [user.id for user in users if fold(user.name.strip()) == fold(name.strip())]
            if others or colleagues:
                shared.append(name)
                run.leave_out([*others, *(f"user {id_}" for id_ in colleagues)], "has the same name")
        for email in traces.emails:
            others = await self._others(run, email, lambda other: other.email or "")
            colleagues = [user.id for user in users if fold(user.email.strip()) == fold(email.strip())]
            if others or colleagues:
                run.leave_out(
                    [*others, *(f"user {id_}" for id_ in colleagues)], "has an address that was this person's"
                )
            else:
                emails.append(email)
        run.subject = Subject(replace(traces, shared=tuple(shared), emails=tuple(emails)))
        run.over = True

    async def _others(self, run: Run, text: str, what: Callable[[Record], str]) -> list[str]:
        found = await people_with(self._store, run.account_id, text)
        same = (one for one in found if fold(what(one).strip()) == fold(text.strip()))
        return [f"{one.kind} {one.id}" for one in same if not run.subject.is_ref(one.ref)]

    async def _wipe(self, run: Run) -> None:
        await self._store.database.wipe()
        run.over = True


_OF_CALLERS: Final = frozenset(
    ("activities", "records", "filters", "types", "tokens", "webhooks", "integrated accounts"),
)
_LOGS: Final = frozenset(("changes", "idempotency keys", "deliveries", "calls", "attempts", "jobs"))
