"""Reevo's activities, API v2: the handlers, then the table of operations and the credentials.

Follows Reevo's reference for activities (public API v2, read 2026-11-21).
"""

from typing import Final, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request

from dayline.domain.errors import Invalid, NotFound, Problem, Unauthenticated
from dayline.domain.identity import Principal
from dayline.domain.record import RecordKey
from dayline.domain.time import now_ms
from dayline.kit.dialect import PUBLIC, Anyone, Call, Dialect, Failure, NoQuery, Operation, Refused, Reply
from dayline.service import Rendering, Service, Written
from dayline.vendors.reevo import mapping, schema, timeline
from dayline.vendors.reevo.errors import envelope
from dayline.vendors.reevo.tongue import TONGUE

B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, NoQuery, B]

_encode: Final = msgspec.json.Encoder().encode


async def log_activity(call: Asked[schema.ActivityLogRequest]) -> Reply:
    """Log a manual activity, of which the caller is the owner."""
    draft = mapping.read_draft(call.body, now_ms())
    owner = await call.service.people.get(call.who, call.who.user_id)

    def logged(written: Written) -> Reply:
        return Reply(201, _encode(schema.ActivityResponse(mapping.show_new(written.activity, owner))))

    try:
        return await call.service.activities.create(call.who, draft, logged, call.once)
    except Invalid as error:
        raise _unknown_target(error) from None


def _unknown_target(error: Invalid) -> Exception:
    """An id in the body that names nothing has a status of its own; whatever else is wrong stays as it is."""
    problem = error.problems[0]
    if problem.field.partition("[")[0] not in mapping.REFERENCES:
        return error
    message = f"{problem.field} not found"
    return Refused(Failure(404, message, (Problem(problem.field, message),)))


async def query_activities(call: Asked[schema.ActivityQueryRequest]) -> Reply:
    """Show a page of a timeline, newest first."""
    asked = timeline.read(call.body, call.who)
    for key in asked.scope.records():
        await _check(call, key)
    page = await call.service.activities.page(call.who, timeline.query(asked, call.who), _SHOWN)
    following = timeline.onward(asked, page.cursor, call.who)
    return Reply(200, _encode(schema.ActivityListResponse(list(page.items), following)))


_SHOWN: Final = Rendering("reevo", mapping.show, names="all")


async def _check(call: Asked[schema.ActivityQueryRequest], key: RecordKey) -> None:
    """An unknown scope is an error here, not an empty timeline."""
    try:
        await call.service.records.get(call.who, key)
    except NotFound:
        message = f"{key.field} not found"
        raise Refused(Failure(404, message, (Problem(key.field, message, "missing"),))) from None


async def health(_: Call[Service, Anyone, NoQuery, None]) -> Reply:
    """Tell that the server answers."""
    return Reply(200, _encode(schema.Health()))


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v2/activity",
        handler=log_activity,
        name="logActivity",
        summary="Log a manual activity",
        scope="activities:write",
        body=schema.ActivityLogRequest,
        reply=schema.ActivityResponse,
        status=201,
    ),
    Operation(
        method="POST",
        path="/api/v2/activity/_query",
        handler=query_activities,
        name="queryActivities",
        summary="Query the activity timeline",
        detail="Newest first. Name at least one record, or send the cursor of the page before, alone.",
        scope="activities:write",
        body=schema.ActivityQueryRequest,
        reply=schema.ActivityListResponse,
        failures=(Failure(400, "the cursor is not one of this timeline", (Problem("cursor", "not a cursor"),)),),
    ),
    Operation(
        method="GET",
        path="/api/v2/health",
        handler=health,
        name="health",
        summary="Whether the server answers",
        scope=PUBLIC,
        reply=schema.Health,
    ),
)


async def authenticate(request: Request, service: Service) -> Principal:
    """Find the caller by bearer token or, where there is none, by X-Api-Key. Raises Unauthenticated."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = (bearer.strip() if scheme.lower() == "bearer" else None, request.headers.get("x-api-key"))
    credential = next((value for value in given if value), None)
    if credential is None:
        raise Unauthenticated("Missing API key")
    try:
        return await service.identities.principal(credential)
    except Unauthenticated:
        raise Unauthenticated("Invalid API key") from None


DIALECT: Final = Dialect(
    name="reevo",
    title="Reevo public API v2",
    version="2.0.0",
    description="Manual activities and the activity timeline in the wire format of Reevo's public API v2.",
    operations=OPERATIONS,
    authenticate=authenticate,
    envelope=envelope,
    errors=(schema.CodedError, schema.InputError, schema.RouteError),
    claims=("/api/v2/activity", "/api/v2/health"),
    security_schemes={
        "bearer": {"type": "http", "scheme": "bearer"},
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    },
    tongue=TONGUE,
)
