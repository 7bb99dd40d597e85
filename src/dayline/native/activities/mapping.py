"""Activities to and from the domain. Pure; it must never fetch what a shape lacks."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from dayline.domain import activity as domain
from dayline.domain.draft import Attendance, Draft, Invited, TypeKey
from dayline.domain.errors import NotFound, invalid, parsed
from dayline.domain.filter import Filter, Query, Sort
from dayline.domain.identity import UserKey
from dayline.domain.record import KINDS, Kind, RecordKey, Ref, is_uuid, parse_uuid
from dayline.domain.time import format_instant, parse_date, parse_instant, parse_time, parse_zone
from dayline.native.activities import schema
from dayline.native.names import parse_identity
from dayline.service import Directory, ManyWritten

T = TypeVar("T")
Named: TypeAlias = schema.RecordName | schema.ParticipantName | schema.AttendeeName

NOT_A_DATE: Final = "expected a date, YYYY-MM-DD"
NOT_A_TIME: Final = "expected a time of day, HH:MM or HH:MM:SS"
NOT_AN_INSTANT: Final = "expected an instant, such as 2026-12-01T14:30:00Z"
NOT_A_ZONE: Final = "expected the name of an IANA zone, such as Europe/Tallinn"
EVERYBODY: Final[frozenset[domain.AttendeeKind]] = frozenset(("user", "candidate", "contact", "email"))


def parse_id(text: str) -> int | str:
    """Read an activity's id or uuid in a path. Raises NotFound."""
    name = parse_identity(text)
    if isinstance(name, str) and not is_uuid(name):
        raise NotFound("Activity not found")
    return name


def read_draft(body: schema.ActivityPatch) -> Draft:
    """What a write asks for. Raises Invalid, naming the field."""
    return Draft(
        type=UNSET if body.type is UNSET else TypeKey(body.type, "type"),
        subject=body.subject,
        description=body.description,
        note=body.note,
        date=parsed(body.date, "date", parse_date, NOT_A_DATE),
        time=parsed(body.time, "time", parse_time, NOT_A_TIME),
        duration=body.duration,
        zone=parsed(body.zone, "zone", parse_zone, NOT_A_ZONE),
        busy=body.busy,
        done=body.done,
        done_at=_done_at(body.done_at),
        priority=body.priority,
        outcome=body.outcome,
        visibility=body.visibility,
        location=_as(domain.Location, body.location),
        conference=_as(domain.Conference, body.conference),
        invite=body.invite,
        owner=UNSET if body.owner_id is UNSET else UserKey(body.owner_id, "owner_id"),
        collaborators=_users(body.collaborators),
        relations=UNSET if body.related is UNSET else tuple(record_keys(body.related, "related")),
        main=_main(body.main),
        participants=UNSET if body.participants is UNSET else tuple(_participants(body.participants)),
        attendees=UNSET if body.attendees is UNSET else Attendance(EVERYBODY, tuple(_invited(body.attendees))),
    )


def _done_at(text: str | UnsetType) -> int | UnsetType:
    instant = parsed(text, "done_at", parse_instant, NOT_AN_INSTANT)
    return UNSET if instant is None else instant


def _as(kind: type[T], given: schema.Location | schema.Conference | None | UnsetType) -> T | None | UnsetType:
    if given is None or isinstance(given, UnsetType):
        return given
    return kind(**asdict(given))


def _users(ids: list[int] | UnsetType) -> tuple[UserKey, ...] | UnsetType:
    if isinstance(ids, UnsetType):
        return ids
    return tuple(UserKey(id_, f"collaborators[{place}]") for place, id_ in enumerate(ids))


def record_keys(records: Iterable[schema.RecordName], field: str) -> Iterator[RecordKey]:
    """Records as they are named in a list. Raises Invalid."""
    for place, record in enumerate(records):
        yield _key(record.kind, record, f"{field}[{place}]")


def _key(kind: Kind, record: Named, field: str) -> RecordKey:
    """The record by the first of the names that are given. Raises Invalid where there is none."""
    if record.id is not None:
        return RecordKey(kind, record.id, f"{field}.id")
    if record.uuid is not None:
        return RecordKey(kind, parse_uuid(record.uuid, f"{field}.uuid"), f"{field}.uuid")
    if record.slug is not None:
        return RecordKey(kind, record.slug, f"{field}.slug")
    raise invalid(field, "give an id, a uuid or a slug", "missing")


def _main(record: schema.RecordName | None | UnsetType) -> RecordKey | None | UnsetType:
    return _key(record.kind, record, "main") if isinstance(record, schema.RecordName) else record


def _participants(people: Iterable[schema.ParticipantName]) -> Iterator[tuple[RecordKey, bool]]:
    for place, person in enumerate(people):
        yield _key("contact", person, f"participants[{place}]"), person.primary


def _invited(people: Iterable[schema.AttendeeName]) -> Iterator[Invited]:
    for place, person in enumerate(people):
        field = f"attendees[{place}]"
        yield Invited(
            user=_invited_user(person, field) if person.kind == "user" else None,
            record=_key(person.kind, person, field) if person.kind in ("candidate", "contact") else None,
            email=_invited_email(person, field),
            name=person.name,
            status=person.status,
            organizer=person.organizer,
        )


def _invited_user(person: schema.AttendeeName, field: str) -> UserKey:
    if person.id is None:
        raise invalid(f"{field}.id", "is required for a user", "missing")
    return UserKey(person.id, f"{field}.id")


def _invited_email(person: schema.AttendeeName, field: str) -> str | None:
    if person.kind == "email" and person.email is None:
        raise invalid(f"{field}.email", "is required for an email address", "missing")
    return person.email


def read_query(query: schema.ListQuery) -> Query:
    """What a list asks for. Raises Invalid, naming the parameter."""
    return replace(read_wanted(query), limit=query.limit, cursor=query.cursor)


def read_wanted(query: schema.Wanted) -> Query:
    """Which activities are asked for, in which order. Raises Invalid, naming the parameter."""
    begins, ends = _moment(query.from_, "from"), _moment(query.until, "until")
    if begins is not None and ends is not None and ends <= begins:
        raise invalid("until", "expected a moment later than from")
    return Query(
        filter=Filter(
            owner_id=query.owner_id,
            related=() if query.record is None else tuple(map(_hanging_on, query.record.split(","))),
            types=None if query.type is None else tuple(dict.fromkeys(name.strip() for name in query.type.split(","))),
            done=query.done,
            updated_from=_moment(query.updated_from, "updated_from"),
            updated_before=_moment(query.updated_before, "updated_before"),
            within_from=begins,
            within_until=ends,
            text=query.q,
            deleted=query.deleted,
        ),
        sort=Sort(query.sort, query.order == "desc"),
    )


def _moment(text: str | None, name: str) -> int | None:
    instant = parsed(text, name, parse_instant, NOT_AN_INSTANT)
    return None if isinstance(instant, UnsetType) else instant


def _hanging_on(text: str) -> RecordKey:
    kind, _, name = text.strip().partition(":")
    for known in KINDS:
        if known == kind and name:
            return RecordKey(known, parse_identity(name), "record")
    raise invalid("record", f"expected kind:name as in deal:17, the kind one of {', '.join(KINDS)}")


def show(activity: domain.Activity, directory: Directory | None = None) -> schema.Activity:
    """The activity as the native API shows it, with the names that it mentions where the directory is given."""
    when = activity.when
    return schema.Activity(
        id=activity.id,
        uuid=activity.uuid,
        type=activity.type.key,
        type_id=activity.type.id,
        subject=activity.subject,
        description=activity.description,
        note=activity.note,
        date=None if when.date is None else when.date.isoformat(),
        time=None if when.time is None else when.time.isoformat(),
        duration=when.duration,
        zone=when.zone,
        all_day=when.all_day,
        starts_at=_instant(when.starts_at),
        ends_at=_instant(when.ends_at),
        busy=activity.busy,
        done=activity.done,
        done_at=_instant(activity.done_at),
        priority=activity.priority,
        outcome=activity.outcome,
        visibility=activity.visibility,
        location=None if activity.location is None else schema.Location(**asdict(activity.location)),
        conference=None if activity.conference is None else schema.Conference(**asdict(activity.conference)),
        invite=activity.invite,
        owner_id=activity.owner_id,
        creator_id=activity.creator_id,
        editor_id=activity.editor_id,
        collaborators=list(activity.collaborators),
        main=None if activity.main is None else _ref(activity.main),
        main_chosen=activity.main_chosen,
        main_kind=activity.main_kind,
        related=[_ref(ref) for ref in activity.related],
        participants=[_participant(person) for person in activity.participants],
        attendees=[_attendee(person) for person in activity.attendees],
        attachments=[_attachment(one) for one in activity.attachments],
        extras=activity.extras,
        revision=activity.revision,
        created_at=format_instant(activity.created_at),
        updated_at=format_instant(activity.updated_at),
        deleted_at=_instant(activity.deleted_at),
        names=show_names(directory),
    )


def _instant(ms: int | None) -> str | None:
    return None if ms is None else format_instant(ms)


def _attachment(one: domain.Attachment) -> schema.Attachment:
    return schema.Attachment(id=one.id, name=one.name, main=one.main, media_type=one.media_type, size=one.size)


def _ref(ref: Ref) -> schema.RecordRef:
    return schema.RecordRef(kind=ref.kind, id=ref.id, uuid=ref.uuid, slug=ref.slug)


def _participant(person: domain.Participant) -> schema.Participant:
    ref = person.ref
    return schema.Participant(kind=ref.kind, id=ref.id, uuid=ref.uuid, slug=ref.slug, primary=person.primary)


def _attendee(person: domain.Attendee) -> schema.Attendee:
    return schema.Attendee(
        kind=person.kind,
        id=person.user_id if person.ref is None else person.ref.id,
        uuid=None if person.ref is None else person.ref.uuid,
        slug=None if person.ref is None else person.ref.slug,
        email=person.email,
        name=person.name,
        status=person.status,
        organizer=person.organizer,
    )


def show_names(directory: Directory | None) -> schema.Names | UnsetType:
    """The names of all that is mentioned, by kind and id."""
    if directory is None:
        return UNSET
    records = sorted(directory.records.values(), key=lambda record: (record.kind, record.id))
    users = sorted(directory.users.values(), key=lambda user: user.id)
    return schema.Names(
        records=[
            schema.NamedRecord(
                kind=record.kind,
                id=record.id,
                uuid=record.uuid,
                slug=record.slug,
                name=record.name,
                email=record.email,
            )
            for record in records
        ],
        users=[schema.NamedUser(id=user.id, name=user.name, email=user.email) for user in users],
    )


def show_page(
    activities: Sequence[domain.Activity], cursor: str | None, directory: Directory | None
) -> schema.ActivityPage:
    """One page of a list."""
    return schema.ActivityPage(
        data=[show(activity) for activity in activities], next_cursor=cursor, names=show_names(directory)
    )


def show_many(written: ManyWritten) -> schema.ManyWritten:
    """What became of many activities."""
    return schema.ManyWritten(
        changed=list(written.changed), unchanged=list(written.unchanged), not_found=list(written.missing)
    )
