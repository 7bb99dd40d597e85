"""Sessions, passwords and links on the native API's wire. No behaviour."""

from typing import Annotated

from msgspec import Meta, Struct

from dayline.native.people.schema import Id

Password = Annotated[str, Meta(max_length=1024, description="10 to 1024 characters.")]


class SessionsQuery(Struct, frozen=True, kw_only=True):
    """Whose sessions."""

    user_id: Annotated[Id | None, Meta(description="Another's, for admins.")] = None


class Session(Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    id: str
    user_id: int
    created_at: str
    used_at: Annotated[str, Meta(description="To the minute.")]
    expires_at: str
    agent: Annotated[str, Meta(description="The browser, by its User-Agent.")]
    current: Annotated[bool, Meta(description="Whether it is the one that asks.")]


class SessionList(Struct, frozen=True, kw_only=True):
    """Sessions, the first first."""

    data: list[Session]


class OwnPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own new password."""

    current: Annotated[
        Annotated[str, Meta(max_length=1024)] | None,
        Meta(description="The one until now; null where there is none."),
    ]
    password: Password


class NewPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user's new password."""

    password: Annotated[Password | None, Meta(description="null takes it away.")]


class Link(Struct, frozen=True, kw_only=True):
    """A link that signs somebody in once. It is shown this once."""

    url: str
    expires_at: str
