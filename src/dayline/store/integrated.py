"""The statements about integrated accounts and the calls to their systems; lists keep one for each shape, compiled."""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, func, literal_column, or_, select, tuple_, update

from dayline.domain.integrated import CallFilter, IntegratedAccount, IntegratedFilter, RemoteCall
from dayline.store.rows import sealed_text
from dayline.store.statement import Call, Given, Params, Statement, put, statement
from dayline.store.tables import integrated_accounts, remote_calls

_account: ColumnElement[int] = bindparam("account_id")
_at = integrated_accounts.c
_call = remote_calls.c
_ASKED: dict[str, ColumnElement[bool]] = {
    "tenant_id": _at.tenant_id == bindparam("tenant_id"),
    "integration": _at.integration == bindparam("integration"),
    "is_sandbox": _at.sandbox == bindparam("is_sandbox"),
}
_FAILED = or_(
    _call.status.is_(None),
    _call.status < literal_column("200"),
    _call.status >= literal_column("300"),
    _call.message != literal_column("''"),
)
_CALLED: dict[str, ColumnElement[bool]] = {
    "integrated_account_id": _call.integrated_account_id == bindparam("integrated_account_id"),
    "operation": _call.operation == bindparam("operation"),
    "status": _call.status == bindparam("status"),
    "since": _call.at >= bindparam("since"),
    "until": _call.at < bindparam("until"),
}
_COLUMNS = tuple(_call[name] for name in RemoteCall.__struct_fields__)


def _integrated() -> Statement:
    keys = Given("keys")
    same = (_at.account_id == _account, _at.uuid == keys.word(0))
    found = select(_at.body, _at.sealed).select_from(keys.lead_to(integrated_accounts, *same))
    return statement(found, "account_id", "keys")


INTEGRATED = _integrated()
ONE = statement(
    select(_at.body, _at.sealed).where(_at.account_id == _account, _at.uuid == bindparam("uuid")),
    "account_id",
    "uuid",
)
# Only as it was read: who changed it meanwhile has sealed it himself.
SEAL_ANEW = statement(
    update(integrated_accounts)
    .where(_at.account_id == _account, _at.id == bindparam("number"), _at.sealed == bindparam("before"))
    .values(sealed=bindparam("after"))
    .returning(_at.id),
    "account_id",
    "number",
    "before",
    "after",
)
ADD_CALLS = put(remote_calls)
FORGET_CALLS = statement(
    remote_calls.delete().where(_call.account_id == _account, _call.at < bindparam("before")).returning(_call.ms),
    *("account_id", "before"),
)
COUNT_CALLS = statement(
    select(func.count()).select_from(remote_calls).where(_call.account_id == _account, _call.at < bindparam("before")),
    "account_id",
    "before",
)
# The instant of an old call behind so many older ones: up to there the next piece is taken.
PIECE_OF_CALLS = statement(
    select(_call.at)
    .where(_call.account_id == _account, _call.at < bindparam("before"))
    .order_by(_call.at, _call.id)
    .limit(literal_column("1"))
    .offset(bindparam("skipped")),
    "account_id",
    "before",
    "skipped",
)


def list_integrated(account_id: int, wanted: IntegratedFilter, limit: int, after: int) -> Call:
    """One page by number and a row more, which tells whether there is another page. Rows are (body, sealed)."""
    values = {
        "tenant_id": wanted.tenant_id,
        "integration": wanted.integration,
        "is_sandbox": None if wanted.is_sandbox is None else int(wanted.is_sandbox),
    }
    asked = {name: value for name, value in values.items() if value is not None}
    return Call(_integrated_list(tuple(asked)), [(account_id, limit + 1, after, *asked.values())])


@lru_cache(maxsize=8)
def _integrated_list(asked: tuple[str, ...]) -> Statement:
    chosen = select(_at.body, _at.sealed).where(_at.account_id == _account, _at.id > bindparam("after"))
    chosen = chosen.where(*(_ASKED[name] for name in asked)).order_by(_at.id).limit(bindparam("limit"))
    return statement(chosen.offset(literal_column("0")), "account_id", "limit", "after", *asked)


class _Shape(Struct, frozen=True):
    asked: tuple[str, ...]
    failed: bool
    continued: bool


def list_calls(account_id: int, wanted: CallFilter, limit: int, after: tuple[int, str] | None) -> Call:
    """One page, the latest first, and a row more. Rows are the fields of a ``RemoteCall`` in their order."""
    asked = {name: value for name in _CALLED if (value := getattr(wanted, name)) is not None}
    shape = _Shape(tuple(asked), wanted.failed, after is not None)
    return Call(_call_list(shape), [(account_id, limit + 1, *(after or (0, "")), *asked.values())])


@lru_cache(maxsize=64)
def _call_list(shape: _Shape) -> Statement:
    chosen = select(*_COLUMNS).where(_call.account_id == _account, *(_CALLED[name] for name in shape.asked))
    if shape.failed:
        chosen = chosen.where(_FAILED)
    if shape.continued:
        last = tuple_(bindparam("after_at", type_=BigInteger), bindparam("after_id", type_=Text))
        chosen = chosen.where(tuple_(_call.at, _call.id) < last)
    chosen = chosen.order_by(_call.at.desc(), _call.id.desc()).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(chosen, "account_id", "limit", "after_at", "after_id", *shape.asked)


def anew(account_id: int, found: IntegratedAccount, sealed: dict[str, str]) -> Call:
    """Put these sealed secrets in the place of those that were read."""
    return Call(SEAL_ANEW, [(account_id, found.number, sealed_text(found.sealed), sealed_text(sealed))])


def rows_of(logged: Sequence[tuple[int, RemoteCall]]) -> list[Params]:
    """Calls as rows, those of one account together."""
    ordered = sorted(logged, key=lambda item: item[0])
    return [(account_id, *(getattr(call, name) for name in ADD_CALLS.names[1:])) for account_id, call in ordered]
