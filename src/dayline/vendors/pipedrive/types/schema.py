"""Activity types on Pipedrive's wire, API v1. No behaviour."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Icon = Literal[
    "task", "email", "meeting", "deadline", "call", "lunch", "calendar", "downarrow", "document", "smartphone",
    "camera", "scissors", "cogs", "bubble", "uparrow", "checkbox", "signpost", "shuffle", "addressbook", "linegraph",
    "picture", "car", "world", "search", "clip", "sound", "brush", "key", "padlock", "pricetag", "suitcase", "finish",
    "plane", "loop", "wifi", "truck", "cart", "bulb", "bell", "presentation",
]  # fmt: skip
Name = Annotated[str, Meta(min_length=1, max_length=100, description="The key_string of a new type follows from it.")]
Colour = Annotated[str, Meta(min_length=6, max_length=6, description="Six hex digits.")]
Order = Annotated[int, Meta(ge=0, le=1_000_000, description="Where lists show it; by id where equal.")]


class AllQuery(Struct, frozen=True, kw_only=True):
    """There is one page; clients that ask for pages everywhere may."""

    start: Annotated[int, Meta(ge=0, description="Taken and ignored: there is one page.")] = 0
    limit: Annotated[int, Meta(ge=1, le=500, description="Taken and ignored.")] = 500


class AddActivityTypeRequest(Struct, frozen=True, kw_only=True):
    """An activity type to be added."""

    name: Name
    icon_key: Icon
    color: Colour | None = None


class UpdateActivityTypeRequest(Struct, frozen=True, kw_only=True):
    """What is to change; what is left out stays. The key_string never changes."""

    name: Name | UnsetType = UNSET
    icon_key: Icon | UnsetType = UNSET
    color: Colour | None | UnsetType = UNSET
    order_nr: Order | UnsetType = UNSET


class ActivityType(Struct, frozen=True, kw_only=True):
    """A kind of activity."""

    id: int
    order_nr: int
    name: str
    key_string: Annotated[str, Meta(description="How activities name it.")]
    icon_key: Icon
    active_flag: Annotated[bool, Meta(description="Whether new writes can name it.")]
    color: str
    is_custom_flag: Annotated[bool, Meta(description="Whether the account added it.")]
    add_time: str
    update_time: str


class DeleteQuery(Struct, frozen=True):
    """Which types to delete."""

    ids: Annotated[str, Meta(description="Up to 100 ids, separated by commas.")]


class DeletedTypes(Struct, frozen=True):
    """What was deleted."""

    id: list[int]


class ActivityTypeListResponse(Struct, frozen=True, kw_only=True):
    """Every activity type, in its order."""

    success: Literal[True] = True
    data: list[ActivityType]


class ActivityTypeResponse(Struct, frozen=True, kw_only=True):
    """One activity type."""

    success: Literal[True] = True
    data: ActivityType


class ActivityTypesDeleteResponse(Struct, frozen=True, kw_only=True):
    """The ids of the types that were deleted."""

    success: Literal[True] = True
    data: DeletedTypes
