"""The second wall: whatever a statement says, PostgreSQL shows and takes the rows of one account alone."""

from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import asyncpg
import pytest

from dayline.domain.attaching import Attach, NewAttachment
from dayline.domain.condition import Group
from dayline.domain.draft import Relate
from dayline.domain.integrated import NewIntegrated
from dayline.domain.job import put_off
from dayline.events.face import Outgoing, Sending
from dayline.events.sending import Came, logged
from dayline.service import Service
from dayline.service.attempts import Place
from dayline.service.filters import NewFilter
from dayline.service.signing import Browser
from dayline.store.tables import REFERENCE, metadata
from tests.cast import Cast, Person, a_call, add_record, key_of
from tests.events.conftest import listen
from tests.postgres import OWNER, as_root
from tests.store.keys import Key, sent

pytestmark = [pytest.mark.usefixtures("ground"), pytest.mark.parametrize("ground", ["postgresql"], indirect=True)]
WALLED = sorted(set(metadata.tables) - REFERENCE)
each_table = pytest.mark.parametrize("table", WALLED)
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def above(database_url: str) -> AsyncIterator[Connection]:
    """The one above all policies."""
    connection = await asyncpg.connect(as_root(database_url))
    yield connection
    await connection.close()


@pytest.fixture
async def raw(database_url: str) -> AsyncIterator[Connection]:
    """The login that serves, on a new connection: it acts for nobody yet."""
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT current_user") == OWNER
    yield connection
    await connection.close()


@pytest.fixture
async def full(service: Service, cast: Cast) -> Cast:
    """Alice's account and Charlie's, with something in every table."""
    for person in (cast.alice, cast.charlie):
        deal = key_of(await add_record(service, person, "deal"))
        link = Attach(NewAttachment(name="Plan", url="https://ex.example/plan"))
        draft = a_call(visibility="private", related=(Relate("deal", deal),), attachments=(link,))
        await service.activities.create(person.principal, draft, sent, Key("k"))
        await service.filters.create(person.principal, NewFilter(name="Mine", where=Group("all", ())), sent)
        service.meter.note(person.principal, "GET /v1/activities", "test/1.0")
        await call_elsewhere(service, person)
        await come_in(service, person)
        await be_told(service, person)
        nobody = await add_record(service, person, "contact")
        await service.erasures.request(person.principal, key_of(nobody), nobody.name, lambda made: made)
    await service.meter.write()
    await service.traffic.write()
    await service.remote_log.write()
    return cast


async def be_told(service: Service, person: Person) -> None:
    """Have a webhook, to which something was sent and something is to be."""
    made = await listen(service, person, "https://ex.example/hook")
    await service.webhooks.test(person.principal, made.id)
    (job,) = await service.telling.take(person.account_id, [(made.lane, 1)], 1_000)
    sending = Sending(webhook=made, id="1", told=None, attempt=1, now=1, account_id=person.account_id, secrets={})
    line = logged(sending, Outgoing(headers=(), body=b"{}"), Came(204), "test", given_up=False)
    await service.telling.end(person.account_id, [put_off(job, 1)], [line])


async def come_in(service: Service, person: Person) -> None:
    """Sign in at the page, and have a password and one link more."""
    account_id, user_id = person.account_id, person.user_id
    await service.store.sign_ins.put_password(account_id, user_id, "a hash", 1)
    await service.signing.open_link(await service.signing.make_link(account_id, user_id), Browser("192.0.2.1", "test"))
    await service.signing.make_link(account_id, user_id)
    service.traffic.note(account_id, person.principal.token_id, "dayline")


async def call_elsewhere(service: Service, person: Person) -> None:
    """Connect an account in another system, and write something there."""
    new = NewIntegrated(integration="lever", tenant_id="acme-1", secrets={"api_key": "s3cr3t"})
    made = await service.integrated.create(person.principal, new, lambda account: account)
    await service.attempts.take(Place(person.account_id, made.id, "k", "digest"), "fingerprint")
    service.remote_log.add(
        person.account_id,
        integrated_account_id=made.id,
        integration=made.integration,
        operation="create",
        method="POST",
        path="/notes",
        status=201,
        ms=5,
    )


async def act_for(raw: Connection, person: Person) -> None:
    await raw.execute("SELECT set_config('app.account', $1, false)", str(person.account_id))


async def count(connection: Connection, table: str, condition: str = "true") -> int:
    return int(await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {condition}"))


async def a_row_of(above: Connection, table: str, person: Person) -> dict[str, Any]:
    row = await above.fetchrow(f"SELECT * FROM {table} WHERE account_id = $1", person.account_id)
    assert row is not None, f"{table} has nothing of {person.name}'s, so this test would show nothing"
    return dict(row)


async def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    names = ", ".join(f'"{name}"' for name in row)
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *row.values())


@each_table
async def test_without_an_account_nothing_is_seen(raw: Connection, above: Connection, full: Cast, table: str) -> None:
    assert await count(above, table) >= 2
    assert await count(raw, table) == 0
    await raw.execute("SELECT set_config('app.account', '', false)")
    assert await count(raw, table) == 0


@each_table
async def test_with_an_account_its_own_rows_are_seen_alone(
    raw: Connection, above: Connection, full: Cast, table: str
) -> None:
    for person, other in ((full.alice, full.charlie), (full.charlie, full.alice)):
        await act_for(raw, person)
        assert await count(raw, table) == await count(above, table, f"account_id = {person.account_id}") > 0
        assert await count(raw, table, f"account_id = {other.account_id}") == 0


@each_table
async def test_a_row_of_another_account_is_not_taken(
    raw: Connection, above: Connection, full: Cast, table: str
) -> None:
    theirs = await a_row_of(above, table, full.charlie)
    before = await above.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await insert(raw, table, theirs)
    await act_for(raw, full.alice)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await insert(raw, table, theirs)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await raw.execute(f"UPDATE {table} SET account_id = $1", full.charlie.account_id)
    assert await raw.execute(f"DELETE FROM {table} WHERE account_id = $1", full.charlie.account_id) == "DELETE 0"
    assert await above.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") == before
    await act_for(raw, full.charlie)  # it was the account alone that stood in the way
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert(raw, table, theirs)


@each_table
async def test_the_wall_is_in_force_for_the_owner_too(above: Connection, table: str) -> None:
    row = await above.fetchrow(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass($1)", table
    )
    assert row is not None
    assert tuple(row) == (True, True)
    policies = await above.fetch(
        "SELECT permissive, cmd, qual, with_check FROM pg_policies WHERE tablename = $1", table
    )
    assert len(policies) == 1
    permissive, command, qual, check = policies[0]
    assert (permissive, command, check) == ("PERMISSIVE", "ALL", None)
    assert "account_id = (NULLIF(current_setting('app.account'::text, true), ''::text))::bigint" in qual


async def test_there_is_no_table_but_these(above: Connection) -> None:
    found = await above.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert sorted(row[0] for row in found) == sorted([*WALLED, *REFERENCE, "alembic_version"])
