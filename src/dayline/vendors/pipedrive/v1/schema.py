"""The vocabulary of Pipedrive's API v1: every shape on its wire, named as Pipedrive names it. No behaviour.

Times of day and durations are ``HH:MM`` in UTC, with seconds only where there are some; instants are
``YYYY-MM-DD HH:MM:SS`` in UTC. A text that is missing is ``""`` in some fields and null in others, as v1 has it.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.vendors.pipedrive.schema import MOST_PEOPLE, AttendeeStatus, Context, Id, Line, NextCursor, Prose

Flag = bool | Literal[0, 1, "0", "1", "true", "false"]
Everyone = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Meta(ge=1, description="More than 500 are 500.")]
Start = Annotated[int, Meta(ge=0, le=2**63 - 1, description="How many to leave out from the begin.")]
WithDeleted = Annotated[
    bool, Meta(description="Also what was deleted and is not purged yet, with `active_flag` false. An extension.")
]
Types = Annotated[str | None, Meta(description="Key_strings of types, separated by commas.")]


class ParticipantV1(Struct, frozen=True):
    """A person the activity is about."""

    person_id: Id
    primary_flag: Annotated[Flag, Meta(description="Exactly one is primary; the first, where none is marked.")] = False


class AttendeeV1(Struct, frozen=True, kw_only=True):
    """Somebody invited, as v1 shows him: ``is_organizer`` is a number."""

    email_address: str | None
    is_organizer: Literal[0, 1]
    name: str | None
    person_id: int | None
    status: AttendeeStatus
    user_id: int | None


class NewAttendeeV1(Struct, frozen=True):
    """Somebody to be invited: by email address, as a person, or as a user."""

    email_address: Line | None = None
    name: Line | None = None
    status: AttendeeStatus | None = None
    is_organizer: Flag | None = None
    person_id: Id | None = None
    user_id: Id | None = None


class AddActivityRequestV1(Struct, frozen=True, kw_only=True):
    """The writable fields. Absent ones keep their value on update, null clears, and so does "" in a date or time."""

    due_date: Annotated[str | None | UnsetType, Meta(description="`YYYY-MM-DD`, in UTC.")] = UNSET
    due_time: Annotated[
        str | None | UnsetType, Meta(description="`HH:MM` or `HH:MM:SS`, in UTC. Without a time it is an all-day item.")
    ] = UNSET
    duration: Annotated[str | None | UnsetType, Meta(description="`HH:MM` or `HH:MM:SS`; hours may exceed 24.")] = UNSET
    deal_id: Id | None | UnsetType = UNSET
    lead_id: Annotated[str | None | UnsetType, Meta(description="The UUID of a lead.")] = UNSET
    person_id: Annotated[
        Id | None | UnsetType,
        Meta(description="The primary participant. Must agree with `participants` if both are sent."),
    ] = UNSET
    project_id: Id | None | UnsetType = UNSET
    org_id: Id | None | UnsetType = UNSET
    location: Annotated[Line | None | UnsetType, Meta(description="The place as people write it.")] = UNSET
    location_subpremise: Annotated[
        Line | None, Meta(description="This and the other parts of a place count only beside `location`.")
    ] = None
    location_street_number: Line | None = None
    location_route: Line | None = None
    location_sublocality: Line | None = None
    location_locality: Line | None = None
    location_admin_area_level_1: Line | None = None
    location_admin_area_level_2: Line | None = None
    location_country: Line | None = None
    location_postal_code: Line | None = None
    location_formatted_address: Line | None = None
    public_description: Annotated[Prose | None | UnsetType, Meta(description="Shared with attendees.")] = UNSET
    note: Annotated[Prose | None | UnsetType, Meta(description="Internal; HTML is kept as written.")] = UNSET
    subject: Annotated[Line | None | UnsetType, Meta(description="`Call` when left out of a new activity.")] = UNSET
    type: Annotated[
        str | None | UnsetType, Meta(description="The key_string of an activity type; `call` when left out.")
    ] = UNSET
    user_id: Annotated[Id | None | UnsetType, Meta(description="The owner; the caller when left out.")] = UNSET
    participants: Annotated[list[ParticipantV1], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = UNSET
    busy_flag: Flag | None | UnsetType = UNSET
    attendees: Annotated[list[NewAttendeeV1], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = UNSET
    done: Flag | None | UnsetType = UNSET
    priority: Annotated[int | None | UnsetType, Meta(description="263 Low, 264 Medium, 265 High, 266 Critical.")] = (
        UNSET
    )
    private: Annotated[
        Flag | None | UnsetType,
        Meta(description="Hidden from users who have no part in it. Null is as good as absent."),
    ] = UNSET


class LeadV1(Struct, frozen=True):
    """The lead of an activity."""

    id: str
    title: str


class ActivityShortV1(Struct, frozen=True, kw_only=True):
    """An activity in the collection, which has neither note, people nor names."""

    id: int
    company_id: int
    user_id: int
    done: bool
    type: str
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    due_date: str | None
    due_time: str
    duration: str
    busy_flag: bool | None
    add_time: str
    marked_as_done_time: str
    subject: str
    public_description: str
    location: str | None
    org_id: int | None
    person_id: int | None
    deal_id: int | None
    lead_id: str | None
    project_id: int | None
    active_flag: bool
    update_time: str
    update_user_id: int
    source_timezone: str | None
    location_subpremise: str | None
    location_street_number: str | None
    location_route: str | None
    location_sublocality: str | None
    location_locality: str | None
    location_admin_area_level_1: str | None
    location_admin_area_level_2: str | None
    location_country: str | None
    location_postal_code: str | None
    location_formatted_address: str | None


class ActivityV1(Struct, frozen=True, kw_only=True):
    """An activity as Pipedrive's v1 shows it. What Dayline does not know is null: reminders, calendars, recurrence."""

    id: int
    company_id: int
    user_id: int
    done: bool
    type: str
    type_name: str | None
    reference_type: None = None
    reference_id: None = None
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    due_date: str | None
    due_time: Annotated[str, Meta(description='`HH:MM`, or "".')]
    duration: Annotated[str, Meta(description='`HH:MM`, or "".')]
    busy_flag: bool | None
    add_time: str
    marked_as_done_time: Annotated[str, Meta(description='"" while it is not done.')]
    last_notification_time: None = None
    last_notification_user_id: None = None
    notification_language_id: None = None
    subject: str
    public_description: str
    calendar_sync_include_context: None = None
    location: str | None
    org_id: int | None
    person_id: int | None
    deal_id: int | None
    lead_id: str | None
    project_id: int | None
    active_flag: bool
    update_time: str
    update_user_id: int
    gcal_event_id: None = None
    google_calendar_id: None = None
    google_calendar_etag: None = None
    source_timezone: str | None
    rec_rule: None = None
    rec_rule_extension: None = None
    rec_master_activity_id: None = None
    original_start_time: None = None
    is_recurring: None = None
    series: None = None
    note: str | None
    created_by_user_id: int
    location_subpremise: str | None
    location_street_number: str | None
    location_route: str | None
    location_sublocality: str | None
    location_locality: str | None
    location_admin_area_level_1: str | None
    location_admin_area_level_2: str | None
    location_country: str | None
    location_postal_code: str | None
    location_formatted_address: str | None
    attendees: Annotated[list[AttendeeV1] | None, Meta(description="null where nobody is invited.")]
    participants: Annotated[list[ParticipantV1] | None, Meta(description="null where there are none.")]
    org_name: str | None
    person_name: str | None
    deal_title: str | None
    lead_title: str | None
    project_title: str | None
    owner_name: str | None
    person_dropbox_bcc: None = None
    deal_dropbox_bcc: None = None
    assigned_to_user_id: int
    private: bool
    priority: int | None
    lead: LeadV1 | None


class RelatedUserV1(Struct, frozen=True, kw_only=True):
    """A user whom an activity mentions."""

    id: int
    name: str
    email: str
    has_pic: Literal[0] = 0
    pic_hash: None = None
    active_flag: bool


class RelatedOrganizationV1(Struct, frozen=True, kw_only=True):
    """An organization that an activity hangs on."""

    id: int
    name: str
    people_count: Literal[0] = 0
    owner_id: int | None
    address: None = None
    active_flag: bool
    cc_email: None = None


class ReachV1(Struct, frozen=True, kw_only=True):
    """An email address or phone number; "" where there is none."""

    label: str
    value: str
    primary: bool = True


class RelatedPersonV1(Struct, frozen=True, kw_only=True):
    """A person whom an activity is about."""

    active_flag: bool
    id: int
    name: str
    email: list[ReachV1]
    phone: list[ReachV1]
    owner_id: int | None


class RelatedDealV1(Struct, frozen=True, kw_only=True):
    """A deal that an activity hangs on; Dayline knows its title only."""

    id: int
    title: str
    status: Literal["open", "deleted"]
    value: None = None
    currency: None = None
    stage_id: None = None
    pipeline_id: None = None


class RelatedObjectsV1(Struct, frozen=True, kw_only=True):
    """What the activities mention, by id; only the kinds that there are."""

    user: dict[str, RelatedUserV1] | UnsetType = UNSET
    organization: dict[str, RelatedOrganizationV1] | UnsetType = UNSET
    person: dict[str, RelatedPersonV1] | UnsetType = UNSET
    deal: dict[str, RelatedDealV1] | UnsetType = UNSET


class ListQueryV1(Struct, frozen=True, kw_only=True):
    """The parameters of the list."""

    user_id: Annotated[Everyone | None, Meta(description="Whose; the caller's when left out, everybody's with 0.")] = (
        None
    )
    filter_id: Annotated[
        Id | None, Meta(description="A saved filter; everybody's that it finds, or those of `user_id`.")
    ] = None
    type: Types = None
    start: Start = 0
    limit: Limit = 100
    start_date: Annotated[str | None, Meta(description="Due on this day or later.")] = None
    end_date: Annotated[str | None, Meta(description="Due on this day or earlier.")] = None
    done: Annotated[bool | None, Meta(description="0 or 1.")] = None
    include_deleted: WithDeleted = False


class ParentQueryV1(Struct, frozen=True, kw_only=True):
    """The parameters of what hangs on a deal, person or organization."""

    start: Start = 0
    limit: Limit = 100
    done: Annotated[bool | None, Meta(description="0 or 1.")] = None
    exclude: Annotated[str | None, Meta(description="Up to 100 ids to leave out, separated by commas.")] = None


class CollectionQueryV1(Struct, frozen=True, kw_only=True):
    """The parameters of the collection."""

    cursor: Annotated[
        str | None, Meta(description="`next_cursor` of the page before; send the same filters with it.")
    ] = None
    limit: Limit = 100
    since: Annotated[str | None, Meta(description="update_time is this or later, as `2026-01-31 08:00:00`.")] = None
    until: Annotated[str | None, Meta(description="update_time is this or earlier.")] = None
    user_id: Annotated[Everyone | None, Meta(description="Whose; everybody's when left out or 0.")] = None
    done: bool | None = None
    type: Types = None
    include_deleted: WithDeleted = False


class DeleteQueryV1(Struct, frozen=True, kw_only=True):
    """Which activities to delete."""

    ids: Annotated[str, Meta(description="Up to 100 ids, separated by commas.")]


class PaginationV1(Struct, frozen=True, kw_only=True):
    """Where in the list a page is; ``next_start`` is there while there are more."""

    start: int
    limit: int
    more_items_in_collection: bool
    next_start: int | UnsetType = UNSET


class PagesV1(Struct, frozen=True):
    """What is said beside a page."""

    pagination: PaginationV1


class DeletedManyV1(Struct, frozen=True):
    """What was deleted."""

    id: list[int]


class ActivityListResponseV1(Struct, frozen=True, kw_only=True):
    """One page of activities; ``data`` is null where there are none."""

    success: Literal[True] = True
    data: list[ActivityV1] | None
    related_objects: RelatedObjectsV1
    additional_data: PagesV1


class ActivityCollectionResponseV1(Struct, frozen=True, kw_only=True):
    """One page of the collection; ``data`` is null where there are none."""

    success: Literal[True] = True
    data: list[ActivityShortV1] | None
    additional_data: NextCursor


class ActivityResponseV1(Struct, frozen=True, kw_only=True):
    """One activity."""

    success: Literal[True] = True
    data: ActivityV1
    related_objects: RelatedObjectsV1


class ActivityWriteResponseV1(Struct, frozen=True, kw_only=True):
    """The activity as it was written."""

    success: Literal[True] = True
    data: ActivityV1
    related_objects: RelatedObjectsV1
    additional_data: Context


class ActivitiesDeleteResponseV1(Struct, frozen=True, kw_only=True):
    """The ids of the activities that were deleted."""

    success: Literal[True] = True
    data: DeletedManyV1


class PermissionErrorV1(Struct, frozen=True, kw_only=True):
    """How v1 refuses users who are no global admins; it has no code."""

    success: Literal[False] = False
    error: str
    error_info: str
    data: None = None
    additional_data: None = None
