"""ATZ's shapes to and from the domain. Pure; the only file to open when a field is wrong.

Follows ATZ CRM's API pages for activities, read 2026-11-21. What must be held against the stored activity (the end
against the start, the two halves of the main relation) is told to the domain, which does it under the lock.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from dayline.domain import activity as domain
from dayline.domain.attaching import ReplaceMain
from dayline.domain.draft import Draft, TypeKey
from dayline.domain.errors import invalid
from dayline.domain.identity import User
from dayline.domain.record import Kind
from dayline.domain.relating import Family, MainPair
from dayline.domain.time import format_instant, parse_instant
from dayline.domain.types import ActivityType
from dayline.kit.dialect import Upload
from dayline.service import Directory
from dayline.service.attachments import file_attachment, is_url, link_of, url_attachment
from dayline.vendors.atz import schema
from dayline.vendors.atz.people import number_of, read_attendance, read_users
from dayline.vendors.atz.related import show_record, show_slug

Labels: TypeAlias = Mapping[int, str]
Files: TypeAlias = Mapping[str, Upload]


class Beside(Struct, frozen=True):
    """What it takes beside an activity to show it.

    ``names`` has the users and records that it mentions, ``labels`` the names of types by id; ``account_id`` and
    ``base_url`` are for links to files.
    """

    names: Directory
    labels: Labels
    account_id: int
    base_url: str


FAMILIES: Final[dict[int, Family]] = {
    1: ("candidate",),
    2: ("job",),
    3: ("organization",),
    4: ("contact",),
    5: ("deal",),
    10: ("other", "lead", "project", "sequence"),
}
ENTITY_NAMES: Final[dict[Kind | Literal["none"], schema.EntityName]] = {
    "candidate": "candidate",
    "job": "job",
    "organization": "organization",
    "contact": "contact",
    "deal": "deal",
    **dict.fromkeys(FAMILIES[10], "other"),
}
MAX_TITLE: Final = 100
MAX_SLUG: Final = 50
MAX_LOCATION: Final = 50
MAX_LINK: Final = 100
MAX_ATTACHED: Final = 350
ATTACHMENT: Final = "attachment"
NO_FILES: Final[Mapping[str, Upload]] = {}
DEFAULT_IMPORTANCE: Final = "high"
NOT_A_MOMENT: Final = "must be a valid ISO 8601 datetime"
_HOURS_AWAY: Final = re.compile(r"[+-]\d\d\Z")  # an offset without minutes, which ISO 8601 has and RFC 3339 has not
EVERYTHING: Final = frozenset(("created_by", "updated_by", "related_record"))
USERS: Final = frozenset(("created_by", "updated_by"))


def parse_id(text: str) -> int:
    """Read the id in a path. Raises Invalid."""
    number = number_of(text)
    if number is None:
        raise invalid("id", "Invalid activity ID")
    return number


def new_draft(body: schema.NewActivity, files: Files = NO_FILES) -> Draft:
    """What a POST asks for. Raises Invalid."""
    given = replace(
        body,
        importance=body.importance or DEFAULT_IMPORTANCE,
        mark_as_done=body.mark_as_done or False,
        do_not_send_calendar_invite=body.do_not_send_calendar_invite or False,
    )
    draft = read_draft(schema.ActivityUpdate(**asdict(given)), files)
    return replace(draft, priority=draft.urgency, urgency=UNSET)


def read_draft(body: schema.ActivityUpdate, files: Files = NO_FILES) -> Draft:
    """What a PUT asks for: absent stays. Raises Invalid for the first field that is wrong."""
    return Draft(
        subject=_title(body.title),
        type=_type(body.activity_type_id),
        starts_at=_moment(body.start_datetime, "start_datetime"),
        ends_at=_moment(body.end_datetime, "end_datetime"),
        pair=_pair(body),
        collaborators=read_users(body.collaborators, "collaborators"),
        attendees=read_attendance(body),
        link=_link(body.meeting_link),
        urgency=body.importance,
        place=_short(body.location, "location", MAX_LOCATION),
        description=body.description or None if body.description is not UNSET else UNSET,
        invite=UNSET if body.do_not_send_calendar_invite is UNSET else not body.do_not_send_calendar_invite,
        done=UNSET if body.mark_as_done is UNSET else bool(body.mark_as_done),
        attachments=_attaching(body.attachment, files.get(ATTACHMENT)),
    )


def _title(text: str | UnsetType) -> str | UnsetType:
    if text is UNSET:
        return UNSET
    title = text.strip()
    if not title:
        raise invalid("title", "must not be blank")
    return _within(title, "title", MAX_TITLE)


def _within(text: str, field: str, most: int) -> str:
    if len(text) > most:
        raise invalid(field, f"must be at most {most} characters")
    return text


def _short(text: str | None | UnsetType, field: str, most: int) -> str | None | UnsetType:
    """A short text; an empty one is none."""
    return _within(text, field, most) or None if isinstance(text, str) else text


def _type(id_: int | str | UnsetType) -> TypeKey | UnsetType:
    return UNSET if isinstance(id_, UnsetType) else TypeKey(int(id_), "activity_type_id")


def _moment(text: str | UnsetType, field: str) -> int | UnsetType:
    """An instant, of which the calendar has the second. A date alone is none."""
    if text is UNSET:
        return UNSET
    try:
        if len(text) <= len("2026-01-31"):
            raise ValueError(text)
        moment = parse_instant(f"{text}:00" if _HOURS_AWAY.search(text) else text)
        format_instant(moment)  # an offset can lead out of the years 1 to 9999
    except (ValueError, OverflowError):
        raise invalid(field, NOT_A_MOMENT) from None
    return moment


def _link(text: str | None | UnsetType) -> str | None | UnsetType:
    link = _short(text, "meeting_link", MAX_LINK)
    if isinstance(link, str) and not is_url(link):
        raise invalid("meeting_link", "must be a valid URL")
    return link


def _attaching(text: str | None | UnsetType, upload: Upload | None) -> tuple[ReplaceMain, ...]:
    """What takes the place of the main attachment: a file, a link, or nothing."""
    if upload is not None:
        return (ReplaceMain(file_attachment(upload.sink, upload.name, upload.size, ATTACHMENT)),)
    url = _short(text, ATTACHMENT, MAX_ATTACHED)
    if isinstance(url, UnsetType):
        return ()
    if isinstance(url, str) and not is_url(url):
        raise invalid(ATTACHMENT, "must be a valid URL")
    return (ReplaceMain(None if url is None else url_attachment(url, ATTACHMENT)),)


def _pair(body: schema.ActivityUpdate) -> MainPair | UnsetType:
    """The main relation; an empty text takes it away, as null does."""
    if body.related_to_entity is UNSET and body.related_to is UNSET:
        return UNSET
    entity = body.related_to_entity
    return MainPair(
        families=tuple(FAMILIES.values()),
        family=UNSET if isinstance(entity, UnsetType) else FAMILIES[int(entity)] if entity else None,
        slug=_short(body.related_to, "related_to", MAX_SLUG),
        family_field="pair",
        slug_field="related_to",
    )


def show(activity: domain.Activity, beside: Beside, *, whole: frozenset[str] = EVERYTHING) -> schema.Activity:
    """The activity as ATZ shows it; ``whole`` are the parts that are not cut down to an id or a slug."""
    when, main, names = activity.when, activity.main, beside.names
    return schema.Activity(
        id=activity.id,
        title=activity.subject,
        activity_type=schema.ActivityType(activity.type.id, beside.labels.get(activity.type.id, activity.type.key)),
        related_to=None if main is None else main.slug,
        related_record=show_record(main, names) if "related_record" in whole else show_slug(main),
        related_to_type=_entity_name(activity),
        collaborators=list(_people(activity.collaborators, names)),
        start_date="" if when.date is None else when.date.isoformat(),
        start_time="" if when.time is None else when.time.isoformat("minutes"),
        end_time=_time(when.ends_at),
        attendees=_attendees(activity, names),
        meeting_link=(activity.conference.url or "") if activity.conference else "",
        importance=activity.priority or "normal",
        location=(activity.location.value or "") if activity.location else "",
        description=activity.description or "",
        do_not_send_calendar_invite=not activity.invite,
        mark_as_done=activity.done,
        attachment=_attachment(activity, beside),
        created_by=_person(activity.creator_id, names, whole="created_by" in whole),
        updated_by=_person(activity.editor_id, names, whole="updated_by" in whole),
        created_at=format_instant(activity.created_at),
        updated_at=format_instant(activity.updated_at),
    )


def _entity_name(activity: domain.Activity) -> schema.EntityName | None:
    kind = activity.main_kind if activity.main is None else activity.main.kind
    return None if kind is None else ENTITY_NAMES.get(kind)


def _time(ms: int | None) -> str:
    return "" if ms is None else (dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=ms)).strftime("%H:%M")


def _people(ids: tuple[int, ...], names: Directory) -> Iterator[schema.User]:
    return (_user_of(names.users[id_]) for id_ in ids if id_ in names.users)


def _person(id_: int, names: Directory, *, whole: bool) -> schema.User:
    user = names.users.get(id_)
    return _user_of(user) if whole and user is not None else schema.User(id=id_)


def _user_of(user: User) -> schema.User:
    return schema.User(id=user.id, slug=user.slug, full_name=user.name, email=user.email)


def _attendees(activity: domain.Activity, names: Directory) -> schema.Attendees:
    users = tuple(person.user_id for person in activity.attendees if person.user_id is not None)
    return schema.Attendees(
        candidates=list(_invited(activity, "candidate", names)),
        contacts=list(_invited(activity, "contact", names)),
        users=list(_people(users, names)),
    )


def _invited(activity: domain.Activity, kind: domain.AttendeeKind, names: Directory) -> Iterator[schema.Attendee]:
    for person in activity.attendees:
        if person.kind == kind and person.ref is not None:
            record = names.records.get((person.ref.kind, person.ref.id))
            yield schema.Attendee(person.ref.slug, person.name or (record.name if record else ""))


def _attachment(activity: domain.Activity, beside: Beside) -> schema.Attachment | None:
    """The main one: its own link, or that of its file on this server."""
    main = next((one for one in activity.attachments if one.main), None)
    return None if main is None else schema.Attachment(main.name, link_of(beside.account_id, main, beside.base_url))


def labels_of(types: list[ActivityType]) -> Labels:
    """The names of types by id."""
    return {type_.id: type_.label for type_ in types}


def show_types(types: list[ActivityType]) -> list[schema.ActivityType]:
    """Those that can be chosen, the built-in ones first."""
    chosen = sorted((type_ for type_ in types if type_.active), key=lambda type_: (type_.custom, type_.id))
    return [schema.ActivityType(type_.id, type_.label) for type_ in chosen]
