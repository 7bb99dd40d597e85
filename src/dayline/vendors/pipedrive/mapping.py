"""Pipedrive's v2 shapes to and from the domain. Pure; the only file to open when a field is wrong.

Follows Pipedrive's API reference for activities, read 2026-11-21. Dates and times are UTC on the wire as in the domain.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from dayline.domain import activity as domain
from dayline.domain.condition import Group
from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.errors import Invalid, Problem, invalid, parsed
from dayline.domain.filter import Filter, Query, Sort, SortField
from dayline.domain.identity import User, UserKey
from dayline.domain.record import Kind, Record, RecordKey, Ref, parse_uuid
from dayline.domain.time import format_duration, format_instant, parse_date, parse_duration, parse_instant, parse_time
from dayline.service import Directory
from dayline.vendors.pipedrive import read_only, schema

T = TypeVar("T")

DEFAULT_SUBJECT: Final = "Call"
DEFAULT_TYPE: Final = "call"
MAX_IDS: Final = 100
MAX_ID: Final = 2**63 - 1

# The option ids of the vendor's samples; it leaves them to each account, so they are constants here.
PRIORITIES: Final[dict[int, domain.Priority]] = {263: "low", 264: "normal", 265: "high", 266: "critical"}
PRIORITY_IDS: Final = {priority: option for option, priority in PRIORITIES.items()}
STATUSES: Final[dict[schema.AttendeeStatus, domain.AttendeeStatus]] = {
    "noreply": "noreply",
    "needsAction": "needs_action",
    "tentative": "tentative",
    "accepted": "accepted",
    "declined": "declined",
}
STATUS_NAMES: Final = {status: name for name, status in STATUSES.items()}
SORTS: Final[dict[str, SortField]] = {
    "id": "id",
    "update_time": "updated_at",
    "add_time": "created_at",
    "due_date": "due",
}
READ_ONLY: Final = tuple(
    name
    for name in schema.UpdateActivityRequest.__struct_fields__
    if name not in schema.AddActivityRequest.__struct_fields__
)
NOT_A_DATE: Final = "This value is not a valid date. Give it as YYYY-MM-DD."
NOT_A_TIME: Final = "This value is not a valid datetime. Give a time of day in UTC as HH:MM or HH:MM:SS."
NOT_A_DURATION: Final = "This value is not a valid datetime. Give a duration as HH:MM or HH:MM:SS."
NOT_AN_INSTANT: Final = "This value is not a valid datetime. Give it in RFC 3339, as 2026-01-31T08:00:00Z."
# What the vendor takes: it refuses what JavaScript writes, which has milliseconds.
_WHOLE_SECONDS: Final = re.compile(r"[0-9-]{10}[Tt][0-9:]{8}(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")
NOT_AN_ID: Final = "This value should be a positive integer."
NOT_NULL: Final = "This value should not be null."


def parse_id(text: str) -> int:
    """Read the id in a path. Raises Invalid."""
    if text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) <= MAX_ID:
        return int(text)
    raise invalid("id", NOT_AN_ID)


def new_draft(body: schema.AddActivityRequest) -> Draft:
    """What a POST asks for. There, null is as good as absent where a value must be."""
    return _draft(
        replace(
            body,
            subject=DEFAULT_SUBJECT if _missing(body.subject) else body.subject,
            type=DEFAULT_TYPE if _missing(body.type) else body.type,
            owner_id=UNSET if _missing(body.owner_id) else body.owner_id,
            done=UNSET if _missing(body.done) else body.done,
            private=UNSET if _missing(body.private) else body.private,
        )
    )


def change_draft(body: schema.AddActivityRequest) -> Draft:
    """What a PATCH asks for: absent stays, null clears. Raises Invalid where a value must be."""
    nulls = [name for name in ("subject", "type", "owner_id", "done", "private") if getattr(body, name) is None]
    if nulls:
        raise Invalid(*(Problem(name, NOT_NULL) for name in nulls))
    return _draft(body)


def unchanged(body: schema.UpdateActivityRequest) -> Callable[[domain.Activity], None]:
    """What refuses a PATCH that changes what can only be read; the whole of what was read can be sent back."""
    return read_only.unchanged(body, READ_ONLY, show)


def _missing(value: object) -> bool:
    return value is None or value is UNSET


def _draft(body: schema.AddActivityRequest) -> Draft:
    return Draft(
        subject=body.subject or "" if body.subject is not UNSET else UNSET,
        type=TypeKey(body.type, "type") if isinstance(body.type, str) else UNSET,
        owner=UserKey(body.owner_id, "owner_id") if isinstance(body.owner_id, int) else UNSET,
        done=body.done if isinstance(body.done, bool) else UNSET,
        date=parsed(body.due_date, "due_date", parse_date, NOT_A_DATE),
        time=parsed(body.due_time, "due_time", parse_time, NOT_A_TIME),
        duration=parsed(body.duration, "duration", parse_duration, NOT_A_DURATION),
        busy=body.busy,
        location=_read_location(body.location),
        description=body.public_description,
        note=body.note,
        priority=_read_priority(body.priority),
        hidden=body.private if isinstance(body.private, bool) else UNSET,
        related=tuple(_relates(body)),
        participants=_read_participants(body.participants),
        primary=_primary(body),
        attendees=_read_attendees(body.attendees),
        extras={} if body.outcome is UNSET else {"pipedrive": {"outcome": body.outcome}},
    )


def _read_location(location: schema.Location | None | UnsetType) -> domain.Location | None | UnsetType:
    if not isinstance(location, schema.Location):
        return location
    return domain.Location(**{part: None if text is UNSET else text for part, text in asdict(location).items()})


def _read_priority(option: int | None | UnsetType) -> domain.Priority | None | UnsetType:
    if not isinstance(option, int):
        return option
    if option not in PRIORITIES:
        raise invalid("priority", f"This value should be one of {', '.join(map(str, PRIORITIES))}.")
    return PRIORITIES[option]


def _relates(body: schema.AddActivityRequest) -> Iterator[Relate]:
    named: tuple[tuple[Kind, str, int | str | None | UnsetType], ...] = (
        ("deal", "deal_id", body.deal_id),
        ("lead", "lead_id", body.lead_id),
        ("organization", "org_id", body.org_id),
        ("project", "project_id", body.project_id),
    )
    for kind, field, value in named:
        if value is None:
            yield Relate(kind, None)
        elif not isinstance(value, UnsetType):
            yield Relate(kind, RecordKey(kind, parse_uuid(value, field) if isinstance(value, str) else value, field))


def _read_participants(
    people: list[schema.Participant] | None | UnsetType,
) -> tuple[tuple[RecordKey, bool], ...] | UnsetType:
    if people is UNSET:
        return UNSET
    return tuple(
        (RecordKey("contact", person.person_id, f"participants[{place}].person_id"), person.primary)
        for place, person in enumerate(people or ())
    )


def _primary(body: schema.AddActivityRequest) -> RecordKey | None | UnsetType:
    """Who ``person_id`` says is the primary participant. Raises Invalid where ``participants`` says otherwise."""
    if isinstance(body.person_id, UnsetType):
        return UNSET
    if isinstance(body.participants, list) and _disagree(body.person_id, body.participants):
        raise invalid("person_id", "This value disagrees with the primary one of participants. Send one of the two.")
    return None if body.person_id is None else RecordKey("contact", body.person_id, "person_id")


def _disagree(person_id: int | None, people: list[schema.Participant]) -> bool:
    """Nobody marked agrees with null, so that an activity can be sent back as it was read."""
    marked = next((person.person_id for person in people if person.primary), None)
    first = people[0].person_id if people and marked is None and person_id is not None else None
    return person_id != (first if marked is None else marked)


def _read_attendees(people: list[schema.Attendee] | None | UnsetType) -> Attendance | UnsetType:
    """The list replaces all attendees that Pipedrive can name; candidates stay."""
    if people is UNSET:
        return UNSET
    invited = tuple(_invited(person, f"attendees[{place}]") for place, person in enumerate(people or ()))
    return Attendance(frozenset(("user", "contact", "email")), invited)


def _invited(person: schema.Attendee, field: str) -> Invited:
    if not person.email and person.person_id is None and person.user_id is None:
        raise invalid(field, "Give an email, a person_id or a user_id.")
    return Invited(
        user=None if person.user_id is None else UserKey(person.user_id, f"{field}.user_id"),
        record=None if person.person_id is None else RecordKey("contact", person.person_id, f"{field}.person_id"),
        email=person.email or None,
        name=person.name or None,
        status=STATUSES[person.status or "noreply"],
        organizer=bool(person.is_organizer),
    )


def show(activity: domain.Activity, directory: Directory | None = None) -> schema.Activity:
    """The activity as Pipedrive shows it; attendees only when their directory is given."""
    when, related = activity.when, activity.firsts()
    lead = related.get("lead")
    conference = activity.conference or domain.Conference()
    return schema.Activity(
        id=activity.id,
        subject=activity.subject,
        type=activity.type.key,
        owner_id=activity.owner_id,
        creator_user_id=activity.creator_id,
        is_deleted=activity.deleted_at is not None,
        add_time=format_instant(activity.created_at),
        update_time=format_instant(activity.updated_at),
        deal_id=_id(related.get("deal")),
        lead_id=None if lead is None else lead.uuid,
        person_id=_id(activity.primary),
        org_id=_id(related.get("organization")),
        project_id=_id(related.get("project")),
        due_date=None if when.date is None else when.date.isoformat(),
        due_time=None if when.time is None else when.time.isoformat(),
        duration=None if when.duration is None else format_duration(when.duration),
        busy=activity.busy,
        done=activity.done,
        marked_as_done_time=None if activity.done_at is None else format_instant(activity.done_at),
        location=_location(activity.location),
        participants=[schema.Participant(one.ref.id, one.primary) for one in activity.participants],
        attendees=UNSET if directory is None else list(show_attendees(activity, directory)),
        conference_meeting_client=conference.client,
        conference_meeting_url=conference.url,
        conference_meeting_id=conference.id,
        public_description=activity.description,
        priority=None if activity.priority is None else PRIORITY_IDS[activity.priority],
        outcome=activity.extras.get("pipedrive", {}).get("outcome"),
        note=activity.note,
        private=activity.visibility != "public",
    )


def _location(location: domain.Location | None) -> schema.Location | None:
    if location is None:
        return None
    return schema.Location(**asdict(location) | {"formatted_address": location.formatted_address or UNSET})


def _id(ref: Ref | None) -> int | None:
    return None if ref is None else ref.id


def show_attendees(activity: domain.Activity, directory: Directory) -> Iterator[schema.Attendee]:
    """Everybody invited whom Pipedrive can name."""
    for person in activity.attendees:
        if person.kind != "candidate":
            behind = _behind(person, directory)
            yield schema.Attendee(
                email=person.email or (behind.email if behind else None),
                name=person.name or (behind.name if behind else None),
                status=STATUS_NAMES[person.status],
                is_organizer=person.organizer,
                person_id=_id(person.ref),
                user_id=person.user_id,
            )


def _behind(person: domain.Attendee, directory: Directory) -> Record | User | None:
    """The person or user behind an invitation, whose name and address stand in for those not given."""
    if person.ref is not None:
        return directory.records.get((person.ref.kind, person.ref.id))
    return None if person.user_id is None else directory.users.get(person.user_id)


BESIDE_FILTER: Final = frozenset(("ids", "owner_id", "deal_id", "lead_id", "person_id", "org_id"))
"""Parameters that do not count beside ``filter_id``."""


def wants_attendees(include_fields: str | None) -> bool:
    """Read ``include_fields``. Raises Invalid for a field that cannot be included."""
    names = {name.strip() for name in (include_fields or "").split(",")} - {""}
    if names - {"attendees"}:
        raise invalid("include_fields", "This value should be attendees.")
    return bool(names)


def read_query(query: schema.ListQuery, where: Group | None = None, *, strict: bool = False) -> Query:
    """The list's parameters as a query; under ``strict``, instants as the vendor takes them. Raises Invalid.

    ``where`` are the conditions of its filter; what does not count beside one is not read to begin with.
    """
    instant = _vendors_instant if strict else parse_instant
    return Query(
        filter=Filter(
            ids=read_ids(query.ids),
            owner_id=query.owner_id,
            related=tuple(_hanging_on(query)),
            types=read_names(query.type),
            done=query.done,
            due_from=given(query.start_date, "start_date", parse_date, NOT_A_DATE),
            due_until=given(query.end_date, "end_date", parse_date, NOT_A_DATE),
            updated_from=given(query.updated_since, "updated_since", instant, NOT_AN_INSTANT),
            updated_before=given(query.updated_until, "updated_until", instant, NOT_AN_INSTANT),
            where=where,
            whatever_state=query.include_deleted,
        ),
        sort=Sort(SORTS[query.sort_by], query.sort_direction == "desc"),
        limit=query.limit,
        cursor=query.cursor,
    )


def _vendors_instant(text: str) -> int:
    """Read an RFC 3339 instant in whole seconds, with its zone. Raises ValueError."""
    if _WHOLE_SECONDS.fullmatch(text) is None:
        raise ValueError(text)
    return parse_instant(text)


def given(text: str | None, field: str, parse: Callable[[str], T], message: str) -> T | None:
    """Read a parameter where there is one. Raises Invalid with the message."""
    value = parsed(text, field, parse, message)
    return None if value is UNSET else value


def read_ids(text: str | None, field: str = "ids") -> tuple[int, ...] | None:
    """Read ids separated by commas, each once. Raises Invalid, naming the field."""
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) > MAX_IDS:
        raise invalid(field, f"This value should name at most {MAX_IDS} ids.")
    return tuple(dict.fromkeys(_listed_id(part.strip(), field) for part in parts))


def _listed_id(text: str, field: str) -> int:
    try:
        return parse_id(text)
    except Invalid:
        raise invalid(field, "This value should be positive integers, separated by commas.") from None


def read_names(text: str | None) -> tuple[str, ...] | None:
    """Read names separated by commas, each once."""
    return None if text is None else tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _hanging_on(query: schema.ListQuery) -> Iterator[RecordKey]:
    named: tuple[tuple[Kind, str, int | str | None], ...] = (
        ("deal", "deal_id", query.deal_id),
        ("lead", "lead_id", query.lead_id),
        ("contact", "person_id", query.person_id),
        ("organization", "org_id", query.org_id),
        ("project", "project_id", query.project_id),
    )
    for kind, field, value in named:
        if value is not None:
            yield RecordKey(kind, parse_uuid(value, field) if isinstance(value, str) else value, field)
