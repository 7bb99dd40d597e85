"""What is asked of each surface: the same operations, in its own words."""

import importlib.util
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from benchmarks.load import Ask
from benchmarks.reads import WARM_PAGES
from benchmarks.rows import FEW_RECORDS, LARGE, NOTE, slug_of
from benchmarks.world import Holder, World
from dayline.domain.filter import Position, Query, scope_of, seal

Asks: TypeAlias = list[Ask]

MANY = 2_000  # different requests of one kind


class Surface(Struct, frozen=True):
    """A dialect as the benchmark speaks it. Pages are told by the number of activities before them."""

    name: str
    page: int
    header: Callable[[Holder], tuple[str, str]]
    create: Callable[[random.Random], tuple[str, str, dict[str, object]]]
    change: Callable[[int, str], tuple[str, str, dict[str, object]]]
    get: Callable[[int], str]
    list: Callable[[Holder, int], str]
    filters: tuple[tuple[str, str], ...] = ()

    def creates(self, holders: Sequence[Holder]) -> Asks:
        """Creates, each in the next of these accounts."""
        chance = random.Random(5)
        return [self._write(holders[n % len(holders)], *self.create(chance)) for n in range(320)]

    def changes(self, world: World) -> Asks:
        """Changes of activities at random, each to what it is not: not every surface writes the same once more."""
        chance = random.Random(6)
        holder = world.holders[0]
        ids = [chance.randint(1, world.activities) for _ in range(MANY // 2)]
        subjects = ("What came of the call", f"What was said to {self.name}")
        return [self._write(holder, *self.change(id_, subject)) for subject in subjects for id_ in ids]

    def gets(self, world: World) -> Asks:
        """Gets of activities at random."""
        chance = random.Random(7)
        return self.reads(world, (self.get(chance.randint(1, world.activities)) for _ in range(MANY)))

    def warm(self, world: World) -> Asks:
        """A few pages, over and over."""
        holder = world.holders[0]
        return self.reads(world, (self.list(holder, self.page * n) for n in range(WARM_PAGES)))

    def warm_beside_changes(self, world: World) -> Asks:
        """The same pages, and each time that all of them have been read, a change of an activity."""
        pages, changes = self.warm(world), self.changes(world)
        return [ask for n in range(0, len(changes), WARM_PAGES) for ask in (*pages, changes[n])]

    def cold(self, world: World, seed: int) -> Asks:
        """Pages at random; another seed gives others."""
        chance = random.Random(seed)
        last = world.activities // self.page - 1
        holder = world.holders[0]
        pages = (self.page * chance.randint(0, last) for _ in range(4 * MANY))
        return self.reads(world, (self.list(holder, page) for page in pages))

    def reads(self, world: World, paths: Iterable[str]) -> Asks:
        """Reads of these paths in the large account."""
        header = self.header(world.holders[0])
        return [Ask("GET", path, header) for path in paths]

    def _write(self, holder: Holder, method: str, path: str, body: dict[str, object]) -> Ask:
        return Ask(method, path, self.header(holder), body)


def _pipedrive_create(chance: random.Random) -> tuple[str, str, dict[str, object]]:
    deal, organization, person = (chance.randint(3, FEW_RECORDS) for _ in range(3))
    return (
        "POST",
        "/api/v2/activities",
        {
            "subject": "Follow-up call about the offer",
            "type": "call",
            "due_date": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "due_time": "14:30",
            "duration": "00:30",
            "note": NOTE,
            "deal_id": deal,
            "org_id": organization,
            "participants": [{"person_id": person, "primary": True}],
            "attendees": [{"email": "guest@example.com", "name": "A guest"}],
        },
    )


def _pipedrive_list(holder: Holder, before: int) -> str:
    return f"/api/v2/activities?limit=100{cursor(holder, Query(limit=100), Position(before, before))}"


def cursor(holder: Holder, query: Query, after: Position | None) -> str:
    """The parameter that continues a list of Pipedrive's surface after this position."""
    if after is None or after.id == 0:
        return ""
    scope = scope_of(query.filter, query.sort)
    return f"&cursor={seal(after, holder.principal.account_id, holder.principal.secret, scope)}"


PIPEDRIVE: Final = Surface(
    name="Pipedrive v2",
    page=100,
    header=lambda holder: ("x-api-token", holder.credential),
    create=_pipedrive_create,
    change=lambda id_, subject: ("PATCH", f"/api/v2/activities/{id_}", {"subject": subject}),
    get=lambda id_: f"/api/v2/activities/{id_}",
    list=_pipedrive_list,
)


def _atz_create(chance: random.Random) -> tuple[str, str, dict[str, object]]:
    deal, contact = (chance.randint(3, FEW_RECORDS) for _ in range(2))
    return (
        "POST",
        "/v1/activity",
        {
            "title": "Follow-up call about the offer",
            "activity_type_id": 2,
            "start_datetime": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T14:30:00Z",
            "end_datetime": "2026-12-31T15:00:00Z",
            "related_to_entity": 5,
            "related_to": slug_of("deal", deal),
            "contacts_as_attendees": slug_of("contact", contact),
            "users_as_attendees": "1",
            "importance": "normal",
            "location": "Zoom",
            "description": NOTE,
        },
    )


_ATZ: Final = Surface(
    name="ATZ",
    page=25,
    header=lambda holder: ("Authorization", f"Bearer {holder.credential}"),
    create=_atz_create,
    change=lambda id_, subject: ("PUT", f"/v1/activity/{id_}", {"title": subject}),
    get=lambda id_: f"/v1/activity/{id_}",
    list=lambda holder, before: f"/v1/activity?limit=25&page={before // 25 + 1}",
    filters=(
        ("no filter", ""),
        ("kind of record", "&related_to_entity=5"),
        ("record", f"&related_to={slug_of('deal', LARGE)}"),
        ("search", "&search=offer"),
    ),
)


def surfaces() -> tuple[Surface, ...]:
    """Every surface that is measured and that this Dayline has."""
    return (PIPEDRIVE, _ATZ) if importlib.util.find_spec("dayline.vendors.atz.routes") else (PIPEDRIVE,)
