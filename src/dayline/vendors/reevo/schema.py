"""Reevo's vocabulary: every shape on its wire, named as Reevo names it. No behaviour.

Instants are ``YYYY-MM-DDTHH:MM:SSZ``; whatever an attribute's value is, it comes in an envelope with its type.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Category = Literal["TEXT", "LINKEDIN", "SOCIAL_MEDIA", "EVENT", "CONFERENCE", "WEBINAR", "CALL", "OTHER"]
MOST_PEOPLE = 200  # in one list: more is an import, or an attack
MOST_ROWS = 100  # on one page
# What no person writes by hand; without bounds a page could be as large as the memory.
Line = Annotated[str, Meta(min_length=1, max_length=1_000)]
Prose = Annotated[str, Meta(max_length=100_000)]


class ReferenceInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A UUID in the envelope that answers use; the bare UUID is as good."""

    value: str | None
    value_type: str | None = None


Named = str | ReferenceInput | None | UnsetType


class ManualActivityMetadata(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened, and when."""

    activity_time: Annotated[str, Meta(description="An ISO 8601 instant; without a zone it is in UTC.")]
    subject: Line
    description: Annotated[Prose | None, Meta(description="Kept, and not shown by this API.")] = None
    category: Category = "OTHER"


class ActivityLogAttributes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A manual activity and what it hangs on."""

    metadata: ManualActivityMetadata
    type: Literal["MANUAL_ACTIVITY"] | UnsetType = UNSET
    account_id: Annotated[Named, Meta(description="The UUID of an organization.")] = UNSET
    opportunity_id: Annotated[Named, Meta(description="The UUID of a deal.")] = UNSET
    contact_ids: Annotated[
        Annotated[list[str | ReferenceInput], Meta(max_length=MOST_PEOPLE)] | None | UnsetType,
        Meta(description="The UUIDs of contacts; the first is the primary one."),
    ] = UNSET
    sequence_id: Annotated[Named, Meta(description="The UUID of a sequence.")] = UNSET
    pipeline_select_list_value_id: Annotated[Named, Meta(description="Kept as it is.")] = UNSET


class ActivityLogRequest(Struct, frozen=True):
    """The body of a new manual activity."""

    attributes: ActivityLogAttributes


class ActivityQueryRequest(Struct, frozen=True, kw_only=True):
    """Which part of whose timeline. A cursor is enough by itself."""

    contact_id: str | None = None
    account_id: str | None = None
    opportunity_id: str | None = None
    created_from: Annotated[str | None, Meta(description="Logged in this second or later.")] = None
    created_to: Annotated[str | None, Meta(description="Logged in this second or earlier.")] = None
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_ROWS)] = 50


class EnumValue(Struct, frozen=True):
    """A choice."""

    value: str | None
    value_type: Literal["enum"] = "enum"


class StringValue(Struct, frozen=True):
    """A text."""

    value: str | None
    value_type: Literal["string"] = "string"


class TimestampValue(Struct, frozen=True):
    """An instant."""

    value: str | None
    value_type: Literal["timestamp"] = "timestamp"


class RecordReference(Struct, frozen=True):
    """What is referred to."""

    related_record_id: str
    related_record_type: str


class ReferenceValue(Struct, frozen=True):
    """A reference to a record."""

    value: RecordReference | None
    value_type: Literal["record_reference"] = "record_reference"


class ActivityAttributes(Struct, frozen=True, kw_only=True):
    """What every row of a timeline has."""

    type: EnumValue
    sub_type: EnumValue
    status: EnumValue
    priority: EnumValue
    display_name: StringValue
    owner_user_id: ReferenceValue
    ended_at: TimestampValue
    badge_status: StringValue
    location: StringValue


class MeetingParticipant(Struct, frozen=True, kw_only=True):
    """Somebody at a meeting."""

    name: str | None
    email: str | None
    is_host: bool
    rsvp_status: str | None
    user_id: str | None
    contact_id: str | None


class MeetingMetadata(Struct, frozen=True, kw_only=True):
    """What only a meeting has."""

    title: str
    kind: Literal["meeting"] = "meeting"
    location: str | None
    start_date: str | None
    end_date: str | None
    status: str | None = None
    meeting_type: str | None = None
    participants: list[MeetingParticipant]


class ActivityObjectRecord(Struct, frozen=True, kw_only=True):
    """One activity."""

    id: str
    created_at: str
    updated_at: str
    attributes: ActivityAttributes
    record_type: Literal["activity"] = "activity"
    metadata: MeetingMetadata | None


class ActivityResponse(Struct, frozen=True):
    """The answer to a new activity."""

    data: ActivityObjectRecord


class ActivityListResponse(Struct, frozen=True):
    """A page of a timeline; ``next_cursor`` is null on the last."""

    data: list[ActivityObjectRecord]
    next_cursor: str | None


class Health(Struct, frozen=True):
    """A sign of life."""

    status: Literal["ok"] = "ok"


class ErrorDetails(Struct, frozen=True):
    """The field that is meant."""

    field: str


class CodedError(Struct, frozen=True, kw_only=True):
    """A failure with a code."""

    error_response_type: str = "GENERIC"
    error: str
    message: str
    details: ErrorDetails | None = None


class FieldError(Struct, frozen=True, kw_only=True):
    """One thing wrong with the input."""

    type: str
    loc: list[str | int]
    msg: str
    input: None = None


class InputError(Struct, frozen=True):
    """All that is wrong with the input."""

    detail: list[FieldError]


class RouteError(Struct, frozen=True):
    """No such path, or not by this method."""

    detail: str
