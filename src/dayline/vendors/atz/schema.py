"""ATZ CRM's vocabulary: every shape on its wire, named as ATZ names it. No behaviour.

Dates are ``YYYY-MM-DD``, times of day ``HH:MM`` and instants ``YYYY-MM-DDTHH:MM:SSZ``, all in UTC. What is not there is
an empty string or null. Limits on texts are told here and held in ``mapping``, which words them as ATZ does.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Importance = Literal["low", "normal", "high", "critical"]
Maximized = Literal["created_by", "updated_by", "related_record", "all"]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
IdText = Annotated[str, Meta(pattern="^[0-9]{1,18}$")]  # as forms and some clients write a number
# An empty one clears, as in a form.
Entity = Literal[1, 2, 3, 4, 5, 10, "1", "2", "3", "4", "5", "10", ""]
EntityName = Literal["candidate", "job", "organization", "contact", "deal", "other"]
Flag = bool | Literal[0, 1]
TypeId = Annotated[Id | IdText, Meta(description="2 Meeting, 3 Task, 4 Email, 5 Interview, or another type.")]

UserIds = Annotated[
    int | str | list[int | str] | None | UnsetType,
    Meta(description="Ids of users, separated by commas. An array, or one number, is as good."),
]
Slugs = Annotated[
    str | list[str] | None | UnsetType, Meta(description="Slugs, separated by commas. An array is as good.")
]
Title = Annotated[str, Meta(description="Not blank.", extra_json_schema={"maxLength": 100})]
Moment = Annotated[
    str, Meta(description="An ISO 8601 date and time, in UTC where no zone is given; kept in whole seconds.")
]
Short = Annotated[str, Meta(extra_json_schema={"maxLength": 50})]
Attached = Annotated[str, Meta(extra_json_schema={"maxLength": 350})]
Link = Annotated[str, Meta(description="An absolute http or https URL.", extra_json_schema={"maxLength": 100})]


class _Fields(Struct, frozen=True, kw_only=True):
    """The writable fields that need not be there."""

    related_to_entity: Annotated[
        Entity | None | UnsetType,
        Meta(description="1 Candidate, 2 Job, 3 Organization, 4 Contact, 5 Deal, 10 Other. Empty or null clears."),
    ] = UNSET
    related_to: Annotated[
        Short | None | UnsetType, Meta(description="The slug of a record of that entity. Empty or null clears.")
    ] = UNSET
    collaborators: UserIds = UNSET
    candidates_as_attendees: Slugs = UNSET
    contacts_as_attendees: Slugs = UNSET
    users_as_attendees: UserIds = UNSET
    meeting_link: Link | None | UnsetType = UNSET
    location: Short | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    attachment: Annotated[
        Attached | None | UnsetType,
        Meta(
            description="A URL, or in a form a file. It takes the place of the main attachment; empty or null clears."
        ),
    ] = UNSET


class ActivityUpdate(_Fields, frozen=True, kw_only=True):
    """The fields of an activity. What is absent keeps its value."""

    title: Title | UnsetType = UNSET
    activity_type_id: TypeId | UnsetType = UNSET
    start_datetime: Moment | UnsetType = UNSET
    end_datetime: Moment | UnsetType = UNSET
    importance: Importance | UnsetType = UNSET
    do_not_send_calendar_invite: Flag | UnsetType = UNSET
    mark_as_done: Flag | UnsetType = UNSET


class NewActivity(_Fields, frozen=True, kw_only=True):
    """A new activity, which ends after it starts. Null is as good as absent where it need not be there."""

    title: Title
    activity_type_id: TypeId
    start_datetime: Moment
    end_datetime: Moment
    importance: Annotated[Importance | None, Meta(description="`high` when left out.")] = None
    do_not_send_calendar_invite: Flag | None = None
    mark_as_done: Flag | None = None


class ActivityType(Struct, frozen=True):
    """What kind of activity it is."""

    id: int
    label: str


class RelatedRecord(Struct, frozen=True, kw_only=True):
    """What the activity is about: its slug alone, or with what each kind of record has."""

    id: int | UnsetType = UNSET
    slug: str
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    position_name: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    designation: str | UnsetType = UNSET


class User(Struct, frozen=True, kw_only=True):
    """A user; in lists his id alone, unless more is asked for."""

    id: int
    slug: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET


class Attendee(Struct, frozen=True):
    """A candidate or contact who is invited."""

    slug: str
    full_name: str


class Attendees(Struct, frozen=True):
    """All who are invited."""

    candidates: list[Attendee]
    contacts: list[Attendee]
    users: list[User]


class Attachment(Struct, frozen=True):
    """The main attachment."""

    file_name: str
    file_link: str


class Activity(Struct, frozen=True, kw_only=True):
    """An activity, in ATZ's order of keys."""

    id: int
    title: str
    activity_type: ActivityType
    related_to: str | None
    related_record: RelatedRecord | None
    related_to_type: EntityName | None
    collaborators: list[User]
    start_date: str
    start_time: str
    end_time: str
    attendees: Attendees
    meeting_link: str
    importance: Importance
    location: str
    description: str
    do_not_send_calendar_invite: bool
    mark_as_done: bool
    attachment: Attachment | None
    created_by: User
    updated_by: User
    created_at: str
    updated_at: str


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list. All filters that are given must hold."""

    activity_type_id: Id | None = None
    importance: Annotated[Importance | None, Meta(description="`normal` finds those without one, too.")] = None
    limit: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="25 when left out, and at the most: more is taken for it.")
    ] = None
    maximize: Annotated[
        str | None,
        Meta(description="What to show whole: created_by, updated_by and related_record by commas, or `all`."),
    ] = None
    related_to: Annotated[str | None, Meta(description="The slug of a record.")] = None
    related_to_entity: Literal[1, 2, 3, 4, 5, 10] | None = None
    search: Annotated[
        str | None, Meta(description="Part of the title, description or location, whatever its case.")
    ] = None
    sort_by: Literal["created_at", "updated_at"] | None = None
    sort_order: Literal["asc", "desc"] | None = None
    page: Annotated[int, Meta(ge=1)] | None = None


class ActivityList(Struct, frozen=True, kw_only=True):
    """One page. ``from`` and ``to`` are places in the whole list, 0 on an empty page."""

    total: int
    per_page: int
    current_page: int
    last_page: int
    next_page_url: str | None
    prev_page_url: str | None
    from_: int = field(name="from")
    to: int
    data: list[Activity]


class Message(Struct, frozen=True):
    """What happened, or what is wrong."""

    message: str
