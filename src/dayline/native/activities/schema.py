"""Activities on the native API's wire: the whole model. No behaviour.

Dates, times of day and instants are in UTC; durations are whole seconds.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.domain.activity import AttendeeKind, AttendeeStatus, Priority, Visibility
from dayline.domain.record import Kind
from dayline.domain.time import MAX_DURATION

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
# What no person writes by hand; without bounds a page could be as large as the memory.
Line = Annotated[str, Meta(max_length=1_000)]
Prose = Annotated[str, Meta(max_length=100_000)]
Date = Annotated[str, Meta(max_length=10, description="`YYYY-MM-DD`.", examples=["2026-12-01"])]
Time = Annotated[
    str,
    Meta(max_length=8, description="`HH:MM` or `HH:MM:SS`. Without one it is a whole day.", examples=["14:30:00"]),
]
Duration = Annotated[int, Meta(ge=0, le=MAX_DURATION, description="Whole seconds.")]
Zone = Annotated[str, Meta(max_length=64, description="The IANA zone it was planned in, such as `Europe/Tallinn`.")]
Instant = Annotated[str, Meta(max_length=40, description="RFC 3339, such as `2026-12-01T14:30:00Z`.")]
Moment = Annotated[str, Meta(max_length=40, description="RFC 3339, or a date, which begins at midnight UTC.")]
Type = Annotated[Id | Annotated[str, Meta(max_length=100)], Meta(description="An activity type, by its key or its id.")]
MANY = 200  # people or records of one activity: more is an import, or an attack


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place: ``value`` as people write it, and its parts where they are known."""

    value: Line | None = None
    formatted_address: Line | None = None
    country: Line | None = None
    admin_area_level_1: Line | None = None
    admin_area_level_2: Line | None = None
    locality: Line | None = None
    sublocality: Line | None = None
    route: Line | None = None
    street_number: Line | None = None
    subpremise: Line | None = None
    postal_code: Line | None = None


class Conference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to meet online."""

    client: Line | None = None
    url: Line | None = None
    id: Line | None = None


class RecordName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record, by its kind and one of its names; where there are several, the first of id, uuid, slug counts."""

    kind: Kind
    id: Id | None = None
    uuid: Annotated[str, Meta(max_length=50)] | None = None
    slug: Annotated[str, Meta(max_length=50)] | None = None


class ParticipantName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact whom the activity is about. The first is the primary one where none is said to be."""

    kind: Literal["contact"] = "contact"
    id: Id | None = None
    uuid: Annotated[str, Meta(max_length=50)] | None = None
    slug: Annotated[str, Meta(max_length=50)] | None = None
    primary: bool = False


class AttendeeName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody invited: a user by id, a candidate or contact by one of its names, or an email address."""

    kind: AttendeeKind
    id: Id | None = None
    uuid: Annotated[str, Meta(max_length=50)] | None = None
    slug: Annotated[str, Meta(max_length=50)] | None = None
    email: Annotated[str, Meta(min_length=1, max_length=320)] | None = None
    name: Line | None = None
    status: AttendeeStatus = "noreply"
    organizer: bool = False


class ActivityPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change: a field that is left out stays, null clears it, a list replaces the list."""

    type: Type | UnsetType = UNSET
    subject: Line | UnsetType = UNSET
    description: Annotated[Prose | None | UnsetType, Meta(description="Shared with attendees.")] = UNSET
    note: Annotated[Prose | None | UnsetType, Meta(description="Internal. HTML is kept as written.")] = UNSET
    date: Date | None | UnsetType = UNSET
    time: Time | None | UnsetType = UNSET
    duration: Duration | None | UnsetType = UNSET
    zone: Zone | None | UnsetType = UNSET
    busy: bool | None | UnsetType = UNSET
    done: bool | UnsetType = UNSET
    done_at: Annotated[Instant | UnsetType, Meta(description="When it was done; now when left out.")] = UNSET
    priority: Priority | None | UnsetType = UNSET
    outcome: Line | None | UnsetType = UNSET
    visibility: Annotated[
        Visibility | UnsetType,
        Meta(description="`private`: for those who have a part in it, and admins. `admin_only`: the same, for now."),
    ] = UNSET
    location: Location | None | UnsetType = UNSET
    conference: Conference | None | UnsetType = UNSET
    invite: Annotated[bool | UnsetType, Meta(description="Whether invitations may be sent.")] = UNSET
    owner_id: Annotated[Id | UnsetType, Meta(description="The user; the caller when left out of a new one.")] = UNSET
    collaborators: Annotated[list[Id], Meta(max_length=MANY, description="Users.")] | UnsetType = UNSET
    related: Annotated[list[RecordName], Meta(max_length=MANY)] | UnsetType = UNSET
    main: Annotated[
        RecordName | None | UnsetType,
        Meta(description="The record that it is mainly about; put first in `related`. Null: the usual order decides."),
    ] = UNSET
    participants: Annotated[list[ParticipantName], Meta(max_length=MANY)] | UnsetType = UNSET
    attendees: Annotated[list[AttendeeName], Meta(max_length=MANY)] | UnsetType = UNSET


class NewActivity(ActivityPatch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An activity to be created. Only the type is required."""

    type: Type


class RecordRef(Struct, frozen=True, kw_only=True):
    """A record, by all of its names."""

    kind: Kind
    id: int
    uuid: str
    slug: str


class Participant(RecordRef, frozen=True, kw_only=True):
    """A contact whom the activity is about."""

    primary: bool


class Attendee(Struct, frozen=True, kw_only=True):
    """Somebody invited. ``id`` is a user's, a candidate's or a contact's; ``email`` and ``name`` as they were given."""

    kind: AttendeeKind
    id: int | None
    uuid: str | None
    slug: str | None
    email: str | None
    name: str | None
    status: AttendeeStatus
    organizer: bool


class Attachment(Struct, frozen=True, kw_only=True):
    """A file or a link; at most one is the main one. Where it can be had is told by the list of attachments."""

    id: int
    name: str
    main: bool
    media_type: str | None
    size: int | None


class NamedRecord(RecordRef, frozen=True, kw_only=True):
    """A record that the activities mention, as it is named now."""

    name: str
    email: str | None


class NamedUser(Struct, frozen=True, kw_only=True):
    """A user whom the activities mention, as he is named now."""

    id: int
    name: str
    email: str


class Names(Struct, frozen=True, kw_only=True):
    """Every record and user that the activities of an answer mention."""

    records: list[NamedRecord]
    users: list[NamedUser]


class Activity(Struct, frozen=True, kw_only=True):
    """An activity. ``starts_at`` and ``ends_at`` follow from date, time and duration, where those allow."""

    id: int
    uuid: str
    type: Annotated[str, Meta(description="The key of its type.")]
    type_id: int
    subject: str
    description: str | None
    note: str | None
    date: str | None
    time: str | None
    duration: int | None
    zone: str | None
    all_day: bool
    starts_at: str | None
    ends_at: str | None
    busy: bool | None
    done: bool
    done_at: str | None
    priority: Priority | None
    outcome: str | None
    visibility: Visibility
    location: Location | None
    conference: Conference | None
    invite: bool
    owner_id: int
    creator_id: int
    editor_id: int
    collaborators: list[int]
    main: RecordRef | None
    main_chosen: Annotated[bool, Meta(description="Whether somebody chose the main record, or the usual order did.")]
    main_kind: Annotated[
        Kind | Literal["none"] | None,
        Meta(description="Where somebody said that there is no main record: of which kind it is to be, or none."),
    ]
    related: list[RecordRef]
    participants: list[Participant]
    attendees: list[Attendee]
    attachments: list[Attachment]
    extras: Annotated[dict[str, dict[str, Any]], Meta(description="What only that vendor knows, by vendor.")]
    revision: Annotated[int, Meta(description="Goes up with each change; the ETag of the activity.")]
    created_at: str
    updated_at: str
    deleted_at: str | None
    names: Annotated[Names | UnsetType, Meta(description="Only for a single one, with `include=names`.")] = UNSET


Include = Annotated[Literal["names"], Meta(description="`names` adds the names of all that is mentioned.")]


class GetQuery(Struct, frozen=True, kw_only=True):
    """The parameters of a single activity."""

    include: Include | None = None


class Wanted(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which activities, and in which order; all that are given must hold."""

    from_: Annotated[
        Moment | None,
        Meta(description="Only what goes on at this moment or later. A whole day goes on for its 24 hours in UTC."),
    ] = None
    until: Annotated[Moment | None, Meta(description="Only what begins before this moment.")] = None
    q: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200)] | None,
        Meta(description="Part of the subject, description, note or location, in any case."),
    ] = None
    owner_id: Id | None = None
    type: Annotated[
        Annotated[str, Meta(max_length=1_000)] | None, Meta(description="Keys of types, separated by commas.")
    ] = None
    done: bool | None = None
    record: Annotated[
        Annotated[str, Meta(max_length=1_000)] | None,
        Meta(
            description="Only what hangs on this record: related, participating or invited. `kind:name`, where the name"
            " is an id, UUID or slug, as in `deal:17`; several, separated by commas, must all hold."
        ),
    ] = None
    updated_from: Annotated[Moment | None, Meta(description="Changed at this instant or later.")] = None
    updated_before: Annotated[Moment | None, Meta(description="Changed before this instant.")] = None
    deleted: Annotated[bool, Meta(description="Only deleted activities, which can still be restored.")] = False
    sort: Literal["id", "created_at", "updated_at", "due"] = "id"
    order: Annotated[Literal["asc", "desc"], Meta(description="Without a date comes last by `due` ascending.")] = "asc"


class ListQuery(Wanted, frozen=True, kw_only=True):
    """The parameters of the list; all that are given must hold."""

    include: Include | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[
        str | None, Meta(description="`next_cursor` of the page before; send the same other parameters with it.")
    ] = None


class ActivityPage(Struct, frozen=True, kw_only=True):
    """One page of activities; ``next_cursor`` is null on the last."""

    data: list[Activity]
    next_cursor: str | None
    names: Names | UnsetType = UNSET


class ExportQuery(Wanted, frozen=True, kw_only=True):
    """The parameters of the list, and as what the activities are sent."""

    format: Annotated[Literal["csv", "jsonl"], Meta(description="`jsonl` has one activity a line.")] = "csv"


class Ids(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The activities that are meant."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=500)]


class ManyWritten(Struct, frozen=True, kw_only=True):
    """What became of the activities: by id, in the order of the request."""

    changed: list[int]
    unchanged: Annotated[list[int], Meta(description="Those that were so already.")]
    not_found: list[int]
