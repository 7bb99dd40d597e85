"""Recruitee's vocabulary: the shapes on its wire that we write or read, named as Recruitee names them. No behaviour.

Ids are whole numbers there. What Recruitee sends beside these fields is kept raw and not looked at.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Level(Struct, frozen=True):
    """Who sees a new note: ``public`` or ``private``."""

    level: str


class NewNote(Struct, frozen=True, kw_only=True):
    """A new note. What is UNSET is not sent."""

    body: str
    visibility: Level | UnsetType = UNSET


class Creation(Struct, frozen=True):
    """The body of a POST: everything is under ``note``."""

    note: NewNote


class Visibility(Struct, frozen=True):
    """Who sees a note; there are other levels than the two that we write."""

    level: Any = None


class Note(Struct, frozen=True, kw_only=True):
    """A note. Times are text, in either of two spellings."""

    id: int | str
    admin_id: int | str | None = None
    body: str | None = None
    body_html: str | None = None
    visibility: Visibility | None = None
    created_at: Any = None
    updated_at: Any = None


class One(Struct, frozen=True):
    """The envelope of a single note."""

    note: dict[str, Any]


class Page(Struct, frozen=True):
    """The envelope of a list. It has neither a total nor what comes next."""

    notes: list[dict[str, Any]]
