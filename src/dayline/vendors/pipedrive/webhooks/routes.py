"""Pipedrive's webhooks, API v1: the handlers, the errors in their own words, and the table of operations.

Follows Pipedrive's reference for webhooks and its guides to versions 1.0 and 2.0 (read 2026-11-21).
"""

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from dayline.domain.delivery import Delivery
from dayline.domain.errors import Conflict, Forbidden, Unavailable
from dayline.domain.webhook import MOST_OF_USER, Webhook
from dayline.kit.dialect import Failure, NoQuery, Operation, Refused, Reply
from dayline.vendors.pipedrive.answers import Asked, encode, ok
from dayline.vendors.pipedrive.mapping import parse_id
from dayline.vendors.pipedrive.schema import ClassicError
from dayline.vendors.pipedrive.webhooks import mapping, schema

FORBIDDEN: Final = "Forbidden"
FULL: Final = f"This user has {MOST_OF_USER} webhooks, and nobody has more: delete one first."
_PIECE: Final = 100
_made: Final = msgspec.json.Decoder(schema.WebhookResponse)


async def get_webhooks(call: Asked[schema.ListQuery, None]) -> Reply:
    """List the webhooks that the caller may manage: an admin everybody's, others their own."""
    found: list[schema.Webhook] = []
    after, more = 0, True
    while more:
        page, more = await call.service.webhooks.list(call.who, mapping.NAME, _PIECE, after)
        found += [await _whole(call, webhook) for webhook in page]
        after, more = (page[-1].id, more) if page else (after, False)
    return ok(schema.WebhookListResponse(data=found))


async def add_webhook(call: Asked[NoQuery, schema.AddWebhookRequest]) -> Reply:
    """Add a webhook, which is told of what is written from now on."""
    body, who = call.body, call.who
    for scope in mapping.needed_scopes(body.event_object):
        if scope not in who.scopes:
            raise Forbidden(f"the credential lacks the scope {scope}")
    new = mapping.new_webhook(body, who.user_id, urlsplit(call.base_url).netloc, who.scopes)

    def made(webhook: Webhook) -> Reply:
        """As it is kept under an Idempotency-Key: with nothing that is sealed elsewhere."""
        return ok(schema.WebhookResponse(data=_shown(call, webhook, None, None)), 201)

    try:
        reply = await call.service.webhooks.create(who, new, made, call.once)
    except Forbidden:
        raise Forbidden(FORBIDDEN) from None
    except Conflict:
        raise Refused(Failure(422, FULL)) from None
    return reply if any(name == "Idempotency-Replayed" for name, _ in reply.headers) else _signed_in(reply, body)


def _signed_in(reply: Reply, body: schema.AddWebhookRequest) -> Reply:
    """The answer with the name that it signs in with."""
    made = _made.decode(reply.body)
    return replace(
        reply, body=encode(replace(made, data=replace(made.data, http_auth_user=body.http_auth_user or None)))
    )


async def delete_webhook(call: Asked[NoQuery, None]) -> Reply:
    """Delete a webhook, with all that is still to be sent to it."""
    webhook = await call.service.webhooks.get(call.who, parse_id(call.path["id"]), mapping.NAME)
    return await call.service.webhooks.delete(call.who, webhook.id, _deleted)


def _deleted(_: Webhook) -> Reply:
    return ok(schema.WebhookDeleteResponse())


async def _whole(call: Asked[Any, Any], webhook: Webhook) -> schema.Webhook:
    return _shown(call, webhook, _auth_user(call, webhook), await call.service.webhooks.last(call.who, webhook.id))


def _auth_user(call: Asked[Any, Any], webhook: Webhook) -> str | None:
    """The name that it signs in with; None also where it cannot be opened, which is no reason to show no list."""
    if mapping.USER not in webhook.secret_names:
        return None
    try:
        return call.service.webhooks.opened(call.who.account_id, webhook)[mapping.USER]
    except Unavailable:
        return None


def _shown(call: Asked[Any, Any], webhook: Webhook, auth_user: str | None, last: Delivery | None) -> schema.Webhook:
    return mapping.show(webhook, call.who.account_id, auth_user, last)


def envelope(failure: Failure) -> Reply | None:
    """Word what is wrong by field, and that somebody may not do this, as the vendor does for webhooks alone."""
    if failure.status == 400:
        errors = mapping.errors_of(failure.problems, failure.message)
        return Reply(400, encode(schema.WebhookError(errors=errors)))
    if failure.status == 404:
        return Reply(404, encode(schema.WebhookError(errors={"id": ["not found"]})))
    if failure.status == 403 and failure.message == FORBIDDEN:
        return Reply(403, encode(schema.WebhookForbidden(message=FORBIDDEN)))
    if failure.status == 422 and failure.message == FULL:
        return Reply(422, encode(ClassicError(error=FULL, code="ERR_WEBHOOK_LIMIT", error_info=_INFO)))
    return None


_INFO: Final = "Please check developers.pipedrive.com"
_TOLD: Final = "From the moment when it was added on, with the eyes of `user_id`, at least once each. Delivery is ours."


def _operation(method: str, path: str, **row: Any) -> Operation:
    help_ = {"id": "The ID of the webhook."} if "{id}" in path else {}
    return Operation(
        method=method, path=f"/v1/webhooks{path}", scope="admin", path_help=help_, envelope=envelope, **row
    )


OPERATIONS: Final = (
    _operation(
        "GET",
        "",
        handler=get_webhooks,
        name="getWebhooks",
        summary="Get all webhooks",
        detail="Those that the caller may manage.",
        query=schema.ListQuery,
        reply=schema.WebhookListResponse,
        cost=10,
    ),
    _operation(
        "POST",
        "",
        handler=add_webhook,
        name="addWebhook",
        summary="Create a new webhook",
        detail=_TOLD,
        body=schema.AddWebhookRequest,
        reply=schema.WebhookResponse,
        status=201,
        cost=10,
        urlencoded=True,
        tolerant=True,
        failures=(Failure(403, FORBIDDEN), Failure(422, FULL)),
    ),
    _operation(
        "DELETE",
        "/{id}",
        handler=delete_webhook,
        name="deleteWebhook",
        summary="Delete existing webhook",
        reply=schema.WebhookDeleteResponse,
        cost=6,
    ),
)
