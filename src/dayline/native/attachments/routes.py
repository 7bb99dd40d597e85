"""Attachments of an activity: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import UNSET

from dayline.domain import activity as domain
from dayline.domain.attaching import Attach, Attaching, ChooseMain, Describe, Detach, NewAttachment
from dayline.domain.draft import Draft
from dayline.domain.errors import NotFound, invalid
from dayline.domain.time import format_instant
from dayline.kit.dialect import Form, NoQuery, Operation, Reply
from dayline.native.activities.mapping import parse_id
from dayline.native.answers import Asked, encode, etag
from dayline.native.attachments import schema
from dayline.service import Written
from dayline.service.attachments import clean_name, file_attachment, link_of, url_attachment


async def list_attachments(call: Asked[NoQuery, None]) -> Reply:
    """List the attachments, with their links."""
    activity = await call.service.activities.get(call.who, parse_id(call.path["id"]))  # a deleted one's too
    return Reply(200, encode(schema.AttachmentList([_show(call, one) for one in activity.attachments])))


async def add_attachment(call: Asked[NoQuery, schema.NewAttachment]) -> Reply:
    """Add a file or a link."""
    change = Attach(_read(call), main=call.body.main)

    def added(written: Written) -> Reply:
        return Reply(201, encode(_show(call, written.activity.attachments[-1])), (etag(written.activity.revision),))

    draft = Draft(attachments=(change,))
    return await call.service.activities.change(call.who, await _id(call), draft, added, call.once)


async def change_attachment(call: Asked[NoQuery, schema.AttachmentPatch]) -> Reply:
    """Change its name or description, or make it the main one, or not."""
    id_, body = _number(call), call.body
    name = body.name if body.name is UNSET else clean_name(body.name)
    changes: list[Attaching] = [Describe(id=id_, name=name, description=body.description)]
    changes += [] if body.main is UNSET else [ChooseMain(id_, body.main)]

    def changed(written: Written) -> Reply:
        one = next(one for one in written.activity.attachments if one.id == id_)
        return Reply(200, encode(_show(call, one)), (etag(written.activity.revision),))

    return await _write(call, changes, changed)


async def remove_attachment(call: Asked[NoQuery, None]) -> Reply:
    """Remove it, its file too."""
    return await _write(call, [Detach(_number(call))], lambda _: Reply(204))


async def _write(call: Asked[Any, Any], changes: Sequence[Attaching], render: Callable[[Written], Reply]) -> Reply:
    draft = Draft(attachments=tuple(changes))
    return await call.service.activities.change(call.who, await _id(call), draft, render)


def _read(call: Asked[NoQuery, schema.NewAttachment]) -> NewAttachment:
    """The file of the form, or the link of the body. Raises Invalid."""
    body, upload = call.body, call.files.get("file")
    if (upload is None) == (not body.url):
        raise invalid("url", "give either a url, or a file as the field `file` of a multipart form")
    if upload is not None:
        return file_attachment(upload.sink, body.name or upload.name, upload.size, "file")
    assert isinstance(body.url, str)
    return url_attachment(body.url, "url", body.name)


async def _id(call: Asked[Any, Any]) -> int:
    name = parse_id(call.path["id"])
    return name if isinstance(name, int) else await call.service.activities.id_of(call.who, name)


def _number(call: Asked[Any, Any]) -> int:
    """The attachment of the path. Raises NotFound."""
    text = call.path["attachment_id"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise NotFound("Attachment not found")
    return int(text)


def _show(call: Asked[Any, Any], one: domain.Attachment) -> schema.Attachment:
    return schema.Attachment(
        id=one.id,
        name=one.name,
        description=one.description,
        link=link_of(call.who.account_id, one, call.base_url),
        kind="link" if one.key is None else "file",
        media_type=one.media_type,
        size=one.size,
        main=one.main,
        created_at=format_instant(one.created_at),
    )


_ID: Final = {"id": "The id or the UUID of the activity."}
_BOTH: Final = _ID | {"attachment_id": "The id of the attachment."}
_PATH: Final = "/v1/activities/{id}/attachments"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path=_PATH,
        handler=list_attachments,
        name="listAttachments",
        summary="List the attachments of an activity",
        scope="activities:read",
        reply=schema.AttachmentList,
        path_help=_ID,
    ),
    Operation(
        method="POST",
        path=_PATH,
        handler=add_attachment,
        name="addAttachment",
        summary="Add a file or a link",
        detail="A file as a multipart form, a link as JSON. The file's type is told by its bytes.",
        scope="activities:write",
        body=schema.NewAttachment,
        form=Form(frozenset(("file",)), lambda service: service.attachments.receive()),
        reply=schema.Attachment,
        status=201,
        path_help=_ID,
    ),
    Operation(
        method="PATCH",
        path=_PATH + "/{attachment_id}",
        handler=change_attachment,
        name="changeAttachment",
        summary="Change an attachment",
        scope="activities:write",
        body=schema.AttachmentPatch,
        reply=schema.Attachment,
        path_help=_BOTH,
    ),
    Operation(
        method="DELETE",
        path=_PATH + "/{attachment_id}",
        handler=remove_attachment,
        name="removeAttachment",
        summary="Remove an attachment",
        detail="Its link and its file are gone for good.",
        scope="activities:write",
        reply=None,
        status=204,
        path_help=_BOTH,
    ),
)
