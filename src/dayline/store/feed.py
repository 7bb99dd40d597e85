"""The change log as it is read again: from one change on, or some of them by number.

It must never show a row to anybody: what he may see of it is for others to say.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, BindParameter, ColumnElement, bindparam, false, func, literal_column, select
from sqlalchemy.sql import ClauseElement

from dayline.domain.record import Record
from dayline.domain.told import SECRET, THINGS, Logged, Thing
from dayline.store.database import Database
from dayline.store.statement import Call, Given, Statement, as_json, statement
from dayline.store.statements import seen_by
from dayline.store.tables import accounts, activities, changes

MOST: Final = 1 << 20  # characters of changes that are read together; the one that goes beyond is the last

_account: BindParameter[int] = bindparam("account_id")
_at = changes.c
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
_COLUMNS = (
    *(_at.sequence, _at.entity, _at.entity_id, _at.action, _at.user_id, _at.token_id, _at.at, _at.before, _at.after),
    *(_at.surface, _at.address, _at.request_id),
)
_BODIES: Final = slice(7, 9)  # before and after, in a row
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in THINGS.items()}
_record = msgspec.json.Decoder(Record)


def _weight(of: Any) -> ColumnElement[int]:
    """How many characters a change has, before and after."""
    return func.coalesce(func.length(of.before), _ZERO) + func.coalesce(func.length(of.after), _ZERO)


def _after() -> ClauseElement:
    """The changes after one, in their order, as many as are wanted, or until they are as large as they may be.

    From one to the next, and no further than they are read: the database would otherwise weigh those that follow, too.
    """
    later = (_at.account_id == _account, _at.sequence > bindparam("after", type_=BigInteger))
    first = select(_at.sequence, _ONE.label("number"), _weight(_at).label("weight")).where(*later)
    begin = first.order_by(_at.sequence).limit(_ONE).offset(_ZERO).subquery()
    piece = select(begin.c.sequence, begin.c.number, begin.c.weight).cte("piece", recursive=True)
    following = changes.alias("following").c
    step = select(following.sequence, piece.c.number + _ONE, piece.c.weight + _weight(following)).where(
        following.account_id == _account,
        following.sequence == piece.c.sequence + _ONE,
        piece.c.number < bindparam("limit", type_=BigInteger),
        piece.c.weight < bindparam("most", type_=BigInteger),
    )
    piece = piece.union_all(step)
    last = select(func.max(piece.c.sequence)).scalar_subquery()
    chosen = select(*_COLUMNS).where(*later, _at.sequence <= last).order_by(_at.sequence)
    return chosen.limit(bindparam("limit", type_=BigInteger)).offset(_ZERO)


def _some() -> Statement:
    """The changes with these numbers."""
    keys = Given("keys")
    same = (_at.account_id == _account, _at.sequence == keys.number(0))
    return statement(select(*_COLUMNS).select_from(keys.lead_to(changes, *same)), "account_id", "keys")


AFTER = statement(_after, "account_id", "after", "limit", "most")
SOME = _some()
FIRST = statement(
    select(_at.sequence)
    .where(_at.account_id == _account)
    .order_by(_at.sequence)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    "account_id",
)
WHEN = statement(
    select(_at.sequence, _at.at)
    .where(_at.account_id == _account, _at.sequence >= bindparam("from"))
    .order_by(_at.sequence)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    *("account_id", "from"),
)
WEIGHT = statement(
    select(_weight(_at)).where(_at.account_id == _account, _at.sequence == bindparam("sequence")),
    *("account_id", "sequence"),
)


def _activities(which: ColumnElement[bool], *names: str) -> Statement:
    """Those of the given activities that are there, and are such ones."""
    keys = Given("keys")
    same = (activities.c.account_id == _account, activities.c.id == keys.number(0))
    found = select(activities.c.id).select_from(keys.lead_to(activities, *same)).where(which)
    return statement(found, "account_id", "keys", *names)


PUBLIC = _activities(activities.c.visibility == literal_column("'public'"))
SEEN = _activities(seen_by(false(), bindparam("user_id", type_=BigInteger)), "user_id")
SECRET_OF = statement(select(accounts.c.secret).where(accounts.c.id == _account), "account_id")


class Feed:
    """Reads the change log. Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, account_id: int, sequence: int, limit: int) -> list[Logged]:
        """The changes after this one, in their order: so many at the most, and fewer where they are large."""
        found, _ = await self.piece(account_id, sequence, limit)
        return found

    async def piece(self, account_id: int, sequence: int, limit: int) -> tuple[list[Logged], bool]:
        """The changes after this one, as ``after`` gives them, and whether there may be more."""
        rows = await self._database.scan(Call(AFTER, [(account_id, sequence, limit, MOST)]))
        weight = sum(len(body) for row in rows for body in row[_BODIES] if body is not None)
        return [_logged(row) for row in rows], len(rows) == limit or weight >= MOST

    async def public(self, account_id: int, ids: Collection[int]) -> set[int]:
        """Those of these activities that everybody may see today."""
        return await self._ids(PUBLIC, account_id, ids)

    async def seen(self, account_id: int, user_id: int, ids: Collection[int]) -> set[int]:
        """Those of these activities that this user may see today, if he is no admin; what was purged nobody may."""
        return await self._ids(SEEN, account_id, ids, user_id)

    async def _ids(self, which: Statement, account_id: int, ids: Collection[int], *given: int) -> set[int]:
        keys = as_json([(id_,) for id_ in ids])
        rows = await self._database.fetch(Call(which, [(account_id, keys, *given)])) if ids else []
        return {row[0] for row in rows}

    async def some(self, account_id: int, sequences: Iterable[int]) -> list[Logged]:
        """Those of these changes that there are, in no order."""
        keys = as_json([(sequence,) for sequence in sequences])
        rows = await self._database.fetch(Call(SOME, [(account_id, keys)]))
        return [_logged(row) for row in rows]

    async def first(self, account_id: int) -> int:
        """The number of the oldest change that is kept; 0 where there is none."""
        rows = await self._database.fetch(Call(FIRST, [(account_id,)]))
        return rows[0][0] if rows else 0

    async def before(self, account_id: int, instant: int, last: int) -> int:
        """The number of the last change before an instant (ms UTC), up to ``last``; the one before the oldest if none.

        Later changes have later instants, so that a few looks find it, and no index is needed.
        """
        low, high = max(await self.first(account_id) - 1, 0), last
        while low < high:
            middle = (low + high + 1) // 2
            rows = await self._database.fetch(Call(WHEN, [(account_id, middle)]))
            if rows and rows[0][1] < instant:
                low = max(middle, min(rows[0][0], high))
            else:
                high = middle - 1
        return low

    async def weight(self, account_id: int, sequence: int) -> int:
        """How many characters a change has, before and after; 0 where it is not there."""
        rows = await self._database.fetch(Call(WEIGHT, [(account_id, sequence)]))
        return int(rows[0][0]) if rows else 0

    async def secret(self, account_id: int) -> bytes:
        """The account's secret, of which the ids of its events are made."""
        rows = await self._database.fetch(Call(SECRET_OF, [(account_id,)]))
        return bytes(rows[0][0])


def _logged(row: Sequence[Any]) -> Logged:
    sequence, entity, entity_id, action, user_id, token_id, at, before, after, surface, address, request_id = row
    return Logged(
        sequence=sequence,
        entity=entity,
        entity_id=entity_id,
        action=action,
        user_id=user_id,
        token_id=token_id,
        at=at,
        before=_thing(entity, before),
        after=_thing(entity, after),
        surface=surface,
        address=address,
        request_id=request_id,
    )


def _thing(entity: str, body: str | None) -> Thing | None:
    if body is None or entity in SECRET:
        return None
    found: Thing = _decoders.get(entity, _record).decode(body)
    return found
