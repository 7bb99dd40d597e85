"""The activity: one truth for every dialect. Immutable; what changes it is in ``draft``.

Instants are ms UTC. A date and a time of day are in UTC too; a date without a time is a whole day, not midnight.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from dayline.domain.record import Kind, Ref
from dayline.domain.time import LAST_INSTANT, date_ms, time_ms
from dayline.domain.types import TypeRef

Priority = Literal["low", "normal", "high", "critical"]
Visibility = Literal["public", "private", "admin_only"]
AttendeeStatus = Literal["noreply", "needs_action", "accepted", "tentative", "declined"]
AttendeeKind = Literal["user", "candidate", "contact", "email"]

# The first kind present is the main relation where nobody chose one. A contact is there by its primary participant.
MAIN_ORDER: tuple[Kind, ...] = ("deal", "lead", "project", "job", "candidate", "contact", "organization")


class When(Struct, frozen=True, omit_defaults=True):
    """Date, time of day and duration, each optional and independent of the others.

    ``duration`` is in whole seconds and never negative, so that an end before the start cannot be said.
    ``zone`` is the IANA zone in which it was planned, where that is known.
    """

    date: dt.date | None = None
    time: dt.time | None = None
    duration: int | None = None
    zone: str | None = None

    @property
    def all_day(self) -> bool:
        """A date without a time fills its day."""
        return self.date is not None and self.time is None

    @property
    def starts_at(self) -> int | None:
        """The instant of the start, where date and time allow."""
        if self.date is None or self.time is None:
            return None
        return date_ms(self.date) + time_ms(self.time)

    @property
    def ends_at(self) -> int | None:
        """The instant of the end, where date, time and duration allow; never after the year 9999."""
        start = self.starts_at
        if start is None or self.duration is None:
            return None
        return min(start + self.duration * 1000, LAST_INSTANT)


class Location(Struct, frozen=True, omit_defaults=True):
    """A place: ``value`` as people wrote it, and its parts where they are known."""

    value: str | None = None
    formatted_address: str | None = None
    country: str | None = None
    admin_area_level_1: str | None = None
    admin_area_level_2: str | None = None
    locality: str | None = None
    sublocality: str | None = None
    route: str | None = None
    street_number: str | None = None
    subpremise: str | None = None
    postal_code: str | None = None


class Conference(Struct, frozen=True, omit_defaults=True):
    """Where to meet online."""

    client: str | None = None
    url: str | None = None
    id: str | None = None


class Participant(Struct, frozen=True, omit_defaults=True):
    """A contact whom the activity is about; at most one is the primary."""

    ref: Ref
    primary: bool = False


class Attendee(Struct, frozen=True, omit_defaults=True):
    """Somebody invited: a user, a candidate, a contact or a bare email address."""

    user_id: int | None = None
    ref: Ref | None = None
    email: str | None = None
    name: str | None = None
    status: AttendeeStatus = "noreply"
    organizer: bool = False

    @property
    def kind(self) -> AttendeeKind:
        """What stands behind the invitation."""
        if self.user_id is not None:
            return "user"
        if self.ref is None:
            return "email"
        return "candidate" if self.ref.kind == "candidate" else "contact"


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file or a link; at most one is the main one. ``key`` is the random part of its link, ``size`` is in bytes.

    ``updated_at`` is when its name or description last changed; ``creator_id`` is the user who added it.
    """

    id: int
    name: str
    key: str | None = None
    url: str | None = None
    media_type: str | None = None
    size: int | None = None
    main: bool = False
    description: str | None = None
    creator_id: int | None = None
    created_at: int = 0
    updated_at: int = 0


class Activity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A meeting, call, task, email, interview or note, with everything any dialect can say about it.

    ``description`` is shared with attendees, ``note`` is internal. ``related`` holds no contacts beside those that were
    related as such; people whom it is about are ``participants``. ``main_kind`` is there while no record is the main
    relation because somebody said so: of which kind it is to be, or that there is none. ``extras`` keeps, by vendor,
    what only it knows.
    """

    id: int
    uuid: str
    type: TypeRef
    owner_id: int
    creator_id: int
    editor_id: int
    subject: str = ""
    description: str | None = None
    note: str | None = None
    when: When = When()
    busy: bool | None = None
    done: bool = False
    done_at: int | None = None
    priority: Priority | None = None
    outcome: str | None = None
    visibility: Visibility = "public"
    location: Location | None = None
    conference: Conference | None = None
    related: tuple[Ref, ...] = ()
    main_chosen: bool = False
    main_kind: Kind | Literal["none"] | None = None
    participants: tuple[Participant, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    collaborators: tuple[int, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    invite: bool = True
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0
    deleted_at: int | None = None
    extras: dict[str, dict[str, Any]] = {}

    @property
    def primary(self) -> Ref | None:
        """The primary participant."""
        for person in self.participants:
            if person.primary:
                return person.ref
        return None

    @property
    def main(self) -> Ref | None:
        """The main relation: the chosen one, else the first present in ``MAIN_ORDER``."""
        if self.main_kind is not None:
            return None
        if self.main_chosen and self.related:
            return self.related[0]
        for kind in MAIN_ORDER:
            found = self.first(kind) or (self.primary if kind == "contact" else None)
            if found is not None:
                return found
        return next(iter(self.related), None)

    def first(self, kind: Kind) -> Ref | None:
        """The first related record of a kind."""
        return next((ref for ref in self.related if ref.kind == kind), None)

    def firsts(self) -> dict[Kind, Ref]:
        """The first related record of each kind."""
        return {ref.kind: ref for ref in reversed(self.related)}

    @property
    def open(self) -> bool:
        """Still to be done."""
        return not self.done and self.deleted_at is None

    def links(self) -> Iterator[Ref]:
        """Every record the activity hangs on, as its timelines and filters see it; a record may come twice."""
        yield from self.related
        for person in self.participants:
            yield person.ref
        for attendee in self.attendees:
            if attendee.ref is not None:
                yield attendee.ref

    def people(self) -> frozenset[int]:
        """The users who may see the activity even when it is private, admins apart."""
        invited = (attendee.user_id for attendee in self.attendees if attendee.user_id is not None)
        return frozenset((self.owner_id, self.creator_id, *self.collaborators, *invited))


def emptied(activity: Activity) -> Activity:
    """What may be said of an activity whose contents may not: that it is there, of which type, and whose."""
    return Activity(
        id=activity.id,
        uuid=activity.uuid,
        type=activity.type,
        owner_id=activity.owner_id,
        creator_id=activity.creator_id,
        editor_id=activity.editor_id,
        visibility="private",
        revision=activity.revision,
        created_at=activity.created_at,
        updated_at=activity.updated_at,
    )


def visible(activity: Activity, user_id: int, *, admin: bool) -> bool:
    """Admins see everything in their account; members what is public and what they have a part in."""
    return admin or activity.visibility == "public" or user_id in activity.people()
