"""Pipedrive's files to and from attachments of activities. Pure; the only file to open when a field is wrong."""

import re
from typing import Final

from msgspec import UNSET, UnsetType

from dayline.domain.activity import Attachment
from dayline.domain.attaching import Describe, NewAttachment
from dayline.domain.errors import invalid
from dayline.domain.filter import Query, Sort, SortField
from dayline.domain.record import Ref
from dayline.kit.dialect import Upload
from dayline.service import Directory
from dayline.service.attachments import Held, clean_name, file_attachment, link_of, url_attachment
from dayline.vendors.pipedrive.answers import v1_instant
from dayline.vendors.pipedrive.files import schema

MAX_LIMIT: Final = 100
FILE: Final = "file"
ELSEWHERE: Final = "Files are kept on activities only: give activity_id alone."
NOT_ON_THAT: Final = "Links are kept on activities only: give activity."
NO_FILE: Final = "Send a file, as a multipart form."

_OTHERS: Final = ("deal_id", "person_id", "org_id", "product_id", "lead_id", "project_id")
_SORTS: Final[dict[str, SortField]] = {"id": "id", "update_time": "updated_at"}
_DRIVE: Final = "https://drive.google.com/open?id="
_DRIVE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_ENDING: Final = re.compile(r"[a-z0-9]{1,10}")


def read_list(query: schema.ListQuery) -> Query:
    """Which page of the list, and in which order."""
    field, _, direction = query.sort.partition(" ")
    sort = Sort(_SORTS[field], direction == "DESC")
    return Query(sort=sort, limit=min(query.limit, MAX_LIMIT), offset=query.start)


def new_file(body: schema.AddFileRequest, upload: Upload | None) -> NewAttachment:
    """What a POST asks to put on its activity. Raises Invalid."""
    for field in _OTHERS:
        if getattr(body, field) is not None:
            raise invalid(field, ELSEWHERE)
    if upload is None:
        raise invalid(FILE, NO_FILE)
    return file_attachment(upload.sink, upload.name, upload.size, FILE)


def new_link(body: schema.LinkFileRequest, *, strict: bool) -> NewAttachment:
    """What is to be linked to its activity. Raises Invalid."""
    if body.item_type != "activity" or strict:
        raise invalid("item_type", NOT_ON_THAT)
    remote = body.remote_id
    if body.remote_location == "googledrive" and _DRIVE_ID.fullmatch(remote):
        return url_attachment(_DRIVE + remote, "remote_id", remote)
    return url_attachment(remote, "remote_id")


def change(id_: int, body: schema.UpdateFileRequest) -> Describe:
    """What a PUT asks for: absent stays. Raises Invalid."""
    return Describe(id=id_, name=_name(body.name), description=_filled(body.description))


def _name(name: str | UnsetType) -> str | UnsetType:
    if name is UNSET:
        return UNSET
    if not name.strip():
        raise invalid("name", "This value should not be blank.")
    return clean_name(name)


def _filled(text: str | None | UnsetType) -> str | None | UnsetType:
    return text or None if isinstance(text, str) else text


def show(held: Held, names: Directory, account_id: int, base_url: str) -> schema.File:
    """The file as Pipedrive shows it; names are null where the directory has none."""
    activity, one = held.activity, held.attachment
    deal, lead, project = (activity.first(kind) for kind in ("deal", "lead", "project"))
    org, person = activity.first("organization"), activity.primary
    location, remote_id = _remote(one)
    return schema.File(
        id=one.id,
        user_id=one.creator_id,
        deal_id=_id(deal),
        person_id=_id(person),
        org_id=_id(org),
        activity_id=activity.id,
        lead_id=None if lead is None else lead.uuid,
        project_id=_id(project),
        add_time=v1_instant(one.created_at),
        update_time=v1_instant(one.updated_at),
        file_name=one.name,
        file_type=_ending(one),
        file_size=one.size,
        remote_location=location,
        remote_id=remote_id,
        deal_name=_named(deal, names),
        person_name=_named(person, names),
        lead_name=_named(lead, names),
        project_name=_named(project, names),
        org_name=_named(org, names),
        url=link_of(account_id, one, base_url),
        name=one.name,
        description=one.description,
    )


def _id(ref: Ref | None) -> int | None:
    return None if ref is None else ref.id


def _named(ref: Ref | None, names: Directory) -> str | None:
    record = None if ref is None else names.records.get((ref.kind, ref.id))
    return None if record is None else record.name


def _ending(one: Attachment) -> str | None:
    _, dot, ending = one.name.lower().rpartition(".")
    return ending if dot and _ENDING.fullmatch(ending) else None


def _remote(one: Attachment) -> tuple[str | None, str | None]:
    """Where a link leads, as the call that makes one takes it."""
    if one.url is None:
        return None, None
    if one.url.startswith(_DRIVE) and _DRIVE_ID.fullmatch(one.url.removeprefix(_DRIVE)):
        return "googledrive", one.url.removeprefix(_DRIVE)
    return "url", one.url
