"""How an erasure ends: after what was under way, with nothing left on the disk. It must never wait without an end."""

from typing import Final

from dayline.service.erasing_work import PAGE, Run
from dayline.service.erasures import ERASE
from dayline.service.webhooks import TASKS
from dayline.store.store import Store

_MOST_ROUNDS: Final = 3
_MOST_HELD: Final = 1_000
_MOST_TRIES: Final = 5
_SOON_MS: Final = 1_500  # in which calls to other systems are written down
_LATER_MS: Final = 30_000
_MOST_WAITS: Final = 120


class Ending:
    """The steps of an erasure that look back, and then have the database forget."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wiped_at = 0  # when the last one began that this process has done

    async def once_more(self, run: Run) -> None:
        """Where he was named anew meanwhile, all of it is done once more."""
        if not run.again:
            run.over = True
        elif run.rounds == _MOST_ROUNDS:
            run.leave("he was named anew, again and again, while he was erased: look for him once more")
            run.over = True
        else:
            run.rounds += 1
            run.begin("attended")

    async def under_way(self, run: Run) -> None:
        """What was being sent before his names were gone is logged with them: wait for that, and look again."""
        jobs = await self._store.jobs.page(run.account_id, "held", None, _MOST_HELD, "")
        now = self._store.clock()
        held = frozenset(f"{job.id} {job.fence}" for job in jobs if job.lane != TASKS and job.due_at > now)
        run.held = held & run.held if run.tries else held
        calls = not run.tries and await self._called(run)
        if (run.held or calls) and run.tries < _MOST_WAITS:
            run.tries, run.pause = run.tries + 1, _SOON_MS
        else:
            if run.held:
                run.leave("something that was being sent did not end in time: what is logged of it may name the person")
            run.held, run.over = frozenset(), True

    async def _called(self, run: Run) -> bool:
        """Whether other systems are being called: such calls are gathered for a moment."""
        lately = (run.begun_at - _LATER_MS, "")
        return bool(await self._store.sweep.page(run.account_id, "remote_calls", lately, 1))

    async def removed_files(self, run: Run) -> None:
        """Files that could not be removed, once more."""
        left = await self._store.remove_gone_files(run.account_id)
        if left and run.tries < _MOST_TRIES:
            run.tries, run.pause = run.tries + 1, _LATER_MS
            return
        if left:
            run.leave(f"{left} files could not be removed from the disk: it is tried again each day")
        run.ready_at, run.over = self._store.clock(), True

    async def wipe(self, run: Run) -> None:
        """Have the files of the database written anew; once for all erasures that are there at a time."""
        if self._wiped_at > run.ready_at:
            run.over = True
        elif run.tries < _MOST_WAITS and await self._others_come(run):
            run.tries, run.pause = run.tries + 1, _SOON_MS
        else:
            began = self._store.clock()
            await self._store.database.wipe()
            self._wiped_at, run.over = max(began, self._wiped_at), True

    async def _others_come(self, run: Run) -> bool:
        """Whether other erasures of the account will be here soon."""
        jobs = await self._store.jobs.page(run.account_id, "waiting", TASKS, PAGE, "")
        now, own = self._store.clock(), str(run.erasure_id)
        return any(
            job.kind == ERASE and job.dedupe != own and job.due_at <= now and '"step":"wipe"' not in job.payload
            for job in jobs
        )
