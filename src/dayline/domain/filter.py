"""Which activities, in which order, from where on: the one query that every dialect's parameters become.

Cursors are opaque to callers: signed with the account's secret, and bound to the account, filter and order they are of.
"""

import base64
import datetime as dt
import hashlib
import hmac
from typing import Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

from dayline.domain.activity import Priority
from dayline.domain.condition import Group
from dayline.domain.errors import Invalid, invalid
from dayline.domain.record import Kind, RecordKey

SortField = Literal["id", "created_at", "updated_at", "due"]
T = TypeVar("T")
_MAC_BYTES = 16


class Filter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What must hold, all of it. Instants in ms UTC; dates are inclusive on both ends.

    ``within_from`` and ``within_until`` are a window: what goes on at some time in it, its end apart. A whole day goes
    on for its 24 hours in UTC. ``text`` is part of the subject, description, note or location, whatever its case;
    ``shared_text`` leaves the note out, which is internal.
    ``deleted`` asks for what is deleted and not purged yet, instead of what lives; ``whatever_state`` for both, on the
    same pages, so that what is deleted or restored meanwhile is not missed.

    ``related`` are records that the activity hangs on: related, participating or invited. ``main_kinds`` and
    ``main_id`` are of its main relation. ``priorities`` are any of these; None is for those without.
    Four are set by the store alone: ``begun_from``, from when on whatever goes on in the window has begun; ``id_from``
    and ``id_before``, inclusive and exclusive; and ``edited``, that it was changed after it was made.
    ``created_from`` and ``updated_from`` are inclusive, ``updated_before`` exclusive. ``where`` are conditions of a
    saved filter.
    """

    ids: tuple[int, ...] | None = None
    except_ids: tuple[int, ...] | None = None
    owner_id: int | None = None
    related: tuple[RecordKey, ...] = ()
    types: tuple[str, ...] | None = None
    done: bool | None = None
    priorities: tuple[Priority | None, ...] | None = None
    main_kinds: tuple[Kind, ...] | None = None
    main_id: int | None = None
    due_from: dt.date | None = None
    due_until: dt.date | None = None
    created_from: int | None = None
    updated_from: int | None = None
    updated_before: int | None = None
    within_from: int | None = None
    within_until: int | None = None
    begun_from: int | None = None
    id_from: int | None = None
    id_before: int | None = None
    edited: bool = False
    text: str | None = None
    shared_text: str | None = None
    where: Group | None = None
    deleted: bool = False
    whatever_state: bool = False


class RecordFilter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which records. ``text`` is part of the name or email address, whatever its case."""

    kind: Kind | None = None
    text: str | None = None
    external_id: str | None = None
    deleted: bool = False


class Sort(Struct, frozen=True, array_like=True):
    """The order of a list; ties go by id in the same direction. Activities without a date come last when ascending."""

    field: SortField = "id"
    descending: bool = False


class RecordQuery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which records of one kind, and in which order. Instants in ms UTC, as in ``Filter``; by ``due`` nothing sorts."""

    kind: Kind
    ids: tuple[int, ...] | None = None
    owner_id: int | None = None
    updated_from: int | None = None
    updated_before: int | None = None
    deleted: bool = False
    sort: Sort = Sort()


class Position(Struct, frozen=True, array_like=True):
    """The last row that a reader has seen: its sort value and its id."""

    value: int | str
    id: int


class Query(Struct, frozen=True, kw_only=True):
    """One page of a list. ``cursor`` is the text that the page before gave.

    ``offset`` leaves out so many rows from its begin, for vendors whose pages are numbered: all of them are read.
    """

    filter: Filter = Filter()
    sort: Sort = Sort()
    limit: int = 100
    cursor: str | None = None
    offset: int = 0


class Page(Struct, Generic[T], frozen=True):
    """Some rows, and the cursor of the next page, or None on the last."""

    items: tuple[T, ...]
    cursor: str | None


class _Sealed(Struct, frozen=True, array_like=True):
    version: Literal[1]
    account_id: int
    scope: str
    position: Position


def seal(position: Position, account_id: int, secret: bytes, scope: bytes) -> str:
    """Write the cursor that continues after ``position``; ``scope`` is the list it belongs to."""
    payload = msgspec.json.encode(_Sealed(1, account_id, _digest(scope), position))
    return _spelled(payload + _mac(payload, secret))


def unseal(cursor: str, account_id: int, secret: bytes, scope: bytes) -> Position:
    """Read a cursor. Raises Invalid when it is broken, forged, or of another account or list."""
    sealed = _opened(cursor, secret)
    if sealed.account_id != account_id:
        raise _broken()
    if sealed.scope != _digest(scope):
        raise invalid(
            "cursor", "This cursor belongs to a list with other filters or another order: send those again with it."
        )
    return sealed.position


def scope_of(filter: Filter, sort: Sort) -> bytes:
    """What a cursor is bound to, beside its account."""
    return msgspec.json.encode((filter, sort))


def _opened(cursor: str, secret: bytes) -> _Sealed:
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if _spelled(raw) != cursor:  # Base64 has several spellings of the same bytes; ours is one
            raise _broken()
        payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(payload, secret)):
            raise _broken()
        return msgspec.json.decode(payload, type=_Sealed)
    except (ValueError, msgspec.MsgspecError):
        raise _broken() from None


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(payload: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, payload, "sha256")[:_MAC_BYTES]


def _digest(scope: bytes) -> str:
    return hashlib.sha256(scope).hexdigest()[:16]


def _broken() -> Invalid:
    return invalid(
        "cursor", "This value is not a cursor of this list: use additional pages' cursors exactly as they were given."
    )
