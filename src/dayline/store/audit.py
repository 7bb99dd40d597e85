"""The audit: the change log as an admin reads it, from the latest row down, and what is put there that changes nothing.

It must never read without end: whoever looks for what is rare is given the log piece by piece.
"""

from functools import lru_cache

from msgspec import Struct
from sqlalchemy import BindParameter, ColumnElement, bindparam, literal_column, or_, select

from dayline.domain.audit import AuditFilter, Deed, Trace
from dayline.domain.origin import PAGE, WORKER
from dayline.store.database import Database
from dayline.store.group import Steps, act_row, lock, note
from dayline.store.statement import Call, Statement, statement
from dayline.store.tables import changes
from dayline.store.unit import Counter

_account: BindParameter[int] = bindparam("account_id")
_at = changes.c
_COLUMNS = tuple(_at[name] for name in Trace.__struct_fields__)
_NOBODY = _at.token_id == literal_column("0")
_EQUAL = ("user_id", "token_id", "surface", "address", "request_id", "action", "entity", "entity_id")
_VIA: dict[str, ColumnElement[bool]] = {
    "token": _at.token_id > literal_column("0"),
    "page": or_(_at.token_id < literal_column("0"), _NOBODY & (_at.surface == literal_column(f"'{PAGE}'"))),
    "worker": _NOBODY & (_at.surface == literal_column(f"'{WORKER}'")),
    "command line": _NOBODY & _at.surface.not_in((literal_column(f"'{PAGE}'"), literal_column(f"'{WORKER}'"))),
}
_ACTIVITY = "activity"

# The first change with this number or a higher one, and when it was.
NEXT = statement(
    select(_at.sequence, _at.at)
    .where(_at.account_id == _account, _at.sequence >= bindparam("from_sequence"))
    .order_by(_at.sequence)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    "account_id",
    "from_sequence",
)


class _Shape(Struct, frozen=True):
    asked: tuple[str, ...]
    via: str | None
    of_activity: bool


def traces(account_id: int, wanted: AuditFilter, low: int, high: int, limit: int) -> Call:
    """Rows from ``low`` on up to ``high`` and without it, the latest first."""
    of_activity = one_activity(wanted)
    asked = {name: value for name in _EQUAL if (value := getattr(wanted, name)) is not None}
    if of_activity:
        del asked["entity"]
    shape = _Shape(tuple(asked), wanted.via, of_activity)
    return Call(_list(shape), [(account_id, low, high, limit, *asked.values())])


def one_activity(wanted: AuditFilter) -> bool:
    """Whether it asks for a single activity, of which there is an index."""
    return wanted.entity == _ACTIVITY and wanted.entity_id is not None


@lru_cache(maxsize=256)
def _list(shape: _Shape) -> Statement:
    chosen = select(*_COLUMNS).where(
        _at.account_id == _account, _at.sequence >= bindparam("low"), _at.sequence < bindparam("high")
    )
    chosen = chosen.where(*(_at[name] == bindparam(f"wanted_{name}") for name in shape.asked))
    if shape.via is not None:
        chosen = chosen.where(_VIA[shape.via])
    if shape.of_activity:
        chosen = chosen.where(_at.entity == literal_column(f"'{_ACTIVITY}'"))
    chosen = chosen.order_by(_at.sequence.desc()).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(chosen, "account_id", "low", "high", "limit", *(f"wanted_{name}" for name in shape.asked))


class Audit:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, account_id: int, wanted: AuditFilter, low: int, high: int, limit: int) -> list[Trace]:
        """Of the rows from ``low`` on up to ``high`` and without it so many that are wanted, the latest first."""
        rows = await self._database.scan(traces(account_id, wanted, low, high, limit))
        names = Trace.__struct_fields__
        return [Trace(**dict(zip(names, row, strict=True))) for row in rows]

    async def first_since(self, account_id: int, at: int, low: int, high: int) -> int:
        """The number from which on everything was at or after this instant, of those from ``low`` up to ``high``.

        Of two changes the later one has the higher number, so it is found by halves, by key.
        """
        while low < high:
            middle = (low + high) // 2
            rows = await self._database.fetch(Call(NEXT, [(account_id, middle)]))
            if not rows or rows[0][1] >= at:
                high = middle
            else:
                low = rows[0][0] + 1
        return low

    async def note(self, account_id: int, deed: Deed) -> None:
        """Put there what was done without changing a thing."""
        await self._database.run(lambda: noted(account_id, deed))


def noted(account_id: int, deed: Deed | None) -> Steps[None]:
    """Put a deed into the change log, if there is one, with whatever else the transaction does after it.

    It takes the account, as every write does first of all.
    """
    if deed is not None:
        counter = yield from lock(account_id, lambda: deed.at)
        yield from noted_with(counter, deed)


def told_if(account_id: int, change: Call, deed: Deed) -> Steps[None]:
    """Make a change of one row outside the units, and put the deed into the change log if there was such a row."""
    counter = yield from lock(account_id, lambda: deed.at)
    if (yield change):
        yield from noted_with(counter, deed)


def noted_with(counter: Counter, deed: Deed) -> Steps[None]:
    """The same, in a transaction that has taken the account already."""
    yield from note(counter, [act_row(counter, deed, deed.by, deed.token_id, deed.origin)])
