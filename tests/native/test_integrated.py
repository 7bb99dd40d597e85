"""Integrated accounts over the native API: how they stand and what was called, for admins, and never a credential."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dayline.domain.integrated import IntegratedAccount, NewIntegrated
from tests.cast import Person
from tests.house import Town
from tests.native.problems import assert_problem

ACCOUNTS = "/dayline/v1/integrated-accounts"
SECRET, CONTEXT = "s3cr3t-0f-acme", "a-c0ntext"
NOBODYS = "019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e3f"
Json = dict[str, Any]


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    with town.client(newcomer) as client:
        yield client


def connect(town: Town, who: Person, tenant: str = "acme-1", **fields: Any) -> IntegratedAccount:
    given = {"integration": "lever", "secrets": {"api_key": SECRET}, "context": {"user_id": CONTEXT}, **fields}
    new = NewIntegrated(tenant_id=tenant, **given)
    return town.wait(town.service.integrated.create(who.principal, new, lambda made: made))


def note(town: Town, who: Person, account: IntegratedAccount, status: int | None = 200, message: str = "") -> None:
    """Log a call there, as the way out does."""

    async def call() -> None:
        town.service.remote_log.add(
            who.account_id,
            integrated_account_id=account.id,
            integration=account.integration,
            operation="activities.list",
            method="GET",
            path="/opportunities/{id}/notes",
            status=status,
            ms=12,
            result_count=3 if status == 200 else None,
            message=message,
            request_id="r-1",
        )
        await town.service.remote_log.write()

    town.wait(call())


def test_it_shows_how_each_stands(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    made = connect(town, newcomer, label="Acme's")
    note(town, newcomer, made)
    town.wait(asyncio.sleep(0.002))  # of two calls in the same millisecond neither is the last
    note(town, newcomer, made, 401, "Unauthorized")
    shown = nora.get(ACCOUNTS).json()["data"][0]
    last = shown.pop("last_call")
    assert (last["status"], last["error"], last["operation"]) == (401, "Unauthorized", "activities.list")
    assert (shown["id"], shown["integration"], shown["tenant_id"], shown["label"]) == (
        *(made.id, "lever", "acme-1"),
        "Acme's",
    )
    assert (shown["status"], shown["last_error"], shown["sandbox"]) == ("active", None, False)
    assert shown["status_since"] == shown["created_at"]
    town.wait(town.service.integrated.note_status(newcomer.account_id, made.id, "needs_reauth", "Unauthorized"))
    now = nora.get(f"{ACCOUNTS}/{made.id.upper()}").json()
    assert (now["status"], now["last_error"]) == ("needs_reauth", "Unauthorized")
    assert now["status_since"] == now["updated_at"]
    for text in (nora.get(ACCOUNTS).text, nora.get(f"{ACCOUNTS}/{made.id}").text):
        assert SECRET not in text
        assert CONTEXT not in text


def test_since_when_stays_while_it_stands_so(town: Town, newcomer: Person) -> None:
    integrated, made = town.service.integrated, connect(town, newcomer)
    for error in ("Unauthorized", "Forbidden"):
        town.wait(integrated.note_status(newcomer.account_id, made.id, "needs_reauth", error))
    refused = town.wait(integrated.get(newcomer.principal, made.id))
    anew = integrated.change_credentials(newcomer.principal, made.id, {"api_key": "another"}, lambda made: made)
    assert made.stood_at == 0
    assert made.created_at <= refused.stood_at <= refused.updated_at
    assert town.wait(anew).stood_at >= refused.stood_at


def test_lists_are_chosen_and_paged(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    ids = [connect(town, newcomer, f"t-{number}", is_sandbox=number == 2).id for number in range(3)]
    first = nora.get(ACCOUNTS, params={"limit": 2}).json()
    second = nora.get(ACCOUNTS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["data"] + second["data"]] == ids
    assert second["next_cursor"] is None
    for query, found in (
        ({"tenant_id": "t-1"}, ids[1:2]),
        ({"sandbox": "true"}, ids[2:]),
        ({"integration": "ashby"}, []),
    ):
        assert [one["id"] for one in nora.get(ACCOUNTS, params=query).json()["data"]] == found


def test_calls_are_listed_for_each(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    made, other = connect(town, newcomer), connect(town, newcomer, "acme-2")
    for status, message in ((200, ""), (500, "Server error"), (None, "No answer in time")):
        note(town, newcomer, made, status, message)
    note(town, newcomer, other)
    path = f"{ACCOUNTS}/{made.id}/calls"
    first = nora.get(path, params={"limit": 2}).json()
    second = nora.get(path, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    calls = first["data"] + second["data"]
    assert {call["status"] for call in calls} == {200, 500, None}
    assert second["next_cursor"] is None
    failed = nora.get(path, params={"failed": "true"}).json()["data"]
    assert {call["error"] for call in failed} == {"Server error", "No answer in time"}
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert nora.get(path, params={"since": tomorrow}).json() == {"data": [], "next_cursor": None}
    assert_problem(nora.get(path, params={"since": "yesterday"}), 400, "since")


def test_they_are_the_admins_and_of_the_own_account(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    made = connect(town, newcomer)
    paths = (ACCOUNTS, f"{ACCOUNTS}/{made.id}", f"{ACCOUNTS}/{made.id}/calls")
    member = town.move_in(newcomer.account_id, f"Marek{newcomer.account_id}", "member")
    for who in (member, town.credential(newcomer, scopes=frozenset(("activities:read",)))):
        with town.client(who) as client:
            for path in paths:
                assert_problem(client.get(path), 403)
    with town.client(town.alice) as client:
        assert client.get(ACCOUNTS).json()["data"] == []
        for path in paths[1:]:
            assert_problem(client.get(path), 404)
    for path in (f"{ACCOUNTS}/{NOBODYS}", f"{ACCOUNTS}/none", f"{ACCOUNTS}/none/calls"):
        assert_problem(nora.get(path), 404)
