"""What ``dayline doctor`` looks at where others are told: jobs, webhooks, and the change log that is kept for them.

It only reads, and names a webhook by its id: its URL may carry a credential.
"""

from collections.abc import AsyncIterator
from typing import Final

from dayline.app import store_of
from dayline.cli.finding import Finding
from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.domain.time import DAY_MS, format_instant
from dayline.domain.webhook import Webhook
from dayline.service.backlog import Backlog, Backlogs
from dayline.store.store import Store

NEGLECTED: Final = 600.0  # seconds: even a webhook that always fails is tried every five minutes
OLD_MS: Final = 2 * DAY_MS  # a day and some is for trying again
_SHOWN: Final = 3


async def examine_events(settings: Settings) -> list[Finding]:
    """Whether what is due is done, everybody can be told, and nobody is in the way of the change log."""
    try:
        store = await store_of(settings)
    except DaylineError as error:
        return [Finding("fail", "jobs", error.message)]
    try:
        return [_jobs(await Backlogs(store).look(), store.clock()), await _webhooks(store), await _change_log(store)]
    except DaylineError as error:
        return [Finding("fail", "jobs", error.message)]
    finally:
        await store.close()


def _jobs(backlog: Backlog, now: int) -> Finding:
    many = backlog.jobs
    how = f"{many['waiting']:,} wait, {many['held']:,} are under way, {many['dead']:,} are given up"
    if backlog.oldest_due is not None:
        how += f"; the oldest has been due for {(now - backlog.oldest_due) / 1000:,.0f} s"
    if backlog.neglected_for(now) > NEGLECTED:
        return Finding(
            "warn", "jobs", f"{how}, and nobody does it", "start `dayline serve`, or `dayline worker` beside it"
        )
    if many["dead"]:
        return Finding(
            "warn", "jobs", how, "`dayline jobs list` says what went wrong, `dayline jobs retry` tries again"
        )
    return Finding("ok", "jobs", how)


async def _webhooks(store: Store) -> Finding:
    failing, active = list[str](), 0
    async for account_id, webhook in _active(store):
        active += 1
        since = await store.deliveries.failing_since(account_id, webhook.id)
        if since is not None:
            failing.append(f"{webhook.uuid} since {format_instant(since)}")
    if failing:
        advice = "`dayline webhooks deliveries` says why; mend, pause or remove them"
        return Finding("warn", "webhooks", f"of {active:,}, {len(failing):,} fail: {_list(failing)}", advice)
    return Finding("ok", "webhooks", f"{active:,}, and none fails" if active else "none")


async def _change_log(store: Store) -> Finding:
    before = store.clock() - OLD_MS
    held = [
        found for account in await store.accounts() async for found in _held(store, account.id) if found[0] < before
    ]
    if held:
        advice = (
            "changes are kept until they are told: mend the webhook, and `dayline jobs retry`;"
            " or pause it, or remove it: then nothing is kept for it, neither for what waits or was given up"
        )
        return Finding("warn", "change log", _list([text for _, text in sorted(held)]), advice)
    return Finding("ok", "change log", "nothing is kept for a webhook or a job for over two days")


async def _held(store: Store, account_id: int) -> AsyncIterator[tuple[int, str]]:
    """What still needs changes of an account: from when on, and in words."""
    for webhook in await store.webhooks.active(account_id):  # for those that rest nothing is kept
        for next_one in await store.feed.after(account_id, webhook.cursor, 1):
            yield next_one.at, f"webhook {webhook.uuid} was last told what was before {format_instant(next_one.at)}"
    lowest = await store.jobs.lowest(account_id)
    for change in await store.feed.some(account_id, [lowest]) if lowest is not None else []:
        yield change.at, f"jobs of account {account_id} need what was changed since {format_instant(change.at)}"


async def _active(store: Store) -> AsyncIterator[tuple[int, Webhook]]:
    for account in await store.accounts():
        for webhook in await store.webhooks.active(account.id):
            yield account.id, webhook


def _list(texts: list[str]) -> str:
    return ", ".join(texts[:_SHOWN]) + (" …" if len(texts) > _SHOWN else "")
