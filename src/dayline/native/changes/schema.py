"""The change log on the native API's wire. No behaviour."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from dayline.domain.history import Via
from dayline.native.history.schema import Author

Since = Annotated[
    str,
    Meta(
        pattern="^(latest|[0-9]{1,18})$",
        description="After which change: `next` of the answer before, the `sequence` of any change, or `latest` for"
        " what happens from now on. When left out: from the oldest that is kept.",
    ),
]
Types = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="Only these types, with commas in between: `activity.done`, or `activity` for all of them.",
    ),
]


class StreamQuery(Struct, frozen=True, kw_only=True):
    """The parameters of a stream."""

    since: Since | None = None
    types: Types | None = None


class ChangesQuery(Struct, frozen=True, kw_only=True):
    """The parameters of a page."""

    since: Since | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    wait: Annotated[
        int, Meta(ge=0, le=30, description="Seconds to wait for something, where there is nothing yet.")
    ] = 0
    types: Types | None = None


class Change(Struct, frozen=True, kw_only=True):
    """One thing that happened, as the caller sees it: what comes into his sight is created, what leaves it deleted."""

    id: Annotated[str, Meta(description="A UUID: the same whenever it is read, and the one that webhooks send.")]
    sequence: Annotated[int, Meta(description="Its number in the account, and a cursor: `since` for what follows it.")]
    type: Annotated[
        str,
        Meta(
            description="`activity.created`, `.updated`, `.done`, `.deleted`, `.restored` or `.purged`; of all else"
            " `<kind>.created`, `.changed`, `.deleted`, `.restored` or `.purged`, where the kind is a record's,"
            " `user`, `type` or `integrated_account`.",
            examples=["activity.done", "deal.changed"],
        ),
    ]
    at: str
    user: Annotated[Author | None, Meta(description="Who did it; null where the command line or Dayline itself did.")]
    via: Via
    surface: Annotated[str, Meta(description="The API it came through; empty where that is not known.")]
    entity_id: Annotated[int | str, Meta(description="The id of what changed; of an integrated account its UUID.")]
    before: Annotated[
        Any,
        Meta(description="As this API shows it; null where there was nothing, and where it was hidden or is erased."),
    ]
    after: Annotated[Any, Meta(description="The same afterwards; what is deleted has a `deleted_at`.")]


class Changes(Struct, frozen=True, kw_only=True):
    """Changes in the order in which they happened."""

    data: list[Change]
    next: Annotated[int, Meta(description="The cursor to go on from: always there, also when nothing is new.")]
    more: Annotated[bool, Meta(description="Whether there may be more already. There may be, even if `data` is empty.")]
