"""What becomes of an activity's attachments. Pure: the bytes of a file were stored before, and go after.

At most one attachment is the main one: the first that was added, unless somebody chose another or cleared it.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.activity import Attachment
from dayline.domain.errors import NotFound, invalid

MAX_ATTACHMENTS: Final = 100
MAX_NAME: Final = 255
MAX_DESCRIPTION: Final = 1000
UNNUMBERED: Final = 0
"""The id of an attachment that has none yet: it is handed out with the rows."""


class NewAttachment(Struct, frozen=True, kw_only=True):
    """A file that is stored under ``key``, or a link. ``size`` is in bytes; ``field`` is what the caller calls it."""

    name: str
    key: str | None = None
    url: str | None = None
    media_type: str | None = None
    size: int | None = None
    field: str = "attachment"


class Attach(Struct, frozen=True):
    """Add one; it is the main one when it is said to be, or when it is the only one."""

    what: NewAttachment
    main: bool = False


class Detach(Struct, frozen=True):
    """Take one away."""

    id: int


class ChooseMain(Struct, frozen=True):
    """Make this the main one, or no longer the main one, which leaves none."""

    id: int
    main: bool = True


class ReplaceMain(Struct, frozen=True):
    """Put another in the place of the main one; None takes the main one away, and no other moves up."""

    what: NewAttachment | None


class Describe(Struct, frozen=True, kw_only=True):
    """Change the name or the description of one, which null takes away; what is UNSET stays."""

    id: int
    name: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET


Attaching: TypeAlias = Attach | Detach | ChooseMain | ReplaceMain | Describe


class By(Struct, frozen=True):
    """Who changes them, and when (ms UTC)."""

    user_id: int
    now: int


def attached(before: tuple[Attachment, ...], changes: Sequence[Attaching], by: By) -> tuple[Attachment, ...]:
    """The attachments after these changes. Raises Invalid, and NotFound for an unknown id."""
    kept = before
    for change in changes:
        kept = _changed(kept, change, by)
    if len(kept) > max(MAX_ATTACHMENTS, len(before)):
        raise invalid(_field_of(changes), f"An activity can have at most {MAX_ATTACHMENTS} attachments.")
    return kept


def _changed(before: tuple[Attachment, ...], change: Attaching, by: By) -> tuple[Attachment, ...]:
    match change:
        case Attach(what, main):
            return _added(before, what, by, main=main or not before)
        case Detach(id_):
            _found(before, id_)
            return tuple(one for one in before if one.id != id_)
        case ChooseMain(id_, main):
            chosen = _found(before, id_)
            return tuple(replace(one, main=main if one is chosen else one.main and not main) for one in before)
        case ReplaceMain(what):
            others = tuple(one for one in before if not one.main)
            if what is not None and any(one.main and _is_link_of(one, what.url) for one in before):
                return before  # the same link again, as from a caller who sends back what he was shown
            return others if what is None else _added(others, what, by, main=True)
        case Describe(id=id_):
            told = _described(_found(before, id_), change, by)
            return tuple(told if one.id == id_ else one for one in before)


def _described(before: Attachment, change: Describe, by: By) -> Attachment:
    name = before.name if change.name is UNSET else change.name
    _check_name(name, "name")
    description = before.description if change.description is UNSET else change.description
    if description is not None and len(description) > MAX_DESCRIPTION:
        raise invalid("description", f"The description of an attachment has at most {MAX_DESCRIPTION:,} characters.")
    after = replace(before, name=name, description=description)
    return before if after == before else replace(after, updated_at=by.now)


def _check_name(name: str, field: str) -> None:
    if not 0 < len(name) <= MAX_NAME:
        raise invalid(field, f"The name of an attachment has 1 to {MAX_NAME} characters.")


def _added(before: tuple[Attachment, ...], what: NewAttachment, by: By, *, main: bool) -> tuple[Attachment, ...]:
    _check_name(what.name, what.field)
    added = Attachment(
        id=UNNUMBERED,
        name=what.name,
        key=what.key,
        url=what.url,
        media_type=what.media_type,
        size=what.size,
        main=main,
        creator_id=by.user_id,
        created_at=by.now,
        updated_at=by.now,
    )
    return (*(replace(one, main=one.main and not main) for one in before), added)


def _is_link_of(one: Attachment, url: str | None) -> bool:
    """Whether this is where the attachment is had: its own link, or that to its file, which ends with its key."""
    if url is None:
        return False
    return url == one.url or (one.key is not None and url.endswith(f"-{one.key}"))


def _found(attachments: tuple[Attachment, ...], id_: int) -> Attachment:
    found = next((one for one in attachments if one.id == id_), None)
    if found is None:
        raise NotFound("Attachment not found")
    return found


def _field_of(changes: Sequence[Attaching]) -> str:
    return next((c.what.field for c in changes if isinstance(c, Attach | ReplaceMain) and c.what), "attachment")
