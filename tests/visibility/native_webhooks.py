"""Where an id can stand in the native API's webhooks, in what was sent to them, and in its jobs."""

from collections.abc import Iterator

from tests.visibility.places import By, Json, Place

_WEBHOOK = "dayline webhook"
_NAMES: tuple[By, ...] = ("id", "uuid", "slug")
# Paused, so that nothing is sent to anybody; and nothing has happened since then.
_NEW: Json = {"url": "https://hooks.example.com", "active": False}
_LATER = {"since": "2999-01-01T00:00:00Z"}


def _webhooks() -> Iterator[Place]:
    for by in _NAMES[:2]:
        for operation in ("getWebhook", "deleteWebhook", "testWebhook", "listWebhookDeliveries"):
            yield Place(operation=operation, where="path id", names=_WEBHOOK, by=by)
        yield Place(operation="changeWebhook", where="path id", names=_WEBHOOK, by=by, body={"name": "Mine now"})
        yield Place(operation="rotateWebhookSecret", where="path id", names=_WEBHOOK, by=by, body={})
        yield Place(operation="replayWebhook", where="path id", names=_WEBHOOK, by=by, body=_LATER)
        yield Place(operation="previewWebhookReplay", where="path id", names=_WEBHOOK, by=by, query=_LATER)
        for operation in ("getWebhookDelivery", "replayWebhookDelivery"):
            yield Place(operation=operation, where="path id", names=_WEBHOOK, by=by, own="delivery")
    yield Place(operation="createWebhook", where="body user_id", names="user", body=_NEW)
    for operation, rest in (("createWebhook", _NEW), ("changeWebhook", {})):
        yield from _chosen(operation, rest)


def _chosen(operation: str, rest: Json) -> Iterator[Place]:
    """Of whose activities, and of those of which records, it is told."""
    yield Place(operation=operation, where="body owners[]", names="user", body=rest, own="webhook", deleted="works")
    for by in _NAMES:
        yield Place(
            operation=operation,
            where=f"body records[].{by}",
            names="deal",
            by=by,
            body=rest,
            beside={"kind": "deal"},
            own="webhook",
        )


def _sent() -> Iterator[Place]:
    for operation in ("getWebhookDelivery", "replayWebhookDelivery"):
        yield Place(
            operation=operation, where="path delivery_id", names="delivery", by="uuid", own="webhook", deleted="never"
        )
    yield Place(
        operation="listWebhookDeliveries",
        where="query event_id",
        names="delivery",
        by="external_id",
        own="webhook",
        finds=True,
        deleted="never",
    )


PLACES = (*_webhooks(), *_sent(), Place(operation="retryJob", where="path id", names="task", by="uuid"))
