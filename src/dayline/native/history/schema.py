"""The history of an activity on the native API's wire. No behaviour."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from dayline.domain.history import Via


class Latest(Struct, frozen=True, kw_only=True):
    """Where the account's change log ends."""

    sequence: Annotated[int, Meta(description="Goes up with each change of anything.")]


class HistoryQuery(Struct, frozen=True, kw_only=True):
    """The parameters of a history."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class Author(Struct, frozen=True, kw_only=True):
    """Who did it."""

    id: int
    name: str


class FieldChange(Struct, frozen=True, kw_only=True):
    """A field as it was and as it became, each as the API shows it."""

    name: str
    before: Any
    after: Any


class Change(Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    sequence: int
    at: str
    user: Annotated[Author | None, Meta(description="null where the command line did it, or the worker.")]
    via: Via
    action: Literal["created", "changed", "deleted", "restored", "purged"]
    fields: Annotated[
        list[FieldChange],
        Meta(description="What `changed`; empty for all else, and where the caller could not see it at the time."),
    ]


class History(Struct, frozen=True, kw_only=True):
    """One page of what happened, the latest first; ``next_cursor`` is null on the last."""

    data: list[Change]
    next_cursor: str | None
