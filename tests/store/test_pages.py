"""Lists by id of a range of something else: whatever was made and changed when, every row comes once, in order."""

import asyncio
import datetime as dt
import random
import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.condition import Group
from dayline.domain.draft import Draft, Relate
from dayline.domain.filter import Filter, Position, Query, Sort
from dayline.domain.record import RecordKey
from dayline.service import Service
from dayline.service.units import unit_of
from dayline.store import pages
from dayline.store.lists import Viewer, list_activities, may_be_listed, newest_of
from dayline.store.migrations.run import migrate_sqlite
from dayline.store.statement import Call, Rows, sqlite_text
from dayline.store.unit import DISORDER, Entry, Facts, Needs, Plan
from tests.cast import START, Cast, ManualClock, add_record, as_activity, key_of, log_call

MINUTE = 60_000
_LATEST = Sort("updated_at", descending=True)


@pytest.fixture(params=[(2, 1), (7, 1), (7, 12), (10_000, 2_000)], ids=str)
def near(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many ids are looked at first; and how many are few, so that all of them are."""
    width, few = request.param
    monkeypatch.setattr(pages, "NEAR", width)
    monkeypatch.setattr(pages, "FEW", few)
    return int(width)


async def lived(service: Service, cast: Cast, clock: ManualClock) -> list[Activity]:
    """Forty activities, a minute between two, some of which were changed or deleted later."""
    chance, made = random.Random(7), list[Activity]()
    for place in range(40):
        clock.move(MINUTE)
        made.append(await log_call(service, cast.alice, subject=str(place), done=place % 3 == 0))
        if place % 4 == 3:
            one = chance.choice(made)
            clock.move(MINUTE // 2)
            await service.activities.change(cast.alice.principal, one.id, Draft(note=str(place)), as_activity)
    for one in (made[0], made[11], made[39]):
        await service.activities.delete(cast.alice.principal, one.id, as_activity)
    return list((await service.activities.list(cast.alice.principal, Query(limit=500))).items)


async def walked(service: Service, cast: Cast, wanted: Filter, sort: Sort, limit: int) -> list[int]:
    seen, cursor = list[int](), None
    while True:
        query = Query(filter=wanted, sort=sort, limit=limit, cursor=cursor)
        page = await service.activities.list(cast.alice.principal, query)
        assert len(page.items) == limit or page.cursor is None
        seen += [one.id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            return seen


def holds(one: Activity, given: dict[str, Any]) -> bool:
    return (
        one.updated_at >= given.get("updated_from", 0)
        and one.updated_at < given.get("updated_before", 1 << 62)
        and one.created_at >= given.get("created_from", 0)
        and (given.get("done") is None or one.done is given["done"])
    )


async def test_every_range_is_walked_to_its_end(service: Service, cast: Cast, clock: ManualClock, near: int) -> None:
    there = await lived(service, cast, clock)
    assert len(there) == 37
    moments = [START, START + 5 * MINUTE, START + 20 * MINUTE + 1, START + 46 * MINUTE, START + 900 * MINUTE]
    ranges: list[dict[str, Any]] = [{"updated_from": at} for at in moments]
    ranges += [{"updated_before": at} for at in moments]
    ranges += [{"updated_from": moments[1], "updated_before": moments[3]}, {"created_from": moments[2]}]
    ranges += [{"updated_from": moments[2], "created_from": moments[1]}, {"updated_from": moments[2], "done": True}]
    for given, descending, limit in product(ranges, (False, True), (3, 100)):
        expected = sorted((one.id for one in there if holds(one, given)), reverse=descending)
        found = await walked(service, cast, Filter(**given), Sort("id", descending), limit)
        assert found == expected, (given, descending, limit, near)


async def test_others_may_write_meanwhile(service: Service, cast: Cast, clock: ManualClock, near: int) -> None:
    """What is there all the time, and stays in the range, is seen exactly once."""
    there = await lived(service, cast, clock)
    since = START + 20 * MINUTE
    staying = {one.id for one in there if one.updated_at >= since}
    seen: list[int] = []
    cursor = None
    while True:
        query = Query(filter=Filter(updated_from=since), limit=2, cursor=cursor)
        page = await service.activities.list(cast.alice.principal, query)
        seen += [one.id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
        clock.move(MINUTE)
        await asyncio.gather(
            log_call(service, cast.alice),
            service.activities.change(cast.alice.principal, there[len(seen) % 37].id, Draft(note="x"), as_activity),
        )
        if len(seen) > 400:
            pytest.fail("the end is never reached")
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


async def test_the_activities_of_a_record_in_every_order(service: Service, cast: Cast, near: int) -> None:
    deals = [key_of(await add_record(service, cast.alice, "deal")) for _ in range(2)]
    clock = service.store.clock
    assert isinstance(clock, ManualClock)
    chance = random.Random(3)
    made: list[Activity] = []
    for place in range(30):
        clock.move(MINUTE)
        on = (Relate("deal", deals[place % 2]),)
        made.append(await log_call(service, cast.alice, related=on, date=dt.date(2026, 1, 1 + chance.randrange(20))))
        if place % 5 == 4:
            one = chance.choice(made)
            await service.activities.change(cast.alice.principal, one.id, Draft(note=str(place)), as_activity)
    for field, descending in product(("id", "updated_at", "created_at", "due"), (False, True)):
        wanted, sort = Filter(related=(deals[0],)), Sort(field, descending)  # type: ignore[arg-type]
        there = (await service.activities.list(cast.alice.principal, Query(sort=sort, limit=500))).items
        expected = [one.id for one in there if one.id in {each.id for each in made[::2]}]
        assert await walked(service, cast, wanted, sort, 4) == expected, (field, descending, near)
        skipping = Query(filter=wanted, sort=sort, limit=3, offset=5)
        page = await service.activities.list(cast.alice.principal, skipping)
        assert [one.id for one in page.items] == expected[5:8]


async def test_a_record_that_was_quiet_while_others_were_not(
    service: Service, cast: Cast, clock: ManualClock, near: int
) -> None:
    """Its activities are the last ones in the order, far behind all that happened since."""
    quiet, busy = [key_of(await add_record(service, cast.alice, "deal")) for _ in range(2)]
    made: dict[RecordKey, list[int]] = {quiet: [], busy: []}
    for place in range(60):
        clock.move(MINUTE)
        deal = quiet if place < 12 else busy
        made[deal].append((await log_call(service, cast.alice, related=(Relate("deal", deal),))).id)
    for deal, descending in product((quiet, busy), (False, True)):
        expected = sorted(made[deal], reverse=descending)
        wanted, sort = Filter(related=(deal,)), Sort("updated_at", descending)
        assert await walked(service, cast, wanted, sort, 4) == expected, (deal, descending, near)
        page = await service.activities.list(cast.alice.principal, Query(filter=wanted, sort=sort, limit=3, offset=8))
        assert [one.id for one in page.items] == expected[8:11]


async def test_what_was_changed_last_on_a_record_is_found_whoever_wrote_since(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is looked at in the order of what was changed last: that of others would come first."""
    who = cast.alice.principal
    deals = [key_of(await add_record(service, cast.alice, "deal")) for _ in range(2)]
    on = [(Relate("deal", deals[place % 4 == 3]),) for place in range(30)]
    made = [await log_call(service, cast.alice, related=related) for related in on]
    for place, one in enumerate((3, 0, 20, 4, 7, 20, 9, 28)):
        await service.activities.change(who, made[one].id, Draft(note=str(place)), as_activity)
    await service.activities.change(who, made[1].id, Draft(related=(Relate("deal", deals[1]),)), as_activity)
    await service.activities.delete(who, made[29].id, as_activity)
    there = (await service.activities.list(who, Query(sort=_LATEST, limit=500))).items
    on_it = {one.id for place, one in enumerate(made) if place % 4 != 3 and place != 1}
    expected = [one.id for one in there if one.id in on_it]
    assert len(expected) == 21
    monkeypatch.setattr(pages, "FEW", 20)
    monkeypatch.delattr(pages, "edge_of")  # which the steps along the order begin with
    wanted = Filter(related=(deals[0],))
    for limit, offset in ((1, 0), (4, 0), (4, 7), (16, 3)):
        page = await service.activities.list(who, Query(filter=wanted, sort=_LATEST, limit=limit, offset=offset))
        assert [one.id for one in page.items] == expected[offset : offset + limit]
        for place in range(len(expected) - limit - 1 if not offset else 0):
            seen = next(one for one in there if one.id == expected[place])
            after = Position(seen.updated_at, seen.id)
            query = Query(sort=_LATEST, limit=limit)
            found, _, _ = await service.store.places(Viewer(1, 1, admin=True), query, (("deal", 1),), after)
            assert [id_ for id_, _, _ in found] == expected[place + 1 : place + 1 + limit], (limit, place)


@pytest.mark.parametrize("changed", ["one on the page", "one that was quiet, then one on the page", "one is deleted"])
async def test_who_writes_between_two_looks_ends_no_list(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """And nothing is shown without what was changed before it: whoever reads from the newest on goes by that."""
    who, scan = cast.alice.principal, service.store.database.scan
    deal = key_of(await add_record(service, cast.alice, "deal"))
    made = [await log_call(service, cast.alice, related=(Relate("deal", deal),)) for _ in range(30)]
    monkeypatch.setattr(pages, "FEW", 20)
    monkeypatch.setattr(pages, "NEAR", 7)
    looks = 0

    async def scanned(call: Call) -> Rows:
        nonlocal looks
        looks += 1
        if looks == 2:
            if changed == "one is deleted":
                await service.activities.delete(who, made[22 if after is None else 21].id, as_activity)
            else:
                for one in (made[22],) if changed == "one on the page" else (made[2], made[22]):
                    await service.activities.change(who, one.id, Draft(note="x"), as_activity)
        return await scan(call)

    for after in (None, Position(made[25].updated_at, made[25].id)):
        looks = 0
        monkeypatch.setattr(service.store.database, "scan", scanned)
        query, viewer = Query(sort=_LATEST, limit=10), Viewer(1, 1, admin=True)
        found, _, further = await service.store.places(viewer, query, (("deal", 1),), after)
        monkeypatch.setattr(service.store.database, "scan", scan)
        assert looks > 2
        there, _, _ = await service.store.places(viewer, query, (("deal", 1),), after)
        assert (found, further is None) == (there, False)


async def test_what_was_made_elsewhere_and_came_in_later_is_in_its_place(
    service: Service, cast: Cast, clock: ManualClock, near: int
) -> None:
    """An import keeps the instants at which activities were made: ids are no order of these any more."""
    there = await lived(service, cast, clock)
    who, now = cast.alice.principal, service.store.clock()

    def plan(facts: Facts) -> Plan[None]:
        facts.counter.ids[DISORDER] = 1
        old, new = there[20], there[2]
        moved = [replace(old, created_at=START - 900, updated_at=START - 900), replace(new, created_at=now + 900)]
        moved[1] = replace(moved[1], updated_at=now + 900)
        return Plan(tuple(Entry("changed", one, after) for one, after in zip((old, new), moved, strict=True)), None)

    await service.store.write(unit_of(who, plan, lambda _: None, needs=Needs()))
    there = list((await service.activities.list(who, Query(limit=500))).items)
    moments = (START, START + 20 * MINUTE, now + 1)
    ranges: list[dict[str, Any]] = [
        {name: at} for name in ("updated_from", "updated_before", "created_from") for at in moments
    ]
    for given, descending in product(ranges, (False, True)):
        expected = sorted((one.id for one in there if holds(one, given)), reverse=descending)
        assert await walked(service, cast, Filter(**given), Sort("id", descending), 3) == expected, (given, near)


_FILLED = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
    INSERT INTO activities
    SELECT 1, n, n, 1, 1, 'call', 0, '', 'public', '', 0, 0, 0, n, n, 0, '', '', '' FROM numbers
"""


@pytest.mark.parametrize(("descending", "bound"), [(False, "id_from"), (True, "id_before")])
def test_a_page_within_a_range_of_ids_is_entered_where_the_reader_is(
    tmp_path: Path, descending: bool, bound: str
) -> None:
    """In a range that begins far behind the reader or far before him, a page takes as many steps as anywhere."""
    migrate_sqlite(tmp_path / "dayline.db")
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection:
        connection.execute(_FILLED)

        def page(edge: int, place: int) -> tuple[list[int], int]:
            query = Query(filter=Filter(**{bound: edge}), sort=Sort("id", descending), limit=2)  # type: ignore[arg-type]
            call = list_activities(Viewer(1, 1, admin=True), query, (), Position(place, place))
            compiled, steps = sqlite_text(call.statement), 0

            def stepped() -> bool:
                nonlocal steps
                steps += 1
                return False

            connection.set_progress_handler(stepped, 1)
            rows = connection.execute(compiled.text, compiled.arrange(call.params[0])).fetchall()
            return [id_ for _, id_, _ in rows], steps

        edges = (10, 1000, 2500, 4000, 4900)
        found = [page(edge, 2500) for edge in edges]
        firsts = [min(edge, 2500) - 1 if descending else max(edge, 2501) for edge in edges]
        step = -1 if descending else 1
        assert [ids for ids, _ in found] == [[first, first + step, first + 2 * step] for first in firsts]
        assert max(steps for _, steps in found) < 2 * min(steps for _, steps in found)


_ASKED: dict[str, Filter] = {
    "nothing": Filter(),
    "a type": Filter(types=("call",)),
    "types": Filter(types=("call", "meeting")),
    "a priority": Filter(priorities=("high",)),
    "a main record": Filter(main_kinds=("deal",), main_id=1),
    "a text": Filter(text="x"),
    "a shared text": Filter(shared_text="x"),
}


@pytest.mark.parametrize("admin", [True, False])
@pytest.mark.parametrize("after", [None, Position(5, 5)], ids=["first", "further"])
@pytest.mark.parametrize("asked", _ASKED)
def test_sqlite_looks_for_a_page_by_its_ids(tmp_path: Path, asked: str, after: Position | None, admin: bool) -> None:
    """It knows nothing of what is in the tables, and would take any other index first."""
    migrate_sqlite(tmp_path / "dayline.db")
    viewer, wanted, related = Viewer(1, 1, admin=admin), _ASKED[asked], (("deal", 1),)
    assert may_be_listed(wanted)
    looks = [newest_of(viewer, wanted, related, after, 1 << 60, 26)]  # type: ignore[arg-type]
    query = Query(filter=replace(wanted, ids=(1, 2, 3)), sort=_LATEST)
    looks.append(list_activities(viewer, query, related, after, way="listed"))  # type: ignore[arg-type]
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection:
        for look in looks:
            compiled = sqlite_text(look.statement)
            plan = connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", compiled.arrange(look.params[0]))
            steps = [str(step[-1]) for step in plan]
            search = [step for step in steps if step.startswith(("SEARCH activities", "SCAN activities"))]
            assert [step.rpartition(" ")[2] for step in search] == ["id=?)"], steps


@pytest.mark.parametrize(
    "wanted",
    [Filter(done=True), Filter(updated_from=1), Filter(owner_id=1), Filter(ids=(1,)), Filter(where=Group("all", ()))],
)
def test_what_has_an_index_of_its_own_is_not_looked_for_by_ids(wanted: Filter) -> None:
    assert not may_be_listed(wanted)
