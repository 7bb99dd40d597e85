"""A page that may lie beyond millions of rows, or be the next ones: of a range, by id; of a record, by a time.

No plan is good for all of these, and a database takes one for all. So what is known beforehand is used: an activity
that was made since a moment was changed since; and a page is first looked for nearby. See ``docs/decisions/0017``.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from dayline.domain.filter import Filter, Position, Query, Sort
from dayline.domain.record import Kind
from dayline.store.database import Database
from dayline.store.lists import (
    FEW,
    NEAR,
    Viewer,
    Way,
    edge_of,
    edited_of,
    links_of,
    list_activities,
    made_from,
    may_be_listed,
    may_lie_far,
    newest_of,
    next_id,
    range_of,
)
from dayline.store.statement import Call, Rows
from dayline.store.statements import IDS
from dayline.store.unit import DISORDER

_BEYOND = (1 << 63) - 1
_FURTHER = 10  # times as far each time that a page was not full
_LATEST: Final = Sort("updated_at", descending=True)


class Pages:
    """One page, for one reader at his place."""

    def __init__(
        self,
        database: Database,
        viewer: Viewer,
        related: tuple[tuple[Kind, int], ...],
        after: Position | None,
        *,
        whole: bool,
    ) -> None:
        self._database, self._viewer, self._related, self._after = database, viewer, related, after
        self._account_id, self._whole = viewer.account_id, whole

    async def rows(self, query: Query) -> Rows:
        """The rows of a page and one more."""
        if self._related and query.sort.field != "id":
            return await self._of_records(query)
        if not may_lie_far(query, self._related):
            return await self._found(query, "any")
        if await self._is_disordered():
            return await self._far(query)
        wanted = query.filter
        if wanted.created_from is not None:
            wanted = replace(wanted, created_from=None, id_from=await self._made_from(wanted.created_from))
        if wanted.updated_before is not None:
            wanted = _before(wanted, await self._made_from(wanted.updated_before))
        query = replace(query, filter=wanted)
        return await (self._far(query) if wanted.updated_from is None else self._in_two(query, wanted.updated_from))

    async def _found(self, query: Query, way: Way, edge: int | None = None) -> Rows:
        """What lies after the reader's place, looked for in one way; beyond the ``edge`` nothing is looked at."""
        call = list_activities(self._viewer, query, self._related, self._after, whole=self._whole, way=way, edge=edge)
        return await self._database.scan(call)

    async def _in_two(self, query: Query, since: int) -> Rows:
        """What was made before a moment and changed since, and what was made since: by id one comes after the other."""
        made = await self._made_from(since)
        older = replace(query, filter=replace(_before(query.filter, made), edited=True))
        least = max(made, query.filter.id_from or 0)
        newer = replace(query, filter=replace(query.filter, updated_from=None, id_from=least))
        rows: Rows = []
        for part in (newer, older) if query.sort.descending else (older, newer):
            if len(rows) <= query.limit and not self._behind(part):
                rest = replace(part, limit=query.limit - len(rows))
                rows += await self._far(rest)
        return rows

    def _behind(self, query: Query) -> bool:
        """Whether the reader has all of these ids behind him."""
        if self._after is None:
            return False
        if query.sort.descending:
            return self._after.id <= (query.filter.id_from or 0)
        return self._after.id >= (query.filter.id_before or _BEYOND) - 1

    async def _far(self, query: Query) -> Rows:
        """All of a small range; of another first what comes next, which is a bet, and only then all there is."""
        if not may_lie_far(query, ()):
            return await self._found(query, "any")
        if await self._is_small(query.filter):
            return await self._found(query, "apart")
        nearby = await self._nearby(query)
        if nearby is None:
            return []
        near = await self._found(replace(query, filter=nearby), "along")
        if len(near) > query.limit or nearby == query.filter or await self._ends(query, nearby):
            return near
        return await self._found(query, "apart")

    async def _of_records(self, query: Query) -> Rows:
        """What was changed last; else all of a record that has few, or what comes next in the order."""
        latest = await self._latest(query) if query.sort == _LATEST else None
        if latest is not None:
            return latest
        return await (self._found(query, "apart") if await self._are_few(FEW) else self._in_steps(query))

    async def _latest(self, query: Query) -> Rows | None:
        """A page among the newest activities and what was edited since then; None where it is not found so.

        What was made before these newest ones, and is not among the edited, was changed before all of them. Of several
        looks one may see what the one before did not: then there are fewer, or one that is newer than the first look.
        """
        many = query.offset + query.limit + 1
        ids, clock = await self._counter()
        if many > FEW or DISORDER in ids or not may_be_listed(query.filter):
            return None
        listed = await self._newest_and_edited(query.filter, many)
        if listed is None:
            return None
        rows = await self._found(replace(query, filter=replace(query.filter, ids=listed)), "listed")
        return rows if len(rows) > query.limit and rows[0][0] <= clock else None

    async def _newest_and_edited(self, wanted: Filter, many: int) -> tuple[int, ...] | None:
        """So many of the newest, and what was edited since the first change of these; None where that is not few."""
        last = _BEYOND if self._after is None else await self._made_from(int(self._after.value) + 1)
        newest = await self._database.scan(newest_of(self._viewer, wanted, self._related, self._after, last, many))
        if len(newest) < many:
            return None
        edited = await self._edited(min(written for _, written in newest))
        return None if edited is None else tuple({id_ for id_, *_ in (*newest, *edited)})

    async def _edited(self, since: int) -> Rows | None:
        """Which of the records' were edited since; None where so many of all were that this takes long to tell."""
        count = await self._number_in(Filter(edited=True, updated_from=since))
        if count is None or count > FEW:
            return None
        return await self._database.scan(edited_of(self._account_id, self._related, since)) if count else []

    async def _in_steps(self, query: Query) -> Rows:
        """What comes next in the order, as far as that is worth it: at last all of the record's are read, and sorted.

        Its activities may be the very last in the order, behind millions of others.
        """
        few, near = FEW, NEAR
        while True:
            edge = await self._edge(query, near)
            rows = await self._found(query, "along", edge)
            if edge is None or len(rows) > query.limit:
                return rows
            few, near = few * _FURTHER, near * _FURTHER
            if await self._are_few(few):
                return await self._found(query, "apart")

    async def _are_few(self, few: int) -> bool:
        """Whether one of these records has so few activities that all of them may be read, and sorted then."""
        for kind, id_ in self._related:
            rows = await self._database.fetch(links_of(self._account_id, kind, id_, few))
            if rows[0][0] <= few:
                return True
        return False

    async def _edge(self, query: Query, near: int) -> int | None:
        """What it is sorted by, so many activities on; None where there are not so many."""
        rows = await self._database.scan(edge_of(self._account_id, query.sort, self._after, near))
        return rows[0][0] if rows else None

    async def _is_small(self, wanted: Filter) -> bool:
        """Whether so few are in the range that all of them may be read."""
        count = await self._number_in(wanted)
        return count is not None and count <= FEW

    async def _number_in(self, wanted: Filter) -> int | None:
        """How many are in the range, counted to one more than few; None where no index has it."""
        call = range_of(self._account_id, wanted)
        return None if call is None else int((await self._database.fetch(call))[0][0])

    async def _ends(self, query: Query, nearby: Filter) -> bool:
        """Whether there are no ids beyond those nearby."""
        descending = query.sort.descending
        edge = nearby.id_from if descending else (nearby.id_before or 1) - 1
        assert edge is not None
        rows = await self._database.fetch(next_id(self._account_id, Position(edge, edge), descending=descending))
        return not rows

    async def _nearby(self, query: Query) -> Filter | None:
        """The same of the next ids alone; None where there are none, and the very same where these are all."""
        descending, wanted = query.sort.descending, query.filter
        rows = await self._database.fetch(next_id(self._account_id, self._place(query), descending=descending))
        if not rows:
            return None
        if descending:
            least = rows[0][0] - NEAR
            return wanted if least <= max(wanted.id_from or 0, 0) else replace(wanted, id_from=least)
        most = rows[0][0] + NEAR
        return wanted if most >= (wanted.id_before or _BEYOND) else replace(wanted, id_before=most)

    def _place(self, query: Query) -> Position | None:
        """Where to begin: behind what was seen, and not before what is wanted."""
        after = self._after
        if query.sort.descending:
            before = query.filter.id_before
            seen = _BEYOND if after is None else after.id
            return after if before is None or before > seen else Position(before, before)
        least = (query.filter.id_from or 1) - 1
        return after if after is not None and after.id >= least else Position(least, least)

    async def _is_disordered(self) -> bool:
        """Whether ids are not in the order in which activities were made: some were, elsewhere, and came in later."""
        return DISORDER in (await self._counter())[0]

    async def _counter(self) -> tuple[dict[str, int], int]:
        """The account's next ids, and the instant of its last change."""
        rows = await self._database.fetch(Call(IDS, [(self._account_id,)]))
        return (msgspec.json.decode(rows[0][0], type=dict[str, int]), rows[0][1]) if rows else ({}, 0)

    async def _made_from(self, instant: int) -> int:
        rows = await self._database.fetch(made_from(self._account_id, instant))
        return int(rows[0][0]) if rows else _BEYOND


def _before(wanted: Filter, id_: int) -> Filter:
    return replace(wanted, id_before=min(id_, wanted.id_before or _BEYOND))
