"""Records: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from typing import Final

from dayline.domain.record import Record
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode, etag
from dayline.native.records import mapping, schema


async def list_records(call: Asked[schema.ListQuery, None]) -> Reply:
    """List records, a page at a time."""
    page = await call.service.records.list(call.who, call.query.kind, call.query.limit, call.query.cursor)
    shown = [mapping.show(record) for record in page.items]
    return Reply(200, encode(schema.RecordPage(data=shown, next_cursor=page.cursor)))


async def get_record(call: Asked[NoQuery, None]) -> Reply:
    """Get one record by any of its names."""
    kind, identity = mapping.parse_kind(call.path["kind"]), mapping.parse_identity(call.path["id"])
    return _shown(200, await call.service.records.get(call.who, kind, identity))


async def create_record(call: Asked[NoQuery, schema.NewRecord]) -> Reply:
    """Create a record."""
    return await call.service.records.create(call.who, mapping.new_draft(call.body), _created, call.once)


def _created(record: Record) -> Reply:
    return _shown(201, record, ("Location", f"/dayline/v1/records/{record.kind}/{record.id}"))


def _shown(status: int, record: Record, *headers: tuple[str, str]) -> Reply:
    return Reply(status, encode(mapping.show(record)), (*headers, etag(record.revision)))


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
