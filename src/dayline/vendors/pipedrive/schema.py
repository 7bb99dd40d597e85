"""Pipedrive's vocabulary: every shape on its wire, named as Pipedrive names it. No behaviour.

Times of day and durations are ``HH:MM:SS`` in UTC, instants ``YYYY-MM-DDTHH:MM:SSZ``.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
MOST_PEOPLE = 200  # in one list: more is an import, or an attack
# What no person writes by hand; without bounds a page could be as large as the memory.
Line = Annotated[str, Meta(max_length=1_000)]
Prose = Annotated[str, Meta(max_length=100_000)]
AttendeeStatus = Literal["noreply", "needsAction", "tentative", "accepted", "declined"]


class Location(Struct, frozen=True):
    """Where it takes place. Only ``value`` need be written; a part that is not sent becomes null."""

    value: Annotated[Line | None, Meta(description="The place as people write it.")] = None
    country: Line | None = None
    admin_area_level_1: Line | None = None
    admin_area_level_2: Line | None = None
    locality: Line | None = None
    sublocality: Line | None = None
    route: Line | None = None
    street_number: Line | None = None
    subpremise: Line | None = None
    postal_code: Line | None = None
    formatted_address: Annotated[Line | None | UnsetType, Meta(description="Only where it is known.")] = UNSET


class Participant(Struct, frozen=True):
    """A person the activity is about."""

    person_id: Id
    primary: Annotated[bool, Meta(description="Exactly one is primary; the first, where none is marked.")] = False


class Attendee(Struct, frozen=True):
    """Somebody invited: by email address, as a person, or as a user."""

    email: Line | None = None
    name: Line | None = None
    status: AttendeeStatus | None = None
    is_organizer: bool | None = None
    person_id: Id | None = None
    user_id: Id | None = None


class AddActivityRequest(Struct, frozen=True, kw_only=True):
    """The writable fields. Absent ones keep their value on update, and null clears."""

    subject: Annotated[Line | None | UnsetType, Meta(description="`Call` when left out of a new activity.")] = UNSET
    type: Annotated[
        str | None | UnsetType, Meta(description="The key_string of an activity type; `call` when left out.")
    ] = UNSET
    owner_id: Annotated[Id | None | UnsetType, Meta(description="The user; the caller when left out.")] = UNSET
    deal_id: Id | None | UnsetType = UNSET
    lead_id: Annotated[str | None | UnsetType, Meta(description="The UUID of a lead.")] = UNSET
    person_id: Annotated[
        Id | None | UnsetType,
        Meta(
            description="The primary participant; null takes him away. Must agree with `participants` if both are sent."
        ),
    ] = UNSET
    org_id: Id | None | UnsetType = UNSET
    project_id: Id | None | UnsetType = UNSET
    due_date: Annotated[str | None | UnsetType, Meta(description="`YYYY-MM-DD`, in UTC.")] = UNSET
    due_time: Annotated[
        str | None | UnsetType, Meta(description="`HH:MM` or `HH:MM:SS`, in UTC. Without a time it is an all-day item.")
    ] = UNSET
    duration: Annotated[str | None | UnsetType, Meta(description="`HH:MM` or `HH:MM:SS`; hours may exceed 24.")] = UNSET
    busy: bool | None | UnsetType = UNSET
    done: bool | None | UnsetType = UNSET
    location: Location | None | UnsetType = UNSET
    participants: Annotated[list[Participant], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = UNSET
    attendees: Annotated[list[Attendee], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = UNSET
    public_description: Annotated[Prose | None | UnsetType, Meta(description="Shared with attendees.")] = UNSET
    priority: Annotated[int | None | UnsetType, Meta(description="263 Low, 264 Medium, 265 High, 266 Critical.")] = (
        UNSET
    )
    outcome: Annotated[int | None | UnsetType, Meta(description="The id of an outcome option.")] = UNSET
    note: Annotated[Prose | None | UnsetType, Meta(description="Internal; HTML is kept as written.")] = UNSET
    private: Annotated[
        bool | None | UnsetType,
        Meta(description="Hidden from users who have no part in it. An extension: the vendor only reads it."),
    ] = UNSET


ReadOnly = Annotated[Any, Meta(description="Read only: as it was read, or not at all.")] | UnsetType


class UpdateActivityRequest(AddActivityRequest, frozen=True, kw_only=True):
    """The writable fields, and those that are only read: what was read as a whole can be sent back as a whole."""

    id: ReadOnly = UNSET
    creator_user_id: ReadOnly = UNSET
    is_deleted: ReadOnly = UNSET
    add_time: ReadOnly = UNSET
    update_time: ReadOnly = UNSET
    marked_as_done_time: ReadOnly = UNSET
    conference_meeting_client: ReadOnly = UNSET
    conference_meeting_url: ReadOnly = UNSET
    conference_meeting_id: ReadOnly = UNSET


class Activity(Struct, frozen=True, kw_only=True):
    """An activity as Pipedrive's v2 shows it, in its order of fields."""

    id: int
    subject: str
    type: str
    owner_id: int
    creator_user_id: int
    is_deleted: bool
    add_time: str
    update_time: str
    deal_id: int | None
    lead_id: str | None
    person_id: int | None
    org_id: int | None
    project_id: int | None
    due_date: str | None
    due_time: str | None
    duration: str | None
    busy: bool | None
    done: bool
    marked_as_done_time: str | None
    location: Location | None
    participants: list[Participant]
    attendees: Annotated[list[Attendee] | UnsetType, Meta(description="Only with `include_fields=attendees`.")] = UNSET
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    public_description: str | None
    priority: int | None
    outcome: int | None
    note: str | None
    private: bool


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list."""

    filter_id: Annotated[
        Id | None,
        Meta(
            description="A saved filter. With it `ids`, `owner_id`, `deal_id`, `lead_id`, `person_id` and `org_id` do"
            " not count."
        ),
    ] = None
    ids: Annotated[str | None, Meta(description="Up to 100 ids, separated by commas; unknown ones are left out.")] = (
        None
    )
    owner_id: Id | None = None
    deal_id: Id | None = None
    lead_id: Annotated[str | None, Meta(description="The UUID of a lead.")] = None
    person_id: Annotated[Id | None, Meta(description="A person who participates or is invited.")] = None
    org_id: Id | None = None
    project_id: Annotated[Id | None, Meta(description="An extension.")] = None
    type: Annotated[str | None, Meta(description="Key_strings of types, separated by commas. An extension.")] = None
    done: bool | None = None
    start_date: Annotated[str | None, Meta(description="Due on this day or later. An extension.")] = None
    end_date: Annotated[str | None, Meta(description="Due on this day or earlier. An extension.")] = None
    updated_since: Annotated[str | None, Meta(description="update_time is this RFC 3339 instant or later.")] = None
    updated_until: Annotated[str | None, Meta(description="update_time is earlier than this RFC 3339 instant.")] = None
    sort_by: Literal["id", "update_time", "add_time", "due_date"] = "id"
    sort_direction: Literal["asc", "desc"] = "asc"
    include_deleted: Annotated[
        bool, Meta(description="Also what was deleted and is not purged yet, with `is_deleted` true. An extension.")
    ] = False
    include_fields: Annotated[str | None, Meta(description="`attendees`")] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[
        str | None, Meta(description="`next_cursor` of the page before; send the same filters with it.")
    ] = None


class GetQuery(Struct, frozen=True):
    """The parameters of a single activity."""

    include_fields: Annotated[str | None, Meta(description="`attendees`")] = None


class Context(Struct, frozen=True):
    """What else is planned."""

    more_activities_scheduled_in_context: Annotated[
        bool, Meta(description="Whether another undone activity shares the deal, person or organization.")
    ]


class NextCursor(Struct, frozen=True):
    """Where the list goes on; null on the last page."""

    next_cursor: str | None


class Deleted(Struct, frozen=True):
    """What was deleted."""

    id: int


class ActivityResponse(Struct, frozen=True, kw_only=True):
    """One activity."""

    success: Literal[True] = True
    data: Activity


class ActivityWriteResponse(Struct, frozen=True, kw_only=True):
    """The activity as it was written."""

    success: Literal[True] = True
    data: Activity
    additional_data: Context


class ActivityListResponse(Struct, frozen=True, kw_only=True):
    """One page of activities."""

    success: Literal[True] = True
    data: list[Activity]
    additional_data: NextCursor


class ActivityDeleteResponse(Struct, frozen=True, kw_only=True):
    """The id of the deleted activity."""

    success: Literal[True] = True
    data: Deleted


class GatewayError(Struct, frozen=True, kw_only=True):
    """How Pipedrive's gateway refuses a credential or a rate."""

    success: Literal[False] = False
    error: str
    errorCode: int  # noqa: N815 - the vendor's spelling
    error_info: str | UnsetType = UNSET


class ValidationError(Struct, frozen=True, kw_only=True):
    """How v2 refuses input."""

    success: Literal[False] = False
    error: str
    code: str


class ClassicError(Struct, frozen=True, kw_only=True):
    """How everything else is refused; ``code`` is there because the official client drops the status."""

    success: Literal[False] = False
    error: str
    code: str
    error_info: str
    data: None = None
    additional_data: None = None
