"""``dayline token`` and ``dayline user``: who may come in, and as whom."""

from enum import StrEnum
from typing import Annotated, cast

import typer

from dayline.cli.frame import AccountName, Database, NotSo, account_of, user_of, with_service
from dayline.cli.signing import asked_password, make_link, set_password
from dayline.domain.identity import ALL_SCOPES, Scope, Token, User
from dayline.domain.signing import check_password
from dayline.domain.time import DAY_MS, format_instant
from dayline.service import Service
from dayline.service.identity import Issued, NewUser

tokens = typer.Typer(help="Credentials: make, list and revoke them.", no_args_is_help=True)
users = typer.Typer(help="The people of an account: add, list, and say who is an admin.", no_args_is_help=True)


class Role(StrEnum):
    """What a user may be."""

    ADMIN = "admin"
    MEMBER = "member"


@tokens.command("create")
def create_token(
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Whose it is: calls with it are his.")],
    name: Annotated[str, typer.Option(help="What it is for, to know it again in the list.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help=f"What it allows, all when left out: {', '.join(sorted(ALL_SCOPES))}.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="After how many days it ends; never when left out.")
    ] = None,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Make a token and print it. It is shown this once.

    **Example:** `dayline token create --user ann@acme.example --name "nightly export" --scope activities:read`
    """

    async def work(service: Service) -> Issued:
        chosen = await account_of(service, account)
        owner = await user_of(service, chosen.id, user)
        expires_at = None if days is None else service.store.clock() + days * DAY_MS
        return await service.identities.issue_token(
            chosen.id, owner.id, name, scopes=_scopes(scope), expires_at=expires_at
        )

    issued = with_service(database, work)
    typer.echo(f"  token     {issued.credential}")
    typer.echo("            Keep it: it is stored as a digest only and cannot be shown again.")
    typer.echo(f"  revoke    dayline token revoke {issued.token.id}")


@tokens.command("list")
def list_tokens(account: AccountName = None, database: Database = None) -> None:
    """List the tokens of an account: id, state, owner, last use, and what each is for. Never a token itself."""

    async def work(service: Service) -> list[str]:
        chosen = await account_of(service, account)
        people = {user.id: user.email for user in await service.identities.users(chosen.id)}
        now = service.store.clock()
        return [_told(token, people[token.user_id], now) for token in await service.identities.tokens(chosen.id)]

    for line in with_service(database, work):
        typer.echo(line)


@tokens.command("revoke")
def revoke_token(
    id_: Annotated[int, typer.Argument(metavar="ID", help="The token's id, as `dayline token list` shows it.")],
    account: AccountName = None,
    database: Database = None,
) -> None:
    """End a token now, also for a server that is running.

    **Example:** `dayline token revoke 3`
    """

    async def work(service: Service) -> Token:
        chosen = await account_of(service, account)
        return await service.identities.revoke_token(chosen.id, id_)

    typer.echo(f"Token {with_service(database, work).id} no longer works.")


@users.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="His email address, unique in the account.")],
    name: Annotated[str, typer.Option(help="His name.")],
    role: Annotated[
        Role, typer.Option(help="Admins see everything; members what is public or has to do with them.")
    ] = Role.MEMBER,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password, twice, or read it from the standard input.")
    ] = False,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Add a user. With a password, or a link, he signs in at the page; with a token, programs call in his name.

    **Example:** `dayline user add bob@acme.example --name "Bob Stone" --password`
    """
    given = asked_password() if password else None

    async def work(service: Service) -> User:
        new = NewUser(name=name, email=email, role=role.value)
        if given is not None:
            check_password(given, new.email)  # before there is a user who would then have none
        chosen = await account_of(service, account)
        added = await service.identities.add_user(chosen.id, new)
        if given is not None:
            await service.passwords.set(chosen.id, added, given)
        return added

    added = with_service(database, work)
    typer.echo(f"{added.name} <{added.email}> is a {added.role} (id {added.id}).")
    typer.echo(f"  page      dayline user link {added.email}")
    typer.echo(f"  programs  dayline token create --user {added.email}")


@users.command("list")
def list_users(account: AccountName = None, database: Database = None) -> None:
    """List the users of an account: id, role, email address and name."""

    async def work(service: Service) -> list[User]:
        return await service.identities.users((await account_of(service, account)).id)

    for user in with_service(database, work):
        typer.echo(
            f"{user.id:>4}  {user.role:<7} {user.email:<32} {user.name}{'' if user.active else '  (not active)'}"
        )


@users.command("role")
def set_role(
    email: Annotated[str, typer.Argument(help="His email address.")],
    role: Annotated[Role, typer.Argument(help="What he is to be.")],
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Make a user an admin or a member. The only admin of an account stays one.

    **Example:** `dayline user role bob@acme.example admin`
    """

    async def work(service: Service) -> User:
        return await service.identities.set_role((await account_of(service, account)).id, email, role.value)

    changed = with_service(database, work)
    typer.echo(f"{changed.name} <{changed.email}> is a {changed.role} now.")


def _scopes(given: list[str] | None) -> frozenset[Scope]:
    if not given:
        return ALL_SCOPES
    unknown = sorted(set(given) - ALL_SCOPES)
    if unknown:
        raise NotSo(f"{', '.join(unknown)} is no scope; scopes are {', '.join(sorted(ALL_SCOPES))}.")
    return cast(frozenset[Scope], frozenset(given))


def _told(token: Token, owner: str, now: int) -> str:
    expired = token.expires_at is not None and token.expires_at <= now
    state = "revoked" if token.revoked_at is not None else "expired" if expired else "valid"
    used = "never used" if token.used_at is None else f"used {format_instant(token.used_at)}"
    return f"{token.id:>4}  {state:<8} {owner:<32} {used:<26} {token.name}"


users.command("passwd")(set_password)
users.command("link")(make_link)
