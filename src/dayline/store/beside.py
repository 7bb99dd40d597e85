"""Whether something else is still planned beside what a group of writes has written.

It is asked in the same statement as the writes, which does not see what they write; so what the group writes is left
out of the question, and looked at here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeAlias

from dayline.domain.activity import Activity, visible
from dayline.store import statements
from dayline.store.rows import context_of
from dayline.store.statement import Call, as_json
from dayline.store.unit import Plan, Unit

Written: TypeAlias = Sequence[tuple[Unit[Any, Any], Plan[Any]]]
"""Units of one account that share nothing, with what they write."""
Hanging: TypeAlias = dict[tuple[str, int], list[Activity]]
"""The open activities that hang on a record, by its kind and id."""


def ask_beside(account_id: int, written: Written) -> list[Call]:
    """The call that finds the places of the units whose author sees an older open one; none where nobody asks."""
    asked = [
        (place, ref.kind, ref.id, plan.beside.id, int(unit.admin), unit.user_id)
        for place, (unit, plan) in enumerate(written)
        if plan.beside is not None
        for ref in context_of(plan.beside)
    ]
    if not asked:
        return []
    given = (as_json(rows) for rows in (asked, [(id_,) for id_, _ in _states(written)]))
    return [Call(statements.BESIDE, [(account_id, *given)])]


def beside(written: Written, found: Collection[int]) -> list[bool]:
    """For each unit, whether its author can see another open activity beside the one it asks about.

    ``found`` has the places for which the database knows one that this group has not written.
    """
    if all(plan.beside is None for _, plan in written):
        return [False] * len(written)
    hanging: Hanging = defaultdict(list)
    for _, state in _states(written):
        if state is not None and state.open:
            for ref in state.links():
                hanging[ref.kind, ref.id].append(state)
    return [place in found or _is_beside(unit, plan.beside, hanging) for place, (unit, plan) in enumerate(written)]


def _is_beside(unit: Unit[Any, Any], activity: Activity | None, hanging: Hanging) -> bool:
    if activity is None:
        return False
    near = (other for ref in context_of(activity) for other in hanging.get((ref.kind, ref.id), ()))
    return any(other.id != activity.id and visible(other, unit.user_id, admin=unit.admin) for other in near)


def _states(written: Written) -> Iterator[tuple[int, Activity | None]]:
    """Each activity that is written, by its id, as it is afterwards."""
    for _, plan in written:
        for entry in plan.entries:
            if isinstance(entry.entity, Activity):
                yield entry.entity.id, entry.entity if entry.after is not None else None
