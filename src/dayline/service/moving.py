"""Activities as they are elsewhere, taken in whole with the users, types and records that they mention.

It must never do more than look up what ``settling`` decides about, and write that.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from dayline.domain.activity import Activity
from dayline.domain.identity import Principal
from dayline.domain.record import KINDS, Record, RecordKey
from dayline.domain.types import ActivityType
from dayline.service.records import claims, external
from dayline.service.settling import Desk, Drafted, Item, Known, Moved, Person
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Facts, Needs, Plan

A = TypeVar("A")


class Arrived(Struct, frozen=True):
    """An outcome for each item, and the users as they are known now."""

    outcomes: Sequence[Moved]
    known: Known


class Moving:
    """The verb that takes activities in as they are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take_in(
        self, who: Principal, items: Sequence[Item], known: Known, render: Callable[[Arrived], A], *, new_ids: bool
    ) -> A:
        """Create what is not there yet, in one write. An item may mention what an earlier one, or write, told.

        All uuids must be canonical. An activity is known by its uuid, and its id must be free unless ``new_ids``: then
        it gets the next one. A user, type or record is created with its own id where that is free, and with the next
        one otherwise. A refused item harms no other. Raises Conflict when somebody else created the same meanwhile.
        """

        def plan(facts: Facts) -> Plan[Arrived]:
            desk = Desk(facts, known, new_ids=new_ids)
            outcomes = [desk.settle(item) for item in items]
            return Plan(tuple(desk.entries), Arrived(outcomes, desk.known()))

        unit = unit_of(who, plan, render, needs=_needs(items), touches=frozenset(_touches(items)))
        return await self._store.write(unit)


def _needs(items: Sequence[Item]) -> Needs:
    activities = [item for item in items if isinstance(item, Activity)]
    records = [item for item in items if isinstance(item, Record)]
    people = [item for item in items if isinstance(item, Person)]
    types = [item for item in items if isinstance(item, ActivityType)]
    drafts = [item for item in items if isinstance(item, Drafted)]
    told_users = {key.id for one in drafts for key in one.draft.user_keys()}
    told_types = {one.draft.type.value for one in drafts if not isinstance(one.draft.type, msgspec.UnsetType)}
    mentioned = {RecordKey(ref.kind, ref.uuid, "") for one in activities for ref in one.links()}
    return Needs(
        activities=tuple(one.id for one in activities),
        activity_uuids=(*(one.uuid for one in activities), *(one.uuid for one in drafts)),
        records=(
            *mentioned,
            *(key for one in records for key in _own_keys(one)),
            *(key for one in drafts for key in one.draft.record_keys()),
        ),
        external=tuple(name for one in records for name in external(one.kind, one.external_id)),
        users=(*(one.id for one in people), *told_users),
        types=(
            *(name for one in types for name in (one.id, one.key)),
            *(one.type.key for one in activities),
            *told_types,
        ),
    )


def _own_keys(record: Record) -> Iterator[RecordKey]:
    """The names that the record has. A slug is of one record, whatever its kind."""
    yield RecordKey(record.kind, record.id, "id")
    yield RecordKey(record.kind, record.uuid, "uuid")
    for kind in KINDS:
        yield RecordKey(kind, record.slug, "slug")


def _touches(items: Sequence[Item]) -> Iterator[str]:
    """What the write must have for itself: whatever it may create."""
    for item in items:
        match item:
            case Person():
                yield f"email:{item.email.strip().casefold()}"
            case ActivityType():
                yield f"type:{item.key}"
            case Record():
                own = Needs(records=tuple(_own_keys(item)), external=external(item.kind, item.external_id))
                yield from claims(own)
            case Activity(uuid=uuid):
                yield f"activity:{uuid}"
            case Drafted(uuid=uuid):
                yield f"activity:{uuid}"
            case _:
                pass
