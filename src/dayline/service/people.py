"""The users of an account, as its own people see and change them; admins alone may do more than tell of themselves."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import UNSET

from dayline.domain.errors import Forbidden, NotFound, Stale
from dayline.domain.filter import Page, Position, seal, unseal
from dayline.domain.identity import Principal, User, UserChange, change_user
from dayline.domain.record import Identity
from dayline.service.identity import ROLES, NewUser, check_admins
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")
_SCOPE = msgspec.json.encode("users")


class People:
    """The verbs on users. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, who: Principal, limit: int, cursor: str | None) -> Page[User]:
        """One page of users by id, inactive ones too. Raises Invalid for a cursor that is not of this list."""
        after = 0 if cursor is None else unseal(cursor, who.account_id, who.secret, _SCOPE).id
        users = sorted(await self._store.users(who.account_id), key=lambda user: user.id)
        page = [user for user in users if user.id > after][:limit]
        if not page or page[-1] is users[-1]:
            return Page(tuple(page), None)
        return Page(tuple(page), seal(Position(page[-1].id, page[-1].id), who.account_id, who.secret, _SCOPE))

    async def get(self, who: Principal, identity: Identity) -> User:
        """The user with this id, uuid or slug. Raises NotFound."""
        if isinstance(identity, int):
            users = await self._store.users_by_id(who.account_id, [identity])
        else:
            users = await self._store.users(who.account_id)
        for user in users:
            if identity in (user.id, user.uuid, user.slug):
                return user
        raise NotFound("User not found")

    async def create(self, who: Principal, new: NewUser, render: Callable[[User], A], once: Once[A] | None = None) -> A:
        """Add a user. Raises Forbidden, and Conflict when the email address is taken in the account."""
        check_admin(who)

        def plan(facts: Facts) -> Plan[User]:
            user = new.made(facts.counter.next_id("user"), facts.author.now)
            return Plan((Entry("created", None, user),), user)

        touches = frozenset((f"email:{new.email.strip().casefold()}",))
        return await self._store.write(unit_of(who, plan, render, needs=Needs(), touches=touches, once=once))

    async def change(
        self,
        who: Principal,
        id_: int,
        change: UserChange,
        render: Callable[[User], A],
        *,
        revision: int | None = None,
    ) -> A:
        """Change what is given. Raises Forbidden, NotFound, Invalid, Stale, and Conflict for the last admin.

        Others than admins may change their own name and zone.
        """
        _check_own(who, id_, change)
        ids = tuple(user.id for user in await self._store.users(who.account_id))

        def plan(facts: Facts) -> Plan[User]:
            before = facts.found.users.get(id_)
            if before is None:
                raise NotFound("User not found")
            if revision not in (None, before.revision):
                raise Stale(f"The stored revision is {before.revision}: read it again, and send your change for that.")
            after = change_user(before, change, facts.author.now)
            check_admins(after, facts.found.users.values())
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        unit = unit_of(who, plan, render, needs=Needs(users=ids), touches=frozenset((ROLES,)))
        answer = await self._store.write(unit)
        if change.active is False:  # or his sessions would come back with him
            await self._store.sign_ins.end_all(who.account_id, id_)
        return answer


def check_admin(who: Principal) -> None:
    """Raise Forbidden unless the caller is an admin of his account."""
    if not who.is_admin:
        raise Forbidden("Only an admin of the account may do this.")


def _check_own(who: Principal, id_: int, change: UserChange) -> None:
    own = id_ == who.user_id and change.email is UNSET and change.role is UNSET and change.active is UNSET
    if not own:
        check_admin(who)
