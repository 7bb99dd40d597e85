"""Pipedrive's filters, API v1: the handlers, then the table of operations.

Follows Pipedrive's reference for filters and its tutorial for adding one (API v1, read 2026-11-21).
"""

from typing import Any, Final

from dayline.domain.errors import Forbidden
from dayline.domain.saved import SavedFilter, may_change
from dayline.kit.dialect import Failure, NoQuery, Operation, Reply
from dayline.vendors.pipedrive.answers import Asked, ok
from dayline.vendors.pipedrive.filters import mapping, schema
from dayline.vendors.pipedrive.filters.helpers import HELPERS
from dayline.vendors.pipedrive.mapping import parse_id, read_ids
from dayline.vendors.pipedrive.v1.errors import NO_PERMISSION, envelope


async def get_filters(call: Asked[schema.ListQuery, None]) -> Reply:
    """List the filters that the caller may use, without their conditions."""
    wanted = call.query.type in (None, "activity")
    found = await call.service.filters.list(call.who) if wanted else []
    shown = [mapping.show(saved, editable=_editable(call, saved), conditions=False) for saved in found]
    return ok(schema.FilterListResponse(data=shown or None))


async def get_filter_helpers(call: Asked[NoQuery, None]) -> Reply:
    """Show what conditions can be made of."""
    return ok(schema.HelpersResponse(data=HELPERS))


async def get_filter(call: Asked[schema.CodeQuery, None]) -> Reply:
    """Get one filter with its conditions."""
    return _shown(call, await call.service.filters.get(call.who, parse_id(call.path["id"])))


async def add_filter(call: Asked[schema.CodeQuery, schema.AddFilterRequest]) -> Reply:
    """Add a filter."""
    new = mapping.new_filter(call.body, strict=call.strict)
    return await call.service.filters.create(call.who, new, lambda saved: _shown(call, saved), call.once)


async def update_filter(call: Asked[schema.CodeQuery, schema.UpdateFilterRequest]) -> Reply:
    """Change the conditions of a filter, and its name where it is sent."""
    id_, change = parse_id(call.path["id"]), mapping.change(call.body, strict=call.strict)
    try:
        return await call.service.filters.change(call.who, id_, change, lambda saved: _shown(call, saved))
    except Forbidden:
        raise Forbidden(NO_PERMISSION) from None


async def delete_filter(call: Asked[NoQuery, None]) -> Reply:
    """Delete a filter for good."""
    try:
        return await call.service.filters.delete(call.who, parse_id(call.path["id"]), _deleted)
    except Forbidden:
        raise Forbidden(NO_PERMISSION) from None


async def delete_filters(call: Asked[schema.DeleteQuery, None]) -> Reply:
    """Delete several filters; those that are not there, or are somebody else's, are left out of the answer."""
    return await call.service.filters.delete_many(call.who, read_ids(call.query.ids) or (), _deleted_many)


def _editable(call: Asked[Any, Any], saved: SavedFilter) -> bool:
    return may_change(saved, call.who.user_id, admin=call.who.is_admin)


def _shown(call: Asked[schema.CodeQuery, Any], saved: SavedFilter) -> Reply:
    shown = mapping.show(saved, editable=_editable(call, saved), codes=call.query.include_field_code)
    return ok(schema.FilterResponse(data=shown))


def _deleted(saved: SavedFilter) -> Reply:
    return ok(schema.FilterDeleteResponse(data=schema.Deleted(saved.id)))


def _deleted_many(ids: tuple[int, ...]) -> Reply:
    return ok(schema.FiltersDeleteResponse(data=schema.DeletedMany(list(ids))))


_EXTENSIONS: Final = frozenset(("visible_to",))
_OTHERS: Final = (Failure(403, NO_PERMISSION),)


def _operation(method: str, path: str, **row: Any) -> Operation:
    """A row of the table: v1 words errors in its own way."""
    scope = "activities:read" if method == "GET" else "activities:write"
    help_ = {"id": "The ID of the filter."} if "{id}" in path else {}
    return Operation(method=method, path=f"/v1/filters{path}", scope=scope, path_help=help_, envelope=envelope, **row)


OPERATIONS: Final = (
    _operation(
        "GET",
        "",
        handler=get_filters,
        name="getFilters",
        summary="Get all filters",
        query=schema.ListQuery,
        reply=schema.FilterListResponse,
        cost=20,
    ),
    _operation(
        "GET",
        "/helpers",
        handler=get_filter_helpers,
        name="getFilterHelpers",
        summary="Get all filter helpers",
        reply=schema.HelpersResponse,
        cost=20,
    ),
    _operation(
        "GET",
        "/{id}",
        handler=get_filter,
        name="getFilter",
        summary="Get one filter",
        query=schema.CodeQuery,
        reply=schema.FilterResponse,
        cost=2,
    ),
    _operation(
        "POST",
        "",
        handler=add_filter,
        name="addFilter",
        summary="Add a new filter",
        query=schema.CodeQuery,
        body=schema.AddFilterRequest,
        reply=schema.FilterResponse,
        cost=10,
        extensions=_EXTENSIONS,
    ),
    _operation(
        "PUT",
        "/{id}",
        handler=update_filter,
        name="updateFilter",
        summary="Update filter",
        query=schema.CodeQuery,
        body=schema.UpdateFilterRequest,
        reply=schema.FilterResponse,
        cost=10,
        extensions=_EXTENSIONS,
        failures=_OTHERS,
    ),
    _operation(
        "DELETE",
        "/{id}",
        handler=delete_filter,
        name="deleteFilter",
        summary="Delete a filter",
        reply=schema.FilterDeleteResponse,
        cost=6,
        failures=_OTHERS,
    ),
    _operation(
        "DELETE",
        "",
        handler=delete_filters,
        name="deleteFilters",
        summary="Delete multiple filters in bulk",
        query=schema.DeleteQuery,
        reply=schema.FiltersDeleteResponse,
        cost=10,
    ),
)
