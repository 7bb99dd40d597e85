"""Pipedrive's activities, API v2: the handlers, then the table of operations, the credentials and the errors.

Follows Pipedrive's API reference for activities (API v2, read 2026-11-21).
"""

from typing import Final, TypeAlias, TypeVar
from uuid import uuid4

import msgspec
from msgspec import Struct
from starlette.requests import Request

from dayline.domain.errors import Unauthenticated
from dayline.domain.identity import Principal
from dayline.kit.dialect import Call, Dialect, Failure, NoQuery, Operation, Reply
from dayline.service import Rendering, Service, Written
from dayline.vendors.pipedrive import mapping, schema
from dayline.vendors.pipedrive.answers import claimed
from dayline.vendors.pipedrive.bulk import routes as bulk
from dayline.vendors.pipedrive.errors import validation
from dayline.vendors.pipedrive.fields import routes as fields
from dayline.vendors.pipedrive.files import routes as files
from dayline.vendors.pipedrive.filters import routes as filters
from dayline.vendors.pipedrive.limits import BURST, DAILY, LIMITS, meter
from dayline.vendors.pipedrive.lookups import routes as lookups
from dayline.vendors.pipedrive.tongue import TONGUE
from dayline.vendors.pipedrive.types import routes as types
from dayline.vendors.pipedrive.users import routes as users
from dayline.vendors.pipedrive.v1 import routes as v1
from dayline.vendors.pipedrive.v1.schema import PermissionErrorV1
from dayline.vendors.pipedrive.webhooks import routes as webhooks
from dayline.vendors.pipedrive.webhooks.schema import WebhookError, WebhookForbidden

Q = TypeVar("Q")
B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, Q, B]

_encode: Final = msgspec.json.Encoder().encode


_BARE: Final = Rendering("pipedrive", lambda activity, _: mapping.show(activity))
_INVITED: Final = Rendering("pipedrive attendees", mapping.show, names="attendees")


async def get_activities(call: Asked[schema.ListQuery, None]) -> Reply:
    """List activities, a page at a time."""
    invited = mapping.wants_attendees(call.query.include_fields)
    id_ = call.query.filter_id
    where = None if id_ is None else await call.service.filters.conditions(call.who, id_)
    query = mapping.read_query(call.query, where, strict=call.strict)
    page = await call.service.activities.page(call.who, query, _INVITED if invited else _BARE)
    return _ok(schema.ActivityListResponse(data=list(page.items), additional_data=schema.NextCursor(page.cursor)))


async def get_activity(call: Asked[schema.GetQuery, None]) -> Reply:
    """Get one activity; a deleted one too, until it is purged."""
    rendering = _INVITED if mapping.wants_attendees(call.query.include_fields) else _BARE
    _, shown = await call.service.activities.shown(call.who, mapping.parse_id(call.path["id"]), rendering)
    return _ok(schema.ActivityResponse(data=shown))


async def add_activity(call: Asked[NoQuery, schema.AddActivityRequest]) -> Reply:
    """Add an activity."""
    draft = mapping.new_draft(call.body)
    return await call.service.activities.create(call.who, draft, _written, call.once, beside=True)


async def update_activity(call: Asked[NoQuery, schema.UpdateActivityRequest]) -> Reply:
    """Change the fields that are sent; those that are only read must be as they were."""
    id_, draft = mapping.parse_id(call.path["id"]), mapping.change_draft(call.body)
    check = mapping.unchanged(call.body)
    return await call.service.activities.change(call.who, id_, draft, _written, check=check, beside=True)


async def delete_activity(call: Asked[NoQuery, None]) -> Reply:
    """Mark an activity as deleted."""
    id_ = mapping.parse_id(call.path["id"])
    return await call.service.activities.delete(call.who, id_, _deleted)


def _written(written: Written) -> Reply:
    context = schema.Context(written.more_open)
    return _ok(schema.ActivityWriteResponse(data=mapping.show(written.activity), additional_data=context))


def _deleted(written: Written) -> Reply:
    return _ok(schema.ActivityDeleteResponse(data=schema.Deleted(written.activity.id)))


def _ok(answer: Struct) -> Reply:
    return Reply(200, _encode(answer))


_ID: Final = {"id": "The ID of the activity."}
_EXTENSIONS: Final = frozenset(("type", "start_date", "end_date", "project_id", "include_deleted"))

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/api/v2/activities",
        handler=get_activities,
        name="getActivities",
        summary="Get all activities",
        scope="activities:read",
        query=schema.ListQuery,
        reply=schema.ActivityListResponse,
        cost=10,
        extensions=_EXTENSIONS,
        eclipses={"filter_id": mapping.BESIDE_FILTER},
    ),
    Operation(
        method="GET",
        path="/api/v2/activities/{id}",
        handler=get_activity,
        name="getActivity",
        summary="Get details of an activity",
        scope="activities:read",
        query=schema.GetQuery,
        reply=schema.ActivityResponse,
        cost=1,
        path_help=_ID,
    ),
    Operation(
        method="POST",
        path="/api/v2/activities",
        handler=add_activity,
        name="addActivity",
        summary="Add a new activity",
        scope="activities:write",
        body=schema.AddActivityRequest,
        reply=schema.ActivityWriteResponse,
        cost=5,
        extensions=frozenset(("private",)),
    ),
    Operation(
        method="PATCH",
        path="/api/v2/activities/{id}",
        handler=update_activity,
        name="updateActivity",
        summary="Update an activity",
        scope="activities:write",
        body=schema.UpdateActivityRequest,
        reply=schema.ActivityWriteResponse,
        cost=5,
        extensions=frozenset(("private", *mapping.READ_ONLY)),
        path_help=_ID,
    ),
    Operation(
        method="DELETE",
        path="/api/v2/activities/{id}",
        handler=delete_activity,
        name="deleteActivity",
        summary="Delete an activity",
        scope="activities:write",
        reply=schema.ActivityDeleteResponse,
        cost=3,
        path_help=_ID,
    ),
)


async def authenticate(request: Request, service: Service) -> Principal:
    """Find the caller by header, query parameter or bearer token, in the vendor's order. Raises Unauthenticated."""
    credential = request.headers.get("x-api-token") or request.query_params.get("api_token") or _bearer(request)
    if not credential:
        raise Unauthenticated("No token was given.")
    return await service.identities.principal(credential)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def envelope(failure: Failure) -> Reply:
    """Word a failure as Pipedrive does: its gateway for credentials and rates, v2's own for input, else classic."""
    if failure.status == 401:
        headers = (("x-401-by-gw", "true"), ("x-correlation-id", str(uuid4())))
        refused = schema.GatewayError(error="unauthorized access", errorCode=401, error_info=_INFO)
        return Reply(401, _encode(refused), headers)
    if failure.status == 429:
        return Reply(429, _encode(schema.GatewayError(error=_over(failure), errorCode=429)))
    if failure.status == 400:
        return Reply(400, _encode(validation(failure.problems, failure.message)))
    error = _SCOPE_MISSING if failure.status == 403 else failure.message
    body = schema.ClassicError(error=error, code=_CODES.get(failure.status, "ERR_INTERNAL"), error_info=_INFO)
    return Reply(failure.status, _encode(body))


def _over(failure: Failure) -> str:
    return failure.message if failure.message == DAILY else BURST


_INFO: Final = "Please check developers.pipedrive.com"
_SCOPE_MISSING: Final = "Scope and URL mismatch"
_CODES: Final = {
    403: "ERR_FORBIDDEN",
    404: "ERR_NOT_FOUND",
    405: "ERR_METHOD_NOT_ALLOWED",
    408: "ERR_REQUEST_TIMEOUT",
    409: "ERR_CONFLICT",
    412: "ERR_PRECONDITION_FAILED",
    413: "ERR_PAYLOAD_TOO_LARGE",
    415: "ERR_UNSUPPORTED_MEDIA_TYPE",
    422: "ERR_IDEMPOTENCY_KEY_REUSED",
    503: "ERR_SERVICE_UNAVAILABLE",
    507: "ERR_INSUFFICIENT_STORAGE",
}


_BESIDE: Final = (
    *(*types.OPERATIONS, *fields.OPERATIONS, *users.OPERATIONS, *lookups.OPERATIONS),
    *(*filters.OPERATIONS, *files.OPERATIONS, *webhooks.OPERATIONS),
)

DIALECT: Final = Dialect(
    name="pipedrive",
    title="Pipedrive API v1 and v2",
    version="2.0.0",
    description="Activities in the wire formats of Pipedrive's API v2 and v1. All of v1 answers below /api/v1 too.",
    operations=(*OPERATIONS, *bulk.OPERATIONS, *v1.OPERATIONS, *_BESIDE),
    authenticate=authenticate,
    envelope=envelope,
    errors=(
        schema.GatewayError,
        schema.ValidationError,
        schema.ClassicError,
        PermissionErrorV1,
        WebhookError,
        WebhookForbidden,
    ),
    claims=("/api/v2/activities", "/v1/activities", "/api/v1/activities", *claimed(_BESIDE)),
    fallback=("/v1", "/api/v1", "/api/v2"),
    credential_query=frozenset(("api_token",)),
    security_schemes={
        "api_key": {"type": "apiKey", "name": "x-api-token", "in": "header"},
        "api_token": {"type": "apiKey", "name": "api_token", "in": "query"},
        "oauth2": {"type": "http", "scheme": "bearer"},
    },
    tongue=TONGUE,
    limits=LIMITS,
    meter=meter,
    also={"/api/v1": "/v1"},
)
