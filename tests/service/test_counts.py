"""How long lists are: what took long to count is followed through the change log, and is always what is there."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import bindparam

from dayline.domain.draft import Draft, Relate
from dayline.domain.filter import Filter
from dayline.domain.record import Kind, Record
from dayline.service import Service
from dayline.service.counts import Counts
from dayline.service.units import unit_of
from dayline.store import tables
from dayline.store.group import Steps
from dayline.store.lists import Viewer
from dayline.store.open import open_store
from dayline.store.statement import Call, statement
from dayline.store.unit import Entry, Facts, Needs, Plan
from tests.cast import Cast, Person, add_record, as_activity, gather_cast, key_of, log_call

FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"done": True},
    {"types": ("call",)},
    {"priorities": ("normal", None)},
    {"main_kinds": ("deal",)},
    {"main_kinds": ("deal",), "main_id": 1},
    {"shared_text": "ÄB"},
    {"text": "secret"},
    {"owner_id": 2},
    {"updated_from": 1},
)


def viewer(who: Person) -> Viewer:
    return Viewer(who.account_id, who.user_id, who.principal.is_admin)


class Walk:
    """Writes that lists have to follow."""

    def __init__(self, service: Service, cast: Cast, deals: list[Record]) -> None:
        self.service, self.cast, self.deals = service, cast, deals
        self.living: list[int] = []
        self.gone: list[int] = []

    async def step(self, kind: str, place: int) -> None:
        who = (self.cast.alice, self.cast.bob)[place % 2]
        alice = self.cast.alice.principal
        if kind == "create" or not self.living:
            deal = key_of(self.deals[place % len(self.deals)])
            fields: dict[str, Any] = {"subject": ("Äbc", "plain")[place % 2], "note": (None, "Secret")[place // 2 % 2]}
            fields |= {"visibility": ("public", "private")[place // 3 % 2], "priority": (None, "high")[place // 5 % 2]}
            made = await log_call(self.service, who, related=(Relate("deal", deal),), **fields)
            self.living.append(made.id)
            return
        id_ = self.living[place % len(self.living)]
        if kind == "done":
            await self.service.activities.change(alice, id_, Draft(done=place % 2 == 0), as_activity)
        elif kind == "hide":
            await self.service.activities.change(alice, id_, Draft(visibility="private", subject="äb"), as_activity)
        elif kind == "delete":
            await self.service.activities.delete(alice, id_, as_activity)
            self.living.remove(id_)
            self.gone.append(id_)
        elif self.gone:
            back = self.gone.pop()
            await self.service.activities.restore(alice, back, as_activity)
            self.living.append(back)


STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "done", "hide", "delete", "restore"]), st.integers(0, 60)), max_size=25
)


async def walked(service: Service, cast: Cast, steps: list[tuple[str, int]]) -> None:
    deals = [await add_record(service, cast.alice, "deal") for _ in range(2)]
    walk, followed = Walk(service, cast, deals), Counts(service.store, quick=0.0, step=0.0)
    lists = [(viewer(who), Filter(**given)) for who in (cast.alice, cast.bob) for given in FILTERS]
    related: tuple[tuple[Kind, int], ...] = (("deal", deals[0].id),)
    for _ in range(3):
        await walk.step("create", 3)
    for kind, place in [*steps, ("create", 1)]:
        for whose, wanted in lists:
            await followed.find(whose, wanted, ())
            await followed.find(whose, wanted, related)
        await walk.step(kind, place)
    for whose, wanted in lists:
        for hanging_on in (related[:0], related):
            anew = await Counts(service.store).find(whose, wanted, hanging_on)
            assert await followed.find(whose, wanted, hanging_on) == anew, (whose, wanted, hanging_on)


async def test_what_is_followed_is_what_is_there(service: Service, cast: Cast) -> None:
    every = [(kind, place) for place in range(7) for kind in ("create", "done", "hide", "delete", "restore", "create")]
    await walked(service, cast, every)


async def test_a_count_is_never_repeated_for_ever(service: Service, cast: Cast) -> None:
    """While others write without a pause, whoever asks gets an answer that has all that was written before."""
    counts, writing = Counts(service.store), True

    async def write() -> None:
        while writing:
            await log_call(service, cast.alice)

    writer = asyncio.create_task(write())
    least = 0
    async with asyncio.timeout(30):
        for _ in range(50):
            found = await counts.find(viewer(cast.alice), Filter(types=("call",)), ())
            assert found >= least
            least = found
    writing = False
    await writer


async def test_many_ask_and_it_is_counted_once(service: Service, cast: Cast) -> None:
    await log_call(service, cast.alice)
    counts = Counts(service.store)
    found = await asyncio.gather(*(counts.find(viewer(cast.bob), Filter(), ()) for _ in range(20)))
    assert found == [1] * 20


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_steps(sqlite_path: Path, steps: list[tuple[str, int]]) -> None:
    """Whatever is done, in whatever order."""

    async def whole(folder: Path) -> None:
        store = await open_store(f"sqlite:///{shutil.copy(sqlite_path, folder / 'a.db')}", files=folder / "files")
        try:
            service = Service(store)
            await walked(service, await gather_cast(service), steps)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(whole(Path(name)))


async def test_many_lists_are_followed_with_one_look(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(service.store, quick=0.0, step=0.0)
    lists = [(viewer(who), Filter(types=types)) for who in (cast.alice, cast.bob) for types in (("call",), ("task",))]
    for whose, wanted in lists:
        await counts.find(whose, wanted, ())
    await log_call(service, cast.alice)
    looks, look = [], service.store.feed.after

    async def counted(account_id: int, sequence: int, limit: int) -> Any:
        looks.append(sequence)
        return await look(account_id, sequence, limit)

    monkeypatch.setattr(service.store.feed, "after", counted)
    found = await asyncio.gather(*(counts.find(whose, wanted, ()) for whose, wanted in lists))
    assert found == [1, 0, 1, 0]
    assert len(looks) == 1
    await log_call(service, cast.alice)
    assert await asyncio.gather(*(counts.find(whose, wanted, ()) for whose, wanted in lists)) == [2, 0, 2, 0]
    assert len(looks) == 2
    await counts.close()


async def test_what_is_counted_sooner_than_followed_is_counted(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After very many writes everybody else would wait while the log is gone through for one list."""
    counts, calls = Counts(service.store, quick=0.0, step=10.0), Filter(types=("call",))
    assert await counts.find(viewer(cast.alice), calls, ()) == 0
    await log_call(service, cast.alice)

    async def looked(*_: object) -> None:
        raise AssertionError("it was followed")

    monkeypatch.setattr(service.store.feed, "after", looked)
    assert await asyncio.gather(*(counts.find(viewer(cast.alice), calls, ()) for _ in range(9))) == [1] * 9


async def test_what_is_being_counted_is_left_off_at_the_end(
    service: Service, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, counts = asyncio.Event(), Counts(service.store)

    async def count_for_ever(*_: object) -> tuple[int, int]:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError("it went on")

    monkeypatch.setattr(service.store, "count", count_for_ever)
    asked = asyncio.create_task(counts.find(viewer(cast.alice), Filter(), ()))
    await begun.wait()
    await counts.close()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not counts._under_way


async def test_what_the_log_does_not_say_any_more_is_counted_again(service: Service, cast: Cast) -> None:
    """It may be cut, and an erasure leaves out what was before."""
    counts, who, calls = Counts(service.store, quick=0.0, step=0.0), cast.alice, Filter(types=("call",))
    made = [await log_call(service, who) for _ in range(3)]
    assert await counts.find(viewer(who), calls, ()) == 3

    def plan(facts: Facts) -> Plan[None]:
        return Plan((Entry("changed", made[0], replace(made[0], subject="[erased]"), forgets=True),), None)

    await service.store.write(unit_of(who.principal, plan, lambda _: None, needs=Needs()))
    assert await counts.find(viewer(who), calls, ()) == 3
    await service.activities.delete(who.principal, made[1].id, as_activity)
    await log_call(service, who)
    await log_call(service, who)
    last = await service.store.sequence(who.account_id)
    await service.store.database.run(lambda: _cut(who.account_id, last - 1))
    assert await counts.find(viewer(who), calls, ()) == 4


def _cut(account_id: int, until: int) -> Steps[None]:
    gone = tables.changes.delete().where(
        tables.changes.c.account_id == bindparam("account_id"), tables.changes.c.sequence <= bindparam("until")
    )
    yield Call(statement(gone, "account_id", "until"), [(account_id, until)], many=True)
