"""Truto's vocabulary for webhooks, and for what they are sent. No behaviour; a secret is in one answer alone.

Instants are ``YYYY-MM-DD HH:MM:SS`` in UTC, as in all of Truto's lists of its own things.
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.vendors.truto.accounts.schema import MOST
from dayline.vendors.truto.schema import Name

Json: TypeAlias = Any
Url = Annotated[str, Meta(min_length=1, max_length=2_048, description="Where events are sent, with POST.")]
Types = Annotated[
    list[Name],
    Meta(
        max_length=100,
        description="What it is to be told of, such as `record:created`, `record:*` or `*`; without any, of all.",
    ),
]
Active = Annotated[bool, Meta(description="Nothing is sent while this is false; what happens then is told later.")]


class ListQuery(Struct, frozen=True, kw_only=True):
    """Which webhooks."""

    is_active: bool | None = None
    environment_id: Name | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST
    next_cursor: Annotated[str, Meta(max_length=4_000)] | None = None


class NewWebhook(Struct, frozen=True, kw_only=True):
    """A webhook to be made."""

    target_url: Url
    event_types: Types | None = None
    is_active: Active = True
    environment_id: Annotated[Name | None, Meta(description="The one there is; it need not be said.")] = None


class WebhookChange(Struct, frozen=True, kw_only=True):
    """What changes of a webhook."""

    target_url: Url | UnsetType = UNSET
    event_types: Types | None | UnsetType = UNSET
    is_active: Active | UnsetType = UNSET


class Webhook(Struct, frozen=True, kw_only=True):
    """A webhook. Its ``secret``, with which what it is sent is signed, is in the answer to its creation alone."""

    id: str
    target_url: str
    is_active: bool
    event_types: list[str]
    environment_id: str
    created_at: str
    updated_at: str
    secret: str | UnsetType = UNSET


class WebhookList(Struct, frozen=True):
    """A page; ``next_cursor`` is null on the last."""

    result: list[Webhook]
    next_cursor: str | None
    limit: int


class Named(Struct, frozen=True):
    """A webhook."""

    id: Name


class Tested(Struct, frozen=True):
    """That a test arrived."""

    success: Literal[True] = True


class Event(Struct, frozen=True, kw_only=True):
    """What is sent. ``created_at`` is when it happened."""

    id: str
    event: str
    payload: Json
    environment_id: str
    webhook_id: str
    created_at: str


class Records(Struct, frozen=True, kw_only=True):
    """The payload of ``record:*``: the records as the unified API shows them, of what is gone the id alone."""

    integrated_account_id: str
    tenant_id: str
    environment_integration_id: str
    resource: str
    records: list[Json]
