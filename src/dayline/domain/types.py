"""Activity types: what kind of thing is planned or done. A type's key never changes: dialects rely on it."""

from msgspec import Struct

FIRST_CUSTOM_ID = 10


class TypeRef(Struct, frozen=True, array_like=True):
    """A type as an activity remembers it."""

    id: int
    key: str


class ActivityType(Struct, frozen=True, kw_only=True):
    """One activity type of an account. ``colour`` is six hex digits or empty; ``order`` is where lists show it."""

    id: int
    key: str
    label: str
    icon: str
    order: int
    colour: str = ""
    custom: bool = False
    active: bool = True

    @property
    def ref(self) -> TypeRef:
        """The part of a type that activities keep."""
        return TypeRef(self.id, self.key)


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
