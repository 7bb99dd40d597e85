"""Pipedrive's activity types, API v1: the handlers, then the table of operations."""

from typing import Final

from dayline.domain.types import ActivityType, TypeChange
from dayline.kit.dialect import Failure, NoQuery, Operation, Reply
from dayline.vendors.pipedrive.answers import Asked, check_admin, ok
from dayline.vendors.pipedrive.mapping import parse_id, read_ids
from dayline.vendors.pipedrive.types import mapping, schema
from dayline.vendors.pipedrive.v1.errors import envelope


async def get_activity_types(call: Asked[schema.AllQuery, None]) -> Reply:
    """List every activity type, inactive ones too."""
    types = await call.service.types.list(call.who)
    return ok(schema.ActivityTypeListResponse(data=[mapping.show(type_) for type_ in types]))


async def add_activity_type(call: Asked[NoQuery, schema.AddActivityTypeRequest]) -> Reply:
    """Add an activity type."""
    check_admin(call.who)
    return await call.service.types.create(call.who, mapping.new_type(call.body), _created, call.once)


async def update_activity_type(call: Asked[NoQuery, schema.UpdateActivityTypeRequest]) -> Reply:
    """Change the fields that are sent."""
    check_admin(call.who)
    id_ = parse_id(call.path["id"])
    return await call.service.types.change(call.who, id_, mapping.change(call.body), _shown)


async def delete_activity_type(call: Asked[NoQuery, None]) -> Reply:
    """Make an activity type of the account's own inactive."""
    check_admin(call.who)
    return await call.service.types.change(call.who, parse_id(call.path["id"]), TypeChange(active=False), _shown)


async def delete_activity_types(call: Asked[schema.DeleteQuery, None]) -> Reply:
    """Make several types inactive, in one write; unknown and inactive ones are left out of the answer."""
    check_admin(call.who)
    return await call.service.types.retire(call.who, read_ids(call.query.ids) or (), _retired)


def _shown(type_: ActivityType) -> Reply:
    return ok(schema.ActivityTypeResponse(data=mapping.show(type_)))


def _created(type_: ActivityType) -> Reply:
    return ok(schema.ActivityTypeResponse(data=mapping.show(type_)), 201)


def _retired(ids: tuple[int, ...]) -> Reply:
    return ok(schema.ActivityTypesDeleteResponse(data=schema.DeletedTypes(list(ids))))


_ID: Final = {"id": "The ID of the activity type."}
_BUILT_IN: Final = (Failure(409, "Call is built in and stays active."),)
_TAKEN: Final = (Failure(409, "There is an activity type with the key call already."),)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/activityTypes",
        handler=get_activity_types,
        name="getActivityTypes",
        summary="Get all activity types",
        scope="activities:read",
        query=schema.AllQuery,
        reply=schema.ActivityTypeListResponse,
        cost=20,
        envelope=envelope,
    ),
    Operation(
        method="POST",
        path="/v1/activityTypes",
        handler=add_activity_type,
        name="addActivityType",
        summary="Add new activity type",
        scope="admin",
        body=schema.AddActivityTypeRequest,
        reply=schema.ActivityTypeResponse,
        status=201,
        cost=10,
        urlencoded=True,
        tolerant=True,
        failures=_TAKEN,
        envelope=envelope,
    ),
    Operation(
        method="PUT",
        path="/v1/activityTypes/{id}",
        handler=update_activity_type,
        name="updateActivityType",
        summary="Update an activity type",
        scope="admin",
        body=schema.UpdateActivityTypeRequest,
        reply=schema.ActivityTypeResponse,
        cost=10,
        urlencoded=True,
        tolerant=True,
        path_help=_ID,
        envelope=envelope,
    ),
    Operation(
        method="DELETE",
        path="/v1/activityTypes/{id}",
        handler=delete_activity_type,
        name="deleteActivityType",
        summary="Delete an activity type",
        scope="admin",
        reply=schema.ActivityTypeResponse,
        cost=6,
        path_help=_ID,
        failures=_BUILT_IN,
        envelope=envelope,
    ),
    Operation(
        method="DELETE",
        path="/v1/activityTypes",
        handler=delete_activity_types,
        name="deleteActivityTypes",
        summary="Delete multiple activity types in bulk",
        scope="admin",
        query=schema.DeleteQuery,
        reply=schema.ActivityTypesDeleteResponse,
        cost=10,
        failures=_BUILT_IN,
        envelope=envelope,
    ),
)
