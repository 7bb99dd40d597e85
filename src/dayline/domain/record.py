"""What an activity hangs on: candidates, contacts, organizations, jobs, deals and the rest; never an activity."""

import os
import re
import secrets
import uuid as uuids
from typing import Literal, TypeAlias, get_args

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import invalid

Kind = Literal["candidate", "contact", "organization", "job", "deal", "lead", "project", "sequence", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Beside these, Python's own reading of a uuid takes whatever it takes for a number: signs, blanks, underscores.
_UUID = re.compile(r"(?:urn:uuid:)?\{?[0-9A-Fa-f-]+\}?")

_SLUG = re.compile(r"[A-Za-z0-9_-]{1,50}")

MAX_ID = 10**15  # that may be given: those that follow it must stay below 2**53, the largest that every client holds

Identity: TypeAlias = int | str  # an integer id, a uuid or a slug: any of them names the same row


class Ref(Struct, frozen=True, omit_defaults=True):
    """A record as an activity remembers it: all three of its names, which never change."""

    kind: Kind
    id: int
    uuid: str
    slug: str


class RecordKey(Struct, frozen=True):
    """A record as a caller names it; ``field`` is where he did, for the error when there is no such record."""

    kind: Kind
    value: Identity
    field: str


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record. Its id and uuid are unique per account and kind, its slug per account. Instants in ms UTC."""

    kind: Kind
    id: int
    uuid: str
    slug: str
    name: str
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    owner_id: int | None = None
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0
    deleted_at: int | None = None

    @property
    def ref(self) -> Ref:
        """The part of a record that activities keep."""
        return Ref(self.kind, self.id, self.uuid, self.slug)


class RecordDraft(Struct, frozen=True, kw_only=True):
    """A record to be created; what is not given is made up (id, uuid, slug) or stays empty."""

    kind: Kind
    name: str
    id: int | UnsetType = UNSET
    uuid: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    owner_id: int | None = None


class Standing(Struct, frozen=True):
    """What somebody sees hanging on a record: how many activities, and how many of them are done.

    ``next_id`` is the one to be done first, those without a date last; ``last_id`` is the done one of the latest date.
    """

    total: int = 0
    done: int = 0
    next_id: int | None = None
    last_id: int | None = None


class RecordChange(Struct, frozen=True, kw_only=True):
    """The fields of a record that a write gives; what is UNSET stays as it is."""

    name: str | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    phone: str | None | UnsetType = UNSET
    external_id: str | None | UnsetType = UNSET
    owner_id: int | None | UnsetType = UNSET


def new_uuid(now: int) -> str:
    """Make a version 7 uuid: time-ordered, so that indexes grow at their end. ``now`` is in ms UTC."""
    value = (now & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    text = f"{value & ~(0b11 << 62) | 0b10 << 62:032x}"  # a UUID of its own would take longer than all of this
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def made_at(uuid: str) -> int:
    """When a version 7 uuid was made, in ms UTC. Raises ValueError for what is no uuid."""
    return uuids.UUID(uuid).int >> 80


def new_slug(prefix: str) -> str:
    """Make a slug such as ``candidate_2f0ea5cd69a6cd6c7163``."""
    return f"{prefix}_{secrets.token_hex(10)}"


def parse_uuid(text: str, field: str) -> str:
    """Return the uuid in its canonical form. Raises Invalid, naming ``field``."""
    try:
        if _UUID.fullmatch(text):
            return str(uuids.UUID(text))
    except ValueError:
        pass
    raise invalid(field, "This value is not a valid UUID.")


def check_id(id_: int) -> int:
    """Return an id that a new record may be given. Raises Invalid."""
    if not 1 <= id_ <= MAX_ID:
        raise invalid("id", f"This value should be between 1 and {MAX_ID}.")
    return id_


def is_uuid(text: str) -> bool:
    """Whether the text is a uuid in its canonical form, rather than a slug."""
    return len(text) == 36 and text[8] == text[13] == text[18] == text[23] == "-"


def create_record(draft: RecordDraft, id: int, now: int) -> Record:
    """Make the record that the draft describes. Raises Invalid."""
    _check_name(draft.name)
    if draft.id is not UNSET:
        check_id(draft.id)
    return Record(
        kind=draft.kind,
        id=id,
        uuid=new_uuid(now) if draft.uuid is UNSET else parse_uuid(draft.uuid, "uuid"),
        slug=new_slug(draft.kind) if draft.slug is UNSET else check_slug(draft.slug),
        name=draft.name,
        email=draft.email,
        phone=draft.phone,
        external_id=draft.external_id,
        owner_id=draft.owner_id,
        created_at=now,
        updated_at=now,
    )


def change_record(before: Record, change: RecordChange, now: int) -> Record:
    """Make the record that ``before`` becomes; the same one when nothing differs. Raises Invalid."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if all(getattr(before, name) == value for name, value in given.items()):
        return before
    after = replace(before, **given, revision=before.revision + 1, updated_at=now)
    _check_name(after.name)
    return after


def mark_record(before: Record, deleted_at: int | None, now: int) -> Record:
    """Make the record deleted, or living again; ``deleted_at`` is in ms UTC."""
    return replace(before, deleted_at=deleted_at, revision=before.revision + 1, updated_at=now)


def _check_name(name: str) -> None:
    if not name.strip():
        raise invalid("name", "This value should not be blank.")


def check_slug(slug: str) -> str:
    """The slug, if it can be one. Raises Invalid.

    It stands in paths and in comma-separated lists, and must not look like a record's other names.
    """
    if not _SLUG.fullmatch(slug) or slug.isdecimal() or is_uuid(slug):
        raise invalid(
            "slug", "This value should be 1 to 50 letters, digits, '_' or '-', and neither a number nor a UUID."
        )
    return slug
