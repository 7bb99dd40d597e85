"""``dayline init`` and ``dayline serve``: to begin, and to run."""

import asyncio
import datetime as dt
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dayline import __version__, demo
from dayline.app import House
from dayline.cli.frame import Database, fail, guarded, origin, settings_of, with_service
from dayline.config import Settings
from dayline.domain.errors import Unauthenticated
from dayline.domain.identity import Account
from dayline.domain.origin import enter
from dayline.domain.signing import MINUTE_MS
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
        enter(origin())
        link_to = settings.public_url or address
        return await _demo_token(house.service, settings), await _demo_link(house.service, link_to)

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


async def _demo_token(service: Service, settings: Settings) -> str:
    """A token for the sample data, which is made if it is not there. The same one at every start, kept in a file."""
    file = token_file(settings)
    account = await service.identities.account(demo.ACCOUNT)
    if account is None:
        await demo.fill(service, seed=demo.SEED, today=dt.datetime.now(dt.UTC).date())
    elif (kept := await _kept_token(service, account, file)) is not None:
        return kept
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    admin = next(user for user in await service.identities.users(account.id) if user.role == "admin")
    issued = await service.identities.issue_token(account.id, admin.id, "sample data")
    _keep_token(file, issued.credential)
    return issued.credential


async def _demo_link(service: Service, address: str) -> str:
    """A link that signs in as the admin of the sample data, whose token was made before."""
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    admin = next(user for user in await service.identities.users(account.id) if user.role == "admin")
    credential = await service.signing.make_link(account.id, admin.id, DEMO_LINK_MINUTES * MINUTE_MS)
    return f"{address}/sign-in/{credential}"


async def _kept_token(service: Service, account: Account, file: Path) -> str | None:
    """The token of an earlier start, if it still works."""
    try:
        credential = file.read_text().strip()  # noqa: ASYNC240 - at the start, before anybody waits
        principal = await service.identities.principal(credential)
    except (OSError, Unauthenticated):
        return None
    return credential if principal.account_id == account.id else None


def _keep_token(file: Path, credential: str) -> None:
    """Only the owner may read it: it opens the sample data's account."""
    with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
        out.write(credential + "\n")


def token_file(settings: Settings) -> Path:
    """Where the token of the sample data is kept: beside the database's file, or in this folder where it has none."""
    if is_postgresql(settings.database_url):
        return Path("dayline.token")
    path, _ = sqlite_url(settings.database_url)
    return path.with_name(path.name + ".token")
