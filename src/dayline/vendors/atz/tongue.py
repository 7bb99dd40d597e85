"""How ATZ shows any activity, and what of it ATZ cannot say. It must never name another vendor."""

from collections.abc import Iterator
from typing import Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.identity import Principal
from dayline.domain.record import KINDS
from dayline.domain.time import DAY_MS
from dayline.kit.dialect import Tongue
from dayline.service import Service
from dayline.vendors.atz import mapping

_encode: Final = msgspec.json.Encoder().encode
_MAIN: Final = "`related_to`, where it is the main relation"


async def show(service: Service, who: Principal, activity: Activity, base_url: str) -> bytes:
    """The activity as an answer to a GET has it."""
    names = await service.activities.whole_directory(who, [activity], types=True)
    labels = mapping.labels_of(list(names.types.values()))
    return _encode(mapping.show(activity, mapping.Beside(names, labels, who.account_id, base_url)))


def lacks(activity: Activity) -> Iterator[str]:
    """One record is shown, one attachment, times to the minute, and of an end its time of day alone."""
    yield from _times(activity)
    for kind in KINDS:
        if any(ref.kind == kind and ref != activity.main for ref in activity.related):
            yield f"related.{kind}"
    if activity.primary != activity.main:
        yield "participants.primary"
    if any(person.name for person in activity.attendees if person.kind in ("user", "email")):
        yield "attendees.name"
    if any(not one.main for one in activity.attachments):
        yield "attachments"


def _times(activity: Activity) -> Iterator[str]:
    when = activity.when
    if when.time is not None and when.time.second:
        yield "when.time"
    exact = when.ends_at is not None and when.starts_at is not None and (when.duration or 0) % 60 == 0
    if not exact or (when.duration or 0) * 1000 >= DAY_MS:
        yield "when.duration"


TONGUE: Final = Tongue(
    show=show,
    says={
        "id": "`id`",
        "type": "`activity_type`",
        "subject": "`title`",
        "description": "`description`",
        "when.date": "`start_date`",
        "when.time": "`start_time`, to the minute",
        "when.duration": "`end_time`, to the minute, where a start is known and for less than a day",
        "done": "`mark_as_done`",
        "priority": "`importance`; none is shown as normal",
        "location.value": "`location`",
        "conference.url": "`meeting_link`",
        "creator_id": "`created_by`",
        "editor_id": "`updated_by`",
        "collaborators": "`collaborators[]`",
        **{f"related.{kind}": _MAIN for kind in KINDS},
        "main_kind": "`related_to_type` without a `related_to`",
        "participants.primary": _MAIN,
        "attendees.user": "`attendees.users[]`",
        "attendees.candidate": "`attendees.candidates[]`",
        "attendees.contact": "`attendees.contacts[]`",
        "attendees.name": "`full_name` of candidates and contacts; without one that of the record",
        "attachments": "`attachment`, the main one",
        "invite": "`do_not_send_calendar_invite`, the opposite",
        "created_at": "`created_at`",
        "updated_at": "`updated_at`",
    },
    lacks=lacks,
)
