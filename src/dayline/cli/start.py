"""``dayline init`` and ``dayline serve``: to begin, and to run."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dayline import __version__
from dayline.app import House
from dayline.cli.frame import Database, fail, guarded, origin, settings_of, with_service
from dayline.config import Settings
from dayline.domain.origin import enter
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.open import is_postgresql, shown, sqlite_url

DEMO_LINK_MINUTES = 60


class Begun(msgspec.Struct, frozen=True):
    """What ``dayline init --json`` prints."""

    account_id: int
    user_id: int
    token: str


def init(
    account: Annotated[str, typer.Option(metavar="NAME", help="The name of the new account: your team or company.")],
    user: Annotated[str, typer.Option(metavar="EMAIL", help="The email address of its first user, an admin.")],
    name: Annotated[str, typer.Option(metavar='"FULL NAME"', help="That user's name.")],
    database: Database = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object: account_id, user_id, token.")] = False,
) -> None:
    """Make an account with its first user, and print his token. It is shown this once.

    The database is made, or brought up to date, if need be. A database can hold any number of accounts, and none sees
    another.

    **Example:** `dayline init --account "Acme" --user ann@acme.example --name "Ann Lee"`
    """
    begun = with_service(database, lambda service: _begin(service, account, user, name), new=True)
    if json:
        typer.echo(msgspec.json.encode(begun))
        return
    typer.echo(f"Account {account!r} (id {begun.account_id}) with user {name} <{user}> (id {begun.user_id}).\n")
    typer.echo(
        f"  token     {begun.token}\n            Keep it: it is stored as a digest only and cannot be shown again."
    )
    typer.echo(f"  next      dayline serve --database {shown(settings_of(database_url=database).database_url)}")


def serve(
    database: Database = None,
    host: Annotated[
        str | None, typer.Option(envvar="DAYLINE_HOST", help="The address to listen on.  [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(envvar="DAYLINE_PORT", help="The port to listen on; 0 takes any that is free.  [default: 8000]"),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes serve; more than one on PostgreSQL alone.")
    ] = 1,
    sample: Annotated[
        bool, typer.Option("--demo", help="Make sample data if there is none, and print a token for it.")
    ] = False,
) -> None:
    """Serve every surface until Ctrl-C or SIGTERM; requests that are under way are finished first.

    **Example:** `dayline serve --demo`, then open the address that it prints.
    """
    from dayline.serve import serve as run  # noqa: PLC0415 - the other commands need no server

    settings = settings_of(database_url=database, host=host, port=port)
    if workers > 1 and not is_postgresql(settings.database_url):
        fail(
            "SQLite has one serving process: a second would only wait for the first one's writes. Serve without"
            " --workers, or move to PostgreSQL with `dayline copy` and DAYLINE_DATABASE_URL."
        )

    async def sampled(house: House, address: str) -> tuple[str, str]:
        from dayline.cli.sample import link, token  # noqa: PLC0415 - who has data of his own needs no sample

        enter(origin())
        made = await token(house.service, token_file(settings))
        return made, await link(house.service, settings.public_url or address, DEMO_LINK_MINUTES)

    async def opened(house: House, address: str) -> None:
        # In a task of its own, or what the server's requests write would come from the command line too.
        token, link = await asyncio.create_task(sampled(house, address)) if sample else (None, None)
        typer.echo(_greeting(settings, address, token, link))

    guarded(lambda: run(settings, opened, workers=workers))


def _greeting(settings: Settings, address: str, token: str | None, link: str | None) -> str:
    lines = [
        f"Dayline {__version__} is running. Ctrl-C stops it.",
        "",
        f"  address   {address}",
        f"  page      {link or address}" + (f"  (signs in once, within {DEMO_LINK_MINUTES} minutes)" if link else ""),
        f"  database  {shown(settings.database_url)}",
        f"  docs      {address}/docs",
    ]
    if token is None:
        lines.append('  token     as `dayline init --account NAME --user EMAIL --name "FULL NAME"` printed it')
    else:
        lines.append(f"  token     {token}  (sample data, kept in {token_file(settings)})")
    given = token or "TOKEN"
    lines.append(f"  try       curl -H 'x-api-token: {given}' '{address}/api/v2/activities?limit=3'")
    return "\n".join(lines)


async def _begin(service: Service, account: str, email: str, name: str) -> Begun:
    # First of all: an account must not be left without a user, for the same command could not be run again.
    first = NewUser(name=name, email=email, role="admin")
    made = await service.identities.create_account(account)
    user = await service.identities.add_user(made.id, first)
    issued = await service.identities.issue_token(made.id, user.id, "first")
    return Begun(made.id, user.id, issued.credential)


def token_file(settings: Settings) -> Path:
    """Where the token of the sample data is kept: beside the database's file, or in this folder where it has none."""
    if is_postgresql(settings.database_url):
        return Path("dayline.token")
    path, _ = sqlite_url(settings.database_url)
    return path.with_name(path.name + ".token")
