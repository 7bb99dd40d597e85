"""Accounts, users, tokens: who may come in, and as whom. A credential is shown once and stored as its digest."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unavailable, invalid
from dayline.domain.identity import (
    ALL_SCOPES,
    Account,
    Principal,
    Role,
    Scope,
    Token,
    User,
    UserChange,
    UserKey,
    account_of,
    change_user,
    check_person,
    digest,
    new_credential,
)
from dayline.domain.passes import PASS_SCOPES, Pass, claimed, proven
from dayline.domain.record import new_slug, new_uuid
from dayline.store.store import Credential, Store
from dayline.store.unit import Entry, Facts, Needs, Plan, Result, Unit

V = TypeVar("V")

_NOTHING = Needs()
NOBODY = 0  # user and token in the change log when the command line writes


class NewUser(Struct, frozen=True, kw_only=True):
    """A user to be added. Raises Invalid when made without a name, an email address or a known zone."""

    name: str
    email: str
    role: Role = "member"
    zone: str = "UTC"

    def __post_init__(self) -> None:
        check_person(self.name, self.email, self.zone)

    def made(self, id_: int, now: int) -> User:
        """The user, with this id, as of this instant (ms UTC)."""
        return User(
            id=id_,
            uuid=new_uuid(now),
            slug=new_slug("user"),
            name=self.name.strip(),
            email=self.email.strip(),
            role=self.role,
            zone=self.zone,
            created_at=now,
            updated_at=now,
        )


class Issued(Struct, frozen=True):
    """A new token, with its credential for the one time that it is shown."""

    token: Token
    credential: str


class Identities:
    """The verbs on accounts, users and tokens, and the check of a credential."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._uses: dict[tuple[int, int], int] = {}

    async def principal(self, credential: str, *, integrated: bool = False) -> Principal:
        """Whom the credential stands for. Raises Unauthenticated when it is unknown, expired or revoked.

        ``integrated`` is for surfaces that serve the holder of a pass, which is for one integrated account: everywhere
        else it raises Forbidden.
        """
        if (pass_ := claimed(credential)) is not None:
            who = await self._holder(credential, *pass_)
            if not integrated:
                raise Forbidden("This token is for one integrated account, and cannot be used here.")
            return who
        account_id = account_of(credential)
        found = None if account_id is None else await self._store.credential(account_id, digest(credential))
        if account_id is None or found is None:
            raise Unauthenticated("The token is not known.")
        return self._principal(account_id, found)

    async def _holder(self, credential: str, account_id: int, given: Pass) -> Principal:
        """Whoever has a pass: a member, whatever its maker is, who can do no more than its maker's token."""
        found = await self._store.credential(account_id, given.token_id)
        if found is None or not proven(credential, found[2]):
            raise Unauthenticated("The token is not known.")
        if given.expires_at <= self._store.clock():
            raise Unauthenticated("The token is no longer valid.")
        who = self._principal(account_id, found)
        return replace(
            who,
            role="member",
            scopes=who.scopes & PASS_SCOPES,
            integrated_account_id=given.integrated_account_id,
        )

    def _principal(self, account_id: int, found: Credential) -> Principal:
        """The principal of a token that is known. Raises Unauthenticated when it is no longer valid."""
        token, user, secret, settings = found
        now = self._store.clock()
        expired = token.expires_at is not None and token.expires_at <= now
        if expired or token.revoked_at is not None or not user.active:
            raise Unauthenticated("The token is no longer valid.")
        self._uses[account_id, token.id] = now
        return Principal(
            account_id=account_id,
            user_id=user.id,
            role=user.role,
            scopes=token.scopes,
            token_id=token.id,
            secret=secret,
            rate_limit=settings.rate_limit,
        )

    async def note_uses(self) -> None:
        """Write down when tokens were last used. Meant for once a minute: reads do not write. Raises Unavailable."""
        uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            await self._store.mark_used(uses)
        except Unavailable:
            self._uses = uses | self._uses  # for the next time
            raise

    async def create_account(self, name: str) -> Account:
        """Make an account. Raises Invalid, and Conflict when there is one of this name."""
        if not name.strip():
            raise invalid("name", "An account needs a name.")
        return await self._store.create_account(name.strip())

    async def account(self, name: str) -> Account | None:
        """The account of this name."""
        return next((account for account in await self._store.accounts() if account.name == name), None)

    async def users(self, account_id: int) -> list[User]:
        """Every user of an account, by id."""
        return sorted(await self._store.users(account_id), key=lambda user: user.id)

    async def add_user(self, account_id: int, new: NewUser) -> User:
        """Add a user to an account. Raises Conflict when his email address is taken there."""

        def plan(facts: Facts) -> Plan[User]:
            user = new.made(facts.counter.next_id("user"), facts.author.now)
            return Plan((Entry("created", None, user),), user)

        return await self._store.write(_administrative(account_id, plan))

    async def issue_token(
        self,
        account_id: int,
        user_id: int,
        name: str,
        *,
        scopes: frozenset[Scope] = ALL_SCOPES,
        expires_at: int | None = None,
    ) -> Issued:
        """Issue a token for a user. ``expires_at`` is in ms UTC; None is never. Raises Invalid for an unknown user."""
        credential = new_credential(account_id)

        def plan(facts: Facts) -> Plan[Token]:
            owner = facts.user(UserKey(user_id, "user_id"))
            token = Token(
                id=facts.counter.next_id("token"),
                user_id=owner,
                name=name,
                digest=digest(credential),
                scopes=scopes,
                created_at=facts.author.now,
                expires_at=expires_at,
            )
            return Plan((Entry("created", None, token),), token)

        unit = _administrative(account_id, plan, Needs(users=(user_id,)))
        return Issued(await self._store.write(unit), credential)

    async def tokens(self, account_id: int) -> list[Token]:
        """Every token of an account, revoked ones too, with its last use to the minute."""
        return await self._store.tokens(account_id)

    async def revoke_token(self, account_id: int, id_: int) -> Token:
        """End a token now; once more changes nothing. Raises NotFound."""

        def plan(facts: Facts) -> Plan[Token]:
            before = facts.found.tokens.get(id_)
            if before is None:
                raise NotFound(f"There is no token {id_} in this account.")
            if before.revoked_at is not None:
                return Plan((), before)
            after = replace(before, revoked_at=facts.author.now)
            return Plan((Entry("changed", before, after),), after)

        unit = _administrative(account_id, plan, Needs(tokens=(id_,)), touches=f"token:{id_}")
        return await self._store.write(unit)

    async def set_role(self, account_id: int, email: str, role: Role) -> User:
        """Make a user an admin or a member. Raises NotFound, and Conflict for the last admin of an account."""
        ids = tuple(user.id for user in await self.users(account_id))

        def plan(facts: Facts) -> Plan[User]:
            users = facts.found.users.values()
            before = next((user for user in users if user.email.casefold() == email.casefold()), None)
            if before is None:
                raise NotFound(f"There is no user {email} in this account.")
            after = change_user(before, UserChange(role=role), facts.author.now)
            check_admins(after, users)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        unit = _administrative(account_id, plan, Needs(users=ids), touches=ROLES)
        return await self._store.write(unit)


ROLES = "roles"  # what a write must have for itself that may leave an account without an admin


def check_admins(after: User, users: Iterable[User]) -> None:
    """Raise Conflict when this user is the last admin of all ``users``, and would not be once he is as ``after`` says.

    Where there is no admin, nobody can be the last one.
    """
    admins = {user.id for user in users if user.active and user.role == "admin"}
    if admins == {after.id} and not (after.active and after.role == "admin"):
        raise Conflict(f"{after.email} is the only admin of this account: make another one first.")


def _administrative(
    account_id: int, plan: Callable[[Facts], Plan[V]], needs: Needs = _NOTHING, *, touches: str | None = None
) -> Unit[V, V]:
    """A unit of whoever runs the program on this machine."""

    def value(result: Result[V]) -> V:
        return result.value

    return Unit(
        account_id=account_id,
        user_id=NOBODY,
        token_id=NOBODY,
        admin=True,
        needs=needs,
        plan=plan,
        render=value,
        touches=frozenset() if touches is None else frozenset((touches,)),
    )
