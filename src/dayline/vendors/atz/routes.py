"""ATZ's activities: the handlers, then the table of operations and the credentials.

Follows ATZ CRM's API pages for activities (v1, read 2026-11-21).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request

from dayline.domain.activity import Activity
from dayline.domain.errors import NotFound, Unauthenticated
from dayline.domain.identity import Principal
from dayline.domain.types import ActivityType
from dayline.kit.dialect import Call, Dialect, Form, NoQuery, Operation, Reply
from dayline.service import Directory, Rendering, Service, Written
from dayline.vendors.atz import listing, mapping, schema
from dayline.vendors.atz.errors import envelope
from dayline.vendors.atz.limits import LIMITS
from dayline.vendors.atz.tongue import TONGUE

Q = TypeVar("Q")
B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, Q, B]

_encode: Final = msgspec.json.Encoder().encode


async def list_activities(call: Asked[schema.ListQuery, None]) -> Reply:
    """List activities, a page at a time."""
    whole = listing.maximized(call.query)
    types = [] if call.query.activity_type_id is None else await call.service.types.list(call.who)
    named = call.query.related_to
    record = await call.service.records.by_slug(call.who, named) if named else None
    query = listing.read_query(call.query, types, record)
    total = 0 if query is None else await call.service.activities.count(call.who, query.filter)
    shown: tuple[schema.Activity, ...] = ()
    if query is not None and query.offset < total:
        shown = (await call.service.activities.page(call.who, query, _rendering(call, whole))).items
    return _ok(listing.show_page(call.query, total, list(shown), call.base_url + call.mount))


def _rendering(call: Asked[Any, Any], whole: frozenset[str]) -> Rendering[schema.Activity]:
    def show(activity: Activity, names: Directory) -> schema.Activity:
        return mapping.show(activity, _beside(call, names, list(names.types.values())), whole=whole)

    return Rendering(("atz", call.base_url, whole), show, names="all")


async def get_activity(call: Asked[NoQuery, None]) -> Reply:
    """Get one activity."""
    id_, rendering = mapping.parse_id(call.path["id"]), _rendering(call, mapping.EVERYTHING)
    activity, shown = await call.service.activities.shown(call.who, id_, rendering)
    _check_living(activity)
    return _ok(shown)


async def add_activity(call: Asked[NoQuery, schema.NewActivity]) -> Reply:
    """Add an activity."""
    draft = mapping.new_draft(call.body, call.files)
    types = await call.service.types.list(call.who)

    def added(written: Written) -> Reply:
        assert written.names is not None
        return _ok(mapping.show(written.activity, _beside(call, written.names, types), whole=mapping.USERS))

    return await call.service.activities.create(call.who, draft, added, call.once, named=True)


async def edit_activity(call: Asked[NoQuery, schema.ActivityUpdate]) -> Reply:
    """Change the fields that are sent; what they do not change is not written."""
    id_, draft = mapping.parse_id(call.path["id"]), mapping.read_draft(call.body, call.files)
    activity = await call.service.activities.change(call.who, id_, draft, lambda written: written.activity, keep=True)
    names = await call.service.activities.whole_directory(call.who, [activity], types=True)
    return _ok(_rendering(call, mapping.USERS).show(activity, names))


async def delete_activity(call: Asked[NoQuery, None]) -> Reply:
    """Delete an activity."""
    return await call.service.activities.delete(call.who, mapping.parse_id(call.path["id"]), _deleted)


async def get_types(call: Asked[NoQuery, None]) -> Reply:
    """List the activity types that can be chosen."""
    return Reply(200, _encode(mapping.show_types(await call.service.types.list(call.who))))


async def _check_there(service: Service, who: Principal, path: Mapping[str, str]) -> None:
    """Raise Invalid for an id that is none, and NotFound for one that nobody has."""
    _check_living(await service.activities.get(who, mapping.parse_id(path["id"])))


def _check_living(activity: Activity) -> None:
    """Raise NotFound for an activity that is deleted."""
    if activity.deleted_at is not None:
        raise NotFound("Activity not found")


def _beside(call: Asked[Any, Any], names: Directory, types: list[ActivityType]) -> mapping.Beside:
    return mapping.Beside(names, mapping.labels_of(types), call.who.account_id, call.base_url)


def _deleted(_: Written) -> Reply:
    return _ok(schema.Message("Activity deleted successfully."))


def _ok(answer: Struct) -> Reply:
    return Reply(200, _encode(answer))


_FORM: Final = Form(frozenset((mapping.ATTACHMENT,)), lambda service: service.attachments.receive())
_ID: Final = {"id": "The numeric ID of the activity."}


def _types_at(path: str, name: str) -> Operation:
    """ATZ names this operation and not its path, so each that could be meant works."""
    return Operation(
        method="GET",
        path=path,
        handler=get_types,
        name=name,
        summary="Get the activity types",
        scope="activities:read",
        reply=list[schema.ActivityType],
    )


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/activity",
        handler=list_activities,
        name="listActivities",
        summary="Show all activities",
        scope="activities:read",
        query=schema.ListQuery,
        reply=schema.ActivityList,
    ),
    Operation(
        method="POST",
        path="/v1/activity",
        handler=add_activity,
        name="addActivity",
        summary="Add an activity",
        scope="activities:write",
        body=schema.NewActivity,
        form=_FORM,
        reply=schema.Activity,
    ),
    Operation(
        method="GET",
        path="/v1/activity/{id}",
        handler=get_activity,
        name="getActivity",
        summary="Get an activity",
        scope="activities:read",
        reply=schema.Activity,
        path_help=_ID,
        foremost=_check_there,
    ),
    Operation(
        method="PUT",
        path="/v1/activity/{id}",
        handler=edit_activity,
        name="editActivity",
        summary="Edit an activity",
        detail="Only what is sent is changed; each list of attendees that is sent replaces the one of its kind.",
        scope="activities:write",
        body=schema.ActivityUpdate,
        form=_FORM,
        reply=schema.Activity,
        path_help=_ID,
        foremost=_check_there,
    ),
    Operation(
        method="DELETE",
        path="/v1/activity/{id}",
        handler=delete_activity,
        name="deleteActivity",
        summary="Delete an activity",
        detail="An extension: the vendor documents none.",
        scope="activities:write",
        reply=schema.Message,
        path_help=_ID,
        foremost=_check_there,
    ),
    _types_at("/v1/activity-types", "getActivityTypes"),
    _types_at("/v1/activity-type", "getActivityTypesBySingular"),
    _types_at("/v1/activity/types", "getActivityTypesBelowActivity"),
)


async def authenticate(request: Request, service: Service) -> Principal:
    """Find the caller by bearer token. Raises Unauthenticated."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    credential = bearer.strip() if scheme.lower() == "bearer" else ""
    if not credential:
        raise Unauthenticated("No token was given.")
    return await service.identities.principal(credential)


DIALECT: Final = Dialect(
    name="atz",
    title="ATZ CRM API v1",
    version="1.0.0",
    description="Activities in the wire format of ATZ CRM's API v1.",
    operations=OPERATIONS,
    authenticate=authenticate,
    envelope=envelope,
    errors=(schema.Message,),
    claims=("/v1/activity", "/v1/activity-types", "/v1/activity-type"),
    security_schemes={"bearer": {"type": "http", "scheme": "bearer"}},
    limits=LIMITS,
    tongue=TONGUE,
    tolerant=True,
)
