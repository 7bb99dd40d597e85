"""``dayline user passwd`` and ``dayline user link``: how somebody comes in at the page."""

import sys
from typing import Annotated

import typer

from dayline.cli.frame import AccountName, Database, NotSo, account_of, fail, settings_of, user_of, with_service
from dayline.config import Settings
from dayline.domain.signing import MINUTE_MS
from dayline.service import Service

LINE = 4096  # characters that are read at the most


def asked_password() -> str:
    """A new password: asked for twice at a terminal, else the first line of the standard input."""
    if sys.stdin.isatty():
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Again")
        return given
    line = sys.stdin.readline(LINE).rstrip("\r\n")
    if not line:
        fail("There is no password: give it as the first line of the standard input.")
    return line


def set_password(
    email: Annotated[str, typer.Argument(help="His email address.")],
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Set a user's password, asked for twice, or read from the standard input. His sessions end.

    **Example:** `dayline user passwd bob@acme.example`
    """
    password = asked_password()

    async def work(service: Service) -> str:
        chosen = await account_of(service, account)
        user = await user_of(service, chosen.id, email)
        await service.passwords.set(chosen.id, user, password)
        return user.email

    typer.echo(f"{with_service(database, work)} has a new password; whoever was signed in as him is not any more.")


def make_link(
    email: Annotated[str, typer.Argument(help="His email address.")],
    minutes: Annotated[int, typer.Option(min=1, max=10_080, help="How long it can be used.")] = 15,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where the server is reached.  [default: DAYLINE_PUBLIC_URL, or this machine]"
        ),
    ] = None,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Print a link that signs a user in once, without a password.

    **Example:** `dayline user link bob@acme.example`
    """

    async def work(service: Service) -> str:
        chosen = await account_of(service, account)
        user = await user_of(service, chosen.id, email)
        if not user.active:
            raise NotSo(f"{user.email} is not active.")
        return await service.signing.make_link(chosen.id, user.id, minutes * MINUTE_MS)

    credential = with_service(database, work)
    typer.echo(f"{(url or address_of(settings_of())).rstrip('/')}/sign-in/{credential}")
    typer.echo(f"It works once, for {minutes} minutes.", err=True)


def address_of(settings: Settings) -> str:
    """Where a server with these settings is reached."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{settings.port}"
