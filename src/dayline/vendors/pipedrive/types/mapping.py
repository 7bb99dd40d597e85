"""Pipedrive's activity types to and from the domain. Pure."""

from typing import Final, get_args

from msgspec import UNSET, UnsetType

from dayline.domain.errors import Invalid, invalid
from dayline.domain.types import ActivityType, TypeChange, key_from
from dayline.service.types import NewType
from dayline.vendors.pipedrive.answers import v1_instant
from dayline.vendors.pipedrive.types import schema

NO_COLOUR: Final = "FFFFFF"  # what the vendor shows where none was chosen
_ICONS: Final[dict[str, schema.Icon]] = {icon: icon for icon in get_args(schema.Icon)}
_HEX: Final = frozenset("0123456789abcdefABCDEF")


def new_type(body: schema.AddActivityTypeRequest) -> NewType:
    """What a POST asks for. Raises Invalid."""
    try:
        key_from(body.name)
    except Invalid as error:
        raise invalid("name", error.problems[0].message) from None
    return NewType(label=body.name, icon=body.icon_key, colour=_read_colour(body.color))


def change(body: schema.UpdateActivityTypeRequest) -> TypeChange:
    """What a PUT asks for: absent stays. Raises Invalid."""
    if body.name is not UNSET and not body.name.strip():
        raise invalid("name", "This value should not be blank.")
    colour: str | UnsetType = UNSET if body.color is UNSET else _read_colour(body.color)
    return TypeChange(label=body.name, icon=body.icon_key, colour=colour, order=body.order_nr)


def _read_colour(colour: str | None) -> str:
    if colour is not None and not _HEX.issuperset(colour):
        raise invalid("color", "This value should be six hex digits.")
    return "" if colour is None or colour.upper() == NO_COLOUR else colour


def show(type_: ActivityType) -> schema.ActivityType:
    """The type as Pipedrive shows it; an icon that it does not know is a task's."""
    return schema.ActivityType(
        id=type_.id,
        order_nr=type_.order,
        name=type_.label,
        key_string=type_.key,
        icon_key=_ICONS.get(type_.icon, "task"),
        active_flag=type_.active,
        color=type_.colour or NO_COLOUR,
        is_custom_flag=type_.custom,
        add_time=v1_instant(type_.created_at),
        update_time=v1_instant(type_.updated_at),
    )
