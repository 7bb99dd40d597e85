"""The vocabulary of Pipedrive's files, API v1: every shape on its wire, named as Pipedrive names it. No behaviour."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.vendors.pipedrive.schema import Id, Line
from dayline.vendors.pipedrive.v1.schema import PagesV1, Start

FileSort = Literal[
    "id", "id ASC", "id DESC", "update_time", "update_time ASC", "update_time DESC"
]  # fmt: skip
Elsewhere = Annotated[Id | None, Meta(description="Not served: files are kept on activities only.")]


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list."""

    start: Start = 0
    limit: Annotated[int, Meta(ge=1, description="More than 100 are 100.")] = 100
    sort: FileSort = "id"


class AddFileRequest(Struct, frozen=True, kw_only=True):
    """A file as the field `file` of a multipart form, and the activity that it is put on."""

    activity_id: Id
    deal_id: Elsewhere = None
    person_id: Elsewhere = None
    org_id: Elsewhere = None
    product_id: Elsewhere = None
    lead_id: Annotated[str | None, Meta(description="Not served: files are kept on activities only.")] = None
    project_id: Elsewhere = None


class UpdateFileRequest(Struct, frozen=True, kw_only=True):
    """What can change of a file. Absent fields keep their value; an empty description is none."""

    name: Annotated[Line | UnsetType, Meta(description="The name that is shown.")] = UNSET
    description: Line | None | UnsetType = UNSET


class LinkFileRequest(Struct, frozen=True, kw_only=True):
    """A link, and the activity that it is put on. It is kept, and never fetched."""

    item_type: Literal["activity", "deal", "organization", "person"]
    item_id: Id
    remote_id: Annotated[
        str, Meta(max_length=2000, description="A URL, or with `googledrive` the id of a file there as well.")
    ]
    remote_location: Literal["googledrive", "url"]


class File(Struct, frozen=True, kw_only=True):
    """A file or a link on an activity, with what that one hangs on. What Dayline does not know is null."""

    id: int
    user_id: Annotated[int | None, Meta(description="Who added it.")]
    deal_id: int | None
    person_id: int | None
    org_id: int | None
    product_id: None = None
    activity_id: int
    lead_id: str | None
    project_id: int | None
    log_id: None = None
    add_time: str
    update_time: str
    file_name: str
    file_type: Annotated[str | None, Meta(description="The ending of its name.")]
    file_size: Annotated[int | None, Meta(description="In bytes; null for a link.")]
    active_flag: Literal[True] = True
    inline_flag: Literal[False] = False
    remote_location: Annotated[str | None, Meta(description="`googledrive` or `url` for a link.")]
    remote_id: Annotated[str | None, Meta(description="The id in Google Drive, or the URL, of a link.")]
    cid: None = None
    s3_bucket: None = None
    mail_message_id: None = None
    mail_template_id: None = None
    deal_name: str | None
    person_name: str | None
    lead_name: str | None
    project_name: str | None
    org_name: str | None
    product_name: None = None
    url: Annotated[str, Meta(description="Where whoever has this gets it, without a token.")]
    name: str
    description: str | None


class FileListResponse(Struct, frozen=True, kw_only=True):
    """One page of files; ``data`` is null where there are none."""

    success: Literal[True] = True
    data: list[File] | None
    additional_data: PagesV1


class FileResponse(Struct, frozen=True, kw_only=True):
    """One file."""

    success: Literal[True] = True
    data: File


class Deleted(Struct, frozen=True):
    """What was deleted."""

    id: int


class FileDeleteResponse(Struct, frozen=True, kw_only=True):
    """The id of the deleted file."""

    success: Literal[True] = True
    data: Deleted
