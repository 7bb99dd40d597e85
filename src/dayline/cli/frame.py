"""What every command shares: the database option, an open service, and errors told as sentences."""

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn, TypeVar

import typer

from dayline.app import keyring_of, service_of, store_of
from dayline.config import Settings, read_settings
from dayline.domain.errors import DaylineError
from dayline.domain.identity import ALL_SCOPES, Account, Principal, User
from dayline.domain.origin import COMMAND_LINE, Origin, enter
from dayline.service import Service
from dayline.service.identity import NOBODY
from dayline.store.open import is_postgresql, sqlite_url

T = TypeVar("T")

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="DAYLINE_DATABASE_URL",
        metavar="URL",
        help="Where everything is kept: `sqlite:///dayline.db` is a file in this folder,"
        " `sqlite:////var/lib/dayline.db` one elsewhere, `postgresql://user:password@host/name` a server."
        "  [default: sqlite:///dayline.db]",
    ),
]
AccountName = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Which account; not needed while there is one only."),
]


class NotSo(DaylineError):
    """What was asked for cannot be; the message says why, and what would do."""


def settings_of(**given: object) -> Settings:
    """The settings, with what the command line says first."""
    return guarded(lambda: read_settings(given))


def with_service(database: str | None, work: Callable[[Service], Awaitable[T]], *, new: bool = False) -> T:
    """Open the store, do the work, close the store. A database is made only where it may be ``new``."""
    settings = settings_of(database_url=database)
    if not new:
        guarded(lambda: check_there(settings.database_url))

    async def opened() -> T:
        enter(origin())  # within this task: whatever else the process does is not it
        keyring = keyring_of(settings)
        store = await store_of(settings)
        try:
            return await work(service_of(store, settings, keyring))
        finally:
            await store.close()

    return guarded(lambda: asyncio.run(opened()))


def origin() -> Origin:
    """From where a command writes: of the machine's users the one as whom it runs, which no variable can change."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # as in many containers
        name = str(os.geteuid())
    return Origin(COMMAND_LINE, f"os:{name}")


def check_there(url: str) -> None:
    """Raise NotSo when a database file is not there: a mistyped name must not make an empty one."""
    if not is_postgresql(url) and not (path := sqlite_url(url)[0]).exists():
        raise NotSo(f"There is no database {path}: make it with `dayline init`, or say where it is with --database.")


async def account_of(service: Service, name: str | None) -> Account:
    """The account of this name, or the only one there is. Raises NotSo."""
    accounts = await service.store.accounts()
    names = ", ".join(repr(account.name) for account in accounts)
    if not accounts:
        raise NotSo("There is no account yet. Make one with `dayline init`.")
    if name is None and len(accounts) > 1:
        raise NotSo(f"There are several accounts, {names}: say which with --account.")
    chosen = next((account for account in accounts if name in (None, account.name)), None)
    if chosen is None:
        raise NotSo(f"There is no account named {name!r}; there is {names}.")
    return chosen


async def user_of(service: Service, account_id: int, email: str) -> User:
    """The user with this email address. Raises NotSo."""
    people = await service.identities.users(account_id)
    found = next((user for user in people if user.email.casefold() == email.casefold()), None)
    if found is None:
        raise NotSo(f"There is no user {email}; there is {', '.join(user.email for user in people)}.")
    return found


def operator(account: Account) -> Principal:
    """Whoever runs the program on this machine: nobody of the account, and allowed everything in it."""
    return Principal(
        account_id=account.id, user_id=NOBODY, role="admin", scopes=ALL_SCOPES, token_id=NOBODY, secret=b""
    )


def guarded(work: Callable[[], T]) -> T:
    """Do the work; an error of ours is a sentence for a person, not a traceback."""
    try:
        return work()
    except DaylineError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what went wrong, and end with 1."""
    typer.secho(f"dayline: {message}", err=True, fg="red")
    raise typer.Exit(1)


def plain(text: str) -> str:
    """A text of somebody else's, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
