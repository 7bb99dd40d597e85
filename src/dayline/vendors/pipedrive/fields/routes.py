"""What can be discovered of Pipedrive's fields: of activities and of what they hang on, in both APIs."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeAlias

from dayline.domain.types import ActivityType
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.vendors.pipedrive.answers import Asked, ok, v1_instant
from dayline.vendors.pipedrive.fields import mapping, schema
from dayline.vendors.pipedrive.fields.table import FIELDS, Entity
from dayline.vendors.pipedrive.mapping import parse_id
from dayline.vendors.pipedrive.schema import NextCursor
from dayline.vendors.pipedrive.v1.errors import envelope
from dayline.vendors.pipedrive.v1.schema import PagesV1

Handler: TypeAlias = Callable[[Asked[Any, Any]], Awaitable[Reply]]


async def _types(call: Asked[Any, None], entity: Entity) -> list[ActivityType]:
    """The account's types, where the entity has a field with them."""
    return await call.service.types.list(call.who) if entity == "activity" else []


async def _since(call: Asked[Any, None]) -> str:
    return v1_instant((await call.service.preferences.get(call.who)).created_at)


def list_v1(entity: Entity) -> Handler:
    """The handler that lists an entity's fields in API v1."""

    async def handle(call: Asked[schema.ListQueryV1, None]) -> Reply:
        types, since = await _types(call, entity), await _since(call)
        page, pagination = mapping.page_v1(tuple(enumerate(FIELDS[entity], start=1)), call.query)
        shown = [mapping.show_v1(row, place, types, since) for place, row in page]
        return ok(schema.FieldListResponseV1(data=shown or None, additional_data=PagesV1(pagination)))

    return handle


def get_v1(entity: Entity) -> Handler:
    """The handler that gets one of an entity's fields in API v1."""

    async def handle(call: Asked[NoQuery, None]) -> Reply:
        place, row = mapping.find_id(FIELDS[entity], parse_id(call.path["id"]))
        shown = mapping.show_v1(row, place, await _types(call, entity), await _since(call))
        return ok(schema.FieldResponseV1(data=shown))

    return handle


def list_v2(entity: Entity) -> Handler:
    """The handler that lists an entity's fields in API v2."""

    async def handle(call: Asked[schema.ListQueryV2, None]) -> Reply:
        visibility = mapping.wants_visibility(call.query.include_fields)
        page, following = mapping.page_v2(FIELDS[entity], call.query.limit, call.query.cursor)
        types = await _types(call, entity)
        shown = [mapping.show_v2(row, types, visibility=visibility) for row in page]
        return ok(schema.FieldListResponseV2(data=shown, additional_data=NextCursor(following)))

    return handle


def get_v2(entity: Entity) -> Handler:
    """The handler that gets one of an entity's fields in API v2."""

    async def handle(call: Asked[schema.GetQueryV2, None]) -> Reply:
        visibility = mapping.wants_visibility(call.query.include_fields)
        row = mapping.find_code(FIELDS[entity], call.path["field_code"])
        shown = mapping.show_v2(row, await _types(call, entity), visibility=visibility)
        return ok(schema.FieldResponseV2(data=shown))

    return handle


_SCOPES: Final[dict[Entity, str]] = {"activity": "activities:read"}
_RECORDS: Final = "records:read"
# The vendor has no single field of an activity or a lead in API v1, and no fields of leads in API v2.
_SINGLE_V1: Final[tuple[Entity, ...]] = ("deal", "person", "organization")
_LISTED_V1: Final[tuple[Entity, ...]] = ("activity", *_SINGLE_V1, "lead")
_LISTED_V2: Final[tuple[Entity, ...]] = ("activity", *_SINGLE_V1, "project")


def _v1(entity: Entity, *, single: bool) -> Operation:
    name = f"get{entity.capitalize()}Field{'' if single else 's'}"
    return Operation(
        method="GET",
        path=f"/v1/{entity}Fields" + ("/{id}" if single else ""),
        handler=get_v1(entity) if single else list_v1(entity),
        name=f"{name}V1",
        summary=f"Get one field of {entity}s, API v1" if single else f"Get all fields of {entity}s, API v1",
        scope=_SCOPES.get(entity, _RECORDS),
        query=NoQuery if single else schema.ListQueryV1,
        reply=schema.FieldResponseV1 if single else schema.FieldListResponseV1,
        cost=2 if single else 20,
        path_help={"id": "The ID of the field."} if single else {},
        envelope=envelope,
    )


def _v2(entity: Entity, *, single: bool) -> Operation:
    return Operation(
        method="GET",
        path=f"/api/v2/{entity}Fields" + ("/{field_code}" if single else ""),
        handler=get_v2(entity) if single else list_v2(entity),
        name=f"get{entity.capitalize()}Field{'' if single else 's'}",
        summary=f"Get one field of {entity}s" if single else f"Get all fields of {entity}s",
        scope=_SCOPES.get(entity, _RECORDS),
        query=schema.GetQueryV2 if single else schema.ListQueryV2,
        reply=schema.FieldResponseV2 if single else schema.FieldListResponseV2,
        cost=1 if single else 10,
        path_help={"field_code": "The name of the field."} if single else {},
    )


def _operations() -> Iterator[Operation]:
    yield from (_v1(entity, single=False) for entity in _LISTED_V1)
    yield from (_v1(entity, single=True) for entity in _SINGLE_V1)
    yield from (_v2(entity, single=single) for entity in _LISTED_V2 for single in (False, True))


OPERATIONS: Final = tuple(_operations())
