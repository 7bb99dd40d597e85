"""Who is asking: accounts, users, tokens, and the principal that a valid credential stands for. No secret at rest."""

import hashlib
import secrets
from typing import Literal, get_args

from msgspec import Struct

Role = Literal["admin", "member"]
Scope = Literal["activities:read", "activities:write", "records:read", "records:write", "admin"]
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


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
    """The user whom a valid credential stands for, what he may do, and of his account the secret and the limit."""

    account_id: int
    user_id: int
    role: Role
    scopes: frozenset[str]
    token_id: int
    secret: bytes
    rate_limit: int | None = None

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
