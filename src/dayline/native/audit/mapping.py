"""The audit from the domain to the wire. Pure; it must never show what opens anything."""

from typing import Any, Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.audit import (
    AuditFilter,
    Changed,
    Trace,
    Values,
    changed,
    harmless,
    is_secret,
    lacks_state,
    summary,
)
from dayline.domain.errors import invalid
from dayline.domain.origin import plain_address
from dayline.domain.record import KINDS, Record
from dayline.domain.time import format_instant, parse_instant
from dayline.native.activities.mapping import show as show_activity
from dayline.native.audit import schema
from dayline.native.records.mapping import show as show_record
from dayline.service.audit import AuditPage

CUT: Final = 500  # characters of a text that a list shows
_NAMES: Final = ("subject", "name", "label", "integration")
_activity = msgspec.json.Decoder(Activity)
_record = msgspec.json.Decoder(Record)


def read_wanted(query: schema.Wanted) -> AuditFilter:
    """What a list asks for. Raises Invalid."""
    if query.entity_id is not None and query.entity is None:
        raise invalid("entity_id", "Say of what: `entity` is missing.")
    address = query.address
    return AuditFilter(
        user_id=query.user_id,
        token_id=query.token_id,
        via=query.via,
        surface=query.surface,
        address=None if address is None else plain_address(address) or address,
        request_id=query.request_id,
        action=query.action,
        entity=query.entity,
        entity_id=query.entity_id,
        since=_instant(query.since, "since"),
        until=_instant(query.until, "until"),
    )


def _instant(text: str | None, field: str) -> int | None:
    try:
        return None if text is None else parse_instant(text)
    except ValueError:
        raise invalid(field, "expected a date or an instant, such as 2026-12-01T14:30:00Z") from None


def show_rows(page: AuditPage, cut: int | None = CUT) -> list[schema.AuditRow]:
    """The rows of a page; longer texts than ``cut`` are cut off there."""
    names = {user.id: user.name for user in page.users.values()}
    return [_row(trace, page, names, cut) for trace in page.items]


def _row(trace: Trace, page: AuditPage, names: dict[int, str], cut: int | None) -> schema.AuditRow:
    before, after = (_plain(trace.entity, body) for body in (trace.before, trace.after))
    fields = [] if lacks_state(trace) else _shown(trace.entity, changed(before, after), both=bool(before and after))
    token = page.tokens.get(trace.token_id)
    user = page.users.get(trace.user_id)
    return schema.AuditRow(
        sequence=trace.sequence,
        at=format_instant(trace.at),
        summary=summary(trace, fields, _name(after or before or {}), names),
        user=None if user is None else schema.AuditUser(id=user.id, name=user.name),
        via=trace.via,
        token=None if trace.token_id <= 0 else schema.AuditToken(id=trace.token_id, name=token.name if token else ""),
        surface=trace.surface,
        address=trace.address,
        request_id=trace.request_id,
        action=trace.action,
        entity=trace.entity,
        entity_id=trace.entity_id,
        fields=[_field(one, cut) for one in fields],
    )


def _plain(entity: str, body: str | None) -> Values | None:
    """The fields of a thing, of those that this API does not show as they are stored."""
    if body is None:
        return None
    plain: Values
    if entity == "activity":
        plain = msgspec.to_builtins(show_activity(_activity.decode(body)))
    elif entity in KINDS:
        plain = msgspec.to_builtins(show_record(_record.decode(body)))
    else:
        plain = msgspec.json.decode(body)
    return plain


def _shown(entity: str, fields: list[Changed], *, both: bool) -> list[Changed]:
    """What may be told of them. They were compared before: two secrets look alike.

    That something came or went with a secret is not worth a field; that only the secret came or went, is.
    """
    if entity == "activity" or entity in KINDS:
        return fields
    told = (harmless(entity, one) for one in fields if both or not is_secret(entity, one.name))
    return [one for one in told if one is not None]


def _name(values: Values) -> str:
    return next((str(values[name]) for name in _NAMES if values.get(name)), "")


def _field(one: Changed, cut: int | None) -> schema.AuditField:
    before, after = (_cut(value, cut) for value in (one.before, one.after))
    return schema.AuditField(name=one.name, before=before, after=after)


def _cut(value: Any, most: int | None) -> Any:
    if isinstance(value, str) and most is not None and len(value) > most:
        return value[:most] + "…"
    return value
