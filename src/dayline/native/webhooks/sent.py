"""What is sent to a webhook: tests, replays and deliveries. The handlers, then the table of operations.

It must never send by itself: what is asked for here is put where the worker finds it.
"""

from typing import Any, Final

from dayline.domain.delivery import TEST, Delivery
from dayline.domain.errors import Forbidden, invalid
from dayline.domain.identity import Principal
from dayline.domain.time import parse_instant
from dayline.domain.webhook import Webhook
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.activities.mapping import NOT_AN_INSTANT
from dayline.native.answers import Asked, encode
from dayline.native.webhooks import mapping, schema
from dayline.native.webhooks.face import NAME
from dayline.service.webhooks import Span

ID: Final = {"id": "The id or the UUID of the webhook."}
_DELIVERY: Final = {**ID, "delivery_id": "The delivery's id."}


async def webhook_of(call: Asked[Any, Any]) -> Webhook:
    """The webhook that the path names. Raises NotFound, also where the caller may not manage it."""
    return await call.service.webhooks.get(call.who, mapping.parse_id(call.path["id"]))


async def test_webhook(call: Asked[NoQuery, None]) -> Reply:
    """Have a test sent."""
    webhook = await webhook_of(call)
    return await call.service.webhooks.ask_test(call.who, webhook.id, _asked, call.once)


async def replay_webhook(call: Asked[NoQuery, schema.Replay]) -> Reply:
    """Tell a webhook again of what happened."""
    webhook, since = await webhook_of(call), call.body.since
    if isinstance(since, str):
        since = await call.service.webhooks.before(call.who, read_instant(since))
    return await call.service.webhooks.ask_replay(call.who, webhook.id, since, _replayed, call.once)


def read_instant(text: str) -> int:
    """The instant from which on to tell again, in ms UTC. Raises Invalid."""
    try:
        return parse_instant(text)
    except ValueError:
        raise invalid("since", f"{NOT_AN_INSTANT}, or the number of a change") from None


async def list_deliveries(call: Asked[schema.DeliveriesQuery, None]) -> Reply:
    """List what was sent to a webhook."""
    wanted = mapping.read_filter(call.query, (await webhook_of(call)).id)
    page = await call.service.webhooks.deliveries(call.who, wanted, call.query.limit, call.query.cursor)
    shown = [mapping.show_delivery(one) for one in page.items]
    return Reply(200, encode(schema.DeliveryPage(data=shown, next_cursor=page.cursor)))


async def get_delivery(call: Asked[NoQuery, None]) -> Reply:
    """Get one delivery, with what was sent and what came back."""
    webhook = await webhook_of(call)
    one = await call.service.webhooks.delivery(call.who, webhook.id, call.path["delivery_id"])
    _check_reads(call.who, webhook, one)
    return Reply(200, encode(mapping.show_whole(one)))


def _check_reads(who: Principal, webhook: Webhook, one: Delivery) -> None:
    """Raise Forbidden for what the token may not read by itself: another dialect tells of more than activities."""
    if webhook.face == NAME or one.event == TEST:
        return
    if one.entity == "integrated_account" and not (who.is_admin and "admin" in who.scopes):
        raise Forbidden("it tells of an integrated account, which is for an admin's token with the scope admin")
    if "records:read" not in who.scopes:  # an activity too is told with the names of records
        raise Forbidden("it may tell of records and users, and the token lacks the scope records:read")


async def replay_delivery(call: Asked[NoQuery, None]) -> Reply:
    """Send again what was sent."""
    webhook, delivery_id = await webhook_of(call), call.path["delivery_id"]
    return await call.service.webhooks.deliver_again(call.who, webhook.id, delivery_id, _asked, call.once)


def _asked(event_id: str) -> Reply:
    return Reply(202, encode(schema.Told(event_id=event_id)))


def _replayed(span: Span) -> Reply:
    return Reply(202, encode(mapping.replayed(span)))


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/v1/webhooks/{id}/test",
        handler=test_webhook,
        name="testWebhook",
        summary="Send a test to a webhook",
        detail="An event of the type `test`, signed as any other. Whether it arrived is told by"
        " `GET /v1/webhooks/{id}/deliveries?event_id=…`. 409 while the webhook is paused.",
        scope="admin",
        reply=schema.Told,
        status=202,
        path_help=ID,
    ),
    Operation(
        method="POST",
        path="/v1/webhooks/{id}/replay",
        handler=replay_webhook,
        name="replayWebhook",
        summary="Tell a webhook again of what happened",
        detail="From a change on, or from an instant on, each event under the id that it had. It is told what its owner"
        " may see now. One that is paused is told once it goes on.",
        scope="admin",
        body=schema.Replay,
        reply=schema.Replayed,
        status=202,
        path_help=ID,
    ),
    Operation(
        method="GET",
        path="/v1/webhooks/{id}/deliveries",
        handler=list_deliveries,
        name="listWebhookDeliveries",
        summary="List what was sent to a webhook",
        detail="Each attempt, the latest first.",
        scope="activities:read",
        query=schema.DeliveriesQuery,
        reply=schema.DeliveryPage,
        path_help=ID,
    ),
    Operation(
        method="GET",
        path="/v1/webhooks/{id}/deliveries/{delivery_id}",
        handler=get_delivery,
        name="getWebhookDelivery",
        summary="Get a delivery with its request and answer",
        detail="Of the answer the first 4,096 bytes. Where another dialect told of it, the token needs the scope"
        " `records:read` too, and an admin's the scope `admin` for an integrated account.",
        scope="activities:read",
        reply=schema.WholeDelivery,
        path_help=_DELIVERY,
    ),
    Operation(
        method="POST",
        path="/v1/webhooks/{id}/deliveries/{delivery_id}/replay",
        handler=replay_delivery,
        name="replayWebhookDelivery",
        summary="Send a delivery again",
        detail="Under the same event id, with the activity as the change left it and as its owner may see it now.",
        scope="admin",
        reply=schema.Told,
        status=202,
        path_help=_DELIVERY,
    ),
)
