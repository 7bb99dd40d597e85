"""How Reevo shows any activity, and what of it Reevo cannot say. It must never name another vendor."""

from collections.abc import Iterator
from typing import Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.fields import said_of
from dayline.domain.identity import Principal
from dayline.kit.dialect import Tongue
from dayline.service import Service
from dayline.vendors.reevo import mapping

_encode: Final = msgspec.json.Encoder().encode
_WHEN: Final = ("when.date", "when.time", "when.duration")
_MEETING: Final = "a meeting's `metadata.participants[]`"


async def show(service: Service, who: Principal, activity: Activity, _base_url: str) -> bytes:
    """The activity as a row of a timeline."""
    return _encode(mapping.show(activity, await service.activities.whole_directory(who, [activity])))


def lacks(activity: Activity) -> Iterator[str]:
    """Much depends on the kind of row: only a meeting has a start and people, only a task a state and a priority."""
    card = mapping.card_of(activity)
    if not _typed(activity, card):
        yield "type"
    yield from _WHEN[_moments(activity, card) :]
    if card == mapping.MANUAL or activity.when.ends_at is not None:
        yield "done_at"
    if card != mapping.TASK:
        yield from ("done", "priority")
    invited = {person.ref for person in activity.attendees}
    if card != "MEETING":
        yield from ("participants", *said_of(activity, activity.attendees))
    elif any(person.ref in invited for person in activity.participants):
        yield "participants"
    yield "attendees.candidate"
    if card != mapping.MANUAL or set(activity.extras.get("reevo", ())) - {"type", "category"}:
        yield "extras.reevo"


def _typed(activity: Activity, card: str) -> bool:
    """Whether the row tells the type, and not one that is shown alike."""
    if card == mapping.MANUAL:
        return mapping.type_of(activity.extras["reevo"].get("category")) == activity.type.key
    return activity.type.key in ("meeting", "call", "email", "note", "task")


def _moments(activity: Activity, card: str) -> int:
    """How many of date, time and duration follow from the instants that are shown."""
    if activity.when.starts_at is None or card not in (mapping.MANUAL, "MEETING"):
        return 0
    return 3 if card == "MEETING" else 2


TONGUE: Final = Tongue(
    show=show,
    says={
        "uuid": "`id`",
        "type": "`type`: a meeting, call, email, note or task; an interview or lunch is a meeting, any other a task."
        " `MANUAL_ACTIVITY` where it was logged here",
        "subject": "`display_name`",
        "when.date": "`metadata.start_date` of a meeting with a time; `ended_at` of a manual activity",
        "when.time": "the same",
        "when.duration": "`metadata.end_date` of a meeting with a date and a time",
        "done": "`status` of a task",
        "done_at": "`ended_at` where no end is known, and not of a manual activity",
        "priority": "`priority` of a task",
        "location.value": "`location`",
        "owner_id": "`owner_user_id`, by UUID",
        "participants": f"{_MEETING}, those who are not invited",
        "attendees.user": _MEETING,
        "attendees.contact": _MEETING,
        "attendees.email": _MEETING,
        "attendees.candidate": f"{_MEETING}, by name and address only",
        "attendees.address": "`email`; without one that of the contact or user",
        "attendees.name": "`name`; without one that of the contact or user",
        "attendees.status": "`rsvp_status`",
        "attendees.organizer": "`is_host`",
        "created_at": "`created_at`",
        "updated_at": "`updated_at`",
        "extras.reevo": "`sub_type`, the category",
    },
    hears={
        "note": "`metadata.description`",
        "related.organization": "`account_id`",
        "related.deal": "`opportunity_id`",
        "related.sequence": "`sequence_id`",
        "participants.primary": "the first of `contact_ids`",
    },
    lacks=lacks,
)
