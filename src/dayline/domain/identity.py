"""Who is asking: accounts, users, tokens, and the principal that a valid credential stands for. No secret at rest."""

import hashlib
import secrets
from typing import Literal, get_args

from msgspec import Struct

Role = Literal["admin", "member"]
Scope = Literal["activities:read", "activities:write", "records:read", "records:write", "admin"]
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


class AccountSettings(Struct, frozen=True, kw_only=True):
    """What an account may choose: its IANA zone, and how many days deleted activities stay restorable."""

    zone: str = "UTC"
    retention_days: int = 30


class Account(Struct, frozen=True, kw_only=True):
    """A tenant. ``secret`` signs its cursors; it never leaves the server."""

    id: int
    name: str
    secret: bytes
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
    created_at: int = 0
    updated_at: int = 0


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
    """The user whom a valid credential stands for, what he may do, and his account's secret for cursors."""

    account_id: int
    user_id: int
    role: Role
    scopes: frozenset[str]
    token_id: int
    secret: bytes

    @property
    def is_admin(self) -> bool:
        """Admins see everything in their account."""
        return self.role == "admin"


def new_credential(account_id: int) -> str:
    """Make a token ``dl_<account>_<secret>`` of 256 random bits; the account in it spares a search over all."""
    return f"dl_{account_id}_{secrets.token_hex(32)}"


def digest(credential: str) -> str:
    """What is stored of a credential. A fast hash is right for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()


def account_of(credential: str) -> int | None:
    """The account that a credential claims to be of, or None when it has not the form of one."""
    prefix, _, rest = credential.partition("_")
    account, _, secret = rest.partition("_")
    if prefix != "dl" or not secret or not account.isascii() or not account.isdecimal() or len(account) > 18:
        return None
    return int(account)
