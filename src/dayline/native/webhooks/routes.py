"""Webhooks: the handlers, then the table of operations. Paths are below the mount ``/dayline``.

A secret must be in no answer but that which makes it, and never in one that is kept under an Idempotency-Key.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace

from dayline.domain.errors import Forbidden, NotFound, invalid
from dayline.domain.record import Ref
from dayline.domain.webhook import Webhook
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.activities.mapping import record_keys
from dayline.native.activities.schema import RecordName
from dayline.native.answers import Asked, encode, etag, parse_if_match
from dayline.native.webhooks import mapping, schema
from dayline.native.webhooks.events import EVENTS
from dayline.native.webhooks.face import FORMER, SECRET
from dayline.native.webhooks.sent import ID, webhook_of
from dayline.service.webhooks import NEVER_SENT, Health

_issued = msgspec.json.Decoder(schema.IssuedWebhook)


async def list_events(_: Asked[NoQuery, None]) -> Reply:
    """List the types of events."""
    known = msgspec.convert(
        [{"type": name, "meaning": text} for name, text in EVENTS.items()], list[schema.EventMeaning]
    )
    return Reply(200, encode(schema.EventList(data=known)))


async def list_webhooks(call: Asked[schema.ListQuery, None]) -> Reply:
    """List the caller's webhooks, or everybody's for an admin."""
    query, after = call.query, _after(call.query.cursor)
    found, more = await call.service.webhooks.list(call.who, query.face, query.limit, after)
    shown = [mapping.show(one, await call.service.webhooks.health(call.who, one)) for one in found]
    return Reply(200, encode(schema.WebhookPage(data=shown, next_cursor=str(found[-1].id) if more and found else None)))


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise invalid("cursor", "This is not a cursor of this list.")
    return int(cursor)


async def get_webhook(call: Asked[NoQuery, None]) -> Reply:
    """Get one webhook."""
    webhook = await webhook_of(call)
    return _shown(await call.service.webhooks.health(call.who, webhook))(webhook)


async def create_webhook(call: Asked[NoQuery, schema.NewWebhook]) -> Reply:
    """Make a webhook. The answer that is kept under an Idempotency-Key is without the secret."""
    _check_reads(call)
    secret = mapping.read_secret(call.body.secret)
    new = mapping.new_webhook(call.body, await _refs(call, call.body.records), secret)
    return _with_secret(await call.service.webhooks.create(call.who, new, _made(201, NEVER_SENT), call.once), secret)


async def change_webhook(call: Asked[NoQuery, schema.WebhookPatch]) -> Reply:
    """Change a webhook."""
    _check_reads(call)
    webhook, revision = await webhook_of(call), parse_if_match(call.if_match)
    given = call.body.records
    records = given if isinstance(given, UnsetType) else await _refs(call, given)
    change = mapping.read_patch(call.body, records, webhook.face)
    shown = _shown(await call.service.webhooks.health(call.who, webhook))
    return await call.service.webhooks.change(call.who, webhook.id, change, shown, revision=revision)


async def delete_webhook(call: Asked[NoQuery, None]) -> Reply:
    """Remove a webhook."""
    webhook, revision = await webhook_of(call), parse_if_match(call.if_match)
    return await call.service.webhooks.delete(call.who, webhook.id, lambda _: Reply(204), revision=revision)


async def rotate_secret(call: Asked[NoQuery, schema.NewSecret]) -> Reply:
    """Sign with another secret from now on."""
    secret, webhook = mapping.read_secret(call.body.secret), await webhook_of(call)
    mapping.check_own(webhook)
    made = _made(200, await call.service.webhooks.health(call.who, webhook))
    reply = await call.service.webhooks.rotate(call.who, webhook.id, secret, (SECRET, FORMER), made, call.once)
    return _with_secret(reply, secret)


def _check_reads(call: Asked[Any, Any]) -> None:
    if "activities:read" not in call.who.scopes:
        raise Forbidden("a webhook is told of activities, and the token lacks the scope activities:read")


async def _refs(call: Asked[Any, Any], named: Sequence[RecordName]) -> tuple[Ref, ...]:
    found = []
    for key in record_keys(named, "records"):
        try:
            found.append((await call.service.records.get(call.who, key)).ref)
        except NotFound:
            raise invalid(key.field, f"No {key.kind} with this id exists.") from None
    return tuple(dict.fromkeys(found))


def _shown(health: Health) -> Callable[[Webhook], Reply]:
    return lambda webhook: Reply(200, encode(mapping.show(webhook, health)), (etag(webhook.revision),))


def _made(status: int, health: Health) -> Callable[[Webhook], Reply]:
    def render(webhook: Webhook) -> Reply:
        location = (("Location", f"/dayline/v1/webhooks/{webhook.id}"),) if status == 201 else ()
        shown = mapping.issued(mapping.show(webhook, health), None)
        return Reply(status, encode(shown), (*location, etag(webhook.revision)))

    return render


def _with_secret(reply: Reply, secret: str) -> Reply:
    """The answer with the secret in it, unless it is a repetition, which may be of another one."""
    if any(name == "Idempotency-Replayed" for name, _ in reply.headers):
        return reply
    return replace(reply, body=encode(replace(_issued.decode(reply.body), secret=secret)))


_WHOSE: Final = "The caller's own, or anybody's for an admin whose token has the scope `admin`."

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/webhook-events",
        handler=list_events,
        name="listWebhookEvents",
        summary="List the types of events",
        detail="What Dayline's own webhooks are told of, and what each type means.",
        scope="activities:read",
        reply=schema.EventList,
    ),
    Operation(
        method="GET",
        path="/v1/webhooks",
        handler=list_webhooks,
        name="listWebhooks",
        summary="List webhooks",
        detail=f"{_WHOSE} In whichever dialect's words: `face` says which. Each with how it is doing.",
        scope="activities:read",
        query=schema.ListQuery,
        reply=schema.WebhookPage,
    ),
    Operation(
        method="POST",
        path="/v1/webhooks",
        handler=create_webhook,
        name="createWebhook",
        summary="Make a webhook",
        detail="It is told of what is written from now on, as far as its owner may see it, at least once, and signed as"
        " Standard Webhooks has it. The secret is shown in this answer alone. The token needs the scope"
        " `activities:read` too; `admin`, because a webhook outlives the token. A user has 40 at the most.",
        scope="admin",
        body=schema.NewWebhook,
        reply=schema.IssuedWebhook,
        status=201,
    ),
    Operation(
        method="GET",
        path="/v1/webhooks/{id}",
        handler=get_webhook,
        name="getWebhook",
        summary="Get a webhook",
        detail=_WHOSE,
        scope="activities:read",
        reply=schema.Webhook,
        path_help=ID,
    ),
    Operation(
        method="PATCH",
        path="/v1/webhooks/{id}",
        handler=change_webhook,
        name="changeWebhook",
        summary="Change a webhook",
        detail="Paused with `active` false, it goes on where it was once it is true again. Of a webhook in another"
        " dialect's words, only `active` and `name` change here. The token needs the scope `activities:read` too.",
        scope="admin",
        body=schema.WebhookPatch,
        reply=schema.Webhook,
        conditional=True,
        path_help=ID,
    ),
    Operation(
        method="DELETE",
        path="/v1/webhooks/{id}",
        handler=delete_webhook,
        name="deleteWebhook",
        summary="Remove a webhook",
        detail="With all that waits for it, for good.",
        scope="admin",
        reply=None,
        status=204,
        conditional=True,
        path_help=ID,
    ),
    Operation(
        method="POST",
        path="/v1/webhooks/{id}/secret",
        handler=rotate_secret,
        name="rotateWebhookSecret",
        summary="Change a webhook's secret",
        detail="The new one is shown in this answer alone. For 24 hours each event carries the signature by the former"
        " one too, so that a receiver can go over when it suits him; the one before that ends at once.",
        scope="admin",
        body=schema.NewSecret,
        reply=schema.IssuedWebhook,
        path_help=ID,
    ),
)
