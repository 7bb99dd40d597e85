"""Users and tokens to and from the domain. Pure; it must never show a digest or keep a credential."""

from msgspec import UNSET
from msgspec.structs import asdict

from dayline.domain import identity as domain
from dayline.domain.errors import NotFound, invalid
from dayline.domain.identity import Principal, UserChange
from dayline.domain.time import format_instant, parse_instant
from dayline.native.people import schema
from dayline.service.identity import NewUser
from dayline.service.tokens import NewToken


def new_user(body: schema.NewUser) -> NewUser:
    """What a POST asks for. Raises Invalid."""
    return NewUser(name=body.name, email=body.email, role=body.role, zone=body.zone)


def read_patch(body: schema.UserPatch) -> UserChange:
    """What a PATCH asks for."""
    return UserChange(name=body.name, email=body.email, role=body.role, zone=body.zone, active=body.active)


def show_user(user: domain.User) -> schema.User:
    """The user as the native API shows him."""
    return schema.User(
        id=user.id,
        uuid=user.uuid,
        slug=user.slug,
        name=user.name,
        email=user.email,
        role=user.role,
        zone=user.zone,
        active=user.active,
        revision=user.revision,
        created_at=format_instant(user.created_at),
        updated_at=format_instant(user.updated_at),
    )


def parse_token_id(text: str) -> int:
    """Read a token's id in a path. Raises NotFound."""
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    raise NotFound("Token not found")


def new_token(body: schema.NewToken, who: Principal) -> NewToken:
    """What a POST asks for. Raises Invalid."""
    return NewToken(
        user_id=who.user_id if body.user_id is UNSET else body.user_id,
        name=body.name,
        scopes=None if body.scopes is UNSET else frozenset(body.scopes),
        expires_at=None if body.expires_at is None else _instant(body.expires_at),
    )


def _instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError:
        raise invalid("expires_at", "expected an instant, such as 2026-12-01T14:30:00Z") from None


def show_token(token: domain.Token) -> schema.Token:
    """The token as the native API shows it."""
    return schema.Token(
        id=token.id,
        user_id=token.user_id,
        name=token.name,
        scopes=sorted(token.scopes),
        created_at=format_instant(token.created_at),
        expires_at=_shown(token.expires_at),
        revoked_at=_shown(token.revoked_at),
        used_at=_shown(token.used_at),
    )


def show_issued(token: schema.Token, credential: str | None) -> schema.IssuedToken:
    """A new token, with its credential or without."""
    return schema.IssuedToken(**asdict(token), credential=credential)


def _shown(ms: int | None) -> str | None:
    return None if ms is None else format_instant(ms)
