"""Passwords: set by their owners, by admins and by the command line. It must never log one, nor give one back.

No token may set one, whatever its scopes: with the password it would open a session that outlives it.
"""

import structlog

from dayline.domain.errors import Forbidden, invalid
from dayline.domain.identity import Principal, User
from dayline.domain.signing import check_password, whom_by_user
from dayline.service.hashing import fits, hash_of
from dayline.service.people import check_admin
from dayline.service.signing import check_signed_in
from dayline.service.units import deed_of
from dayline.store.store import Store

_log = structlog.get_logger("dayline.signing")


class Passwords:
    """The verbs on passwords. Each ends the user's sessions, but for the one that changes his own."""

    def __init__(self, store: Store) -> None:
        self._store, self._kept, self._failures = store, store.sign_ins, store.failures

    async def change_own(self, who: Principal, user: User, current: str | None, password: str) -> None:
        """Change one's own. ``current`` may be None only where there is none yet.

        Raises Forbidden, Invalid, and TooManyAttempts for who guesses.
        """
        session = check_signed_in(who)
        check_password(password, user.email)
        stored = await self._kept.password(who.account_id, who.user_id)
        if stored is not None:
            await self._check(who, current, stored)
        await self._put(who.account_id, user.id, password, session, by=who)
        _log.info("password changed", account=who.account_id, user=user.id)

    async def _check(self, who: Principal, current: str | None, stored: str) -> None:
        """Whoever finds a browser that is signed in may not guess faster than at the door."""
        whom = whom_by_user(who.account_id, who.user_id)
        await self._failures.attempt((whom,), self._store.clock())
        if current is None or not await fits(current, stored):
            now = self._store.clock()
            await self._store.audit.note(who.account_id, deed_of(who, "password", "refused", who.user_id, now))
            raise invalid("current", "This is not your password.")
        await self._failures.forgive(whom[0])

    async def set_for(self, who: Principal, user: User, password: str | None) -> None:
        """Set another user's, or take it away. Raises Forbidden and Invalid."""
        check_admin(who)
        check_signed_in(who)
        if user.id == who.user_id:
            raise Forbidden("Change your own password as such, with the one until now.")
        await self.set(who.account_id, user, password, by=who)
        how = "password set" if password is not None else "password taken away"
        _log.info(how, account=who.account_id, user=user.id, by=who.user_id)

    async def set(self, account_id: int, user: User, password: str | None, *, by: Principal | None = None) -> None:
        """Set a user's, or take it away. ``by`` is None for whoever runs the program. Raises Invalid."""
        if password is None:
            now = self._store.clock()
            deed = deed_of(by, "password", "deleted", user.id, now)
            await self._kept.put_password(account_id, user.id, None, now, deed=deed)
            return
        check_password(password, user.email)
        await self._put(account_id, user.id, password, by=by)

    async def _put(
        self, account_id: int, user_id: int, password: str, keep: str = "", *, by: Principal | None = None
    ) -> None:
        hash_, now = await hash_of(password), self._store.clock()
        deed = deed_of(by, "password", "changed", user_id, now)
        await self._kept.put_password(account_id, user_id, hash_, now, keep, deed=deed)
