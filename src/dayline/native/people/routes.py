"""Users and tokens: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from typing import Final

import msgspec
from msgspec.structs import replace

from dayline.domain.identity import Token, User
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode, etag, parse_if_match
from dayline.native.names import parse_identity
from dayline.native.people import mapping, schema

_token = msgspec.json.Decoder(schema.IssuedToken)


async def list_users(call: Asked[schema.ListQuery, None]) -> Reply:
    """List the users, a page at a time."""
    page = await call.service.people.list(call.who, call.query.limit, call.query.cursor)
    shown = [mapping.show_user(user) for user in page.items]
    return Reply(200, encode(schema.UserPage(data=shown, next_cursor=page.cursor)))


async def get_me(call: Asked[NoQuery, None]) -> Reply:
    """Tell the caller who he is."""
    return _user(await call.service.people.get(call.who, call.who.user_id))


async def get_user(call: Asked[NoQuery, None]) -> Reply:
    """Get one user by any of his names."""
    return _user(await call.service.people.get(call.who, parse_identity(call.path["id"])))


async def create_user(call: Asked[NoQuery, schema.NewUser]) -> Reply:
    """Add a user."""
    return await call.service.people.create(call.who, mapping.new_user(call.body), _created_user, call.once)


async def change_me(call: Asked[NoQuery, schema.UserPatch]) -> Reply:
    """Change what the caller may of himself."""
    return await _change(call, call.who.user_id)


async def change_user(call: Asked[NoQuery, schema.UserPatch]) -> Reply:
    """Change a user."""
    return await _change(call, (await call.service.people.get(call.who, parse_identity(call.path["id"]))).id)


async def _change(call: Asked[NoQuery, schema.UserPatch], id_: int) -> Reply:
    change, revision = mapping.read_patch(call.body), parse_if_match(call.if_match)
    return await call.service.people.change(call.who, id_, change, _user, revision=revision)


async def list_tokens(call: Asked[NoQuery, None]) -> Reply:
    """List the caller's tokens, or everybody's for an admin."""
    tokens = [mapping.show_token(token) for token in await call.service.tokens.list(call.who)]
    return Reply(200, encode(schema.TokenList(data=tokens)))


async def create_token(call: Asked[NoQuery, schema.NewToken]) -> Reply:
    """Make a token. The answer that is kept under an Idempotency-Key is without the credential."""
    new = mapping.new_token(call.body, call.who)
    reply, credential = await call.service.tokens.create(call.who, new, _issued, call.once)
    if any(name == "Idempotency-Replayed" for name, _ in reply.headers):
        return reply
    return _with_credential(reply, credential)


def _with_credential(reply: Reply, credential: str) -> Reply:
    """The answer with the credential in it."""
    issued = replace(_token.decode(reply.body), credential=credential)
    return Reply(reply.status, encode(issued), reply.headers, reply.media_type)


async def revoke_token(call: Asked[NoQuery, None]) -> Reply:
    """End a token."""
    return await call.service.tokens.revoke(call.who, mapping.parse_token_id(call.path["id"]), _gone)


def _user(user: User) -> Reply:
    return Reply(200, encode(mapping.show_user(user)), (etag(user.revision),))


def _created_user(user: User) -> Reply:
    location = ("Location", f"/dayline/v1/users/{user.id}")
    return Reply(201, encode(mapping.show_user(user)), (location, etag(user.revision)))


def _issued(token: Token) -> Reply:
    return Reply(201, encode(mapping.show_issued(mapping.show_token(token), None)))


def _gone(_: Token) -> Reply:
    return Reply(204)


_USER: Final = {"id": "The user's id, UUID or slug."}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/users",
        handler=list_users,
        name="listUsers",
        summary="List the users",
        detail="By id, inactive ones too.",
        scope="records:read",
        query=schema.ListQuery,
        reply=schema.UserPage,
    ),
    Operation(
        method="POST",
        path="/v1/users",
        handler=create_user,
        name="createUser",
        summary="Add a user",
        detail="For admins.",
        scope="admin",
        body=schema.NewUser,
        reply=schema.User,
        status=201,
    ),
    Operation(
        method="GET",
        path="/v1/users/me",
        handler=get_me,
        name="getMe",
        summary="Get the user whose token this is",
        scope="records:read",
        reply=schema.User,
    ),
    Operation(
        method="PATCH",
        path="/v1/users/me",
        handler=change_me,
        name="changeMe",
        summary="Change oneself",
        detail="Others than admins may change their name and zone.",
        scope="admin",
        body=schema.UserPatch,
        reply=schema.User,
        conditional=True,
    ),
    Operation(
        method="GET",
        path="/v1/users/{id}",
        handler=get_user,
        name="getUser",
        summary="Get a user",
        scope="records:read",
        reply=schema.User,
        path_help=_USER,
    ),
    Operation(
        method="PATCH",
        path="/v1/users/{id}",
        handler=change_user,
        name="changeUser",
        summary="Change a user",
        detail="For admins; others may change their own name and zone. The last admin stays an active one.",
        scope="admin",
        body=schema.UserPatch,
        reply=schema.User,
        conditional=True,
        path_help=_USER,
    ),
    Operation(
        method="GET",
        path="/v1/tokens",
        handler=list_tokens,
        name="listTokens",
        summary="List tokens",
        detail="The caller's own, or everybody's for an admin; revoked ones too.",
        scope="admin",
        reply=schema.TokenList,
    ),
    Operation(
        method="POST",
        path="/v1/tokens",
        handler=create_token,
        name="createToken",
        summary="Make a token",
        detail="It allows at most what the calling token does, and lasts no longer. Admins may make it for others.",
        scope="admin",
        body=schema.NewToken,
        reply=schema.IssuedToken,
        status=201,
    ),
    Operation(
        method="DELETE",
        path="/v1/tokens/{id}",
        handler=revoke_token,
        name="revokeToken",
        summary="Revoke a token",
        detail="It stops working at once. One's own, or anybody's for an admin.",
        scope="admin",
        reply=None,
        status=204,
        path_help={"id": "The token's id."},
    ),
)
