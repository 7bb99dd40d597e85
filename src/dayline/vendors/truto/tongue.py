"""How Truto's unified model shows any activity of Dayline's own store, and what of it the model cannot say.

It must never name another vendor.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.fields import said_of
from dayline.domain.identity import Principal
from dayline.kit.dialect import Tongue
from dayline.service import Service
from dayline.vendors.truto import local_mapping, mapping

_encode: Final = msgspec.json.Encoder().encode
_OWN: Final = ("description", "when.date", "when.time", "when.duration", "when.zone", "done", "priority", "outcome")


async def show(service: Service, who: Principal, activity: Activity, _base_url: str) -> bytes:
    """The activity in the unified model."""
    names = await service.activities.whole_directory(who, [activity])
    return _encode(mapping.show(local_mapping.show(activity, names)))


def lacks(activity: Activity) -> Iterator[str]:
    """There is one candidate; and only an email has people, by their addresses alone."""
    if sum(ref.kind == "candidate" for ref in activity.related) > 1:
        yield "related.candidate"
    yield from _people(activity)


def _people(activity: Activity) -> Iterator[str]:
    if activity.type.key != "email":
        yield from said_of(activity, activity.attendees)
        yield "extras.truto"
        return
    yield from said_of(activity, (person for person in activity.attendees if person.kind != "email"))
    if any(person.status != "noreply" for person in activity.attendees):
        yield "attendees.status"
    emails = {(person.email or "").casefold() for person in activity.attendees if not person.organizer}
    if not emails.issuperset(activity.extras.get("truto", {}).get("cc", ())):
        yield "extras.truto"


TONGUE: Final = Tongue(
    show=show,
    says={
        "id": "`remote_data.id`",
        "uuid": "`id`",
        "type": "`activity_type`, a note or an email, else null; `remote_data.type`",
        "subject": "`subject`",
        "note": "`body`",
        **{name: f"`remote_data.{name.removeprefix('when.')}`" for name in _OWN},
        "visibility": "`visibility`",
        "owner_id": "`actor`, by UUID; `remote_data.owner_id`",
        "related.candidate": "`candidate`, by UUID",
        "attendees.email": "`from`, `to`, `cc` of an email",
        "attendees.name": "`name` there",
        "attendees.organizer": "`from`; without one, that is the owner",
        "created_at": "`created_at`",
        "updated_at": "`updated_at`",
        "extras.truto": "`cc`, rather than `to`",
    },
    lacks=lacks,
)
