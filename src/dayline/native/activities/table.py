"""Activities as rows of a table, for people to read. It must never write a cell that a program runs as a formula."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from dayline.domain.activity import Activity, Attendee
from dayline.domain.identity import User
from dayline.domain.record import Ref
from dayline.domain.time import format_duration, format_instant

# Full-width signs too: some programs take them for the plain ones.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_GUARD: Final = "'"

Users: TypeAlias = Mapping[int, User]


def guarded(cell: str) -> str:
    """The cell with a quote in front where a program that shows tables would take it for a formula."""
    return _GUARD + cell if cell.lstrip(_GUARD).startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before ``guarded``."""
    return cell[1:] if cell.startswith(_GUARD) and cell.lstrip(_GUARD).startswith(_FORMULA) else cell


def cells_of(activity: Activity, users: Users) -> list[str]:
    """The cells of an activity, guarded. ``users`` are by id, its owner among them."""
    return [guarded(cell(activity, users) or "") for cell in _CELLS.values()]


def _duration(activity: Activity, _: Users) -> str | None:
    return None if activity.when.duration is None else format_duration(activity.when.duration)


def _participants(activity: Activity, _: Users) -> str:
    people = sorted(activity.participants, key=lambda person: not person.primary)
    return _names(person.ref for person in people)


def _attendee(person: Attendee) -> str:
    if person.user_id is not None:
        return f"user:{person.user_id}"
    return person.email or "" if person.ref is None else _name(person.ref)


def _location(activity: Activity, _: Users) -> str | None:
    place = activity.location
    return None if place is None else place.value or place.formatted_address


def _names(refs: Iterable[Ref]) -> str:
    return " ".join(map(_name, refs))


def _name(ref: Ref) -> str:
    return f"{ref.kind}:{ref.id}"


def _instant(ms: int | None) -> str | None:
    return None if ms is None else format_instant(ms)


_CELLS: Final[dict[str, Callable[[Activity, Users], str | None]]] = {
    "id": lambda a, _: str(a.id),
    "uuid": lambda a, _: a.uuid,
    "type": lambda a, _: a.type.key,
    "subject": lambda a, _: a.subject,
    "date": lambda a, _: None if a.when.date is None else a.when.date.isoformat(),
    "time": lambda a, _: None if a.when.time is None else a.when.time.isoformat("seconds"),
    "duration": _duration,
    "zone": lambda a, _: a.when.zone,
    "done": lambda a, _: "true" if a.done else "false",
    "done_at": lambda a, _: _instant(a.done_at),
    "priority": lambda a, _: a.priority,
    "visibility": lambda a, _: a.visibility,
    "outcome": lambda a, _: a.outcome,
    "owner": lambda a, users: users[a.owner_id].email,
    "related": lambda a, _: _names(a.related),
    "participants": _participants,
    "attendees": lambda a, _: " ".join(map(_attendee, a.attendees)),
    "location": _location,
    "description": lambda a, _: a.description,
    "note": lambda a, _: a.note,
    "created_at": lambda a, _: _instant(a.created_at),
    "updated_at": lambda a, _: _instant(a.updated_at),
}
COLUMNS: Final = tuple(_CELLS)
