"""The domain's records to and from Pipedrive's persons, deals, organizations, projects and leads. Pure."""

from typing import Any, Final, TypeAlias

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import invalid
from dayline.domain.filter import RecordQuery, Sort, SortField
from dayline.domain.record import Kind, Record, RecordChange, RecordDraft, Standing
from dayline.domain.time import format_instant, parse_instant
from dayline.vendors.pipedrive.answers import precise_instant
from dayline.vendors.pipedrive.fields.table import COUNTED, NEAREST
from dayline.vendors.pipedrive.lookups import schema
from dayline.vendors.pipedrive.mapping import NOT_AN_INSTANT, given, read_ids

AddRequest: TypeAlias = schema.AddPersonRequest | schema.AddNamedRequest | schema.AddTitledRequest
UpdateRequest: TypeAlias = schema.UpdatePersonRequest | schema.UpdateNamedRequest | schema.UpdateTitledRequest

MAX_LIMIT: Final = 500
_SORTS: Final[dict[str, SortField]] = {"id": "id", "add_time": "created_at", "update_time": "updated_at"}
_INCLUDABLE: Final = (*NEAREST, *COUNTED)


def new_draft(kind: Kind, body: AddRequest, caller_id: int) -> RecordDraft:
    """What a POST asks for; the caller owns it unless it says otherwise. Raises Invalid."""
    email, phone = _reach(body)
    return RecordDraft(
        kind=kind,
        name=_name(body, body.title if isinstance(body, schema.AddTitledRequest) else body.name),
        owner_id=caller_id if body.owner_id is UNSET else body.owner_id,
        email=None if email is UNSET else email,
        phone=None if phone is UNSET else phone,
    )


def change(body: UpdateRequest) -> RecordChange:
    """What a PATCH asks for: absent stays. Raises Invalid."""
    email, phone = _reach(body)
    name = body.title if isinstance(body, schema.UpdateTitledRequest) else body.name
    return RecordChange(
        name=UNSET if name is UNSET else _name(body, name), owner_id=body.owner_id, email=email, phone=phone
    )


def _name(body: AddRequest | UpdateRequest, name: str) -> str:
    if not name.strip():
        titled = isinstance(body, schema.AddTitledRequest | schema.UpdateTitledRequest)
        raise invalid("title" if titled else "name", "This value should not be blank.")
    return name


def _reach(body: AddRequest | UpdateRequest) -> tuple[str | None | UnsetType, str | None | UnsetType]:
    if not isinstance(body, schema.AddPersonRequest | schema.UpdatePersonRequest):
        return UNSET, UNSET
    return _only(body.emails, "emails"), _only(body.phones, "phones")


def _only(given_: list[Any] | None | UnsetType, field: str) -> str | None | UnsetType:
    """The one value that is not empty. Raises Invalid where there are several: one would be lost."""
    if given_ is UNSET:
        return UNSET
    values = list(dict.fromkeys(one.value.strip() for one in given_ or () if one.value.strip()))
    if len(values) > 1:
        raise invalid(field, "This server keeps one of these for each person: send one.")
    return values[0] if values else None


def included(include_fields: str | None) -> frozenset[str]:
    """Read ``include_fields``. Raises Invalid for a field that cannot be included."""
    names = {name.strip() for name in (include_fields or "").split(",")} - {""}
    if names - set(_INCLUDABLE):
        raise invalid("include_fields", f"This value should be of {', '.join(_INCLUDABLE)}.")
    return frozenset(names)


def read_list(kind: Kind, query: schema.ListQuery) -> RecordQuery:
    """The parameters of a list as a query. Raises Invalid."""
    wanted = RecordQuery(
        kind=kind,
        ids=read_ids(query.ids),
        owner_id=query.owner_id,
        updated_from=given(query.updated_since, "updated_since", parse_instant, NOT_AN_INSTANT),
        updated_before=given(query.updated_until, "updated_until", parse_instant, NOT_AN_INSTANT),
        sort=Sort(_SORTS[query.sort_by], query.sort_direction == "desc"),
    )
    status = query.status if isinstance(query, schema.DealListQuery) else None
    nobodys = status in ("won", "lost")  # there are none
    return replace(wanted, deleted=status == "deleted", ids=() if nobodys else wanted.ids)


def read_leads(query: schema.LeadListQuery) -> RecordQuery:
    """The parameters of the list of leads as a query. Raises Invalid."""
    field, _, direction = query.sort.partition(" ")
    return RecordQuery(
        kind="lead",
        owner_id=query.owner_id,
        updated_from=given(query.updated_since, "updated_since", parse_instant, NOT_AN_INSTANT),
        sort=Sort(_SORTS[field], direction == "DESC"),
    )


def _told(standing: Standing, names: frozenset[str]) -> dict[str, Any]:
    """Those parts of a record's standing that were asked for."""
    parts = {
        "next_activity_id": standing.next_id,
        "last_activity_id": standing.last_id,
        "activities_count": standing.total,
        "done_activities_count": standing.done,
        "undone_activities_count": standing.total - standing.done,
    }
    return {name: value for name, value in parts.items() if name in names}


def _common(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "owner_id": record.owner_id,
        "add_time": format_instant(record.created_at),
        "update_time": format_instant(record.updated_at),
    }


def _precise(record: Record) -> dict[str, Any]:
    """The same of a lead or a project, whose instants have milliseconds."""
    instants = {"add_time": precise_instant(record.created_at), "update_time": precise_instant(record.updated_at)}
    return _common(record) | instants


def show_person(record: Record, standing: Standing, names: frozenset[str]) -> schema.Person:
    """A contact as Pipedrive shows it; the first name is what comes before the first space."""
    first, _, last = record.name.strip().partition(" ")
    return schema.Person(
        **_common(record),
        name=record.name,
        first_name=first,
        last_name=last.strip() or None,
        emails=[] if record.email is None else [schema.Email(record.email)],
        phones=[] if record.phone is None else [schema.Phone(record.phone)],
        is_deleted=record.deleted_at is not None,
        **_told(standing, names),
    )


def show_deal(record: Record, standing: Standing, names: frozenset[str]) -> schema.Deal:
    """A deal as Pipedrive shows it."""
    gone = record.deleted_at is not None
    status: schema.State = "deleted" if gone else "open"
    told = _told(standing, names)
    return schema.Deal(**_common(record), title=record.name, status=status, is_deleted=gone, **told)


def show_organization(record: Record, standing: Standing, names: frozenset[str]) -> schema.Organization:
    """An organization as Pipedrive shows it."""
    gone = record.deleted_at is not None
    return schema.Organization(**_common(record), name=record.name, is_deleted=gone, **_told(standing, names))


def show_project(record: Record, _standing: Standing, _names: frozenset[str]) -> schema.Project:
    """A project as Pipedrive shows it."""
    status: schema.State = "open" if record.deleted_at is None else "deleted"
    return schema.Project(**_precise(record), title=record.name, status=status)


def show_lead(record: Record, standing: Standing) -> schema.Lead:
    """A lead as Pipedrive shows it."""
    own = {"id": record.uuid, "title": record.name, "next_activity_id": standing.next_id}
    return schema.Lead(**_precise(record) | own)
