"""Records: create, get, list. A record may come with the identity it already has elsewhere."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from dayline.domain.errors import Conflict, NotFound
from dayline.domain.filter import Page, seal, unseal
from dayline.domain.identity import Principal, UserKey
from dayline.domain.record import Identity, Kind, Record, RecordDraft, RecordKey, create_record, parse_uuid
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan, Result, Unit

A = TypeVar("A")


class Records:
    """The verbs on records. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(
        self, who: Principal, draft: RecordDraft, render: Callable[[Record], A], once: Once[A] | None = None
    ) -> A:
        """Create a record. Raises Invalid, and Conflict when its id, uuid or slug is taken (by a deleted one too)."""
        keys = _own_keys(draft)

        def plan(facts: Facts) -> Plan[Record]:
            _refuse_taken(facts, keys)
            if draft.owner_id is not None:
                facts.user(UserKey(draft.owner_id, "owner_id"))
            # The rules are checked before an id is taken, so that refused writes leave no gaps.
            record = create_record(draft, 0, facts.author.now)
            counter = facts.counter
            id_ = counter.next_id(draft.kind) if draft.id is UNSET else counter.take(draft.kind, draft.id)
            record = replace(record, id=id_)
            return Plan((Entry("created", None, record),), record)

        def rendered(result: Result[Record]) -> A:
            return render(result.value)

        users = () if draft.owner_id is None else (draft.owner_id,)
        unit = Unit(
            account_id=who.account_id,
            user_id=who.user_id,
            token_id=who.token_id,
            admin=who.is_admin,
            needs=Needs(records=keys, users=users),
            plan=plan,
            render=rendered,
            touches=frozenset(f"{key.kind}:{key.field}:{key.value}" for key in keys),
            once=once,
        )
        return await self._store.write(unit)

    async def get(self, who: Principal, kind: Kind, identity: Identity) -> Record:
        """The living record that the id, uuid or slug stands for. Raises NotFound."""
        record = await self._store.record(who.account_id, kind, identity)
        if record is None or record.deleted_at is not None:
            raise NotFound("Record not found")
        return record

    async def list(self, who: Principal, kind: Kind | None, limit: int, cursor: str | None) -> Page[Record]:
        """One page of living records by kind and id. Raises Invalid for a cursor that is not of this list."""
        scope = msgspec.json.encode(("records", kind))
        after = None if cursor is None else unseal(cursor, who.account_id, who.secret, scope)
        items, last = await self._store.records(who.account_id, kind, limit, after)
        return Page(tuple(items), None if last is None else seal(last, who.account_id, who.secret, scope))


def _own_keys(draft: RecordDraft) -> tuple[RecordKey, ...]:
    """The names that the draft claims for itself."""
    given = {
        "id": draft.id,
        "uuid": draft.uuid if draft.uuid is UNSET else parse_uuid(draft.uuid, "uuid"),
        "slug": draft.slug,
    }
    return tuple(RecordKey(draft.kind, value, field) for field, value in given.items() if value is not UNSET)


def _refuse_taken(facts: Facts, keys: tuple[RecordKey, ...]) -> None:
    for key in keys:
        if (key.kind, key.value) in facts.found.records:
            raise Conflict(f"{key.field}: there is a {key.kind} with this {key.field} already.")
