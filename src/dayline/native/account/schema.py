"""Activity types and an account's settings on the native API's wire. No behaviour."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Label = Annotated[str, Meta(min_length=1, max_length=100)]
Icon = Annotated[str, Meta(max_length=50)]
Colour = Annotated[str, Meta(pattern="^(?:[0-9A-Fa-f]{6})?$", description="Six hex digits, or empty.")]
Order = Annotated[int, Meta(ge=0, le=1_000_000, description="Where lists show it; by id where equal.")]


class NewType(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An activity type to be added. Its key follows from the label, and never changes."""

    label: Label
    icon: Icon = ""
    colour: Colour = ""
    order: Order | UnsetType = UNSET


class TypePatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    label: Label | UnsetType = UNSET
    icon: Icon | UnsetType = UNSET
    colour: Colour | UnsetType = UNSET
    order: Order | UnsetType = UNSET
    active: Annotated[bool | UnsetType, Meta(description="Whether new writes can name it.")] = UNSET


class ActivityType(Struct, frozen=True, kw_only=True):
    """A kind of activity: the built-in ones, and those of the account's own, from id 10 on."""

    id: int
    key: str
    label: str
    icon: str
    colour: str
    order: int
    custom: bool
    active: bool
    revision: Annotated[int, Meta(description="Goes up with each change; the ETag of the type.")]
    created_at: str
    updated_at: str


class TypeList(Struct, frozen=True, kw_only=True):
    """Every type in its order, inactive ones too."""

    data: list[ActivityType]


class Settings(Struct, frozen=True, kw_only=True):
    """What the account has chosen."""

    name: str
    zone: Annotated[str, Meta(description="Its IANA zone.")]
    retention_days: Annotated[int, Meta(description="How long what is deleted can be restored.")]
    rate_limit: Annotated[
        int | None, Meta(description="Requests a minute for each token, where that is less than the server's own.")
    ]


class SettingsPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    zone: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    retention_days: Annotated[int, Meta(ge=1, le=3650)] | UnsetType = UNSET
    rate_limit: Annotated[int, Meta(ge=1, le=1_000_000)] | None | UnsetType = UNSET
