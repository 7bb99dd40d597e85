"""Activities: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from collections.abc import Sequence
from typing import Any, Final

from dayline.domain.activity import Activity
from dayline.domain.errors import Forbidden
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.activities import mapping, schema
from dayline.native.answers import Asked, encode, etag, parse_if_match
from dayline.service import Directory, ManyWritten, Rendering, Written

_ALONE: Final = Rendering("dayline", lambda activity, _: mapping.show(activity))


async def list_activities(call: Asked[schema.ListQuery, None]) -> Reply:
    """List activities, a page at a time."""
    query = mapping.read_query(call.query)
    if call.query.include is None:
        shown = await call.service.activities.page(call.who, query, _ALONE)
        return Reply(200, encode(schema.ActivityPage(data=list(shown.items), next_cursor=shown.cursor)))
    page = await call.service.activities.list(call.who, query)
    directory = await _directory(call, page.items)
    return Reply(200, encode(mapping.show_page(page.items, page.cursor, directory)))


async def get_activity(call: Asked[schema.GetQuery, None]) -> Reply:
    """Get one activity; a deleted one too, until it is purged."""
    name = mapping.parse_id(call.path["id"])
    if call.query.include is None:
        activity, alone = await call.service.activities.shown(call.who, name, _ALONE)
        return Reply(200, encode(alone), (etag(activity.revision),))
    activity = await call.service.activities.get(call.who, name)
    shown = mapping.show(activity, await _directory(call, [activity]))
    return Reply(200, encode(shown), (etag(activity.revision),))


async def create_activity(call: Asked[NoQuery, schema.NewActivity]) -> Reply:
    """Create an activity."""
    return await call.service.activities.create(call.who, mapping.read_draft(call.body), _created, call.once)


async def change_activity(call: Asked[NoQuery, schema.ActivityPatch]) -> Reply:
    """Change the fields that are sent."""
    draft, revision = mapping.read_draft(call.body), parse_if_match(call.if_match)
    return await call.service.activities.change(call.who, await _id(call), draft, _shown, revision=revision)


async def delete_activity(call: Asked[NoQuery, None]) -> Reply:
    """Delete an activity."""
    revision = parse_if_match(call.if_match)
    return await call.service.activities.delete(call.who, await _id(call), _gone, revision=revision)


async def restore_activity(call: Asked[NoQuery, None]) -> Reply:
    """Bring a deleted activity back."""
    return await call.service.activities.restore(call.who, await _id(call), _shown, call.once)


async def finish_activities(call: Asked[NoQuery, schema.Ids]) -> Reply:
    """Mark many activities as done."""
    return await call.service.activities.finish_many(call.who, call.body.ids, _many, call.once)


async def delete_activities(call: Asked[NoQuery, schema.Ids]) -> Reply:
    """Delete many activities."""
    return await call.service.activities.delete_many(call.who, call.body.ids, _many, call.once)


async def _id(call: Asked[Any, Any]) -> int:
    """The activity of the path, by its id. Raises NotFound."""
    name = mapping.parse_id(call.path["id"])
    return name if isinstance(name, int) else await call.service.activities.id_of(call.who, name)


async def _directory(call: Asked[Any, None], activities: Sequence[Activity]) -> Directory | None:
    if call.query.include is None:
        return None
    if "records:read" not in call.who.scopes:
        raise Forbidden("include=names shows records and users, and the token lacks the scope records:read")
    return await call.service.activities.whole_directory(call.who, activities)


def _shown(written: Written) -> Reply:
    return Reply(200, encode(mapping.show(written.activity)), (etag(written.activity.revision),))


def _created(written: Written) -> Reply:
    activity = written.activity
    location = ("Location", f"/dayline/v1/activities/{activity.id}")
    return Reply(201, encode(mapping.show(activity)), (location, etag(activity.revision)))


def _gone(_: Written) -> Reply:
    return Reply(204)


def _many(written: ManyWritten) -> Reply:
    return Reply(200, encode(mapping.show_many(written)))


_ID: Final = {"id": "The id or the UUID of the activity."}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/activities",
        handler=list_activities,
        name="listActivities",
        summary="List or search activities",
        detail="Those that the caller may see. All parameters that are given must hold.",
        scope="activities:read",
        query=schema.ListQuery,
        reply=schema.ActivityPage,
    ),
    Operation(
        method="POST",
        path="/v1/activities",
        handler=create_activity,
        name="createActivity",
        summary="Create an activity",
        scope="activities:write",
        body=schema.NewActivity,
        reply=schema.Activity,
        status=201,
    ),
    Operation(
        method="GET",
        path="/v1/activities/{id}",
        handler=get_activity,
        name="getActivity",
        summary="Get an activity",
        detail="A deleted one too, until it is purged.",
        scope="activities:read",
        query=schema.GetQuery,
        reply=schema.Activity,
        path_help=_ID,
    ),
    Operation(
        method="PATCH",
        path="/v1/activities/{id}",
        handler=change_activity,
        name="changeActivity",
        summary="Change an activity",
        detail="What is left out stays, null clears, a list replaces the list.",
        scope="activities:write",
        body=schema.ActivityPatch,
        reply=schema.Activity,
        conditional=True,
        path_help=_ID,
    ),
    Operation(
        method="DELETE",
        path="/v1/activities/{id}",
        handler=delete_activity,
        name="deleteActivity",
        summary="Delete an activity",
        detail="It can be restored until it is purged.",
        scope="activities:write",
        reply=None,
        status=204,
        conditional=True,
        path_help=_ID,
    ),
    Operation(
        method="POST",
        path="/v1/activities/{id}/restore",
        handler=restore_activity,
        name="restoreActivity",
        summary="Bring a deleted activity back",
        scope="activities:write",
        reply=schema.Activity,
        path_help=_ID,
    ),
    Operation(
        method="POST",
        path="/v1/activities/bulk/done",
        handler=finish_activities,
        name="finishActivities",
        summary="Mark up to 500 activities as done",
        detail="One write. What is not found harms no other.",
        scope="activities:write",
        body=schema.Ids,
        reply=schema.ManyWritten,
    ),
    Operation(
        method="POST",
        path="/v1/activities/bulk/delete",
        handler=delete_activities,
        name="deleteActivities",
        summary="Delete up to 500 activities",
        detail="One write. What is not found harms no other.",
        scope="activities:write",
        body=schema.Ids,
        reply=schema.ManyWritten,
    ),
)
