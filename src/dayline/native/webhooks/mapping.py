"""Webhooks, deliveries and jobs to and from the domain. Pure; it must never show what is sealed."""

import base64
import binascii
from typing import Final

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from dayline.domain import delivery as sent
from dayline.domain import job as work
from dayline.domain import webhook as domain
from dayline.domain.delivery import DeliveryFilter
from dayline.domain.errors import Conflict, NotFound, invalid, parsed
from dayline.domain.record import Ref, is_uuid
from dayline.domain.time import format_instant, parse_instant
from dayline.domain.webhook import WebhookChange
from dayline.native.activities.mapping import NOT_AN_INSTANT
from dayline.native.activities.schema import RecordRef
from dayline.native.names import parse_identity
from dayline.native.webhooks import schema
from dayline.native.webhooks.face import NAME, SECRET
from dayline.service.webhooks import Health, JobCount, Span, new_signing_secret

_PREFIX: Final = "whsec_"
_ANYWHERE: Final = frozenset(("active", "name"))
"""What can be changed here of a webhook in other words."""


def parse_id(text: str) -> int | str:
    """Read a webhook's id or UUID in a path. Raises NotFound."""
    name = parse_identity(text)
    if isinstance(name, str) and not is_uuid(name):
        raise NotFound("There is no webhook with this id.")
    return name


def read_secret(given: str | UnsetType) -> str:
    """The secret to sign with, a new one where none is given. Raises Invalid."""
    if isinstance(given, UnsetType):
        return new_signing_secret()
    try:
        bits = base64.b64decode(given.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        bits = b""
    if not given.startswith(_PREFIX) or not 24 <= len(bits) <= 64:
        raise invalid("secret", f"expected {_PREFIX} and 24 to 64 bytes in base64")
    return given


def new_webhook(body: schema.NewWebhook, records: tuple[Ref, ...], secret: str) -> domain.NewWebhook:
    """What a POST asks for."""
    return domain.NewWebhook(
        face=NAME,
        url=body.url,
        owner_id=None if body.user_id is UNSET else body.user_id,
        name=body.name,
        active=body.active,
        events=tuple(dict.fromkeys(body.events)),
        owners=tuple(dict.fromkeys(body.owners)),
        records=records,
        secrets={SECRET: secret},
    )


def read_patch(body: schema.WebhookPatch, records: tuple[Ref, ...] | UnsetType, face: str) -> WebhookChange:
    """What a PATCH asks for. Raises Invalid for what only another dialect can change."""
    for name in body.__struct_fields__:
        if face != NAME and name not in _ANYWHERE and getattr(body, name) is not UNSET:
            raise invalid(name, f"This webhook speaks {face}: change that in the API where it was made.")
    return WebhookChange(
        url=body.url,
        name=body.name,
        active=body.active,
        events=body.events if isinstance(body.events, UnsetType) else tuple(dict.fromkeys(body.events)),
        owners=body.owners if isinstance(body.owners, UnsetType) else tuple(dict.fromkeys(body.owners)),
        records=records,
    )


def check_own(webhook: domain.Webhook) -> None:
    """Raise Conflict unless it speaks our words: what signs is another dialect's affair."""
    if webhook.face != NAME:
        raise Conflict(f"This webhook speaks {webhook.face}: its secret is set in the API where it was made.")


def show(webhook: domain.Webhook, health: Health) -> schema.Webhook:
    """The webhook as the native API shows it."""
    return schema.Webhook(
        id=webhook.id,
        uuid=webhook.uuid,
        face=webhook.face,
        user_id=webhook.owner_id,
        url=webhook.url,
        name=webhook.name,
        active=webhook.active,
        events=list(webhook.events),
        owners=list(webhook.owners),
        records=[RecordRef(kind=ref.kind, id=ref.id, uuid=ref.uuid, slug=ref.slug) for ref in webhook.records],
        former_secret_until=format_instant(webhook.until) if webhook.until else None,
        looked_at=webhook.cursor,
        missed_until=webhook.missed or None,
        health=_health(health),
        revision=webhook.revision,
        created_at=format_instant(webhook.created_at),
        updated_at=format_instant(webhook.updated_at),
    )


def _health(health: Health) -> schema.Health:
    last = health.last
    return schema.Health(
        last_delivery=None
        if last is None
        else schema.LastDelivery(
            id=last.id, at=format_instant(last.at), outcome=last.outcome, status=last.status, error=last.error
        ),
        waiting=health.waiting,
        failing_since=None if health.failing_since is None else format_instant(health.failing_since),
    )


def issued(shown: schema.Webhook, secret: str | None) -> schema.IssuedWebhook:
    """A webhook with its new secret, or without."""
    return schema.IssuedWebhook(**asdict(shown), secret=secret)


def replayed(span: Span) -> schema.Replayed:
    """What will be told again."""
    return schema.Replayed(since=span.after, until=span.until, changes=max(span.until - span.after, 0))


def read_moment(text: str | None, field: str) -> int | None:
    """An instant in ms UTC. Raises Invalid, naming the field."""
    read = parsed(text, field, parse_instant, NOT_AN_INSTANT)
    return None if isinstance(read, UnsetType) else read


def read_filter(query: schema.DeliveriesQuery, webhook_id: int) -> DeliveryFilter:
    """Which deliveries are asked for. Raises Invalid."""
    return DeliveryFilter(
        webhook_id=webhook_id,
        event_id=query.event_id,
        outcome=query.outcome,
        since=read_moment(query.since, "since"),
        until=read_moment(query.until, "until"),
    )


def show_delivery(one: sent.Delivery) -> schema.Delivery:
    """One attempt, without what was said."""
    return schema.Delivery(
        id=one.id,
        at=format_instant(one.at),
        event_id=one.event_id,
        type=one.event,
        sequence=one.sequence or None,
        entity=one.entity or None,
        entity_id=one.entity_id or None,
        attempt=one.attempt,
        outcome=one.outcome,
        status=one.status,
        ms=one.ms,
        error=one.error,
    )


def show_whole(one: sent.Delivery) -> schema.WholeDelivery:
    """One attempt, with what was said."""
    return schema.WholeDelivery(
        **asdict(show_delivery(one)),
        url=one.url,
        request=schema.Message(headers=one.request_headers.splitlines(), body=one.request_body),
        response=schema.Message(headers=one.response_headers.splitlines(), body=one.response_body),
    )


def show_job(job: work.Job) -> schema.Job:
    """The job as the native API shows it."""
    return schema.Job(
        id=job.id,
        lane=job.lane,
        kind=job.kind,
        state=job.state,
        tries=job.tries,
        due_at=format_instant(job.due_at),
        last_error=job.last_error,
        sequence=job.sequence,
        created_at=format_instant(job.created_at),
    )


def show_count(count: JobCount) -> schema.JobCount:
    """How many jobs there are of a kind."""
    return schema.JobCount(
        lane=count.lane,
        kind=count.kind,
        state=count.state,
        jobs=count.jobs,
        first_due=format_instant(count.first_due),
    )
