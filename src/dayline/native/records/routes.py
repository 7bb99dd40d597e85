"""Records: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from collections.abc import Sequence
from typing import Any, Final

from dayline.domain.record import Record, RecordKey
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode, etag, parse_if_match
from dayline.native.records import mapping, schema
from dayline.service.bulk import Upserted


async def list_records(call: Asked[schema.ListQuery, None]) -> Reply:
    """List records, a page at a time."""
    wanted = mapping.read_query(call.query)
    page = await call.service.records.list(call.who, wanted, call.query.limit, call.query.cursor)
    shown = [mapping.show(record) for record in page.items]
    return Reply(200, encode(schema.RecordPage(data=shown, next_cursor=page.cursor)))


async def get_record(call: Asked[NoQuery, None]) -> Reply:
    """Get one record by any of its names."""
    return _shown(await call.service.records.get(call.who, _key(call)))


async def create_record(call: Asked[NoQuery, schema.NewRecord]) -> Reply:
    """Create a record."""
    return await call.service.records.create(call.who, mapping.new_draft(call.body), _created, call.once)


async def change_record(call: Asked[NoQuery, schema.RecordPatch]) -> Reply:
    """Change the fields that are sent."""
    change, revision = mapping.read_patch(call.body), parse_if_match(call.if_match)
    return await call.service.records.change(call.who, _key(call), change, _shown, revision=revision)


async def delete_record(call: Asked[NoQuery, None]) -> Reply:
    """Delete a record."""
    return await call.service.records.delete(call.who, _key(call), _gone, revision=parse_if_match(call.if_match))


async def restore_record(call: Asked[NoQuery, None]) -> Reply:
    """Bring a deleted record back."""
    return await call.service.records.restore(call.who, _key(call), _shown, call.once)


async def bulk_records(call: Asked[NoQuery, schema.BulkRequest]) -> Reply:
    """Create or change many records."""

    def answer(outcomes: Sequence[Upserted]) -> Reply:
        return Reply(200, encode(mapping.show_bulk(call.body, outcomes)))

    return await call.service.bulk.upsert(call.who, mapping.read_bulk(call.body), answer, call.once)


def _key(call: Asked[Any, Any]) -> RecordKey:
    return mapping.parse_key(call.path["kind"], call.path["id"])


def _shown(record: Record) -> Reply:
    return Reply(200, encode(mapping.show(record)), (etag(record.revision),))


def _created(record: Record) -> Reply:
    location = ("Location", f"/dayline/v1/records/{record.kind}/{record.id}")
    return Reply(201, encode(mapping.show(record)), (location, etag(record.revision)))


def _gone(_: Record) -> Reply:
    return Reply(204)


_NAMES: Final = {"kind": "The kind of the record.", "id": "Its id, UUID or slug."}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/records",
        handler=list_records,
        name="listRecords",
        summary="List or search records",
        detail="By kind and id.",
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
        method="POST",
        path="/v1/records/bulk",
        handler=bulk_records,
        name="bulkUpsertRecords",
        summary="Create or change up to 1,000 records by external id",
        detail="One write: each record is created, changed, left as it is, or refused, and a refused one harms no"
        " other. Sending the same again changes nothing.",
        scope="records:write",
        body=schema.BulkRequest,
        reply=schema.BulkReply,
    ),
    Operation(
        method="GET",
        path="/v1/records/{kind}/{id}",
        handler=get_record,
        name="getRecord",
        summary="Get a record",
        scope="records:read",
        reply=schema.Record,
        path_help=_NAMES,
    ),
    Operation(
        method="PATCH",
        path="/v1/records/{kind}/{id}",
        handler=change_record,
        name="changeRecord",
        summary="Change a record",
        detail="What is left out stays, null clears.",
        scope="records:write",
        body=schema.RecordPatch,
        reply=schema.Record,
        conditional=True,
        path_help=_NAMES,
    ),
    Operation(
        method="DELETE",
        path="/v1/records/{kind}/{id}",
        handler=delete_record,
        name="deleteRecord",
        summary="Delete a record",
        detail="It can be restored until it is purged. Activities keep it; new ones cannot name it.",
        scope="records:write",
        reply=None,
        status=204,
        conditional=True,
        path_help=_NAMES,
    ),
    Operation(
        method="POST",
        path="/v1/records/{kind}/{id}/restore",
        handler=restore_record,
        name="restoreRecord",
        summary="Bring a deleted record back",
        scope="records:write",
        reply=schema.Record,
        path_help=_NAMES,
    ),
)
