"""Attachments as the native API shows and takes them. No functions."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType


class NewAttachment(Struct, frozen=True, kw_only=True):
    """A link as JSON, or a file as the field ``file`` of a multipart form: one of the two."""

    url: Annotated[str, Meta(max_length=2000, description="A link; it is kept, and never fetched.")] | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=255, description="By default the file's, or the end of the link.")] | None = (
        None
    )
    main: Annotated[bool, Meta(description="Make it the main one. The only one is the main one anyway.")] = False


class AttachmentPatch(Struct, frozen=True, kw_only=True):
    """What can change of an attachment. What is left out stays, and null takes a description away."""

    main: Annotated[bool | UnsetType, Meta(description="Make it the main one, or no longer.")] = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=1000)] | None | UnsetType = UNSET


class Attachment(Struct, frozen=True, kw_only=True):
    """A file or a link. Whoever has ``link`` gets the file, until the attachment or the activity is deleted."""

    id: int
    name: str
    description: str | None
    link: str
    kind: Annotated[str, Meta(description="`file` or `link`.")]
    media_type: Annotated[str | None, Meta(description="As the first bytes of the file show it.")]
    size: Annotated[int | None, Meta(description="In bytes.")]
    main: bool
    created_at: str


class AttachmentList(Struct, frozen=True):
    """Every attachment of an activity, the first added first."""

    data: list[Attachment]
