"""Ashby's vocabulary: what is sent, and what of its answers is looked at. No behaviour.

On the wire the names are in camel case. Instants are ISO 8601 with milliseconds and ``Z``. Fields that are not named
here are kept raw and not looked at.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType


class NoteContent(Struct, frozen=True, rename="camel"):
    """A note's text; a bare string in its place is plain text, too."""

    type: Literal["text/plain", "text/html"]
    value: str


class CreateNoteRequest(Struct, frozen=True, rename="camel"):
    """The body of ``candidate.createNote``. ``isPrivate`` needs a key that may see private fields."""

    candidate_id: str
    note: NoteContent | str
    is_private: bool | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    send_notifications: bool | UnsetType = UNSET


class ListNotesRequest(Struct, frozen=True, rename="camel"):
    """The body of ``candidate.listNotes``. ``syncToken`` asks for what is new since a last page gave it."""

    candidate_id: str
    limit: int | UnsetType = UNSET
    cursor: str | UnsetType = UNSET
    sync_token: str | UnsetType = UNSET


class Author(Struct, frozen=True, rename="camel"):
    """Who wrote a note: the person whom the API key stands for."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class Note(Struct, frozen=True, rename="camel"):
    """A note as it is read. Its candidate is not in it."""

    id: str
    created_at: str | None = None
    is_private: bool | None = None
    author: Author | None = None
    content: str | None = None


class ErrorInfo(Struct, frozen=True, rename="camel"):
    """What went wrong; ``code`` is a word such as ``invalid_input``."""

    code: str = ""
    message: str | None = None


class Failure(Struct, frozen=True, rename="camel"):
    """An answer that says no, mostly with the status 200. ``errors`` are codes; older answers have nothing else."""

    success: bool
    errors: list[str] | None = None
    error_info: ErrorInfo | None = None


class Single(Struct, frozen=True, rename="camel"):
    """An answer with one thing; ``results`` is looked at apart, so that it is kept as it came."""

    results: dict[str, Any]


class Page(Struct, frozen=True, rename="camel"):
    """An answer with a list. It may be empty and not the last."""

    results: list[dict[str, Any]]
    more_data_available: bool = False
    next_cursor: str | None = None
