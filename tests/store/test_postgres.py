"""What only PostgreSQL can do to us: connections that end at any moment, other processes, other logins."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Invalid, Unavailable
from dayline.domain.filter import Query
from dayline.domain.job import Job
from dayline.domain.record import RecordDraft, RecordKey, new_uuid
from dayline.domain.webhook import NewWebhook
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.open import open_store
from dayline.store.postgres.errors import UNKNOWN
from dayline.store.postgres.sessions import Session
from dayline.store.statement import Call, Rows, postgresql_text
from dayline.store.statements import PUT_JOB, job_rows
from dayline.store.store import Store
from tests.cast import START, Person, a_call, add_record, as_record, log_call, move_all_in
from tests.conftest import GROUND
from tests.postgres import OWNER, Server, as_root
from tests.proxy import Wire
from tests.store.keys import Key, Sent, sent
from tests.store.peek import counter_of, log_of

pytestmark = [pytest.mark.usefixtures("ground"), pytest.mark.parametrize("ground", ["postgresql"], indirect=True)]
ROOT = Path(__file__).parents[2]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
NOWHERE = Relate("deal", RecordKey("deal", 99, "deal_id"))


@pytest.fixture
async def wire(postgres: Server) -> AsyncIterator[Wire]:
    """A wire to the server."""
    made = Wire(postgres.port)
    yield made
    await made.close()


@pytest.fixture
async def wired(database_url: str, postgres: Server, wire: Wire) -> AsyncIterator[Service]:
    """A service that reaches the database through the wire."""
    port = await wire.open()
    store = await open_store(database_url.replace(f":{postgres.port}/", f":{port}/"))
    yield Service(store)
    await store.close()


# -- connections that end ---------------------------------------------------------------------------------------


async def test_a_connection_that_was_cut_is_not_used_again(wired: Service, wire: Wire) -> None:
    cast = await move_all_in(wired)
    for _ in range(3):
        await log_call(wired, cast.alice)
        wire.cut()
        await wired.activities.list(cast.bob.principal, Query())
        wire.cut()
    assert (await log_call(wired, cast.alice)).id == 4


async def test_a_commit_whose_answer_is_lost_is_told_as_unknown(wired: Service, wire: Wire) -> None:
    alice = (await move_all_in(wired)).alice
    wire.cut_after = b"COMMIT"
    with pytest.raises(Unavailable) as told:
        await log_call(wired, alice, subject="once")
    assert (str(told.value), wire.cuts) == (UNKNOWN, 1)
    page = await wired.activities.list(alice.principal, Query())
    assert [activity.subject for activity in page.items] == ["once"]  # it was written, and not a second time


async def test_with_a_key_the_answer_is_found(wired: Service, wire: Wire) -> None:
    alice = (await move_all_in(wired)).alice
    wire.cut_after = b"COMMIT"
    answer = await wired.activities.create(alice.principal, a_call(), sent, Key("k"))
    assert (answer, wire.cuts) == (Sent(200, (("replayed", "yes"),), b"done"), 1)
    assert len((await wired.activities.list(alice.principal, Query())).items) == 1


async def test_in_one_group_each_gets_what_is_known(wired: Service, wire: Wire) -> None:
    alice = (await move_all_in(wired)).alice
    wire.cut_after = b"COMMIT"
    work = [wired.activities.create(alice.principal, a_call(), sent, Key(f"k{n}") if n % 2 else None) for n in range(8)]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert wire.cuts == 1
    unknown = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert {str(outcome) for outcome in unknown} == {UNKNOWN}
    assert all(isinstance(outcomes[place], Sent) for place in range(1, 8, 2))
    assert len((await wired.activities.list(alice.principal, Query())).items) == 8


class Cutter:
    """Ends a session's connection before its n-th statement from now."""

    def __init__(self) -> None:
        self.left = 0

    def arm(self, statements: int) -> None:
        self.left = statements

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = Session.run

        async def counted(session: Session, call: Call) -> Rows:
            self.left -= 1
            if self.left == 0:
                session.abandon()
            return await run(session, call)

        monkeypatch.setattr(Session, "run", counted)


async def _create(service: Service, alice: Person, key: Key) -> Sent:
    return await service.activities.create(alice.principal, a_call(visibility="private"), sent, key)


async def _change(service: Service, alice: Person, key: Key) -> Sent:
    return await service.activities.change(alice.principal, 1, Draft(done=True, subject=key.key), sent, key)


async def _delete(service: Service, alice: Person, key: Key) -> Sent:
    return await service.activities.delete(alice.principal, 1, sent, key)


async def _add(service: Service, alice: Person, key: Key) -> Sent:
    return await service.records.create(alice.principal, RecordDraft(kind="contact", name="Mara"), sent, key)


@pytest.mark.parametrize("operation", [_create, _change, _delete, _add], ids=lambda operation: operation.__name__)
async def test_wherever_the_connection_ends_the_write_takes_effect_once(
    service: Service, store: Store, alice: Person, operation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """n = 1, 2, … until no statement is left to end it before."""
    cutter = Cutter()
    cutter.install(monkeypatch)
    cuts = 0
    for statement in range(1, 40):
        await log_call(service, alice)
        before = (await counter_of(store, alice.account_id))[0]
        cutter.arm(statement)
        if operation is _delete:
            last = (await counter_of(store, alice.account_id))[1]["activity"]
            made = await service.activities.delete(alice.principal, last, sent, Key(f"n{statement}"))
        else:
            made = await operation(service, alice, Key(f"n{statement}"))
        fired, cutter.left = cutter.left <= 0, 0
        assert made.body == b"done"
        assert (await counter_of(store, alice.account_id))[0] == before + 1
        if not fired:
            break
        cuts += 1
    assert cuts >= 4
    sequence = [change.sequence for change in await log_of(store, alice.account_id)]
    assert sequence == list(range(1, len(sequence) + 1))


async def test_while_the_database_is_away_it_is_said_at_once(postgres: Server, database_url: str) -> None:
    nowhere = database_url.replace(f":{postgres.port}/", ":1/")
    with pytest.raises(Unavailable, match="cannot be reached") as told:
        await open_store(nowhere)
    assert told.value.retry_after > 0
    assert "tests" not in str(told.value)


# -- other processes --------------------------------------------------------------------------------------------


IMPORTS = """
import asyncio, sys
from dayline.service import Service
from dayline.store.open import open_store
"""


def _started(url: str, code: str, many: int) -> list[tuple[str, int]]:
    """What each of so many processes says that run this code at the same time, and how it ends."""
    text = (
        f"import asyncio, sys\nfrom dayline.store.open import open_store\nfrom dayline.service import Service\n{code}"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", text, url, str(n)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for n in range(many)
    ]
    ended = [(process.communicate(timeout=100)[1], process.returncode) for process in processes]
    return [(said[-500:], status) for said, status in ended]


OPENING = """
async def main():
    store = await open_store(sys.argv[1])
    await store.create_account(f"Account {sys.argv[2]}")
    await store.close()
asyncio.run(main())
"""


async def test_twenty_that_start_together_migrate_once(postgres: Server) -> None:
    postgres.drop("together")
    url = postgres.create("together")
    assert _started(url, OPENING, 20) == [("", 0)] * 20
    store = await open_store(url)
    accounts = await store.accounts()
    await store.close()
    assert sorted(account.id for account in accounts) == list(range(1, 21))
    assert len({account.name for account in accounts}) == 20
    postgres.drop("together")


WRITING = """
from tests.cast import a_call, as_activity
async def main():
    url, credentials = sys.argv[1].split("|")
    store = await open_store(url)
    service = Service(store)
    people = [await service.identities.principal(credential) for credential in credentials.split(",")]
    for turn in range(60):
        work = [service.activities.create(who, a_call(), as_activity) for who in people * 5]
        await asyncio.gather(*work)
    await store.close()
asyncio.run(main())
"""


async def test_two_processes_write_for_the_same_and_for_different_accounts(
    service: Service, store: Store, database_url: str
) -> None:
    """No deadlock, and who reads the change log as it grows misses nothing: commit order is sequence order."""
    casts = [await move_all_in(service, name) for name in ("One", "Two", "Three")]
    people = [cast.alice for cast in casts]
    before = {person.account_id: len(await log_of(store, person.account_id)) for person in people}
    argument = f"{database_url}|{','.join(person.credential for person in people)}"
    tail = asyncio.create_task(_tail(database_url, people[0].account_id, before[people[0].account_id] + 600))
    ended = await asyncio.to_thread(_started, argument, WRITING, 2)
    assert ended == [("", 0)] * 2
    assert await asyncio.wait_for(tail, 30) == list(range(1, before[people[0].account_id] + 601))
    for person in people:
        log = await log_of(store, person.account_id)
        assert len(log) == before[person.account_id] + 600
        assert [change.sequence for change in log] == list(range(1, len(log) + 1))
        assert sorted(log, key=lambda change: change.at) == log


async def test_who_comes_while_another_holds_the_account_joins_the_group(
    service: Service, store: Store, alice: Person, database_url: str
) -> None:
    """One lock, one commit, one instant for all of them, in the order in which they came."""
    other = await asyncpg.connect(database_url)
    await other.execute(f"SELECT set_config('app.account', '{alice.account_id}', false)")
    async with other.transaction():
        await other.execute("SELECT 1 FROM counters FOR UPDATE")
        writing = [asyncio.create_task(log_call(service, alice, subject="0"))]
        while not await other.fetchval(WAITING):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        unknown = asyncio.create_task(log_call(service, alice, subject="x", related=(NOWHERE,)))
        writing += [asyncio.create_task(log_call(service, alice, subject=str(place))) for place in range(1, 5)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in (*writing, unknown))
    await other.close()
    made = await asyncio.gather(*writing)
    assert [one.id for one in made] == [1, 2, 3, 4, 5]
    assert len({one.created_at for one in made}) == 1
    with pytest.raises(Invalid):
        await unknown
    assert len({change.at for change in await log_of(store, alice.account_id) if change.entity == "activity"}) == 1


async def test_what_is_put_in_for_a_webhook_as_it_goes_goes_with_it(
    service: Service, alice: Person, database_url: str
) -> None:
    """Another process has put in a job, and not committed yet when the webhook is to go."""
    hook = await service.webhooks.create(
        alice.principal, NewWebhook(face="dayline", url="https://example.com/hook"), lambda made: made
    )
    job = Job(id=new_uuid(START), lane=hook.lane, kind="deliver", dedupe="1", due_at=START, created_at=START)
    put, (row,) = postgresql_text(PUT_JOB), job_rows(alice.account_id, [job])
    connection = await asyncpg.connect(as_root(database_url))
    try:
        async with connection.transaction():
            await connection.execute("UPDATE webhooks SET cursor = cursor WHERE id = $1", hook.id)
            await connection.execute(put.text, *(row[place] for place in put.places))
            going = asyncio.create_task(service.webhooks.delete(alice.principal, hook.id, lambda gone: gone))
            while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await going
        assert await connection.fetchval("SELECT count(*) FROM jobs") == 0
    finally:
        await connection.close()


async def _tail(url: str, account_id: int, until: int) -> list[int]:
    """The numbers of the change log as a reader sees them who always goes on from the last one that he saw."""
    connection = await asyncpg.connect(as_root(url))
    seen: list[int] = []
    try:
        while len(seen) < until:
            rows = await connection.fetch(
                "SELECT sequence FROM changes WHERE account_id = $1 AND sequence > $2 ORDER BY sequence",
                account_id, seen[-1] if seen else 0,
            )  # fmt: skip
            seen += [row[0] for row in rows]
    finally:
        await connection.close()
    return seen


# -- other logins and versions ----------------------------------------------------------------------------------


async def test_one_login_migrates_and_another_serves(postgres: Server) -> None:
    postgres.drop("apart")
    owners = postgres.create("apart")
    postgres.ask("DROP ROLE IF EXISTS serving; CREATE ROLE serving LOGIN")
    serving = f"postgresql://serving@127.0.0.1:{postgres.port}/apart"
    store = await open_store(serving, migration_url=owners)
    service = Service(store)
    alice = (await move_all_in(service)).alice
    assert (await log_call(service, alice)).id == 1
    await store.close()
    connection = await asyncpg.connect(serving)
    for forbidden in (
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "DROP TABLE links",
        "DROP POLICY account ON users",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    await connection.close()
    postgres.drop("apart")
    postgres.ask("DROP ROLE serving")


@pytest.mark.parametrize(("revision", "serves"), [("0002", True), ("0999", True), ("1000", False), ("0000", False)])
async def test_an_old_process_goes_on_beside_a_newer_one_of_its_generation(
    store: Store, postgres: Server, revision: str, serves: bool
) -> None:
    postgres.ask(f"UPDATE alembic_version SET version_num = '{revision}'", GROUND)
    try:
        assert await store.ready() is serves
    finally:
        postgres.ask("UPDATE alembic_version SET version_num = '0002'", GROUND)


async def test_the_serving_login_is_below_the_policies(postgres: Server, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1", OWNER)
    assert row is not None
    assert tuple(row) == (False, False)
    await connection.close()


async def test_an_address_that_is_taken_is_named(service: Service, alice: Person) -> None:
    """Row-level security hides what a key that is taken consists of."""
    with pytest.raises(Exception, match="email"):
        await service.identities.add_user(alice.account_id, NewUser(name="A", email="alice@acme.test"))
    deal = RecordDraft(kind="deal", name="A", uuid="0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01")
    await service.records.create(alice.principal, deal, as_record)
    with pytest.raises(Exception, match="uuid"):
        await service.records.create(alice.principal, deal, as_record)
    assert (await add_record(service, alice, "deal")).id == 2
