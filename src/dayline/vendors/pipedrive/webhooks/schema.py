"""Webhooks on Pipedrive's wire, API v1. No behaviour.

Instants are ``YYYY-MM-DDTHH:MM:SS.sssZ``.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dayline.vendors.pipedrive.schema import Id

Version = Literal["1.0", "2.0"]
EventAction = Literal["create", "change", "delete", "*", "added", "updated", "deleted", "merged"]
EventObject = Literal[
    "activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user", "*",
    "activityType", "board", "phase", "project", "task", "deal_product", "deal_installment",
]  # fmt: skip
Url = Annotated[str, Meta(max_length=2_048, description="Where to send to. An answer that redirects is a failure.")]
Name = Annotated[str, Meta(max_length=255)]
Credential = Annotated[str, Meta(max_length=1_000)]


class AddWebhookRequest(Struct, frozen=True, kw_only=True):
    """A webhook to be added."""

    subscription_url: Url
    event_action: Annotated[
        EventAction,
        Meta(
            description="`create`, `change`, `delete` in version 2.0; `added`, `updated`, `deleted`, `merged` in 1.0."
        ),
    ]
    event_object: Annotated[EventObject, Meta(description="What it is about; `*` is everything.")]
    name: Annotated[Name | None, Meta(description="Made of action and object when left out.")] = None
    user_id: Annotated[
        Id | None, Meta(description="What this user may see is told; the caller when left out. Admins may name others.")
    ] = None
    http_auth_user: Annotated[Credential | None, Meta(description="Sent as basic authentication.")] = None
    http_auth_password: Annotated[Credential | None, Meta(description="Never shown again.")] = None
    version: Annotated[
        Version | None, Meta(description="2.0 when left out, or 1.0 where the action is one of version 1.0.")
    ] = None


class ListQuery(Struct, frozen=True, kw_only=True):
    """There is one page; clients that ask for pages everywhere may."""

    start: Annotated[int, Meta(ge=0, description="Taken and ignored: there is one page.")] = 0
    limit: Annotated[int, Meta(ge=1, description="Taken and ignored.")] = 500


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook. ``owner_id`` and ``admin_id`` are who made it, ``user_id`` is with whose eyes it looks."""

    id: int
    company_id: int
    owner_id: int
    user_id: int
    event_action: str
    event_object: str
    subscription_url: str
    version: Version
    is_active: Annotated[Literal[0, 1], Meta(description="0 while it is paused.")]
    add_time: str
    remove_time: None = None
    type: Literal["general"] = "general"
    http_auth_user: str | None
    http_auth_password: Annotated[None, Meta(description="Always null.")] = None
    remove_reason: None = None
    last_delivery_time: Annotated[str | None, Meta(description="When it was last tried.")]
    last_http_status: Annotated[int | None, Meta(description="null where there was no answer.")]
    admin_id: int
    name: str


class WebhookResponse(Struct, frozen=True, kw_only=True):
    """One webhook."""

    status: Literal["ok"] = "ok"
    success: Literal[True] = True
    data: Webhook


class WebhookListResponse(Struct, frozen=True, kw_only=True):
    """Webhooks by id."""

    status: Literal["ok"] = "ok"
    success: Literal[True] = True
    data: list[Webhook]


class WebhookDeleteResponse(Struct, frozen=True, kw_only=True):
    """It is gone."""

    status: Literal["ok"] = "ok"
    success: Literal[True] = True


class WebhookError(Struct, frozen=True, kw_only=True):
    """What is wrong, by field."""

    status: Literal["error"] = "error"
    success: Literal[False] = False
    errors: dict[str, list[str]]


class WebhookForbidden(Struct, frozen=True, kw_only=True):
    """That somebody may not do this."""

    success: Literal[False] = False
    message: str
