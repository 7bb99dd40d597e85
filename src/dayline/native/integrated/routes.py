"""Integrated accounts: the handlers, then the table of operations. Paths are below the mount ``/dayline``.

They are read here and no more: who connects one has a credential, and gives it to `dayline connect` or to Truto's API.
"""

from typing import Any, Final

from dayline.domain.errors import NotFound
from dayline.domain.integrated import CallFilter, IntegratedAccount, IntegratedFilter
from dayline.domain.record import is_uuid
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.integrated import mapping, schema


async def list_accounts(call: Asked[schema.AccountsQuery, None]) -> Reply:
    """List what is connected."""
    query = call.query
    wanted = IntegratedFilter(tenant_id=query.tenant_id, integration=query.integration, is_sandbox=query.sandbox)
    page = await call.service.integrated.list(call.who, wanted, query.limit, query.cursor)
    shown = [await _shown(call, account) for account in page.items]
    return Reply(200, encode(schema.AccountPage(data=shown, next_cursor=page.cursor)))


async def get_account(call: Asked[NoQuery, None]) -> Reply:
    """Get what is connected by its id."""
    return Reply(200, encode(await _shown(call, await _account(call))))


async def list_calls(call: Asked[schema.CallsQuery, None]) -> Reply:
    """List the calls to the system of an integrated account."""
    wanted = mapping.read_filter(call.query, (await _account(call)).id)
    page = await call.service.remote_log.list(call.who, wanted, call.query.limit, call.query.cursor)
    shown = [mapping.show_call(one) for one in page.items]
    return Reply(200, encode(schema.CallPage(data=shown, next_cursor=page.cursor)))


async def _account(call: Asked[Any, None]) -> IntegratedAccount:
    id_ = call.path["id"].lower()
    if not is_uuid(id_):
        raise NotFound("There is no integrated account with this id.")
    return await call.service.integrated.get(call.who, id_)


async def _shown(call: Asked[Any, None], account: IntegratedAccount) -> schema.IntegratedAccount:
    last = await call.service.remote_log.list(call.who, CallFilter(integrated_account_id=account.id), 1, None)
    return mapping.show(account, last.items[0] if last.items else None)


_ID: Final = {"id": "The id of the integrated account."}
_ADMINS: Final = "For admins."

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/integrated-accounts",
        handler=list_accounts,
        name="listIntegratedAccounts",
        summary="List integrated accounts",
        detail="Customers' accounts in other systems: how each stands, and the last call there. They are connected with"
        f" `dayline connect`, or in Truto's API. {_ADMINS}",
        scope="admin",
        query=schema.AccountsQuery,
        reply=schema.AccountPage,
    ),
    Operation(
        method="GET",
        path="/v1/integrated-accounts/{id}",
        handler=get_account,
        name="getIntegratedAccount",
        summary="Get an integrated account",
        detail=_ADMINS,
        scope="admin",
        reply=schema.IntegratedAccount,
        path_help=_ID,
    ),
    Operation(
        method="GET",
        path="/v1/integrated-accounts/{id}/calls",
        handler=list_calls,
        name="listIntegratedAccountCalls",
        summary="List calls to another system",
        detail=f"The latest first; what was called in this second may come a little later. {_ADMINS}",
        scope="admin",
        query=schema.CallsQuery,
        reply=schema.CallPage,
        path_help=_ID,
    ),
)
