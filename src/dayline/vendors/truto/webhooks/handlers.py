"""Webhooks: the handlers. A secret is in the answer to the creation alone, and in no answer that is given again."""

import asyncio
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.delivery import Delivery, DeliveryFilter
from dayline.domain.errors import Conflict, Forbidden, Invalid, NotFound
from dayline.domain.filter import Position, seal, unseal
from dayline.domain.record import is_uuid
from dayline.domain.webhook import Webhook
from dayline.kit.dialect import Failure, NoQuery, Refused, Reply
from dayline.service.webhooks import Webhooks
from dayline.vendors.truto.accounts.mapping import environment_id
from dayline.vendors.truto.desk import Asked, folded
from dayline.vendors.truto.webhooks import mapping, schema

_encode: Final = msgspec.json.Encoder().encode
_MISSING: Final = "Webhook not found"
_PAUSED: Final = "Nothing is sent to this webhook: set is_active to true first."
_UNSENT: Final = "The test has not been sent yet: other events go first, or no worker is running. It will be."
_READS: Final = "Who is told of activities must be allowed to read them: this needs the scope activities:read."
TEST_SECONDS: Final = 20.0  # that a test is waited for: longer than a receiver may take at the usual settings
_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


async def list_webhooks(call: Asked[schema.ListQuery, None]) -> Reply:
    """List the webhooks that the caller may manage, the oldest first: his own, or with the scope admin all."""
    query, who = call.query, call.who
    if query.environment_id not in (None, environment_id(who.account_id)):
        return _reply(schema.WebhookList([], None, query.limit))
    scope = msgspec.json.encode(("truto webhooks", query.is_active))
    after = 0 if query.next_cursor is None else unseal(query.next_cursor, who.account_id, who.secret, scope).id
    rows: list[Webhook] = []
    more = True
    while more and len(rows) <= query.limit:
        page, more = await _verbs(call).list(who, mapping.FACE, query.limit, after)
        rows += [one for one in page if query.is_active in (None, one.active)]
        after = page[-1].id if page else after
    shown, last = rows[: query.limit], None
    if len(rows) > query.limit:
        last = seal(Position(shown[-1].id, shown[-1].id), who.account_id, who.secret, scope)
    return _reply(schema.WebhookList([mapping.show(one, who.account_id) for one in shown], last, query.limit))


async def get_webhook(call: Asked[NoQuery, None]) -> Reply:
    """Get a webhook, without its secret."""
    return _reply(mapping.show(await _found(call, call.path["id"]), call.who.account_id))


async def create_webhook(call: Asked[NoQuery, schema.NewWebhook]) -> Reply:
    """Make a webhook: it is told of what is written from now on.

    The answer has the secret with which everything is signed, this once: given again for its key, it has it not.
    """
    _check_reads(call)
    secret = str(uuid4())
    new = mapping.read_new(call.body, call.who, secret)
    made: list[schema.Webhook] = []

    def rendered(webhook: Webhook) -> Reply:
        made[:] = [mapping.show(webhook, call.who.account_id)]
        return Reply(201, _encode(made[0]))

    try:
        reply = await _verbs(call).create(call.who, new, rendered, call.once)
    except Invalid as error:
        raise mapping.named(error) from error
    replayed = any(name == "Idempotency-Replayed" for name, _ in reply.headers)
    return reply if replayed else replace(reply, body=_encode(replace(made[0], secret=secret)))


async def change_webhook(call: Asked[NoQuery, schema.WebhookChange]) -> Reply:
    """Change what is sent, where to, or whether. One that was paused goes on where it was."""
    _check_reads(call)
    found = await _found(call, call.path["id"])
    change = mapping.read_change(call.body, found, call.who)

    def rendered(webhook: Webhook) -> Reply:
        return _reply(mapping.show(webhook, call.who.account_id))

    try:
        return await _verbs(call).change(call.who, found.id, change, rendered, call.once)
    except Invalid as error:
        raise mapping.named(error) from error


async def delete_webhook(call: Asked[NoQuery, None]) -> Reply:
    """Remove a webhook, with all that it was still to be told."""
    found = await _found(call, call.path["id"])
    return await _verbs(call).delete(call.who, found.id, lambda webhook: _reply(schema.Named(webhook.uuid)))


async def test_webhook(call: Asked[NoQuery, schema.Named]) -> Reply:
    """Send the event `test`, and tell whether it arrived."""
    found = await _found(call, call.body.id)
    if not found.active:
        raise Conflict(_PAUSED)
    came = await _tried(call, found, await _verbs(call).test(call.who, found.id))
    if came is None:
        raise Refused(Failure(504, _UNSENT))
    if came.outcome != "delivered":
        raise Refused(Failure(502, f"The test did not arrive: {came.error}"))
    return _reply(schema.Tested())


async def _tried(call: Asked[Any, Any], webhook: Webhook, event_id: str) -> Delivery | None:
    """The first attempt to send something, as soon as it was made; None where that takes too long."""
    wanted, pause = DeliveryFilter(webhook_id=webhook.id, event_id=event_id), _PAUSE
    try:
        async with asyncio.timeout(TEST_SECONDS):
            while True:
                page = await _verbs(call).deliveries(call.who, wanted, 1, None)
                if page.items:
                    return page.items[0]
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
    except TimeoutError:
        return None


def _check_reads(call: Asked[Any, Any]) -> None:
    if "activities:read" not in call.who.scopes:
        raise Forbidden(_READS)


async def _found(call: Asked[Any, Any], id_: str) -> Webhook:
    """The webhook with this id. Raises NotFound."""
    if not is_uuid(id_):
        raise NotFound(_MISSING)
    return await _verbs(call).get(call.who, folded(id_), mapping.FACE)


def _verbs(call: Asked[Any, Any]) -> Webhooks:
    return call.service.service.webhooks


def _reply(body: Struct) -> Reply:
    return Reply(200, _encode(body))
