"""``dayline connect``: a customer's account in another system, tried first and stored then.

It must never show a secret, nor take one from where others on this machine could read it.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec
import typer
from msgspec import UNSET, Struct

from dayline.app import CONNECTORS, client_of, keyring_of, remote_of
from dayline.cli.frame import (
    AccountName,
    Database,
    NotSo,
    account_of,
    guarded,
    operator,
    plain,
    settings_of,
    with_service,
)
from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.domain.identity import Principal
from dayline.domain.integrated import (
    IntegratedAccount,
    IntegratedChange,
    NewIntegrated,
    check_base_url,
    check_secrets,
    redacted,
)
from dayline.remote.connector import Ask, Connection, Connector
from dayline.remote.errors import RemoteError
from dayline.remote.line import Asked, Line
from dayline.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "DAYLINE_CONNECT_"
_NEW = "new"
_LOCAL = "operator"  # whom the way out names where it keeps to public addresses


class Given(Struct, frozen=True):
    """What is known to connect with."""

    context: dict[str, str]
    secrets: dict[str, str]

    def __repr__(self) -> str:
        return f"Given({', '.join((*self.context, *self.secrets))})"


class Connected(Struct, frozen=True):
    """What ``dayline connect --json`` prints."""

    id: str
    integration: str
    tenant_id: str
    status: str


def connect(
    integration: Annotated[str, typer.Argument(help=f"Which system: {', '.join(sorted(CONNECTORS))}.")],
    tenant: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose account it is, as your own software calls this customer.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="A name to know it again in the list.")] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="What is asked otherwise and is no secret; may be said again."
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where its system is, if not where the vendor's is: a sandbox.")
    ] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Note that it is not a customer's real account.")] = False,
    again: Annotated[
        str | None,
        typer.Option(
            "--again",
            metavar="ID",
            help="Give new credentials to this one, which keeps its id, and all that is not named.",
        ),
    ] = None,
    account: AccountName = None,
    database: Database = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object: id, integration, tenant_id, status.")] = (
        False
    ),
) -> None:
    """Connect a customer's account in Ashby, Lever or Recruitee, so that notes can be written there.

    What is needed is asked for, and tried against the vendor before anything is stored. Credentials are stored sealed
    and cannot be shown again. A script gives each as `DAYLINE_CONNECT_` and its name in capitals, such as
    `DAYLINE_CONNECT_API_KEY`; others on this machine can read a command line.

    **Example:** `dayline connect lever --tenant acme-1`

    **Without any account:** `dayline sandbox lever` prints the line that connects to a sandbox on this machine.
    """
    connector = guarded(lambda: _connector(integration))
    settings = settings_of(database_url=database)
    guarded(lambda: _ready(settings, base_url))
    given = guarded(lambda: gathered(connector, values or [], os.environ, _asker(), again=again is not None))
    tenant = tenant or (None if again else _asked_tenant())

    async def work(service: Service) -> IntegratedAccount:
        who = operator(await account_of(service, account))
        if again is not None:
            change = IntegratedChange(
                tenant_id=tenant or UNSET,
                label=label or UNSET,
                is_sandbox=sandbox or UNSET,
                context=given.context or UNSET,
            )
            return await _anew(service, settings, who, connector, again, given, change, base_url)
        new = NewIntegrated(
            integration=connector.name,
            tenant_id=tenant or "",
            context=given.context,
            secrets=given.secrets,
            label=label,
            is_sandbox=sandbox,
        )
        url = check_base_url(base_url) if base_url else None
        await tried(settings, service, connector, url, given)
        return await service.integrated.create(who, new, _same, base_url=url)

    made = with_service(database, work)
    if json:
        typer.echo(msgspec.json.encode(Connected(made.id, made.integration, made.tenant_id, made.status)))
        return
    typer.echo(f"{connector.label} is connected for {made.tenant_id!r}: integrated account {made.id}.\n")
    typer.echo("  call      /unified/ats/activities?integrated_account_id=" + made.id)
    typer.echo("  see       dayline connections list")


async def _anew(
    service: Service,
    settings: Settings,
    who: Principal,
    connector: Connector,
    id_: str,
    given: Given,
    change: IntegratedChange,
    base_url: str | None,
) -> IntegratedAccount:
    """Give new credentials to the account of this id, and what else is named; what is not stays as it was."""
    before = await service.integrated.get(who, id_)  # not its old secrets: they may be what cannot be opened any more
    if before.integration != connector.name:
        raise NotSo(f"{id_} is of {before.integration}, not of {connector.name}.")
    whole = Given({**before.context, **given.context}, given.secrets)
    url = check_base_url(base_url) if base_url else None
    await tried(settings, service, connector, url or before.base_url, whole)
    return await service.integrated.change_credentials(who, id_, given.secrets, _same, change=change, base_url=url)


def _same(account: IntegratedAccount) -> IntegratedAccount:
    return account


def _connector(name: str) -> Connector:
    if name not in CONNECTORS:
        raise NotSo(f"{name!r} is nothing that Dayline connects to; it connects to {', '.join(sorted(CONNECTORS))}.")
    return CONNECTORS[name]


def _ready(settings: Settings, base_url: str | None) -> None:
    """Raise before anybody is asked for anything, when it could not be kept."""
    keyring = keyring_of(settings)
    if not keyring.may_be_made:
        keyring.held()
    if base_url is not None:
        check_base_url(base_url)


def gathered(
    connector: Connector,
    values: Sequence[str],
    environment: Mapping[str, str],
    ask: "Callable[[Ask], str] | None",
    *,
    again: bool = False,
) -> Given:
    """What the connector asks for: told, from the environment, or asked. Raises NotSo for what is missing or too much.

    To connect ``again``, what is no secret may stay as it was.
    """
    told = dict(_parted(connector, value) for value in values)
    missing: list[Ask] = []
    for one in connector.asks:
        value = told.get(one.name) or environment.get(PREFIX + one.name.upper(), "").strip()
        needed = one.required and (one.secret or not again)
        if not value and needed and ask is not None:
            value = ask(one).strip()
        if value:
            told[one.name] = value
        elif needed:
            missing.append(one)
    if missing:
        needs = "; ".join(f"{PREFIX}{one.name.upper()} ({one.help.rstrip('.')})" for one in missing)
        raise NotSo(f"{connector.label} needs {needs}. Give it in the environment, or run this at a terminal.")
    secret = {one.name for one in connector.asks if one.secret}
    given = Given(
        {name: value for name, value in told.items() if name not in secret},
        {name: value for name, value in told.items() if name in secret},
    )
    check_secrets(given.secrets)
    return given


def _parted(connector: Connector, value: str) -> tuple[str, str]:
    name, equals, told = value.partition("=")
    known = {one.name: one for one in connector.asks}
    if name not in known or not equals:
        open_ = [f"{one.name}=…" for one in connector.asks if not one.secret]
        raise NotSo(f"--set takes {' or '.join(open_) or 'nothing'} for {connector.label}.")
    if known[name].secret:
        raise NotSo(
            f"{name} is a secret, and others on this machine can read this: set {PREFIX}{name.upper()} instead."
        )
    return name, told.strip()


def _asker() -> "Callable[[Ask], str] | None":
    """Asks at a terminal; None where there is nobody to ask."""
    if not sys.stdin.isatty():
        return None

    def ask(one: Ask) -> str:
        typer.echo(one.help)
        return str(typer.prompt(f"  {one.name}", hide_input=one.secret, err=True))

    return ask


def _asked_tenant() -> str:
    if not sys.stdin.isatty():
        guarded(_no_tenant)
    return str(typer.prompt("Whose account it is, as your own software calls this customer\n  tenant", err=True))


def _no_tenant() -> None:
    raise NotSo("Say whose account it is with --tenant: what your own software calls this customer.")


async def tried(settings: Settings, service: Service, connector: Connector, base_url: str | None, given: Given) -> None:
    """Ask the vendor whether all of this is right. Raises NotSo, without any secret in it."""
    connection = Connection(_NEW, base_url or connector.base_url, {**given.context, **given.secrets})
    remote = remote_of(service, settings, client_of(settings))
    # Of no integrated account that there is: a mistyped credential must not be told of the one that is in use.
    account = IntegratedAccount(number=0, id=_NEW, integration=connector.name, tenant_id="")
    line = Line(
        service=service,
        client=remote.client,
        connector=connector,
        connection=connection,
        account_id=0,
        account=account,
        secrets=given.secrets,
    )
    try:
        await line.ask(Asked(operation="probe", outbound=connector.probe(connection)), lambda _: None)
    except DaylineError as error:
        reason = redacted(error.message, given.secrets.values()).rstrip(".")
        asked = isinstance(error, RemoteError) and error.answer is not None
        said = "did not accept this" if asked else "could not be asked"
        advice = (
            f" Allow it with DAYLINE_OUTBOUND_ALLOW={urlsplit(connection.base_url).netloc}" if _LOCAL in reason else ""
        )
        raise NotSo(f"{connector.label} {said}: {plain(reason)}. Nothing was stored.{advice}") from None
    finally:
        await remote.client.close()
