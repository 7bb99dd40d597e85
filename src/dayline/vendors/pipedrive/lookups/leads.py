"""The handlers of leads, which Pipedrive has in API v1 alone and names by UUID, and their table of operations."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET

from dayline.domain.errors import NotFound
from dayline.domain.record import Record, RecordKey, Standing, parse_uuid
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.vendors.pipedrive.answers import Asked, may_read_activities, ok
from dayline.vendors.pipedrive.lookups import mapping, schema
from dayline.vendors.pipedrive.v1.errors import envelope
from dayline.vendors.pipedrive.v1.schema import PagesV1, PaginationV1

_NOTHING: Final = Standing()
_MISSING: Final = "requested lead not found"


async def get_leads(call: Asked[schema.LeadListQuery, None]) -> Reply:
    """List leads, a page at a time."""
    wanted, start = mapping.read_leads(call.query), call.query.start
    limit = min(call.query.limit, mapping.MAX_LIMIT)
    page = await call.service.records.of_kind(call.who, wanted, limit, offset=start)
    shown = await _shown(call, page.items)
    more = page.cursor is not None
    following = start + limit if more else UNSET
    pagination = PaginationV1(start=start, limit=limit, more_items_in_collection=more, next_start=following)
    return ok(schema.LeadListResponse(data=shown or None, additional_data=PagesV1(pagination)))


async def get_lead(call: Asked[NoQuery, None]) -> Reply:
    """Get one lead."""
    try:
        return await _told(call, await call.service.records.get(call.who, _key(call)))
    except NotFound:
        raise NotFound(_MISSING) from None


async def add_lead(call: Asked[NoQuery, schema.AddTitledRequest]) -> Reply:
    """Add a lead."""
    draft = mapping.new_draft("lead", call.body, call.who.user_id)
    return await call.service.records.create(call.who, draft, _created, call.once)


async def update_lead(call: Asked[NoQuery, schema.UpdateTitledRequest]) -> Reply:
    """Change the fields that are sent."""
    try:
        lead = await call.service.records.change(call.who, _key(call), mapping.change(call.body), _itself)
    except NotFound:
        raise NotFound(_MISSING) from None
    return await _told(call, lead)


def _key(call: Asked[Any, Any]) -> RecordKey:
    return RecordKey("lead", parse_uuid(call.path["id"], "id"), "id")


def _itself(lead: Record) -> Record:
    return lead


def _created(lead: Record) -> Reply:
    return ok(schema.LeadResponse(data=mapping.show_lead(lead, _NOTHING)), 201)


async def _told(call: Asked[Any, Any], lead: Record) -> Reply:
    return ok(schema.LeadResponse(data=(await _shown(call, [lead]))[0]))


async def _shown(call: Asked[Any, Any], leads: Sequence[Record]) -> list[schema.Lead]:
    """Leads with what is to be done next, which only those are told who may read activities."""
    ids = [lead.id for lead in leads] if may_read_activities(call.who) else []
    standings = await call.service.records.standings(call.who, "lead", ids)
    return [mapping.show_lead(lead, standings.get(lead.id, _NOTHING)) for lead in leads]


_ID: Final = {"id": "The ID of the lead, a UUID."}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/leads",
        handler=get_leads,
        name="getLeads",
        summary="Get all leads",
        scope="records:read",
        query=schema.LeadListQuery,
        reply=schema.LeadListResponse,
        cost=20,
        envelope=envelope,
    ),
    Operation(
        method="GET",
        path="/v1/leads/{id}",
        handler=get_lead,
        name="getLead",
        summary="Get one lead",
        scope="records:read",
        reply=schema.LeadResponse,
        cost=2,
        path_help=_ID,
        envelope=envelope,
    ),
    Operation(
        method="POST",
        path="/v1/leads",
        handler=add_lead,
        name="addLead",
        summary="Add a lead",
        scope="records:write",
        body=schema.AddTitledRequest,
        reply=schema.LeadResponse,
        status=201,
        cost=10,
        tolerant=True,
        envelope=envelope,
    ),
    Operation(
        method="PATCH",
        path="/v1/leads/{id}",
        handler=update_lead,
        name="updateLead",
        summary="Update a lead",
        scope="records:write",
        body=schema.UpdateTitledRequest,
        reply=schema.LeadResponse,
        cost=10,
        tolerant=True,
        path_help=_ID,
        envelope=envelope,
    ),
)
