"""The metadata of fields on Pipedrive's wire, in both of its APIs. No behaviour."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.vendors.pipedrive.fields.table import FieldType
from dayline.vendors.pipedrive.schema import NextCursor
from dayline.vendors.pipedrive.v1.schema import Limit, PagesV1, Start


class OptionV1(Struct, frozen=True):
    """One value of an enum."""

    id: int | str
    label: str


class FieldV1(Struct, frozen=True, kw_only=True):
    """A field as API v1 tells of it."""

    id: Annotated[int, Meta(description="What filters name it by.")]
    key: str
    name: str
    order_nr: int
    field_type: FieldType
    add_time: str
    update_time: str
    last_updated_by_user_id: None = None
    created_by_user_id: None = None
    active_flag: Literal[True] = True
    edit_flag: Literal[False] = False
    index_visible_flag: Literal[True] = True
    details_visible_flag: Literal[True] = True
    add_visible_flag: bool
    important_flag: Literal[False] = False
    bulk_edit_allowed: Annotated[bool, Meta(description="Whether a client can write it.")]
    searchable_flag: Literal[False] = False
    filtering_allowed: Annotated[bool, Meta(description="Whether filters can have conditions on it.")]
    sortable_flag: Annotated[bool, Meta(description="Whether lists can be sorted by it.")]
    options: list[OptionV1] | None
    mandatory_flag: bool


class OptionV2(Struct, frozen=True, kw_only=True):
    """One value of an enum."""

    id: int | str
    label: str
    color: None = None
    add_time: None = None
    update_time: None = None


class SubfieldV2(Struct, frozen=True):
    """A part of a field."""

    field_code: str
    field_name: str
    field_type: Literal["varchar"] = "varchar"


class UiVisibilityV2(Struct, frozen=True):
    """Where the vendor's own pages show a field."""

    add_visible_flag: bool
    details_visible_flag: bool


class FieldV2(Struct, frozen=True, kw_only=True):
    """A field as API v2 tells of it."""

    field_name: str
    field_code: str
    description: None = None
    field_type: FieldType
    options: list[OptionV2] | None
    subfields: list[SubfieldV2] | None
    is_custom_field: Literal[False] = False
    is_optional_response_field: Annotated[bool, Meta(description="Whether it comes only with `include_fields`.")]
    ui_visibility: Annotated[
        UiVisibilityV2 | UnsetType, Meta(description="Only with `include_fields=ui_visibility`.")
    ] = UNSET


class ListQueryV1(Struct, frozen=True, kw_only=True):
    """The parameters of API v1's list."""

    start: Start = 0
    limit: Limit = 100


class GetQueryV2(Struct, frozen=True, kw_only=True):
    """The parameters of a single field in API v2."""

    include_fields: Annotated[str | None, Meta(description="`ui_visibility`")] = None


class ListQueryV2(Struct, frozen=True, kw_only=True):
    """The parameters of API v2's list."""

    include_fields: Annotated[str | None, Meta(description="`ui_visibility`")] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class FieldListResponseV1(Struct, frozen=True, kw_only=True):
    """One page of fields."""

    success: Literal[True] = True
    data: list[FieldV1] | None
    additional_data: PagesV1


class FieldResponseV1(Struct, frozen=True, kw_only=True):
    """One field."""

    success: Literal[True] = True
    data: FieldV1


class FieldListResponseV2(Struct, frozen=True, kw_only=True):
    """One page of fields."""

    success: Literal[True] = True
    data: list[FieldV2]
    additional_data: NextCursor


class FieldResponseV2(Struct, frozen=True, kw_only=True):
    """One field."""

    success: Literal[True] = True
    data: FieldV2
