"""Filters on Pipedrive's wire, API v1. No behaviour."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Kind = Literal["deals", "leads", "org", "people", "products", "activity", "projects", "project"]
Object = Literal["person", "deal", "organization", "product", "activity"]
Glue = Literal["and", "or"]
VisibleTo = Literal["1", "3", "5", "7"]
Word = Annotated[str, Meta(max_length=1_000)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
MOST = 16  # conditions in a filter

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
FieldId = Annotated[
    Word | Whole, Meta(description="The numeric id of an activity field, as activityFields (v1) has it.")
]
Operator = Annotated[Word, Meta(description="One of those that `/v1/filters/helpers` shows for the field's type.")]
Value = Annotated[
    Word | Whole | float | bool | None,
    Meta(description="Text, an id, an option's id, a time as `HH:MM`, a date as `YYYY-MM-DD` or a relative date."),
]
FieldCode = Annotated[
    str | None | UnsetType, Meta(description="Only with `include_field_code=true`; ignored in a body.")
]


class Condition(Struct, frozen=True, kw_only=True):
    """One condition."""

    object: Object
    field_id: FieldId
    operator: Operator
    value: Value = None
    extra_value: Word | None = None
    json_value_flag: bool = False
    field_code: FieldCode = UNSET


class Line(Struct, frozen=True, kw_only=True):
    """A condition; or, as an extension, conditions glued together in the place of one."""

    object: Object | UnsetType = UNSET
    field_id: FieldId | UnsetType = UNSET
    operator: Operator | UnsetType = UNSET
    value: Value | UnsetType = UNSET
    extra_value: Word | None | UnsetType = UNSET
    json_value_flag: bool | UnsetType = UNSET
    field_code: FieldCode = UNSET
    glue: Glue | UnsetType = UNSET
    conditions: Annotated[list[Condition], Meta(max_length=MOST)] | UnsetType = UNSET


class Group(Struct, frozen=True):
    """Conditions of which all (`and`) or any (`or`) must hold. One without conditions asks for nothing."""

    glue: Glue
    conditions: Annotated[list[Line], Meta(max_length=MOST)]


class Conditions(Struct, frozen=True):
    """Both groups must hold: the first is glued by `and`, the second by `or`."""

    glue: Literal["and"]
    conditions: Annotated[list[Group], Meta(min_length=2, max_length=2)]


class AddFilterRequest(Struct, frozen=True, kw_only=True):
    """A filter to be added."""

    name: Name
    conditions: Conditions
    type: Annotated[Kind, Meta(description="`activity`: this server filters nothing else.")]
    visible_to: Annotated[
        VisibleTo, Meta(description="1 the owner, any other everybody in the account. An extension.")
    ] = "1"


class UpdateFilterRequest(Struct, frozen=True, kw_only=True):
    """What is to change."""

    conditions: Conditions
    name: Name | UnsetType = UNSET
    visible_to: Annotated[
        VisibleTo | UnsetType, Meta(description="1 the owner, any other everybody in the account. An extension.")
    ] = UNSET


class Filter(Struct, frozen=True, kw_only=True):
    """A filter; lists show it without its conditions."""

    id: int
    name: str
    filter_code: str | None = None
    is_editable: Annotated[bool, Meta(description="Whether the caller may change it.")]
    active_flag: bool = True
    type: Kind = "activity"
    temporary_flag: bool = False
    user_id: int
    add_time: str
    update_time: str
    visible_to: VisibleTo
    last_used_time: str | None = None
    custom_view_id: int | None = None
    conditions: Conditions | UnsetType = UNSET


class ListQuery(Struct, frozen=True, kw_only=True):
    """Which filters. There is one page of them; clients that ask for pages everywhere may."""

    type: Kind | None = None
    start: Annotated[int, Meta(ge=0, description="Taken and ignored: there is one page.")] = 0
    limit: Annotated[int, Meta(ge=1, le=500, description="Taken and ignored.")] = 500


class CodeQuery(Struct, frozen=True):
    """How conditions are shown."""

    include_field_code: Annotated[bool, Meta(description="Whether each condition tells its field's name too.")] = False


class DeleteQuery(Struct, frozen=True):
    """Which filters to delete."""

    ids: Annotated[str, Meta(description="Up to 100 ids, separated by commas.")]


class Deleted(Struct, frozen=True):
    """What was deleted."""

    id: int


class DeletedMany(Struct, frozen=True):
    """What was deleted."""

    id: list[int]


class FilterListResponse(Struct, frozen=True, kw_only=True):
    """The filters that the caller may use; null when there is none."""

    success: Literal[True] = True
    data: list[Filter] | None


class FilterResponse(Struct, frozen=True, kw_only=True):
    """One filter."""

    success: Literal[True] = True
    data: Filter


class FilterDeleteResponse(Struct, frozen=True, kw_only=True):
    """The id of the deleted filter."""

    success: Literal[True] = True
    data: Deleted


class FiltersDeleteResponse(Struct, frozen=True, kw_only=True):
    """The ids of the filters that were deleted."""

    success: Literal[True] = True
    data: DeletedMany


Labels = dict[str, str]


class Helpers(Struct, frozen=True, kw_only=True):
    """What conditions can be made of."""

    operators: Annotated[dict[str, Labels], Meta(description="By the type of the field.")]
    deprecated_operators: dict[str, Labels]
    relative_dates: Annotated[dict[str, Labels], Meta(description="What a date can be compared with beside a date.")]
    address_field_components: Labels


class HelpersResponse(Struct, frozen=True, kw_only=True):
    """What conditions can be made of."""

    success: Literal[True] = True
    data: Helpers
