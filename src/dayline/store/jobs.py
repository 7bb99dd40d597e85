"""Jobs: put in with what they follow from, taken by one of many workers for a while, and done with once.

Nobody waits here for another system: a job is taken in one transaction and told of in another. Why it is as it is:
``docs/decisions/0018-jobs.md``.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from dayline.domain.job import Ended, Job
from dayline.store.database import Database
from dayline.store.group import Steps
from dayline.store.statement import Call, Params, Statement, statement
from dayline.store.statements import STIR
from dayline.store.tables import counters, due, jobs, webhooks

Room: TypeAlias = tuple[str, int]
"""A lane, and how many of its jobs may be taken."""

_account: BindParameter[int] = bindparam("account_id")
_at = jobs.c
_NAMES = Job.__struct_fields__
_COLUMNS = tuple(_at[name] for name in _NAMES)
_WAITS = _at.state != literal_column("'dead'")  # spelled out: the index is over these alone
_OURS = and_(_at.account_id == _account, _at.id == bindparam("job_id"), _at.fence == bindparam("job_fence"))
_PUT = tuple(column.name for column in jobs.columns)


def _put() -> Statement:
    """Insert a job; nothing where there is one of its kind for the same thing."""
    given = insert(jobs).values({name: bindparam(name) for name in _PUT})
    return statement(given.on_conflict_do_nothing(index_elements=["account_id", "kind", "dedupe"]), *_PUT)


def _take() -> Statement:
    """Take what is due in a lane, what others are taking left out."""
    waiting = (
        select(_at.id)
        .where(_at.account_id == _account, _at.lane == bindparam("lane"), _WAITS, _at.due_at <= bindparam("now"))
        .order_by(_at.due_at, _at.id)
        .limit(bindparam("room"))
        .offset(literal_column("0"))
        .with_for_update(skip_locked=True)
    )
    taken = update(jobs).where(_at.account_id == _account, _at.id.in_(waiting))
    held = {"state": literal_column("'held'"), "fence": _at.fence + literal_column("1"), "due_at": bindparam("until")}
    return Statement(taken.values(held).returning(*_COLUMNS), ("account_id", "lane", "now", "room", "until"))


def _changed(whose: Update, *names: str) -> Statement:
    change = whose.values({name: bindparam(f"new_{name}") for name in names})
    return statement(change, *(f"new_{name}" for name in names), "account_id", "job_id", "job_fence")


PUT = _put()
TAKE = _take()
REMOVE = statement(jobs.delete().where(_OURS), "account_id", "job_id", "job_fence")
RENEW = _changed(update(jobs).where(_OURS), "due_at")
AGAIN = _changed(update(jobs).where(_OURS), "state", "due_at", "tries", "last_error", "payload")

DUE = statement(
    select(due.c.account_id)
    .where(due.c.at <= bindparam("now"))
    .order_by(due.c.at)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),
    "now",
    "limit",
)
LOCK_DUE = statement(select(due.c.at).where(due.c.account_id == _account).with_for_update(), "account_id")
SET_DUE = statement(
    update(due).where(due.c.account_id == _account).values(at=bindparam("new_at")), "new_at", "account_id"
)
NOT_DUE = statement(due.delete().where(due.c.account_id == _account), "account_id")
NEXT = statement(
    select(_at.due_at)
    .where(_at.account_id == _account, _at.lane == bindparam("lane"), _WAITS)
    .order_by(_at.due_at)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    "account_id",
    "lane",
)
# How many wait in a lane, counted no further than ``most``.
_SOME: Select[Any] = (
    select(literal_column("1"))
    .where(_at.account_id == _account, _at.lane == bindparam("lane"), _WAITS)
    .limit(bindparam("most"))
    .offset(literal_column("0"))
)
WAITING = statement(select(func.count()).select_from(_SOME.subquery()), "account_id", "lane", "most")
LATEST = statement(select(counters.c.sequence).where(counters.c.account_id == _account), "account_id")

GO_ON = statement(
    update(webhooks)
    .where(
        webhooks.c.account_id == _account,
        webhooks.c.id == bindparam("webhook_id"),
        webhooks.c.cursor == bindparam("before"),
    )
    .values(cursor=bindparam("new_cursor"))
    .returning(webhooks.c.id),
    *("new_cursor", "account_id", "webhook_id", "before"),
)
LOWEST = statement(select(func.min(_at.sequence)).where(_at.account_id == _account), "account_id")
ONE = statement(
    select(*_COLUMNS).where(_at.account_id == _account, _at.id == bindparam("job_id")), "account_id", "job_id"
)
REVIVE = statement(
    update(jobs)
    .where(_at.account_id == _account, _at.id == bindparam("job_id"), _at.state == literal_column("'dead'"))
    .values(state=literal_column("'waiting'"), tries=literal_column("0"), due_at=bindparam("now"))
    .returning(_at.lane),
    *("account_id", "job_id", "now"),
)
_lane: ColumnElement[bool] = _at.lane == bindparam("lane")
LIST = {
    lane: statement(
        select(*_COLUMNS)
        .where(_at.account_id == _account, _at.id > bindparam("after"), _at.state == bindparam("state"), *chosen)
        .order_by(_at.id)
        .limit(bindparam("limit"))
        .offset(literal_column("0")),
        *("account_id", "after", "state", "limit", *(("lane",) if lane else ())),
    )
    for lane, chosen in ((False, ()), (True, (_lane,)))
}
COUNTS = statement(
    select(_at.lane, _at.kind, _at.state, func.count(), cast(func.min(_at.due_at), BigInteger))
    .where(_at.account_id == _account)
    .group_by(_at.lane, _at.kind, _at.state),
    "account_id",
)
DROP_LANE = statement(jobs.delete().where(_at.account_id == _account, _lane), "account_id", "lane")


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
    state: str
    jobs: int
    first_due: int


class Jobs:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, account_id: int, new: Sequence[Job]) -> None:
        """Put jobs in, but for those that there are for the same already."""
        await self._database.run(lambda: _put_in(account_id, new))

    async def stir(self, account_id: int) -> None:
        """Say that there is something to do in an account now."""
        await self._database.run(lambda: _stir(account_id, 0))

    async def due(self, now: int, limit: int) -> list[int]:
        """Accounts that have something to do, the longest due first."""
        rows = await self._database.fetch(Call(DUE, [(now, limit)]))
        return [row[0] for row in rows]

    async def take(self, account_id: int, rooms: Sequence[Room], now: int, until: int) -> list[Job]:
        """Take what is due, lane by lane, and hold it until then."""
        return await self._database.run(lambda: _taken(account_id, rooms, now, until))

    async def hold(self, account_id: int, held: Iterable[Job], until: int) -> None:
        """Hold jobs for longer, those that are still ours."""
        rows = [(until, account_id, job.id, job.fence) for job in held]
        await self._database.run(lambda: _many(RENEW, rows))

    async def end(self, account_id: int, ended: Sequence[Ended], logged: Statement, log: Sequence[Params]) -> None:
        """Say how jobs went, those that are still ours, and log what was sent."""
        await self._database.run(lambda: _ended(account_id, ended, logged, log))

    async def go_on(self, account_id: int, moves: Sequence[Move]) -> None:
        """Move webhooks' cursors, and put in the jobs that follow; of a webhook that another was quicker with, none."""
        await self._database.run(lambda: _gone_on(account_id, moves))

    async def settle(self, account_id: int, lanes: Sequence[str], cursor: int | None) -> None:
        """Say when there is something to do next in these lanes; at once where there are changes after the cursor."""
        await self._database.run(lambda: _settled(account_id, lanes, cursor))

    async def waiting(self, account_id: int, lane: str, most: int) -> int:
        """How many jobs of a lane are not done, counted up to ``most``."""
        rows = await self._database.fetch(Call(WAITING, [(account_id, lane, most)]))
        return int(rows[0][0])

    async def lowest(self, account_id: int) -> int | None:
        """The first change that a job needs."""
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

    async def revive(self, account_id: int, id_: str, now: int) -> bool:
        """Try a dead job again, from the beginning; whether there was one."""
        return await self._database.run(lambda: _revived(account_id, id_, now))

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
    yield Call(PUT, [(account_id, *(getattr(job, name) for name in _PUT[1:])) for job in new], many=True)
    yield from _stir(account_id, min(job.due_at for job in new))


def _stir(account_id: int, at: int) -> Steps[None]:
    yield Call(STIR, [(account_id, at)], many=True)


def _taken(account_id: int, rooms: Sequence[Room], now: int, until: int) -> Steps[list[Job]]:
    taken: list[Job] = []
    for lane, room in rooms:
        rows = yield Call(TAKE, [(account_id, lane, now, room, until)])
        taken += sorted((_job(row) for row in rows), key=lambda job: job.id)
    return taken


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


def _gone_on(account_id: int, moves: Sequence[Move]) -> Steps[None]:
    new: list[Job] = []
    for move in sorted(moves, key=lambda move: move.webhook_id):
        if (yield Call(GO_ON, [(move.after, account_id, move.webhook_id, move.before)])):
            new += move.jobs
    yield from _put_in(account_id, new)


def _settled(account_id: int, lanes: Sequence[str], cursor: int | None) -> Steps[None]:
    # First the lock, then the look: who writes a job says so in this row, and his is seen once he is done.
    if not (yield Call(LOCK_DUE, [(account_id,)])):
        return
    latest = yield Call(LATEST, [(account_id,)])
    if cursor is not None and latest[0][0] > cursor:
        yield Call(SET_DUE, [(0, account_id)], many=True)
        return
    found: list[int] = []
    for lane in lanes:
        found += [row[0] for row in (yield Call(NEXT, [(account_id, lane)]))]
    if found:
        yield Call(SET_DUE, [(min(found), account_id)], many=True)
    else:
        yield Call(NOT_DUE, [(account_id,)], many=True)


def _revived(account_id: int, id_: str, now: int) -> Steps[bool]:
    found = bool((yield Call(REVIVE, [(account_id, id_, now)])))
    if found:
        yield from _stir(account_id, now)
    return found


def _many(given: Statement, rows: Sequence[Params]) -> Steps[None]:
    if rows:
        yield Call(given, rows, many=True)


def _job(row: Params) -> Job:
    return msgspec.convert(dict(zip(_NAMES, row, strict=True)), Job)
