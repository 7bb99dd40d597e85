"""Webhooks: their table of operations."""

from typing import Any, Final

from dayline.kit.dialect import Failure, Operation
from dayline.vendors.truto.errors import of_body
from dayline.vendors.truto.hearing import heard
from dayline.vendors.truto.webhooks import handlers, schema

_ID: Final = {"id": "The id of the webhook."}
_READ: Final = "activities:read"
_WRITE: Final = "activities:write"
_TESTED: Final = (
    Failure(409, "the webhook is not active"),
    Failure(502, "the test did not arrive"),
    Failure(504, "the test has not been sent yet"),
)


def _operation(
    method: str, path: str, handler: Any, name: str, summary: str, reply: Any, scope: str, **more: Any
) -> Operation:
    return Operation(
        method=method,
        path=path,
        handler=heard(handler),
        name=name,
        summary=summary,
        detail=" ".join((handler.__doc__ or "").split()),
        scope=scope,
        reply=reply,
        path_help=_ID if "{id}" in path else {},
        envelope=of_body if "body" in more else None,
        **more,
    )


ROOT: Final = "/webhook"
OPERATIONS: Final = (
    _operation(
        "GET",
        ROOT,
        handlers.list_webhooks,
        "listWebhooks",
        "List webhooks",
        schema.WebhookList,
        _READ,
        query=schema.ListQuery,
    ),
    _operation(
        "POST",
        ROOT,
        handlers.create_webhook,
        "createWebhook",
        "Make a webhook",
        schema.Webhook,
        _WRITE,
        body=schema.NewWebhook,
        status=201,
    ),
    _operation(
        "POST",
        f"{ROOT}/test",
        handlers.test_webhook,
        "testWebhook",
        "Send a test event",
        schema.Tested,
        _WRITE,
        body=schema.Named,
        failures=_TESTED,
    ),
    _operation("GET", f"{ROOT}/{{id}}", handlers.get_webhook, "getWebhook", "Get a webhook", schema.Webhook, _READ),
    _operation(
        "PATCH",
        f"{ROOT}/{{id}}",
        handlers.change_webhook,
        "changeWebhook",
        "Change a webhook",
        schema.Webhook,
        _WRITE,
        body=schema.WebhookChange,
    ),
    _operation(
        "DELETE", f"{ROOT}/{{id}}", handlers.delete_webhook, "deleteWebhook", "Remove a webhook", schema.Named, _WRITE
    ),
)
