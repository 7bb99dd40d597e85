"""Signing in and out at the page. It must never say whether an email address is anybody's, nor keep a credential."""

import asyncio
from typing import Final

import structlog
from msgspec import Struct

from dayline.domain.audit import Deed
from dayline.domain.errors import Conflict, DaylineError, Forbidden, NotFound, Unauthenticated, Unavailable
from dayline.domain.identity import ALL_SCOPES, Account, Principal, User, digest
from dayline.domain.record import new_uuid
from dayline.domain.signing import (
    AGENT,
    FORGET_MS,
    IDLE_MS,
    INVITATION_MS,
    LIFE_MS,
    LINK_MS,
    LONGEST,
    MINUTE_MS,
    Session,
    account_of_link,
    account_of_session,
    new_link_credential,
    new_session_credential,
    whom_by_address,
    whom_by_email,
)
from dayline.domain.time import format_instant
from dayline.service.hashing import fits, hash_of, outdated
from dayline.service.people import check_admin
from dayline.service.units import deed_of
from dayline.store.signing import Candidate, SignedIn
from dayline.store.store import Store

REFUSED_SECONDS: Final = 0.5  # no refusal comes sooner: its time must not tell in how many accounts an address is known
_TIDY_MS: Final = 60 * MINUTE_MS
_log = structlog.get_logger("dayline.signing")


class Opened(Struct, frozen=True):
    """A new session, with the credential for its cookie."""

    account_id: int
    session: Session
    user: User
    credential: str


class Browser(Struct, frozen=True):
    """Where somebody signs in from: its address in the network, what it calls itself, the cookie it still has."""

    address: str
    agent: str
    cookie: str = ""


class Whole(Struct, frozen=True):
    """Who is signed in, in full."""

    session: Session
    user: User
    account: Account


class SeveralAccounts(Conflict):
    """The password fits in several accounts: one of them has to be chosen."""

    def __init__(self, accounts: list[Account]) -> None:
        super().__init__("This email address and password are known in several accounts: say which.")
        self.accounts = accounts


class Signing:
    """The verbs on sessions and on links that sign in once."""

    def __init__(self, store: Store) -> None:
        self._store, self._kept, self._failures = store, store.sign_ins, store.failures
        self._uses: dict[tuple[int, str], int] = {}
        self._tidied = 0

    async def sign_in(self, email: str, password: str, browser: Browser, account_id: int | None = None) -> Opened:
        """Begin a session. Raises Unauthenticated, TooManyAttempts, and SeveralAccounts where one has to be chosen."""
        loop = asyncio.get_running_loop()
        email, begun = email.strip().casefold(), loop.time()
        by_email, by_address = whom_by_email(email), whom_by_address(browser.address)
        await self._failures.attempt((by_email, by_address), self._store.clock())
        found = await self._kept.candidates(email)
        if account_id is not None:
            found = [one for one in found if one.account_id == account_id]
        fitting = await self._fitting(found, password[: LONGEST + 1])
        if not fitting:
            await self._note_refusal(found)
            await asyncio.sleep(begun + REFUSED_SECONDS - loop.time())
            _log.info("sign-in refused")
            raise Unauthenticated("The email address or the password is wrong.")
        await self._failures.succeed(by_email[0], by_address)
        if len(fitting) > 1:
            raise SeveralAccounts([await self._store.account(one.account_id) for one in fitting])
        one = await self._renewed(fitting[0], password)
        return await self._open(one.account_id, one.user, browser, one.hash, "by password")

    async def _note_refusal(self, found: list[Candidate]) -> None:
        """Tell each account whose user was meant. What is tried is bounded by the wait after failures, so this is too.

        Whether it can be told must not show in the answer.
        """
        for one in found:
            deed = Deed(entity="session", action="refused", entity_id=one.user.id, at=self._store.clock())
            try:
                await self._store.audit.note(one.account_id, deed)
            except DaylineError as error:
                _log.warning("a refused sign-in is not in the audit", account=one.account_id, reason=error.message)

    async def _fitting(self, found: list[Candidate], password: str) -> list[Candidate]:
        """Those whom the password fits. Somebody who is not active takes as long as anybody."""
        fitting = [one for one in found if await fits(password, one.hash) and one.user.active]
        if not found:
            await fits(password, None)
        return fitting

    async def _renewed(self, one: Candidate, password: str) -> Candidate:
        """The same, with its password hashed as it would be today."""
        if one.hash is None or not outdated(one.hash):
            return one
        hash_ = await hash_of(password)
        await self._kept.rehash(one.account_id, one.user.id, one.hash, hash_)
        return Candidate(one.account_id, one.user, hash_)

    async def _open(self, account_id: int, user: User, browser: Browser, verified: str | None, how: str) -> Opened:
        now, credential = self._store.clock(), new_session_credential(account_id)
        session = Session(
            id=new_uuid(now),
            user_id=user.id,
            created_at=now,
            used_at=now,
            expires_at=now + LIFE_MS,
            agent=browser.agent[:AGENT],
        )
        # A cookie of another account's session stays a session there; nobody could use it, for the browser has lost it.
        replaced = digest(browser.cookie) if account_of_session(browser.cookie) == account_id else ""
        details = {"how": how, "session": session.id, "agent": session.agent}
        deed = Deed(
            entity="session",
            action="created",
            entity_id=user.id,
            at=now,
            by=user.id,
            token_id=-user.id,
            details=details,
        )
        await self._kept.open(account_id, session, digest(credential), replacing=replaced, verified=verified, deed=deed)
        _log.info("signed in", account=account_id, user=user.id)
        return Opened(account_id, session, user, credential)

    async def open_link(self, credential: str, browser: Browser) -> Opened:
        """Begin a session by a link, which then has been used. Raises Unauthenticated."""
        account_id = account_of_link(credential)
        user = None
        if account_id is not None:
            user = await self._kept.take_link(account_id, digest(credential), self._store.clock())
        if account_id is None or user is None or not user.active:
            raise Unauthenticated("This link has been used, or has expired.")
        return await self._open(account_id, user, browser, None, "by link")

    async def make_link(
        self, account_id: int, user_id: int, life_ms: int = LINK_MS, *, by: Principal | None = None
    ) -> str:
        """Make the credential of a link that signs a user in once, within so many milliseconds.

        ``by`` is None for whoever runs the program.
        """
        credential, now = new_link_credential(account_id), self._store.clock()
        ends = now + life_ms
        deed = deed_of(by, "sign_in_link", "created", user_id, now, ends=format_instant(ends))
        await self._kept.put_link(account_id, user_id, digest(credential), ends, deed=deed)
        return credential

    async def invite(self, who: Principal, user: User) -> tuple[str, int]:
        """The credential of a link for somebody else, and when it ends (ms UTC). Raises Forbidden and Conflict.

        Nobody makes one for himself: it would outlive his session.
        """
        check_admin(who)
        check_signed_in(who)
        if user.id == who.user_id:
            raise Forbidden("A link is for somebody else: you are signed in already.")
        if not user.active:
            raise Conflict(f"{user.email} is not active.")
        ends = self._store.clock() + INVITATION_MS
        return await self.make_link(who.account_id, user.id, INVITATION_MS, by=who), ends

    async def principal(self, credential: str) -> Principal:
        """Whom a cookie stands for. Raises Unauthenticated when its session is unknown or has ended."""
        account_id, found = await self._found(credential)
        user, session = found.user, found.session
        now = self._store.clock()
        if now - session.used_at >= MINUTE_MS:
            self._uses[account_id, session.id] = now
        return Principal(
            account_id=account_id,
            user_id=user.id,
            role=user.role,
            scopes=ALL_SCOPES,
            token_id=-user.id,
            secret=found.secret,
            rate_limit=found.settings.rate_limit,
            session=session.id,
        )

    async def whole(self, credential: str) -> Whole:
        """Who is signed in with a cookie. Raises Unauthenticated."""
        account_id, found = await self._found(credential)
        return Whole(found.session, found.user, await self._store.account(account_id))

    async def _found(self, credential: str) -> tuple[int, SignedIn]:
        account_id = account_of_session(credential)
        found = None if account_id is None else await self._kept.session(account_id, digest(credential))
        if account_id is None or found is None or found.session.ended(self._store.clock()) or not found.user.active:
            raise Unauthenticated("Nobody is signed in here, or not any more.")
        return account_id, found

    async def sign_out(self, who: Principal) -> None:
        """End the session that asks."""
        session = check_signed_in(who)
        deed = deed_of(who, "session", "deleted", who.user_id, self._store.clock(), session=session)
        await self._kept.end(who.account_id, session, deed=deed)

    async def sign_out_everywhere(self, who: Principal) -> None:
        """End every session of the user who asks."""
        deed = deed_of(who, "session", "deleted", who.user_id, self._store.clock(), how="everywhere")
        await self._kept.end_all(who.account_id, who.user_id, deed=deed)

    async def sessions(self, who: Principal, user_id: int) -> list[Session]:
        """A user's sessions, the first first. Raises Forbidden for another's, where the caller is not an admin."""
        if user_id != who.user_id:
            check_admin(who)
        now = self._store.clock()
        found = await self._kept.sessions(who.account_id, user_id)
        return [session for session in found if not session.ended(now)]

    async def end(self, who: Principal, id_: str) -> None:
        """End a session. Raises NotFound, also for another's where the caller is not an admin."""
        found = await self._kept.find(who.account_id, id_)
        if found is None or not (who.is_admin or found.user_id == who.user_id):
            raise NotFound("Session not found")
        deed = deed_of(who, "session", "deleted", found.user_id, self._store.clock(), session=id_)
        await self._kept.end(who.account_id, id_, deed=deed)

    async def tidy(self) -> None:
        """Note the last uses, and once an hour remove what has ended. Meant for once a minute. Raises Unavailable."""
        uses, self._uses = self._uses, {}
        try:
            await self._kept.mark_used(uses)
        except Unavailable:
            self._uses = uses | self._uses
            raise
        now = self._store.clock()
        if now - self._tidied >= _TIDY_MS:
            accounts = [account.id for account in await self._store.accounts()]
            await self._kept.forget(accounts, now=now, unused_since=now - IDLE_MS)
            await self._failures.forget(now - FORGET_MS)
            self._tidied = now


def check_signed_in(who: Principal) -> str:
    """The caller's session. Raises Forbidden for a token: what it could make would outlive it."""
    if who.session is None:
        raise Forbidden("Only somebody who is signed in at the page may do this, and no token.")
    return who.session
