"""Pipedrive's users, API v1: the handlers, then the table of operations."""

from typing import Final

from dayline.domain.errors import NotFound
from dayline.domain.time import now_ms
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.vendors.pipedrive.answers import Asked, ok
from dayline.vendors.pipedrive.mapping import parse_id
from dayline.vendors.pipedrive.users import mapping, schema
from dayline.vendors.pipedrive.v1.errors import envelope


async def get_users(call: Asked[schema.AllQuery, None]) -> Reply:
    """List every user of the account, inactive ones too."""
    users = await call.service.identities.users(call.who.account_id)
    now = now_ms()
    return ok(schema.UserListResponse(data=[mapping.show(user, call.who.user_id, now) for user in users] or None))


async def find_users(call: Asked[schema.FindQuery, None]) -> Reply:
    """List the users whose name or email address has the term in it."""
    found = mapping.find(await call.service.identities.users(call.who.account_id), call.query)
    now = now_ms()
    return ok(schema.UserListResponse(data=[mapping.show(user, call.who.user_id, now) for user in found] or None))


async def get_user(call: Asked[NoQuery, None]) -> Reply:
    """Get one user."""
    try:
        user = await call.service.people.get(call.who, parse_id(call.path["id"]))
    except NotFound:
        raise NotFound("User not found or not accessible.") from None
    return ok(schema.UserResponse(data=mapping.show(user, call.who.user_id, now_ms())))


async def get_current_user(call: Asked[NoQuery, None]) -> Reply:
    """Get the caller and his account."""
    user = await call.service.people.get(call.who, call.who.user_id)
    account = await call.service.preferences.get(call.who)
    return ok(schema.CurrentUserResponse(data=mapping.show_current(user, account, now_ms())))


async def get_user_settings(call: Asked[NoQuery, None]) -> Reply:
    """Get the caller's settings."""
    return ok(schema.UserSettingsResponse())


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/users",
        handler=get_users,
        name="getUsers",
        summary="Get all users",
        scope="records:read",
        query=schema.AllQuery,
        reply=schema.UserListResponse,
        cost=20,
        envelope=envelope,
    ),
    Operation(
        method="GET",
        path="/v1/users/find",
        handler=find_users,
        name="findUsersByName",
        summary="Find users by name",
        scope="records:read",
        query=schema.FindQuery,
        reply=schema.UserListResponse,
        cost=40,
        envelope=envelope,
    ),
    Operation(
        method="GET",
        path="/v1/users/me",
        handler=get_current_user,
        name="getCurrentUser",
        summary="Get current user data",
        scope="activities:read",
        reply=schema.CurrentUserResponse,
        cost=2,
        envelope=envelope,
    ),
    Operation(
        method="GET",
        path="/v1/users/{id}",
        handler=get_user,
        name="getUser",
        summary="Get one user",
        scope="records:read",
        reply=schema.UserResponse,
        cost=2,
        path_help={"id": "The ID of the user."},
        envelope=envelope,
    ),
    Operation(
        method="GET",
        path="/v1/userSettings",
        handler=get_user_settings,
        name="getUserSettings",
        summary="List settings of an authorized user",
        scope="activities:read",
        reply=schema.UserSettingsResponse,
        cost=2,
        envelope=envelope,
    ),
)
