"""What an erasure does, piece by piece; each piece may be done again.

First it learns what the person was called, then it goes through all that is kept, then through what was written
meanwhile, and in the end it has the database write its files anew. It must never tell in its report whom it was about.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from dayline.domain.erasing import Subject
from dayline.domain.job import Job
from dayline.domain.marks import Traces
from dayline.service.erasing_end import Ending
from dayline.service.erasing_files import Attached
from dayline.service.erasing_known import Knowing
from dayline.service.erasing_logs import Logs
from dayline.service.erasing_things import Things
from dayline.service.erasing_words import Words
from dayline.service.erasing_work import PAGE, PAGES, Run
from dayline.service.erasures import Work
from dayline.store.store import Store
from dayline.store.sweep import Name, Row

Step: TypeAlias = Callable[[Run], Awaitable[None]]
Handle: TypeAlias = Callable[[Run, Sequence[Row]], Awaitable[None]]
Start: TypeAlias = Callable[[Run], tuple[Any, ...]]

_EARLIER_MS: Final = 600_000  # what began so long before the erasure may be written down after it has begun


class Erasing:
    """The task: a piece of an erasure."""

    def __init__(self, store: Store) -> None:
        self._store = store
        knowing, things, words = Knowing(store), Things(store), Words(store)
        logs, ending = Logs(store), Ending(store)
        sweeping = self._sweeping
        self._steps: dict[str, Step] = {
            "learn": sweeping("changes", knowing.learn),
            "attended": knowing.attended,
            "known": sweeping("records", knowing.known),
            "colleagues": knowing.colleagues,
            "activities": sweeping("activities", things.activities),
            "files": Attached(store).files,
            "records": sweeping("records", things.records),
            "filters": sweeping("filters", words.filters),
            "types": sweeping("types", words.types),
            "tokens": sweeping("tokens", words.tokens),
            "webhooks": sweeping("webhooks", words.webhooks),
            "integrated accounts": sweeping("integrated_accounts", words.integrated),
            "record": things.own_records,
            "written meanwhile": sweeping("changes", logs.meanwhile, _since),
            "once more": ending.once_more,
            "changes": sweeping("changes", logs.changes),
            "idempotency keys": sweeping("idempotency", logs.keys),
            "deliveries": sweeping("deliveries", logs.deliveries),
            "calls": sweeping("remote_calls", logs.calls),
            "attempts": sweeping("remote_attempts", logs.attempts),
            "jobs": sweeping("jobs", logs.jobs),
            "under way": ending.under_way,
            "last changes": sweeping("changes", logs.changes, _since),
            "last keys": sweeping("idempotency", logs.keys),
            "last deliveries": sweeping("deliveries", logs.deliveries, _lately),
            "last calls": sweeping("remote_calls", logs.calls, _lately),
            "last attempts": sweeping("remote_attempts", logs.attempts),
            "last jobs": sweeping("jobs", logs.jobs),
            "removed files": ending.removed_files,
            "wipe": ending.wipe,
            "end": things.end,
        }
        self._order = tuple(self._steps)

    async def piece(self, account_id: int, job: Job) -> Job | None:
        """Do the next piece: the job as it goes on, or None when it is done. Raises Unavailable."""
        run = Run(account_id, msgspec.json.decode(job.payload, type=Work))
        begun = run.step
        await run.ready()
        await self._steps[begun](run)
        if run.over:
            place = self._order.index(begun) + 1
            if place == len(self._order):
                return None
            run.begin(self._order[place])
        payload, due_at = msgspec.json.encode(run.work()).decode(), self._store.clock() + run.pause
        return replace(job, state="waiting", due_at=due_at, tries=0, last_error="", payload=payload)

    async def whom(self, account_id: int, traces: Traces) -> tuple[Subject, tuple[str, ...]]:
        """All that somebody was called, and of what somebody else is called the same. Raises Unavailable."""
        run = Run(account_id, Work(erasure_id=0, user_id=0, traces=traces))
        for step in ("learn", "attended", "known", "colleagues"):
            run.begin(step)
            while not run.over:
                await self._steps[step](run)
        return run.subject, run.report()

    def _sweeping(self, name: Name, handle: Handle, start: Start = lambda _: ()) -> Step:
        """A step that goes through a table, from this key on."""

        async def sweep(run: Run) -> None:
            run.after = run.after or start(run)
            for _ in range(PAGES):
                rows = await self._store.sweep.page(run.account_id, name, run.after, PAGE)
                if rows:
                    await handle(run, rows)
                    run.after = rows[-1].key
                if len(rows) < PAGE:
                    run.over = True
                    return

        return sweep


def _since(run: Run) -> tuple[Any, ...]:
    return (run.since,)


def _lately(run: Run) -> tuple[Any, ...]:
    return (run.begun_at - _EARLIER_MS, "")
