"""The export and the erasure of a person: the handlers, then the table. Paths are below the mount ``/dayline``."""

from typing import Final

from dayline.domain import erasure as domain
from dayline.domain.errors import NotFound
from dayline.domain.time import format_instant
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.erasures import schema
from dayline.native.names import MAX_DIGITS
from dayline.native.records.mapping import parse_key

ZIP: Final = "application/zip"
_NAMES: Final = {"kind": "`candidate` or `contact`.", "id": "Its id, UUID or slug."}


async def export_person(call: Asked[NoQuery, None]) -> Reply:
    """Send all that is kept about a person. What is wrong with the request is told before the first byte."""
    key = parse_key(call.path["kind"], call.path["id"])
    pieces = await call.service.person_export.export(call.who, key)
    saved_as = ("Content-Disposition", f'attachment; filename="{key.kind}.zip"')
    return Reply(200, b"", (saved_as,), ZIP, stream=pieces)


async def erase_person(call: Asked[NoQuery, schema.EraseRequest]) -> Reply:
    """Have a person erased."""
    key, body = parse_key(call.path["kind"], call.path["id"]), call.body
    return await call.service.erasures.request(
        call.who, key, body.confirm, _accepted, call.once, same_email=body.same_email
    )


async def list_erasures(call: Asked[NoQuery, None]) -> Reply:
    """List erasures."""
    found = await call.service.erasures.list(call.who)
    return Reply(200, encode(schema.ErasureList(data=[show(one) for one in found])))


async def get_erasure(call: Asked[NoQuery, None]) -> Reply:
    """Tell what became of an erasure."""
    text = call.path["id"]
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
        raise NotFound("There is no erasure with this id.")
    return Reply(200, encode(show(await call.service.erasures.get(call.who, int(text)))))


def show(erasure: domain.Erasure) -> schema.Erasure:
    """The erasure as the native API shows it."""
    return schema.Erasure(
        id=erasure.id,
        records=[schema.ErasedRecord(kind=kind, id=id_) for kind, id_ in erasure.records],
        state=erasure.state,
        user_id=erasure.user_id or None,
        created_at=format_instant(erasure.created_at),
        ended_at=format_instant(erasure.ended_at) if erasure.ended_at else None,
        counts=erasure.counts,
        left=list(erasure.left),
    )


def _accepted(erasure: domain.Erasure) -> Reply:
    return Reply(202, encode(show(erasure)), (("Location", f"/dayline/v1/erasures/{erasure.id}"),))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/records/{kind}/{id}/export",
        handler=export_person,
        name="exportPerson",
        summary="Get all that is kept about a person",
        detail="As a ZIP: the record, activities that the person has a part in or is named in, their files, and what"
        " the change log, the log of deliveries and the log of calls say. For admins. Other people are named in it.",
        scope="admin",
        reply=str,
        sends=(ZIP,),
        path_help=_NAMES,
    ),
    Operation(
        method="POST",
        path="/v1/records/{kind}/{id}/erase",
        handler=erase_person,
        name="erasePerson",
        summary="Erase a person for good",
        detail="Cannot be taken back. Activities in which nobody else outside of the account has a part go, with their"
        " files; out of all others, and out of everything else that is kept, go the names and addresses. It is done by"
        " a job: `GET /v1/erasures/{id}` tells how far it has come. 409 where somebody else has the same email"
        " address. For admins.",
        scope="admin",
        body=schema.EraseRequest,
        reply=schema.Erasure,
        status=202,
        path_help=_NAMES,
    ),
    Operation(
        method="GET",
        path="/v1/erasures",
        handler=list_erasures,
        name="listErasures",
        summary="List erasures",
        detail="Each with its report, which names nobody. For admins.",
        scope="admin",
        reply=schema.ErasureList,
    ),
    Operation(
        method="GET",
        path="/v1/erasures/{id}",
        handler=get_erasure,
        name="getErasure",
        summary="Tell what became of an erasure",
        detail="For admins.",
        scope="admin",
        reply=schema.Erasure,
        path_help={"id": "The number of the erasure."},
    ),
)
