"""How much a replay would be, before it is asked for. It must never send, nor look without end."""

from collections.abc import Mapping
from typing import Final

from dayline.domain.told import Told
from dayline.domain.webhook import Webhook
from dayline.events.face import Face
from dayline.kit.dialect import Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.webhooks import schema
from dayline.native.webhooks.sent import ID, read_instant, webhook_of

MOST: Final = 1_000  # events that are counted
_DIGITS: Final = 18


def operation(faces: Mapping[str, Face]) -> Operation:
    """The one row of the table; ``faces`` know what a webhook in their words is told of."""

    def wants(webhook: Webhook, told: Told) -> bool:
        face = faces.get(webhook.face)
        return face is not None and face.event(webhook, told) is not None

    async def preview_replay(call: Asked[schema.PreviewQuery, None]) -> Reply:
        """Tell how many events a replay would send."""
        webhook, since = await webhook_of(call), await _since(call)
        await call.service.webhooks.check_since(call.who, since)
        events, more = await call.service.telling.preview(call.who.account_id, webhook, since, wants, MOST)
        until = max(webhook.cursor, since)
        return Reply(200, encode(schema.Preview(since=since, until=until, events=events, more=more)))

    return Operation(
        method="GET",
        path="/v1/webhooks/{id}/replay",
        handler=preview_replay,
        name="previewWebhookReplay",
        summary="Tell how many events a replay would send",
        detail="Counted up to 1,000, of the first 5,000 changes, or fewer where they are large: there may be `more`.",
        scope="activities:read",
        query=schema.PreviewQuery,
        reply=schema.Preview,
        path_help=ID,
    )


async def _since(call: Asked[schema.PreviewQuery, None]) -> int:
    text = call.query.since
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
        return int(text)
    return await call.service.webhooks.before(call.who, read_instant(text))
