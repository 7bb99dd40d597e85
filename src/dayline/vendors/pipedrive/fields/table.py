"""Every field that Pipedrive's clients can discover here: its number, its names in both APIs, what it means.

The numbers are what filters name fields by; once given, one must never become another field's.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from dayline.domain.condition import Field as Meaning
from dayline.vendors.pipedrive.mapping import PRIORITY_IDS
from dayline.vendors.pipedrive.schema import Location

Entity = Literal["activity", "deal", "person", "organization", "project", "lead"]
FieldType = Literal[
    "int", "varchar", "text", "boolean", "date", "time", "enum", "address", "phone", "json", "user", "deal", "lead",
    "people", "org", "project", "activity", "status", "visible_to",
]  # fmt: skip


class Option(Struct, frozen=True):
    """One value of an enum."""

    id: int | str
    label: str


class FieldRow(Struct, frozen=True, kw_only=True):
    """One field. ``key`` is its name in API v1 and ``code`` in v2; it is the same where ``code`` is not told.

    ``meaning`` is what it is in the domain's conditions, None where nothing can be filtered by it. ``options`` are None
    where any value of the type will do; those of ``type`` are the account's own. ``asked_for`` fields are in answers
    only when a client asks for them.
    """

    id: int
    key: str
    name: str
    field_type: FieldType
    code: str = ""
    meaning: Meaning | None = None
    options: tuple[Option, ...] | None = None
    writable: bool = False
    sortable: bool = False
    required: bool = False
    asked_for: bool = False
    subfields: tuple[str, ...] = ()

    @property
    def field_code(self) -> str:
        """The name in API v2."""
        return self.code or self.key


PRIORITY_LABELS: Final = {"low": "Low", "normal": "Medium", "high": "High", "critical": "Critical"}
_NO_YES: Final = (Option(0, "No"), Option(1, "Yes"))
_PRIORITIES: Final = tuple(Option(id_, PRIORITY_LABELS[priority]) for priority, id_ in PRIORITY_IDS.items())
_PLACE: Final = Location.__struct_fields__
_STATUS: Final = (Option("open", "Open"), Option("deleted", "Deleted"))

ACTIVITY_FIELDS: Final = (
    FieldRow(
        id=1, key="subject", name="Subject", field_type="varchar", meaning="subject", writable=True, required=True
    ),
    FieldRow(id=2, key="type", name="Type", field_type="enum", meaning="type", options=(), writable=True),
    FieldRow(id=3, key="due_date", name="Due date", field_type="date", meaning="due", writable=True, sortable=True),
    FieldRow(id=4, key="due_time", name="Due time", field_type="time", meaning="time", writable=True),
    FieldRow(id=5, key="duration", name="Duration", field_type="time", meaning="duration", writable=True),
    FieldRow(
        id=6,
        key="user_id",
        code="owner_id",
        name="Assigned to user",
        field_type="user",
        meaning="owner",
        writable=True,
    ),
    FieldRow(id=7, key="deal_id", name="Deal", field_type="deal", meaning="deal", writable=True),
    FieldRow(id=8, key="lead_id", name="Lead", field_type="lead", meaning="lead", writable=True),
    FieldRow(id=9, key="person_id", name="Contact person", field_type="people", meaning="contact", writable=True),
    FieldRow(id=10, key="org_id", name="Organization", field_type="org", meaning="organization", writable=True),
    FieldRow(id=11, key="project_id", name="Project", field_type="project", meaning="project", writable=True),
    FieldRow(id=12, key="done", name="Done", field_type="enum", meaning="done", options=_NO_YES, writable=True),
    FieldRow(id=13, key="marked_as_done_time", name="Marked as done time", field_type="date", meaning="done_at"),
    FieldRow(
        id=14,
        key="busy_flag",
        code="busy",
        name="Free / busy",
        field_type="enum",
        meaning="busy",
        options=(Option(0, "Free"), Option(1, "Busy")),
        writable=True,
    ),
    FieldRow(
        id=15,
        key="priority",
        name="Priority",
        field_type="enum",
        meaning="priority",
        options=_PRIORITIES,
        writable=True,
    ),
    FieldRow(
        id=16,
        key="location",
        name="Location",
        field_type="address",
        meaning="location",
        writable=True,
        subfields=_PLACE,
    ),
    FieldRow(
        id=17,
        key="public_description",
        name="Public description",
        field_type="text",
        meaning="description",
        writable=True,
    ),
    FieldRow(id=18, key="note", name="Note", field_type="text", meaning="note", writable=True),
    FieldRow(id=19, key="add_time", name="Add time", field_type="date", meaning="created_at", sortable=True),
    FieldRow(
        id=20, key="update_time", name="Last updated time", field_type="date", meaning="updated_at", sortable=True
    ),
    FieldRow(
        id=21, key="created_by_user_id", code="creator_user_id", name="Creator", field_type="user", meaning="creator"
    ),
    FieldRow(id=22, key="id", name="ID", field_type="int", sortable=True),
    FieldRow(
        id=23,
        key="active_flag",
        code="is_deleted",
        name="Deleted (in API v1: not deleted)",
        field_type="boolean",
    ),
    FieldRow(id=24, key="participants", name="Participants", field_type="json", writable=True),
    FieldRow(id=25, key="attendees", name="Attendees", field_type="json", writable=True, asked_for=True),
    FieldRow(id=26, key="conference_meeting_client", name="Conference meeting client", field_type="varchar"),
    FieldRow(id=27, key="conference_meeting_url", name="Conference meeting URL", field_type="varchar"),
    FieldRow(id=28, key="conference_meeting_id", name="Conference meeting ID", field_type="varchar"),
    FieldRow(id=29, key="outcome", name="Outcome", field_type="int", writable=True),
    FieldRow(id=30, key="private", name="Private", field_type="boolean", writable=True),
)

COUNTED: Final = ("activities_count", "done_activities_count", "undone_activities_count")
NEAREST: Final = ("next_activity_id", "last_activity_id")


def _common(owner: str, first: int) -> tuple[FieldRow, ...]:
    """What records of every kind have, numbered from here on; ``owner`` is what API v1 calls whose they are."""
    return (
        FieldRow(id=first, key="id", name="ID", field_type="int", sortable=True),
        FieldRow(id=first + 1, key=owner, code="owner_id", name="Owner", field_type="user", writable=True),
        FieldRow(id=first + 2, key="add_time", name="Add time", field_type="date", sortable=True),
        FieldRow(id=first + 3, key="update_time", name="Update time", field_type="date", sortable=True),
        FieldRow(id=first + 4, key="visible_to", name="Visible to", field_type="visible_to"),
    )


def _planned(first: int) -> tuple[FieldRow, ...]:
    """What is told of the activities that hang on a record, numbered from here on."""
    names = {
        "activities_count": "Total activities",
        "done_activities_count": "Done activities",
        "undone_activities_count": "Activities to do",
        "next_activity_id": "Next activity",
        "last_activity_id": "Last activity",
    }
    return tuple(
        FieldRow(
            id=first + place,
            key=key,
            name=names[key],
            field_type="int" if key in COUNTED else "activity",
            asked_for=True,
        )
        for place, key in enumerate((*COUNTED, *NEAREST))
    )


def _title(id_: int, key: str, name: str) -> FieldRow:
    return FieldRow(id=id_, key=key, name=name, field_type="varchar", writable=True, required=True)


FIELDS: Final[Mapping[Entity, tuple[FieldRow, ...]]] = {
    "activity": ACTIVITY_FIELDS,
    "deal": (
        _title(101, "title", "Title"),
        *_common("user_id", 102),
        FieldRow(id=107, key="status", name="Status", field_type="status", options=_STATUS),
        *_planned(110),
    ),
    "person": (
        _title(201, "name", "Name"),
        *_common("owner_id", 202),
        FieldRow(id=207, key="email", code="emails", name="Email", field_type="varchar", writable=True),
        FieldRow(id=208, key="phone", code="phones", name="Phone", field_type="phone", writable=True),
        FieldRow(id=209, key="first_name", name="First name", field_type="varchar"),
        FieldRow(id=210, key="last_name", name="Last name", field_type="varchar"),
        *_planned(211),
    ),
    "organization": (_title(301, "name", "Name"), *_common("owner_id", 302), *_planned(310)),
    "project": (
        _title(401, "title", "Title"),
        *_common("owner_id", 402)[:-1],
        FieldRow(id=406, key="status", name="Status", field_type="status", options=_STATUS),
    ),
    "lead": (
        _title(501, "title", "Title"),
        *_common("owner_id", 502),
        FieldRow(id=507, key="next_activity_id", name="Next activity", field_type="activity"),
    ),
}

BY_ID: Final = {row.id: row for row in ACTIVITY_FIELDS}
"""The activity's fields by the numbers that filters use."""
BY_CODE: Final = {entity: {row.field_code: row for row in rows} for entity, rows in FIELDS.items()}
