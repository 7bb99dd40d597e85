"""What is kept of activities as they were shown: never stale, whatever is written between two looks, and bounded."""

import datetime as dt
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from dayline.domain.activity import Activity, AttendeeKind
from dayline.domain.condition import Condition, Group
from dayline.domain.draft import Attendance, Draft, Invited
from dayline.domain.errors import Invalid, NotFound
from dayline.domain.filter import Filter, Page, Query, Sort
from dayline.domain.identity import UserChange, UserKey
from dayline.domain.record import Record, RecordChange
from dayline.domain.types import TypeChange
from dayline.service import Directory, Rendering, Service
from dayline.service.renderings import Asked, Renderings
from dayline.store.lists import Viewer
from dayline.store.open import open_store
from tests.cast import ManualClock, Person, a_call, add_record, as_activity, key_of, log_call
from tests.conftest import Ground


def date_of(instant: int) -> dt.date:
    return dt.datetime.fromtimestamp(instant / 1000, dt.UTC).date()


EVERYONE: frozenset[AttendeeKind] = frozenset(("user", "candidate", "contact", "email"))


def shown(activity: Activity, names: Directory) -> list[object]:
    """All that a dialect could show: the activity, and every name that it can look up."""
    records = sorted((*key, record.name) for key, record in names.records.items())
    users = sorted((id_, user.name) for id_, user in names.users.items())
    mentioned = {(ref.kind, ref.id) for ref in activity.links()}
    people = activity.people()
    type_ = names.types[activity.type.key].label
    own = [row for row in records if (row[0], row[1]) in mentioned], [row for row in users if row[0] in people]
    return [msgspec.to_builtins(activity), type_, *own]


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
        page = await service.activities.page(who.principal, replace(query, cursor=cursor), rendering)
        items += [msgspec.json.decode(Raw(item)) for item in page.items]  # type: ignore[call-overload]
        if (cursor := page.cursor) is None:
            return items


async def told_one(service: Service, who: Person, rendering: Rendering[list[Any]], id_: int) -> list[Any] | None:
    """One activity as it is shown, None where there is none for him."""
    try:
        _, shown = await service.activities.shown(who.principal, id_, rendering)
    except NotFound:
        return None
    return msgspec.json.decode(Raw(shown))  # type: ignore[call-overload,no-any-return]


class Story:
    """Writes at random, through either program."""

    def __init__(self, seed: int, alice: Person, activities: list[Activity], contact: Record, bob: Person) -> None:
        self._random = random.Random(seed)
        self._alice, self._bob, self._contact = alice, bob, contact
        self._ids = [activity.id for activity in activities]

    def one(self) -> int:
        """The id of any of them."""
        return self._random.choice(self._ids)

    async def step(self, service: Service) -> None:
        steps: list[Callable[[Service], Awaitable[object]]] = [
            self._say,
            self._hide,
            self._rename_record,
            self._rename_user,
            self._rename_type,
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

    async def _rename_type(self, service: Service) -> None:
        change = TypeChange(label=f"Call {self._random.random()}")
        await service.types.change(self._alice.principal, "call", change, lambda type_: type_)

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
    lists = [
        (who, rendering, Query(filter=Filter(deleted=deleted), sort=sort, limit=limit))
        for who, rendering, deleted, sort, limit in (
            (alice, ALONE, False, Sort(), 100),
            (bob, ALONE, False, Sort(), 5),
            (alice, NAMED, False, Sort(choice.choice(("updated_at", "due")), descending=True), 2),
            (bob, NAMED, choice.random() < 0.5, Sort(descending=True), 5),
        )
    ]
    for _ in range(60):
        clock.move(1)
        await story.step(choice.choice(pair))
        fresh = Service(pair[0].store, rendering_bytes=0)
        for who, rendering, query in choice.sample(lists, 2):
            expected = await told(fresh, who, rendering, query)
            for _ in range(3):  # shown, then kept whole, then taken as it is
                assert await told(pair[0], who, rendering, query) == expected
                assert await told(pair[1], who, rendering, query) == expected
            id_ = story.one()
            alone = await told_one(fresh, who, rendering, id_)
            assert await told_one(pair[0], who, rendering, id_) == alone
            assert await told_one(pair[1], who, rendering, id_) == alone


@pytest.fixture
def looks(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """How often it was looked for what is on a page."""
    seen: list[object] = []
    look = service.store.places

    async def counted(*args: object) -> object:
        seen.append(args)
        return await look(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(service.store, "places", counted)
    return seen


async def kept(
    service: Service, who: Person, query: Query, rendering: Rendering[list[object]] = ALONE
) -> Page[list[object]]:
    """Ask for a page until it is kept whole."""
    for _ in range(3):
        page = await service.activities.page(who.principal, query, rendering)
    return page


async def test_while_nothing_is_written_a_page_is_not_looked_for(
    pair: tuple[Service, Service], alice: Person, looks: list[object]
) -> None:
    made = [await log_call(pair[0], alice, subject=f"Call {number}") for number in range(3)]
    page = await kept(pair[0], alice, Query(limit=2))
    assert len(looks) == 2
    assert page.cursor is not None
    await pair[1].activities.change(alice.principal, made[1].id, Draft(subject="Else"), as_activity)
    subjects = [item["subject"] for item in await told(pair[0], alice, ALONE, Query(limit=2))]  # type: ignore[index]
    assert subjects == ["Call 0", "Else", "Call 2"]
    assert len(looks) == 4


async def test_a_page_is_kept_for_one_reader_and_one_list(service: Service, alice: Person, bob: Person) -> None:
    for visibility in ("public", "private", "public"):
        draft = a_call(visibility=visibility)
        await service.activities.create(alice.principal, draft, as_activity)
    page = await kept(service, alice, Query(limit=2))
    assert len((await service.activities.page(alice.principal, Query(limit=2), NAMED)).items) == 2
    assert len((await kept(service, alice, Query(limit=1))).items) == 1
    assert len((await kept(service, bob, Query())).items) == 2
    rest = Query(limit=2, cursor=page.cursor)
    assert len((await kept(service, alice, rest)).items) == 1
    for other in (Filter(done=False), Filter(where=Group("all", (Condition("done", "is", 0),)))):
        await kept(service, alice, Query(filter=other, limit=2))
        with pytest.raises(Invalid):
            await service.activities.page(alice.principal, replace(rest, filter=other), ALONE)


async def test_a_page_of_today_is_another_one_tomorrow(service: Service, alice: Person, clock: ManualClock) -> None:
    day = 86_400_000
    await log_call(service, alice, subject="Today", date=date_of(clock()))
    await log_call(service, alice, subject="Tomorrow", date=date_of(clock() + day))
    today = Query(filter=Filter(where=Group("all", (Condition("due", "is", "today"),))))
    for expected in ("Today", "Tomorrow"):
        page = await kept(service, alice, today)
        assert [msgspec.json.decode(Raw(item))["subject"] for item in page.items] == [expected]  # type: ignore[call-overload]
        clock.move(day)


async def test_what_is_written_while_a_page_is_read_is_on_the_next(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await log_call(service, alice, subject="First")
    await kept(service, alice, Query(limit=50))
    look, change = service.store.places, Draft(subject="Then")

    async def overtaken(*args: object) -> object:
        """A write comes after the look at the page; what was seen is put together then."""
        found = await look(*args)  # type: ignore[arg-type]
        await service.activities.change(alice.principal, made.id, change, as_activity)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(service.store, "places", overtaken)
        await service.activities.page(alice.principal, Query(), ALONE)
    subjects = [item["subject"] for item in await told(service, alice, ALONE, Query())]  # type: ignore[index]
    assert subjects == ["Then"]


async def test_a_get_shows_a_rename_elsewhere_at_once(pair: tuple[Service, Service], alice: Person) -> None:
    contact = await add_record(pair[0], alice, "contact", "First name")
    made = await log_call(pair[0], alice, participants=((key_of(contact), True),))
    for name in ("Second name", "Third name"):
        await told_one(pair[0], alice, NAMED, made.id)
        await pair[1].records.change(alice.principal, key_of(contact), RecordChange(name=name), lambda record: record)
        shown = await told_one(pair[0], alice, NAMED, made.id)
        assert shown is not None
        assert [name] == [row[-1] for row in shown[2]]


async def test_what_is_kept_is_shown_only_to_who_may_see_it(service: Service, alice: Person, bob: Person) -> None:
    made = await log_call(service, alice, visibility="private")
    for _ in range(2):
        assert await told_one(service, alice, ALONE, made.id) is not None
        assert await told_one(service, bob, ALONE, made.id) is None


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
    often = [(1, 1, 9)]
    memory.keep((1, "x"), 1, (1, 9, 0), "a" * 1000)
    for number in range(2, 1000):
        assert memory.find((1, "x"), often, 0).keys() == {1}
        memory.keep((1, "x"), number, (1, 9, 0), "b" * 1000)
        kept = {
            (shelf, id_): raw
            for half in memory.halves()
            for shelf, rows in half.activities.items()
            for id_, raw in rows.items()
        }
        assert sum(len(memoryview(raw)) for _, raw in kept.values()) <= 100_000
    assert memory.find((1, "x"), [(2, 1, 9)], 0) == {}
    assert memory.find((1, "x"), [(999, 2, 9)], 0) == {}
    assert memory.find((1, "x"), [(999, 1, 8)], 0) == {}  # of another history: the database was restored
    assert memory.find((1, "x"), [(999, 1, 9)], 5) == {}
    assert memory.find((2, "x"), [(999, 1, 9)], 0) == {}
    assert memory.find((1, "x"), [(999, 1, 9)], 0).keys() == {999}


def a_page(text: str) -> Page[Raw]:
    return Page((Raw(msgspec.json.encode(text)),), None)


def a_list(limit: int) -> Asked:
    return Asked(Viewer(1, 1, True), b"", Query(limit=limit), None, "x")


def test_pages_are_bounded_with_the_rest() -> None:
    memory = Renderings(100_000)
    memory.keep_page(a_list(0), (7, 9), a_page("a" * 1000))
    for number in range(1, 300):
        assert memory.find_page(a_list(0), (7, 9)) is not None
        memory.keep((1, "x"), number, (1, 9, 0), "b" * 1000)
        memory.keep_page(a_list(number), (7, 9), a_page("c" * 1000))
        young, old = memory.halves()
        pages = {asked: kept.page for half in (old, young) for asked, kept in half.pages.items()}
        rows = [raw for half in (young, old) for shelf in half.activities.values() for _, raw in shelf.values()]
        assert sum(len(memoryview(item)) for page in pages.values() for item in page.items) < 100_000
        assert sum(len(memoryview(raw)) for raw in rows) + 1000 * len(pages) <= 100_000
    assert memory.find_page(a_list(1), (7, 9)) is None
    assert memory.find_page(a_list(299), (7, 9)) is not None
    assert memory.find_page(a_list(299), (8, 9)) is None
    assert memory.find_page(a_list(299), (7, 8)) is None


def test_a_page_that_is_too_large_drives_out_nothing() -> None:
    memory = Renderings(10_000)
    memory.keep((1, "x"), 1, (1, 9, 0), "a")
    memory.keep_page(a_list(1), (7, 9), a_page("b" * 5_000))
    assert memory.find_page(a_list(1), (7, 9)) is None
    assert memory.find((1, "x"), [(1, 1, 9)], 0).keys() == {1}


def test_a_page_that_is_kept_anew_takes_the_place_of_what_it_was() -> None:
    memory = Renderings(100_000)
    memory.keep((1, "x"), 1, (1, 9, 0), "a")
    for sequence in range(1000):
        memory.keep_page(a_list(1), (sequence, 9), a_page("b" * 10_000))
    young, _ = memory.halves()
    assert young.activities[1, "x"].keys() == {1}
    assert len(young.pages) == 1
