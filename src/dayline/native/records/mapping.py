"""Records to and from the domain. Pure; it must never fetch what a shape lacks."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from dayline.domain import record as domain
from dayline.domain.errors import NotFound, Problem
from dayline.domain.filter import RecordFilter
from dayline.domain.record import Kind, RecordChange, RecordDraft, RecordKey
from dayline.domain.time import format_instant
from dayline.kit.wording import problem_of
from dayline.native.answers import FieldError
from dayline.native.names import parse_identity
from dayline.native.records import schema
from dayline.service.bulk import Item, Upsert, Upserted


def parse_key(kind: str, name: str) -> RecordKey:
    """Read the kind and the name of a record in a path. Raises NotFound."""
    return RecordKey(parse_kind(kind), parse_identity(name), "id")


def parse_kind(text: str) -> Kind:
    """Read the kind in a path. Raises NotFound."""
    for kind in domain.KINDS:
        if kind == text:
            return kind
    raise NotFound("Record not found")


def read_query(query: schema.ListQuery) -> RecordFilter:
    """What a list asks for."""
    return RecordFilter(kind=query.kind, text=query.q, external_id=query.external_id, deleted=query.deleted)


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


def read_patch(body: schema.RecordPatch) -> RecordChange:
    """What a PATCH asks for."""
    return RecordChange(
        name=body.name,
        email=body.email,
        phone=body.phone,
        external_id=body.external_id,
        owner_id=body.owner_id,
    )


def read_bulk(body: schema.BulkRequest) -> list[Item]:
    """What a bulk write asks for: each record, or what is wrong with it."""
    return [read_item(item, body.kind) for item in body.records]


def read_item(item: schema.BulkRecord, kind: Kind | UnsetType) -> Item:
    """One record of a bulk write, or what is wrong with it."""
    kind = kind if item.kind is UNSET else item.kind
    if kind is UNSET:
        return (Problem("kind", "is required, here or for the whole request", "missing"),)
    try:
        checked = msgspec.convert(msgspec.to_builtins(item), schema.CheckedRecord)
    except msgspec.ValidationError as error:
        return (problem_of(error),)
    return Upsert(
        kind=kind,
        external_id=checked.external_id,
        name=checked.name,
        id=checked.id,
        uuid=checked.uuid,
        slug=checked.slug,
        email=checked.email,
        phone=checked.phone,
        owner_id=checked.owner_id,
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
        deleted_at=None if record.deleted_at is None else format_instant(record.deleted_at),
    )


def show_bulk(body: schema.BulkRequest, outcomes: Sequence[Upserted]) -> schema.BulkReply:
    """What became of each record of a bulk write."""
    counts = Counter(outcome.outcome for outcome in outcomes)
    data = [_outcome(item, outcome) for item, outcome in zip(body.records, outcomes, strict=True)]
    return schema.BulkReply(
        data=data,
        created=counts["created"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        refused=counts["refused"],
    )


def _outcome(item: schema.BulkRecord, outcome: Upserted) -> schema.BulkOutcome:
    return schema.BulkOutcome(
        outcome=outcome.outcome,
        external_id=item.external_id,
        record=None if outcome.record is None else show(outcome.record),
        errors=[FieldError(problem.field, problem.message) for problem in outcome.problems],
    )
