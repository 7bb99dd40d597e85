"""Integrated accounts and the calls to their systems, as shown. Pure; it must never show a context or a secret."""

from msgspec.structs import asdict

from dayline.domain import integrated as domain
from dayline.domain.integrated import CallFilter
from dayline.domain.time import format_instant
from dayline.native.integrated import schema
from dayline.native.webhooks.mapping import read_moment


def show(account: domain.IntegratedAccount, last: domain.RemoteCall | None) -> schema.IntegratedAccount:
    """The integrated account with the last call to its system."""
    shown = asdict(show_account(account))
    return schema.IntegratedAccount(**shown, last_call=None if last is None else show_call(last))


def show_account(account: domain.IntegratedAccount) -> schema.IntegratedState:
    """The integrated account as a change left it."""
    return schema.IntegratedState(
        id=account.id,
        integration=account.integration,
        tenant_id=account.tenant_id,
        label=account.label,
        status=account.status,
        status_since=format_instant(account.stood_at or account.created_at),
        last_error=account.last_error,
        sandbox=account.is_sandbox,
        created_at=format_instant(account.created_at),
        updated_at=format_instant(account.updated_at),
    )


def show_call(call: domain.RemoteCall) -> schema.RemoteCall:
    """One call as it is logged."""
    return schema.RemoteCall(
        id=call.id,
        at=format_instant(call.at),
        operation=call.operation,
        method=call.method,
        path=call.path,
        status=call.status,
        ms=call.ms,
        result_count=call.result_count,
        error=call.message,
        request_id=call.request_id,
    )


def read_filter(query: schema.CallsQuery, id_: str) -> CallFilter:
    """Which calls are asked for. Raises Invalid."""
    return CallFilter(
        integrated_account_id=id_,
        failed=query.failed,
        since=read_moment(query.since, "since"),
        until=read_moment(query.until, "until"),
    )
