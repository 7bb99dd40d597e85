"""What is to be told to whom: reads the change log for each webhook, and makes the jobs that follow from it.

For the worker alone: it asks no caller. It must never wait for another system.
"""

from asyncio import sleep
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from time import monotonic
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from dayline.domain.delivery import Delivery
from dayline.domain.job import Ended, Job
from dayline.domain.record import new_uuid
from dayline.domain.told import Logged, Told, left_of, parts_of, told_to
from dayline.domain.webhook import Webhook
from dayline.service.webhooks import DELIVER, TASKS, Send, Span
from dayline.store.deliveries import ADD, rows_of
from dayline.store.jobs import Move, Room
from dayline.store.store import Store

Wants: TypeAlias = Callable[[Webhook, Told], bool]
"""Whether a webhook's face has something to say of this."""

PIECE: Final = 100  # changes that are looked at together: they are all in memory
LOOKED: Final = 50  # pieces that are looked at for a preview: of changes that are large, one piece has few
MOST_NEW: Final = 1_000  # jobs that are put in together: others wait for that
MOST_WAITING: Final = 2_000  # jobs of a webhook, beyond which it is told of no more changes before some are done
COUNTED: Final = 4  # webhooks whose jobs are counted together: of each there may be so many
LARGE: Final = 256 << 10  # characters of a change, before and after
PAUSED_MS: Final = 60_000  # after which is seen whether a webhook that rests can be told again
_chance: Final = Random()  # noqa: S311 - it decides whose turn it is


class Eyes(msgspec.Struct, frozen=True):
    """With whose eyes a webhook looks: its owner as he is now."""

    user_id: int
    admin: bool


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to deliver. ``told`` is None for a test, whose id is ``test``, and where nothing is seen.

    ``shown`` is what is left of it today, None where that is nothing. ``rests`` says that nobody is to be told now;
    ``again`` that it was asked for.
    """

    webhook: Webhook
    rests: bool
    told: Told | None
    shown: Told | None
    test: str
    again: bool


class _Left(msgspec.Struct, eq=False):
    """How many more jobs may wait in a lane, and until when (monotonic seconds) that is believed."""

    jobs: int
    until: float


class Telling:
    """The outbox, and the jobs that come of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._secrets: dict[int, bytes] = {}  # an account's is for good
        self._left: dict[tuple[int, str], _Left] = {}

    async def due(self, after: int, limit: int) -> list[int]:
        """Accounts that have something to do now, by id from after this one on."""
        return await self._store.jobs.due(self._store.clock(), after, limit)

    async def wake(self) -> None:
        """Say that there is something to do wherever a webhook has not seen all.

        Who writes says so, too; but not a process of an older version.
        """
        for account in await self._store.accounts():
            if await self._store.jobs.is_behind(account.id):
                await self._store.jobs.stir(account.id)
        # One that is full is counted each minute at the least; those that nobody counts any more are of nobody.
        kept = monotonic() - 2 * PAUSED_MS / 1000
        self._left = {lane: left for lane, left in self._left.items() if left.until > kept}

    async def gone(self, lanes: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
        """Those of these lanes, by account, of webhooks that are told nothing any more."""
        asked = list(lanes)
        accounts = {account_id for account_id, _ in asked}
        told = {(id_, webhook.lane) for id_ in accounts for webhook in await self.webhooks(id_)}
        return [lane for lane in asked if lane not in told]

    async def sequence(self, account_id: int) -> int:
        """The number of the account's last change."""
        return await self._store.sequence(account_id)

    async def webhooks(self, account_id: int) -> list[Webhook]:
        """Those that are to be told."""
        return await self._store.webhooks.active(account_id)

    async def expand(self, account_id: int, webhooks: Sequence[Webhook], wants: Wants) -> list[Webhook]:
        """Look at the next changes for each webhook, and put in a job for each that it wants to be told of.

        Those for which there were any to look at, as they are now; there may be more for them.
        """
        last = await self._store.sequence(account_id)
        behind = await self._roomy(account_id, [one for one in webhooks if one.cursor < last])
        if not behind:
            return []
        eyes = await self._eyes(account_id, behind)
        moves: list[Move] = []
        cursors = {one.cursor for one in behind}  # what is read is read once for all who stand there
        # In any order, so that nobody who has much to catch up is always first.
        for cursor in _chance.sample(tuple(cursors), len(cursors)):
            if sum(len(move.jobs) for move in moves) >= MOST_NEW:
                break
            group = [one for one in behind if one.cursor == cursor and one.owner_id in eyes]
            piece = await self._store.feed.after(account_id, cursor, PIECE) if group else []
            seen = await self._seen(account_id, piece, {eyes[one.owner_id] for one in group})
            after = piece[-1].sequence if piece else last  # a log that was cut has nothing up to there
            for one in group:
                await sleep(0)
                chosen = [told for told in seen[eyes[one.owner_id]] if one.chooses(told) and wants(one, told)]
                moves.append(Move(one.id, cursor, after, self._jobs(one, chosen, again=False)))
        return await self._gone_on(account_id, behind, moves)

    async def _gone_on(self, account_id: int, behind: Sequence[Webhook], moves: Sequence[Move]) -> list[Webhook]:
        """The webhooks that were moved, as they are now; of the others somebody else was quicker."""
        moved = await self._store.jobs.go_on(account_id, moves) if moves else set()
        reached = {move.webhook_id: move for move in moves if move.webhook_id in moved}
        for one in behind:
            if one.id in reached:
                self._put_in(account_id, one, len(reached[one.id].jobs))
        return [replace(one, cursor=reached[one.id].after) for one in behind if one.id in reached]

    async def replay(self, account_id: int, job: Job, wants: Wants) -> Job | None:
        """Do the next piece of a replay: the job as it goes on, or None when it is done."""
        span = msgspec.json.decode(job.payload, type=Span)
        webhook = await self._store.webhooks.one(account_id, span.webhook_id)
        if webhook is None:
            return None
        now = self._store.clock()
        eyes = (await self._eyes(account_id, [webhook])).get(webhook.owner_id)
        if eyes is None or not webhook.active:
            return replace(job, due_at=now + PAUSED_MS)
        if not await self._roomy(account_id, [webhook]):
            return replace(job, due_at=now + 1_000)
        piece = await self._store.feed.after(account_id, span.after, PIECE)
        piece = [change for change in piece if change.sequence <= span.until]
        if not piece:
            return None
        seen = (await self._seen(account_id, piece, {eyes}))[eyes]
        chosen = [told for told in seen if webhook.chooses(told) and wants(webhook, told)]
        await self._store.jobs.put_for(account_id, webhook.id, self._jobs(webhook, chosen, again=True))
        self._put_in(account_id, webhook, len(chosen))
        payload = msgspec.json.encode(Span(span.webhook_id, piece[-1].sequence, span.until)).decode()
        return replace(job, due_at=now, payload=payload)

    async def preview(self, account_id: int, webhook: Webhook, after: int, wants: Wants, most: int) -> tuple[int, bool]:
        """How many events a replay after this change would be, counted up to ``most``, and whether there may be more.

        It looks at so many pieces of the log and no further: there may then be more, however few there were.
        """
        eyes = (await self._eyes(account_id, [webhook])).get(webhook.owner_id)
        count, looked = 0, 0
        while eyes is not None and count < most and looked < LOOKED:
            piece = await self._store.feed.after(account_id, after, PIECE)
            piece = [change for change in piece if change.sequence <= webhook.cursor]
            if not piece:
                return count, False
            seen = (await self._seen(account_id, piece, {eyes}))[eyes]
            count += sum(webhook.chooses(told) and wants(webhook, told) for told in seen)
            looked, after = looked + 1, piece[-1].sequence
        return min(count, most), eyes is not None

    async def ready(self, account_id: int, send: Send) -> Ready | None:
        """What a job is about, as it is now: the webhook, and the change with its owner's eyes. None without one."""
        webhook = await self._store.webhooks.one(account_id, send.webhook_id)
        if webhook is None:
            return None
        eyes = (await self._eyes(account_id, [webhook])).get(webhook.owner_id)
        told = shown = None
        if eyes is not None and send.sequence:
            changes = await self._store.feed.some(account_id, (send.sequence,))
            seen = (await self._seen(account_id, changes, {eyes}))[eyes]
            told = next((one for one in seen if one.part == send.part), None)
            shown = None if told is None else await self._today(account_id, told, eyes)
        rests = eyes is None or not webhook.active
        return Ready(webhook=webhook, rests=rests, told=told, shown=shown, test=send.test, again=send.again)

    async def _today(self, account_id: int, told: Told, eyes: Eyes) -> Told | None:
        """What may be shown of it today: of an activity that is hidden from these eyes by now, that it is gone."""
        if eyes.admin or told.entity != "activity":
            return told
        seen = await self._store.feed.seen(account_id, eyes.user_id, (told.entity_id,))
        return told if seen else left_of(told)

    async def is_large(self, account_id: int, send: Send) -> bool:
        """Whether what is to be sent takes so much memory that only some of its kind are to be there at once."""
        return bool(send.sequence) and await self._store.feed.weight(account_id, send.sequence) > LARGE

    async def take(self, account_id: int, rooms: Sequence[Room], lease_ms: int) -> list[Job]:
        """Take what is due, lane by lane, and hold it for so long."""
        now = self._store.clock()
        return await self._store.jobs.take(account_id, rooms, now, now + lease_ms, alone=TASKS)

    async def hold(self, account_id: int, held: Sequence[Job], lease_ms: int) -> None:
        """Hold jobs for longer."""
        await self._store.jobs.hold(account_id, held, self._store.clock() + lease_ms)

    async def end(self, account_id: int, ended: Sequence[Ended], log: Sequence[Delivery]) -> None:
        """Say how jobs went, and log what was sent."""
        await self._store.jobs.end(account_id, ended, ADD, rows_of(account_id, log))

    async def settle(self, account_id: int, webhooks: Sequence[Webhook], rests: Mapping[str, int], since: int) -> bool:
        """Say when there is something to do next in the account; False where there are changes that nobody looked at.

        ``rests`` are the lanes of which nothing can be taken now, with the milliseconds for which that is so. ``since``
        is the last change before the webhooks were looked up: after it there may be more of them, or other ones.
        """
        now = self._store.clock()
        last = await self._store.sequence(account_id)
        behind = [one for one in webhooks if one.cursor < last]
        roomy = {one.lane for one in await self._roomy(account_id, behind)}
        full = {one.lane for one in behind if one.lane not in roomy}
        cursors = [since, *(webhook.cursor for webhook in webhooks if webhook.lane not in full)]
        lanes = [TASKS, *(webhook.lane for webhook in webhooks)]
        bounded = [(lane, now + rests[lane] if lane in rests else 0) for lane in lanes]
        # Who is behind and has enough to do is looked at as he does it; this is for when nobody is left to see that.
        return await self._store.jobs.settle(account_id, bounded, min(cursors), now + PAUSED_MS if full else None)

    def has_done(self, account_id: int, lane: str) -> bool:
        """Be told that something of a lane is done; whether it had so much to do that it was told of no more."""
        left = self._left.get((account_id, lane))
        if left is None or left.jobs > 0:
            return False
        del self._left[account_id, lane]
        return True

    async def leave(self, account_id: int, ms: int) -> None:
        """Leave an account alone for so long, whatever there is to do."""
        await self._store.jobs.leave(account_id, self._store.clock() + ms)

    def now(self) -> int:
        """The present instant in ms UTC."""
        return self._store.clock()

    async def _roomy(self, account_id: int, webhooks: Sequence[Webhook]) -> list[Webhook]:
        """Those that have so little to do that there may be more.

        What was counted is believed for a second; that there is no room only until something of the lane is done.
        """
        now = monotonic()
        known = {one.lane: self._left.get((account_id, one.lane)) for one in webhooks}
        asked = [lane for lane, left in known.items() if left is None or left.until <= now]
        for start in range(0, len(asked), COUNTED):
            await sleep(0)  # between two pieces it is the turn of those who call the API
            piece = asked[start : start + COUNTED]
            for lane, waiting in (await self._store.jobs.waiting_in(account_id, piece, MOST_WAITING)).items():
                self._left[account_id, lane] = known[lane] = _Left(MOST_WAITING - waiting, now + 1)
        return [one for one in webhooks if (left := known[one.lane]) is not None and left.jobs > 0]

    def _put_in(self, account_id: int, webhook: Webhook, jobs: int) -> None:
        left = self._left.get((account_id, webhook.lane))
        if left is not None:
            left.jobs -= jobs

    async def _eyes(self, account_id: int, webhooks: Sequence[Webhook]) -> dict[int, Eyes]:
        owners = await self._store.users_by_id(account_id, {webhook.owner_id for webhook in webhooks})
        return {owner.id: Eyes(owner.id, owner.role == "admin") for owner in owners if owner.active}

    async def _seen(self, account_id: int, piece: Sequence[Logged], eyes: Iterable[Eyes]) -> dict[Eyes, list[Told]]:
        """The events that these changes are, with each of these eyes."""
        secret = self._secrets.get(account_id)
        if secret is None:
            secret = self._secrets[account_id] = await self._store.feed.secret(account_id)
        found: dict[Eyes, list[Told]] = {}
        for one in eyes:
            seen = (told_to(change, secret, one.user_id, admin=one.admin) for change in piece)
            found[one] = [part for told in seen if told is not None for part in parts_of(told, secret)]
        return found

    def _jobs(self, webhook: Webhook, chosen: Sequence[Told], *, again: bool) -> tuple[Job, ...]:
        """A job for each, in the order in which they are told."""
        now = self._store.clock()
        ids = sorted(new_uuid(now) for _ in chosen)
        return tuple(_job(webhook, told, id_, now, again=again) for told, id_ in zip(chosen, ids, strict=True))


def _job(webhook: Webhook, told: Told, id_: str, now: int, *, again: bool) -> Job:
    send = Send(webhook.id, told.sequence, again=again, part=told.part)
    which = f"{told.sequence}.{told.part}" if told.part else f"{told.sequence}"
    return Job(
        id=id_,
        lane=webhook.lane,
        kind=DELIVER,
        dedupe=f"{webhook.id}:{which}:again" if again else f"{webhook.id}:{which}",
        due_at=now,
        sequence=told.sequence,
        payload=msgspec.json.encode(send).decode(),
        created_at=now,
    )
