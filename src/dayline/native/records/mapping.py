"""Records to and from the domain. Pure; it must never fetch what a shape lacks."""

from dayline.domain import record as domain
from dayline.domain.errors import NotFound
from dayline.domain.record import Identity, Kind, RecordDraft
from dayline.domain.time import format_instant
from dayline.native.records import schema

MAX_DIGITS = 18  # as many as surely fit in 63 bits


def parse_kind(text: str) -> Kind:
    """Read the kind in a path. Raises NotFound."""
    for kind in domain.KINDS:
        if kind == text:
            return kind
    raise NotFound("Record not found")


def parse_identity(text: str) -> Identity:
    """Read a record's name in a path: digits are an id, the form of a UUID is one, the rest a slug. Raises NotFound."""
    if text.isascii() and text.isdecimal():
        if len(text) > MAX_DIGITS:
            raise NotFound("Record not found")
        return int(text)
    return text.lower() if domain.is_uuid(text) else text


def new_draft(body: schema.NewRecord) -> RecordDraft:
    """What a POST asks for."""
    return RecordDraft(
        kind=body.kind,
        name=body.name,
        id=body.id,
        uuid=body.uuid,
        slug=body.slug,
        email=body.email,
        phone=body.phone,
        external_id=body.external_id,
        owner_id=body.owner_id,
    )


def show(record: domain.Record) -> schema.Record:
    """The record as the native API shows it."""
    return schema.Record(
        kind=record.kind,
        id=record.id,
        uuid=record.uuid,
        slug=record.slug,
        name=record.name,
        email=record.email,
        phone=record.phone,
        external_id=record.external_id,
        owner_id=record.owner_id,
        revision=record.revision,
        created_at=format_instant(record.created_at),
        updated_at=format_instant(record.updated_at),
    )
