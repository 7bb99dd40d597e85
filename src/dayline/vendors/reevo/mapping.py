"""Reevo's shapes to and from the domain. Pure; the only file to open when a field is wrong.

Follows Reevo's reference for logging a manual activity and for the activity timeline, read 2026-11-21.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from msgspec import UNSET, UnsetType

from dayline.domain import activity as domain
from dayline.domain.draft import Draft, Relate, TypeKey
from dayline.domain.errors import invalid
from dayline.domain.identity import User
from dayline.domain.record import Kind, RecordKey, parse_uuid
from dayline.domain.time import format_instant, parse_instant
from dayline.service import Directory
from dayline.vendors.reevo import schema

MANUAL: Final = "MANUAL_ACTIVITY"
TYPES: Final[dict[schema.Category, str]] = {
    "CALL": "call",
    "EVENT": "meeting",
    "CONFERENCE": "meeting",
    "WEBINAR": "meeting",
}
OTHER_TYPE: Final = "note"  # of the categories that are not above

# How rows that were not born here are called. What is neither of these is work to be done, so a task.
CARDS: Final = {
    "meeting": "MEETING",
    "interview": "MEETING",
    "lunch": "MEETING",
    "call": "VOICE_CALL",
    "email": "EMAIL",
    "note": "NOTE",
}
TASK: Final = "TASK"
PRIORITIES: Final[dict[domain.Priority, str]] = {
    "low": "LOW",
    "normal": "MEDIUM",
    "high": "HIGH",
    "critical": "URGENT",
}
RSVPS: Final[dict[domain.AttendeeStatus, str | None]] = {
    "noreply": None,
    "needs_action": "NEEDS_ACTION",
    "accepted": "ACCEPTED",
    "tentative": "TENTATIVE",
    "declined": "DECLINED",
}
REFERENCES: Final = ("account_id", "opportunity_id", "contact_ids", "sequence_id")
NOT_AN_INSTANT: Final = "Input should be a valid datetime"

_BODY: Final = "attributes."


def read_draft(body: schema.ActivityLogRequest, now: int) -> Draft:
    """What a manual activity becomes; what lies in the past at ``now`` (ms UTC) is done. Raises Invalid."""
    attributes = body.attributes
    metadata = attributes.metadata
    if not metadata.subject.strip():
        raise invalid(f"{_BODY}metadata.subject", "String should not be blank", "short")
    moment = parse_moment(metadata.activity_time, f"{_BODY}metadata.activity_time")
    start = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=moment // 1000)
    done = moment <= now
    return Draft(
        type=TypeKey(type_of(metadata.category), "type"),
        subject=metadata.subject,
        note=metadata.description,
        date=start.date(),
        time=start.time(),
        done=done,
        done_at=moment if done else UNSET,
        related=tuple(_relates(attributes)),
        participants=tuple((key, False) for key in _contacts(attributes)),
        extras={"reevo": _extras(attributes)},
    )


def type_of(category: schema.Category | None) -> str:
    """The key of the type that a manual activity of this category gets."""
    return OTHER_TYPE if category is None else TYPES.get(category, OTHER_TYPE)


def parse_moment(text: str, field: str) -> int:
    """Read an instant whose second the calendar has. Raises Invalid."""
    try:
        moment = parse_instant(text)
        format_instant(moment)  # an offset can lead out of the years 1 to 9999
    except (ValueError, OverflowError):
        raise invalid(field, NOT_AN_INSTANT) from None
    return moment


def _relates(attributes: schema.ActivityLogAttributes) -> Iterator[Relate]:
    named: tuple[tuple[Kind, str, schema.Named], ...] = (
        ("deal", "opportunity_id", attributes.opportunity_id),
        ("organization", "account_id", attributes.account_id),
        ("sequence", "sequence_id", attributes.sequence_id),
    )
    for kind, field, given in named:
        uuid = _uuid(given, field)
        if uuid is not None:
            yield Relate(kind, RecordKey(kind, uuid, field))


def _contacts(attributes: schema.ActivityLogAttributes) -> Iterator[RecordKey]:
    if isinstance(attributes.contact_ids, list):
        for place, given in enumerate(attributes.contact_ids):
            field = f"contact_ids[{place}]"
            uuid = _uuid(given, field)
            if uuid is None:
                raise invalid(_BODY + field, "Input should be a valid UUID", "type")
            yield RecordKey("contact", uuid, field)


def _uuid(given: schema.Named, field: str) -> str | None:
    """The UUID, out of its envelope. What is no UUID has its path from the body on, what is unknown has not."""
    text = given.value if isinstance(given, schema.ReferenceInput) else given
    return None if text is None or isinstance(text, UnsetType) else parse_uuid(text, _BODY + field)


def _extras(attributes: schema.ActivityLogAttributes) -> dict[str, Any]:
    stage = _uuid(attributes.pipeline_select_list_value_id, "pipeline_select_list_value_id")
    return {
        "type": MANUAL,
        "category": attributes.metadata.category,
        "pipeline_select_list_value_id": stage,
    }


def show_new(activity: domain.Activity, owner: User) -> schema.ActivityObjectRecord:
    """A manual activity as it was just logged."""
    return show(activity, Directory({}, {owner.id: owner}))


def show(activity: domain.Activity, names: Directory) -> schema.ActivityObjectRecord:
    """The activity as Reevo shows it; ``names`` has the users and records that it mentions."""
    card = card_of(activity)
    return schema.ActivityObjectRecord(
        id=activity.uuid,
        created_at=format_instant(activity.created_at),
        updated_at=format_instant(activity.updated_at),
        attributes=_attributes(activity, card, names),
        metadata=_meeting(activity, names) if card == "MEETING" else None,
    )


def card_of(activity: domain.Activity) -> str:
    """What kind of row it is. One that was logged here stays manual, whatever others make of it."""
    if activity.extras.get("reevo", {}).get("type") == MANUAL:
        return MANUAL
    return CARDS.get(activity.type.key, TASK)


def _attributes(activity: domain.Activity, card: str, names: Directory) -> schema.ActivityAttributes:
    task = card == TASK
    category = activity.extras.get("reevo", {}).get("category") if card == MANUAL else None
    priority = PRIORITIES[activity.priority] if task and activity.priority is not None else None
    return schema.ActivityAttributes(
        type=schema.EnumValue(card),
        sub_type=schema.EnumValue(category),
        status=schema.EnumValue(("COMPLETED" if activity.done else "OPEN") if task else None),
        priority=schema.EnumValue(priority),
        display_name=schema.StringValue(activity.subject),
        owner_user_id=schema.ReferenceValue(_owner(activity, names)),
        ended_at=schema.TimestampValue(_instant(_ended_at(activity, card))),
        badge_status=schema.StringValue(None),
        location=schema.StringValue(_place(activity)),
    )


def _owner(activity: domain.Activity, names: Directory) -> schema.RecordReference | None:
    owner = names.users.get(activity.owner_id)
    return None if owner is None else schema.RecordReference(owner.uuid, "user")


def _ended_at(activity: domain.Activity, card: str) -> int | None:
    """A manual activity has one moment only; others end when they were to, or when they were done."""
    if card == MANUAL:
        return activity.when.starts_at
    return activity.done_at if activity.when.ends_at is None else activity.when.ends_at


def _place(activity: domain.Activity) -> str | None:
    return None if activity.location is None else activity.location.value


def _instant(ms: int | None) -> str | None:
    """An instant, or null where it lies beyond the calendar, as the end of a very long last day does."""
    try:
        return None if ms is None else format_instant(ms)
    except (OverflowError, ValueError):
        return None


def _meeting(activity: domain.Activity, names: Directory) -> schema.MeetingMetadata:
    return schema.MeetingMetadata(
        title=activity.subject,
        location=_place(activity),
        start_date=_instant(activity.when.starts_at),
        end_date=_instant(activity.when.ends_at),
        participants=[*_invited(activity, names), *_concerned(activity, names)],
    )


def _invited(activity: domain.Activity, names: Directory) -> Iterator[schema.MeetingParticipant]:
    for person in activity.attendees:
        user = None if person.user_id is None else names.users.get(person.user_id)
        record = None if person.ref is None else names.records.get((person.ref.kind, person.ref.id))
        behind = record or user
        yield schema.MeetingParticipant(
            name=person.name or (behind.name if behind else None),
            email=person.email or (behind.email if behind else None),
            is_host=person.organizer,
            rsvp_status=RSVPS[person.status],
            user_id=user.uuid if user else None,
            contact_id=person.ref.uuid if person.ref is not None and person.kind == "contact" else None,
        )


def _concerned(activity: domain.Activity, names: Directory) -> Iterator[schema.MeetingParticipant]:
    """The contacts whom it is about and who were not invited: they are on the meeting too, and were asked nothing."""
    invited = {person.ref for person in activity.attendees}
    for person in activity.participants:
        if person.ref not in invited:
            record = names.records.get((person.ref.kind, person.ref.id))
            yield schema.MeetingParticipant(
                name=record.name if record else None,
                email=record.email if record else None,
                is_host=False,
                rsvp_status=None,
                user_id=None,
                contact_id=person.ref.uuid,
            )
