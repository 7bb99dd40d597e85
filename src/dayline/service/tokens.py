"""Tokens as people make and revoke them for themselves, and admins for all. A credential is shown once."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.errors import NotFound, Unauthenticated, invalid
from dayline.domain.identity import Principal, Scope, Token, UserKey, digest, new_credential
from dayline.service.people import check_admin
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")


class NewToken(Struct, frozen=True, kw_only=True):
    """A token to be made. ``scopes`` None are those of the calling token; ``expires_at`` is in ms UTC."""

    user_id: int
    name: str = ""
    scopes: frozenset[Scope] | None = None
    expires_at: int | None = None


class Tokens:
    """The verbs on tokens. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, who: Principal) -> tuple[Token, ...]:
        """The caller's own tokens by id, or everybody's for an admin; revoked ones too."""
        found = await self._store.tokens(who.account_id)
        return tuple(token for token in found if who.is_admin or token.user_id == who.user_id)

    async def create(
        self, who: Principal, new: NewToken, render: Callable[[Token], A], once: Once[A] | None = None
    ) -> tuple[A, str]:
        """Make a token, and give its credential beside the answer, which must not hold it: answers are kept.

        Raises Forbidden for another user's, Invalid when it would allow more, or longer, than the calling token, and
        Unauthenticated when that was revoked meanwhile.
        """
        if new.user_id != who.user_id:
            check_admin(who)
        credential = new_credential(who.account_id)

        def plan(facts: Facts) -> Plan[Token]:
            calling = facts.found.tokens[who.token_id] if who.session is None else _of_session(who)
            token = _made(facts, calling, new, digest(credential))
            return Plan((Entry("created", None, token),), token)

        needs = Needs(users=(new.user_id,), tokens=(who.token_id,))
        return await self._store.write(unit_of(who, plan, render, needs=needs, once=once)), credential

    async def revoke(self, who: Principal, id_: int, render: Callable[[Token], A]) -> A:
        """End a token now. Raises NotFound, also for one that is no longer valid, or is another's."""

        def plan(facts: Facts) -> Plan[Token]:
            before = facts.found.tokens.get(id_)
            if before is None or before.revoked_at is not None or not (who.is_admin or before.user_id == who.user_id):
                raise NotFound("Token not found")
            after = replace(before, revoked_at=facts.author.now)
            return Plan((Entry("changed", before, after),), after)

        touches = frozenset((f"token:{id_}",))
        return await self._store.write(unit_of(who, plan, render, needs=Needs(tokens=(id_,)), touches=touches))


def _of_session(who: Principal) -> Token:
    """What stands for somebody who is signed in: he may give all that he has, for as long as he likes."""
    return Token(id=who.token_id, user_id=who.user_id, name="", digest="")


def _made(facts: Facts, calling: Token, new: NewToken, digest_: str) -> Token:
    if calling.revoked_at is not None:  # since it was let in: else what a thief asks for just now would outlive it
        raise Unauthenticated("The token is no longer valid.")
    owner, now = facts.user(UserKey(new.user_id, "user_id")), facts.author.now
    scopes = calling.scopes if new.scopes is None else new.scopes
    if more := sorted(scopes - calling.scopes):
        raise invalid("scopes", f"This token has not {', '.join(more)}, and cannot make one that has.")
    if new.expires_at is not None and new.expires_at <= now:
        raise invalid("expires_at", "This value should be in the future.")
    if calling.expires_at is not None and (new.expires_at is None or new.expires_at > calling.expires_at):
        raise invalid("expires_at", "This token ends before that, and cannot make one that lasts longer.")
    return Token(
        id=facts.counter.next_id("token"),
        user_id=owner,
        name=new.name,
        digest=digest_,
        scopes=scopes,
        created_at=now,
        expires_at=new.expires_at,
    )
