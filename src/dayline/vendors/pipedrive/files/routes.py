"""Pipedrive's files, API v1: the handlers, then the table of operations.

Follows Pipedrive's reference for files and its tutorials for adding them (API v1, read 2026-11-21).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from dayline.domain.activity import Activity
from dayline.domain.attaching import Attach, Attaching, Detach, NewAttachment
from dayline.domain.draft import Draft
from dayline.domain.errors import NotFound, invalid
from dayline.kit.dialect import Form, NoQuery, Operation, Reply
from dayline.service import Directory, Written
from dayline.service.attachments import Held, link_of
from dayline.vendors.pipedrive.answers import Asked, ok
from dayline.vendors.pipedrive.files import mapping, schema
from dayline.vendors.pipedrive.mapping import parse_id
from dayline.vendors.pipedrive.v1.errors import envelope
from dayline.vendors.pipedrive.v1.mapping import show_pages

_MISSING: Final = "File not found"
_NO_ACTIVITY: Final = "There is no activity with this id."
_NO_BYTES: Final = "This file is a link, which is kept here without what it leads to: its url tells where that is."
# Names of records need their scope; without it a file is shown without them.
_NAMES: Final = "records:read"


async def get_files(call: Asked[schema.ListQuery, None]) -> Reply:
    """List the files of every activity that the caller can see."""
    query = mapping.read_list(call.query)
    found, more = await call.service.attachments.page(call.who, query.sort, query.limit, query.offset)
    names = await _names(call, [held.activity for held in found])
    shown = [_show(call, held, names) for held in found]
    return ok(schema.FileListResponse(data=shown or None, additional_data=show_pages(query, more=more)))


async def get_file(call: Asked[NoQuery, None]) -> Reply:
    """Get one file."""
    held = await _find(call)
    return _shown(call, held, await _names(call, [held.activity]))


async def download_file(call: Asked[NoQuery, None]) -> Reply:
    """Send the caller where the bytes are."""
    held = await _find(call)
    if held.attachment.key is None:  # clients send their token along to wherever they are sent
        raise invalid("id", _NO_BYTES)
    return Reply(302, headers=(("Location", link_of(call.who.account_id, held.attachment, call.base_url)),))


async def add_file(call: Asked[NoQuery, schema.AddFileRequest]) -> Reply:
    """Put a file on an activity."""
    new = mapping.new_file(call.body, call.files.get(mapping.FILE))
    return await _add(call, call.body.activity_id, "activity_id", new)


async def link_file(call: Asked[NoQuery, schema.LinkFileRequest]) -> Reply:
    """Put a link on an activity."""
    return await _add(call, call.body.item_id, "item_id", mapping.new_link(call.body, strict=call.strict))


async def update_file(call: Asked[NoQuery, schema.UpdateFileRequest]) -> Reply:
    """Change the name or the description of a file."""
    held = await _find(call)
    names = await _names(call, [held.activity])

    def changed(written: Written) -> Reply:
        one = next(one for one in written.activity.attachments if one.id == held.attachment.id)
        return _shown(call, Held(written.activity, one), names)

    return await _change(call, held, mapping.change(held.attachment.id, call.body), changed)


async def delete_file(call: Asked[NoQuery, None]) -> Reply:
    """Delete a file for good."""
    held = await _find(call)
    answer = schema.FileDeleteResponse(data=schema.Deleted(held.attachment.id))
    return await _change(call, held, Detach(held.attachment.id), lambda _: ok(answer))


async def _add(call: Asked[NoQuery, Any], activity_id: int, field: str, new: NewAttachment) -> Reply:
    """Put it on its activity. The names are read before: the answer is made where nothing can be read."""

    def added(written: Written) -> Reply:
        return _shown(call, Held(written.activity, written.activity.attachments[-1]), names)

    activities, draft = call.service.activities, Draft(attachments=(Attach(new),))
    try:
        names = await _names(call, [await activities.get(call.who, activity_id)])
        return await activities.change(call.who, activity_id, draft, added, call.once)
    except NotFound:
        raise invalid(field, _NO_ACTIVITY) from None


async def _change(
    call: Asked[NoQuery, Any], held: Held, change: Attaching, render: Callable[[Written], Reply]
) -> Reply:
    with _as_file():
        draft = Draft(attachments=(change,))
        return await call.service.activities.change(call.who, held.activity.id, draft, render)


async def _find(call: Asked[Any, Any]) -> Held:
    """The file of the path. Raises NotFound."""
    with _as_file():
        return await call.service.attachments.find(call.who, parse_id(call.path["id"]))


@contextmanager
def _as_file() -> Iterator[None]:
    """Say of a file what is said of the activity that has it."""
    try:
        yield
    except NotFound:
        raise NotFound(_MISSING) from None


async def _names(call: Asked[Any, Any], activities: Iterable[Activity]) -> Directory:
    """The names that the caller may see."""
    if _NAMES not in call.who.scopes:
        return Directory({}, {})
    return await call.service.activities.whole_directory(call.who, list(activities))


def _show(call: Asked[Any, Any], held: Held, names: Directory) -> schema.File:
    return mapping.show(held, names, call.who.account_id, call.base_url)


def _shown(call: Asked[Any, Any], held: Held, names: Directory) -> Reply:
    return ok(schema.FileResponse(data=_show(call, held, names)))


def _operation(method: str, path: str, **row: Any) -> Operation:
    """A row of the table: v1 words errors in its own way."""
    scope = "activities:read" if method == "GET" else "activities:write"
    help_ = {"id": "The ID of the file."} if "{id}" in path else {}
    return Operation(method=method, path=f"/v1/files{path}", scope=scope, path_help=help_, envelope=envelope, **row)


OPERATIONS: Final = (
    _operation(
        "GET",
        "",
        handler=get_files,
        name="getFiles",
        summary="Get all files",
        detail="Those of every activity that the caller can see. The pages are numbered by `start`.",
        query=schema.ListQuery,
        reply=schema.FileListResponse,
        cost=20,
    ),
    _operation(
        "GET",
        "/{id}",
        handler=get_file,
        name="getFile",
        summary="Get one file",
        reply=schema.FileResponse,
        cost=2,
    ),
    _operation(
        "GET",
        "/{id}/download",
        handler=download_file,
        name="downloadFile",
        summary="Download one file",
        detail="Leads to the bytes, which need no token. A link has none: 400.",
        reply=None,
        status=302,
        cost=20,
    ),
    _operation(
        "POST",
        "",
        handler=add_file,
        name="addFile",
        summary="Add file",
        detail="A file as a multipart form, with the activity that it is put on.",
        body=schema.AddFileRequest,
        form=Form(frozenset((mapping.FILE,)), lambda service: service.attachments.receive()),
        reply=schema.FileResponse,
        cost=10,
    ),
    _operation(
        "POST",
        "/remoteLink",
        handler=link_file,
        name="linkFileToItem",
        summary="Link a remote file to an item",
        detail="A URL on an activity, which the vendor has not; nothing else, and nothing under strict.",
        body=schema.LinkFileRequest,
        urlencoded=True,
        reply=schema.FileResponse,
        cost=10,
    ),
    _operation(
        "PUT",
        "/{id}",
        handler=update_file,
        name="updateFile",
        summary="Update file details",
        body=schema.UpdateFileRequest,
        urlencoded=True,
        reply=schema.FileResponse,
        cost=10,
    ),
    _operation(
        "DELETE",
        "/{id}",
        handler=delete_file,
        name="deleteFile",
        summary="Delete a file",
        reply=schema.FileDeleteResponse,
        cost=6,
    ),
)
