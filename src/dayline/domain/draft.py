"""What a caller asks for. How an activity becomes what he asked is in ``rules``.

A field left UNSET stays as it is. Records, users and types are named by keys, which a Resolver looks up.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Protocol

from msgspec import UNSET, Struct, UnsetType

from dayline.domain.activity import (
    AttendeeKind,
    AttendeeStatus,
    Conference,
    Location,
    Priority,
    Visibility,
)
from dayline.domain.attaching import Attaching
from dayline.domain.identity import UserKey
from dayline.domain.record import Kind, RecordKey, Ref
from dayline.domain.relating import MainPair
from dayline.domain.types import TypeRef


class TypeKey(Struct, frozen=True):
    """An activity type as a caller names it: by key or by id."""

    value: int | str
    field: str


class Relate(Struct, frozen=True):
    """Put this in the place of the first record of its kind; None takes the first one away.

    Whoever says this knows of one record of a kind alone: the others stay.
    """

    kind: Kind
    key: RecordKey | None


class Invited(Struct, frozen=True, kw_only=True):
    """One attendee as a caller names him."""

    user: UserKey | None = None
    record: RecordKey | None = None
    email: str | None = None
    name: str | None = None
    status: AttendeeStatus = "noreply"
    organizer: bool = False


class Attendance(Struct, frozen=True):
    """A new list of attendees in place of all those of the given kinds; the other kinds stay.

    ``by_name`` is for callers who say no more of a person than who he is: whoever is there already stays as he is.
    """

    kinds: frozenset[AttendeeKind]
    invited: tuple[Invited, ...]
    by_name: bool = False


class Draft(Struct, frozen=True, kw_only=True):
    """The fields of an activity as a write gives them. ``extras`` is merged by vendor and key; None removes a key.

    ``relations`` is a new list of all related records, in order; ``related`` changes it by kind. ``main`` puts one of
    them first and keeps it the main one; None forgets that one was chosen.
    ``participants`` are keys in order, each with its primary flag. ``primary`` alone changes who is the primary one:
    he takes the place of the one before him, and None leaves the others without a primary. ``hidden`` is for callers
    who know public and private only: what is hidden already stays hidden in its own way. ``attachments`` are changes,
    made in turn.
    Others are for callers who can say less than is stored, and leave the rest alone: ``starts_at`` and ``ends_at`` (ms
    UTC) for date, time and duration; ``pair`` for the main relation; ``place`` and ``link`` for a location and a
    conference in one text, which clear the parts of another one; ``urgency`` for a priority that is normal when none.
    """

    subject: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    note: str | None | UnsetType = UNSET
    type: TypeKey | UnsetType = UNSET
    date: dt.date | None | UnsetType = UNSET
    time: dt.time | None | UnsetType = UNSET
    duration: int | None | UnsetType = UNSET
    starts_at: int | UnsetType = UNSET
    ends_at: int | UnsetType = UNSET
    zone: str | None | UnsetType = UNSET
    busy: bool | None | UnsetType = UNSET
    done: bool | UnsetType = UNSET
    done_at: int | UnsetType = UNSET
    priority: Priority | None | UnsetType = UNSET
    urgency: Priority | UnsetType = UNSET
    outcome: str | None | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET
    location: Location | None | UnsetType = UNSET
    place: str | None | UnsetType = UNSET
    conference: Conference | None | UnsetType = UNSET
    link: str | None | UnsetType = UNSET
    invite: bool | UnsetType = UNSET
    owner: UserKey | UnsetType = UNSET
    collaborators: tuple[UserKey, ...] | UnsetType = UNSET
    relations: tuple[RecordKey, ...] | UnsetType = UNSET
    related: tuple[Relate, ...] = ()
    main: RecordKey | None | UnsetType = UNSET
    pair: MainPair | UnsetType = UNSET
    participants: tuple[tuple[RecordKey, bool], ...] | UnsetType = UNSET
    primary: RecordKey | None | UnsetType = UNSET
    attendees: Attendance | UnsetType = UNSET
    attachments: tuple[Attaching, ...] = ()
    extras: dict[str, dict[str, Any]] = {}

    def record_keys(self) -> Iterator[RecordKey]:
        """Every record that the draft names."""
        if self.relations is not UNSET:
            yield from self.relations
        yield from (item.key for item in self.related if item.key is not None)
        if isinstance(self.main, RecordKey):
            yield self.main
        if self.pair is not UNSET:
            yield from self.pair.record_keys()
        if self.participants is not UNSET:
            yield from (key for key, _ in self.participants)
        if isinstance(self.primary, RecordKey):
            yield self.primary
        if self.attendees is not UNSET:
            yield from (person.record for person in self.attendees.invited if person.record is not None)

    def user_keys(self) -> Iterator[UserKey]:
        """Every user that the draft names."""
        if self.owner is not UNSET:
            yield self.owner
        if self.collaborators is not UNSET:
            yield from self.collaborators
        if self.attendees is not UNSET:
            yield from (person.user for person in self.attendees.invited if person.user is not None)


class Resolver(Protocol):
    """What turns a key into what it names, in the caller's account. Each raises Invalid with the key's field."""

    def record(self, key: RecordKey) -> Ref:
        """The living record."""

    def user(self, key: UserKey) -> int:
        """The id of the active user."""

    def type(self, key: TypeKey) -> TypeRef:
        """The active type."""


class Author(Struct, frozen=True):
    """Who writes, and when (ms UTC, as handed out by the account's counter)."""

    user_id: int
    now: int
