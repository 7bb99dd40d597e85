"""What an activity says, field by field, in words that every tongue's reading can be held against.

A key is a row of docs/dialects.md, with what it is about in brackets where there are several: ``related.deal`` is the
first deal and ``related.deal[more]`` the others; ``attendees.status[user 1]`` is there where somebody has a status.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import asdict

from dayline.domain.activity import Activity, Attendee
from dayline.domain.record import KINDS
from dayline.domain.time import format_instant

Canon = dict[str, Any]

DETAILS = ("attendees.address", "attendees.name", "attendees.status", "attendees.organizer")
# What is the server's own business, or moves with every write.
OWN = ("id", "uuid", "creator_id", "created_at")
MOVING = ("editor_id", "revision", "updated_at")


def canon(activity: Activity) -> Canon:
    """Everything that it says."""
    return dict(_items(activity))


def row_of(key: str) -> str:
    """The row of docs/dialects.md that a key is in."""
    return key.partition("[")[0]


def _items(activity: Activity) -> Iterator[tuple[str, Any]]:
    for name in ("id", "uuid", "subject", "description", "note", "busy", "done", "priority", "outcome", "visibility"):
        yield name, getattr(activity, name)
    for name in ("owner_id", "creator_id", "editor_id", "main_chosen", "main_kind", "invite", "revision"):
        yield name, getattr(activity, name)
    for name in ("done_at", "created_at", "updated_at", "deleted_at"):
        yield name, _instant(getattr(activity, name))
    yield "type", activity.type.key
    yield "when.date", None if activity.when.date is None else activity.when.date.isoformat()
    yield "when.time", None if activity.when.time is None else activity.when.time.isoformat()
    yield "when.duration", activity.when.duration
    yield "when.zone", activity.when.zone
    yield "collaborators", list(activity.collaborators)
    yield "attachments", [asdict(one) for one in activity.attachments]
    yield from _places(activity)
    yield from _links(activity)
    for person in activity.attendees:
        yield from attendee(who(person), person.email, person.name, person.status, organizer=person.organizer)
    yield from ((f"extras.{vendor}", values) for vendor, values in activity.extras.items())


def _instant(ms: int | None) -> str | None:
    return None if ms is None else format_instant(ms)


def _places(activity: Activity) -> Iterator[tuple[str, Any]]:
    location = {} if activity.location is None else asdict(activity.location)
    yield "location.value", location.pop("value", None)
    yield "location.parts", {part: text for part, text in location.items() if text is not None}
    for name in ("client", "url", "id"):
        yield f"conference.{name}", getattr(activity.conference, name, None)


def _links(activity: Activity) -> Iterator[tuple[str, Any]]:
    for kind in KINDS:
        uuids = [ref.uuid for ref in activity.related if ref.kind == kind]
        yield f"related.{kind}", next(iter(uuids), None)
        yield f"related.{kind}[more]", uuids[1:]
    yield "participants", [person.ref.uuid for person in activity.participants]
    yield "participants.primary", None if activity.primary is None else activity.primary.uuid


def who(person: Attendee) -> str:
    """How keys name somebody invited."""
    name = person.email if person.kind == "email" else person.user_id or (person.ref.uuid if person.ref else "")
    return f"{person.kind} {name}"


def attendee(
    who: str, email: str | None, name: str | None, status: str, *, organizer: bool
) -> Iterator[tuple[str, Any]]:
    """What is said of somebody invited; of details only those that are there."""
    kind = who.partition(" ")[0]
    yield f"attendees.{kind}[{who}]", True
    details = {
        "address": email if kind != "email" else None,
        "name": name,
        "status": None if status == "noreply" else status,
        "organizer": organizer or None,
    }
    yield from ((f"attendees.{detail}[{who}]", value) for detail, value in details.items() if value is not None)
