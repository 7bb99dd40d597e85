"""What is to be told to whom: reads the change log for each webhook, and makes the jobs that follow from it.

For the worker alone: it asks no caller. It must never wait for another system.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from dayline.domain.delivery import Delivery
from dayline.domain.job import Ended, Job
from dayline.domain.record import new_uuid
from dayline.domain.told import Logged, Told, told_to
from dayline.domain.webhook import Webhook
from dayline.service.webhooks import DELIVER, TASKS, Send, Span
from dayline.store.deliveries import ADD, rows_of
from dayline.store.jobs import Move, Room
from dayline.store.store import Store

Wants: TypeAlias = Callable[[Webhook, Told], bool]
"""Whether a webhook's face has something to say of this."""

PIECE: Final = 500  # changes that are looked at together
MOST_WAITING: Final = 2_000  # jobs of a webhook, beyond which it is told of no more changes before some are done


class Eyes(msgspec.Struct, frozen=True):
    """With whose eyes a webhook looks: its owner as he is now."""

    user_id: int
    admin: bool


class Telling:
    """The outbox, and the jobs that come of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def due(self, limit: int) -> list[int]:
        """Accounts that have something to do now, the longest due first."""
        return await self._store.jobs.due(self._store.clock(), limit)

    async def webhooks(self, account_id: int) -> list[Webhook]:
        """Those that are to be told."""
        return await self._store.webhooks.active(account_id)

    async def expand(self, account_id: int, webhooks: Sequence[Webhook], wants: Wants) -> bool:
        """Look at the next changes for each webhook, and put in a job for each that it wants to be told of.

        Whether there were any to look at.
        """
        behind = await self._behind(account_id, webhooks)
        if not behind:
            return False
        eyes = await self._eyes(account_id, behind)
        secret = await self._store.feed.secret(account_id)
        pieces: dict[int, list[Logged]] = {}
        moves: list[Move] = []
        for webhook in behind:
            if webhook.cursor not in pieces:
                pieces[webhook.cursor] = await self._store.feed.after(account_id, webhook.cursor, PIECE)
            piece = pieces[webhook.cursor]
            if piece:
                chosen = _chosen(piece, webhook, eyes.get(webhook.owner_id), secret, wants)
                jobs = tuple(self._job(webhook, told.sequence, again=False) for told in chosen)
                moves.append(Move(webhook.id, webhook.cursor, piece[-1].sequence, jobs))
        if moves:
            await self._store.jobs.go_on(account_id, moves)
        return bool(moves)

    async def replay(self, account_id: int, job: Job, wants: Wants) -> Job | None:
        """Do the next piece of a replay: the job as it goes on, or None when it is done."""
        span = msgspec.json.decode(job.payload, type=Span)
        webhook = await self._store.webhooks.one(account_id, span.webhook_id)
        if webhook is None or not webhook.active:
            return None
        now = self._store.clock()
        if await self._store.jobs.waiting(account_id, webhook.lane, MOST_WAITING) >= MOST_WAITING:
            return msgspec.structs.replace(job, state="waiting", due_at=now + 1_000)
        piece = await self._store.feed.after(account_id, span.after, PIECE)
        piece = [change for change in piece if change.sequence <= span.until]
        if not piece:
            return None
        eyes = await self._eyes(account_id, [webhook])
        secret = await self._store.feed.secret(account_id)
        chosen = _chosen(piece, webhook, eyes.get(webhook.owner_id), secret, wants)
        await self._store.jobs.put(account_id, [self._job(webhook, told.sequence, again=True) for told in chosen])
        payload = msgspec.json.encode(Span(span.webhook_id, piece[-1].sequence, span.until)).decode()
        return msgspec.structs.replace(job, state="waiting", due_at=now, payload=payload)

    async def told(self, account_id: int, webhook: Webhook, sequences: Sequence[int]) -> dict[int, Told]:
        """These changes, as the webhook's owner sees them now, by number; without what is hidden or gone."""
        eyes = (await self._eyes(account_id, [webhook])).get(webhook.owner_id)
        if eyes is None:
            return {}
        secret = await self._store.feed.secret(account_id)
        changes = await self._store.feed.some(account_id, sequences)
        seen = (told_to(change, secret, eyes.user_id, admin=eyes.admin) for change in changes)
        return {told.sequence: told for told in seen if told is not None}

    async def take(self, account_id: int, rooms: Sequence[Room], lease_ms: int) -> list[Job]:
        """Take what is due, lane by lane, and hold it for so long."""
        now = self._store.clock()
        return await self._store.jobs.take(account_id, rooms, now, now + lease_ms)

    async def hold(self, account_id: int, held: Sequence[Job], lease_ms: int) -> None:
        """Hold jobs for longer."""
        await self._store.jobs.hold(account_id, held, self._store.clock() + lease_ms)

    async def end(self, account_id: int, ended: Sequence[Ended], log: Sequence[Delivery]) -> None:
        """Say how jobs went, and log what was sent."""
        await self._store.jobs.end(account_id, ended, ADD, rows_of(account_id, log))

    async def settle(self, account_id: int, webhooks: Sequence[Webhook]) -> None:
        """Say when there is something to do next in the account."""
        roomy = [webhook.cursor for webhook in webhooks if await self._room(account_id, webhook)]
        lanes = [TASKS, *(webhook.lane for webhook in webhooks)]
        await self._store.jobs.settle(account_id, lanes, min(roomy, default=None))

    def now(self) -> int:
        """The present instant in ms UTC."""
        return self._store.clock()

    async def _behind(self, account_id: int, webhooks: Sequence[Webhook]) -> list[Webhook]:
        last = await self._store.sequence(account_id)
        late = [webhook for webhook in webhooks if webhook.cursor < last]
        return [webhook for webhook in late if await self._room(account_id, webhook)]

    async def _room(self, account_id: int, webhook: Webhook) -> bool:
        return await self._store.jobs.waiting(account_id, webhook.lane, MOST_WAITING) < MOST_WAITING

    async def _eyes(self, account_id: int, webhooks: Sequence[Webhook]) -> dict[int, Eyes]:
        owners = await self._store.users_by_id(account_id, {webhook.owner_id for webhook in webhooks})
        return {owner.id: Eyes(owner.id, owner.role == "admin") for owner in owners if owner.active}

    def _job(self, webhook: Webhook, sequence: int, *, again: bool) -> Job:
        now = self._store.clock()
        return Job(
            id=new_uuid(now),
            lane=webhook.lane,
            kind=DELIVER,
            dedupe=f"{webhook.id}:{sequence}:again" if again else f"{webhook.id}:{sequence}",
            due_at=now,
            sequence=sequence,
            payload=msgspec.json.encode(Send(webhook.id, sequence, again=again)).decode(),
            created_at=now,
        )


def _chosen(piece: Sequence[Logged], webhook: Webhook, eyes: Eyes | None, secret: bytes, wants: Wants) -> list[Told]:
    if eyes is None:
        return []
    seen = (told_to(change, secret, eyes.user_id, admin=eyes.admin) for change in piece)
    return [told for told in seen if told is not None and webhook.chooses(told) and wants(webhook, told)]


def by_webhook(jobs: Sequence[Job]) -> dict[int, list[tuple[Job, Send]]]:
    """Jobs to deliver, those of one webhook together."""
    found: dict[int, list[tuple[Job, Send]]] = defaultdict(list)
    for job in jobs:
        send = msgspec.json.decode(job.payload, type=Send)
        found[send.webhook_id].append((job, send))
    return found
