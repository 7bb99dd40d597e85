"""How Pipedrive shows any activity, and what of it Pipedrive cannot say. It must never name another vendor."""

from collections.abc import Iterator
from typing import Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.fields import said_of
from dayline.domain.identity import Principal
from dayline.domain.record import Kind
from dayline.kit.dialect import Tongue
from dayline.service import Service
from dayline.vendors.pipedrive import mapping

_encode: Final = msgspec.json.Encoder().encode
_ONE_EACH: Final[tuple[Kind, ...]] = ("deal", "lead", "organization", "project")
_ATTENDEES: Final = "`attendees[]`"


async def show(service: Service, who: Principal, activity: Activity, _base_url: str) -> bytes:
    """The activity as an answer to a GET with its attendees has it."""
    return _encode(mapping.show(activity, await service.activities.directory(who, [activity])))


def lacks(activity: Activity) -> Iterator[str]:
    """The first record of a kind is shown, and that something is hidden or deleted but not from whom or when."""
    for kind in _ONE_EACH:
        if sum(ref.kind == kind for ref in activity.related) > 1:
            yield f"related.{kind}"
    if activity.visibility == "admin_only":
        yield "visibility"
    if activity.deleted_at is not None:
        yield "deleted_at"
    yield from said_of(activity, (person for person in activity.attendees if person.kind == "candidate"))
    if set(activity.extras.get("pipedrive", ())) - {"outcome"}:
        yield "extras.pipedrive"


TONGUE: Final = Tongue(
    show=show,
    says={
        "id": "`id`",
        "type": "`type`, the key",
        "subject": "`subject`",
        "description": "`public_description`",
        "note": "`note`",
        "when.date": "`due_date`",
        "when.time": "`due_time`",
        "when.duration": "`duration`",
        "busy": "`busy`",
        "done": "`done`",
        "done_at": "`marked_as_done_time`",
        "priority": "`priority`, 263 to 266",
        "visibility": "`private`; private and admin_only are one",
        "location.value": "`location.value`",
        "location.parts": "`location`",
        "conference.client": "`conference_meeting_client`, read only",
        "conference.url": "`conference_meeting_url`, read only",
        "conference.id": "`conference_meeting_id`, read only",
        "owner_id": "`owner_id`",
        "creator_id": "`creator_user_id`",
        "related.deal": "`deal_id`, the first",
        "related.lead": "`lead_id`, the first, by UUID",
        "related.organization": "`org_id`, the first",
        "related.project": "`project_id`, the first",
        "participants": "`participants[]`",
        "participants.primary": "`person_id`, `primary`",
        "attendees.user": _ATTENDEES,
        "attendees.contact": _ATTENDEES,
        "attendees.email": _ATTENDEES,
        "attendees.address": "`email`; without one that of the person or user",
        "attendees.name": "`name`; without one that of the person or user",
        "attendees.status": "`status`",
        "attendees.organizer": "`is_organizer`",
        "created_at": "`add_time`",
        "updated_at": "`update_time`",
        "deleted_at": "`is_deleted`, not when",
        "extras.pipedrive": "`outcome`, an option's id",
    },
    lacks=lacks,
)
