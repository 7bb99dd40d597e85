"""The audit as a file: page by page, so that nobody has to hold it all. It must never end early without an error."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Final

from dayline.kit.dialect import Operation, Reply
from dayline.native.activities.table import guarded
from dayline.native.answers import Asked, encode
from dayline.native.audit import mapping, schema
from dayline.service.audit import AuditPage

PAGE: Final = 200
CSV, JSONL = "text/csv; charset=utf-8", "application/jsonl"
COLUMNS: Final = (
    *("sequence", "at", "summary", "user_id", "user", "via", "token_id", "token", "surface", "address"),
    *("request_id", "action", "entity", "entity_id", "fields"),
)


async def export_audit(call: Asked[schema.AuditExportQuery, None]) -> Reply:
    """Send all rows of a list. What is wrong with the request is told before the first byte."""
    as_table = call.query.format == "csv"
    pages = call.service.audit.all(call.who, mapping.read_wanted(call.query), PAGE)
    first = _piece(await anext(pages), as_table=as_table)
    saved_as = ("Content-Disposition", f'attachment; filename="audit.{call.query.format}"')
    head = _line(COLUMNS) if as_table else b""
    return Reply(200, head + first, (saved_as,), CSV if as_table else JSONL, stream=_rest(pages, as_table=as_table))


async def _rest(pages: AsyncIterator[AuditPage], *, as_table: bool) -> AsyncIterator[bytes]:
    async for page in pages:
        yield _piece(page, as_table=as_table)


def _piece(page: AuditPage, *, as_table: bool) -> bytes:
    rows = mapping.show_rows(page, cut=None)
    return b"".join(_line(_cells(row)) if as_table else encode(row) + b"\n" for row in rows)


def _cells(row: schema.AuditRow) -> list[str]:
    user, token = row.user, row.token
    return [
        str(row.sequence),
        row.at,
        guarded(row.summary),
        "" if user is None else str(user.id),
        "" if user is None else guarded(user.name),
        row.via,
        "" if token is None else str(token.id),
        "" if token is None else guarded(token.name),
        row.surface,
        guarded(row.address),
        guarded(row.request_id),
        row.action,
        row.entity,
        str(row.entity_id),
        guarded(" ".join(one.name for one in row.fields)),
    ]


def _line(cells: tuple[str, ...] | list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


OPERATION: Final = Operation(
    method="GET",
    path="/v1/audit/export",
    handler=export_audit,
    name="exportAudit",
    summary="Get the audit as a file",
    detail="All rows that the list finds, however many, as CSV (without what the fields were) or JSONL (with it). For"
    " admins.",
    scope="admin",
    query=schema.AuditExportQuery,
    reply=str,
    sends=(CSV.partition(";")[0], JSONL),
)
