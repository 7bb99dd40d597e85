"""The lines of a JSONL file of activities: what each one tells. It must never let through what cannot be stored."""

import re
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from dayline.domain.activity import Activity
from dayline.domain.errors import Invalid, Problem, invalid
from dayline.domain.record import Record
from dayline.domain.types import ActivityType
from dayline.kit.hostile import join
from dayline.kit.params import BodyReader
from dayline.service.settling import Item, LostPerson, Person
from dayline.transfer.checks import check_activity, check_custom_type, check_record, check_user
from dayline.transfer.rows import Row


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line: one of these. Users, types and records come before the first activity that mentions them."""

    user: Person | UnsetType = UNSET
    type: ActivityType | UnsetType = UNSET
    record: Record | UnsetType = UNSET
    activity: Activity | UnsetType = UNSET


class Arrival(Struct, frozen=True):
    """What a line asks for. ``name`` is the uuid, as far as it could be read; ``path`` leads to what is told."""

    line: int
    name: str
    size: int
    item: Item
    path: str = ""


def read_told(row: Row) -> Arrival:
    """What the row tells, or what is wrong with it."""
    try:
        if row.problem is not None:
            raise Invalid(row.problem)
        path, told = _told(_line(row.said))
    except Invalid as error:
        item = _lost(row.said, error.problems)
        return Arrival(row.line, name_of(row.said), len(row.said), item)
    name = told.uuid if isinstance(told, Activity | Record) else ""
    return Arrival(row.line, name, len(row.said), told, path)


def under(path: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems of what is told below ``path``."""
    return tuple(Problem(join(path, one.field) if one.field else path, one.message, one.kind) for one in problems)


_line: Final = BodyReader(Told, strict=True)
_USER: Final = re.compile(rb'\s*\{\s*"user"\s*:\s*\{\s*"id"\s*:\s*(\d{1,16})\b')


def _lost(said: bytes, problems: tuple[Problem, ...]) -> Item:
    found = _USER.match(said)
    return problems if found is None else LostPerson(int(found[1]), problems)


def _told(line: Told) -> tuple[str, Person | ActivityType | Record | Activity]:
    given = [(name, value) for name in line.__struct_fields__ if (value := getattr(line, name)) is not UNSET]
    if len(given) != 1:
        raise invalid("", f"expected one of {', '.join(line.__struct_fields__)}")
    path, item = given[0]
    try:
        _check(item)
    except Invalid as error:
        raise Invalid(*under(path, error.problems)) from None
    return path, item


def _check(item: Person | ActivityType | Record | Activity) -> None:
    match item:
        case Person():
            check_user(item)
        case ActivityType():
            check_custom_type(item)
        case Record():
            check_record(item)
        case Activity():
            check_activity(item)


class _Uuid(Struct, frozen=True):
    uuid: str = ""


class _Named(Struct, frozen=True):
    activity: _Uuid = _Uuid()
    record: _Uuid = _Uuid()
    uuid: str = ""


def name_of(said: bytes) -> str:
    """What can still be read of a bad line, to tell which one it is."""
    try:
        found = msgspec.json.decode(said, type=_Named)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return found.activity.uuid or found.record.uuid or found.uuid
