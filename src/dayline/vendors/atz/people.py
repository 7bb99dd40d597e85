"""The lists of people in a body: collaborators, and those invited, by numbers and slugs. Pure.

A name that nobody can have is refused in the same words as one that nobody has.
"""

import re
from typing import Final

from msgspec import UNSET, UnsetType

from dayline.domain.activity import AttendeeKind
from dayline.domain.draft import Attendance, Invited
from dayline.domain.errors import invalid
from dayline.domain.identity import UserKey
from dayline.domain.record import RecordKey
from dayline.vendors.atz import schema

MOST_PEOPLE: Final = 200  # in one list: more is an import, or an attack

_ID: Final = re.compile(r"[0-9]{1,18}")
_QUOTED: Final = 50  # characters of a name that nobody has, in the error that tells it


def number_of(text: str) -> int | None:
    """The positive number that this text is, or None."""
    return int(text) if _ID.fullmatch(text) and int(text) else None


def read_users(given: int | str | list[int | str] | None | UnsetType, field: str) -> tuple[UserKey, ...] | UnsetType:
    """The users whom a list names. Raises Invalid."""
    names = _listed(given, field)
    return UNSET if isinstance(names, UnsetType) else tuple(_user(name, field) for name in names)


def _user(name: str, field: str) -> UserKey:
    """The user with this number; where it is none, the error says so in the same words as if nobody had it."""
    number = number_of(name)
    if number is None:
        raise invalid(_at(field, name), "is no id")
    return UserKey(number, _at(field, name))


def _listed(given: int | str | list[int | str] | list[str] | None | UnsetType, field: str) -> list[str] | UnsetType:
    """The names in a list by commas, each once, in order."""
    if isinstance(given, UnsetType):
        return UNSET
    parts = given if isinstance(given, list) else [] if given is None else str(given).split(",")
    names = list(dict.fromkeys(name for part in parts if (name := str(part).strip())))
    if len(names) > MOST_PEOPLE:
        raise invalid(field, f"must name at most {MOST_PEOPLE}")
    return names


def _at(field: str, name: str) -> str:
    return f"{field}[{name[:_QUOTED]}]"


def read_attendance(body: schema.ActivityUpdate) -> Attendance | UnsetType:
    """Each list that is given replaces those of its kind; bare addresses stay, as ATZ knows none."""
    candidates = _listed(body.candidates_as_attendees, "candidates_as_attendees")
    contacts = _listed(body.contacts_as_attendees, "contacts_as_attendees")
    users = read_users(body.users_as_attendees, "users_as_attendees")
    given: dict[AttendeeKind, tuple[Invited, ...]] = {}
    if not isinstance(candidates, UnsetType):
        keys = (RecordKey("candidate", slug, _at("candidates_as_attendees", slug)) for slug in candidates)
        given["candidate"] = tuple(Invited(record=key) for key in keys)
    if not isinstance(contacts, UnsetType):
        keys = (RecordKey("contact", slug, _at("contacts_as_attendees", slug)) for slug in contacts)
        given["contact"] = tuple(Invited(record=key) for key in keys)
    if not isinstance(users, UnsetType):
        given["user"] = tuple(Invited(user=key) for key in users)
    if not given:
        return UNSET
    return Attendance(frozenset(given), tuple(one for many in given.values() for one in many), by_name=True)
