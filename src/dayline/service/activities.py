"""Activities: create, change, delete, restore, get, list. What a caller may not see does not exist for him.

Whoever may see an activity may change it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from msgspec import UNSET, Raw, Struct
from msgspec.structs import replace

from dayline.domain import rules
from dayline.domain.activity import Activity, visible
from dayline.domain.draft import Draft
from dayline.domain.errors import NotFound, Stale
from dayline.domain.filter import Filter, Page, Query, scope_of, seal, unseal
from dayline.domain.identity import Principal, User
from dayline.domain.record import Kind, Record, RecordKey, new_uuid
from dayline.domain.types import ActivityType
from dayline.service.attachments import keeping, numbered
from dayline.service.counts import Counts
from dayline.service.directory import Directory
from dayline.service.filters import settled
from dayline.service.renderings import Asked, Names, Place, Rendering, Renderings
from dayline.service.units import unit_of
from dayline.store.lists import Viewer
from dayline.store.store import NameKey, Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan, Result, Unit

A = TypeVar("A")
T = TypeVar("T")
_NOBODY = Directory({}, {})


class Written(Struct, frozen=True):
    """An activity as it was just written.

    ``more_open``: another undone activity that the writer can see shares a deal, an organization or the primary person.
    ``names`` has those whom a new activity mentions. Both where they were asked for.
    """

    activity: Activity
    more_open: bool = False
    names: Directory | None = None


Render = Callable[[Written], A]


class ManyWritten(Struct, frozen=True):
    """What a write of many activities did; all by id, in the order they were named."""

    changed: tuple[int, ...]
    unchanged: tuple[int, ...]
    missing: tuple[int, ...]


class Activities:
    """The verbs on activities. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store, renderings: Renderings) -> None:
        self._store, self._renderings = store, renderings
        self._counts = Counts(store)

    async def close(self) -> None:
        """Leave off what is under way for nobody in particular: long lists that are being counted."""
        await self._counts.close()

    async def create(
        self,
        who: Principal,
        draft: Draft,
        render: Render[A],
        once: Once[A] | None = None,
        *,
        named: bool = False,
        beside: bool = False,
    ) -> A:
        """Create an activity; ``named`` asks for the names that it mentions, ``beside`` whether more is open there.

        Raises Invalid, naming a field that is wrong or an id that does not exist.
        """
        needs = _needs(draft)
        needs = replace(needs, users=(*needs.users, who.user_id)) if named else needs
        names: list[Directory] = []

        def plan(facts: Facts) -> Plan[Activity]:
            # The rules are checked before an id is taken, so that refused writes leave no gaps.
            made = rules.create(draft, 0, new_uuid(facts.author.now), facts.author, facts)
            made = numbered(replace(made, id=facts.counter.next_id("activity")), facts.counter)
            kept.note(None, made)
            names[:] = [_named(facts, draft)] if named else []
            return Plan((Entry("created", None, made),), made, beside=made if beside else None)

        def rendered(written: Written) -> A:
            return render(replace(written, names=names[0]) if names else written)

        async with keeping(self._store, who.account_id, draft.attachments) as kept:
            return await self._write(who, plan, rendered, needs=needs, once=once)

    async def change(
        self,
        who: Principal,
        id_: int,
        draft: Draft,
        render: Render[A],
        once: Once[A] | None = None,
        *,
        revision: int | None = None,
        keep: bool = False,
        check: Callable[[Activity], None] | None = None,
        beside: bool = False,
    ) -> A:
        """Change what the draft names; under ``keep`` only if that differs from what is stored.

        ``check`` is given what is stored, and may refuse the change with Invalid; ``beside`` asks whether more is open
        there.
        Raises NotFound, Invalid, and Stale when ``revision`` is not the stored one.
        """

        def plan(facts: Facts) -> Plan[Activity]:
            before = _living(facts, id_, revision)
            if check is not None:
                check(before)
            after = numbered(rules.change(before, draft, facts.author, facts), facts.counter)
            kept.note(before, after)
            if keep and rules.same(before, after):
                return Plan((), before)
            return Plan((Entry("changed", before, after),), after, beside=after if beside else None)

        async with keeping(self._store, who.account_id, draft.attachments) as kept:
            return await self._write(who, plan, render, needs=_needs(draft, id_), touches=id_, once=once)

    async def delete(
        self, who: Principal, id_: int, render: Render[A], once: Once[A] | None = None, *, revision: int | None = None
    ) -> A:
        """Delete an activity; it can be restored until it is purged. Raises NotFound, and Stale as ``change`` does."""

        def plan(facts: Facts) -> Plan[Activity]:
            before = _living(facts, id_, revision)
            after = rules.delete(before, facts.author)
            return Plan((Entry("deleted", before, after),), after)

        return await self._write(who, plan, render, needs=Needs(activities=(id_,)), touches=id_, once=once)

    async def restore(self, who: Principal, id_: int, render: Render[A], once: Once[A] | None = None) -> A:
        """Bring a deleted activity back; one that is not deleted stays as it is. Raises NotFound."""

        def plan(facts: Facts) -> Plan[Activity]:
            before = _seen(facts, id_)
            if before.deleted_at is None:
                return Plan((), before)
            after = rules.restore(before, facts.author)
            return Plan((Entry("restored", before, after),), after)

        return await self._write(who, plan, render, needs=Needs(activities=(id_,)), touches=id_, once=once)

    async def finish_many(
        self, who: Principal, ids: Sequence[int], render: Callable[[ManyWritten], A], once: Once[A] | None = None
    ) -> A:
        """Mark activities as done, in one write. What is missing or done already harms no other."""

        def finished(before: Activity, facts: Facts) -> Entry | None:
            if before.done:
                return None
            return Entry("changed", before, rules.change(before, Draft(done=True), facts.author, facts))

        return await self._write_many(who, ids, finished, render, once)

    async def delete_many(
        self, who: Principal, ids: Sequence[int], render: Callable[[ManyWritten], A], once: Once[A] | None = None
    ) -> A:
        """Delete activities, in one write. What is missing harms no other."""

        def deleted(before: Activity, facts: Facts) -> Entry | None:
            return Entry("deleted", before, rules.delete(before, facts.author))

        return await self._write_many(who, ids, deleted, render, once)

    async def id_of(self, who: Principal, uuid: str) -> int:
        """The id of the activity with this uuid; neither ever changes. Raises NotFound."""
        return (await self.get(who, uuid)).id

    async def get(self, who: Principal, identity: int | str) -> Activity:
        """The activity with this id or uuid, deleted ones too until they are purged. Raises NotFound."""
        return (await self._found(who, identity))[0]

    async def shown(self, who: Principal, identity: int | str, rendering: Rendering[T]) -> tuple[Activity, T]:
        """The same, and as a dialect shows it. That is encoded already: to be sent, not to be looked into."""
        activity, directory = await self._found(who, identity)
        kept = self._kept(who, [_place(activity)], directory, rendering)
        shown = kept or await self._render(who, [activity], directory, rendering)
        return activity, cast(T, shown[activity.id])

    async def _found(self, who: Principal, identity: int | str) -> tuple[Activity, int]:
        """The activity, and the account's directory revision in the same moment."""
        found = await self._store.activity(who.account_id, identity)
        if found is None or not visible(found[0], who.user_id, admin=who.is_admin):
            raise NotFound("Activity not found")
        return found

    async def list(self, who: Principal, query: Query) -> Page[Activity]:
        """One page of activities. Raises Invalid for a cursor that is not of this list."""
        scope = scope_of(query.filter, query.sort)
        after = None if query.cursor is None else unseal(query.cursor, who.account_id, who.secret, scope)
        related = await self._related(who, query.filter.related)
        if related is None:
            return Page((), None)
        viewer = _viewer(who)
        query = replace(query, filter=await settled(self._store, who, query.filter))
        items, last = await self._store.activities(viewer, query, related, after)
        return Page(tuple(items), None if last is None else seal(last, who.account_id, who.secret, scope))

    async def page(self, who: Principal, query: Query, rendering: Rendering[T]) -> Page[T]:
        """One page of activities as a dialect shows them. They are encoded already: to be sent, not to be looked into.

        Raises Invalid for a cursor that is not of this list.
        """
        mark = await self._store.last_change(who.account_id)  # first, so that no page is older than it says
        wanted = await settled(self._store, who, query.filter)
        asked = Asked(_viewer(who), who.secret, query, wanted.where, rendering.key)
        page = self._renderings.find_page(asked, mark)
        if page is None:
            page, at_hand = await self._page(who, query, wanted, rendering)
            if at_hand:  # pages that are read once, one after the other, would drive out what is asked for again
                self._renderings.keep_page(asked, mark, page)
        return cast(Page[T], page)

    async def _page(
        self, who: Principal, query: Query, wanted: Filter, rendering: Rendering[T]
    ) -> tuple[Page[Raw], bool]:
        """The page, and whether the bytes of all that is on it were at hand."""
        scope = scope_of(query.filter, query.sort)
        after = None if query.cursor is None else unseal(query.cursor, who.account_id, who.secret, scope)
        related = await self._related(who, query.filter.related)
        if related is None:
            return Page((), None), False
        viewer, query = _viewer(who), replace(query, filter=wanted)
        places, directory, last = await self._store.places(viewer, query, related, after)
        found = self._kept(who, places, directory, rendering)
        shown = await self._rendered(who, places, directory, rendering, found)
        if shown is None:  # something was written between the two looks: one look has to be enough
            items, last = await self._store.activities(viewer, query, related, after)
            shown = await self._render(who, items, directory, rendering)
            places = [_place(item) for item in items]
        cursor = None if last is None else seal(last, who.account_id, who.secret, scope)
        return Page(tuple(shown[id_] for id_, _, _ in places), cursor), len(found) == len(places) > 0

    async def _rendered(
        self,
        who: Principal,
        places: Sequence[Place],
        directory: int,
        rendering: Rendering[T],
        found: dict[int, Raw],
    ) -> dict[int, Raw] | None:
        """The bytes of all places, or None when they cannot be had in these revisions any more."""
        if len(found) == len(places):
            return found
        lacking = {place for place in places if place[0] not in found}
        read = await self._store.activities_by_id(who.account_id, [id_ for id_, _, _ in lacking])
        if set(map(_place, read)) != lacking:
            return None
        return found | await self._render(who, read, directory, rendering)

    def _kept(self, who: Principal, places: Sequence[Place], directory: int, rendering: Rendering[T]) -> dict[int, Raw]:
        """The bytes of those places that are kept as they are now."""
        return self._renderings.find((who.account_id, rendering.key), places, _version(directory, rendering))

    async def _render(
        self, who: Principal, activities: Sequence[Activity], directory: int, rendering: Rendering[T]
    ) -> dict[int, Raw]:
        """Show these and keep their bytes. ``directory`` was read first, so that the names are never older than it."""
        names = await self._names(who, activities, rendering.names)
        version = _version(directory, rendering)
        shelf, keep = (who.account_id, rendering.key), self._renderings.keep
        return {
            one.id: keep(shelf, one.id, (one.revision, one.updated_at, version), rendering.show(one, names))
            for one in activities
        }

    async def _names(self, who: Principal, activities: Sequence[Activity], wanted: Names) -> Directory:
        if wanted == "none":
            return _NOBODY
        if wanted == "attendees":
            return await self.directory(who, activities)
        return await self.whole_directory(who, activities, types=True)

    async def count(self, who: Principal, wanted: Filter) -> int:
        """How many activities a list with this filter has on all its pages."""
        related = await self._related(who, wanted.related)
        if related is None:
            return 0
        wanted = await settled(self._store, who, wanted)
        viewer = _viewer(who)
        return await self._counts.find(viewer, wanted, related)

    async def directory(self, who: Principal, activities: Sequence[Activity]) -> Directory:
        """The records and users behind the attendees of these activities."""
        attendees = [attendee for activity in activities for attendee in activity.attendees]
        keys = [(attendee.ref.kind, attendee.ref.id) for attendee in attendees if attendee.ref is not None]
        ids = [attendee.user_id for attendee in attendees if attendee.user_id is not None]
        return await self._directory(who.account_id, (*keys, *ids))

    async def whole_directory(
        self, who: Principal, activities: Sequence[Activity], *, types: bool = False
    ) -> Directory:
        """Every record and user that these activities mention; ``types`` asks for their types, too."""
        return await self.names_in(who.account_id, activities, types=types)

    async def names_in(self, account_id: int, activities: Sequence[Activity], *, types: bool = False) -> Directory:
        """The same for who has these activities already, and asks for nobody."""
        keys = [(ref.kind, ref.id) for activity in activities for ref in activity.links()]
        ids = [id_ for activity in activities for id_ in (*activity.people(), activity.editor_id)]
        of_types = [activity.type.key for activity in activities] if types else []
        return await self._directory(account_id, (*keys, *ids, *of_types))

    async def _directory(self, account_id: int, keys: Iterable[NameKey]) -> Directory:
        found = (await self._store.names(account_id, dict.fromkeys(keys))).values()
        return Directory(
            {(one.kind, one.id): one for one in found if isinstance(one, Record)},
            {one.id: one for one in found if isinstance(one, User)},
            {one.key: one for one in found if isinstance(one, ActivityType)},
        )

    async def _related(self, who: Principal, keys: Sequence[RecordKey]) -> tuple[tuple[Kind, int], ...] | None:
        """Kind and id of each record, or None when one does not exist: then nothing hangs on it."""
        found: list[tuple[Kind, int]] = []
        for key in keys:
            if isinstance(key.value, int):
                found.append((key.kind, key.value))
                continue
            record = await self._store.record(who.account_id, key.kind, key.value)
            if record is None:
                return None
            found.append((record.kind, record.id))
        return tuple(found)

    async def _write(
        self,
        who: Principal,
        plan: Callable[[Facts], Plan[Activity]],
        render: Render[A],
        *,
        needs: Needs,
        touches: int | None = None,
        once: Once[A] | None = None,
    ) -> A:
        def rendered(result: Result[Activity]) -> A:
            return render(Written(result.value, result.more_open))

        unit = Unit(
            account_id=who.account_id,
            user_id=who.user_id,
            token_id=who.token_id,
            admin=who.is_admin,
            needs=needs,
            plan=plan,
            render=rendered,
            touches=frozenset() if touches is None else frozenset((f"activity:{touches}",)),
            once=once,
        )
        return await self._store.write(unit)

    async def _write_many(
        self,
        who: Principal,
        ids: Sequence[int],
        write: Callable[[Activity, Facts], Entry | None],
        render: Callable[[ManyWritten], A],
        once: Once[A] | None,
    ) -> A:
        """Write what ``write`` makes of each activity that the caller can see; None is nothing to write."""
        wanted = tuple(dict.fromkeys(ids))

        def plan(facts: Facts) -> Plan[ManyWritten]:
            living = {id_: before for id_ in wanted if (before := _found(facts, id_)) is not None}
            entries = {id_: entry for id_, before in living.items() if (entry := write(before, facts)) is not None}
            unchanged = tuple(id_ for id_ in living if id_ not in entries)
            missing = tuple(id_ for id_ in wanted if id_ not in living)
            return Plan(tuple(entries.values()), ManyWritten(tuple(entries), unchanged, missing))

        touches = frozenset(f"activity:{id_}" for id_ in wanted)
        unit = unit_of(who, plan, render, needs=Needs(activities=wanted), touches=touches, once=once)
        return await self._store.write(unit)


def _place(activity: Activity) -> Place:
    return activity.id, activity.revision, activity.updated_at


def _viewer(who: Principal) -> Viewer:
    return Viewer(who.account_id, who.user_id, who.is_admin)


def _version(directory: int, rendering: Rendering[Any]) -> int:
    """What the bytes depend on beside the activity."""
    return 0 if rendering.names == "none" else directory


def _needs(draft: Draft, id_: int | None = None) -> Needs:
    return Needs(
        activities=() if id_ is None else (id_,),
        records=tuple(draft.record_keys()),
        users=tuple(key.id for key in draft.user_keys()),
        types=() if draft.type is UNSET else (draft.type.value,),
    )


def _named(facts: Facts, draft: Draft) -> Directory:
    """The records, users and type that the draft names, and who writes."""
    found = [facts.found.records.get((key.kind, key.value)) for key in draft.record_keys()]
    ids = {facts.author.user_id, *(key.id for key in draft.user_keys())}
    users = {id_: facts.found.users[id_] for id_ in ids if id_ in facts.found.users}
    type_ = None if draft.type is UNSET else facts.found.types.get(draft.type.value)
    types = {} if type_ is None else {type_.key: type_}
    return Directory({(record.kind, record.id): record for record in found if record is not None}, users, types)


def _seen(facts: Facts, id_: int) -> Activity:
    activity = facts.activity(id_)
    if activity is None or not visible(activity, facts.author.user_id, admin=facts.admin):
        raise NotFound("Activity not found")
    return activity


def _found(facts: Facts, id_: int) -> Activity | None:
    try:
        return _living(facts, id_)
    except NotFound:
        return None


def _living(facts: Facts, id_: int, revision: int | None = None) -> Activity:
    activity = _seen(facts, id_)
    if activity.deleted_at is not None:
        raise NotFound("Activity not found")
    if revision not in (None, activity.revision):
        raise Stale(f"The stored revision is {activity.revision}: read it again, and send your change for that one.")
    return activity
