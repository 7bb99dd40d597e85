"""The native API: the handlers, then the table of operations, the credentials and the errors.

Paths here are below the mount ``/dayline``. It must never claim a path at the shared root, where the vendors live.
"""

from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET
from starlette.requests import Request

from dayline.domain.errors import Unauthenticated
from dayline.domain.identity import Principal
from dayline.domain.record import Record
from dayline.kit.dialect import Call, Dialect, Failure, Headers, NoQuery, Operation, Reply
from dayline.native import mapping, schema
from dayline.service import Service

Q = TypeVar("Q")
B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, Q, B]

_NAME: Final = "dayline"
_encode: Final = msgspec.json.Encoder().encode


async def list_records(call: Asked[schema.ListQuery, None]) -> Reply:
    """List records, a page at a time."""
    page = await call.service.records.list(call.who, call.query.kind, call.query.limit, call.query.cursor)
    shown = [mapping.show(record) for record in page.items]
    return Reply(200, _encode(schema.RecordPage(data=shown, next_cursor=page.cursor)))


async def get_record(call: Asked[NoQuery, None]) -> Reply:
    """Get one record by any of its names."""
    kind, identity = mapping.parse_kind(call.path["kind"]), mapping.parse_identity(call.path["id"])
    return _shown(200, await call.service.records.get(call.who, kind, identity))


async def create_record(call: Asked[NoQuery, schema.NewRecord]) -> Reply:
    """Create a record."""
    return await call.service.records.create(call.who, mapping.new_draft(call.body), _created, call.once)


def _created(record: Record) -> Reply:
    return _shown(201, record, ("Location", f"/{_NAME}/v1/records/{record.kind}/{record.id}"))


def _shown(status: int, record: Record, *headers: tuple[str, str]) -> Reply:
    return Reply(status, _encode(mapping.show(record)), (*headers, ("ETag", f'"{record.revision}"')))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/records",
        handler=list_records,
        name="listRecords",
        summary="List records",
        detail="By kind and id. Deleted records are left out.",
        scope="records:read",
        query=schema.ListQuery,
        reply=schema.RecordPage,
    ),
    Operation(
        method="POST",
        path="/v1/records",
        handler=create_record,
        name="createRecord",
        summary="Create a record",
        detail="It may bring the id, uuid and slug it already has; 409 when one of them is taken.",
        scope="records:write",
        body=schema.NewRecord,
        reply=schema.Record,
        status=201,
    ),
    Operation(
        method="GET",
        path="/v1/records/{kind}/{id}",
        handler=get_record,
        name="getRecord",
        summary="Get a record",
        scope="records:read",
        reply=schema.Record,
        path_help={"kind": "The kind of the record.", "id": "Its id, UUID or slug."},
    ),
)


async def authenticate(request: Request, service: Service) -> Principal:
    """Find the caller by bearer token or ``X-Api-Token``. Raises Unauthenticated."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    credential = bearer.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-token")
    if not credential:
        raise Unauthenticated("No token was given.")
    return await service.identities.principal(credential)


def envelope(failure: Failure) -> Reply:
    """Word a failure as a problem document (RFC 9457)."""
    errors = [schema.FieldError(problem.field, problem.message) for problem in failure.problems]
    document = schema.ProblemDocument(
        title=HTTPStatus(failure.status).phrase,
        status=failure.status,
        detail=failure.message,
        errors=errors or UNSET,
    )
    headers: Headers = (("WWW-Authenticate", "Bearer"),) if failure.status == 401 else ()
    return Reply(failure.status, _encode(document), headers, "application/problem+json")


DIALECT: Final = Dialect(
    name=_NAME,
    title="Dayline API",
    version="1.0.0",
    description="Dayline's own API: the records that activities hang on.",
    operations=OPERATIONS,
    authenticate=authenticate,
    envelope=envelope,
    claims=(),
    security_schemes={
        "bearer": {"type": "http", "scheme": "bearer"},
        "api_token": {"type": "apiKey", "name": "X-Api-Token", "in": "header"},
    },
)
