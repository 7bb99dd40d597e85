"""The statements of one write, caught from the store's own group writer, so that what is compared cannot drift."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from dayline.domain.draft import Draft
from dayline.domain.identity import Principal
from dayline.service import Service
from dayline.service.activities import Activities
from dayline.store.group import write_group
from dayline.store.open import open_store
from dayline.store.statement import Call, Rows, Together, sqlite_text
from dayline.store.store import Store
from dayline.store.unit import Unit

AnyUnit: TypeAlias = Unit[object, object]
Verb: TypeAlias = Callable[[Activities], Awaitable[object]]


class _Caught(Exception):
    """Carries a unit out of the verb that made it."""

    def __init__(self, unit: AnyUnit) -> None:
        super().__init__()
        self.unit = unit


class _Catcher(Store):
    """Takes a verb's unit instead of writing it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.database, store.clock, store.files)

    async def write(self, unit: AnyUnit) -> object:  # type: ignore[override]
        raise _Caught(unit)


def creates(url: str, who: Principal, drafts: Sequence[Draft]) -> list[AnyUnit]:
    """The units of work that creating these activities is, one by one."""

    def creating(draft: Draft) -> Verb:
        return lambda activities: activities.create(who, draft, _as_it_is, beside=True)

    return _caught(url, [creating(draft) for draft in drafts])


def changes(url: str, who: Principal, drafts: Sequence[tuple[int, Draft]]) -> list[AnyUnit]:
    """The units of work that changing these activities is, one by one."""

    def changing(id_: int, draft: Draft) -> Verb:
        return lambda activities: activities.change(who, id_, draft, _as_it_is, beside=True)

    return _caught(url, [changing(id_, draft) for id_, draft in drafts])


def _as_it_is(written: object) -> object:
    return written


def _caught(url: str, verbs: Sequence[Verb]) -> list[AnyUnit]:
    async def catch() -> list[AnyUnit]:
        store = await open_store(url)
        try:
            return [await _unit(Service(_Catcher(store)).activities, verb) for verb in verbs]
        finally:
            await store.close()

    return asyncio.run(catch())


async def _unit(activities: Activities, verb: Verb) -> AnyUnit:
    try:
        await verb(activities)
    except _Caught as caught:
        return caught.unit
    raise AssertionError("this writes nothing")


def record(connection: sqlite3.Connection, unit: AnyUnit, clock: Callable[[], int]) -> list[Call]:
    """Write the unit, alone in its group, and tell the calls that the group writer made, one by one."""
    calls: list[Call] = []
    steps = write_group([unit], clock)
    try:
        asked = next(steps)
        while True:
            if isinstance(asked, Together):
                calls += asked.calls
                each = [execute(connection, one) for one in asked.calls]
                found = [(place, *row) for place, rows in enumerate(each) for row in rows] if asked.reads else each[-1]
            else:
                calls.append(asked)
                found = execute(connection, asked)
            asked = steps.send(found)
    except StopIteration as end:
        if isinstance(end.value[0], Exception):
            raise end.value[0] from None
        return calls


def execute(connection: sqlite3.Connection, call: Call) -> Rows:
    """Run a call straight on SQLite."""
    compiled = sqlite_text(call.statement)
    if call.many:
        connection.executemany(compiled.text, map(compiled.arrange, call.params))
        return []
    return connection.execute(compiled.text, compiled.arrange(call.params[0])).fetchall()
