"""Activity types: what kind of thing is planned or done. A type's key never changes: dialects rely on it."""

import hashlib
import re
import unicodedata

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import Conflict, invalid

FIRST_CUSTOM_ID = 10
_COLOUR = re.compile(r"(?:[0-9A-Fa-f]{6})?")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


class TypeRef(Struct, frozen=True, array_like=True):
    """A type as an activity remembers it."""

    id: int
    key: str


class ActivityType(Struct, frozen=True, kw_only=True):
    """One activity type of an account. ``colour`` is six hex digits or empty; ``order`` is where lists show it.

    Instants in ms UTC.
    """

    id: int
    key: str
    label: str
    icon: str
    order: int
    colour: str = ""
    custom: bool = False
    active: bool = True
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0

    @property
    def ref(self) -> TypeRef:
        """The part of a type that activities keep."""
        return TypeRef(self.id, self.key)


class TypeChange(Struct, frozen=True, kw_only=True):
    """The fields of a type that a write gives; what is UNSET stays as it is. Its key never changes."""

    label: str | UnsetType = UNSET
    icon: str | UnsetType = UNSET
    colour: str | UnsetType = UNSET
    order: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET


def key_from(label: str) -> str:
    """The key of a new type: ``Video call`` is ``video_call``. Raises Invalid for a label without a letter.

    A label in another script has a mark in its key that is its own, and the same for the same label whatever its case:
    ``Встреча`` is ``type_0c86cec4``. Digits alone would be taken for an id.
    """
    folded = unicodedata.normalize("NFKD", label)
    key = _NOT_IN_KEYS.sub("_", folded.encode("ascii", "ignore").decode().lower()).strip("_")
    named = bool(key) and not key.isdecimal()
    if named and not any(map(_is_foreign, folded)):
        return key
    if not any(map(str.isalpha, label)):
        raise invalid("label", "This value should have a letter.")
    return f"{key if named else 'type'}_{_mark(label)}"


def _is_foreign(letter: str) -> bool:
    """Whether a key would lose what tells this label from others; of Latin ones it keeps enough."""
    return letter.isalnum() and not letter.isascii() and not unicodedata.name(letter, "").startswith("LATIN ")


def _mark(label: str) -> str:
    """Eight hex digits that no other label has."""
    return hashlib.sha256(unicodedata.normalize("NFKC", label.strip().casefold()).encode()).hexdigest()[:8]


def change_type(before: ActivityType, change: TypeChange, now: int) -> ActivityType:
    """Make the type that ``before`` becomes; the same one when nothing differs. Raises Invalid and Conflict."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    given |= {"label": given["label"].strip()} if "label" in given else {}
    if all(getattr(before, name) == value for name, value in given.items()):
        return before
    if given.get("active") is False and not before.custom:
        raise Conflict(f"{before.label} is built in and stays active.")
    after = replace(before, **given, revision=before.revision + 1, updated_at=now)
    check_type(after)
    return after


def check_type(type_: ActivityType) -> None:
    """Raise Invalid unless the type has a label, and a colour that is one."""
    if not type_.label.strip():
        raise invalid("label", "This value should not be blank.")
    if _COLOUR.fullmatch(type_.colour) is None:
        raise invalid("colour", "This value should be six hex digits, or empty.")


BUILT_IN: tuple[ActivityType, ...] = tuple(
    ActivityType(id=id, key=key, label=key.capitalize(), icon=icon, order=order)
    for order, (id, key, icon) in enumerate(
        (
            (6, "call", "call"),
            (2, "meeting", "meeting"),
            (3, "task", "task"),
            (7, "deadline", "deadline"),
            (4, "email", "email"),
            (8, "lunch", "lunch"),
            (5, "interview", "addressbook"),
            (9, "note", "document"),
        ),
        start=1,
    )
)
