"""Waiting for what happens: it is told at once, whoever did it, and to nobody who may not see it any more."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.cast import Person
from tests.house import Town
from tests.native.problems import ACTIVITIES, RECORDS, assert_problem
from tests.native.reading import CHANGES, listening, make, now, read, until, walk


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    """The admin of an account where nothing else happens."""
    with town.client(newcomer) as client:
        yield client


@pytest.fixture
def ben(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    """A member there."""
    with town.client(town.move_in(newcomer.account_id, "Ben", "member")) as client:
        yield client


@pytest.fixture
def waiting(town: Town) -> Iterator[Callable[[httpx2.Client], "Future[dict[str, Any]]"]]:
    """Has somebody wait for the next change, and goes on once he does."""
    with ThreadPoolExecutor() as pool:

        def begin(client: httpx2.Client, **query: int | str) -> "Future[dict[str, Any]]":
            before = town.service.changes.waiting
            answer = pool.submit(read, client, since=now(client), wait=25, **query)
            until(lambda: town.service.changes.waiting > before)
            return answer

        yield begin


def test_a_wait_ends_with_a_write_through_another_api(nora: httpx2.Client, waiting: Any) -> None:
    answer = waiting(nora)
    made = nora.post("/pipedrive/api/v2/activities", json={"subject": "From afar", "type": "call"})
    assert made.status_code == 200, made.text
    (change,) = answer.result(30)["data"]
    assert (change["type"], change["surface"]) == ("activity.created", "pipedrive")
    assert (change["entity_id"], change["after"]["subject"]) == (made.json()["data"]["id"], "From afar")


def test_a_wait_sees_what_another_process_writes(town: Town, nora: httpx2.Client, waiting: Any) -> None:
    answer = waiting(nora)
    listeners, town.service.store.listeners = town.service.store.listeners, []  # nobody here is told of it
    try:
        made = make(nora)
    finally:
        town.service.store.listeners = listeners
    assert [change["entity_id"] for change in answer.result(30)["data"]] == [made["id"]]


def test_a_wait_goes_on_over_what_is_hidden(nora: httpx2.Client, ben: httpx2.Client, waiting: Any) -> None:
    answer = waiting(ben)
    make(nora, visibility="private")
    make(nora, subject="Seen")
    told = answer.result(30)
    assert [change["after"]["subject"] for change in told["data"]] == ["Seen"]
    assert told["next"] == now(nora)


def test_a_wait_ends_by_itself(nora: httpx2.Client) -> None:
    start = now(nora)
    assert read(nora, since=start, wait=1) == {"data": [], "next": start, "more": False}
    assert_problem(nora.get(CHANGES, params={"wait": 31}), 400, "wait")


def test_who_lost_his_right_while_he_waited_is_told_nothing(
    town: Town, newcomer: Person, nora: httpx2.Client, waiting: Any
) -> None:
    issued = town.wait(town.service.identities.issue_token(newcomer.account_id, newcomer.user_id, "short-lived"))
    with town.client(issued.credential) as other, ThreadPoolExecutor() as pool:
        asked = pool.submit(other.get, CHANGES, params={"since": now(nora), "wait": 25})
        until(lambda: town.service.changes.waiting > 0)
        nora.delete(f"/dayline/v1/tokens/{issued.token.id}")
        assert_problem(asked.result(30), 401)


def test_readers_miss_nothing_under_parallel_writers(nora: httpx2.Client, town: Town, newcomer: Person) -> None:
    """Four writers through four surfaces, a page reader, a waiter and a stream: each sees the same, once."""
    start, each = now(nora), 10
    surfaces = (
        (ACTIVITIES, {"type": "call"}),
        ("/pipedrive/api/v2/activities", {"type": "call", "subject": "x"}),
        ("/v1/activities", {"type": "call", "subject": "x"}),
        (RECORDS, {"kind": "deal", "name": "Big"}),
    )
    expected, done = each * len(surfaces), threading.Event()

    def write(path: str, body: dict[str, str]) -> None:
        with town.client(newcomer) as client:
            for _ in range(each):
                answer = client.post(path, json=body)
                assert answer.is_success, answer.text

    def follow(wait: int) -> list[int]:
        seen: list[int] = []
        cursor = start
        with town.client(newcomer) as client:
            while len(seen) < expected and not done.is_set():
                page = read(client, since=cursor, limit=7, wait=wait)
                seen += [change["sequence"] for change in page["data"]]
                cursor = page["next"]
        return seen

    def listen() -> list[int]:
        with town.client(newcomer) as client, listening(client, since=str(start)) as stream:
            stream.until("ready")
            return [stream.next().data["sequence"] for _ in range(expected)]  # type: ignore[union-attr]

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(follow, 0), pool.submit(follow, 5), pool.submit(listen), pool.submit(listen)]
        writers = [pool.submit(write, *surface) for surface in surfaces]
        for writer in writers:
            writer.result(60)
        whole = [change["sequence"] for change in walk(nora, start)]
        assert whole == list(range(start + 1, start + expected + 1))
        try:
            assert [reader.result(60) for reader in readers] == [whole] * 4
        finally:
            done.set()
