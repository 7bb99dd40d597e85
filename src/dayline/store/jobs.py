"""Jobs: put in with what they follow from, taken by one of many workers for a while, and done with once.

Nobody waits here for another system: a job is taken in one transaction and told of in another. Why it is as it is:
``docs/decisions/0018-jobs.md``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct

from dayline.domain.audit import Deed
from dayline.domain.job import Ended, Job, State
from dayline.store.audit import noted_with
from dayline.store.database import Database
from dayline.store.group import Steps, lock
from dayline.store.job_statements import (
    AGAIN,
    BEHIND,
    COUNTS,
    DUE,
    GO_ON,
    HOLD_WEBHOOK,
    LATEST,
    LIST,
    LOCK_DUE,
    LOWEST,
    NAMES,
    NEXT,
    NOT_DUE,
    ONE,
    REMOVE,
    RENEW,
    REVIVE,
    SET_DUE,
    TAKE,
    TAKEN,
    WAITING,
)
from dayline.store.statement import Call, Params, Statement, as_json
from dayline.store.statements import DROP_LANE, PUT_JOB, STIR, job_rows

Room: TypeAlias = tuple[str, int]
"""A lane, and how many of its jobs may be taken."""
Bounded: TypeAlias = tuple[str, int]
"""A lane, and an instant (ms UTC) before which nothing of it can be done."""


class Move(Struct, frozen=True):
    """A webhook's cursor, from one change to another, and the jobs that follow from what is between them."""

    webhook_id: int
    before: int
    after: int
    jobs: tuple[Job, ...]


class Counted(Struct, frozen=True):
    """How many jobs of a lane and kind are in a state, and when the first of them is due, in ms UTC."""

    lane: str
    kind: str
    state: State
    jobs: int
    first_due: int


class Jobs:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, account_id: int, new: Sequence[Job]) -> None:
        """Put jobs in, but for those that there are for the same already."""
        await self._database.run(lambda: _put_in(account_id, new))

    async def put_for(self, account_id: int, webhook_id: int, new: Sequence[Job]) -> None:
        """Put jobs in for a webhook, unless it is gone."""
        await self._database.run(lambda: _put_for(account_id, webhook_id, new))

    async def is_behind(self, account_id: int) -> bool:
        """Whether a webhook that is told things has not seen all that there is."""
        return bool(await self._database.fetch(Call(BEHIND, [(account_id,)])))

    async def stir(self, account_id: int) -> None:
        """Say that there is something to do in an account now."""
        await self._database.run(lambda: _stir(account_id, 0))

    async def due(self, now: int, after: int, limit: int) -> list[int]:
        """Accounts that have something to do, by id from after this one on."""
        rows = await self._database.fetch(Call(DUE, [(now, after, limit)]))
        return [row[0] for row in rows]

    async def take(
        self, account_id: int, rooms: Sequence[Room], now: int, until: int, alone: str | None = None
    ) -> list[Job]:
        """Take what is due, lane by lane, and hold it until then; of the lane ``alone`` only what nobody is at."""
        # Looked at first, since mostly nothing is, and nobody need write then; who puts in more says so in the account.
        first = await self._database.fetch(_asks(NEXT, account_id, [lane for lane, _ in rooms]))
        due = {lane for lane, at in first if at is not None and at <= now}
        asked = [room for room in rooms if room[0] in due]
        return await self._database.run(lambda: _taken(account_id, asked, now, until, alone)) if asked else []

    async def hold(self, account_id: int, held: Iterable[Job], until: int) -> None:
        """Hold jobs for longer, those that are still ours."""
        rows = [(until, account_id, job.id, job.fence) for job in held]
        await self._database.run(lambda: _many(RENEW, rows))

    async def end(self, account_id: int, ended: Sequence[Ended], logged: Statement, log: Sequence[Params]) -> None:
        """Say how jobs went, those that are still ours, and log what was sent."""
        await self._database.run(lambda: _ended(account_id, ended, logged, log))

    async def go_on(self, account_id: int, moves: Sequence[Move]) -> set[int]:
        """Move webhooks' cursors, and put in the jobs that follow; of a webhook that another was quicker with, none.

        The ids of those that were moved.
        """
        return await self._database.run(lambda: _gone_on(account_id, moves))

    async def settle(
        self, account_id: int, lanes: Sequence[Bounded], cursor: int | None, latest: int | None = None
    ) -> bool:
        """Say when there is something to do next in these lanes, or at the latest then (ms UTC).

        False, and at once, where there are changes after the cursor.
        """
        return await self._database.run(lambda: _settled(account_id, lanes, cursor, latest))

    async def leave(self, account_id: int, until: int) -> None:
        """Say that there is nothing to do in an account before this instant."""
        await self._database.run(lambda: _many(SET_DUE, [(until, account_id)]))

    async def waiting(self, account_id: int, lane: str, most: int) -> int:
        """How many jobs of a lane are not done, counted up to ``most``."""
        return (await self.waiting_in(account_id, [lane], most))[lane]

    async def waiting_in(self, account_id: int, lanes: Iterable[str], most: int) -> dict[str, int]:
        """How many jobs of each of these lanes are not done, counted up to ``most``."""
        rows = await self._database.fetch(_asks(WAITING, account_id, lanes, most))
        return {row[0]: row[1] for row in rows}

    async def lowest(self, account_id: int) -> int | None:
        """The first change that a job needs, of those that do not wait for a webhook that rests."""
        rows = await self._database.scan(Call(LOWEST, [(account_id,)]))
        found: int | None = rows[0][0]
        return found

    async def one(self, account_id: int, id_: str) -> Job | None:
        """The job with this id."""
        rows = await self._database.fetch(Call(ONE, [(account_id, id_)]))
        return _job(rows[0]) if rows else None

    async def page(self, account_id: int, state: str, lane: str | None, limit: int, after: str) -> list[Job]:
        """Jobs in a state by id, from after this one on."""
        given = (account_id, after, state, limit, *(() if lane is None else (lane,)))
        rows = await self._database.scan(Call(LIST[lane is not None], [given]))
        return [_job(row) for row in rows]

    async def revive(self, account_id: int, id_: str, now: int, deed: Deed | None = None) -> bool:
        """Try a dead job again, from the beginning; whether there was one. ``deed`` tells the audit who wanted it."""
        return await self._database.run(lambda: _revived(account_id, id_, now, deed))

    async def counts(self, account_id: int) -> list[Counted]:
        """How many jobs there are."""
        rows = await self._database.scan(Call(COUNTS, [(account_id,)]))
        return [Counted(*row) for row in rows]

    async def drop(self, account_id: int, lane: str) -> None:
        """Forget every job of a lane."""
        await self._database.run(lambda: _many(DROP_LANE, [(account_id, lane)]))


def _put_in(account_id: int, new: Sequence[Job]) -> Steps[None]:
    if not new:
        return
    yield Call(PUT_JOB, job_rows(account_id, new), many=True)
    yield from _stir(account_id, min(job.due_at for job in new))


def _put_for(account_id: int, webhook_id: int, new: Sequence[Job]) -> Steps[None]:
    if new and (yield Call(HOLD_WEBHOOK, [(account_id, webhook_id)])):
        yield from _put_in(account_id, new)


def _stir(account_id: int, at: int) -> Steps[None]:
    yield Call(STIR, [(account_id, at)], many=True)


def _taken(account_id: int, rooms: Sequence[Room], now: int, until: int, alone: str | None) -> Steps[list[Job]]:
    taken: list[Job] = []
    for lane, room in rooms:
        if lane == alone and not (yield from _is_free(account_id, lane, now)):
            continue
        rows = yield Call(TAKE, [(account_id, lane, now, room, until)])
        taken += sorted((_job(row) for row in rows), key=lambda job: job.id)
    return taken


def _is_free(account_id: int, lane: str, now: int) -> Steps[bool]:
    """Whether nobody is at a lane; others who ask that wait meanwhile."""
    yield Call(LOCK_DUE, [(account_id,)])
    return not (yield Call(TAKEN, [(account_id, lane, now)]))


def _ended(account_id: int, ended: Sequence[Ended], logged: Statement, log: Sequence[Params]) -> Steps[None]:
    gone = [(account_id, one.job.id, one.job.fence) for one in ended if one.after is None]
    again = [
        (
            one.after.state,
            one.after.due_at,
            one.after.tries,
            one.after.last_error,
            one.after.payload,
            account_id,
            one.job.id,
            one.job.fence,
        )
        for one in ended
        if one.after is not None
    ]
    yield from _many(REMOVE, gone)
    yield from _many(AGAIN, again)
    yield from _many(logged, log)
    later = [one.after.due_at for one in ended if one.after is not None and one.after.state != "dead"]
    if later:
        yield from _stir(account_id, min(later))


def _gone_on(account_id: int, moves: Sequence[Move]) -> Steps[set[int]]:
    together: dict[tuple[int, int], list[Move]] = defaultdict(list)
    for move in moves:
        together[move.before, move.after].append(move)
    new: list[Job] = []
    moved: set[int] = set()
    # By cursor, and then by id: two workers want the same row only where they read the same cursor, so in one order.
    for (before, after), those in sorted(together.items()):
        ids = as_json([[move.webhook_id] for move in those])
        moved |= {row[0] for row in (yield Call(GO_ON, [(after, account_id, ids, before)]))}
        new += [job for move in those if move.webhook_id in moved for job in move.jobs]
    yield from _put_in(account_id, new)
    return moved


def _settled(account_id: int, lanes: Sequence[Bounded], cursor: int | None, latest: int | None) -> Steps[bool]:
    # First the lock, then the look: who writes a job says so in this row, and his is seen once he is done.
    if not (yield Call(LOCK_DUE, [(account_id,)])):
        return True
    last = yield Call(LATEST, [(account_id,)])
    if cursor is not None and last[0][0] > cursor:
        yield Call(SET_DUE, [(0, account_id)], many=True)
        return False
    found = [] if latest is None else [latest]
    bounds = dict(lanes)
    first = yield _asks(NEXT, account_id, bounds)
    found += [max(at, bounds[lane]) for lane, at in first if at is not None]
    if found:
        yield Call(SET_DUE, [(min(found), account_id)], many=True)
    else:
        yield Call(NOT_DUE, [(account_id,)], many=True)
    return True


def _revived(account_id: int, id_: str, now: int, deed: Deed | None) -> Steps[bool]:
    counter = yield from lock(account_id, lambda: now)  # first of all, as every write does
    found = bool((yield Call(REVIVE, [(account_id, id_, now)])))
    if found and deed is not None:
        yield from noted_with(counter, deed)
    if found:
        yield from _stir(account_id, now)
    return found


def _asks(given: Statement, account_id: int, lanes: Iterable[str], *further: int) -> Call:
    return Call(given, [(account_id, as_json([[lane] for lane in lanes]), *further)])


def _many(given: Statement, rows: Sequence[Params]) -> Steps[None]:
    if rows:
        yield Call(given, rows, many=True)


def _job(row: Params) -> Job:
    return msgspec.convert(dict(zip(NAMES, row, strict=True)), Job)
