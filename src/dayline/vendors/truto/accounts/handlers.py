"""Integrated accounts: the handlers. Dayline's own store is one that nobody can change.

It must never put a credential into an answer, beside the one token that is asked for.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from dayline.domain.errors import NotFound, invalid
from dayline.domain.identity import Principal
from dayline.domain.integrated import IntegratedAccount, IntegratedFilter
from dayline.kit.dialect import Failure, NoQuery, Refused, Reply
from dayline.remote.connector import Connector
from dayline.vendors.truto import local_mapping as own
from dayline.vendors.truto.accounts import mapping, schema
from dayline.vendors.truto.desk import Asked, Desk, folded
from dayline.vendors.truto.meta import integration

_encode: Final = msgspec.json.Encoder().encode
_BEHIND_OWN: Final = "first"  # the cursor of a page that has room for Dayline's own store alone
OWN_STAYS: Final = (
    "This is Dayline's own store: it is always connected, with nothing to change. Connect another system."
)
_USE_YOURS: Final = "No token is made for Dayline's own store: use one of `dayline token create`, with its scopes."
_NO_ME: Final = "This token is for a whole account, and not for one integrated account: name that by its id."


async def list_accounts(call: Asked[schema.ListQuery, None]) -> Reply:
    """List integrated accounts: Dayline's own store first, then those that were connected, in their order."""
    query, who = call.query, call.who
    if query.environment_id not in (None, mapping.environment_id(who.account_id)):
        return _reply(schema.AccountList([], None, query.limit))
    first = query.next_cursor is None and query.tenant_id in (None, own.NAME) and query.is_sandbox is not True
    room = query.limit - 1 if first else query.limit
    cursor = None if query.next_cursor == _BEHIND_OWN else query.next_cursor
    wanted = IntegratedFilter(tenant_id=query.tenant_id, is_sandbox=query.is_sandbox)
    page = await call.service.service.integrated.list(who, wanted, max(room, 1), cursor)
    rows = [mapping.show(account, who.account_id) for account in page.items][:room]
    following = page.cursor if room or not page.items else _BEHIND_OWN
    return _reply(
        schema.AccountList([mapping.own_account(who.account_id), *rows] if first else rows, following, query.limit)
    )


async def get_account(call: Asked[NoQuery, None]) -> Reply:
    """Get an integrated account."""
    return _reply(await _shown(call.service, call.who, _id(call)))


def _id(call: Asked[Any, Any]) -> str:
    return folded(call.path["id"])


async def _shown(desk: Desk, who: Principal, id_: str) -> schema.Account:
    if id_ == own.ID:
        return mapping.own_account(who.account_id)
    return mapping.show(await desk.service.integrated.get(who, id_), who.account_id)


async def create_account(call: Asked[NoQuery, schema.NewAccount]) -> Reply:
    """Connect an account. Whether the credential is good is for run-post-install-actions to say."""
    connector = mapping.connector_of(call.body.environment_integration_id, call.service.connectors)
    new = mapping.read_new(call.body, connector)

    def connected(account: IntegratedAccount) -> Reply:
        return Reply(201, _encode(mapping.show(account, call.who.account_id)))

    return await call.service.service.integrated.create(call.who, new, connected, call.once)


async def change_account(call: Asked[NoQuery, schema.AccountChange]) -> Reply:
    """Change an account: credentials in its context, too, and then it is active again, under the same id."""
    return await _changed(call, _id(call))


async def _changed(call: Asked[NoQuery, schema.AccountChange], id_: str) -> Reply:
    change, secrets = mapping.read_change(call.body, *await _connected(call.service, call.who, id_))
    verbs, shown = call.service.service.integrated, _show_to(call.who)
    if secrets:
        return await verbs.change_credentials(call.who, id_, secrets, shown, call.once, change=change)
    return await verbs.change(call.who, id_, change, shown, call.once)


async def change_credentials(call: Asked[NoQuery, schema.Credentials]) -> Reply:
    """Give new credentials: the account is active again, under the same id."""
    id_ = _id(call)
    secrets = mapping.read_credentials(call.body, *await _connected(call.service, call.who, id_))
    verbs = call.service.service.integrated
    return await verbs.change_credentials(call.who, id_, secrets, _show_to(call.who), call.once)


async def _connected(desk: Desk, who: Principal, id_: str) -> tuple[IntegratedAccount, Connector]:
    """An account that may be changed, and its connector. Raises NotFound, and Refused for Dayline's own store."""
    _refuse_own(id_)
    account = await desk.service.integrated.get(who, id_)
    connector = desk.connectors.get(account.integration)
    if connector is None:
        raise NotFound(f"This server does not know the integration {account.integration}")
    return account, connector


def _refuse_own(id_: str, why: str = OWN_STAYS) -> None:
    if id_ == own.ID:
        raise Refused(Failure(405, why, headers=(("Allow", "GET, HEAD, OPTIONS"),)))


def _show_to(who: Principal) -> Any:
    def shown(account: IntegratedAccount) -> Reply:
        return _reply(mapping.show(account, who.account_id))

    return shown


async def delete_account(call: Asked[NoQuery, None]) -> Reply:
    """Disconnect an account: it and its credentials are gone."""
    _refuse_own(_id(call))
    return await call.service.service.integrated.delete(call.who, _id(call), _gone)


def _gone(account: IntegratedAccount) -> Reply:
    return _reply(schema.Named(account.id))


async def delete_accounts(call: Asked[NoQuery, schema.Several]) -> Reply:
    """Disconnect accounts, those that there are, in one write; where there is none, that is an error."""
    ids = [folded(id_) for id_ in call.body.ids]
    for id_ in ids:
        _refuse_own(id_)
    return await call.service.service.integrated.delete_many(call.who, ids, _all_gone, call.once)


def _all_gone(ids: tuple[str, ...]) -> Reply:
    return _reply(schema.Gone(list(ids)))


async def create_token(call: Asked[NoQuery, schema.TokenFor]) -> Reply:
    """Make a token for one integrated account, good for 15 minutes."""
    id_ = folded(call.body.integrated_account_id)
    _refuse_own(id_, _USE_YOURS)
    made = await call.service.service.integrated.token(call.who, id_)
    return _reply(schema.Token(made))


async def check_account(call: Asked[NoQuery, schema.Named]) -> Reply:
    """Ask the other system whether the credential is good, and show how the account stands now."""
    account = await _shown(call.service, call.who, folded(call.body.id))
    if account.id != own.ID:
        await call.service.remote.probe(call.who.account_id, account.id)
    return _reply(await _shown(call.service, call.who, account.id))


async def get_me(call: Asked[NoQuery, None]) -> Reply:
    """Get the integrated account that the token is for."""
    return _reply(await _shown(call.service, call.who, _me(call.who)))


async def change_me(call: Asked[NoQuery, schema.AccountChange]) -> Reply:
    """Change the integrated account that the token is for."""
    return await _changed(call, _me(call.who))


def _me(who: Principal) -> str:
    if who.integrated_account_id is None:
        raise invalid("", _NO_ME)
    return who.integrated_account_id


async def account_capabilities(call: Asked[schema.CapabilityQuery, None]) -> Reply:
    """Say what works for an integrated account."""
    account = await _shown(call.service, call.who, _id(call))
    return _capable(call.service, account.integration.name, call.query)


async def integration_capabilities(call: Asked[schema.CapabilityQuery, None]) -> Reply:
    """Say what works for an integration."""
    return _capable(call.service, call.path["slug"], call.query)


def _capable(desk: Desk, slug: str, query: schema.CapabilityQuery) -> Reply:
    return _reply(mapping.capabilities(slug, integration(slug, desk.connectors).methods, query))


async def list_log(call: Asked[schema.LogQuery, None]) -> Reply:
    """List calls to other systems, the latest first; what was called in this second may come a little later."""
    query = call.query
    page = await call.service.service.remote_log.list(call.who, mapping.read_log(query), query.limit, query.next_cursor)
    return _reply(schema.Log(mapping.show_log(page.items), page.cursor, query.limit))


async def ping(_: Asked[NoQuery, None]) -> Reply:
    """Say that the server answers, and that it knows the token."""
    return _reply(schema.Pong())


def _reply(body: Struct) -> Reply:
    return Reply(200, _encode(body))
