"""A saved filter: conditions under a name, for its owner or for all of the account.

It must never look at an activity.
"""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.condition import Group, conditions_of
from dayline.domain.errors import invalid

MOST_CONDITIONS = 16


class SavedFilter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Conditions that activities are listed by. ``shared`` is for everybody in the account. Instants in ms UTC."""

    id: int
    name: str
    owner_id: int
    where: Group
    shared: bool = False
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0


class FilterChange(Struct, frozen=True, kw_only=True):
    """The fields of a filter that a write gives; what is UNSET stays as it is."""

    name: str | UnsetType = UNSET
    where: Group | UnsetType = UNSET
    shared: bool | UnsetType = UNSET


def check_filter(saved: SavedFilter) -> None:
    """Raise Invalid unless the filter has a name, and not too many conditions."""
    if not saved.name.strip():
        raise invalid("name", "This value should not be blank.")
    if sum(1 for _ in conditions_of(saved.where)) > MOST_CONDITIONS:
        raise invalid("conditions", f"A filter should have at most {MOST_CONDITIONS} conditions.")


def change_filter(before: SavedFilter, change: FilterChange, now: int) -> SavedFilter:
    """Make the filter that ``before`` becomes; the same one when nothing differs. Raises Invalid."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if all(getattr(before, name) == value for name, value in given.items()):
        return before
    after = replace(before, **given, revision=before.revision + 1, updated_at=now)
    check_filter(after)
    return after


def may_use(saved: SavedFilter, user_id: int, *, admin: bool) -> bool:
    """Who sees a filter: its owner, admins, and everybody when it is shared."""
    return admin or saved.shared or saved.owner_id == user_id


def may_change(saved: SavedFilter, user_id: int, *, admin: bool) -> bool:
    """Who changes a filter: its owner and admins."""
    return admin or saved.owner_id == user_id
