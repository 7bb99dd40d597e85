"""Records on the native API's wire. No behaviour.

Instants are ``YYYY-MM-DDTHH:MM:SSZ``.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.domain.record import Kind

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
    owner_id: Annotated[UserId | None, Meta(description="The user who looks after it.")] = None


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


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list."""

    kind: Annotated[Kind | None, Meta(description="Only records of this kind.")] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before; send the same kind with it.")] = (
        None
    )


class RecordPage(Struct, frozen=True, kw_only=True):
    """One page of records, by kind and id; ``next_cursor`` is null on the last."""

    data: list[Record]
    next_cursor: str | None
