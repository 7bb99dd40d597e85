"""What is sent to webhooks, in both of Pipedrive's versions. No behaviour.

Version 2.0 mixes the names of API v1 and v2, as the vendor does. Times of day and durations are ``HH:MM:SS`` in UTC.
"""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from dayline.vendors.pipedrive.lookups.schema import Email, Phone
from dayline.vendors.pipedrive.schema import Location
from dayline.vendors.pipedrive.types.schema import ActivityType
from dayline.vendors.pipedrive.users.schema import User as UserV1
from dayline.vendors.pipedrive.v1.schema import ActivityV1

ChangeSource = Literal["app", "api"]


class Clock(Struct, frozen=True):
    """A time of day or a duration; without one ``value`` is empty. It is null in something new, where it is empty."""

    timezone_id: None = None
    value: str = ""


class Activity(Struct, frozen=True, kw_only=True):
    """An activity."""

    id: int
    active_flag: bool
    add_time: str
    busy_flag: bool | None
    custom_fields: dict[str, Any] = {}
    deal_id: int | None
    done: bool
    due_date: str | None
    due_time: Clock | None
    duration: Clock | None
    lead_id: str | None
    location: Location | None
    org_id: int | None
    owner_id: int
    person_id: int | None
    public_description: str
    subject: str
    type: str
    update_time: str
    update_user_id: None = None


class Deal(Struct, frozen=True, kw_only=True):
    """A deal."""

    add_time: str
    channel: None = None
    channel_id: None = None
    close_time: None = None
    creator_user_id: None = None
    currency: None = None
    custom_fields: dict[str, Any] = {}
    expected_close_date: None = None
    first_won_time: None = None
    id: int
    label_ids: list[int] = []
    lost_reason: None = None
    lost_time: None = None
    org_id: None = None
    origin: None = None
    origin_id: None = None
    owner_id: int | None
    person_id: None = None
    pipeline_id: None = None
    probability: None = None
    stage_change_time: None = None
    stage_id: None = None
    status: Literal["open"] = "open"
    title: str
    update_time: str
    value: None = None
    visible_to: Literal["3"] = "3"
    won_time: None = None


class Lead(Struct, frozen=True, kw_only=True):
    """A lead. Its instants have milliseconds."""

    add_time: str
    channel: None = None
    channel_id: None = None
    creator_id: None = None
    custom_fields: dict[str, Any] = {}
    expected_close_date: None = None
    id: str
    is_archived: Literal[False] = False
    label_ids: list[str] = []
    next_activity_id: None = None
    organization_id: None = None
    origin: Literal["API"] = "API"
    origin_id: None = None
    owner_id: int | None
    person_id: None = None
    source_name: Literal["API"] = "API"
    title: str
    update_time: str
    was_seen: Literal[True] = True
    value: None = None


class Organization(Struct, frozen=True, kw_only=True):
    """An organization."""

    add_time: str
    address: None = None
    country_code: None = None
    custom_fields: dict[str, Any] = {}
    id: int
    label: None = None
    name: str
    owner_id: int | None
    picture_id: None = None
    update_time: str
    visible_to: Literal["3"] = "3"


class Person(Struct, frozen=True, kw_only=True):
    """A person."""

    add_time: str
    custom_fields: dict[str, Any] = {}
    emails: list[Email]
    first_name: str
    id: int
    label: None = None
    last_name: str | None
    name: str
    org_id: None = None
    owner_id: int | None
    phones: list[Phone]
    update_time: str
    visible_to: Literal["3"] = "3"


class User(Struct, frozen=True, kw_only=True):
    """A user, whose id is a text here. Instants are ``YYYY-MM-DD HH:MM:SS``."""

    id: str
    default_currency: str
    name: str
    email: str
    phone: None = None
    locale: str
    lang: Literal["en-US"] = "en-US"
    active_flag: bool
    last_login: None = None
    timezone_name: str
    icon_url: None = None
    created: str
    modified: str
    access: None = None


Data: TypeAlias = Struct
"""Any of the above, or what a lookup shows."""


class Meta(Struct, frozen=True, kw_only=True):
    """What happened. All ids are texts; ``id`` is the event's, the same in each attempt."""

    action: str
    entity: str
    entity_id: str
    company_id: str
    user_id: str | None
    id: str
    correlation_id: str
    is_bulk_edit: bool
    timestamp: str
    type: Literal["general"] = "general"
    version: Literal["2.0"] = "2.0"
    webhook_id: str
    webhook_owner_id: str
    change_source: ChangeSource
    attempt: int
    host: str


class Event(Struct, frozen=True):
    """What is sent in version 2.0. ``previous`` has the fields that changed, or all of what is deleted."""

    meta: Meta
    data: Data | None
    previous: Data | dict[str, Any] | None


class Matches(Struct, frozen=True):
    """The filters that it was seen through, of which there are none."""

    current: list[int] = []
    previous: list[int] = []


class MetaV1(Struct, frozen=True, kw_only=True):
    """What happened, in version 1.0. ``timestamp`` is in seconds."""

    v: Literal[1] = 1
    action: str
    object: str
    id: int
    company_id: int
    user_id: int | None
    host: str
    timestamp: int
    timestamp_micro: int
    permitted_user_ids: list[int]
    is_bulk_update: bool
    webhook_id: str
    matches_filters: Matches = Matches()
    change_source: ChangeSource
    trans_pending: Literal[False] = False
    pipedrive_service_name: Literal[False] = False


CurrentV1: TypeAlias = ActivityV1 | ActivityType | list[UserV1]


class EventV1(Struct, frozen=True, kw_only=True):
    """What is sent in version 1.0. ``retry`` is 0 in the first attempt."""

    v: Literal[1] = 1
    event: str
    retry: int
    meta: MetaV1
    current: CurrentV1 | None
    previous: CurrentV1 | None
    matches_filters: Matches = Matches()
