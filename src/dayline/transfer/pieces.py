"""From a row to what is to be done with it. It must never let through what the native API would refuse."""

import sqlite3
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import Invalid, Problem, invalid
from dayline.domain.record import Kind
from dayline.kit.params import BodyReader
from dayline.native.records.mapping import read_item
from dayline.native.records.schema import BulkRecord
from dayline.service.bulk import Item
from dayline.transfer.rows import Row

_DERIVED_DIGITS: Final = 24


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line as the file says it; ``owner`` is a user's email address. What is left out stays, null clears."""

    external_id: str | None | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    name: str | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    phone: str | None | UnsetType = UNSET
    owner: str | None | UnsetType = UNSET
    id: int | UnsetType = UNSET
    uuid: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET


COLUMNS: Final = Line.__struct_fields__


class Piece(Struct, frozen=True):
    """What is to be done with a line; ``external_id`` is empty where it could not be read."""

    line: int
    external_id: str
    item: Item


class Names:
    """Which external ids the file has had, and in which line. On the disk: a file may have more than memory holds."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a file of SQLite's own that goes when it closes
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE names (kind, external_id, line, PRIMARY KEY (kind, external_id))")
        self._database.execute("BEGIN")

    def claim(self, kind: Kind, external_id: str, line: int) -> None:
        """Note that this line has the external id. Raises Invalid when an earlier one has it."""
        key = (kind, external_id)
        if self._database.execute("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", (*key, line)).rowcount:
            return
        found = self._database.execute("SELECT line FROM names WHERE kind = ? AND external_id = ?", key).fetchone()
        raise invalid("external_id", f"line {found[0]} is this {kind} already")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


class Reader:
    """Reads rows. ``kind`` is for those that do not say their own; ``owners`` are user ids by email, in lower case."""

    def __init__(self, kind: Kind | None, owners: Mapping[str, int], names: Names) -> None:
        self._kind, self._owners, self._names = kind, owners, names

    def read(self, row: Row) -> Piece:
        """What is to be done with the row, or what is wrong with it."""
        try:
            return self._read(row)
        except Invalid as error:
            return Piece(row.line, _external_id(row.said), error.problems)

    def _read(self, row: Row) -> Piece:
        if row.problem is not None:
            raise Invalid(row.problem)
        line = _line(row.said)
        kind = self._kind if line.kind is UNSET else line.kind
        if kind is None:
            raise invalid("kind", "is required: in the line, or for all with --kind")
        external_id = _derived(line, kind) if line.external_id in (UNSET, None) else line.external_id
        assert isinstance(external_id, str)
        self._names.claim(kind, external_id, row.line)
        item = read_item(self._record(line, external_id), kind)
        return Piece(row.line, external_id, as_told(item) if isinstance(item, tuple) else item)

    def _record(self, line: Line, external_id: str) -> BulkRecord:
        return BulkRecord(
            external_id=external_id,
            kind=line.kind,
            name=line.name,
            id=line.id,
            uuid=line.uuid,
            slug=line.slug,
            email=line.email,
            phone=line.phone,
            owner_id=self._owner(line.owner) if isinstance(line.owner, str) else line.owner,
        )

    def _owner(self, email: str) -> int:
        found = self._owners.get(email.casefold())
        if found is None:
            raise invalid("owner", "no user of this account has this email address")
        return found


def as_told(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems by the columns' names."""
    return tuple(replace(one, field="owner") if one.field == "owner_id" else one for one in problems)


_line: Final = BodyReader(Line)


def _derived(line: Line, kind: Kind) -> str:
    """A name for a line without one, from all that it says: the same line is the same record the next time."""
    said = [(name, getattr(line, name)) for name in sorted(COLUMNS) if name not in ("kind", "external_id")]
    given = [(name, value) for name, value in said if value is not UNSET and value is not None]
    return "import:" + sha256(msgspec.json.encode((kind, given))).hexdigest()[:_DERIVED_DIGITS]


class _Named(Struct):
    external_id: str = ""


def _external_id(said: bytes) -> str:
    """What can still be read of a bad line, to tell which one it is."""
    try:
        return msgspec.json.decode(said, type=_Named).external_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
