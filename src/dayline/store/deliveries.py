"""The log of deliveries: what was sent to webhooks and what came back. It must never be in the way of sending."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    tuple_,
)

from dayline.domain.delivery import Delivery, DeliveryFilter
from dayline.domain.record import made_at
from dayline.store.database import Database
from dayline.store.group import Steps
from dayline.store.statement import Call, Params, Statement, put, statement
from dayline.store.tables import deliveries

_account: BindParameter[int] = bindparam("account_id")
_at = deliveries.c
_NAMES = Delivery.__struct_fields__
_COLUMNS = tuple(_at[name] for name in _NAMES)
_ASKED: dict[str, ColumnElement[bool]] = {
    "webhook_id": _at.webhook_id == bindparam("webhook_id"),
    "event_id": _at.event_id == bindparam("event_id"),
    "outcome": _at.outcome == bindparam("outcome"),
    "since": _at.at >= bindparam("since"),
    "until": _at.at < bindparam("until"),
}

ADD = put(deliveries)
FORGET = statement(
    deliveries.delete().where(_at.account_id == _account, _at.at < bindparam("before")).returning(_at.webhook_id),
    *("account_id", "before"),
)
COUNT = statement(
    select(func.count()).select_from(deliveries).where(_at.account_id == _account, _at.at < bindparam("before")),
    "account_id",
    "before",
)
# The instant of an old one behind so many older ones: up to there the next piece is taken.
PIECE = statement(
    select(_at.at)
    .where(_at.account_id == _account, _at.at < bindparam("before"))
    .order_by(_at.at, _at.id)
    .limit(literal_column("1"))
    .offset(bindparam("skipped")),
    *("account_id", "before", "skipped"),
)
LAST = statement(
    select(*_COLUMNS)
    .where(_at.account_id == _account, _at.webhook_id == bindparam("webhook_id"))
    .order_by(_at.at.desc(), _at.id.desc())
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    *("account_id", "webhook_id"),
)
ONE = statement(
    select(*_COLUMNS).where(_at.account_id == _account, _at.at == bindparam("at"), _at.id == bindparam("delivery_id")),
    *("account_id", "at", "delivery_id"),
)
_went_well = (
    select(func.max(_at.at))
    .where(
        _at.account_id == _account,
        _at.webhook_id == bindparam("webhook_id"),
        _at.outcome == literal_column("'delivered'"),
    )
    .scalar_subquery()
)
FAILING_SINCE = statement(
    select(cast(func.min(_at.at), BigInteger)).where(
        _at.account_id == _account,
        _at.webhook_id == bindparam("webhook_id"),
        _at.at > func.coalesce(_went_well, literal_column("-1")),
        _at.outcome != literal_column("'delivered'"),
    ),
    *("account_id", "webhook_id"),
)


class _Shape(Struct, frozen=True):
    asked: tuple[str, ...]
    continued: bool


def list_deliveries(account_id: int, wanted: DeliveryFilter, limit: int, after: tuple[int, str] | None) -> Call:
    """One page, the latest first, and a row more. Rows are the fields of a ``Delivery`` in their order."""
    asked = {name: value for name in _ASKED if (value := getattr(wanted, name)) is not None}
    shape = _Shape(tuple(asked), after is not None)
    return Call(_list(shape), [(account_id, limit + 1, *(after or (0, "")), *asked.values())])


@lru_cache(maxsize=64)
def _list(shape: _Shape) -> Statement:
    chosen = select(*_COLUMNS).where(_at.account_id == _account, *(_ASKED[name] for name in shape.asked))
    if shape.continued:
        last = tuple_(bindparam("after_at", type_=BigInteger), bindparam("after_id", type_=Text))
        chosen = chosen.where(tuple_(_at.at, _at.id) < last)
    chosen = chosen.order_by(_at.at.desc(), _at.id.desc()).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(chosen, "account_id", "limit", "after_at", "after_id", *shape.asked)


def rows_of(account_id: int, logged: Iterable[Delivery]) -> list[Params]:
    """Deliveries as rows of ``ADD``."""
    return [(account_id, *(getattr(one, name) for name in ADD.names[1:])) for one in logged]


class Deliveries:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, account_id: int, wanted: DeliveryFilter, limit: int, after: tuple[int, str] | None
    ) -> tuple[list[Delivery], bool]:
        """One page, the latest first, from behind this instant and id on, and whether there are more."""
        rows = await self._database.scan(list_deliveries(account_id, wanted, limit, after))
        return [_delivery(row) for row in rows[:limit]], len(rows) > limit

    async def last(self, account_id: int, webhook_id: int) -> Delivery | None:
        """The last one to a webhook."""
        rows = await self._database.fetch(Call(LAST, [(account_id, webhook_id)]))
        return _delivery(rows[0]) if rows else None

    async def one(self, account_id: int, id_: str) -> Delivery | None:
        """The one with this id, which tells when it was."""
        rows = await self._database.fetch(Call(ONE, [(account_id, made_at(id_), id_)]))
        return _delivery(rows[0]) if rows else None

    async def failing_since(self, account_id: int, webhook_id: int) -> int | None:
        """When the first one failed after the last that did not, in ms UTC; None where the last one went well."""
        rows = await self._database.scan(Call(FAILING_SINCE, [(account_id, webhook_id)]))
        found: int | None = rows[0][0]
        return found

    async def old(self, account_id: int, before: int) -> int:
        """How many are older than this instant."""
        rows = await self._database.scan(Call(COUNT, [(account_id, before)]))
        return int(rows[0][0])

    async def forget(self, account_id: int, before: int, piece: int) -> tuple[int, bool]:
        """Forget about so many older than this instant, the oldest first; how many, and whether some are left."""
        rows = await self._database.scan(Call(PIECE, [(account_id, before, piece)]))
        until = min(before, rows[0][0] + 1) if rows else before
        return await self._database.run(lambda: _forgotten(account_id, until)), bool(rows)


def _forgotten(account_id: int, before: int) -> Steps[int]:
    return len((yield Call(FORGET, [(account_id, before)])))


def _delivery(row: Sequence[object]) -> Delivery:
    return msgspec.convert(dict(zip(_NAMES, row, strict=True)), Delivery)
