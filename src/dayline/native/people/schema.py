"""Users and tokens on the native API's wire. No behaviour.

Instants are ``YYYY-MM-DDTHH:MM:SSZ``.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.domain.identity import Role, Scope

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Email = Annotated[str, Meta(min_length=3, max_length=320, description="Unique in the account.")]
Zone = Annotated[str, Meta(max_length=64, description="An IANA zone, such as `Europe/Tallinn`.")]
Scopes = Annotated[
    list[Scope], Meta(min_length=1, max_length=10, description="What it allows; what the calling token allows at most.")
]


class NewUser(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user to be added. He comes in once he has a token."""

    name: Name
    email: Email
    role: Role = "member"
    zone: Zone = "UTC"


class UserPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays. Others than admins may change their own name and zone."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    role: Annotated[Role | UnsetType, Meta(description="The last admin stays one.")] = UNSET
    zone: Zone | UnsetType = UNSET
    active: Annotated[bool | UnsetType, Meta(description="Whether his tokens work, and new writes can name him.")] = (
        UNSET
    )


class User(Struct, frozen=True, kw_only=True):
    """A person who works in the account."""

    id: int
    uuid: str
    slug: str
    name: str
    email: str
    role: Role
    zone: str
    active: bool
    revision: Annotated[int, Meta(description="Goes up with each change; the ETag of the user.")]
    created_at: str
    updated_at: str


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of users."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class UserPage(Struct, frozen=True, kw_only=True):
    """One page of users by id; ``next_cursor`` is null on the last."""

    data: list[User]
    next_cursor: str | None


class NewToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to be made."""

    name: Annotated[str, Meta(max_length=255, description="What it is for, to know it again in the list.")] = ""
    scopes: Scopes | UnsetType = UNSET
    expires_at: Annotated[
        Annotated[str, Meta(max_length=40)] | None,
        Meta(description="RFC 3339; never when left out. At most as late as the calling token."),
    ] = None
    user_id: Annotated[Id | UnsetType, Meta(description="Whose it is; the caller's own when left out.")] = UNSET


class Token(Struct, frozen=True, kw_only=True):
    """A token. Its credential is not kept, and so not shown."""

    id: int
    user_id: int
    name: str
    scopes: list[Scope]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: Annotated[str | None, Meta(description="To the minute.")]


class IssuedToken(Token, frozen=True, kw_only=True):
    """A new token with its credential, which is shown this once: a repetition by its key has null."""

    credential: str | None


class TokenList(Struct, frozen=True, kw_only=True):
    """Tokens by id."""

    data: list[Token]
