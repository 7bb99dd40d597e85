"""``dayline pipedrive v1-report``: who still calls API v1, what each call has become, and nothing else."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from dayline.domain.identity import Principal
from dayline.domain.time import DAY_MS, format_instant, now_ms
from dayline.kit.dialect import Operation
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.open import open_store
from dayline.vendors.pipedrive.limits import meter
from dayline.vendors.pipedrive.migration import FIELDS, replacement
from dayline.vendors.pipedrive.routes import DIALECT
from tests.house import living_town
from tests.postgres import Server
from tests.test_commands import begin, run


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, postgres: Server, postgres_template: str) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/dayline.db"
    postgres.drop("v1_report")
    return postgres.create("v1_report", postgres_template)


def report(url: str, folder: Path, *arguments: str) -> str:
    done = run("pipedrive", "v1-report", "--database", url, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def call(url: str, token: str, *calls: tuple[str, str], days_ago: int = 0) -> None:
    """Have a running server count these calls, of operations with these paths and by these agents."""

    async def work() -> None:
        store = await open_store(url, clock=lambda: now_ms() - days_ago * DAY_MS)
        service = Service(store)
        who = await service.identities.principal(token)
        for path, agent in calls:
            method, _, path_ = path.partition(" ")
            note(method, path_, service, who, agent)
        await service.tidy()
        await store.close()

    asyncio.run(work())


async def _nothing(_: Any) -> Any:
    raise AssertionError


def note(method: str, path: str, service: Service, who: Principal, agent: str) -> None:
    counted = meter(Operation(method=method, path=path, handler=_nothing, name="x", summary="x", scope="x", reply=None))
    assert counted is not None
    counted(service, who, agent)


def test_it_says_who_and_what_it_is_now(tmp_path: Path, url: str) -> None:
    token = str(begin(tmp_path, "--database", url)["token"])
    assert report(url, tmp_path) == "Account 'Acme': nobody called API v1 in the last 30 days.\n"
    call(url, token, ("GET /v1/activities", "old-sync/1.0"), days_ago=40)
    call(url, token, ("GET /api/v1/users/me", "n8n"), ("PUT /v1/activities/{number}", "n8n"), days_ago=3)
    call(url, token, ("PUT /api/v1/activities/{id}", "n8n"), ("DELETE /v1/activities", ""))
    today, before = (format_instant(now_ms() - days * DAY_MS)[:10] for days in (0, 3))
    said = report(url, tmp_path).splitlines()
    assert said[:15] == [
        "Account 'Acme': 2 clients called API v1 in the last 30 days.",
        "",
        "(no User-Agent), with token 1 'first' of ann@example.com",
        f"  DELETE /v1/activities  once, {today}",
        "    is now DELETE /api/v2/activities/{id}",
        "      one call for each of ids",
        "",
        "n8n, with token 1 'first' of ann@example.com",
        f"  GET /v1/users/me  once, {before}",
        "    stays: the vendor has no v2 call for it",
        f"  PUT /v1/activities/{{id}}  2 times, {before} to {today}",
        "    is now PATCH /api/v2/activities/{id}",
        "      JSON, not a form",
        "",
        "What changes in an activity:",
    ]
    assert [line.split()[0] for line in said[15:]] == [old.split()[0] for old, _ in FIELDS]
    assert "old-sync" in report(url, tmp_path, "--days", "41")
    lately = report(url, tmp_path, "--days", "2")
    assert "PUT /v1/activities" in lately
    assert "/v1/users/me" not in lately


def test_what_a_client_calls_itself_does_not_move_the_terminal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dayline.db"
    call_me = "evil\x1b[2J\x9b31m\x00\x85client"
    token = str(begin(tmp_path)["token"])
    call(url, token, ("GET /v1/users", call_me.replace("\x00", "")))
    said = report(url, tmp_path)
    assert "evil?[2J?31m?client, with" in said
    assert said.replace("\n", "").isprintable()
    assert "What changes" not in said


def test_other_accounts_are_not_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dayline.db"
    begin(tmp_path)

    async def other() -> str:
        store = await open_store(url)
        service = Service(store)
        account = await service.identities.create_account("Other")
        user = await service.identities.add_user(account.id, NewUser(name="Charlie", email="charlie@example.com"))
        issued = await service.identities.issue_token(account.id, user.id, "theirs")
        await store.close()
        return issued.credential

    call(url, asyncio.run(other()), ("GET /v1/activities", "theirs/1.0"))
    assert "theirs/1.0" not in report(url, tmp_path, "--account", "Acme")
    assert "theirs/1.0" in report(url, tmp_path, "--account", "Other")


def test_calls_of_v2_are_not_counted_and_those_of_v1_are() -> None:
    for operation in DIALECT.operations:
        assert (meter(operation) is None) == operation.path.startswith("/api/v2/"), operation.path


def plain(method: str, path: str) -> str:
    return f"{method} {re.sub('{.*?}', '{id}', path)}"


def test_what_replaces_a_call_is_served() -> None:
    served = {plain(operation.method, operation.path) for operation in DIALECT.operations}
    found = {called: replaced.call for called in served if (replaced := replacement(called)) is not None}
    about_activities = [called for called in found if "/activities" in called]
    assert len(about_activities) == 11
    assert set(found.values()) <= served


def test_what_a_server_was_called_is_told(tmp_path: Path) -> None:
    with living_town(tmp_path) as town, town.client(town.bob) as bob, town.client() as stranger:
        for path in ("/v1/activities", "/api/v1/activities", "/pipedrive/v1/activities", "/api/v2/activities"):
            bob.get(path, headers={"user-agent": "n8n"})
        bob.post("/v1/activities", content=b"no JSON", headers={"user-agent": "n8n"})
        stranger.get("/v1/activities")
        town.wait(town.service.tidy())
        found = town.wait(town.service.meter.calls(town.bob.account_id))
        assert [(one.called, one.calls) for one in found] == [("GET /v1/activities", 3), ("POST /v1/activities", 1)]
        said = report(town.database_url, tmp_path, "--account", "Acme")
    assert "n8n, with token 2 'test' of bob@example.com" in said
