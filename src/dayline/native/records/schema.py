"""Records on the native API's wire. No behaviour.

Instants are ``YYYY-MM-DDTHH:MM:SSZ``.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.domain.record import Kind
from dayline.native.answers import FieldError

UserId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
# New ids follow the highest one given, and must stay below 2**53, beyond which many JSON readers lose digits.
GivenId = Annotated[int, Meta(ge=1, le=10**15, description="The id it already has; the next free one when left out.")]
Uuid = Annotated[str, Meta(max_length=50, description="The UUID it already has; a new one when left out.")]
Slug = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=50,
        description="The slug it already has, of letters, digits, `_` and `-`; a new one when left out.",
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Email = Annotated[str, Meta(min_length=1, max_length=320)]
Phone = Annotated[str, Meta(min_length=1, max_length=100)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=255, description="What another system calls it.")]
Sought = Annotated[
    str, Meta(min_length=1, max_length=200, description="Part of the name or the email address, in any case.")
]
Owner = Annotated[UserId | None, Meta(description="The user who looks after it.")]


class NewRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record to be created, with the identity it already has elsewhere, if any."""

    kind: Kind
    name: Name
    id: GivenId | UnsetType = UNSET
    uuid: Uuid | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    email: Email | None = None
    phone: Phone | None = None
    external_id: ExternalId | None = None
    owner_id: Owner = None


class RecordPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change: a field that is left out stays, null clears it. The kind, id, UUID and slug never change."""

    name: Name | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    phone: Phone | None | UnsetType = UNSET
    external_id: ExternalId | None | UnsetType = UNSET
    owner_id: Owner | UnsetType = UNSET


class Record(Struct, frozen=True, kw_only=True):
    """A record: what activities hang on. Its id, uuid and slug each name it within its kind."""

    kind: Kind
    id: int
    uuid: str
    slug: str
    name: str
    email: str | None
    phone: str | None
    external_id: str | None
    owner_id: int | None
    revision: Annotated[int, Meta(description="Goes up with each change; the ETag of the record.")]
    created_at: str
    updated_at: str
    deleted_at: str | None


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list."""

    kind: Annotated[Kind | None, Meta(description="Only records of this kind.")] = None
    q: Sought | None = None
    external_id: ExternalId | None = None
    deleted: Annotated[bool, Meta(description="Only deleted records, which can still be restored.")] = False
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[
        str | None, Meta(description="`next_cursor` of the page before; send the same other parameters with it.")
    ] = None


class RecordPage(Struct, frozen=True, kw_only=True):
    """One page of records, by kind and id; ``next_cursor`` is null on the last."""

    data: list[Record]
    next_cursor: str | None


class BulkRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record to be created, or changed where there is one of this kind with this external id.

    For an existing one, what is left out stays and null clears; ``id``, ``uuid`` and ``slug`` are for a new one. The
    limits are those of a single record; what breaks them is refused alone.
    """

    external_id: str
    kind: Kind | UnsetType = UNSET
    name: str | UnsetType = UNSET
    id: int | UnsetType = UNSET
    uuid: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    phone: str | None | UnsetType = UNSET
    owner_id: int | None | UnsetType = UNSET


class CheckedRecord(BulkRecord, frozen=True, kw_only=True):
    """The same, with the limits."""

    external_id: ExternalId
    name: Name | UnsetType = UNSET
    id: GivenId | UnsetType = UNSET
    uuid: Uuid | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    phone: Phone | None | UnsetType = UNSET
    owner_id: Owner | UnsetType = UNSET


class BulkRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 1,000 records in one write. ``kind`` is for those that do not say their own."""

    records: Annotated[list[BulkRecord], Meta(min_length=1, max_length=1000)]
    kind: Kind | UnsetType = UNSET


class BulkOutcome(Struct, frozen=True, kw_only=True):
    """What became of one record, in the order of the request. ``errors`` say why it was refused."""

    outcome: Literal["created", "changed", "unchanged", "refused"]
    external_id: str
    record: Record | None = None
    errors: list[FieldError] = []


class BulkReply(Struct, frozen=True, kw_only=True):
    """One outcome for each record of the request, and how many there are of each."""

    data: list[BulkOutcome]
    created: int
    changed: int
    unchanged: int
    refused: int
