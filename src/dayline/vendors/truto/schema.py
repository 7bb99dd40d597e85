"""Truto's vocabulary for activities: every shape on its wire, named as Truto names it. No behaviour.

Instants are ISO 8601 in UTC with milliseconds. What an answer does not know is left out.
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from dayline.kit.params import Pairs

Json: TypeAlias = Any
Format = Literal["unified", "raw", "normalized", "stream", "debug"]
Visibility = Literal["private", "public", "admin_only"]
ActivityType = Literal["note", "email"]
ActorType = Literal["user", "candidate"]

MOST_ROWS = 500  # on one page of what is kept here; other systems have their own, smaller limit
MOST_ASKED = 10_000  # rows: a limit is no promise, and clients ask for more than there ever is on a page
MOST_PEOPLE = 200  # in one list: more is an import, or an attack
# What no person writes by hand; without bounds a page could be as large as the memory.
Line = Annotated[str, Meta(max_length=1_000)]
Prose = Annotated[str, Meta(max_length=100_000)]
Name = Annotated[str, Meta(max_length=255)]
OWN_ID = "da71146e-0000-4000-8000-000000000001"
"""The id of the connection to Dayline's own store, the same in every account."""

Connection = Annotated[
    Name | None,
    Meta(
        description="The connection; needed unless the token is for one. Dayline's own store is always connected.",
        examples=[OWN_ID],
    ),
]
Moment = Annotated[str | None, Meta(description="An ISO 8601 instant; without a zone it is in UTC.")]


class OneQuery(Struct, frozen=True, kw_only=True):
    """How one activity is asked for, and how it is answered."""

    integrated_account_id: Connection = None
    truto_response_format: Annotated[
        Format, Meta(description="What an answer is: the README says what each of these means here.")
    ] = "unified"
    truto_ignore_remote_data: Annotated[bool, Meta(description="Leaves out `remote_data`.")] = False
    truto_exclude_fields_list: Annotated[Line | None, Meta(description="A top-level field to leave out.")] = field(
        default=None, name="truto_exclude_fields[]"
    )
    truto_exclude_fields: Annotated[
        Line | None, Meta(description="Top-level fields to leave out, with commas between them.")
    ] = None
    remote_query: Annotated[Pairs, Meta(description="Goes to the other system's query as it is.")] = ()


class GetQuery(OneQuery, frozen=True, kw_only=True):
    """The query of one activity. Some systems keep notes by candidate, and must be told which."""

    candidate_id: Name | None = None
    candidate_id_nested: Name | None = field(default=None, name="candidate[id]")


class ListQuery(OneQuery, frozen=True, kw_only=True):
    """Which activities, and how many on a page. All parameters that are given must hold."""

    limit: Annotated[
        int, Meta(ge=1, le=MOST_ASKED, description=f"At most so many; {MOST_ROWS} of Dayline's own store.")
    ] = 100
    next_cursor: Annotated[Annotated[str, Meta(max_length=4_000)] | None, Meta(description="Of the page before.")] = (
        None
    )
    truto_key_by: Annotated[Name | None, Meta(description="Makes `result` an object, keyed by this field.")] = None
    truto_ignore_limit: Annotated[bool, Meta(description="Does as if no `limit` were given.")] = False
    candidate_id: Name | None = None
    candidate_id_nested: Annotated[Name | None, Meta(description="The same as `candidate_id`.")] = field(
        default=None, name="candidate[id]"
    )
    actor_id: Name | None = field(default=None, name="actor[id]")
    actor_type: Annotated[ActorType | None, Meta(description="Needs `actor[id]`.")] = field(
        default=None, name="actor[type]"
    )
    activity_type: ActivityType | None = None
    created_at: Moment = None
    created_at_gt: Moment = field(default=None, name="created_at[gt]")
    created_at_gte: Moment = field(default=None, name="created_at[gte]")
    created_at_lt: Moment = field(default=None, name="created_at[lt]")
    created_at_lte: Moment = field(default=None, name="created_at[lte]")
    created_at_eq: Moment = field(default=None, name="created_at[eq]")
    created_at_in: Annotated[str | None, Meta(description="Instants with commas between them.")] = field(
        default=None, name="created_at[in]"
    )


class ConnectionQuery(Struct, frozen=True, kw_only=True):
    """Which connection."""

    integrated_account_id: Connection = None


class MetaQuery(Struct, frozen=True, kw_only=True):
    """How the description of a model is written."""

    format: Literal["json", "md", "html"] = "json"


class Address(Struct, frozen=True, kw_only=True):
    """A sender or receiver of an email."""

    email: Annotated[str, Meta(min_length=1, max_length=320)]
    name: Name | None = None


class ActivityRequest(Struct, frozen=True, kw_only=True):
    """A new activity, or what changes of one. Which of it an integration needs and takes is told by `meta`.

    The fields from ``activity_type`` on are Dayline's own, for the integration ``dayline``.
    """

    candidate_id: Name | None | UnsetType = UNSET
    body: Prose | None | UnsetType = UNSET
    visibility: Visibility | None | UnsetType = UNSET
    created_at: Moment | UnsetType = UNSET
    remote_data: Annotated[
        dict[str, Json] | None | UnsetType, Meta(description="Merged into what goes to the other system.")
    ] = UNSET
    activity_type: ActivityType | None | UnsetType = UNSET
    subject: Line | None | UnsetType = UNSET
    from_: Annotated[list[Address], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = field(default=UNSET, name="from")
    to: Annotated[list[Address], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = UNSET
    cc: Annotated[list[Address], Meta(max_length=MOST_PEOPLE)] | None | UnsetType = UNSET


class OwnData(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Dayline's own store knows of an activity beside the unified model: its ``remote_data``, in either direction.

    ``id`` and ``owner_id`` are for reading, and left alone in a write. ``duration`` is in seconds, ``date`` and
    ``time`` are in UTC.
    """

    id: int | UnsetType = UNSET
    owner_id: int | UnsetType = UNSET
    type: Line | UnsetType = UNSET
    description: Prose | None | UnsetType = UNSET
    date: str | None | UnsetType = UNSET
    time: str | None | UnsetType = UNSET
    duration: Annotated[int, Meta(ge=0)] | None | UnsetType = UNSET
    zone: str | None | UnsetType = UNSET
    done: bool | UnsetType = UNSET
    priority: Literal["low", "normal", "high", "critical"] | None | UnsetType = UNSET
    outcome: Line | None | UnsetType = UNSET


class Candidate(Struct, frozen=True):
    """Whom it is about."""

    id: str


class Actor(Struct, frozen=True):
    """Who did it."""

    id: str
    type: ActorType


class Party(Struct, frozen=True):
    """A sender or receiver of an email, as far as he is known."""

    email: str | None = None
    name: str | None = None


class Activity(Struct, frozen=True, kw_only=True):
    """An activity in the unified model. Any of it may be left out, as the query asks."""

    id: str | int | UnsetType = UNSET
    candidate: Candidate | None | UnsetType = UNSET
    actor: Actor | None | UnsetType = UNSET
    activity_type: ActivityType | None | UnsetType = UNSET
    from_: list[Party] | UnsetType = field(default=UNSET, name="from")
    to: list[Party] | UnsetType = UNSET
    cc: list[Party] | UnsetType = UNSET
    subject: str | None | UnsetType = UNSET
    body: str | None | UnsetType = UNSET
    visibility: Visibility | None | UnsetType = UNSET
    updated_at: str | None | UnsetType = UNSET
    created_at: str | None | UnsetType = UNSET
    remote_data: Json | UnsetType = UNSET


class ActivityList(Struct, frozen=True, kw_only=True):
    """A page; ``next_cursor`` is null on the last one, and ``result_count`` counts this page alone."""

    result: list[Activity] | dict[str, Json] | UnsetType = UNSET
    next_cursor: str | None | UnsetType = UNSET
    prev_cursor: None | UnsetType = UNSET
    result_count: int | UnsetType = UNSET
    is_partial_response: bool | UnsetType = UNSET


class Deleted(Struct, frozen=True):
    """What was deleted."""

    id: str


class Debug(Struct, frozen=True, kw_only=True, rename="camel"):
    """The call to the other system, without what proves who calls. The last four are those of lists."""

    request_url: str
    request_options: dict[str, Json]
    data: Json
    response_headers: dict[str, str]
    next_cursor: str | None | UnsetType = UNSET
    is_looping: bool | UnsetType = UNSET
    is_empty_result: bool | UnsetType = UNSET
    result_count: int | UnsetType = UNSET


class Debugged(Struct, frozen=True):
    """The answer that was asked for, and how it came about; ``debug`` is null where no other system was called."""

    result: Json
    debug: Debug | None


class Insight(Struct, frozen=True):
    """What may be behind a failure."""

    description: str
    value: Json | UnsetType = UNSET


class Fault(Struct, frozen=True):
    """One thing wrong with the input."""

    field: str
    message: str


class Details(Struct, frozen=True):
    """All that is wrong with the input."""

    failures: list[Fault]


class Error(Struct, frozen=True, kw_only=True):
    """A failure."""

    status_code: int = field(name="statusCode")
    error: str
    message: str
    details: Details | UnsetType = UNSET
    truto_is_remote_error: bool | UnsetType = UNSET
    raw_response: Json | UnsetType = UNSET
    truto_error_insight: dict[str, Insight] | UnsetType = UNSET


class FieldMeta(Struct, frozen=True, kw_only=True):
    """A field of a request or an answer: what Truto documents of it for this integration, and what it is here."""

    name: str
    type: str
    documented: Literal["required", "supported"] | None
    here: Literal["required", "supported"] | None


class MethodMeta(Struct, frozen=True, kw_only=True):
    """What one method of activities is for one integration. ``available`` tells whether it is there at all."""

    integration: str
    model: Literal["ats"] = "ats"
    resource: Literal["activities"] = "activities"
    method: str
    available: bool
    query: list[FieldMeta]
    body: list[FieldMeta]
    response: list[FieldMeta]


class ModelMeta(Struct, frozen=True, kw_only=True):
    """What all methods of activities are for one integration."""

    integration: str
    name: str
    model: Literal["ats"] = "ats"
    methods: list[MethodMeta]
