"""A write as its caller asks for it, and a deed as the audit has it. It must never write by itself."""

from collections.abc import Callable
from typing import TypeVar

from dayline.domain.audit import Action, Deed, Kind
from dayline.domain.identity import Principal
from dayline.store.unit import Facts, Needs, Once, Plan, Result, Unit

A = TypeVar("A")
V = TypeVar("V")


def unit_of(
    who: Principal,
    plan: Callable[[Facts], Plan[V]],
    render: Callable[[V], A],
    *,
    needs: Needs,
    touches: frozenset[str] = frozenset(),
    once: Once[A] | None = None,
) -> Unit[V, A]:
    """A unit of work of a caller's, whose answer is rendered from the plan's value."""

    def rendered(result: Result[V]) -> A:
        return render(result.value)

    return Unit(
        account_id=who.account_id,
        user_id=who.user_id,
        token_id=who.token_id,
        admin=who.is_admin,
        needs=needs,
        plan=plan,
        render=rendered,
        touches=touches,
        once=once,
    )


def deed_of(who: Principal | None, entity: Kind, action: Action, entity_id: int, now: int, **details: str) -> Deed:
    """What somebody, or whoever runs the program, does, with where this task comes from."""
    by, token_id = (0, 0) if who is None else (who.user_id, who.token_id)
    return Deed(entity=entity, action=action, entity_id=entity_id, at=now, by=by, token_id=token_id, details=details)
