"""What the program wrote down by itself, let go of piece by piece: stored answers, the change log, jobs nobody wants.

It must never take from the change log what somebody is still to be told of: up to where, others say. Whoever is not
told now, and has not been told of what goes, can see that.
"""

from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, BindParameter, ColumnElement, bindparam, func, literal_column, select, update

from dayline.store.database import Database
from dayline.store.group import Steps
from dayline.store.statement import Call, Statement, statement
from dayline.store.tables import changes, idempotency, jobs, webhooks

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
# Those that have not looked at what goes: paused ones, for which nothing is kept.
MISSED = statement(
    update(webhooks)
    .where(
        webhooks.c.account_id == _account,
        webhooks.c.cursor < bindparam("until", type_=BigInteger),
        webhooks.c.missed < bindparam("until", type_=BigInteger),
    )
    .values(missed=bindparam("until", type_=BigInteger))
    .returning(webhooks.c.id),
    *("account_id", "until"),
)
COUNT_CHANGES = statement(
    select(func.count())
    .select_from(changes)
    .where(_change.account_id == _account, _change.sequence <= bindparam("until"), _change.at < bindparam("before")),
    *("account_id", "until", "before"),
)
# What an active webhook has not looked at yet.
SEEN_BY_ALL = statement(
    select(func.min(webhooks.c.cursor)).where(
        webhooks.c.account_id == _account, webhooks.c.active == literal_column("1")
    ),
    "account_id",
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

    async def cut(self, account_id: int, before: int, until: int, piece: int) -> Cut:
        """Forget so many changes that are older than this instant, the oldest first, and none after this number."""
        rows = await self._database.scan(Call(LAST_OLD, [(account_id, piece, before)]))
        if rows[0][0] is None:
            return Cut(0, 0, [])
        return await self._database.run(lambda: _cut(account_id, min(until, rows[0][0])))

    async def seen_by_all(self, account_id: int) -> int | None:
        """The last change that every active webhook has looked at; None where there is none."""
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


def _cut(account_id: int, until: int) -> Steps[Cut]:
    gone = yield Call(CUT, [(account_id, until)])
    missed = (yield Call(MISSED, [(account_id, until)])) if gone else []
    return Cut(len(gone), until, sorted(row[0] for row in missed))


def _removed(given: Statement, params: tuple[int, ...]) -> Steps[int]:
    return len((yield Call(given, [params])))
