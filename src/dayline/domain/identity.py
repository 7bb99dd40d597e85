"""Who is asking: accounts, users, tokens, and the principal that a valid credential stands for. No secret at rest."""

import hashlib
import re
import secrets
from typing import Literal, get_args

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import invalid
from dayline.domain.time import is_zone

Role = Literal["admin", "member"]
Scope = Literal["activities:read", "activities:write", "records:read", "records:write", "admin"]
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")  # whether it reaches somebody only a letter to it can tell


def check_person(name: str, email: str, zone: str) -> None:
    """Raise Invalid unless these can be a user's."""
    if not name.strip():
        raise invalid("name", "This value should not be blank.")
    if _EMAIL.fullmatch(email.strip()) is None:
        raise invalid("email", f"{email!r} is not an email address.")
    check_zone(zone)


def check_zone(zone: str) -> None:
    """Raise Invalid unless this is an IANA zone."""
    if not is_zone(zone):
        raise invalid("zone", f"{zone!r} is not the name of an IANA zone, such as Europe/Tallinn.")


class AccountSettings(Struct, frozen=True, kw_only=True):
    """What an account may choose for itself.

    ``zone`` is an IANA zone; what is deleted stays restorable for ``retention_days``; ``rate_limit`` is in requests a
    minute for each token, where that is less than the server's own.
    """

    zone: str = "UTC"
    retention_days: int = 30
    rate_limit: int | None = None


class Account(Struct, frozen=True, kw_only=True):
    """A tenant. The secret that signs its cursors is not here, so that it never gets into an answer or the log."""

    id: int
    name: str
    settings: AccountSettings = AccountSettings()
    created_at: int = 0


class User(Struct, frozen=True, kw_only=True):
    """A person who works in an account. Instants in ms UTC."""

    id: int
    uuid: str
    slug: str
    name: str
    email: str
    role: Role = "member"
    zone: str = "UTC"
    active: bool = True
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0


class UserChange(Struct, frozen=True, kw_only=True):
    """The fields of a user that a write gives; what is UNSET stays as it is."""

    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class UserKey(Struct, frozen=True):
    """A user as a caller names him; ``field`` is where, for the error when there is no such user."""

    id: int
    field: str


class Token(Struct, frozen=True, kw_only=True):
    """A credential as stored: the digest of its secret, never the secret. Instants in ms UTC."""

    id: int
    user_id: int
    name: str
    digest: str
    scopes: frozenset[Scope] = ALL_SCOPES
    created_at: int = 0
    expires_at: int | None = None
    revoked_at: int | None = None
    used_at: int | None = None


class Principal(Struct, frozen=True, kw_only=True):
    """The user whom a valid credential stands for, what he may do, and of his account the secret and the limit.

    ``integrated_account_id`` is of a token that is for one integrated account, and for nothing else. ``session`` is the
    id of the page's session where there is no token: ``token_id`` is then less than 0, the same for all of a user's.
    """

    account_id: int
    user_id: int
    role: Role
    scopes: frozenset[str]
    token_id: int
    secret: bytes
    rate_limit: int | None = None
    integrated_account_id: str | None = None
    session: str | None = None

    @property
    def is_admin(self) -> bool:
        """Admins see everything in their account."""
        return self.role == "admin"


def change_user(before: User, change: UserChange, now: int) -> User:
    """Make the user that ``before`` becomes; the same one when nothing differs. Raises Invalid."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    given |= {name: given[name].strip() for name in ("name", "email") if name in given}
    if all(getattr(before, name) == value for name, value in given.items()):
        return before
    after = replace(before, **given, revision=before.revision + 1, updated_at=now)
    check_person(after.name, after.email, after.zone)
    return after


def new_credential(account_id: int, prefix: str = "dl") -> str:
    """Make a token ``dl_<account>_<secret>`` of 256 random bits; the account in it spares a search over all."""
    return f"{prefix}_{account_id}_{secrets.token_hex(32)}"


def digest(credential: str) -> str:
    """What is stored of a credential. A fast hash is right for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()


def account_of(credential: str, prefix: str = "dl") -> int | None:
    """The account that a credential claims to be of, or None when it has not the form of one."""
    begins, _, rest = credential.partition("_")
    account, _, secret = rest.partition("_")
    if begins != prefix or not secret or not account.isascii() or not account.isdecimal() or len(account) > 18:
        return None
    return int(account)
