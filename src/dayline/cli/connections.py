"""``dayline connections`` and ``dayline rekey``: what is connected, and the key that its credentials are sealed with.

It must never show a credential.
"""

from typing import Annotated

import msgspec
import typer

from dayline.cli.frame import AccountName, Database, account_of, fail, operator, plain, with_service
from dayline.cli.progress import bars
from dayline.domain.integrated import IntegratedAccount, IntegratedFilter
from dayline.domain.time import format_instant
from dayline.service import Service
from dayline.service.sealing import Rekeyed

connections = typer.Typer(help="Customers' accounts in other systems: see and remove them.", no_args_is_help=True)
_PAGE = 500
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, as `dayline connections list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An integrated account as ``--json`` prints it; ``credentials`` are the names of what is sealed."""

    id: str
    integration: str
    tenant_id: str
    label: str | None
    status: str
    last_error: str | None
    authentication_method: str
    region: str | None
    base_url: str | None
    context: dict[str, str]
    credentials: tuple[str, ...]
    is_sandbox: bool
    created_at: str
    updated_at: str


@connections.command("list")
def list_connections(
    tenant: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this customer.")] = None,
    integration: Annotated[str | None, typer.Option(help="Only those in this system, such as `lever`.")] = None,
    account: AccountName = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """List what is connected: id, state, system, customer, and the last error where there is one."""
    wanted = IntegratedFilter(tenant_id=tenant, integration=integration)

    async def work(service: Service) -> list[IntegratedAccount]:
        who, found, cursor, more = operator(await account_of(service, account)), list[IntegratedAccount](), None, True
        while more:
            page = await service.integrated.list(who, wanted, _PAGE, cursor)
            found += page.items
            cursor, more = page.cursor, page.cursor is not None
        return found

    for one in with_service(database, work):
        typer.echo(msgspec.json.encode(_shown(one)) if json else _told(one))


@connections.command("show")
def show_connection(id_: Id, account: AccountName = None, database: Database = None, json: Json = False) -> None:
    """Show one, all but its credentials, which nobody can see again."""

    async def work(service: Service) -> IntegratedAccount:
        return await service.integrated.get(operator(await account_of(service, account)), id_)

    shown = _shown(with_service(database, work))
    if json:
        typer.echo(msgspec.json.encode(shown))
        return
    for name, value in msgspec.to_builtins(shown).items():
        if value not in (None, "", {}):
            typer.echo(f"  {name:<22} {plain(_words(value))}")


@connections.command("remove")
def remove_connection(id_: Id, account: AccountName = None, database: Database = None) -> None:
    """Remove one with its credentials, for good: calls for it are refused from now on.

    **Example:** `dayline connections remove 019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e3f`
    """

    async def work(service: Service) -> IntegratedAccount:
        who = operator(await account_of(service, account))
        return await service.integrated.delete(who, id_, lambda gone: gone)

    gone = with_service(database, work)
    typer.echo(f"{gone.integration} of {plain(gone.tenant_id)!r} is no longer connected. What it wrote there stays.")


def rekey(
    new_key: Annotated[
        bool, typer.Option("--new-key", help="First make a new key and put it before the others in the key file.")
    ] = False,
    database: Database = None,
) -> None:
    """Seal every credential with the first key of `DAYLINE_SECRET_KEY`, or of the key file.

    To change the key: with a key file, `dayline rekey --new-key` does it all, also beside a running server. With
    `DAYLINE_SECRET_KEY`, put the new key before the old one with a comma between them, restart the server, run
    `dayline rekey`, and take the old one away. It can be broken off and run again at any time.

    Keep an old key for as long as you keep backups that were made with it.
    """
    with bars() as progress:
        task = progress.add_task("Sealing", total=None)

        async def work(service: Service) -> Rekeyed:
            if new_key:
                service.integrated.sealing.vault.keyring.add()
            return await service.integrated.sealing.rekey(lambda done: progress.update(task, advance=done))

        done = with_service(database, work)
    typer.echo(f"{done.anew:,} integrated accounts are sealed anew, {done.current:,} were already.")
    if done.closed:
        for reason in done.closed:
            typer.echo(f"  {reason}")
        fail(f"{len(done.closed):,} cannot be opened: bring back the key that they were sealed with, or connect anew.")


def _shown(one: IntegratedAccount) -> Shown:
    same = {name: getattr(one, name) for name in Shown.__struct_fields__ if hasattr(one, name)}
    dates = {name: format_instant(same[name]) for name in ("created_at", "updated_at")}
    return Shown(**{**same, **dates, "credentials": one.secret_names})


def _told(one: IntegratedAccount) -> str:
    named = f"{one.tenant_id} ({one.label})" if one.label else one.tenant_id
    error = f"  {plain(one.last_error)}" if one.last_error else ""
    return f"{one.id}  {one.status:<12} {one.integration:<10} {plain(named):<24}{error}"


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={told}" for name, told in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
