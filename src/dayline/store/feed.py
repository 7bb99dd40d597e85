"""The change log as it is read again: from one change on, or some of them by number.

It must never show a row to anybody: what he may see of it is for others to say.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import BindParameter, ColumnElement, bindparam, func, literal_column, select

from dayline.domain.record import Record
from dayline.domain.told import SECRET, THINGS, Logged, Thing
from dayline.store.database import Database
from dayline.store.statement import Call, Given, Statement, statement
from dayline.store.tables import accounts, changes

_account: BindParameter[int] = bindparam("account_id")
_at = changes.c
_ZERO: ColumnElement[int] = literal_column("0")
_COLUMNS = (
    *(_at.sequence, _at.entity, _at.entity_id, _at.action, _at.user_id, _at.token_id, _at.at, _at.before, _at.after),
    *(_at.surface, _at.address, _at.request_id),
)
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in THINGS.items()}
_record = msgspec.json.Decoder(Record)


def _after() -> Statement:
    """The changes after one, in their order."""
    later = select(*_COLUMNS).where(_at.account_id == _account, _at.sequence > bindparam("after"))
    bounded = later.order_by(_at.sequence).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(bounded, "account_id", "after", "limit")


def _some() -> Statement:
    """The changes with these numbers."""
    keys = Given("keys")
    found = select(*_COLUMNS).select_from(keys.lead_to(changes, _at.sequence == keys.number(0)))
    return statement(found.where(_at.account_id == _account), "account_id", "keys")


AFTER = _after()
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
    select(func.coalesce(func.length(_at.before), _ZERO) + func.coalesce(func.length(_at.after), _ZERO)).where(
        _at.account_id == _account, _at.sequence == bindparam("sequence")
    ),
    *("account_id", "sequence"),
)
SECRET_OF = statement(select(accounts.c.secret).where(accounts.c.id == _account), "account_id")


class Feed:
    """Reads the change log. Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, account_id: int, sequence: int, limit: int) -> list[Logged]:
        """The changes after this one, in their order."""
        rows = await self._database.scan(Call(AFTER, [(account_id, sequence, limit)]))
        return [_logged(row) for row in rows]

    async def some(self, account_id: int, sequences: Iterable[int]) -> list[Logged]:
        """Those of these changes that there are, in no order."""
        keys = msgspec.json.encode([(sequence,) for sequence in sequences]).decode()
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
