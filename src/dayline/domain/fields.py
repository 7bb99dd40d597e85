"""The names of all that an activity can say, and which of it one activity does say. Pure.

It must never leave out a field of ``Activity``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, get_args

from msgspec.structs import replace

from dayline.domain.activity import Activity, Attendee, AttendeeKind, Location
from dayline.domain.record import KINDS, Kind

EXTRAS: Final = "extras"
"""What only one vendor knows; ``extras.<vendor>`` is that vendor's."""

_PARTS: Final = tuple(name for name in Location.__struct_fields__ if name != "value")


def _related(kind: Kind) -> Callable[[Activity], bool]:
    return lambda activity: activity.first(kind) is not None


def _invited(kind: AttendeeKind) -> Callable[[Activity], bool]:
    return lambda activity: any(person.kind == kind for person in activity.attendees)


def _some(of: Callable[[Attendee], object]) -> Callable[[Activity], bool]:
    return lambda activity: any(map(of, activity.attendees))


def _always(_: Activity) -> bool:
    return True


FIELDS: Final[Mapping[str, Callable[[Activity], bool]]] = {
    "id": _always,
    "uuid": _always,
    "type": _always,
    "subject": lambda activity: activity.subject != "",
    "description": lambda activity: activity.description is not None,
    "note": lambda activity: activity.note is not None,
    "when.date": lambda activity: activity.when.date is not None,
    "when.time": lambda activity: activity.when.time is not None,
    "when.duration": lambda activity: activity.when.duration is not None,
    "when.zone": lambda activity: activity.when.zone is not None,
    "busy": lambda activity: activity.busy is not None,
    "done": lambda activity: activity.done,
    "done_at": lambda activity: activity.done_at is not None,
    "priority": lambda activity: activity.priority is not None,
    "outcome": lambda activity: activity.outcome is not None,
    "visibility": lambda activity: activity.visibility != "public",
    "location.value": lambda activity: activity.location is not None and activity.location.value is not None,
    "location.parts": lambda activity: any(getattr(activity.location, part, None) is not None for part in _PARTS),
    "conference.client": lambda activity: activity.conference is not None and activity.conference.client is not None,
    "conference.url": lambda activity: activity.conference is not None and activity.conference.url is not None,
    "conference.id": lambda activity: activity.conference is not None and activity.conference.id is not None,
    "owner_id": _always,
    "creator_id": _always,
    "editor_id": _always,
    "collaborators": lambda activity: bool(activity.collaborators),
    **{f"related.{kind}": _related(kind) for kind in KINDS},
    "main_chosen": lambda activity: activity.main_chosen,
    "main_kind": lambda activity: activity.main_kind is not None,
    "participants": lambda activity: bool(activity.participants),
    "participants.primary": lambda activity: activity.primary is not None,
    **{f"attendees.{kind}": _invited(kind) for kind in get_args(AttendeeKind)},
    "attendees.address": _some(lambda person: person.email is not None and person.kind != "email"),
    "attendees.name": _some(lambda person: person.name),
    "attendees.status": _some(lambda person: person.status != "noreply"),
    "attendees.organizer": _some(lambda person: person.organizer),
    "attachments": lambda activity: bool(activity.attachments),
    "invite": lambda activity: not activity.invite,
    "revision": _always,
    "created_at": _always,
    "updated_at": _always,
    "deleted_at": lambda activity: activity.deleted_at is not None,
}
"""Each field, and whether an activity says something there that it would not say by itself."""


def said(activity: Activity) -> Iterator[str]:
    """The fields in which the activity says something, those of vendors as ``extras.<vendor>``."""
    yield from (name for name, says in FIELDS.items() if says(activity))
    yield from (f"{EXTRAS}.{vendor}" for vendor in sorted(activity.extras))


def said_of(activity: Activity, people: Iterable[Attendee]) -> Iterator[str]:
    """The fields in which the activity says something about these of its attendees."""
    alone = replace(activity, attendees=tuple(people))
    yield from (name for name in FIELDS if name.startswith("attendees.") and FIELDS[name](alone))


def can_say(names: Iterable[str]) -> Callable[[str], bool]:
    """Whether a field is one of these; ``extras`` alone are those of every vendor."""
    known = frozenset(names)
    return lambda name: name in known or (name.startswith(f"{EXTRAS}.") and EXTRAS in known)
