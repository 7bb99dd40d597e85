"""From a row of a table to a draft of an activity. It must never let through what the native API would refuse."""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from dayline.domain.activity import AttendeeKind
from dayline.domain.errors import Invalid, NotFound, Problem, invalid
from dayline.domain.record import KINDS, is_uuid, parse_uuid
from dayline.domain.time import parse_duration
from dayline.kit.params import BodyReader
from dayline.kit.wording import problem_of
from dayline.native.activities.mapping import read_draft
from dayline.native.activities.schema import NewActivity
from dayline.native.activities.table import unguarded
from dayline.native.names import parse_identity
from dayline.service.settling import Drafted
from dayline.transfer.rows import Row
from dayline.transfer.told import Arrival, name_of

_YES: Final = ("true", "yes", "1")
_NO: Final = ("false", "no", "0")
_NOT_CONTENT: Final = frozenset(("id", "uuid", "created_at", "updated_at"))
_INVITED: Final = tuple(kind for kind in get_args(AttendeeKind) if kind != "email")


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row as the file says it, its cells by their columns; an empty one is left out."""

    id: int | str = ""
    uuid: str = ""
    type: str = ""
    subject: str = ""
    date: str = ""
    time: str = ""
    duration: str = ""
    zone: str = ""
    done: str = ""
    done_at: str = ""
    priority: str = ""
    visibility: str = ""
    outcome: str = ""
    owner: str = ""
    related: str = ""
    participants: str = ""
    attendees: str = ""
    location: str = ""
    description: str = ""
    note: str = ""
    created_at: str = ""
    updated_at: str = ""


_line: Final = BodyReader(Line)


class Drafter:
    """Reads rows. ``owners`` are user ids by email address in lower case."""

    def __init__(self, owners: Mapping[str, int]) -> None:
        self._owners = owners

    def read(self, row: Row) -> Arrival:
        """What the row asks for, or what is wrong with it."""
        try:
            item = self._read(row)
        except Invalid as error:
            return Arrival(row.line, name_of(row.said), len(row.said), as_columns(error.problems))
        return Arrival(row.line, item.uuid, len(row.said), item)

    def _read(self, row: Row) -> Drafted:
        if row.problem is not None:
            raise Invalid(row.problem)
        cells = {name: _plain(value) for name, value in asdict(_line(row.said)).items() if value != ""}
        uuid = parse_uuid(cells["uuid"], "uuid") if "uuid" in cells else _derived(cells)
        owner_id = self._owner(cells.get("owner", ""))
        fields = {name: _READ[name](cell) for name, cell in cells.items() if name in _READ}
        try:
            body = msgspec.convert({**fields, "owner_id": owner_id}, NewActivity)
        except msgspec.ValidationError as error:
            raise Invalid(problem_of(error)) from None
        return Drafted(uuid, read_draft(body), owner_id)

    def _owner(self, email: str) -> int:
        if not email:
            raise invalid("owner", "is required: the email address of a user", "missing")
        found = self._owners.get(email.casefold())
        if found is None:
            raise invalid("owner", "no user of this account has this email address")
        return found


def as_columns(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems by the columns' names."""
    columns = {"owner_id": "owner", "location.value": "location"}
    return tuple(replace(one, field=columns.get(one.field, one.field)) for one in problems)


def _plain(value: int | str) -> str:
    return unguarded(str(value))


def _derived(cells: Mapping[str, str]) -> str:
    """A uuid for a row without one, from all that it says: the same row is the same activity the next time."""
    content = sorted((name, cell) for name, cell in cells.items() if name not in _NOT_CONTENT)
    value = int.from_bytes(sha256(msgspec.json.encode(("activity", content))).digest()[:16])
    value = value & ~(0xF << 76) | 0x8 << 76  # version 8: a uuid of our own making
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))


def _done(cell: str) -> bool:
    if cell.casefold() not in (*_YES, *_NO):
        raise invalid("done", "expected true or false")
    return cell.casefold() in _YES


def _duration(cell: str) -> int:
    try:
        return parse_duration(cell)
    except ValueError:
        raise invalid("duration", "expected HH:MM:SS") from None


def _related(cell: str) -> list[dict[str, Any]]:
    return [_named(token, KINDS, f"related[{place}]") for place, token in enumerate(cell.split())]


def _participants(cell: str) -> list[dict[str, Any]]:
    """The contacts; the first is the primary one."""
    return [_named(token, ("contact",), f"participants[{place}]") for place, token in enumerate(cell.split())]


def _attendees(cell: str) -> Iterator[dict[str, Any]]:
    for place, token in enumerate(cell.split()):
        is_email = "@" in token
        yield {"kind": "email", "email": token} if is_email else _named(token, _INVITED, f"attendees[{place}]")


def _named(token: str, kinds: tuple[str, ...], field: str) -> dict[str, Any]:
    """A user or record by kind and one of its names, as in ``deal:17``."""
    kind, _, name = token.partition(":")
    if kind not in kinds or not name:
        raise invalid(field, f"expected kind:id as in {kinds[0]}:17, the kind one of {', '.join(kinds)}")
    try:
        identity = parse_identity(name)
    except NotFound:
        raise invalid(field, f"no {kind} with this id exists") from None
    if isinstance(identity, int):
        return {"kind": kind, "id": identity}
    return {"kind": kind, "uuid" if is_uuid(identity) else "slug": identity}


def _text(cell: str) -> str:
    return cell


_READ: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("type", "subject", "date", "time", "zone", "done_at", "priority", "visibility", "outcome"), _text),
    **dict.fromkeys(("description", "note"), _text),
    "duration": _duration,
    "done": _done,
    "related": _related,
    "participants": _participants,
    "attendees": lambda cell: list(_attendees(cell)),
    "location": lambda cell: {"value": cell},
}
