"""The connector against Lever's sandbox over real HTTP, and the sandbox against the pages about Lever."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from dayline.remote.connector import Answer, Connection, NewNote, Outbound, RemoteActivity, Wanted
from dayline.remote.sandbox import Received
from dayline.remote.standing import standing
from dayline.vendors.lever import people
from dayline.vendors.lever.connector import CONNECTOR
from dayline.vendors.lever.sandbox import BURST, LeverSandbox
from tests.contract.calling import World
from tests.plain import NO_TLS

OPPORTUNITY = "6408dc54-7015-4e5b-8d60-23afff2b1efc"
NOTES = f"/opportunities/{OPPORTUNITY}/notes"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[LeverSandbox, str]]:
    """One sandbox for all tests here."""
    sandbox = LeverSandbox()
    with standing(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def sandbox(served: tuple[LeverSandbox, str]) -> LeverSandbox:
    """As new."""
    served[0].reset()
    return served[0]


@pytest.fixture
def lever(sandbox: LeverSandbox, served: tuple[LeverSandbox, str]) -> Iterator[httpx2.Client]:
    """Somebody who calls Lever by himself."""
    with httpx2.Client(base_url=served[1], auth=(sandbox.key, ""), timeout=30, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def world(sandbox: LeverSandbox, served: tuple[LeverSandbox, str]) -> Iterator[World]:
    """The sandbox, and somebody who calls it through the connector."""
    with httpx2.Client(timeout=30, verify=NO_TLS) as client:
        yield World(sandbox, Connection("account", served[1], sandbox.context()), client)


def create(world: World, **given: Any) -> tuple[Answer, RemoteActivity]:
    note = NewNote(**{"candidate_id": OPPORTUNITY, "body": "Strong"} | given)
    answer = world.ask(CONNECTOR.create(world.connection, note))
    assert CONNECTOR.refusal(answer) is None
    return answer, CONNECTOR.created(answer, note)


def read_all(world: World, candidate_id: str, limit: int) -> list[list[RemoteActivity]]:
    pages, cursor = [], None
    while True:
        wanted = Wanted(candidate_id=candidate_id, limit=limit, cursor=cursor)
        page = CONNECTOR.listed(world.ask(CONNECTOR.list(world.connection, wanted)), wanted)
        pages.append(list(page.items))
        cursor = page.cursor
        if cursor is None:
            return pages


def refused(world: World, outbound: Outbound) -> tuple[int, str]:
    refusal = CONNECTOR.refusal(world.ask(outbound))
    assert refusal is not None
    return refusal.status, refusal.message


def last(sandbox: LeverSandbox) -> Received:
    return sandbox.requests[-1]


def test_a_note_arrives_as_documented_and_comes_back(sandbox: LeverSandbox, world: World) -> None:
    answer, made = create(world, body="Strong on systems design", visibility="private", created_at=1782974189000)
    request = last(sandbox)
    assert (request.method, request.target) == ("POST", f"/v1{NOTES}")
    assert request.basic() == (sandbox.key, "")
    assert request.json() == {"value": "Strong on systems design", "secret": True, "createdAt": 1782974189000}
    assert answer.status == 201
    assert answer.header("server") == "lever-data-api"
    assert (made.body, made.visibility, made.created_at) == ("Strong on systems design", "private", 1782974189000)
    assert (made.actor_id, made.actor_type) == (people.KEYS_OWNER, "user")
    assert made.raw["noteId"] == made.id
    [written] = sandbox.written
    assert (written.id, written.candidate_id, written.document["secret"]) == (made.id, OPPORTUNITY, True)
    got = CONNECTOR.got(world.ask(CONNECTOR.get(world.connection, OPPORTUNITY, made.id)), OPPORTUNITY)
    assert (got.id, got.body, got.visibility) == (made.id, made.body, "admin_only")


def test_a_list_is_read_to_its_end_by_offsets_that_are_encoded_once(sandbox: LeverSandbox, world: World) -> None:
    made = [create(world, body=f"{n}", created_at=1782974189000 + n // 2)[1].id for n in range(7)]
    pages = read_all(world, OPPORTUNITY, 3)
    assert [len(page) for page in pages] == [3, 3, 1]
    ids = [item.id for page in pages for item in page]
    assert sorted(ids) == sorted(made)
    assert "offset=%5B3%2C17829741890" in last(sandbox).target
    assert "%25" not in last(sandbox).target


def test_offsets_are_as_lever_writes_them_and_double_encoding_is_refused(lever: httpx2.Client, world: World) -> None:
    create(world, created_at=1491435120000)
    create(world, created_at=1491435120000)
    page = lever.get(NOTES, params={"limit": 1}).json()
    assert page["hasNext"] is True
    assert page["next"].startswith("%5B3%2C1491435120000%2C%22")
    second = lever.get(f"{NOTES}?limit=1&offset={page['next']}").json()
    assert second["hasNext"] is False
    assert "next" not in second
    assert lever.get(f"{NOTES}?limit=1&offset={quote(page['next'])}").status_code == 400


def test_what_was_deleted_is_in_lists_of_lever_and_not_in_ours(lever: httpx2.Client, world: World) -> None:
    theirs = lever.get(f"/opportunities/{people.NOTED}/notes").json()["data"]
    assert any(note["deletedAt"] for note in theirs)
    [ours] = [item for page in read_all(world, people.NOTED, 100) for item in page]
    assert ours.body == "Met at the fair\n\nCalled back"
    made = create(world)[1].id
    gone = lever.delete(f"{NOTES}/{made}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert lever.delete(f"{NOTES}/{made}").status_code == 404
    assert read_all(world, OPPORTUNITY, 100) == [[]]
    assert refused(world, CONNECTOR.get(world.connection, OPPORTUNITY, made)) == (404, "The note is deleted")


def test_a_contact_is_no_candidate(world: World) -> None:
    note = NewNote(candidate_id=people.TWICE, body="x")
    assert refused(world, CONNECTOR.create(world.connection, note)) == (404, "Opportunity was not found")


def test_a_note_without_text_gets_levers_own_refusal(sandbox: LeverSandbox, world: World) -> None:
    outbound = CONNECTOR.create(world.connection, NewNote(candidate_id=OPPORTUNITY))
    assert outbound.body == {"secret": False}
    assert refused(world, outbound) == (400, "value is required")
    assert sandbox.written == []


def test_a_wrong_key_must_be_given_anew(world: World) -> None:
    wrong = world.without_secrets(api_key="another")
    refusal = CONNECTOR.refusal(wrong.ask(CONNECTOR.probe(wrong.connection)))
    assert refusal is not None
    assert (refusal.status, refusal.reauthorize) == (401, True)
    assert CONNECTOR.refusal(world.ask(CONNECTOR.probe(world.connection))) is None


@pytest.mark.parametrize(("fault", "status", "wait"), [("429", 429, 1), ("500", 500, None), ("503", 503, None)])
def test_lever_in_trouble(sandbox: LeverSandbox, world: World, fault: Any, status: int, wait: int | None) -> None:
    sandbox.fail(fault)
    answer = world.ask(CONNECTOR.create(world.connection, NewNote(candidate_id=OPPORTUNITY, body="x")))
    refusal = CONNECTOR.refusal(answer)
    assert refusal is not None
    assert (refusal.status, refusal.retry_after, refusal.reauthorize) == (status, wait, False)
    assert answer.header("retry-after") is None
    assert sandbox.written == []


def test_an_empty_page_with_more_to_come_leads_on(sandbox: LeverSandbox, world: World) -> None:
    made = {create(world)[1].id for _ in range(3)}
    sandbox.fail("empty_page", times=2)
    pages = read_all(world, OPPORTUNITY, 2)
    assert [len(page) for page in pages] == [0, 0, 2, 1]
    assert {item.id for page in pages for item in page} == made


def test_the_old_paths_are_the_same_ones(lever: httpx2.Client, world: World) -> None:
    made = create(world)[1].id
    assert lever.get(f"/candidates/{OPPORTUNITY}/notes/{made}").json()["data"]["id"] == made
    assert lever.get(f"/candidates/{OPPORTUNITY}").json() == lever.get(f"/opportunities/{OPPORTUNITY}").json()


def test_perform_as_writes_in_somebodys_name(lever: httpx2.Client) -> None:
    made = lever.post(NOTES, params={"perform_as": people.COLLEAGUE}, json={"value": "x"})
    assert made.status_code == 201
    assert made.json()["data"]["user"] == people.COLLEAGUE
    assert made.json()["data"]["fields"][0]["user"] == people.COLLEAGUE
    assert lever.post(NOTES, params={"perform_as": "nobody"}, json={"value": "x"}).status_code == 400


def test_note_id_adds_to_a_note_that_is_there(lever: httpx2.Client, world: World) -> None:
    made = create(world, body="First")[1].id
    more = lever.post(NOTES, params={"note_id": made}, json={"value": "Second"})
    assert (more.status_code, more.json()["data"]["id"]) == (201, made)
    [[note]] = read_all(world, OPPORTUNITY, 10)
    assert note.body == "First\n\nSecond"
    assert lever.post(NOTES, params={"note_id": "none"}, json={"value": "x"}).status_code == 404


def test_only_what_came_through_the_api_can_be_changed(lever: httpx2.Client, world: World) -> None:
    made = create(world, body="First")[1].id
    assert lever.put(f"{NOTES}/{made}", json={"value": "Better"}).json()["data"]["fields"][0]["value"] == "Better"
    by_hand = people.notes()[0]["id"]
    for method in ("PUT", "DELETE"):
        answer = lever.request(method, f"/opportunities/{people.NOTED}/notes/{by_hand}", json={"value": "x"})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"value": 5}', "application/json"),
        (b'{"value": " "}', "application/json"),
        (b'{"value": "x", "secret": "yes"}', "application/json"),
        (b'{"value": "x", "createdAt": "2026-01-01"}', "application/json"),
        (b'{"value": "x"}', "text/plain"),
    ],
)
def test_a_body_that_is_wrong_is_a_400_with_code_and_message(
    sandbox: LeverSandbox, lever: httpx2.Client, body: bytes, kind: str
) -> None:
    answer = lever.post(NOTES, content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message"}
    assert sandbox.written == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=", "offset=5", "offset=[3]", "offset={}"])
def test_a_page_that_cannot_be_is_a_400(lever: httpx2.Client, query: str) -> None:
    assert lever.get(f"{NOTES}?{query}").json()["code"] == "InvalidArgument"


@pytest.mark.parametrize("path", ["/nothing", "/opportunities/x/notes", f"{NOTES}/x", f"{NOTES}/x/y", "/users/x"])
def test_what_is_not_there_is_a_404(lever: httpx2.Client, path: str) -> None:
    assert (lever.get(path).status_code, lever.get(path).json()["code"]) == (404, "ResourceNotFound")


def test_the_bucket_runs_empty_and_fills_up_again() -> None:
    now = [0.0]
    sandbox = LeverSandbox(limited=True, clock=lambda: now[0])
    auth = ("authorization", "Basic c2FuZGJveC1rZXk6")

    def status() -> int:
        return sandbox.answer(Received("GET", "/v1/users", (auth,), b"")).status

    assert [status() for _ in range(BURST + 1)] == [200] * BURST + [429]
    now[0] += 0.25
    assert [status() for _ in range(3)] == [200, 200, 429]
    sandbox.reset()
    assert status() == 200


def test_the_command_line_that_it_shows_is_true(sandbox: LeverSandbox, lever: httpx2.Client) -> None:
    line = sandbox.example(str(lever.base_url).rstrip("/"))
    address = line.split()[-1]
    assert line.startswith(f"curl -u {sandbox.key}: ")
    assert json.loads(lever.get(address).content)["hasNext"] is False
