"""Records: create, get, list, change, delete, restore. A record may come with the identity it already has elsewhere.

Whoever is of the account sees all of them; what hangs on them he may not see. Many at once are in ``bulk``.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from dayline.domain.errors import Conflict, NotFound, Stale
from dayline.domain.filter import Page, RecordFilter, RecordQuery, seal, unseal
from dayline.domain.identity import Principal, UserKey
from dayline.domain.record import (
    KINDS,
    Kind,
    Record,
    RecordChange,
    RecordDraft,
    RecordKey,
    Standing,
    change_record,
    check_id,
    check_slug,
    create_record,
    mark_record,
    parse_uuid,
)
from dayline.service.units import unit_of
from dayline.store.lists import Viewer
from dayline.store.store import Store
from dayline.store.unit import Action, Entry, Facts, Needs, Once, Plan, Unit

A = TypeVar("A")
Render = Callable[[Record], A]


class Records:
    """The verbs on records. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(self, who: Principal, draft: RecordDraft, render: Render[A], once: Once[A] | None = None) -> A:
        """Create a record. Raises Invalid, and Conflict when one of its names is taken (by a deleted one too)."""
        keys, named = own_keys(draft), external(draft.kind, draft.external_id)

        def plan(facts: Facts) -> Plan[Record]:
            refuse_taken(facts, keys, named)
            record = created(facts, draft)
            return Plan((Entry("created", None, record),), record)

        needs = Needs(records=keys, external=named, users=_owner(draft.owner_id))
        return await self._store.write(unit_of(who, plan, render, needs=needs, touches=claims(needs), once=once))

    async def change(
        self,
        who: Principal,
        key: RecordKey,
        change: RecordChange,
        render: Render[A],
        *,
        revision: int | None = None,
    ) -> A:
        """Change what is given. Raises NotFound, Invalid, Conflict, and Stale when ``revision`` is not the stored one.

        What is already so is not written again.
        """
        named = () if change.external_id is UNSET else external(key.kind, change.external_id)

        def plan(facts: Facts) -> Plan[Record]:
            before = _living(facts, key, revision)
            taken = next((facts.found.external[name] for name in named if name in facts.found.external), before)
            if taken.id != before.id:
                raise Conflict(f"external_id: there is a {key.kind} with this external_id already.")
            if isinstance(change.owner_id, int):
                facts.user(UserKey(change.owner_id, "owner_id"))
            after = change_record(before, change, facts.author.now)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        needs = Needs(records=(key,), external=named, users=_owner(change.owner_id))
        touches = claims(needs) | {existing(key.kind)}
        return await self._store.write(unit_of(who, plan, render, needs=needs, touches=touches))

    async def delete(self, who: Principal, key: RecordKey, render: Render[A], *, revision: int | None = None) -> A:
        """Delete a record: what hangs on it keeps it, nothing new can. Raises NotFound, and Stale as in ``change``."""

        def plan(facts: Facts) -> Plan[Record]:
            before = _living(facts, key, revision)
            return _marked("deleted", before, facts)

        return await self._store.write(_unit_on(who, key, plan, render))

    async def restore(self, who: Principal, key: RecordKey, render: Render[A], once: Once[A] | None = None) -> A:
        """Bring a deleted record back; one that is not deleted stays as it is. Raises NotFound."""

        def plan(facts: Facts) -> Plan[Record]:
            before = _stored(facts, key)
            return Plan((), before) if before.deleted_at is None else _marked("restored", before, facts)

        return await self._store.write(_unit_on(who, key, plan, render, once))

    async def get(self, who: Principal, key: RecordKey) -> Record:
        """The living record that the id, uuid or slug stands for. Raises NotFound."""
        record = await self._store.record(who.account_id, key.kind, key.value)
        if record is None or record.deleted_at is not None:
            raise _not_found()
        return record

    async def by_slug(self, who: Principal, slug: str) -> Record | None:
        """The record with this slug, whatever its kind, deleted or not: what hangs on it keeps it."""
        return await self._store.record_by_slug(who.account_id, slug)

    async def list(self, who: Principal, wanted: RecordFilter, limit: int, cursor: str | None) -> Page[Record]:
        """One page of records by kind and id. Raises Invalid for a cursor that is not of this list."""
        scope = msgspec.json.encode(("records", wanted))
        after = None if cursor is None else unseal(cursor, who.account_id, who.secret, scope)
        items, last = await self._store.records(who.account_id, wanted, limit, after)
        return Page(tuple(items), None if last is None else seal(last, who.account_id, who.secret, scope))

    async def of_kind(
        self, who: Principal, wanted: RecordQuery, limit: int, *, cursor: str | None = None, offset: int = 0
    ) -> Page[Record]:
        """One page of records of one kind. ``offset`` leaves out so many of them; all of those are read.

        Raises Invalid for a cursor that is not of this list.
        """
        scope = msgspec.json.encode(("records of a kind", wanted))
        after = None if cursor is None else unseal(cursor, who.account_id, who.secret, scope)
        items, last = await self._store.records_of_kind(who.account_id, wanted, limit, offset, after)
        return Page(tuple(items), None if last is None else seal(last, who.account_id, who.secret, scope))

    async def standings(self, who: Principal, kind: Kind, ids: Sequence[int]) -> dict[int, Standing]:
        """What the caller can see hanging on each of these records."""
        viewer = Viewer(who.account_id, who.user_id, who.is_admin)
        return await self._store.standings(viewer, kind, ids) if ids else {}


def own_keys(draft: RecordDraft) -> tuple[RecordKey, ...]:
    """The names that the draft claims for itself. Raises Invalid for an id, a uuid or a slug that is none.

    Before anything is looked up by them: PostgreSQL cannot even compare with a number beyond 63 bits.
    """
    given = {
        "id": draft.id if draft.id is UNSET else check_id(draft.id),
        "uuid": draft.uuid if draft.uuid is UNSET else parse_uuid(draft.uuid, "uuid"),
    }
    keys = [RecordKey(draft.kind, value, field) for field, value in given.items() if value is not UNSET]
    # A slug is of one record, whatever its kind.
    slugs = [] if draft.slug is UNSET else [RecordKey(kind, check_slug(draft.slug), "slug") for kind in KINDS]
    return (*keys, *slugs)


def external(kind: Kind, external_id: str | None) -> tuple[tuple[Kind, str], ...]:
    """What must be looked up for an external id."""
    return () if external_id is None else ((kind, external_id),)


def refuse_taken(facts: Facts, keys: tuple[RecordKey, ...], named: tuple[tuple[Kind, str], ...]) -> None:
    """Raise Conflict when a record has one of these names."""
    for key in keys:
        if (key.kind, key.value) in facts.found.records:
            raise Conflict(f"{key.field}: there is a {key.kind} with this {key.field} already.")
    for kind, external_id in named:
        if (kind, external_id) in facts.found.external:
            raise Conflict(f"external_id: there is a {kind} with this external_id already.")


def created(facts: Facts, draft: RecordDraft) -> Record:
    """The new record with its id. Raises Invalid, and Conflict for an id that the same group was given."""
    if draft.owner_id is not None:
        facts.user(UserKey(draft.owner_id, "owner_id"))
    # The rules are checked before an id is taken, so that refused writes leave no gaps.
    record = create_record(draft, 0, facts.author.now)
    counter = facts.counter
    id_ = counter.next_id(draft.kind) if draft.id is UNSET else counter.take(draft.kind, draft.id)
    return replace(record, id=id_)


def claims(needs: Needs) -> frozenset[str]:
    """What a write of records must have for itself: the names that it may give away."""
    keys = (f"{key.kind}:{key.value}" for key in needs.records)
    return frozenset((*keys, *(f"{kind}:external_id:{external_id}" for kind, external_id in needs.external)))


def existing(kind: Kind) -> str:
    """What writes of stored records have in turn: the same record may be named to each of them in another way."""
    return f"records:{kind}"


def _unit_on(
    who: Principal,
    key: RecordKey,
    plan: Callable[[Facts], Plan[Record]],
    render: Render[A],
    once: Once[A] | None = None,
) -> Unit[Record, A]:
    """A write of one stored record."""
    touches = frozenset((existing(key.kind),))
    return unit_of(who, plan, render, needs=Needs(records=(key,)), touches=touches, once=once)


def _owner(owner_id: int | None | msgspec.UnsetType) -> tuple[int, ...]:
    return (owner_id,) if isinstance(owner_id, int) else ()


def _stored(facts: Facts, key: RecordKey) -> Record:
    record = facts.found.records.get((key.kind, key.value))
    if record is None:
        raise _not_found()
    return record


def _living(facts: Facts, key: RecordKey, revision: int | None) -> Record:
    record = _stored(facts, key)
    if record.deleted_at is not None:
        raise _not_found()
    if revision not in (None, record.revision):
        raise Stale(f"The stored revision is {record.revision}: read it again, and send your change for that one.")
    return record


def _marked(action: Action, before: Record, facts: Facts) -> Plan[Record]:
    now = facts.author.now
    after = mark_record(before, now if action == "deleted" else None, now)
    return Plan((Entry(action, before, after),), after)


def _not_found() -> NotFound:
    return NotFound("Record not found")
