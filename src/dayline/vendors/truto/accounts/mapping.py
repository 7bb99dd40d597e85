"""Integrated accounts and the log of calls to Truto's shapes, and what is written of them. Pure.

It must never show a secret: what a connector asks for as one, and what nobody asks for and is called like one.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import Invalid, Problem, invalid
from dayline.domain.integrated import (
    CallFilter,
    IntegratedAccount,
    IntegratedChange,
    NewIntegrated,
    RemoteCall,
    divided,
)
from dayline.domain.time import format_instant
from dayline.remote.connector import Connection, Connector, Method, Support, open_names, secret_names
from dayline.vendors.truto import local_mapping as own
from dayline.vendors.truto.accounts import schema
from dayline.vendors.truto.desk import folded
from dayline.vendors.truto.mapping import read_moment

V = TypeVar("V")

RESOURCE: Final = "ats/activities"
_FAMILY: Final = uuid.UUID("da71146e-0000-4000-8000-000000000000")


def environment_id(account_id: int) -> str:
    """The one environment that an account of Dayline's is."""
    return str(uuid.uuid5(_FAMILY, f"environment {account_id}"))


def integration_id(slug: str) -> str:
    """The id of an integration, the same everywhere."""
    return str(uuid.uuid5(_FAMILY, f"integration {slug}"))


def connector_of(text: str, connectors: Mapping[str, Connector]) -> Connector:
    """The connector that is meant by its id or its name. Raises Invalid."""
    for slug, connector in connectors.items():
        if text.lower() in (slug, integration_id(slug)):
            return connector
    names = ", ".join(f"{slug} ({integration_id(slug)})" for slug in connectors)
    raise invalid("environment_integration_id", f"expected the id or the name of an integration: {names}")


def show(account: IntegratedAccount, account_id: int) -> schema.Account:
    """The integrated account, of this account of Dayline's."""
    return schema.Account(
        id=account.id,
        tenant_id=account.tenant_id,
        environment_id=environment_id(account_id),
        environment_integration_id=integration_id(account.integration),
        status=account.status,
        is_sandbox=account.is_sandbox,
        authentication_method=account.authentication_method,
        region=account.region,
        context=dict(account.context),
        integration=_integration(account.integration),
        created_at=moment(account.created_at),
        updated_at=moment(account.updated_at),
        last_error=account.last_error,
    )


def own_account(account_id: int) -> schema.Account:
    """The connection to Dayline's own store, which is always there."""
    return show(IntegratedAccount(number=0, id=own.ID, integration=own.NAME, tenant_id=own.NAME), account_id)


def _integration(slug: str) -> schema.Integration:
    return schema.Integration(integration_id(slug), slug)


def moment(ms: int) -> str:
    """Write an instant as Truto's lists of its own things have it, in UTC."""
    return format_instant(ms).replace("T", " ").removesuffix("Z")


def read_new(body: schema.NewAccount, connector: Connector) -> NewIntegrated:
    """What is to be connected. Raises Invalid, naming what the connector needs and was not given."""
    context = texts(body.context)
    lacking = [ask.name for ask in connector.asks if ask.required and not context.get(ask.name, "").strip()]
    if lacking:
        told = f"is required by {connector.label}"
        raise Invalid(*(Problem(f"context.{name}", told, "missing") for name in lacking))
    check_usable(context, connector)
    shown, secrets = divided(context, open_names(connector), secret_names(connector))
    return NewIntegrated(
        integration=connector.name,
        tenant_id=body.tenant_id,
        context=shown,
        secrets=secrets,
        authentication_method=body.authentication_method,
        region=body.region,
        is_sandbox=body.is_sandbox,
    )


def check_usable(context: Mapping[str, str | None], connector: Connector) -> None:
    """Raise Invalid where no request could be made with these; a secret that is not among them is no matter."""
    asked = {ask.name: "x" for ask in connector.asks if ask.secret}
    known = {name: value for name, value in {**asked, **context}.items() if value is not None}
    try:
        connector.probe(Connection("", connector.base_url, known))
    except Invalid as error:
        raise Invalid(*(replace(one, field=f"context.{one.field}") for one in error.problems)) from None


def read_change(
    body: schema.AccountChange, before: IntegratedAccount, connector: Connector
) -> tuple[IntegratedChange, Mapping[str, str]]:
    """What changes, and new secrets by name. Raises Invalid for what cannot be called with, or be without."""
    given: Mapping[str, str | None] = {} if isinstance(body.context, UnsetType) else _told(body.context)
    shown, sealed = _parted(given, before, connector)
    secrets = {name: value for name, value in sealed.items() if value is not None}
    if taken := sorted(sealed.keys() - secrets.keys()):
        raise invalid(f"context.{taken[0]}", "is a credential: it can be replaced, and not be taken away")
    if given:
        check_usable({**before.context, **shown, **secrets}, connector)
    context = shown or UNSET
    change = IntegratedChange(tenant_id=body.tenant_id, context=context, region=body.region, is_sandbox=body.is_sandbox)
    return change, secrets


def read_credentials(body: schema.Credentials, before: IntegratedAccount, connector: Connector) -> Mapping[str, str]:
    """New secrets by name. Raises Invalid for what is none, and for what cannot be called with."""
    shown, secrets = _parted(texts(body.context), before, connector)
    if shown:
        raise invalid(f"context.{min(shown)}", "is no credential: change it with the account")
    check_usable({**before.context, **secrets}, connector)
    return secrets


def _parted(
    given: Mapping[str, V], before: IntegratedAccount, connector: Connector
) -> tuple[Mapping[str, V], Mapping[str, V]]:
    """What may be shown and what is secret; what was sealed once stays so, whatever it is called."""
    return divided(given, open_names(connector), {*secret_names(connector), *before.secret_names})


def _told(context: Mapping[str, str | int | None]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in context.items()}


def texts(context: Mapping[str, str | int]) -> dict[str, str]:
    """The entries of a context as texts: a number may be one too."""
    return {name: str(value) for name, value in context.items()}


def capabilities(slug: str, methods: Mapping[Method, Support], query: schema.CapabilityQuery) -> schema.Capabilities:
    """What works for an integration, as far as it is asked for."""
    wanted = None if query.methods is None else {name.strip() for name in query.methods.split(",")}
    found = [method for method in methods if wanted is None or method in wanted]
    asked = query.type != "proxy" and query.resource in (None, RESOURCE, RESOURCE.partition("/")[2])
    result = [schema.Capability(RESOURCE, "unified", list(found))] if found and asked else []
    return schema.Capabilities(_integration(slug), integration_id(slug), result)


def read_log(query: schema.LogQuery) -> CallFilter:
    """Which calls, by the seconds that are shown of them: its own ``created_at`` finds a call. Raises Invalid."""
    begins = (*_bound(query.created_at_gte, "gte"), *_bound(query.created_at_gt, "gt"))
    ends = (*_bound(query.created_at_lt, "lt"), *_bound(query.created_at_lte, "lte"))
    since, until = max(begins, default=None), min(ends, default=None)
    account = None if query.of_account is None else folded(query.of_account)
    return CallFilter(integrated_account_id=account, since=since, until=until)


def _bound(text: str | None, operator: str) -> tuple[int, ...]:
    """The begin of the second from which on, or before which, calls are meant."""
    if text is None:
        return ()
    ms = read_moment(text, f"created_at[{operator}]")
    whole = ms // 1000 * 1000
    return (whole + 1000 if operator in ("gt", "lte") or whole < ms else whole,)


def show_log(calls: Iterable[RemoteCall]) -> list[schema.LogEntry]:
    """The calls as they are listed."""
    return [
        schema.LogEntry(
            id=call.id,
            integrated_account_id=call.integrated_account_id,
            integration=call.integration,
            resource=RESOURCE,
            method=call.operation,
            http_method=call.method,
            path=call.path,
            http_status_code=call.status,
            duration_ms=call.ms,
            result_count=call.result_count,
            message=call.message,
            request_id=call.request_id,
            created_at=moment(call.at),
        )
        for call in calls
    ]
