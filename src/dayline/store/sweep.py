"""Whole tables, page by page, for what has to look at all there is: the export and the erasure of a person.

Outside the change log: it must never touch what callers write, which is for units.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Table,
    and_,
    bindparam,
    literal_column,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql import ClauseElement

from dayline.store import tables
from dayline.store.database import Database
from dayline.store.group import Steps
from dayline.store.statement import Call, Params, Statement, remove, statement

_account: BindParameter[int] = bindparam("account_id")
Name: TypeAlias = Literal[
    "activities", "records", "filters", "types", "tokens", "webhooks", "integrated_accounts", "changes",
    "idempotency", "deliveries", "remote_calls", "remote_attempts", "jobs",
]  # fmt: skip
_TEXTS: Final[Mapping[Name, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("activities", "records", "filters", "types", "tokens", "webhooks", "integrated_accounts"), ("body",)
    ),
    "changes": ("before", "after"),
    "idempotency": ("headers", "body"),
    "deliveries": (*("url", "error", "request_headers", "request_body", "response_headers", "response_body"),),
    "remote_calls": ("path", "message", "request_id"),
    "remote_attempts": ("fingerprint", "answer"),
    "jobs": ("last_error",),
}
"""By table, what words may stand in."""

_BESIDE: Final[Mapping[Name, tuple[str, ...]]] = {
    "changes": ("entity", "entity_id", "action", "at", "request_id"),
    "deliveries": ("entity", "entity_id"),
    "jobs": ("kind",),
}


class Row(Struct, frozen=True):
    """``key`` is the primary key without the account; ``texts`` and ``beside`` are by column."""

    key: Params
    texts: dict[str, Any]
    beside: dict[str, Any]


def _keys(table: Table) -> tuple[str, ...]:
    return tuple(key.name for key in table.primary_key if key.name != "account_id")


def _page(table: Table, name: Name, *, continued: bool) -> Statement:
    keys = _keys(table)

    def chosen() -> ClauseElement:
        columns = (*keys, *_TEXTS[name], *_BESIDE.get(name, ()))
        rows = select(*(table.c[column] for column in columns)).where(table.c.account_id == _account)
        if continued:
            last = tuple_(*(bindparam(f"after_{key}", type_=table.c[key].type) for key in keys))
            rows = rows.where(tuple_(*(table.c[key] for key in keys)) > last)
        return rows.order_by(*(table.c[key] for key in keys)).limit(bindparam("limit")).offset(literal_column("0"))

    return statement(chosen, "account_id", "limit", *(f"after_{key}" for key in keys if continued))


def _rewrite(table: Table, name: Name) -> Statement:
    """Put other texts into a row; nothing where somebody has written to it meanwhile."""
    keys = _keys(table)
    as_read = (
        table.c[text].is_not_distinct_from(bindparam(f"old_{text}", type_=table.c[text].type)) for text in _TEXTS[name]
    )
    change = (
        update(table).where(_own(table), *as_read).values({text: bindparam(f"new_{text}") for text in _TEXTS[name]})
    )
    names = (f"{which}_{text}" for which in ("new", "old") for text in _TEXTS[name])
    return statement(change, *names, "account_id", *(f"own_{key}" for key in keys))


def _own(table: Table) -> ColumnElement[bool]:
    return and_(table.c.account_id == _account, *(table.c[key] == bindparam(f"own_{key}") for key in _keys(table)))


def _rename(table: Table, name: str) -> Statement:
    """Put another word into a column of a row."""
    change = update(table).where(_own(table)).values({name: bindparam("word")})
    return statement(change, "word", "account_id", *(f"own_{key}" for key in _keys(table)))


def _rename_attempt() -> Statement:
    """Put another key into an attempt, and say so; nothing where somebody is at it, or may come back for it.

    By the key he says how it went, and by the key a retry knows that it must not write the same once more.
    """
    table = tables.remote_attempts
    open_ = table.c.state.in_((literal_column("'pending'"), literal_column("'unknown'")))
    under_way = and_(open_, table.c.lease_until > bindparam("now", type_=BigInteger))
    change = update(table).where(_own(table), not_(under_way)).values(key=bindparam("word")).returning(table.c.fence)
    return statement(change, "word", "account_id", *(f"own_{key}" for key in _keys(table)), "now")


_TABLES: Final[dict[Name, Table]] = {name: tables.metadata.tables[name] for name in _TEXTS}
PAGE = {name: _page(table, name, continued=False) for name, table in _TABLES.items()}
NEXT_PAGE = {name: _page(table, name, continued=True) for name, table in _TABLES.items()}
_BY_HAND: Final[tuple[Name, ...]] = ("changes", "deliveries", "remote_calls", "remote_attempts", "jobs")
REWRITE = {name: _rewrite(_TABLES[name], name) for name in _BY_HAND}
RENAME: Final[Mapping[Name, Statement]] = {"changes": _rename(tables.changes, "request_id")}
"""By table, what callers may have given a name to."""
RENAME_ATTEMPT = _rename_attempt()
ATTEMPT = statement(
    select(tables.remote_attempts.c.fence).where(_own(tables.remote_attempts)),
    *("account_id", *(f"own_{key}" for key in _keys(tables.remote_attempts))),
)
REMOVE = {"idempotency": remove(tables.idempotency)}
LINKED = statement(
    select(tables.links.c.activity_id)
    .where(
        tables.links.c.account_id == _account,
        tables.links.c.kind == bindparam("kind"),
        tables.links.c.record_id == bindparam("record_id"),
        tables.links.c.activity_id > bindparam("after"),
    )
    .order_by(tables.links.c.activity_id)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),
    *("account_id", "kind", "record_id", "after", "limit"),
)


class Sweep:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database, self._clock = database, clock

    async def page(self, account_id: int, name: Name, after: Sequence[Any], limit: int) -> list[Row]:
        """The next rows of a table after this key, in its order; after an empty one the first."""
        found = (NEXT_PAGE if after else PAGE)[name]
        rows = await self._database.scan(Call(found, [(account_id, limit, *after)]))
        width, texts = len(_keys(_TABLES[name])), _TEXTS[name]
        return [
            Row(
                tuple(row[:width]),
                dict(zip(texts, row[width : width + len(texts)], strict=True)),
                dict(zip(_BESIDE.get(name, ()), row[width + len(texts) :], strict=True)),
            )
            for row in rows
        ]

    async def rewrite(self, account_id: int, name: Name, changed: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
        """Put other texts into rows, but for those to which somebody has written meanwhile."""
        texts = _TEXTS[name]
        rows = [
            (
                *({**row.texts, **anew}[text] for text in texts),
                *(row.texts[text] for text in texts),
                account_id,
                *row.key,
            )
            for row, anew in changed
        ]
        await self._database.run(lambda: _many(REWRITE[name], rows))

    async def rename(self, account_id: int, name: Name, words: Sequence[tuple[Params, str]]) -> int:
        """Put another request id, or another key of an attempt, into the rows with these keys.

        How many were left as they are: attempts at which somebody is, or was a moment ago. Look at them again later.
        """
        rows = [(word, account_id, *key) for key, word in words]
        if name == "remote_attempts":
            now = self._clock()
            return await self._database.run(lambda: _attempts_renamed(rows, now))
        await self._database.run(lambda: _many(RENAME[name], rows))
        return 0

    async def remove_keys(self, account_id: int, keys: Sequence[Params]) -> None:
        """Forget these idempotency keys."""
        await self._database.run(lambda: _many(REMOVE["idempotency"], [(account_id, *key) for key in keys]))

    async def linked(self, account_id: int, kind: str, record_id: int, after: int, limit: int) -> list[int]:
        """Ids of the activities that hang on a record, deleted ones too, by id from after this one on."""
        rows = await self._database.scan(Call(LINKED, [(account_id, kind, record_id, after, limit)]))
        return [row[0] for row in rows]


def _many(given: Statement, rows: Sequence[Params]) -> Steps[None]:
    if rows:
        yield Call(given, rows, many=True)


def _attempts_renamed(rows: Sequence[Params], now: int) -> Steps[int]:
    left = 0
    for row in rows:
        if not (yield Call(RENAME_ATTEMPT, [(*row, now)])):
            left += len((yield Call(ATTEMPT, [row[1:]])))  # nothing where it is forgotten meanwhile
    return left
