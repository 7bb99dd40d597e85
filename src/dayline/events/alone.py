"""Tasks done here and now, as a worker does them: for a command, while no server runs, or beside one that does.

It must never do what is told to others: deliveries are for a worker.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from dayline.domain.job import Ended, Job, failed, put_off
from dayline.service import Service
from dayline.service.webhooks import TASKS

Task: TypeAlias = Callable[[Service, int, Job], Awaitable[Job | None]]

LEASE_MS: Final = 60_000
_LATER_MS: Final = 5_000


async def work_on(service: Service, account_id: int, tasks: Mapping[str, Task]) -> bool:
    """Do a piece of the account's next task; whether there was one. Raises what went wrong, once that is written."""
    telling = service.telling
    taken = await telling.take(account_id, [(TASKS, 1)], LEASE_MS)
    for job in taken:
        if job.kind not in tasks:
            await telling.end(account_id, [put_off(job, telling.now() + _LATER_MS)], [])
            continue
        try:
            after = await tasks[job.kind](service, account_id, job)
        except Exception as error:
            await telling.end(account_id, [failed(job, type(error).__name__, telling.now())], [])
            raise
        await telling.end(account_id, [Ended(job=job, after=after)], [])
    return bool(taken)
