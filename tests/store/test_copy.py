"""Copies between databases: everything as it was, again and again, and never over something else."""

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select, update

from dayline import demo
from dayline.domain.condition import Condition, Group
from dayline.domain.draft import Draft
from dayline.domain.errors import Conflict
from dayline.domain.filter import Query
from dayline.domain.identity import Principal
from dayline.domain.integrated import IntegratedFilter, NewIntegrated
from dayline.domain.saved import SavedFilter
from dayline.service import Service
from dayline.service.filters import NewFilter
from dayline.service.vault import Keyring
from dayline.store.copying import Copied, choose, compare, copy_account, count, one_moment
from dayline.store.group import Steps
from dayline.store.keeping import FORGET_KEYS
from dayline.store.open import open_store
from dayline.store.statement import Call, statement
from dayline.store.store import Store
from dayline.store.tables import activities, metadata, tokens
from tests.cast import CALL, KEY, Cast, Person, add_record, as_activity, as_record, key_of, log_call, move_all_in
from tests.postgres import Server
from tests.store.keys import Key, sent
from tests.store.peek import rows

KINDS = ("sqlite", "postgresql")
WAYS = [(one, other) for one in KINDS for other in KINDS]


@pytest.fixture
def urls(tmp_path: Path, postgres: Server, postgres_template: str) -> Any:
    """A new database of a kind each time."""

    def new(kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{name}.db"
        postgres.drop(f"copy_{name}")
        return postgres.create(f"copy_{name}", postgres_template)

    return new


async def furnish(store: Store) -> Cast:
    """A house with something in every table, among it what is hard to say."""
    service = Service(store, keyring=Keyring(text=KEY))
    cast = await move_all_in(service)
    deal = await add_record(service, cast.alice, "deal", 'Ünï 漢字 🦄 "quoted"\\ \u2028\n\t')
    for number in range(30):
        await log_call(
            service, cast.alice, subject=f"Number {number} ß", visibility="private" if number % 3 else "public"
        )
    await service.activities.change(
        cast.alice.principal, 3, Draft(extras={"reevo": {"a": [1, None, "é"]}}), as_activity
    )
    await service.activities.delete(cast.alice.principal, 4, as_activity)
    await service.activities.create(cast.alice.principal, Draft(type=CALL), sent, Key("kept"))
    await service.records.delete(cast.alice.principal, key_of(deal), as_record)
    where = Group("all", (Condition("subject", "has", 'Ünï 漢字 🦄 "'),))
    await service.filters.create(cast.bob.principal, NewFilter(name="ß", where=where), as_filter)
    new = NewIntegrated(integration="lever", tenant_id="ß", secrets={"api_key": "s3cr3t"})
    connected = await service.integrated.create(cast.alice.principal, new, lambda account: account)
    service.remote_log.add(
        cast.alice.account_id,
        integrated_account_id=connected.id,
        integration="lever",
        operation="activities.create",
        method="POST",
        path="/notes",
        status=None,
        ms=5,
        message="ß",
    )
    await service.remote_log.write()
    await service.identities.note_uses()
    service.meter.note(cast.bob.principal, "GET /v1/activities", "a client/1.0 ß")
    await service.meter.write()
    service.traffic.note(cast.bob.account_id, cast.bob.principal.token_id, "pipedrive")
    await service.traffic.write()
    await service.store.sign_ins.put_password(cast.bob.account_id, cast.bob.user_id, "a hash", 1)
    await demo.fill(service, seed=1, today=dt.date(2026, 11, 21))
    return cast


def as_filter(saved: SavedFilter) -> SavedFilter:
    return saved


async def opened(store: Store, who: Principal) -> list[Mapping[str, str]]:
    """The credentials of every integrated account, opened with the key that sealed them."""
    integrated = Service(store, keyring=Keyring(text=KEY)).integrated
    found = (await integrated.list(who, IntegratedFilter(), 10, None)).items
    return [(await integrated.open(who.account_id, one.id))[1] for one in found]


async def everything(store: Store) -> dict[str, list[str]]:
    """Every row of every table, above all walls."""
    return {
        table.name: sorted(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in found)
        for table in metadata.tables.values()
        if (found := await rows(store, select(table))) is not None
    }


async def copied(source: str, target: Store, *names: str) -> list[Copied]:
    async with one_moment(source) as here:
        chosen = await choose(here, target, names)
        assert sum([await count(here, one) for one in chosen]) > 0
        return [await copy_account(here, target, one, lambda _: None) for one in chosen]


async def pages(store: Store, who: Principal) -> list[str]:
    """All pages of a list, as the one who holds the token sees them, cursors included."""
    seen, cursor = [], None
    while True:
        page = await Service(store).activities.list(who, Query(limit=7, cursor=cursor))
        seen.append(repr(page))
        cursor = page.cursor
        if cursor is None:
            return seen


@pytest.mark.parametrize(("kind", "other"), WAYS)
async def test_all_of_it_is_there_as_it_was(urls: Any, kind: str, other: str) -> None:
    source_url, target_url = urls(kind, "from"), urls(other, "to")
    source, target = await open_store(source_url), await open_store(target_url)
    try:
        cast = await furnish(source)
        done = await copied(source_url, target)
        assert [one.difference for one in done] == [None] * 3
        assert sum(one.written for one in done) == sum(one.rows for one in done) > 1000
        assert await everything(target) == await everything(source)
        for person in (cast.alice, cast.bob, cast.charlie):
            there = await Service(target).identities.principal(person.credential)
            assert there == person.principal
            assert await pages(target, there) == await pages(source, person.principal)
        assert await opened(target, cast.alice.principal) == [{"api_key": "s3cr3t"}]
        again = await copied(source_url, target)
        assert [(one.written, one.removed) for one in again] == [(0, 0)] * 3
        assert [one.checksum for one in again] == [one.checksum for one in done]
    finally:
        await source.close()
        await target.close()


async def test_it_goes_on_where_it_was_broken_off(urls: Any) -> None:
    source_url, target_url = urls("sqlite", "from"), urls("postgresql", "to")
    source, target = await open_store(source_url), await open_store(target_url)
    try:
        cast = await furnish(source)

        for pages_ in (1, 4, 7):
            left = iter(range(pages_))

            def stop(_: int, left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise RuntimeError("broken off")

            async with one_moment(source_url) as here:
                chosen = await choose(here, target, ["Acme"])
                with pytest.raises(RuntimeError, match="broken off"):
                    await copy_account(here, target, chosen[0], stop)
            assert await rows(target, select(tokens.c.id)) == []  # nobody can come in yet
        (done,) = await copied(source_url, target, "Acme")
        assert done.difference is None
        assert 0 < done.written < done.rows  # the rest was there
        # The source goes on: something is new, and something gone.
        await log_call(Service(source), cast.alice, subject="New")
        await source.database.run(lambda: _forget(cast.alice))
        (done,) = await copied(source_url, target, "Acme")
        assert (done.difference, done.removed) == (None, 1)
        assert 0 < done.written < 10
        (again,) = await copied(source_url, target, "Acme")
        assert (again.written, again.removed) == (0, 0)
    finally:
        await source.close()
        await target.close()


def _forget(who: Person) -> Steps[None]:
    """Purge an idempotency key, as time would."""
    yield Call(FORGET_KEYS, [(who.account_id, 1 << 60, 100)])


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_written_meanwhile_comes_with_the_next_copy(urls: Any, kind: str) -> None:
    """A copy is of one moment: nobody who reads on in its log passes over anything."""
    source_url, target_url = urls(kind, "from"), urls("sqlite", "to")
    source, target = await open_store(source_url), await open_store(target_url)
    try:
        service = Service(source)
        cast = await move_all_in(service)
        await log_call(service, cast.alice)
        account, last = cast.alice.account_id, await source.sequence(cast.alice.account_id)

        def write_on(_: int) -> None:
            writes.append(asyncio.ensure_future(log_call(service, cast.alice, subject="Meanwhile")))

        writes: list[asyncio.Future[Any]] = []
        async with one_moment(source_url) as here:
            (acme,) = await choose(here, target, ["Acme"])
            done = await copy_account(here, target, acme, write_on)
        await asyncio.gather(*writes)
        assert len(writes) > 5
        assert done.difference is None
        assert await target.sequence(account) == (await target.feed.after(account, 0, 100))[-1].sequence == last
        (again,) = await copied(source_url, target, "Acme")
        assert again.difference is None
        assert await target.sequence(account) == last + len(writes)
    finally:
        await source.close()
        await target.close()


async def test_another_account_is_not_written_over(urls: Any) -> None:
    source_url, target_url = urls("sqlite", "from"), urls("postgresql", "to")
    source, target = await open_store(source_url), await open_store(target_url)
    try:
        await move_all_in(Service(source))
        await move_all_in(Service(target), "Other")
        before = await everything(target)
        with pytest.raises(Conflict, match="which is 'Other' there"):
            await copied(source_url, target)
        with pytest.raises(Conflict, match="no account named 'Nobody'"):
            await copied(source_url, target, "Nobody")
        assert await everything(target) == before
    finally:
        await source.close()
        await target.close()


async def test_a_row_that_differs_is_found_and_mended(urls: Any) -> None:
    source_url, target_url = urls("postgresql", "from"), urls("sqlite", "to")
    source, target = await open_store(source_url), await open_store(target_url)
    try:
        await furnish(source)
        await copied(source_url, target)
        await target.database.run(_tamper)
        async with one_moment(source_url) as here:
            (acme,) = await choose(here, target, ["Acme"])
            _, difference = await compare(here, target.database, acme)
        assert difference is not None
        assert (difference.table, difference.key) == ("activities", (7,))
        (done,) = await copied(source_url, target, "Acme")
        assert (done.written, done.difference) == (1, None)
    finally:
        await source.close()
        await target.close()


def _tamper() -> Steps[None]:
    here = activities.c
    change = update(activities).where(here.account_id == bindparam("account_id"), here.id == bindparam("id_"))
    yield Call(statement(change.values(body=bindparam("new")), "new", "account_id", "id_"), [("{}", 1, 7)], many=True)
