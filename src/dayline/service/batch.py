"""Many new activities in one write: each is created or refused, or all of them are.

It must never change one that is there.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from dayline.domain import rules
from dayline.domain.activity import Activity
from dayline.domain.draft import Draft
from dayline.domain.errors import Invalid, Problem
from dayline.domain.identity import Principal
from dayline.domain.record import new_uuid
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")
_MOST: Final = 20  # problems in an error, which must not grow with what is sent
Item: TypeAlias = Draft | tuple[Problem, ...]
"""What to create, without attachments; or why it cannot even be tried."""
Outcome: TypeAlias = Activity | tuple[Problem, ...]
"""What was created, or why it was refused."""


class Batch:
    """The verb on many new activities."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(
        self,
        who: Principal,
        items: Sequence[Item],
        render: Callable[[Sequence[Outcome]], A],
        once: Once[A] | None = None,
        *,
        whole: bool = False,
        field: str = "",
    ) -> A:
        """Create them in order, in one write. One outcome for each.

        Under ``whole`` nothing is created where one is refused: it raises Invalid, whose problems are told by the place
        of their item in ``field``, such as ``activities[2].type``.
        """

        def plan(facts: Facts) -> Plan[Sequence[Outcome]]:
            outcomes = [_made(item, facts) for item in items]
            if whole and (problems := _placed(outcomes, field)):
                raise Invalid(*problems)
            # Ids are taken last, so that refused writes leave no gaps.
            outcomes = [_numbered(outcome, facts) for outcome in outcomes]
            entries = tuple(Entry("created", None, made) for made in outcomes if isinstance(made, Activity))
            return Plan(entries, outcomes)

        drafts = [item for item in items if isinstance(item, Draft)]
        return await self._store.write(unit_of(who, plan, render, needs=_needs(drafts), once=once))


def _made(item: Item, facts: Facts) -> Outcome:
    if not isinstance(item, Draft):
        return item
    try:
        return rules.create(item, 0, new_uuid(facts.author.now), facts.author, facts)
    except Invalid as error:
        return error.problems


def _numbered(outcome: Outcome, facts: Facts) -> Outcome:
    return replace(outcome, id=facts.counter.next_id("activity")) if isinstance(outcome, Activity) else outcome


def _placed(outcomes: Sequence[Outcome], field: str) -> list[Problem]:
    """The first problems, each told by the place of its item."""
    refused = ((place, outcome) for place, outcome in enumerate(outcomes) if not isinstance(outcome, Activity))
    told = (
        replace(one, field=f"{field}[{place}].{one.field}".rstrip("."))
        for place, problems in refused
        for one in problems
    )
    return list(islice(told, _MOST))


def _needs(drafts: Sequence[Draft]) -> Needs:
    return Needs(
        records=tuple({key for draft in drafts for key in draft.record_keys()}),
        users=tuple({key.id for draft in drafts for key in draft.user_keys()}),
        types=tuple({draft.type.value for draft in drafts if draft.type is not UNSET}),
    )
