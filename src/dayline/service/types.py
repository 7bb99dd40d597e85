"""The activity types of an account. A type is never removed: activities remember it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.errors import Conflict, NotFound, Stale
from dayline.domain.identity import Principal
from dayline.domain.types import ActivityType, TypeChange, change_type, check_type, key_from
from dayline.service.people import check_admin
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")


class NewType(Struct, frozen=True, kw_only=True):
    """A type of the account's own. ``order`` is where lists show it; at the end when None."""

    label: str
    icon: str = ""
    colour: str = ""
    order: int | None = None


class Types:
    """The verbs on activity types. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, who: Principal) -> list[ActivityType]:
        """Every type in its order, inactive ones too."""
        return [*await self.every(who.account_id)]

    async def every(self, account_id: int) -> Sequence[ActivityType]:
        """The same for who asks for nobody."""
        return sorted(await self._store.types(account_id), key=lambda type_: (type_.order, type_.id))

    async def create(
        self, who: Principal, new: NewType, render: Callable[[ActivityType], A], once: Once[A] | None = None
    ) -> A:
        """Add a type. Raises Forbidden, Invalid, and Conflict when there is one with the key that follows."""
        check_admin(who)
        key = key_from(new.label)

        def plan(facts: Facts) -> Plan[ActivityType]:
            if key in facts.found.types:
                raise Conflict(f"There is an activity type with the key {key} already.")
            made = ActivityType(
                id=0,
                key=key,
                label=new.label.strip(),
                icon=new.icon,
                colour=new.colour,
                order=new.order or 0,
                custom=True,
                created_at=facts.author.now,
                updated_at=facts.author.now,
            )
            check_type(made)
            id_ = facts.counter.next_id("type")
            made = replace(made, id=id_, order=id_ if new.order is None else new.order)
            return Plan((Entry("created", None, made),), made)

        touches = frozenset((f"type:{key}",))
        unit = unit_of(who, plan, render, needs=Needs(types=(key,)), touches=touches, once=once)
        return await self._store.write(unit)

    async def change(
        self,
        who: Principal,
        name: int | str,
        change: TypeChange,
        render: Callable[[ActivityType], A],
        *,
        revision: int | None = None,
    ) -> A:
        """Change what is given of the type with this id or key.

        Raises Forbidden, NotFound, Invalid, Stale, and Conflict for a built-in one that would become inactive.
        """
        check_admin(who)

        def plan(facts: Facts) -> Plan[ActivityType]:
            before = facts.found.types.get(name)
            if before is None:
                raise NotFound("Activity type not found")
            if revision not in (None, before.revision):
                raise Stale(f"The stored revision is {before.revision}: read it again, and send your change for that.")
            after = change_type(before, change, facts.author.now)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        # One name for all: the same type may be named to each write in another way.
        unit = unit_of(who, plan, render, needs=Needs(types=(name,)), touches=frozenset(("types",)))
        return await self._store.write(unit)

    async def retire(
        self, who: Principal, ids: Sequence[int], render: Callable[[tuple[int, ...]], A], once: Once[A] | None = None
    ) -> A:
        """Make types inactive, in one write; the answer is of those that were not. What is missing harms no other.

        Raises Forbidden, and Conflict for a built-in one.
        """
        check_admin(who)

        def plan(facts: Facts) -> Plan[tuple[int, ...]]:
            found = [facts.found.types[id_] for id_ in dict.fromkeys(ids) if id_ in facts.found.types]
            pairs = [(before, change_type(before, TypeChange(active=False), facts.author.now)) for before in found]
            retired = [(before, after) for before, after in pairs if after is not before]
            return Plan(tuple(Entry("changed", *pair) for pair in retired), tuple(after.id for _, after in retired))

        unit = unit_of(who, plan, render, needs=Needs(types=tuple(ids)), touches=frozenset(("types",)), once=once)
        return await self._store.write(unit)
