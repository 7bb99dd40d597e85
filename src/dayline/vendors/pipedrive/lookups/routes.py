"""The handlers of persons, deals, organizations and projects, which are one, and the table of operations."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from dayline.domain.errors import Forbidden, NotFound
from dayline.domain.filter import RecordQuery
from dayline.domain.record import Kind, Record, RecordKey, Standing
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.vendors.pipedrive.answers import Asked, may_read_activities, ok
from dayline.vendors.pipedrive.lookups import leads, mapping, schema
from dayline.vendors.pipedrive.mapping import parse_id
from dayline.vendors.pipedrive.schema import NextCursor

_NONE: Final[frozenset[str]] = frozenset()
_NOT_COUNTED: Final = Standing()


class _Entity(Struct, frozen=True, kw_only=True):
    """One kind of record: what the vendor calls it, and its shapes. Without ``single`` nothing can be included."""

    kind: Kind
    name: str
    show: Callable[[Record, Standing, frozenset[str]], Struct]
    add: type[Struct]
    update: type[Struct]
    listed: type[Struct]
    single: type[Struct] = NoQuery
    reply: Callable[..., Struct]
    page: Callable[..., Struct]

    async def list(self, call: Asked[Any, None]) -> Reply:
        """List them, a page at a time."""
        names, wanted = _included(call.query), self._wanted(call.query)
        page = await call.service.records.of_kind(call.who, wanted, call.query.limit, cursor=call.query.cursor)
        standings = await _standings(call, page.items, names)
        shown = [self.show(record, standings.get(record.id, _NOT_COUNTED), names) for record in page.items]
        return ok(self.page(data=shown, additional_data=NextCursor(page.cursor)))

    async def get(self, call: Asked[Any, None]) -> Reply:
        """Get one of them."""
        names, key = _included(call.query), self._key(call)
        try:
            record = await call.service.records.get(call.who, key)
        except NotFound:
            raise self._missing() from None
        standings = await _standings(call, [record], names)
        return ok(self.reply(data=self.show(record, standings.get(record.id, _NOT_COUNTED), names)))

    async def create(self, call: Asked[NoQuery, Any]) -> Reply:
        """Add one."""
        draft = mapping.new_draft(self.kind, call.body, call.who.user_id)
        return await call.service.records.create(call.who, draft, self._shown, call.once)

    async def change(self, call: Asked[NoQuery, Any]) -> Reply:
        """Change the fields that are sent."""
        try:
            return await call.service.records.change(call.who, self._key(call), mapping.change(call.body), self._shown)
        except NotFound:
            raise self._missing() from None

    def _wanted(self, query: Any) -> RecordQuery:
        if isinstance(query, schema.ListQuery):
            return mapping.read_list(self.kind, query)
        return RecordQuery(kind=self.kind)

    def _key(self, call: Asked[Any, Any]) -> RecordKey:
        return RecordKey(self.kind, parse_id(call.path["id"]), "id")

    def _shown(self, record: Record) -> Reply:
        return ok(self.reply(data=self.show(record, _NOT_COUNTED, _NONE)))

    def _missing(self) -> NotFound:
        return NotFound(f"{self.name} not found")


def _included(query: Any) -> frozenset[str]:
    return mapping.included(query.include_fields) if isinstance(query, schema.GetQuery) else _NONE


async def _standings(call: Asked[Any, None], records: Sequence[Record], names: frozenset[str]) -> dict[int, Standing]:
    if names and not may_read_activities(call.who):
        raise Forbidden("the credential lacks the scope activities:read")
    if not names or not records:
        return {}
    return await call.service.records.standings(call.who, records[0].kind, [record.id for record in records])


_ENTITIES: Final = (
    _Entity(
        kind="contact",
        name="Person",
        show=mapping.show_person,
        add=schema.AddPersonRequest,
        update=schema.UpdatePersonRequest,
        listed=schema.ListQuery,
        single=schema.GetQuery,
        reply=schema.PersonResponse,
        page=schema.PersonListResponse,
    ),
    _Entity(
        kind="deal",
        name="Deal",
        show=mapping.show_deal,
        add=schema.AddTitledRequest,
        update=schema.UpdateTitledRequest,
        listed=schema.DealListQuery,
        single=schema.GetQuery,
        reply=schema.DealResponse,
        page=schema.DealListResponse,
    ),
    _Entity(
        kind="organization",
        name="Organization",
        show=mapping.show_organization,
        add=schema.AddNamedRequest,
        update=schema.UpdateNamedRequest,
        listed=schema.ListQuery,
        single=schema.GetQuery,
        reply=schema.OrganizationResponse,
        page=schema.OrganizationListResponse,
    ),
    _Entity(
        kind="project",
        name="Project",
        show=mapping.show_project,
        add=schema.AddTitledRequest,
        update=schema.UpdateTitledRequest,
        listed=schema.ProjectListQuery,
        reply=schema.ProjectResponse,
        page=schema.ProjectListResponse,
    ),
)


def _operations(entity: _Entity) -> Iterator[Operation]:
    name, path = entity.name, f"/api/v2/{entity.name.lower()}s"
    item, id_ = f"{path}/{{id}}", {"id": f"The ID of the {entity.name.lower()}."}
    yield Operation(
        method="GET",
        path=path,
        handler=entity.list,
        name=f"get{name}s",
        summary=f"Get all {name.lower()}s",
        scope="records:read",
        query=entity.listed,
        reply=entity.page,
        cost=10,
    )
    yield Operation(
        method="GET",
        path=item,
        handler=entity.get,
        name=f"get{name}",
        summary=f"Get details of a {name.lower()}",
        scope="records:read",
        query=entity.single,
        reply=entity.reply,
        cost=1,
        path_help=id_,
    )
    yield Operation(
        method="POST",
        path=path,
        handler=entity.create,
        name=f"add{name}",
        summary=f"Add a new {name.lower()}",
        scope="records:write",
        body=entity.add,
        reply=entity.reply,
        cost=5,
    )
    yield Operation(
        method="PATCH",
        path=item,
        handler=entity.change,
        name=f"update{name}",
        summary=f"Update a {name.lower()}",
        scope="records:write",
        body=entity.update,
        reply=entity.reply,
        cost=5,
        path_help=id_,
    )


OPERATIONS: Final = (*(row for entity in _ENTITIES for row in _operations(entity)), *leads.OPERATIONS)
