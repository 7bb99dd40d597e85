"""What the program wrote down by itself, let go of piece by piece: stored answers, the change log, jobs nobody wants.

It must never take from the change log what somebody is still to be told of: up to where, others say. Whoever is not
told now, and has not been told of what goes, can see that.
"""

from typing import Final

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from dayline.store.database import Database
from dayline.store.group import Steps, lock
from dayline.store.job_statements import DELIVERS, LANE_ID, LOWEST, REPLAYS, RESTING
from dayline.store.statement import Call, Statement, statement
from dayline.store.tables import changes, idempotency, jobs, webhooks
from dayline.store.webhooks import TOLD

_account: BindParameter[int] = bindparam("account_id")
_key, _change, _job = idempotency.c, changes.c, jobs.c
_NONE: Final[ColumnElement[int]] = literal_column("0")

COUNT_KEYS = statement(
    select(func.count())
    .select_from(idempotency)
    .where(_key.account_id == _account, _key.created_at < bindparam("before")),
    "account_id",
    "before",
)
_OLD_KEYS = (
    select(_key.key)
    .where(_key.account_id == _account, _key.created_at < bindparam("before"))
    .order_by(_key.created_at)
    .limit(bindparam("piece"))
    .offset(_NONE)
)
FORGET_KEYS = statement(
    idempotency.delete().where(_key.account_id == _account, _key.key.in_(_OLD_KEYS)).returning(_key.created_at),
    *("account_id", "before", "piece"),
)

# Sequence order is the order in time, so the first of them are the oldest.
_OLDEST = (
    select(_change.sequence, _change.at)
    .where(_change.account_id == _account)
    .order_by(_change.sequence)
    .limit(bindparam("piece"))
    .offset(_NONE)
    .subquery()
)
LAST_OLD = statement(
    select(func.max(_OLDEST.c.sequence)).where(_OLDEST.c.at < bindparam("before")), *("account_id", "piece", "before")
)
CUT = statement(
    changes.delete()
    .where(_change.account_id == _account, _change.sequence <= bindparam("until"))
    .returning(_change.at),
    *("account_id", "until"),
)
_until: BindParameter[int] = bindparam("until", type_=BigInteger)
_needs_it = exists().where(_job.account_id == _account, _job.sequence <= _until, or_(DELIVERS, REPLAYS))
# Those that are told nothing now, for which nothing is kept: who has not looked at what goes, or was to be told of it.
MISSED = statement(
    update(webhooks)
    .where(
        webhooks.c.account_id == _account,
        webhooks.c.missed < _until,
        or_(webhooks.c.cursor < _until, and_(not_(TOLD), _needs_it)),
    )
    .values(missed=_until)
    .returning(webhooks.c.id),
    *("account_id", "until"),
)
# There is nothing left that these could tell.
CUT_JOBS = statement(
    jobs.delete().where(
        _job.account_id == _account,
        _job.kind == literal_column("'deliver'"),
        _job.sequence <= _until,
        LANE_ID.in_(RESTING),
    ),
    *("account_id", "until"),
)
COUNT_CHANGES = statement(
    select(func.count())
    .select_from(changes)
    .where(_change.account_id == _account, _change.sequence <= bindparam("until"), _change.at < bindparam("before")),
    *("account_id", "until", "before"),
)
# What a webhook that is told things has not looked at yet.
SEEN_BY_ALL = statement(
    select(func.min(webhooks.c.cursor)).where(webhooks.c.account_id == _account, TOLD), "account_id"
)

_DEAD = (
    _job.account_id == _account,
    _job.state == literal_column("'dead'"),
    _job.due_at < bindparam("before"),
    _job.kind != literal_column("'erase'"),  # one that was not done is still to be done
)
COUNT_DEAD = statement(select(func.count()).select_from(jobs).where(*_DEAD), "account_id", "before")
FORGET_DEAD = statement(
    jobs.delete()
    .where(
        _job.account_id == _account,
        _job.id.in_(select(_job.id).where(*_DEAD).order_by(_job.id).limit(bindparam("piece")).offset(_NONE)),
    )
    .returning(_job.created_at),
    *("account_id", "before", "piece"),
)


class Cut(Struct, frozen=True):
    """How many changes went, up to which, and the webhooks that will never be told of them."""

    gone: int
    until: int
    missed: list[int]


class Keeping:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def old_keys(self, account_id: int, before: int) -> int:
        """How many stored answers are older than this instant (ms UTC)."""
        return await self._number(Call(COUNT_KEYS, [(account_id, before)]))

    async def forget_keys(self, account_id: int, before: int, piece: int) -> int:
        """Forget so many of them, the oldest first; how many there were."""
        return await self._gone(FORGET_KEYS, (account_id, before, piece))

    async def old_changes(self, account_id: int, before: int, until: int) -> int:
        """How many changes up to this number are older than this instant."""
        return await self._number(Call(COUNT_CHANGES, [(account_id, until, before)]))

    async def cut(self, account_id: int, before: int, piece: int) -> Cut:
        """Forget so many changes that are older than this instant, the oldest first, and none that is still needed."""
        rows = await self._database.scan(Call(LAST_OLD, [(account_id, piece, before)]))
        if rows[0][0] is None:
            return Cut(0, 0, [])
        return await self._database.run(lambda: _cut(account_id, rows[0][0]))

    async def seen_by_all(self, account_id: int) -> int | None:
        """The last change that every webhook that is told things has looked at; None where there is none."""
        rows = await self._database.fetch(Call(SEEN_BY_ALL, [(account_id,)]))
        found: int | None = rows[0][0]
        return found

    async def old_dead(self, account_id: int, before: int) -> int:
        """How many jobs were given up before this instant."""
        return await self._number(Call(COUNT_DEAD, [(account_id, before)]))

    async def forget_dead(self, account_id: int, before: int, piece: int) -> int:
        """Forget so many of them; how many there were."""
        return await self._gone(FORGET_DEAD, (account_id, before, piece))

    async def _number(self, call: Call) -> int:
        return int((await self._database.scan(call))[0][0])

    async def _gone(self, given: Statement, params: tuple[int, ...]) -> int:
        return await self._database.run(lambda: _removed(given, params))


def _cut(account_id: int, old: int) -> Steps[Cut]:
    # Under the lock nobody asks for a replay of what goes, pauses a webhook, or lets one go on.
    yield from lock(account_id, lambda: 0)
    # In this order: what a webhook looks at in between has become a job when the jobs are looked at.
    seen = yield Call(SEEN_BY_ALL, [(account_id,)])
    needed = yield Call(LOWEST, [(account_id,)])
    until = min(old, _or(seen[0][0], old), _or(needed[0][0], old + 1) - 1)
    gone = yield Call(CUT, [(account_id, until)])
    if not gone:
        return Cut(0, until, [])
    missed = yield Call(MISSED, [(account_id, until)])
    yield Call(CUT_JOBS, [(account_id, until)], many=True)
    return Cut(len(gone), until, sorted(row[0] for row in missed))


def _or(found: int | None, other: int) -> int:
    return other if found is None else found


def _removed(given: Statement, params: tuple[int, ...]) -> Steps[int]:
    return len((yield Call(given, [params])))
