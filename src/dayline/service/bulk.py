"""Many records in one write, by what another system calls them. A refused one harms no other."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from msgspec import UNSET, Struct, UnsetType

from dayline.domain.errors import Conflict, Invalid, Problem
from dayline.domain.identity import Principal, UserKey
from dayline.domain.record import Kind, Record, RecordChange, RecordDraft, change_record, parse_uuid
from dayline.service.records import claims, created, existing, external, own_keys, refuse_taken
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")
Outcome = Literal["created", "changed", "unchanged", "refused"]


class Upsert(Struct, frozen=True, kw_only=True):
    """A record to be created, or changed where one of its kind has this external id; UNSET stays as it is.

    ``id``, ``uuid`` and ``slug`` are for a new record; an existing one must have the same.
    """

    kind: Kind
    external_id: str
    name: str | UnsetType = UNSET
    id: int | UnsetType = UNSET
    uuid: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    phone: str | None | UnsetType = UNSET
    owner_id: int | None | UnsetType = UNSET


class Upserted(Struct, frozen=True, kw_only=True):
    """What became of one of them; ``record`` is None when it was refused, and ``problems`` say why."""

    outcome: Outcome
    record: Record | None = None
    problems: tuple[Problem, ...] = ()


Item = Upsert | tuple[Problem, ...]  # what to do, or why it cannot even be tried


class Bulk:
    """The verb on many records."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def upsert(
        self,
        who: Principal,
        items: Sequence[Item],
        render: Callable[[Sequence[Upserted]], A],
        once: Once[A] | None = None,
    ) -> A:
        """Create or change each, in one write; what is already so is not written again. One outcome for each item.

        Items that come as problems are refused with them.
        """
        items = [_checked(item) for item in items]
        wanted = [item for item in items if isinstance(item, Upsert)]
        needs = _needs(wanted)

        def plan(facts: Facts) -> Plan[Sequence[Upserted]]:
            desk = _Desk(facts)
            outcomes = [desk.settle(item) for item in items]
            return Plan(tuple(desk.entries), outcomes)

        touches = claims(needs) | {existing(item.kind) for item in wanted}
        return await self._store.write(unit_of(who, plan, render, needs=needs, touches=touches, once=once))


class _Desk:
    """Settles one item after the other, and remembers what was written and which names are given away."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._claimed: set[str] = set()
        self.entries: list[Entry] = []

    def settle(self, item: Item) -> Upserted:
        if not isinstance(item, Upsert):
            return Upserted(outcome="refused", problems=item)
        try:
            return self._settled(item)
        except Invalid as error:
            return Upserted(outcome="refused", problems=error.problems)
        except Conflict as error:
            field, _, message = error.message.partition(": ")
            return Upserted(outcome="refused", problems=(Problem(field, message),))

    def _settled(self, item: Upsert) -> Upserted:
        self._refuse_claimed(item)
        before = self._facts.found.external.get((item.kind, item.external_id))
        outcome = self._created(item) if before is None else self._changed(before, item)
        self._claimed |= claims(_needs([item]))
        return outcome

    def _refuse_claimed(self, item: Upsert) -> None:
        names = {"external_id": claims(Needs(external=external(item.kind, item.external_id)))}
        for key in own_keys(_draft(item)):
            names[key.field] = names.get(key.field, frozenset()) | claims(Needs(records=(key,)))
        for field, claimed in names.items():
            if claimed & self._claimed:
                raise Conflict(f"{field}: another record of the same request has this {field}.")

    def _created(self, item: Upsert) -> Upserted:
        draft = _draft(item)
        refuse_taken(self._facts, own_keys(draft), ())
        record = created(self._facts, draft)
        self.entries.append(Entry("created", None, record))
        return Upserted(outcome="created", record=record)

    def _changed(self, before: Record, item: Upsert) -> Upserted:
        if before.deleted_at is not None:
            raise Conflict("external_id: the record with this external_id was deleted; restore it first.")
        _check_names(before, item)
        if isinstance(item.owner_id, int) and item.owner_id != before.owner_id:
            self._facts.user(UserKey(item.owner_id, "owner_id"))
        after = change_record(before, _change(item), self._facts.author.now)
        if after is before:
            return Upserted(outcome="unchanged", record=before)
        self.entries.append(Entry("changed", before, after))
        return Upserted(outcome="changed", record=after)


def _checked(item: Item) -> Item:
    """The item, unless its names cannot even be looked up."""
    try:
        if isinstance(item, Upsert):
            own_keys(_draft(item))
    except Invalid as error:
        return error.problems
    return item


def _needs(items: Sequence[Upsert]) -> Needs:
    return Needs(
        records=tuple(key for item in items for key in own_keys(_draft(item))),
        external=tuple(name for item in items for name in external(item.kind, item.external_id)),
        users=tuple({item.owner_id for item in items if isinstance(item.owner_id, int)}),
    )


def _draft(item: Upsert) -> RecordDraft:
    return RecordDraft(
        kind=item.kind,
        name=item.name or "",
        id=item.id,
        uuid=item.uuid,
        slug=item.slug,
        email=item.email or None,
        phone=item.phone or None,
        external_id=item.external_id,
        owner_id=item.owner_id or None,
    )


def _change(item: Upsert) -> RecordChange:
    return RecordChange(name=item.name, email=item.email, phone=item.phone, owner_id=item.owner_id)


def _check_names(before: Record, item: Upsert) -> None:
    """A record keeps its names: others given for it mean another record."""
    uuid = item.uuid if item.uuid is UNSET else parse_uuid(item.uuid, "uuid")
    for field, given in (("id", item.id), ("uuid", uuid), ("slug", item.slug)):
        if given is not UNSET and given != getattr(before, field):
            raise Conflict(f"{field}: the {before.kind} with this external_id has another {field}.")
