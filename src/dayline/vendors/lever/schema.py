"""Lever's vocabulary: the shapes on its wire that we write or read, named as Lever names them. No behaviour.

Instants are epoch milliseconds. What Lever sends beside these fields is kept raw and not looked at.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class NewNote(Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a POST. What is UNSET is not sent."""

    value: str | UnsetType = UNSET
    secret: bool
    created_at: int | UnsetType = UNSET


class Field(Struct, frozen=True, kw_only=True):
    """One thing that somebody wrote in a note's form; ``value`` is text where ``type`` is ``note``."""

    type: str | None = None
    value: Any = None


class Note(Struct, frozen=True, kw_only=True, rename="camel"):
    """A note. Its own ``text`` is always "Note", the title of the form, and so is not here."""

    id: str
    fields: tuple[Field, ...] = ()
    user: str | None = None
    secret: bool | None = None
    created_at: int | None = None
    deleted_at: int | None = None


class One(Struct, frozen=True):
    """The envelope of a single note."""

    data: dict[str, Any]


class Page(Struct, frozen=True, kw_only=True, rename="camel"):
    """The envelope of a list. ``next`` arrives percent-encoded, and is absent at the end."""

    data: list[dict[str, Any]]
    has_next: bool = False
    next: str | None = None
