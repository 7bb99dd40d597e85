"""Activity types and settings: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import asdict

from dayline.domain.errors import NotFound
from dayline.domain.identity import Account
from dayline.domain.time import format_instant
from dayline.domain.types import ActivityType, TypeChange
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.account import schema
from dayline.native.answers import Asked, encode, etag, parse_if_match
from dayline.native.names import parse_identity
from dayline.service.preferences import SettingsChange
from dayline.service.types import NewType


async def list_types(call: Asked[NoQuery, None]) -> Reply:
    """List every activity type."""
    types = await call.service.types.list(call.who)
    return Reply(200, encode(schema.TypeList(data=[show_type(type_) for type_ in types])))


async def get_type(call: Asked[NoQuery, None]) -> Reply:
    """Get one activity type by id or key."""
    name = parse_identity(call.path["id"])
    for type_ in await call.service.types.list(call.who):
        if name in (type_.id, type_.key):
            return _shown(type_)
    raise NotFound("Activity type not found")


async def create_type(call: Asked[NoQuery, schema.NewType]) -> Reply:
    """Add an activity type."""
    body = call.body
    order = None if body.order is UNSET else body.order
    new = NewType(label=body.label, icon=body.icon, colour=body.colour, order=order)
    return await call.service.types.create(call.who, new, _created, call.once)


async def change_type(call: Asked[NoQuery, schema.TypePatch]) -> Reply:
    """Change an activity type."""
    return await _change(call, TypeChange(**asdict(call.body)), _shown)


async def remove_type(call: Asked[NoQuery, None]) -> Reply:
    """Make an activity type of the account's own inactive."""
    return await _change(call, TypeChange(active=False), _gone)


async def _change(call: Asked[NoQuery, Any], change: TypeChange, render: Any) -> Reply:
    name, revision = parse_identity(call.path["id"]), parse_if_match(call.if_match)
    reply: Reply = await call.service.types.change(call.who, name, change, render, revision=revision)
    return reply


async def get_settings(call: Asked[NoQuery, None]) -> Reply:
    """Get the account's settings."""
    return _settings(await call.service.preferences.get(call.who))


async def change_settings(call: Asked[NoQuery, schema.SettingsPatch]) -> Reply:
    """Change the account's settings."""
    return await call.service.preferences.change(call.who, SettingsChange(**asdict(call.body)), _settings)


def show_type(type_: ActivityType) -> schema.ActivityType:
    """The type as the native API shows it."""
    instants = {name: format_instant(getattr(type_, name)) for name in ("created_at", "updated_at")}
    return schema.ActivityType(**asdict(type_) | instants)


def _shown(type_: ActivityType) -> Reply:
    return Reply(200, encode(show_type(type_)), (etag(type_.revision),))


def _created(type_: ActivityType) -> Reply:
    location = ("Location", f"/dayline/v1/activity-types/{type_.id}")
    return Reply(201, encode(show_type(type_)), (location, etag(type_.revision)))


def _gone(_: ActivityType) -> Reply:
    return Reply(204)


def _settings(account: Account) -> Reply:
    return Reply(200, encode(schema.Settings(name=account.name, **asdict(account.settings))))


_TYPE: Final = {"id": "The type's id or key."}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/activity-types",
        handler=list_types,
        name="listActivityTypes",
        summary="List the activity types",
        scope="activities:read",
        reply=schema.TypeList,
    ),
    Operation(
        method="POST",
        path="/v1/activity-types",
        handler=create_type,
        name="createActivityType",
        summary="Add an activity type",
        detail="For admins. Its key follows from the label: `Video call` is `video_call`, `会议` is `type_63d30f1a`.",
        scope="admin",
        body=schema.NewType,
        reply=schema.ActivityType,
        status=201,
    ),
    Operation(
        method="GET",
        path="/v1/activity-types/{id}",
        handler=get_type,
        name="getActivityType",
        summary="Get an activity type",
        scope="activities:read",
        reply=schema.ActivityType,
        path_help=_TYPE,
    ),
    Operation(
        method="PATCH",
        path="/v1/activity-types/{id}",
        handler=change_type,
        name="changeActivityType",
        summary="Change an activity type",
        detail="For admins. Built-in ones stay active.",
        scope="admin",
        body=schema.TypePatch,
        reply=schema.ActivityType,
        conditional=True,
        path_help=_TYPE,
    ),
    Operation(
        method="DELETE",
        path="/v1/activity-types/{id}",
        handler=remove_type,
        name="removeActivityType",
        summary="Make an activity type inactive",
        detail="For admins, and for types of the account's own. Activities keep it; new writes cannot name it.",
        scope="admin",
        reply=None,
        status=204,
        conditional=True,
        path_help=_TYPE,
    ),
    Operation(
        method="GET",
        path="/v1/settings",
        handler=get_settings,
        name="getSettings",
        summary="Get the account's settings",
        scope="activities:read",
        reply=schema.Settings,
    ),
    Operation(
        method="PATCH",
        path="/v1/settings",
        handler=change_settings,
        name="changeSettings",
        summary="Change the account's settings",
        detail="For admins.",
        scope="admin",
        body=schema.SettingsPatch,
        reply=schema.Settings,
    ),
)
