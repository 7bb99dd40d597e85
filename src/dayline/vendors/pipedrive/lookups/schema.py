"""Persons, deals, organizations and projects of Pipedrive's API v2, and v1's leads. No behaviour.

Dayline keeps a record's name, owner, email address and phone number; what else the vendor shows is null or empty.
Instants are ``YYYY-MM-DDTHH:MM:SSZ``, those of leads and projects with milliseconds.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.vendors.pipedrive.schema import Id, NextCursor
from dayline.vendors.pipedrive.v1.schema import Limit, PagesV1, Start

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Owner = Annotated[Id | UnsetType, Meta(description="The user; the caller when left out of something new.")]
Nothing = Annotated[list[int], Meta(max_length=0)]
State = Literal["open", "deleted"]
Sortable = Literal["id", "update_time", "add_time"]
LeadSort = Literal[
    "id", "id ASC", "id DESC", "add_time", "add_time ASC", "add_time DESC", "update_time", "update_time ASC",
    "update_time DESC",
]  # fmt: skip


class Email(Struct, frozen=True):
    """An email address."""

    value: Annotated[str, Meta(max_length=320)]
    primary: bool = True
    label: Annotated[str, Meta(max_length=100)] = "work"


class Phone(Struct, frozen=True):
    """A phone number."""

    value: Annotated[str, Meta(max_length=100)]
    primary: bool = True
    label: Annotated[str, Meta(max_length=100)] = "work"


Emails = Annotated[list[Email], Meta(max_length=100, description="At most one that is not empty is kept.")]
Phones = Annotated[list[Phone], Meta(max_length=100, description="At most one that is not empty is kept.")]


class AddPersonRequest(Struct, frozen=True, kw_only=True):
    """A person to be added."""

    name: Name
    owner_id: Owner = UNSET
    emails: Emails | None | UnsetType = UNSET
    phones: Phones | None | UnsetType = UNSET


class UpdatePersonRequest(Struct, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    name: Name | UnsetType = UNSET
    owner_id: Owner = UNSET
    emails: Emails | None | UnsetType = UNSET
    phones: Phones | None | UnsetType = UNSET


class AddNamedRequest(Struct, frozen=True, kw_only=True):
    """An organization to be added."""

    name: Name
    owner_id: Owner = UNSET


class UpdateNamedRequest(Struct, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    name: Name | UnsetType = UNSET
    owner_id: Owner = UNSET


class AddTitledRequest(Struct, frozen=True, kw_only=True):
    """A deal, project or lead to be added."""

    title: Name
    owner_id: Owner = UNSET


class UpdateTitledRequest(Struct, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    title: Name | UnsetType = UNSET
    owner_id: Owner = UNSET


class Included(Struct, frozen=True, kw_only=True):
    """What is told of the activities that hang on a record, each part only where ``include_fields`` asks for it."""

    next_activity_id: int | None | UnsetType = UNSET
    last_activity_id: int | None | UnsetType = UNSET
    activities_count: int | UnsetType = UNSET
    done_activities_count: int | UnsetType = UNSET
    undone_activities_count: int | UnsetType = UNSET


class Person(Included, frozen=True, kw_only=True):
    """A person."""

    id: int
    name: str
    first_name: str
    last_name: str | None
    owner_id: int | None
    org_id: None = None
    add_time: str
    update_time: str
    emails: list[Email]
    phones: list[Phone]
    is_deleted: bool
    visible_to: Literal[3] = 3
    label_ids: Nothing = []
    picture_id: None = None
    custom_fields: dict[str, Any] = {}


class Deal(Included, frozen=True, kw_only=True):
    """A deal."""

    id: int
    title: str
    creator_user_id: None = None
    owner_id: int | None
    value: None = None
    person_id: None = None
    org_id: None = None
    stage_id: None = None
    pipeline_id: None = None
    currency: None = None
    add_time: str
    update_time: str
    stage_change_time: None = None
    status: State
    is_archived: Literal[False] = False
    is_deleted: bool
    probability: None = None
    lost_reason: None = None
    visible_to: Literal[3] = 3
    close_time: None = None
    won_time: None = None
    lost_time: None = None
    expected_close_date: None = None
    label_ids: Nothing = []
    custom_fields: dict[str, Any] = {}


class Organization(Included, frozen=True, kw_only=True):
    """An organization."""

    id: int
    name: str
    owner_id: int | None
    add_time: str
    update_time: str
    address: None = None
    is_deleted: bool
    visible_to: Literal[3] = 3
    label_ids: Nothing = []
    custom_fields: dict[str, Any] = {}


class Project(Struct, frozen=True, kw_only=True):
    """A project."""

    id: int
    title: str
    description: None = None
    status: State
    board_id: None = None
    phase_id: None = None
    owner_id: int | None
    start_date: None = None
    end_date: None = None
    deal_ids: Nothing = []
    person_ids: Nothing = []
    org_ids: Nothing = []
    label_ids: Nothing = []
    add_time: str
    update_time: str
    status_change_time: None = None
    archive_time: None = None
    custom_fields: dict[str, Any] = {}


class Lead(Struct, frozen=True, kw_only=True):
    """A lead."""

    id: Annotated[str, Meta(description="A UUID.")]
    title: str
    owner_id: int | None
    creator_id: None = None
    label_ids: Nothing = []
    person_id: None = None
    organization_id: None = None
    source_name: Literal["API"] = "API"
    origin: Literal["API"] = "API"
    origin_id: None = None
    channel: None = None
    channel_id: None = None
    is_archived: Literal[False] = False
    was_seen: Literal[True] = True
    value: None = None
    expected_close_date: None = None
    next_activity_id: int | None
    add_time: str
    update_time: str
    visible_to: Literal["3"] = "3"
    cc_email: None = None


class GetQuery(Struct, frozen=True, kw_only=True):
    """The parameters of a single person, deal or organization."""

    include_fields: Annotated[
        str | None,
        Meta(
            description="`next_activity_id`, `last_activity_id`, `activities_count`, `done_activities_count`, "
            "`undone_activities_count`, separated by commas."
        ),
    ] = None
    custom_fields: Annotated[str | None, Meta(description="There are none.")] = None
    include_labels: Annotated[bool | None, Meta(description="There are none.")] = None
    include_option_labels: Annotated[bool | None, Meta(description="There are none.")] = None


class ListQuery(GetQuery, frozen=True, kw_only=True):
    """The parameters of the list of persons or organizations."""

    ids: Annotated[str | None, Meta(description="Up to 100 ids, separated by commas; unknown ones are left out.")] = (
        None
    )
    owner_id: Id | None = None
    updated_since: Annotated[str | None, Meta(description="update_time is this RFC 3339 instant or later.")] = None
    updated_until: Annotated[str | None, Meta(description="update_time is earlier than this RFC 3339 instant.")] = None
    sort_by: Sortable = "id"
    sort_direction: Literal["asc", "desc"] = "asc"
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[
        str | None, Meta(description="`next_cursor` of the page before; send the same filters with it.")
    ] = None


class DealListQuery(ListQuery, frozen=True, kw_only=True):
    """The parameters of the list of deals."""

    status: Annotated[
        Literal["open", "won", "lost", "deleted"] | None, Meta(description="All that are not deleted are open here.")
    ] = None


class ProjectListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of projects."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class LeadListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of leads."""

    limit: Limit = 100
    start: Start = 0
    owner_id: Id | None = None
    updated_since: Annotated[str | None, Meta(description="update_time is this RFC 3339 instant or later.")] = None
    sort: LeadSort = "id"


class PersonResponse(Struct, frozen=True, kw_only=True):
    """One person."""

    success: Literal[True] = True
    data: Person


class DealResponse(Struct, frozen=True, kw_only=True):
    """One deal."""

    success: Literal[True] = True
    data: Deal


class OrganizationResponse(Struct, frozen=True, kw_only=True):
    """One organization."""

    success: Literal[True] = True
    data: Organization


class ProjectResponse(Struct, frozen=True, kw_only=True):
    """One project."""

    success: Literal[True] = True
    data: Project


class LeadResponse(Struct, frozen=True, kw_only=True):
    """One lead."""

    success: Literal[True] = True
    data: Lead


class PersonListResponse(Struct, frozen=True, kw_only=True):
    """One page of persons."""

    success: Literal[True] = True
    data: list[Person]
    additional_data: NextCursor


class DealListResponse(Struct, frozen=True, kw_only=True):
    """One page of deals."""

    success: Literal[True] = True
    data: list[Deal]
    additional_data: NextCursor


class OrganizationListResponse(Struct, frozen=True, kw_only=True):
    """One page of organizations."""

    success: Literal[True] = True
    data: list[Organization]
    additional_data: NextCursor


class ProjectListResponse(Struct, frozen=True, kw_only=True):
    """One page of projects."""

    success: Literal[True] = True
    data: list[Project]
    additional_data: NextCursor


class LeadListResponse(Struct, frozen=True, kw_only=True):
    """One page of leads; ``data`` is null where there are none."""

    success: Literal[True] = True
    data: list[Lead] | None
    additional_data: PagesV1
