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


class Note(Struct, frozen=True, kw_only=True, rename="camel"):
    """A note. Its own ``text`` is always "Note", the title of the form, and so is not here.

    Whoever asks can have anything of it left out (``include``) or put another thing in the place of its id
    (``expand``), so that no shape is sure. ``fields`` are what somebody wrote, each with a ``type`` and a ``value``;
    ``user`` is an id or a user. ``note_id`` is the id once more, in the answer to a POST alone.
    """

    id: str | None = None
    note_id: str | None = None
    fields: Any = ()
    user: Any = None
    secret: Any = None
    created_at: Any = None
    deleted_at: Any = None


class One(Struct, frozen=True):
    """The envelope of a single note."""

    data: dict[str, Any]


class Page(Struct, frozen=True, kw_only=True, rename="camel"):
    """The envelope of a list. ``next`` arrives percent-encoded, and is absent at the end."""

    data: list[dict[str, Any]]
    has_next: bool = False
    next: str | None = None
