"""Sign-in at the page: passwords, sessions and one-time links, outside the change log, which is told the deeds alone.

It must never be given a credential: only digests and hashes come here. Nothing is remembered between two calls, so that
what ends anywhere has ended everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, and_, bindparam, select, update

from dayline.domain.audit import Deed
from dayline.domain.errors import Unauthenticated
from dayline.domain.identity import AccountSettings, User
from dayline.domain.signing import Session
from dayline.store.audit import noted
from dayline.store.database import Database
from dayline.store.group import Steps
from dayline.store.rows import settings_of
from dayline.store.statement import Call, Params, Statement, put, remove, statement
from dayline.store.tables import accounts, emails, passwords, sessions, sign_in_links, users

_user = msgspec.json.Decoder(User)
_account: BindParameter[int] = bindparam("account_id")
_SESSION = (
    *(sessions.c.id, sessions.c.user_id, sessions.c.created_at, sessions.c.used_at, sessions.c.expires_at),
    sessions.c.agent,
)


class Candidate(Struct, frozen=True):
    """A user who has an email address, and the hash of his password, where he has one."""

    account_id: int
    user: User
    hash: str | None


class SignedIn(Struct, frozen=True):
    """What a session stands for, as it is now."""

    session: Session
    user: User
    secret: bytes
    settings: AccountSettings


class SignIns:
    """What the database keeps of people who sign in. Every method raises Unavailable when it cannot be done now.

    A deed that is given goes into the change log with it, or neither does.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, email: str) -> list[Candidate]:
        """Everybody with this email address, given in lower case, in any account."""
        rows = await self._database.fetch(Call(_ACCOUNTS_OF, [(email,)]))
        found = [(row[0], await self._database.fetch(Call(_WHO, [(row[0], email)]))) for row in rows]
        return [Candidate(account_id, _user.decode(one[0][0]), one[0][1]) for account_id, one in found if one]

    async def password(self, account_id: int, user_id: int) -> str | None:
        """The hash of a user's password, or None where he has none."""
        rows = await self._database.fetch(Call(_HASH, [(account_id, user_id)]))
        return rows[0][0] if rows else None

    async def put_password(
        self, account_id: int, user_id: int, hash_: str | None, now: int, keep: str = "", *, deed: Deed | None = None
    ) -> None:
        """Set a password, or take it away, and end the user's sessions and links but for the session to be kept."""
        await self._database.run(lambda: _put_password(account_id, user_id, hash_, now, keep, deed))

    async def rehash(self, account_id: int, user_id: int, before: str, after: str) -> None:
        """Put another hash of the same password in its place, unless it has been changed meanwhile."""
        await self._database.run(lambda: _all(_REHASH, [(after, account_id, user_id, before)]))

    async def open(
        self,
        account_id: int,
        session: Session,
        digest: str,
        *,
        replacing: str = "",
        verified: str | None = None,
        deed: Deed | None = None,
    ) -> None:
        """Begin a session, in place of the one with the digest ``replacing``.

        ``verified`` is the hash that the password fitted. Raises Unauthenticated when it has changed meanwhile.
        """
        await self._database.run(lambda: _open(account_id, session, digest, replacing, verified, deed))

    async def session(self, account_id: int, digest: str) -> SignedIn | None:
        """What the session with this digest stands for, whether or not it has ended."""
        rows = await self._database.fetch(Call(_SIGNED_IN, [(account_id, digest)]))
        if not rows:
            return None
        *told, user, secret, settings = rows[0]
        return SignedIn(_session_of(told), _user.decode(user), bytes(secret), settings_of(settings))

    async def sessions(self, account_id: int, user_id: int) -> list[Session]:
        """The sessions of a user, also those that have ended and are still there."""
        rows = await self._database.fetch(Call(_SESSIONS, [(account_id, user_id)]))
        return [_session_of(row) for row in rows]

    async def find(self, account_id: int, id_: str) -> Session | None:
        """The session with this id."""
        rows = await self._database.fetch(Call(_ONE, [(account_id, id_)]))
        return _session_of(rows[0]) if rows else None

    async def end(self, account_id: int, id_: str, *, deed: Deed | None = None) -> None:
        """End a session; that of none changes nothing."""
        await self._database.run(lambda: _one_of(account_id, _END, (id_,), deed))

    async def end_all(self, account_id: int, user_id: int, *, deed: Deed | None = None) -> None:
        """End every session and link of a user."""
        await self._database.run(lambda: _end_all(account_id, user_id, "", deed))

    async def mark_used(self, uses: Mapping[tuple[int, str], int]) -> None:
        """Note when sessions were last used: ms UTC by (account, id)."""
        rows = [(at, account_id, id_) for (account_id, id_), at in sorted(uses.items())]
        await self._database.run(lambda: _all(_USED, rows))

    async def put_link(
        self, account_id: int, user_id: int, digest: str, expires_at: int, *, deed: Deed | None = None
    ) -> None:
        """Keep a link that signs a user in once."""
        await self._database.run(lambda: _one_of(account_id, _PUT_LINK, (digest, user_id, expires_at), deed))

    async def take_link(self, account_id: int, digest: str, now: int) -> User | None:
        """Whom a link is for, which has then been used; None when there is none, or it has expired."""
        return await self._database.run(lambda: _take_link(account_id, digest, now))

    async def forget(self, account_ids: Sequence[int], *, now: int, unused_since: int) -> None:
        """Remove sessions and links that have ended."""
        rows = [(account_id, now, unused_since) for account_id in account_ids]
        await self._database.run(lambda: _forget(rows))


def _session_of(row: Sequence[Any]) -> Session:
    return Session(**dict(zip(Session.__struct_fields__, row, strict=True)))


def _put_password(
    account_id: int, user_id: int, hash_: str | None, now: int, keep: str, deed: Deed | None
) -> Steps[None]:
    yield from noted(account_id, deed)
    if hash_ is None:
        yield Call(_REMOVE_PASSWORD, [(account_id, user_id)], many=True)
    else:
        yield Call(_PUT_PASSWORD, [(account_id, user_id, hash_, now)], many=True)
    yield from _end_all(account_id, user_id, keep)


def _end_all(account_id: int, user_id: int, keep: str, deed: Deed | None = None) -> Steps[None]:
    yield from noted(account_id, deed)
    yield Call(_END_ALL, [(account_id, user_id, keep)], many=True)
    yield Call(_END_LINKS, [(account_id, user_id)], many=True)


def _open(
    account_id: int, session: Session, digest: str, replacing: str, verified: str | None, deed: Deed | None
) -> Steps[None]:
    yield from noted(account_id, deed)
    if verified is not None:
        # Locked until the session is there: a change of the password then ends it, and one before is seen here.
        rows = yield Call(_HASH_LOCKED, [(account_id, session.user_id)])
        if not rows or rows[0][0] != verified:
            raise Unauthenticated("The password has just been changed.")
    if replacing:
        yield Call(_REPLACE, [(account_id, replacing)], many=True)
    told = session
    row = (account_id, told.id, told.user_id, digest, told.created_at, told.used_at, told.expires_at, told.agent)
    yield Call(_PUT_SESSION, [row], many=True)


def _take_link(account_id: int, digest: str, now: int) -> Steps[User | None]:
    rows = yield Call(_TAKE_LINK, [(account_id, digest)])
    if not rows or rows[0][1] <= now:
        return None
    found = yield Call(_USER, [(account_id, rows[0][0])])
    return _user.decode(found[0][0])


def _forget(rows: Sequence[Params]) -> Steps[None]:
    if rows:
        yield Call(_OLD_SESSIONS, rows, many=True)
        yield Call(_OLD_LINKS, [row[:2] for row in rows], many=True)


def _all(one: Statement, rows: Sequence[Params]) -> Steps[None]:
    if rows:
        yield Call(one, rows, many=True)


def _one_of(account_id: int, one: Statement, rest: Params, deed: Deed | None) -> Steps[None]:
    yield from noted(account_id, deed)
    yield Call(one, [(account_id, *rest)], many=True)


# -- statements --------------------------------------------------------------------------------------------------

_ACCOUNTS_OF = statement(
    select(emails.c.account_id).where(emails.c.email == bindparam("email")).order_by(emails.c.account_id), "email"
)
_THEIR_HASH = select(passwords.c.hash).where(passwords.c.account_id == _account, passwords.c.user_id == users.c.id)
_WHO = statement(
    select(users.c.body, _THEIR_HASH.scalar_subquery()).where(
        users.c.account_id == _account, users.c.email == bindparam("email")
    ),
    "account_id",
    "email",
)
_OWN_HASH = select(passwords.c.hash).where(
    passwords.c.account_id == _account, passwords.c.user_id == bindparam("user_id")
)
_HASH = statement(_OWN_HASH, "account_id", "user_id")
_HASH_LOCKED = statement(_OWN_HASH.with_for_update(), "account_id", "user_id")
_PUT_PASSWORD, _REMOVE_PASSWORD = put(passwords), remove(passwords)
_REHASH = statement(
    update(passwords)
    .where(
        passwords.c.account_id == _account,
        passwords.c.user_id == bindparam("whose"),
        passwords.c.hash == bindparam("before"),
    )
    .values(hash=bindparam("after")),
    "after",
    "account_id",
    "whose",
    "before",
)
_USER = statement(
    select(users.c.body).where(users.c.account_id == _account, users.c.id == bindparam("user_id")),
    "account_id",
    "user_id",
)

_SIGNED_IN = statement(
    select(*_SESSION, users.c.body, accounts.c.secret, accounts.c.settings)
    .join(users, and_(users.c.account_id == sessions.c.account_id, users.c.id == sessions.c.user_id))
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .where(sessions.c.account_id == _account, sessions.c.digest == bindparam("digest")),
    "account_id",
    "digest",
)
_SESSIONS = statement(
    select(*_SESSION)
    .where(sessions.c.account_id == _account, sessions.c.user_id == bindparam("user_id"))
    .order_by(sessions.c.created_at, sessions.c.id),
    "account_id",
    "user_id",
)
_ONE = statement(
    select(*_SESSION).where(sessions.c.account_id == _account, sessions.c.id == bindparam("id")), "account_id", "id"
)
_PUT_SESSION, _END = put(sessions), remove(sessions)
_REPLACE = statement(
    sessions.delete().where(sessions.c.account_id == _account, sessions.c.digest == bindparam("digest")),
    "account_id",
    "digest",
)
_END_ALL = statement(
    sessions.delete().where(
        sessions.c.account_id == _account,
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.id != bindparam("keep"),
    ),
    "account_id",
    "user_id",
    "keep",
)
_USED = statement(
    update(sessions)
    .where(sessions.c.account_id == _account, sessions.c.id == bindparam("session"))
    .values(used_at=bindparam("at")),
    "at",
    "account_id",
    "session",
)
_OLD_SESSIONS = statement(
    sessions.delete().where(
        sessions.c.account_id == _account,
        (sessions.c.expires_at <= bindparam("now")) | (sessions.c.used_at <= bindparam("unused_since")),
    ),
    "account_id",
    "now",
    "unused_since",
)

_PUT_LINK = put(sign_in_links)
_TAKE_LINK = statement(
    sign_in_links.delete()
    .where(sign_in_links.c.account_id == _account, sign_in_links.c.digest == bindparam("digest"))
    .returning(sign_in_links.c.user_id, sign_in_links.c.expires_at),
    "account_id",
    "digest",
)
_END_LINKS = statement(
    sign_in_links.delete().where(
        sign_in_links.c.account_id == _account, sign_in_links.c.user_id == bindparam("user_id")
    ),
    "account_id",
    "user_id",
)
_OLD_LINKS = statement(
    sign_in_links.delete().where(
        sign_in_links.c.account_id == _account, sign_in_links.c.expires_at <= bindparam("now")
    ),
    "account_id",
    "now",
)
