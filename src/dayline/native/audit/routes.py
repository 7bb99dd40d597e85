"""The audit: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from typing import Final

from dayline.domain.errors import NotFound
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.audit import mapping, schema
from dayline.native.names import MAX_DIGITS


async def list_audit(call: Asked[schema.AuditQuery, None]) -> Reply:
    """Tell who did what, the latest first."""
    wanted = mapping.read_wanted(call.query)
    page = await call.service.audit.list(call.who, wanted, call.query.limit, call.query.cursor)
    return Reply(200, encode(schema.AuditPage(data=mapping.show_rows(page), next_cursor=page.cursor)))


async def get_audit_row(call: Asked[NoQuery, None]) -> Reply:
    """Tell of one thing that was done."""
    text = call.path["sequence"]
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
        raise NotFound("No such row")
    page = await call.service.audit.get(call.who, int(text))
    return Reply(200, encode(mapping.show_rows(page, cut=None)[0]))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/audit",
        handler=list_audit,
        name="listAudit",
        summary="Tell who did what, and from where",
        detail="Every write, whatever it came by, and who signed in or could not: by whom, with which token, from which"
        " address, and what it changed. The latest first. For admins. Where what is asked for is rare, a page may be"
        " short or empty and `next_cursor` still goes on; `since` and `until` cost nothing. Texts of more than"
        f" {mapping.CUT} characters are cut off.",
        scope="admin",
        query=schema.AuditQuery,
        reply=schema.AuditPage,
    ),
    Operation(
        method="GET",
        path="/v1/audit/{sequence}",
        handler=get_audit_row,
        name="getAuditRow",
        summary="Tell of one thing that was done",
        detail="With its texts whole. For admins.",
        scope="admin",
        reply=schema.AuditRow,
        path_help={"sequence": "The number of the row."},
    ),
)
