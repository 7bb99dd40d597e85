"""Entities as rows: the canonical document, and beside it the columns that a filter, a sort or a key needs."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.condition import TextField
from dayline.domain.erasure import Erasure
from dayline.domain.identity import Account, AccountSettings, Token, User
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.record import Record, Ref
from dayline.domain.saved import SavedFilter
from dayline.domain.time import DAY_MS, date_ms, time_ms
from dayline.domain.types import ActivityType
from dayline.domain.webhook import Webhook
from dayline.store import tables
from dayline.store.statement import Params, as_json
from dayline.store.unit import Entity, Entry, number_of

LinkRow: TypeAlias = tuple[int, str, int, int, int]


def row_of(account_id: int, entity: Entity, body: str) -> Params:  # noqa: PLR0911 - one for each kind
    """The row of an entity in its table, columns in the table's order."""
    match entity:
        case Account():
            return (entity.id, entity.name, as_json(entity.settings))
        case Activity():
            return _activity_row(account_id, entity, body)
        case Record():
            return _record_row(account_id, entity, body)
        case User():
            email = entity.email.casefold()
            return (account_id, entity.id, entity.uuid, entity.slug, email, int(entity.active), body)
        case Token():
            return (account_id, entity.id, entity.user_id, entity.digest, entity.used_at, body)
        case ActivityType():
            return (account_id, entity.id, entity.key, body)
        case SavedFilter():
            return (account_id, entity.id, entity.owner_id, body)
        case IntegratedAccount():
            return _integrated_row(account_id, entity, body)
        case Webhook():
            return _webhook_row(account_id, entity, body)
        case Erasure():
            return (account_id, entity.id, body)


def account_of(id_: int, name: str, settings: str, created_at: int) -> Account:
    """An account from its row."""
    return Account(id=id_, name=name, settings=settings_of(settings), created_at=created_at)


def settings_of(text: str) -> AccountSettings:
    """An account's settings from their column."""
    return _settings.decode(text)


_settings = msgspec.json.Decoder(AccountSettings)


def key_of(account_id: int, entity: Entity) -> Params:
    """The primary key of an entity's row."""
    return (account_id, entity.kind, entity.id) if isinstance(entity, Record) else (account_id, number_of(entity))


def _activity_row(account_id: int, activity: Activity, body: str) -> Params:
    return (
        account_id,
        activity.id,
        activity.uuid,
        activity.revision,
        activity.owner_id,
        activity.type.key,
        int(activity.done),
        activity.priority or "",
        activity.visibility,
        *_main_of(activity),
        due_of(activity),
        ends_of(activity),
        activity.created_at,
        activity.updated_at,
        activity.deleted_at or tables.LIVING,
        *(_fields(activity, fields) for fields in SEARCHED),
        body,
    )


def _main_of(activity: Activity) -> tuple[str, int]:
    """Kind and id of the main relation; a kind alone where no more is known of it."""
    if activity.main is not None:
        return activity.main.kind, activity.main.id
    return "" if activity.main_kind in (None, "none") else str(activity.main_kind), 0


def _record_row(account_id: int, record: Record, body: str) -> Params:
    return (
        account_id,
        record.kind,
        record.id,
        record.uuid,
        record.slug,
        record.external_id,
        record.owner_id,
        record.created_at,
        record.updated_at,
        record.deleted_at or tables.LIVING,
        _search(record.name, record.email),
        body,
    )


def _integrated_row(account_id: int, entity: IntegratedAccount, body: str) -> Params:
    return (
        account_id,
        entity.number,
        entity.id,
        entity.integration,
        entity.tenant_id,
        int(entity.is_sandbox),
        sealed_text(entity.sealed),
        body,
    )


def sealed_text(sealed: Mapping[str, str]) -> str:
    """Sealed secrets by name as their column has them: always the same text for the same."""
    return msgspec.json.encode(sealed, order="sorted").decode()


def integrated_of(body: str, sealed: str) -> IntegratedAccount:
    """An integrated account from its row."""
    return replace(_integrated.decode(body), sealed=_sealed.decode(sealed))


def _webhook_row(account_id: int, webhook: Webhook, body: str) -> Params:
    told = (webhook.id, webhook.uuid, webhook.owner_id, webhook.face, int(webhook.active))
    return (account_id, *told, webhook.cursor, webhook.missed, sealed_text(webhook.sealed), body)


def webhook_of(body: str, sealed: str, cursor: int, missed: int) -> Webhook:
    """A webhook from its row."""
    return replace(_webhook.decode(body), sealed=_sealed.decode(sealed), cursor=cursor, missed=missed)


_webhook = msgspec.json.Decoder(Webhook)
_integrated = msgspec.json.Decoder(IntegratedAccount)
_sealed = msgspec.json.Decoder(dict[str, str])


def due_of(activity: Activity) -> int:
    """The value by which activities sort as due: date and time of day, whole days first, dateless ones last."""
    when = activity.when
    if when.date is None:
        return tables.NO_DUE
    return date_ms(when.date) + (0 if when.time is None else time_ms(when.time))


def ends_of(activity: Activity) -> int:
    """When an activity is over: a whole day at the end of it, and what has no duration as it begins."""
    lasts = (activity.when.duration or 0) * 1000
    return due_of(activity) + (max(DAY_MS, lasts) if activity.when.all_day else lasts)


def _search(*words: str | None) -> str:
    """Text as search sees it: folded here, because the two databases fold case differently."""
    return "\n".join(word for word in words if word).casefold()


# What stands together in a column of activities, so that all of it is searched at once; the mark between two fields
# tells them apart where one alone is asked for.
SEARCHED: tuple[tuple[TextField, ...], ...] = (("subject", "description", "location"), ("note",))
BETWEEN_FIELDS = "\x1f"


def _fields(activity: Activity, fields: tuple[TextField, ...]) -> str:
    texts = {
        "subject": activity.subject,
        "description": activity.description,
        "note": activity.note,
        "location": activity.location.value if activity.location else None,
    }
    return BETWEEN_FIELDS.join(folded(texts[field] or "") for field in fields)


def folded(text: str) -> str:
    """A text as it is compared, whatever its case, and without the mark."""
    return text.casefold().replace(BETWEEN_FIELDS, " ")


def link_changes(account_id: int, entry: Entry) -> tuple[list[LinkRow], list[Params]]:
    """The rows of ``links`` to put, and the keys of those to remove."""
    before, after = (set(_links(account_id, state)) for state in (entry.before, entry.after))
    kept = {row[:4] for row in after}
    return sorted(after - before), sorted(row[:4] for row in before if row[:4] not in kept)


def _links(account_id: int, state: Entity | None) -> Iterator[LinkRow]:
    if isinstance(state, Activity):
        open_ = int(state.open)
        for ref in state.links():
            yield (account_id, ref.kind, ref.id, state.id, open_)


def sight_changes(account_id: int, entry: Entry) -> tuple[list[Params], list[Params]]:
    """The rows of ``sight`` to put, and those to remove."""
    before, after = (set(_sight(account_id, state)) for state in (entry.before, entry.after))
    return sorted(after - before), sorted(before - after)


def _sight(account_id: int, state: Entity | None) -> Iterator[tuple[int, int, int]]:
    if isinstance(state, Activity) and state.visibility != "public":
        for user_id in state.people():
            yield (account_id, user_id, state.id)


def attachment_changes(account_id: int, entry: Entry) -> tuple[list[Params], list[Params]]:
    """The rows of ``attachments`` to put, and those to remove: a link's at once, a file's not before the file."""
    before, after = (dict(_attachments(account_id, state)) for state in (entry.before, entry.after))
    put = [(*row, 0) for key, row in after.items() if before.get(key) != row]
    lost = {key: row for key, row in before.items() if key not in after}
    gone = [(*row, 1) for row in lost.values() if row[3] is not None]
    return put + gone, [key for key, row in lost.items() if row[3] is None]


def _attachments(account_id: int, state: Entity | None) -> Iterator[tuple[Params, Params]]:
    """The key and the row of each attachment."""
    if isinstance(state, Activity):
        for one in state.attachments:
            yield (account_id, one.id), (account_id, one.id, state.id, one.key, one.updated_at)


def email_changes(account_id: int, entry: Entry) -> tuple[list[Params], list[Params]]:
    """The rows of ``emails`` to put, and those to remove."""
    before, after = (_emails(account_id, state) for state in (entry.before, entry.after))
    return sorted(after - before), sorted(before - after)


def _emails(account_id: int, state: Entity | None) -> set[Params]:
    return {(account_id, state.email.casefold())} if isinstance(state, User) else set()


def context_of(activity: Activity) -> list[Ref]:
    """The records by which other activities stand beside this one: its deals, organizations and primary person."""
    shared = [ref for ref in activity.related if ref.kind in ("deal", "organization")]
    return shared if activity.primary is None else [*shared, activity.primary]
