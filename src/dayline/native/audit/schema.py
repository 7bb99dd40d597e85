"""The audit on the native API's wire. No behaviour."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from dayline.domain.audit import Action
from dayline.domain.history import Via

Word = Annotated[str, Meta(min_length=1, max_length=255)]
Id = Annotated[int, Meta(ge=1, lt=1 << 53)]
Kind = Annotated[
    str,
    Meta(
        max_length=64,
        description="`activity`, `user`, `token`, `webhook`, `integrated_account`, `account`, `type`, `filter`,"
        " `erasure`, or a kind of record; of what changes none of these `session`, `password`, `sign_in_link`,"
        " `delivery` (a test or a replay), `job_retry`, `remote_note`, `sealing` or `person_export`.",
    ),
]


class Wanted(Struct, frozen=True, kw_only=True):
    """Which rows of the audit."""

    user_id: Annotated[
        Annotated[int, Meta(ge=0, lt=1 << 53)] | None, Meta(description="Who did it; 0 for nobody of the account.")
    ] = None
    token_id: Annotated[Id | None, Meta(description="With which token.")] = None
    via: Annotated[
        Via | None, Meta(description="`page` is what somebody did who was signed in, whatever the page called.")
    ] = None
    surface: Annotated[
        Word | None,
        Meta(description="`dayline`, `pipedrive`, `atz`, `reevo`, `truto`, `page`, `command line` or `worker`."),
    ] = None
    address: Annotated[
        Word | None,
        Meta(description="The caller's network address; of the command line the system's user, such as `os:alice`."),
    ] = None
    request_id: Annotated[Word | None, Meta(description="As the answer's X-Request-Id told it.")] = None
    action: Action | None = None
    entity: Kind | None = None
    entity_id: Annotated[Id | None, Meta(description="Only together with `entity`.")] = None
    since: Annotated[str | None, Meta(description="An instant (RFC 3339) or a date: from then on.")] = None
    until: Annotated[str | None, Meta(description="Up to then, and without it.")] = None


class AuditQuery(Wanted, frozen=True, kw_only=True):
    """The parameters of the audit."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class AuditExportQuery(Wanted, frozen=True, kw_only=True):
    """Which rows of the audit, and as what they are sent."""

    format: Annotated[Literal["csv", "jsonl"], Meta(description="`jsonl` has one row a line.")] = "csv"


class AuditUser(Struct, frozen=True, kw_only=True):
    """Who did it."""

    id: int
    name: str


class AuditToken(Struct, frozen=True, kw_only=True):
    """With which token."""

    id: int
    name: str


class AuditField(Struct, frozen=True, kw_only=True):
    """A field as it was and as it became."""

    name: str
    before: Any
    after: Any


class AuditRow(Struct, frozen=True, kw_only=True):
    """One thing that was done."""

    sequence: Annotated[int, Meta(description="Its number: goes up with each, without gaps.")]
    at: str
    summary: Annotated[str, Meta(description="The same in a sentence.")]
    user: Annotated[AuditUser | None, Meta(description="null where nobody of the account did it.")]
    via: Via
    token: Annotated[AuditToken | None, Meta(description="null unless it was done with one.")]
    surface: Annotated[str, Meta(description="Empty for what is older than the audit.")]
    address: Annotated[str, Meta(description="Empty where it is not known.")]
    request_id: str
    action: Action
    entity: str
    entity_id: Annotated[
        int,
        Meta(
            description="Of a session, a password or a link it is the user's, of a `delivery` the webhook's, of a"
            " `remote_note` the integrated account's, of a `person_export` the record's; of a `job_retry` 0."
        ),
    ]
    fields: Annotated[
        list[AuditField],
        Meta(
            description="What it changed, or what was in what came or went; never a secret. Empty where a person has"
            " been erased since."
        ),
    ]


class AuditPage(Struct, frozen=True, kw_only=True):
    """One page of the audit, the latest first.

    Where what is asked for is rare, it may be short or empty, and go on all the same: the last page is the one without
    ``next_cursor``.
    """

    data: list[AuditRow]
    next_cursor: str | None
