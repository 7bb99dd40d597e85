"""Erasures on the native API's wire. No behaviour."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dayline.domain.record import Kind


class EraseRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is meant, said once more."""

    confirm: Annotated[
        str, Meta(min_length=1, max_length=320, description="The name or the email address of the person.")
    ]
    same_email: Annotated[
        bool,
        Meta(description="Whether every candidate and contact with the same email address is the same person."),
    ] = False


class ErasedRecord(Struct, frozen=True, kw_only=True):
    """A record that the person was."""

    kind: Kind
    id: int


class Erasure(Struct, frozen=True, kw_only=True):
    """An erasure, and its report. It names nobody."""

    id: int
    records: list[ErasedRecord]
    state: Annotated[
        Literal["waiting", "stopped", "done"],
        Meta(
            description="`waiting` until all is gone; `stopped` where its job was given up, as the list of jobs tells:"
            " it goes on the next day, or when it is asked for again."
        ),
    ]
    user_id: Annotated[int | None, Meta(description="Who asked for it; null for the command line.")]
    created_at: str
    ended_at: str | None
    counts: Annotated[dict[str, int], Meta(description="How many of each were erased or changed.")]
    left: Annotated[list[str], Meta(description="What was left, and why.")]


class ErasureList(Struct, frozen=True, kw_only=True):
    """Every erasure, by id."""

    data: list[Erasure]
