"""Pipedrive's activities, API v1: the handlers, the errors that v1 words in its own way, and the table of operations.

Follows Pipedrive's reference for API v1 (read 2026-11-21); the vendor stopped supporting its activities in August 2026.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.errors import Forbidden, NotFound
from dayline.domain.filter import Query
from dayline.domain.identity import Principal
from dayline.domain.record import Kind, RecordKey
from dayline.kit.dialect import Call, NoQuery, Operation, Reply
from dayline.service import Directory, ManyWritten, Rendering, Service, Written
from dayline.vendors.pipedrive import mapping as v2
from dayline.vendors.pipedrive import schema as v2_schema
from dayline.vendors.pipedrive.v1 import mapping, schema
from dayline.vendors.pipedrive.v1.errors import NO_PERMISSION, envelope

Q = TypeVar("Q")
B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, Q, B]
Body: TypeAlias = schema.AddActivityRequestV1

_encode: Final = msgspec.json.Encoder().encode
# Names and addresses of people need the scope of records; without it an activity is shown without them.
_NAMES: Final = "records:read"


async def get_activities(call: Asked[schema.ListQueryV1, None]) -> Reply:
    """List the caller's own activities, or somebody's, or everybody's, or what a filter finds."""
    id_ = call.query.filter_id
    where = None if id_ is None else await call.service.filters.conditions(call.who, id_)
    return await _page(call, mapping.read_list(call.query, call.who.user_id, where))


async def get_collection(call: Asked[schema.CollectionQueryV1, None]) -> Reply:
    """List all activities in short, for global admins."""
    if not call.who.is_admin:
        raise Forbidden(NO_PERMISSION)
    account_id = call.who.account_id
    short = Rendering("pipedrive short", lambda activity, _: mapping.show_short(activity, account_id))
    page = await call.service.activities.page(call.who, mapping.read_collection(call.query), short)
    following = v2_schema.NextCursor(page.cursor)
    return _answer(schema.ActivityCollectionResponseV1(data=list(page.items) or None, additional_data=following))


def activities_of(kind: Kind, name: str) -> Callable[[Asked[schema.ParentQueryV1, None]], Awaitable[Reply]]:
    """The handler that lists what hangs on a record; ``name`` is what the vendor calls it."""

    async def get(call: Asked[schema.ParentQueryV1, None]) -> Reply:
        parent = RecordKey(kind, v2.parse_id(call.path["id"]), "id")
        query = mapping.read_parent(call.query, parent)
        try:
            await call.service.records.get(call.who, parent)
        except NotFound:
            raise NotFound(f"{name} not found") from None
        return await _page(call, query)

    return get


async def get_activity(call: Asked[NoQuery, None]) -> Reply:
    """Get one activity; a deleted one too, until it is purged."""
    activity = await call.service.activities.get(call.who, v2.parse_id(call.path["id"]))
    directory = await _directory(call, [activity])
    return _answer(
        schema.ActivityResponseV1(
            data=mapping.show(activity, call.who.account_id, directory),
            related_objects=mapping.related_objects([activity], directory),
        )
    )


async def add_activity(call: Asked[NoQuery, Body]) -> Reply:
    """Add an activity."""

    def written(written: Written) -> Reply:
        return _written(call, written, _allowed(call, written.names or Directory({}, {})), 201)

    draft = mapping.new_draft(call.body)
    return await call.service.activities.create(call.who, draft, written, call.once, named=True, beside=True)


async def update_activity(call: Asked[NoQuery, Body]) -> Reply:
    """Change the fields that are sent; what cannot be written is left alone, as by the vendor.

    The names are read after the write, which no key can repeat.
    """
    id_, draft = v2.parse_id(call.path["id"]), mapping.change_draft(call.body)
    written = await call.service.activities.change(call.who, id_, draft, _as_written, beside=True)
    return _written(call, written, await _directory(call, [written.activity]), 200)


async def delete_activity(call: Asked[NoQuery, None]) -> Reply:
    """Mark an activity as deleted."""
    return await call.service.activities.delete(call.who, v2.parse_id(call.path["id"]), _deleted)


async def delete_activities(call: Asked[schema.DeleteQueryV1, None]) -> Reply:
    """Mark many activities as deleted; those that are not there are left out of the answer."""
    ids = v2.read_ids(call.query.ids) or ()
    return await call.service.activities.delete_many(call.who, ids, _deleted_many)


async def _page(call: Asked[Any, None], query: Query) -> Reply:
    page = await call.service.activities.list(call.who, query)
    directory = await _directory(call, page.items)
    shown = [mapping.show(activity, call.who.account_id, directory) for activity in page.items]
    return _answer(
        schema.ActivityListResponseV1(
            data=shown or None,
            related_objects=mapping.related_objects(page.items, directory),
            additional_data=mapping.show_pages(query, more=page.cursor is not None),
        )
    )


async def _directory(call: Asked[Any, Any], activities: Sequence[Activity]) -> Directory:
    """The names that the caller may see, and every type."""
    if _NAMES in call.who.scopes:
        return await call.service.activities.whole_directory(call.who, activities, types=True)
    return replace(_NONE, types={type_.key: type_ for type_ in await call.service.types.list(call.who)})


def _allowed(call: Asked[Any, Any], directory: Directory) -> Directory:
    return directory if _NAMES in call.who.scopes else replace(_NONE, types=directory.types)


_NONE: Final = Directory({}, {})


def _written(call: Asked[Any, Any], written: Written, directory: Directory, status: int) -> Reply:
    return _answer(
        schema.ActivityWriteResponseV1(
            data=mapping.show(written.activity, call.who.account_id, directory),
            related_objects=mapping.related_objects([written.activity], directory),
            additional_data=v2_schema.Context(written.more_open),
        ),
        status,
    )


def _as_written(written: Written) -> Written:
    return written


def _deleted(written: Written) -> Reply:
    return _answer(v2_schema.ActivityDeleteResponse(data=v2_schema.Deleted(written.activity.id)))


def _deleted_many(written: ManyWritten) -> Reply:
    return _answer(schema.ActivitiesDeleteResponseV1(data=schema.DeletedManyV1(list(written.changed))))


def _answer(answer: Struct, status: int = 200) -> Reply:
    return Reply(status, _encode(answer))


_ID: Final = {"id": "The ID of the activity."}
_EXTENSIONS: Final = frozenset(("include_deleted",))
_OWN: Final = "Those of the caller, unless `user_id` or `filter_id` says otherwise. The pages are numbered by `start`."
_MANY: Final = "One write. What is not found is left out of the answer."
_ADMINS: Final = "Global admins only."


def _operation(method: str, path: str, **row: Any) -> Operation:
    """A row of v1's table: it words errors as v1 does, and a body may be a form and hold what nobody knows."""
    scope = "activities:read" if method == "GET" else "activities:write"
    form = "body" in row
    path = f"/v1{path}"
    return Operation(method=method, path=path, scope=scope, envelope=envelope, urlencoded=form, tolerant=form, **row)


def _of(path: str, kind: Kind, name: str) -> Operation:
    return _operation(
        "GET",
        f"/{path}/{{id}}/activities",
        handler=activities_of(kind, name),
        name=f"get{name}ActivitiesV1",
        summary=f"List activities associated with {'an' if name[0] in 'AEIOU' else 'a'} {name.lower()} (v1)",
        query=schema.ParentQueryV1,
        reply=schema.ActivityListResponseV1,
        cost=20,
        path_help={"id": f"The ID of the {name.lower()}."},
    )


OPERATIONS: Final = (
    _operation(
        "GET",
        "/activities",
        handler=get_activities,
        name="getActivitiesV1",
        summary="Get all activities assigned to a particular user (v1)",
        detail=_OWN,
        query=schema.ListQueryV1,
        reply=schema.ActivityListResponseV1,
        cost=20,
        extensions=_EXTENSIONS,
    ),
    _operation(
        "GET",
        "/activities/collection",
        handler=get_collection,
        name="getActivitiesCollectionV1",
        summary="Get all activities collection (v1)",
        detail=_ADMINS,
        query=schema.CollectionQueryV1,
        reply=schema.ActivityCollectionResponseV1,
        cost=10,
        extensions=_EXTENSIONS,
    ),
    _operation(
        "GET",
        "/activities/{id}",
        handler=get_activity,
        name="getActivityV1",
        summary="Get details of an activity (v1)",
        reply=schema.ActivityResponseV1,
        cost=2,
        path_help=_ID,
    ),
    _operation(
        "POST",
        "/activities",
        handler=add_activity,
        name="addActivityV1",
        summary="Add an activity (v1)",
        body=schema.AddActivityRequestV1,
        reply=schema.ActivityWriteResponseV1,
        status=201,
        cost=10,
    ),
    _operation(
        "PUT",
        "/activities/{id}",
        handler=update_activity,
        name="updateActivityV1",
        summary="Update an activity (v1)",
        detail="What is left out stays.",
        body=schema.AddActivityRequestV1,
        reply=schema.ActivityWriteResponseV1,
        cost=10,
        path_help=_ID,
    ),
    _operation(
        "DELETE",
        "/activities/{id}",
        handler=delete_activity,
        name="deleteActivityV1",
        summary="Delete an activity (v1)",
        reply=v2_schema.ActivityDeleteResponse,
        cost=6,
        path_help=_ID,
    ),
    _operation(
        "DELETE",
        "/activities",
        handler=delete_activities,
        name="deleteActivitiesV1",
        summary="Delete multiple activities in bulk (v1)",
        detail=_MANY,
        query=schema.DeleteQueryV1,
        reply=schema.ActivitiesDeleteResponseV1,
        cost=10,
    ),
    _of("deals", "deal", "Deal"),
    _of("persons", "contact", "Person"),
    _of("organizations", "organization", "Organization"),
    _of("projects", "project", "Project"),
)
