"""The record that an activity is about, as ATZ shows it: by its slug alone, or with what ATZ has for its kind. Pure."""

from typing import Final

from msgspec.structs import replace

from dayline.domain.record import Kind, Record, Ref
from dayline.service import Directory
from dayline.vendors.atz import schema

_PEOPLE: Final[frozenset[Kind]] = frozenset(("candidate", "contact"))


def show_slug(ref: Ref | None) -> schema.RelatedRecord | None:
    """The record by its slug alone."""
    return None if ref is None else schema.RelatedRecord(slug=ref.slug)


def show_record(ref: Ref | None, names: Directory) -> schema.RelatedRecord | None:
    """The record with what ATZ shows of its kind; by its slug alone where it has been removed."""
    record = None if ref is None else names.records.get((ref.kind, ref.id))
    if record is None:
        return show_slug(ref)
    if record.kind in _PEOPLE:
        return _person(record)
    if record.kind == "job":
        return schema.RelatedRecord(id=record.id, slug=record.slug, position_name=record.name)
    return schema.RelatedRecord(id=record.id, slug=record.slug, name=record.name)


def _person(record: Record) -> schema.RelatedRecord:
    """Records have one name, so the first word of it is the first name; nobody's designation is known."""
    first, _, last = record.name.strip().partition(" ")
    shown = schema.RelatedRecord(
        id=record.id,
        slug=record.slug,
        first_name=first,
        last_name=last.strip(),
        full_name=record.name,
        email=record.email or "",
        phone=record.phone or "",
    )
    return replace(shown, designation="") if record.kind == "contact" else shown
