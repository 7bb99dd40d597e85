"""Truto's vocabulary for integrated accounts. No behaviour; a credential comes in here and is never shown.

Instants are ``YYYY-MM-DD HH:MM:SS`` in UTC, as in all of Truto's lists of its own things.
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from dayline.vendors.truto.schema import Moment, Name

Json: TypeAlias = Any
MOST = 5_000  # on one page, as the vendor has it
Ids = Annotated[list[Name], Meta(min_length=1, max_length=500)]


class ListQuery(Struct, frozen=True, kw_only=True):
    """Which integrated accounts."""

    tenant_id: Name | None = None
    environment_id: Name | None = None
    is_sandbox: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST
    next_cursor: Annotated[str, Meta(max_length=4_000)] | None = None


class NewAccount(Struct, frozen=True, kw_only=True):
    """An account to be connected; its credentials are part of ``context``."""

    tenant_id: Annotated[Name, Meta(description="What you call the customer.")]
    environment_integration_id: Annotated[
        Name, Meta(description="The system: its id, or its name: `ashby`, `lever`, `recruitee`.")
    ]
    context: dict[str, str | int] = {}
    authentication_method: Name = "api_key"
    region: Name | None = None
    is_sandbox: bool = False


class AccountChange(Struct, frozen=True, kw_only=True):
    """What changes. ``context`` is laid over the one there is, null takes a name away; a credential is replaced."""

    tenant_id: Name | UnsetType = UNSET
    context: dict[str, str | int | None] | UnsetType = UNSET
    region: Name | None | UnsetType = UNSET
    is_sandbox: bool | UnsetType = UNSET


class Credentials(Struct, frozen=True):
    """New credentials, laid over those there are."""

    context: dict[str, str | int]


class Named(Struct, frozen=True):
    """An integrated account."""

    id: Name


class Several(Struct, frozen=True):
    """Integrated accounts."""

    ids: Ids


class TokenFor(Struct, frozen=True):
    """Which integrated account a token is to be for."""

    integrated_account_id: Name


class Token(Struct, frozen=True):
    """A token for one integrated account, good for 15 minutes."""

    integrated_account_token: str


class Integration(Struct, frozen=True):
    """The system that is connected."""

    id: str
    name: str
    category: Literal["ats"] = "ats"


class Account(Struct, frozen=True, kw_only=True):
    """An integrated account, without its credentials."""

    id: str
    tenant_id: str
    environment_id: str
    environment_integration_id: str
    status: str
    is_sandbox: bool
    authentication_method: str
    region: str | None
    context: dict[str, str]
    integration: Integration
    created_at: str
    updated_at: str
    last_error: str | None


class AccountList(Struct, frozen=True):
    """A page; ``next_cursor`` is null on the last."""

    result: list[Account]
    next_cursor: str | None
    limit: int


class CapabilityQuery(Struct, frozen=True, kw_only=True):
    """Which capabilities. There are those of the unified API alone."""

    type: Literal["proxy", "unified", "all"] = "all"
    methods: Annotated[Name | None, Meta(description="Names with commas between them.")] = None
    resource: Name | None = None


class Capability(Struct, frozen=True):
    """A resource, and what can be done with it."""

    resource: str
    type: Literal["unified"]
    methods: list[str]


class Capabilities(Struct, frozen=True):
    """What works for an integration."""

    integration: Integration
    environment_integration_id: str
    result: list[Capability]


class LogQuery(Struct, frozen=True, kw_only=True):
    """Which calls to other systems, the latest first. They are compared as they are shown, in whole seconds."""

    log_type: Literal["unified_proxy_api"] = "unified_proxy_api"
    of_account: Name | None = field(default=None, name="log_type_filter[integrated_account_id]")
    created_at_gt: Moment = field(default=None, name="created_at[gt]")
    created_at_gte: Moment = field(default=None, name="created_at[gte]")
    created_at_lt: Moment = field(default=None, name="created_at[lt]")
    created_at_lte: Moment = field(default=None, name="created_at[lte]")
    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST
    next_cursor: Annotated[str, Meta(max_length=4_000)] | None = None


class LogEntry(Struct, frozen=True, kw_only=True):
    """A call to another system. ``http_status_code`` is null where no answer came."""

    id: str
    integrated_account_id: str
    integration: str
    resource: str
    method: str
    http_method: str
    path: str
    http_status_code: int | None
    duration_ms: int
    result_count: int | None
    message: str
    request_id: str
    created_at: str


class Log(Struct, frozen=True):
    """A page; ``next_cursor`` is null on the last."""

    result: list[LogEntry]
    next_cursor: str | None
    limit: int


class Pong(Struct, frozen=True):
    """A sign of life."""

    ping: Literal["pong"] = "pong"


class Gone(Struct, frozen=True):
    """The ids of what was disconnected."""

    result: list[str]
