"""Saved filters: create, change, delete, get, list, and the conditions of one for a list of activities.

What a caller may not see does not exist for him. It must never read an activity.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.condition import Group, Today, needs_today, record_keys, settle
from dayline.domain.errors import Forbidden, NotFound
from dayline.domain.filter import Filter
from dayline.domain.identity import Principal
from dayline.domain.record import Kind
from dayline.domain.saved import FilterChange, SavedFilter, change_filter, check_filter, may_change, may_use
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")
_MISSING = "Filter not found"


class NewFilter(Struct, frozen=True, kw_only=True):
    """A filter to be saved. ``shared`` is for everybody in the account."""

    name: str
    where: Group
    shared: bool = False


class Filters:
    """The verbs on saved filters. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def conditions(self, who: Principal, id_: int) -> Group:
        """What the filter with this id asks of activities: the ``where`` of a list. Raises NotFound."""
        return (await self.get(who, id_)).where

    async def get(self, who: Principal, id_: int) -> SavedFilter:
        """The filter with this id. Raises NotFound."""
        saved = await self._store.saved_filter(who.account_id, id_)
        if saved is None or not may_use(saved, who.user_id, admin=who.is_admin):
            raise NotFound(_MISSING)
        return saved

    async def list(self, who: Principal) -> list[SavedFilter]:
        """Every filter that the caller may use, by id."""
        found = await self._store.saved_filters(who.account_id)
        usable = [saved for saved in found if may_use(saved, who.user_id, admin=who.is_admin)]
        return sorted(usable, key=lambda saved: saved.id)

    async def create(
        self, who: Principal, new: NewFilter, render: Callable[[SavedFilter], A], once: Once[A] | None = None
    ) -> A:
        """Save a filter. Raises Invalid."""

        def plan(facts: Facts) -> Plan[SavedFilter]:
            now = facts.author.now
            made = SavedFilter(
                id=0,
                name=new.name.strip(),
                owner_id=who.user_id,
                where=new.where,
                shared=new.shared,
                created_at=now,
                updated_at=now,
            )
            check_filter(made)
            made = replace(made, id=facts.counter.next_id("filter"))
            return Plan((Entry("created", None, made),), made)

        return await self._store.write(unit_of(who, plan, render, needs=Needs(), once=once))

    async def change(self, who: Principal, id_: int, change: FilterChange, render: Callable[[SavedFilter], A]) -> A:
        """Change what is given. Raises NotFound, Invalid, and Forbidden when it is somebody else's."""

        def plan(facts: Facts) -> Plan[SavedFilter]:
            before = _own(facts, id_)
            after = change_filter(before, change, facts.author.now)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        return await self._store.write(
            unit_of(who, plan, render, needs=Needs(filters=(id_,)), touches=frozenset((f"filter:{id_}",)))
        )

    async def delete(self, who: Principal, id_: int, render: Callable[[SavedFilter], A]) -> A:
        """Delete a filter for good. Raises NotFound, and Forbidden when it is somebody else's."""

        def plan(facts: Facts) -> Plan[SavedFilter]:
            before = _own(facts, id_)
            return Plan((Entry("deleted", before, None),), before)

        return await self._store.write(
            unit_of(who, plan, render, needs=Needs(filters=(id_,)), touches=frozenset((f"filter:{id_}",)))
        )

    async def delete_many(self, who: Principal, ids: Sequence[int], render: Callable[[tuple[int, ...]], A]) -> A:
        """Delete those of these filters that the caller may change, for good; gives their ids in the order named."""
        wanted = tuple(dict.fromkeys(ids))

        def plan(facts: Facts) -> Plan[tuple[int, ...]]:
            found = [saved for id_ in wanted if (saved := facts.found.filters.get(id_)) is not None]
            own = [saved for saved in found if may_change(saved, who.user_id, admin=who.is_admin)]
            return Plan(tuple(Entry("deleted", saved, None) for saved in own), tuple(saved.id for saved in own))

        touches = frozenset(f"filter:{id_}" for id_ in wanted)
        return await self._store.write(unit_of(who, plan, render, needs=Needs(filters=wanted), touches=touches))


async def settled(store: Store, who: Principal, wanted: Filter) -> Filter:
    """The filter of a list with its conditions as they are now and for this caller, in whose zone the days begin."""
    if wanted.where is None:
        return wanted
    ids: dict[tuple[Kind, str], int] = {}
    for key in record_keys(wanted.where):
        record = await store.record(who.account_id, key.kind, key.value)
        if record is not None:
            ids[key.kind, str(key.value)] = record.id
    users = await store.users_by_id(who.account_id, [who.user_id]) if needs_today(wanted.where) else []
    today = Today(store.clock(), users[0].zone if users else "UTC")
    return replace(wanted, where=settle(wanted.where, today, ids))


def _own(facts: Facts, id_: int) -> SavedFilter:
    user_id, admin = facts.author.user_id, facts.admin
    saved = facts.found.filters.get(id_)
    if saved is None or not may_use(saved, user_id, admin=admin):
        raise NotFound(_MISSING)
    if not may_change(saved, user_id, admin=admin):
        raise Forbidden("Only its owner and admins may change a filter.")
    return saved
