"""Who sent an email and who got it, as Truto says it, to and from those invited to an activity of Dayline's own. Pure.

The organizer is the sender; where nobody is, it is the owner. Who is in copy is kept among what only Truto knows.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from dayline.domain.activity import Activity, Attendee, AttendeeKind
from dayline.domain.draft import Attendance, Invited
from dayline.domain.identity import UserKey
from dayline.domain.record import RecordKey
from dayline.remote.connector import Person
from dayline.service import Directory
from dayline.vendors.truto import schema

EVERYBODY: Final[frozenset[AttendeeKind]] = frozenset(("user", "candidate", "contact", "email"))
_NOBODY: Final = 1 << 30  # where somebody stands who was not invited before: behind all others

Given = list[schema.Address] | None | UnsetType


class Parties(Struct, frozen=True):
    """Those invited to an email, by what they are to it."""

    sender: tuple[Attendee, ...] = ()
    to: tuple[Attendee, ...] = ()
    cc: tuple[Attendee, ...] = ()


def parties(activity: Activity, names: Directory) -> Parties:
    """Divide those who are invited."""
    copied = set(activity.extras.get("truto", {}).get("cc", ()))
    others = [person for person in activity.attendees if not person.organizer]
    in_copy = [person for person in others if _address(person, names) in copied]
    return Parties(
        tuple(person for person in activity.attendees if person.organizer),
        tuple(person for person in others if person not in in_copy),
        tuple(in_copy),
    )


def sender(activity: Activity, found: Parties, names: Directory) -> tuple[Person, ...]:
    """Who sent it."""
    if found.sender:
        return people(found.sender, names)
    owner = names.users.get(activity.owner_id)
    return () if owner is None else (Person(owner.email, owner.name),)


def people(invited: Sequence[Attendee], names: Directory) -> tuple[Person, ...]:
    """Those invited, with the address and name of the record or user behind each where he has none of his own."""
    return tuple(_person(one, names) for one in invited)


def _person(one: Attendee, names: Directory) -> Person:
    record = None if one.ref is None else names.records.get((one.ref.kind, one.ref.id))
    user = None if one.user_id is None else names.users.get(one.user_id)
    behind = record or user
    return Person(one.email or (behind.email if behind else None), one.name or (behind.name if behind else None))


def _address(one: Attendee, names: Directory) -> str:
    return (_person(one, names).email or "").casefold()


def attendance(before: Activity | None, names: Directory, body: schema.ActivityRequest) -> Attendance | UnsetType:
    """The new list of those invited; a list that is not given stays as it is, and so does whoever is in both."""
    given: tuple[Given, ...] = (body.from_, body.to, body.cc)
    if all(isinstance(one, UnsetType) for one in given):
        return UNSET
    there = Parties() if before is None else parties(before, names)
    stored = () if before is None else before.attendees
    placed: list[tuple[int, Invited]] = []
    for part, now, field in zip((there.sender, there.to, there.cc), given, ("from", "to", "cc"), strict=True):
        if isinstance(now, UnsetType):
            placed += [(stored.index(one), _as_invited(one, one.organizer, field)) for one in part]
        elif not (field == "from" and before is not None and _is_owner(before, there, now or [], names)):
            placed += _listed(stored, names, now or [], field)
    return Attendance(EVERYBODY, tuple(one for _, one in sorted(placed, key=lambda pair: pair[0])))


def _is_owner(before: Activity, there: Parties, given: Sequence[schema.Address], names: Directory) -> bool:
    """Whether this is the owner, whom nobody invited, sent back as he was shown."""
    if there.sender or len(given) != 1:
        return False
    return any(one.email == given[0].email for one in sender(before, there, names))


def _listed(
    stored: Sequence[Attendee], names: Directory, given: Sequence[schema.Address], field: str
) -> Iterator[tuple[int, Invited]]:
    """Each of a list, with the place of whoever is there by that address, by that name if several are."""
    sends = field == "from"
    left = [place for place, one in enumerate(stored) if one.organizer == sends]
    for number, address in enumerate(given):
        alike = [place for place in left if _address(stored[place], names) == address.email.casefold()]
        if not alike:
            yield _NOBODY, Invited(email=address.email, name=address.name, organizer=sends)
            continue
        place = next((place for place in alike if _person(stored[place], names).name == address.name), alike[0])
        left.remove(place)
        known = _as_invited(stored[place], sends, f"{field}[{number}]")
        yield place, _renamed(known, address, _person(stored[place], names))


def _renamed(known: Invited, address: schema.Address, shown: Person) -> Invited:
    if address.name in (None, shown.name):
        return known
    return Invited(
        user=known.user,
        record=known.record,
        email=known.email,
        name=address.name,
        status=known.status,
        organizer=known.organizer,
    )


def _as_invited(one: Attendee, organizer: bool, field: str) -> Invited:
    return Invited(
        user=None if one.user_id is None else UserKey(one.user_id, field),
        record=None if one.ref is None else RecordKey(one.ref.kind, one.ref.id, field),
        email=one.email,
        name=one.name,
        status=one.status,
        organizer=organizer,
    )


def copied(body: schema.ActivityRequest) -> list[str] | None | UnsetType:
    """The addresses in copy, as they are kept; None forgets them. Who is written to is not in copy, too."""
    if isinstance(body.cc, UnsetType):
        return UNSET
    to = {one.email.casefold() for one in (body.to if isinstance(body.to, list) else ())}
    return sorted({one.email.casefold() for one in body.cc or ()} - to) or None
