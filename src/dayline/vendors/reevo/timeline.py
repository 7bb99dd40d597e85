"""Whose timeline, between which bounds and from where on: a question, and the cursor that carries all of it.

Pure. Newest first; a cursor is signed over its scope, so it must never be read before that was checked.
"""

import base64
from typing import Final

import msgspec
from msgspec import Struct

from dayline.domain.errors import Problem, invalid
from dayline.domain.filter import Filter, Position, Query, Sort, scope_of, seal, unseal
from dayline.domain.identity import Principal
from dayline.domain.record import RecordKey, parse_uuid
from dayline.kit.dialect import Failure, Refused
from dayline.vendors.reevo import schema
from dayline.vendors.reevo.mapping import parse_moment

NO_SCOPE: Final = "Give a contact_id, an account_id or an opportunity_id, or the cursor of a page."
FOREIGN: Final = "This cursor belongs to a timeline with another scope: send it alone, or with the same one."
NEWEST_FIRST: Final = Sort("created_at", descending=True)


class Scope(Struct, frozen=True, array_like=True):
    """The records whose timeline it is, as UUIDs, and the bounds in ms UTC, both inclusive."""

    contact_id: str | None = None
    account_id: str | None = None
    opportunity_id: str | None = None
    created_from: int | None = None
    created_to: int | None = None

    def records(self) -> tuple[RecordKey, ...]:
        """The records, all of which an activity must hang on."""
        named = (
            ("contact", self.contact_id, "contact_id"),
            ("organization", self.account_id, "account_id"),
            ("deal", self.opportunity_id, "opportunity_id"),
        )
        return tuple(RecordKey(kind, uuid, field) for kind, uuid, field in named if uuid is not None)  # type: ignore[arg-type]


class Asked(Struct, frozen=True):
    """One page of a timeline: after ``position``, or from the newest on."""

    scope: Scope
    limit: int
    position: Position | None


def read(body: schema.ActivityQueryRequest, who: Principal) -> Asked:
    """What a request asks for. Raises Invalid, and Refused where no scope or one of no sense is given."""
    given = _given(body)
    if body.cursor is not None:
        scope, position = _opened(body.cursor, who)
        if any(value not in (None, kept) for value, kept in zip(_values(given), _values(scope), strict=True)):
            raise invalid("cursor", FOREIGN)
        return Asked(scope, body.limit, position)
    if not given.records():
        raise refused("contact_id", NO_SCOPE, missing=True)
    if given.created_from is not None and given.created_to is not None and given.created_from > given.created_to:
        raise refused("created_to", "This value should not be before created_from.")
    return Asked(given, body.limit, None)


def refused(field: str, message: str, *, missing: bool = False) -> Refused:
    """A rule that is broken by a body which can be read."""
    return Refused(Failure(422, message, (Problem(field, message, "missing" if missing else "value"),)))


def _given(body: schema.ActivityQueryRequest) -> Scope:
    """The bounds mean the seconds that answers show: a row's own ``created_at`` finds it, from either side."""
    begins, ends = _second(body.created_from, "created_from"), _second(body.created_to, "created_to")
    return Scope(
        _uuid(body.contact_id, "contact_id"),
        _uuid(body.account_id, "account_id"),
        _uuid(body.opportunity_id, "opportunity_id"),
        begins,
        None if ends is None else ends + 999,
    )


def _uuid(text: str | None, field: str) -> str | None:
    return None if text is None else parse_uuid(text, field)


def _second(text: str | None, field: str) -> int | None:
    return None if text is None else parse_moment(text, field) // 1000 * 1000


def _values(scope: Scope) -> tuple[object, ...]:
    return msgspec.structs.astuple(scope)


def query(asked: Asked, who: Principal) -> Query:
    """The page. The upper bound is a place in the order to begin after, so no row above it is read."""
    wanted, after = _wanted(asked), asked.position
    if after is None and asked.scope.created_to is not None:
        after = Position(asked.scope.created_to + 1, 0)
    cursor = None if after is None else seal(after, who.account_id, who.secret, scope_of(wanted, NEWEST_FIRST))
    return Query(filter=wanted, sort=NEWEST_FIRST, limit=asked.limit, cursor=cursor)


def onward(asked: Asked, cursor: str | None, who: Principal) -> str | None:
    """The cursor that alone leads on, made from that of the list behind; None on the last page."""
    if cursor is None:
        return None
    position = unseal(cursor, who.account_id, who.secret, scope_of(_wanted(asked), NEWEST_FIRST))
    head = base64.urlsafe_b64encode(msgspec.json.encode(asked.scope)).decode().rstrip("=")
    return f"{head}.{seal(position, who.account_id, who.secret, _list(head))}"


def _wanted(asked: Asked) -> Filter:
    return Filter(related=asked.scope.records(), created_from=asked.scope.created_from)


def _opened(cursor: str, who: Principal) -> tuple[Scope, Position]:
    """Raises Invalid when it is broken, forged, or of another account."""
    head, _, sealed = cursor.partition(".")
    position = unseal(sealed, who.account_id, who.secret, _list(head))
    raw = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    return msgspec.json.decode(raw, type=Scope), position


def _list(head: str) -> bytes:
    """What a cursor is bound to; the name keeps cursors of other lists, whose scope is written otherwise, apart."""
    return b"reevo timeline " + head.encode()
