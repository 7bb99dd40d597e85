"""The stream of changes: it goes on after a break, keeps to what its reader may see, and holds nothing open."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.cast import Person
from tests.conftest import Homes
from tests.house import Town, living_town
from tests.native.problems import assert_problem
from tests.native.reading import CHANGES, STREAM, Event, listening, make, now, one, read, until


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
def small(tmp_path: Path, homes: Homes) -> Iterator[Town]:
    """A house with room for few who wait."""
    with living_town(tmp_path, database_url=homes.new(tmp_path), streams=3, streams_each=2) as running:
        yield running


def test_a_stream_tells_what_happens(nora: httpx2.Client) -> None:
    start = now(nora)
    with listening(nora, since="latest") as stream:
        ready = stream.next()
        assert ready == Event(str(start), "ready", {"next": start})
        made = make(nora)
        created = stream.next()
        nora.patch(one(made), json={"done": True})
        done = stream.next()
        assert created is not None
        assert done is not None
        assert [created.data, done.data] == read(nora, since=start)["data"]
        assert [(event.id, event.type) for event in (created, done)] == [
            (str(start + 1), "activity.created"),
            (str(start + 2), "activity.done"),
        ]
        assert {"no-store", "no-transform"} == set(stream.answer.headers["cache-control"].split(", "))


def test_a_stream_first_tells_what_has_happened(nora: httpx2.Client) -> None:
    start = now(nora)
    ids = [make(nora)["id"] for _ in range(3)]
    with listening(nora, since=str(start), types="activity.created") as stream:
        stream.until("ready")
        assert [stream.until("activity.created").data["entity_id"] for _ in ids] == ids


def test_a_stream_goes_on_after_a_break(nora: httpx2.Client) -> None:
    """Whatever happens while nobody listens: the library sends the address as at first, and the last id."""
    ids = [make(nora)["id"]]
    with listening(nora, since="latest") as stream:
        last = stream.until("ready")
    ids = []
    for _ in range(4):
        ids += [make(nora)["id"] for _ in range(2)]
        with listening(nora, last=last.id, since="latest") as stream:
            seen = [(last := stream.until("activity.created")).data["entity_id"] for _ in range(2)]
            assert seen == ids[-2:]


def test_a_stream_shows_what_its_reader_may_see(nora: httpx2.Client, ben: httpx2.Client) -> None:
    with listening(ben, since="latest") as stream:
        stream.until("ready")
        made = make(nora, visibility="private", subject="Secret")
        make(nora, subject="Seen")
        assert stream.next().data["after"]["subject"] == "Seen"  # type: ignore[union-attr]
        nora.patch(one(made), json={"visibility": "public", "subject": "No secret"})
        event = stream.next()
        assert event is not None
        assert (event.type, event.data["before"]) == ("activity.created", None)


def test_a_stream_ends_with_the_right_to_it(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    issued = town.wait(town.service.identities.issue_token(newcomer.account_id, newcomer.user_id, "short-lived"))
    with town.client(issued.credential) as other, listening(other, since="latest") as stream:
        stream.until("ready")
        nora.delete(f"/dayline/v1/tokens/{issued.token.id}")
        make(nora, subject="After it")
        assert stream.rest() == []
        assert_problem(other.get(STREAM), 401)
    until(lambda: town.service.changes.waiting == 0)


def test_a_stream_narrows_with_the_role(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    eva = town.move_in(newcomer.account_id, "Eva", "admin")
    with town.client(eva) as client, listening(client, since="latest", types="activity") as stream:
        stream.until("ready")
        make(nora, visibility="private", subject="Seen by an admin")
        assert stream.until("activity.created").data["after"]["subject"] == "Seen by an admin"
        changed = nora.patch(f"/dayline/v1/users/{eva.user_id}", json={"role": "member"})
        assert changed.status_code == 200, changed.text
        make(nora, visibility="private", subject="Not for a member")
        make(nora, subject="For all")
        assert stream.until("activity.created").data["after"]["subject"] == "For all"


def test_streams_are_bounded(small: Town) -> None:
    with small.client(small.alice) as alice, small.client(small.bob) as bob:
        with listening(alice, since="latest"), listening(alice, since="latest"):
            until(lambda: small.service.changes.waiting == 2)
            refused = alice.get(STREAM)
            assert_problem(refused, 429)
            assert refused.headers["retry-after"]
            assert_problem(alice.get(CHANGES, params={"since": "latest", "wait": 5}), 429)
            assert read(alice, since="latest")["data"] == []
            with listening(bob, since="latest"):
                assert_problem(bob.get(STREAM), 503)
        until(lambda: small.service.changes.waiting == 0)
        with listening(alice, since="latest") as stream:
            assert stream.next() is not None


def test_who_goes_away_leaves_nothing(town: Town, nora: httpx2.Client) -> None:
    with listening(nora, since="latest") as stream:
        stream.until("ready")
        assert town.service.changes.waiting == 1
    until(lambda: town.service.changes.waiting == 0)
    with ThreadPoolExecutor() as pool:
        impatient = pool.submit(nora.get, CHANGES, params={"since": "latest", "wait": 30}, timeout=0.5)
        assert isinstance(impatient.exception(30), httpx2.ReadTimeout)
    until(lambda: town.service.changes.waiting == 0)
    assert nora.head(STREAM, params={"since": "latest"}).status_code == 200
    until(lambda: town.service.changes.waiting == 0)


def test_a_stop_ends_all_waits(tmp_path: Path) -> None:
    with living_town(tmp_path) as town, town.client(town.alice) as alice, town.client(town.bob) as bob:
        start = now(alice)
        with ThreadPoolExecutor() as pool, listening(alice, since="latest") as stream:
            stream.until("ready")
            rest = pool.submit(stream.rest)
            asked = pool.submit(read, bob, since=start, wait=30)
            until(lambda: town.service.changes.waiting == 2)
            town.stop()
            assert asked.result(20) == {"data": [], "next": start, "more": False}
            assert rest.result(20) == []
