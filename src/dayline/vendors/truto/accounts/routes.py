"""Integrated accounts: their table of operations."""

from typing import Any, Final

from dayline.kit.dialect import Failure, Operation
from dayline.vendors.truto.accounts import handlers, schema
from dayline.vendors.truto.errors import of_body
from dayline.vendors.truto.hearing import CALLED, heard

_ID: Final = {"id": "The id of the integrated account."}
_STAYS: Final = Failure(405, handlers.OWN_STAYS)


def _operation(
    method: str, path: str, handler: Any, name: str, summary: str, reply: Any, *, scope: str = "admin", **more: Any
) -> Operation:
    return Operation(
        method=method,
        path=path,
        handler=heard(handler),
        name=name,
        summary=summary,
        detail=(handler.__doc__ or "").strip(),
        scope=scope,
        reply=reply,
        path_help=_ID if "{id}" in path else {},
        envelope=of_body if "body" in more else None,
        **more,
    )


ROOT: Final = "/integrated-account"
OPERATIONS: Final = (
    _operation(
        "GET",
        ROOT,
        handlers.list_accounts,
        "listIntegratedAccounts",
        "List integrated accounts",
        schema.AccountList,
        query=schema.ListQuery,
    ),
    _operation(
        "POST",
        ROOT,
        handlers.create_account,
        "createIntegratedAccount",
        "Connect an account",
        schema.Account,
        body=schema.NewAccount,
        status=201,
    ),
    _operation(
        "GET",
        f"{ROOT}/me",
        handlers.get_me,
        "getOwnIntegratedAccount",
        "Get the account of this token",
        schema.Account,
        scope="activities:read",
    ),
    _operation(
        "PATCH",
        f"{ROOT}/me",
        handlers.change_me,
        "changeOwnIntegratedAccount",
        "Change the account of this token",
        schema.Account,
        body=schema.AccountChange,
        scope="activities:write",
    ),
    _operation(
        "POST",
        f"{ROOT}/bulk-delete",
        handlers.delete_accounts,
        "deleteIntegratedAccounts",
        "Disconnect accounts",
        schema.Gone,
        body=schema.Several,
        failures=(_STAYS,),
    ),
    _operation(
        "POST",
        f"{ROOT}/token",
        handlers.create_token,
        "createIntegratedAccountToken",
        "Make a token for an account",
        schema.Token,
        body=schema.TokenFor,
        failures=(_STAYS,),
    ),
    _operation(
        "POST",
        f"{ROOT}/refresh-credentials",
        handlers.check_account,
        "refreshCredentials",
        "Check the credentials",
        schema.Account,
        body=schema.Named,
        failures=CALLED,
    ),
    _operation(
        "POST",
        f"{ROOT}/run-post-install-actions",
        handlers.check_account,
        "runPostInstallActions",
        "Check a new connection",
        schema.Account,
        body=schema.Named,
        failures=CALLED,
    ),
    _operation(
        "GET",
        f"{ROOT}/{{id}}",
        handlers.get_account,
        "getIntegratedAccount",
        "Get an integrated account",
        schema.Account,
    ),
    _operation(
        "PATCH",
        f"{ROOT}/{{id}}",
        handlers.change_account,
        "changeIntegratedAccount",
        "Change an account",
        schema.Account,
        body=schema.AccountChange,
        failures=(_STAYS,),
    ),
    _operation(
        "DELETE",
        f"{ROOT}/{{id}}",
        handlers.delete_account,
        "deleteIntegratedAccount",
        "Disconnect an account",
        schema.Named,
        failures=(_STAYS,),
    ),
    _operation(
        "PATCH",
        f"{ROOT}/{{id}}/credentials",
        handlers.change_credentials,
        "changeCredentials",
        "Give new credentials",
        schema.Account,
        body=schema.Credentials,
        failures=(_STAYS,),
    ),
    _operation(
        "GET",
        f"{ROOT}/{{id}}/capabilities",
        handlers.account_capabilities,
        "getIntegratedAccountCapabilities",
        "What works for an account",
        schema.Capabilities,
        query=schema.CapabilityQuery,
    ),
    _operation(
        "GET",
        "/integration/{slug}/capabilities",
        handlers.integration_capabilities,
        "getIntegrationCapabilities",
        "What works for an integration",
        schema.Capabilities,
        query=schema.CapabilityQuery,
        scope="activities:read",
    ),
    _operation(
        "GET", "/log", handlers.list_log, "listLog", "List calls to other systems", schema.Log, query=schema.LogQuery
    ),
    _operation(
        "GET", "/ping", handlers.ping, "ping", "Whether the server answers", schema.Pong, scope="activities:read"
    ),
)
