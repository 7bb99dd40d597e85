"""What is kept of activities as they were shown: never stale, whatever is written between two looks, and bounded."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from msgspec import Raw

from dayline.domain.activity import Activity, AttendeeKind
from dayline.domain.draft import Attendance, Draft, Invited
from dayline.domain.errors import NotFound
from dayline.domain.filter import Filter, Query, Sort
from dayline.domain.identity import UserChange, UserKey
from dayline.domain.record import Record, RecordChange
from dayline.service import Directory, Rendering, Service
from dayline.service.renderings import Place, Renderings
from dayline.store.open import open_store
from tests.cast import ManualClock, Person, a_call, add_record, as_activity, key_of, log_call
from tests.conftest import Ground

EVERYONE: frozenset[AttendeeKind] = frozenset(("user", "candidate", "contact", "email"))


def shown(activity: Activity, names: Directory) -> list[object]:
    """All that a dialect could show: the activity, and every name that it can look up."""
    records = sorted((*key, record.name) for key, record in names.records.items())
    users = sorted((id_, user.name) for id_, user in names.users.items())
    mentioned = {(ref.kind, ref.id) for ref in activity.links()}
    people = activity.people()
    own = [row for row in records if (row[0], row[1]) in mentioned], [row for row in users if row[0] in people]
    return [msgspec.to_builtins(activity), *own]


ALONE = Rendering("alone", lambda activity, _: msgspec.to_builtins(activity))
NAMED = Rendering("named", shown, names="all")


@pytest.fixture
async def pair(ground: Ground, clock: ManualClock, service: Service) -> AsyncIterator[tuple[Service, Service]]:
    """Two programs on one database, each with a memory of its own."""
    store = await open_store(ground.url, clock=clock, pgbouncer=ground.pooled)
    yield service, Service(store)
    await store.close()


async def told(service: Service, who: Person, rendering: Rendering[list[object]], query: Query) -> list[object]:
    items: list[object] = []
    cursor: str | None = None
    while True:
        page = await service.activities.page(who.principal, msgspec.structs.replace(query, cursor=cursor), rendering)
        items += [msgspec.json.decode(Raw(item)) for item in page.items]  # type: ignore[call-overload]
        if (cursor := page.cursor) is None:
            return items


class Story:
    """Writes at random, through either program."""

    def __init__(self, seed: int, alice: Person, activities: list[Activity], contact: Record, bob: Person) -> None:
        self._random = random.Random(seed)
        self._alice, self._bob, self._contact = alice, bob, contact
        self._ids = [activity.id for activity in activities]

    async def step(self, service: Service) -> None:
        steps: list[Callable[[Service], Awaitable[object]]] = [
            self._say,
            self._hide,
            self._rename_record,
            self._rename_user,
            self._end,
            self._again,
            self._more,
            self._swap,
        ]
        await self._random.choice(steps)(service)

    async def _change(self, service: Service, draft: Draft) -> None:
        try:
            await service.activities.change(self._alice.principal, self._random.choice(self._ids), draft, as_activity)
        except NotFound:
            return

    async def _say(self, service: Service) -> None:
        await self._change(service, Draft(subject=f"Said {self._random.random()}"))

    async def _hide(self, service: Service) -> None:
        await self._change(service, Draft(visibility=self._random.choice(("public", "private"))))

    async def _rename_record(self, service: Service) -> None:
        change = RecordChange(name=f"Name {self._random.random()}")
        await service.records.change(self._alice.principal, key_of(self._contact), change, lambda record: record)

    async def _rename_user(self, service: Service) -> None:
        change = UserChange(name=f"Bob {self._random.random()}")
        await service.people.change(self._alice.principal, self._bob.user_id, change, lambda user: user)

    async def _end(self, service: Service) -> None:
        await service.activities.delete_many(self._alice.principal, [self._random.choice(self._ids)], lambda many: many)

    async def _again(self, service: Service) -> None:
        await service.activities.restore(self._alice.principal, self._random.choice(self._ids), as_activity)

    async def _more(self, service: Service) -> None:
        self._ids.append((await log_call(service, self._alice, subject="More")).id)

    async def _swap(self, service: Service) -> None:
        invited = (Invited(user=UserKey(self._bob.user_id, "user")),) if self._random.random() < 0.5 else ()
        await self._change(service, Draft(attendees=Attendance(EVERYONE, invited)))


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_kept_is_what_is_stored(
    pair: tuple[Service, Service], alice: Person, bob: Person, clock: ManualClock, seed: int
) -> None:
    contact = await add_record(pair[0], alice, "contact", "First name")
    invited = Attendance(EVERYONE, (Invited(record=key_of(contact)), Invited(user=UserKey(bob.user_id, "user"))))
    draft = a_call(attendees=invited, participants=((key_of(contact), True),))
    made = [await pair[0].activities.create(alice.principal, draft, as_activity) for _ in range(6)]
    story = Story(seed, alice, made, contact, bob)
    choice = random.Random(seed)
    for _ in range(60):
        clock.move(1)
        await story.step(choice.choice(pair))
        who, rendering = choice.choice((alice, bob)), choice.choice((ALONE, NAMED))
        query = Query(
            filter=Filter(deleted=choice.random() < 0.2),
            sort=Sort(choice.choice(("id", "updated_at", "due")), descending=choice.random() < 0.5),
            limit=choice.choice((2, 5, 100)),
        )
        fresh = Service(pair[0].store, rendering_bytes=0)
        expected = await told(fresh, who, rendering, query)
        assert await told(pair[0], who, rendering, query) == expected
        assert await told(pair[1], who, rendering, query) == expected


async def test_what_is_written_between_the_two_looks_is_seen_by_nobody_who_may_not(
    service: Service, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await log_call(service, alice, subject=f"Public {number}") for number in range(3)]
    look = service.store.places

    async def interrupted(*args: object) -> object:
        """A write comes after the first look at the page."""
        found = await look(*args)  # type: ignore[arg-type]
        hidden = Draft(visibility="private", subject="Not for Bob")
        await service.activities.change(alice.principal, made[1].id, hidden, as_activity)
        return found

    monkeypatch.setattr(service.store, "places", interrupted)
    page = await service.activities.page(bob.principal, Query(), ALONE)
    subjects = [msgspec.json.decode(Raw(item))["subject"] for item in page.items]
    assert subjects == ["Public 0", "Public 2"]


def test_the_memory_is_bounded_and_keeps_what_is_asked_for() -> None:
    memory = Renderings(100_000)
    often = [Place(1, 1)]
    memory.keep((1, "x"), 1, (1, 0), "a" * 1000)
    for number in range(2, 1000):
        assert memory.find((1, "x"), often, 0).keys() == {1}
        memory.keep((1, "x"), number, (1, 0), "b" * 1000)
        kept = {
            (shelf, id_): raw for half in memory.halves() for shelf, rows in half.items() for id_, raw in rows.items()
        }
        assert sum(len(memoryview(raw)) for _, raw in kept.values()) <= 100_000
    assert memory.find((1, "x"), [Place(2, 1)], 0) == {}
    assert memory.find((1, "x"), [Place(999, 2)], 0) == {}
    assert memory.find((1, "x"), [Place(999, 1)], 5) == {}
    assert memory.find((2, "x"), [Place(999, 1)], 0) == {}
    assert memory.find((1, "x"), [Place(999, 1)], 0).keys() == {999}
