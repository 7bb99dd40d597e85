"""Writes of an erasure, in the name of whoever asked for it. It must never write outside of a unit."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from dayline.service.erasing_work import Run
from dayline.service.identity import NOBODY
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Plan, Unit

Entries: TypeAlias = tuple[Entry, ...]


async def write(
    store: Store, run: Run, needs: Needs, plan: Callable[[Facts], Plan[None]], touches: Iterable[str]
) -> Entries:
    """Have a plan written; give what was. Raises Unavailable."""

    def noted(facts: Facts) -> Plan[Entries]:
        made = plan(facts)
        return Plan(made.entries, made.entries)

    unit: Unit[Entries, Entries] = Unit(
        account_id=run.account_id,
        user_id=run.user_id,
        token_id=NOBODY,
        admin=True,
        needs=needs,
        plan=noted,
        render=lambda result: result.value,
        touches=frozenset(touches),
    )
    return await store.write(unit)
