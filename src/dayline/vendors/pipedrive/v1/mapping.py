"""Pipedrive's v1 shapes to and from the domain. Pure; the only file to open when a field of v1 is wrong.

Follows Pipedrive's reference for API v1, read 2026-11-21. What is written is put into v2's words, so that both versions
mean the same.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from dayline.domain import activity as domain
from dayline.domain.condition import Group
from dayline.domain.draft import Draft
from dayline.domain.errors import invalid
from dayline.domain.filter import Filter, Query
from dayline.domain.identity import User, UserKey
from dayline.domain.record import Kind, Record, RecordKey, Ref
from dayline.domain.time import format_duration, format_instant, parse_date, parse_instant
from dayline.service import Directory
from dayline.vendors.pipedrive import mapping as v2
from dayline.vendors.pipedrive import schema as v2_schema
from dayline.vendors.pipedrive.v1 import schema

T = TypeVar("T")

MAX_LIMIT: Final = 500
EVERYBODY: Final = 0
NOBODY: Final = "Give an email_address, a person_id or a user_id."
NOT_AN_INSTANT: Final = "This value is not a valid datetime. Give it in UTC, as 2026-01-31 08:00:00."
# The flat fields of a location are named for its parts.
_PARTS: Final = tuple(name for name in domain.Location.__struct_fields__ if name != "value")


def new_draft(body: schema.AddActivityRequestV1) -> Draft:
    """What a POST asks for. There, null is as good as absent where a value must be."""
    owner = UNSET if body.user_id is None else body.user_id
    return _owned(v2.new_draft(_in_v2s_words(body)), owner)


def change_draft(body: schema.AddActivityRequestV1) -> Draft:
    """What a PUT asks for: absent stays, null clears. Raises Invalid where a value must be."""
    if body.user_id is None:
        raise invalid("user_id", v2.NOT_NULL)
    return _owned(v2.change_draft(_in_v2s_words(body)), body.user_id)


def _owned(draft: Draft, user_id: int | UnsetType) -> Draft:
    return draft if user_id is UNSET else replace(draft, owner=UserKey(user_id, "user_id"))


def _in_v2s_words(body: schema.AddActivityRequestV1) -> v2_schema.AddActivityRequest:
    """The same request to v2, but for the owner, whom an error has to name as v1 does."""
    return v2_schema.AddActivityRequest(
        subject=body.subject,
        type=body.type,
        deal_id=body.deal_id,
        lead_id=body.lead_id or None if body.lead_id is not UNSET else UNSET,
        person_id=body.person_id,
        org_id=body.org_id,
        project_id=body.project_id,
        due_date=_filled(body.due_date),
        due_time=_filled(body.due_time),
        duration=_filled(body.duration),
        busy=_flag(body.busy_flag),
        done=_flag(body.done),
        location=_read_location(body),
        participants=_read_participants(body.participants),
        attendees=_read_attendees(body.attendees),
        public_description=_filled(body.public_description),
        priority=body.priority,
        note=body.note,
        private=UNSET if body.private is UNSET or body.private is None else _is(body.private),
    )


def _filled(text: str | None | UnsetType) -> str | None | UnsetType:
    """v1 shows what is missing as "", and takes it so."""
    return text or None if isinstance(text, str) else text


def _flag(flag: schema.Flag | None | UnsetType) -> bool | None | UnsetType:
    return flag if flag is None or flag is UNSET else _is(flag)


def _is(flag: schema.Flag) -> bool:
    return flag in (1, "1", "true")


def _read_location(body: schema.AddActivityRequestV1) -> v2_schema.Location | None | UnsetType:
    if body.location is UNSET:
        return UNSET
    parts = {part: getattr(body, f"location_{part}") or None for part in _PARTS}
    if not body.location and not any(parts.values()):
        return None
    return v2_schema.Location(value=body.location or None, **parts)


def _read_participants(
    people: list[schema.ParticipantV1] | None | UnsetType,
) -> list[v2_schema.Participant] | None | UnsetType:
    if not isinstance(people, list):
        return people
    return [v2_schema.Participant(person.person_id, _is(person.primary_flag)) for person in people]


def _read_attendees(
    people: list[schema.NewAttendeeV1] | None | UnsetType,
) -> list[v2_schema.Attendee] | None | UnsetType:
    if not isinstance(people, list):
        return people
    return [_invited(person, f"attendees[{place}]") for place, person in enumerate(people)]


def _invited(person: schema.NewAttendeeV1, field: str) -> v2_schema.Attendee:
    if not person.email_address and person.person_id is None and person.user_id is None:
        raise invalid(field, NOBODY)
    return v2_schema.Attendee(
        email=person.email_address,
        name=person.name,
        status=person.status,
        is_organizer=None if person.is_organizer is None else _is(person.is_organizer),
        person_id=person.person_id,
        user_id=person.user_id,
    )


def show(activity: domain.Activity, company_id: int, directory: Directory) -> schema.ActivityV1:
    """The activity as v1 shows it; names are null where the directory has none."""
    lead, owner = activity.first("lead"), directory.users.get(activity.owner_id)
    lead_title, type_ = _name(lead, directory), directory.types.get(activity.type.key)
    return schema.ActivityV1(
        **asdict(show_short(activity, company_id)),
        type_name=None if type_ is None else type_.label,
        note=activity.note,
        created_by_user_id=activity.creator_id,
        attendees=[_attendee(person) for person in v2.show_attendees(activity, directory)] or None,
        participants=[schema.ParticipantV1(one.ref.id, one.primary) for one in activity.participants] or None,
        org_name=_name(activity.first("organization"), directory),
        person_name=_name(activity.primary, directory),
        deal_title=_name(activity.first("deal"), directory),
        lead_title=lead_title,
        project_title=_name(activity.first("project"), directory),
        owner_name=None if owner is None else owner.name,
        assigned_to_user_id=activity.owner_id,
        private=activity.visibility != "public",
        priority=None if activity.priority is None else v2.PRIORITY_IDS[activity.priority],
        lead=None if lead is None or lead_title is None else schema.LeadV1(lead.uuid, lead_title),
    )


def show_short(activity: domain.Activity, company_id: int) -> schema.ActivityShortV1:
    """The activity as the collection shows it."""
    when, related = activity.when, activity.firsts()
    lead = related.get("lead")
    conference, location = activity.conference or domain.Conference(), activity.location or domain.Location()
    return schema.ActivityShortV1(
        id=activity.id,
        company_id=company_id,
        user_id=activity.owner_id,
        done=activity.done,
        type=activity.type.key,
        conference_meeting_client=conference.client,
        conference_meeting_url=conference.url,
        conference_meeting_id=conference.id,
        due_date=None if when.date is None else when.date.isoformat(),
        due_time="" if when.time is None else _short(when.time.isoformat()),
        duration="" if when.duration is None else _short(format_duration(when.duration)),
        busy_flag=activity.busy,
        add_time=_instant(activity.created_at),
        marked_as_done_time="" if activity.done_at is None else _instant(activity.done_at),
        subject=activity.subject,
        public_description=activity.description or "",
        location=location.value,
        org_id=_id(related.get("organization")),
        person_id=_id(activity.primary),
        deal_id=_id(related.get("deal")),
        lead_id=None if lead is None else lead.uuid,
        project_id=_id(related.get("project")),
        active_flag=activity.deleted_at is None,
        update_time=_instant(activity.updated_at),
        update_user_id=activity.editor_id,
        source_timezone=when.zone,
        **{f"location_{part}": getattr(location, part) for part in _PARTS},
    )


def _short(clock: str) -> str:
    """``HH:MM``. Seconds stay where there are some, so that sending back what was read changes nothing."""
    return clock.removesuffix(":00")


def _instant(ms: int) -> str:
    return format_instant(ms).replace("T", " ").removesuffix("Z")


def _id(ref: Ref | None) -> int | None:
    return None if ref is None else ref.id


def _name(ref: Ref | None, directory: Directory) -> str | None:
    record = None if ref is None else directory.records.get((ref.kind, ref.id))
    return None if record is None else record.name


def _attendee(person: v2_schema.Attendee) -> schema.AttendeeV1:
    return schema.AttendeeV1(
        email_address=person.email,
        is_organizer=1 if person.is_organizer else 0,
        name=person.name,
        person_id=person.person_id,
        status=person.status or "noreply",
        user_id=person.user_id,
    )


def related_objects(activities: Sequence[domain.Activity], directory: Directory) -> schema.RelatedObjectsV1:
    """What the activities mention, as far as the directory has it."""
    ids = {id_ for one in activities for id_ in (one.owner_id, one.creator_id, one.editor_id)}
    users = [directory.users[id_] for id_ in sorted(ids) if id_ in directory.users]
    keys = {(ref.kind, ref.id) for activity in activities for ref in activity.links()}
    records = [directory.records[key] for key in sorted(keys) if key in directory.records]
    return schema.RelatedObjectsV1(
        user={str(user.id): _user(user) for user in users} or UNSET,
        organization=_related(records, "organization", _organization),
        person=_related(records, "contact", _person),
        deal=_related(records, "deal", _deal),
    )


def _related(records: Iterable[Record], kind: Kind, show: Callable[[Record], T]) -> dict[str, T] | UnsetType:
    return {str(record.id): show(record) for record in records if record.kind == kind} or UNSET


def _user(user: User) -> schema.RelatedUserV1:
    return schema.RelatedUserV1(id=user.id, name=user.name, email=user.email, active_flag=user.active)


def _organization(record: Record) -> schema.RelatedOrganizationV1:
    active = record.deleted_at is None
    return schema.RelatedOrganizationV1(id=record.id, name=record.name, owner_id=record.owner_id, active_flag=active)


def _person(record: Record) -> schema.RelatedPersonV1:
    return schema.RelatedPersonV1(
        active_flag=record.deleted_at is None,
        id=record.id,
        name=record.name,
        email=[schema.ReachV1(label="work" if record.email else "", value=record.email or "")],
        phone=[schema.ReachV1(label="work" if record.phone else "", value=record.phone or "")],
        owner_id=record.owner_id,
    )


def _deal(record: Record) -> schema.RelatedDealV1:
    status: Literal["open", "deleted"] = "open" if record.deleted_at is None else "deleted"
    return schema.RelatedDealV1(id=record.id, title=record.name, status=status)


def read_list(query: schema.ListQueryV1, caller_id: int, where: Group | None = None) -> Query:
    """The list's parameters as a query: of the caller's own activities, unless he asks for others'. Raises Invalid.

    ``where`` are the conditions of its filter, which finds everybody's.
    """
    usual = caller_id if where is None else EVERYBODY
    return _paged(
        Filter(
            where=where,
            whatever_state=query.include_deleted,
            owner_id=_whose(usual if query.user_id is None else query.user_id),
            types=v2.read_names(query.type),
            done=query.done,
            due_from=v2.given(query.start_date, "start_date", parse_date, v2.NOT_A_DATE),
            due_until=v2.given(query.end_date, "end_date", parse_date, v2.NOT_A_DATE),
        ),
        query,
    )


def read_parent(query: schema.ParentQueryV1, parent: RecordKey) -> Query:
    """What hangs on a record, as a query. Raises Invalid."""
    except_ids = v2.read_ids(query.exclude, "exclude")
    return _paged(Filter(related=(parent,), done=query.done, except_ids=except_ids), query)


def read_collection(query: schema.CollectionQueryV1) -> Query:
    """The collection's parameters as a query. Both ends of its time are inclusive. Raises Invalid."""
    until = v2.given(query.until, "until", parse_instant, NOT_AN_INSTANT)
    return Query(
        filter=Filter(
            owner_id=_whose(query.user_id or EVERYBODY),
            types=v2.read_names(query.type),
            done=query.done,
            whatever_state=query.include_deleted,
            updated_from=v2.given(query.since, "since", parse_instant, NOT_AN_INSTANT),
            # update_time is shown in whole seconds, so that the second of ``until`` belongs to it.
            updated_before=None if until is None else (until // 1000 + 1) * 1000,
        ),
        limit=min(query.limit, MAX_LIMIT),
        cursor=query.cursor,
    )


def _whose(user_id: int) -> int | None:
    return None if user_id == EVERYBODY else user_id


def _paged(wanted: Filter, query: schema.ListQueryV1 | schema.ParentQueryV1) -> Query:
    return Query(filter=wanted, limit=min(query.limit, MAX_LIMIT), offset=query.start)


def show_pages(query: Query, *, more: bool) -> schema.PagesV1:
    """Where a page is, and where the next one begins if there is one."""
    following = query.offset + query.limit if more else UNSET
    return schema.PagesV1(
        schema.PaginationV1(start=query.offset, limit=query.limit, more_items_in_collection=more, next_start=following)
    )
