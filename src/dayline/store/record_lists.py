"""Lists of records of one kind, in several orders, and what hangs on each: a statement for each shape, kept compiled.

Paging is by keyset as in ``lists``.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, Select, bindparam, func, literal_column, select, tuple_
from sqlalchemy.sql import ClauseElement

from dayline.domain.filter import Position, RecordQuery, Sort, SortField
from dayline.domain.record import Kind
from dayline.store.lists import Viewer
from dayline.store.statement import Call, Given, Statement, as_json, statement
from dayline.store.statements import seen_by
from dayline.store.tables import LIVING, NO_DUE, activities, links, records

_account: ColumnElement[int] = bindparam("account_id")
_LIVING: ColumnElement[int] = literal_column(str(LIVING))
_at = records.c
_SORTS: dict[SortField, ColumnElement[int]] = {
    "id": _at.id,
    "created_at": _at.created_at,
    "updated_at": _at.updated_at,
}
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "ids": _at.id.in_(Given("ids").numbers()),
    "owner_id": _at.owner_id == bindparam("owner_id"),
    "updated_from": _at.updated_at >= bindparam("updated_from"),
    "updated_before": _at.updated_at < bindparam("updated_before"),
}


class _Shape(Struct, frozen=True):
    """What decides the text of a statement; everything else is a parameter."""

    conditions: tuple[str, ...]
    sort: Sort
    deleted: bool
    continued: bool
    skipping: bool


def list_kind(account_id: int, wanted: RecordQuery, limit: int, offset: int, after: Position | None) -> Call:
    """One page and a row more, which tells whether there is another page. Rows are (sort value, id, body)."""
    values = {name: getattr(wanted, name) for name in _CONDITIONS}
    if wanted.ids is not None:
        values["ids"] = as_json([[id_] for id_ in wanted.ids])
    asked = {name: value for name, value in values.items() if value is not None}
    shape = _Shape(tuple(asked), wanted.sort, wanted.deleted, after is not None, offset > 0)
    last = (0, 0) if after is None else (after.value, after.id)
    return Call(_kind_list(shape), [(account_id, wanted.kind, limit + 1, offset, *last, *asked.values())])


@lru_cache(maxsize=128)
def _kind_list(shape: _Shape) -> Statement:
    sort = _SORTS[shape.sort.field]
    state = _at.deleted_at > _LIVING if shape.deleted else _at.deleted_at == _LIVING
    chosen = select(sort, _at.id, _at.body).where(_at.account_id == _account, _at.kind == bindparam("kind"), state)
    chosen = chosen.where(*(_CONDITIONS[name] for name in shape.conditions))
    chosen = _ordered(chosen, sort, shape).limit(bindparam("limit"))
    chosen = chosen.offset(bindparam("offset") if shape.skipping else literal_column("0"))
    return statement(chosen, "account_id", "kind", "limit", "offset", "after_value", "after_id", *shape.conditions)


def _ordered(chosen: Select[Any], sort: ColumnElement[int], shape: _Shape) -> Select[Any]:
    descending = shape.sort.descending
    if shape.continued:
        last = tuple_(*(bindparam(name, type_=BigInteger) for name in ("after_value", "after_id")))
        here = tuple_(sort, _at.id)
        chosen = chosen.where(here < last if descending else here > last)
    return chosen.order_by(*(key.desc() if descending else key.asc() for key in (sort, _at.id)))


def standings_of(viewer: Viewer, kind: Kind, ids: Sequence[int]) -> Call:
    """What hangs on each of these records: rows of (id, how many, how many done, the next one, the last one)."""
    given = as_json([[id_] for id_ in ids])
    return Call(STANDINGS, [(viewer.account_id, given, kind, viewer.user_id, int(viewer.admin))])


def _standings() -> ClauseElement:
    asked = Given("asked")
    act = activities.c
    first = (act.due, act.id)
    # Without a date is never the latest.
    latest = (act.due == literal_column(str(NO_DUE)), act.due.desc(), act.id.desc())
    done = act.done == literal_column("1")
    return select(
        asked.number(0),
        _hanging(asked, func.count()).scalar_subquery(),
        _hanging(asked, func.count()).where(done).scalar_subquery(),
        _one(_hanging(asked, act.id).where(act.done == literal_column("0")), *first),
        _one(_hanging(asked, act.id).where(done), *latest),
    ).select_from(asked.rows)


def _hanging(asked: Given, told: ColumnElement[Any]) -> Select[Any]:
    """Of the living activities on the asked record that the viewer may see."""
    same = (links.c.account_id == _account, links.c.kind == bindparam("kind"), links.c.record_id == asked.number(0))
    theirs = (activities.c.account_id == links.c.account_id, activities.c.id == links.c.activity_id)
    seen = seen_by(bindparam("admin", type_=BigInteger) == literal_column("1"), bindparam("user_id"))
    return select(told).where(*same, *theirs, activities.c.deleted_at == _LIVING, seen)


def _one(chosen: Select[Any], *order: ColumnElement[Any]) -> ScalarSelect[Any]:
    return chosen.order_by(*order).limit(literal_column("1")).offset(literal_column("0")).scalar_subquery()


STANDINGS = statement(_standings, "account_id", "asked", "kind", "user_id", "admin")
