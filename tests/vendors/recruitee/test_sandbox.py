"""The connector against Recruitee's sandbox over real HTTP, and the sandbox against the pages about Recruitee."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dayline.remote.connector import Connection, NewNote, RemoteActivity, Wanted
from dayline.remote.merging import Options, merged
from dayline.remote.sandbox import Received
from dayline.remote.standing import standing
from dayline.vendors.recruitee.connector import CONNECTOR
from dayline.vendors.recruitee.sandbox import COMPANY, NOTED, STRANGERS, RecruiteeSandbox
from tests.contract.calling import World
from tests.plain import NO_TLS

CANDIDATE = "41923"
NOTES = f"/c/126786/candidates/{CANDIDATE}/notes"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[RecruiteeSandbox, str]]:
    """One sandbox for all tests here."""
    sandbox = RecruiteeSandbox()
    with standing(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def sandbox(served: tuple[RecruiteeSandbox, str]) -> RecruiteeSandbox:
    """As new."""
    served[0].heeds_offset = True
    served[0].reset()
    return served[0]


@pytest.fixture
def recruitee(sandbox: RecruiteeSandbox, served: tuple[RecruiteeSandbox, str]) -> Iterator[httpx2.Client]:
    """Somebody who calls Recruitee by himself."""
    headers = {"authorization": f"Bearer {sandbox.key}"}
    with httpx2.Client(base_url=served[1], headers=headers, timeout=30, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def world(sandbox: RecruiteeSandbox, served: tuple[RecruiteeSandbox, str]) -> Iterator[World]:
    """The sandbox, and somebody who calls it through the connector."""
    with httpx2.Client(timeout=30, verify=NO_TLS) as client:
        yield World(sandbox, Connection("account", served[1], sandbox.context()), client)


def create(world: World, **given: Any) -> RemoteActivity:
    note = NewNote(**{"candidate_id": CANDIDATE, "body": "Good"} | given)
    answer = world.ask(CONNECTOR.create(world.connection, note))
    assert (CONNECTOR.refusal(answer), answer.status) == (None, 201)
    return CONNECTOR.created(answer, note)


def read_all(world: World, candidate_id: str, limit: int) -> list[list[RemoteActivity]]:
    pages, cursor = [], None
    while True:
        wanted = Wanted(candidate_id=candidate_id, limit=limit, cursor=cursor)
        page = CONNECTOR.listed(world.ask(CONNECTOR.list(world.connection, wanted)), wanted)
        pages.append(list(page.items))
        cursor = page.cursor
        if cursor is None:
            return pages


def last(sandbox: RecruiteeSandbox) -> Received:
    return sandbox.requests[-1]


def test_a_note_arrives_as_documented_and_comes_back(sandbox: RecruiteeSandbox, world: World) -> None:
    made = create(world, body="Phone screen went well", visibility="private")
    request = last(sandbox)
    assert (request.method, request.target) == ("POST", NOTES)
    assert request.bearer() == sandbox.key
    assert request.json() == {"note": {"body": "Phone screen went well", "visibility": {"level": "private"}}}
    assert (made.id, made.candidate_id, made.actor_id) == ("90112", CANDIDATE, "771")
    assert (made.body, made.visibility) == ("Phone screen went well", "private")
    assert made.created_at is not None
    [written] = sandbox.written
    assert (written.id, written.candidate_id) == ("90112", CANDIDATE)
    assert written.document["visibility"] == {"level": "private"}
    assert read_all(world, CANDIDATE, 10) == [[made]]


def test_a_list_is_read_to_its_end(sandbox: RecruiteeSandbox, world: World) -> None:
    made = [create(world, body=f"{n}").id for n in range(6)]
    pages = read_all(world, CANDIDATE, 2)
    assert [len(page) for page in pages] == [2, 2, 2, 0]
    assert [item.id for page in pages for item in page] == made[::-1]
    assert last(sandbox).target == f"{NOTES}?limit=2&offset=6"


def test_a_list_ends_where_offsets_are_not_heeded(sandbox: RecruiteeSandbox, world: World) -> None:
    made = [create(world, body=f"{n}").id for n in range(6)]
    sandbox.heeds_offset = False
    pages = read_all(world, CANDIDATE, 2)
    assert [item.id for page in pages for item in page] == made[:3:-1]
    assert len(sandbox.requests) == 6 + 2


def test_what_some_roles_see_is_private_and_old_times_are_read(world: World) -> None:
    [[newest, *_]] = read_all(world, str(NOTED), 10)
    assert (newest.visibility, newest.raw["visibility"]) == ("private", {"level": "roles"})
    assert newest.created_at == 1777797000000


@pytest.mark.parametrize(
    ("company", "status", "words"),
    [
        ("999", 422, "Company id is invalid"),
        (STRANGERS[0], 403, "You are not authorized to perform this action"),
    ],
)
def test_a_wrong_company_is_not_a_wrong_token(world: World, company: str, status: int, words: str) -> None:
    elsewhere = world.without_secrets(company_id=company)
    answer = elsewhere.ask(CONNECTOR.create(elsewhere.connection, NewNote(candidate_id=CANDIDATE, body="x")))
    refusal = CONNECTOR.refusal(answer)
    assert refusal is not None
    assert (refusal.status, refusal.message, refusal.reauthorize) == (status, words, False)
    probed = CONNECTOR.refusal(elsewhere.ask(CONNECTOR.probe(elsewhere.connection)))
    assert probed is not None
    assert (probed.status, probed.reauthorize) == (422, False)


def test_a_company_goes_by_its_number_or_its_subdomain(world: World) -> None:
    for company in COMPANY:
        there = world.without_secrets(company_id=company)
        assert CONNECTOR.refusal(there.ask(CONNECTOR.probe(there.connection))) is None
        assert create(there).body == "Good"


def test_a_wrong_token_must_be_given_anew(world: World) -> None:
    wrong = world.without_secrets(api_key="another")
    refusal = CONNECTOR.refusal(wrong.ask(CONNECTOR.probe(wrong.connection)))
    assert refusal is not None
    assert (refusal.status, refusal.reauthorize) == (401, True)


def test_a_blank_note_gets_recruitees_own_refusal(sandbox: RecruiteeSandbox, world: World) -> None:
    outbound = CONNECTOR.create(world.connection, NewNote(candidate_id=CANDIDATE, body="Good"))
    blanked = merged(outbound, Options(remote_data={"note": {"body": " "}}))  # ours is refused before it is sent
    refusal = CONNECTOR.refusal(world.ask(blanked))
    assert refusal is not None
    assert (refusal.status, refusal.message) == (422, "Body can't be blank")
    assert sandbox.written == []


@pytest.mark.parametrize(
    ("fault", "status", "wait"), [("403", 403, None), ("429", 429, 3), ("500", 500, None), ("503", 503, None)]
)
def test_recruitee_in_trouble(
    sandbox: RecruiteeSandbox, world: World, fault: Any, status: int, wait: int | None
) -> None:
    sandbox.fail(fault)
    refusal = CONNECTOR.refusal(world.ask(CONNECTOR.create(world.connection, NewNote(candidate_id="41923", body="x"))))
    assert refusal is not None
    assert (refusal.status, refusal.retry_after, refusal.reauthorize) == (status, wait, False)
    assert sandbox.written == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", {"error": ["Note can't be blank"], "error_fields": {"note": ["can't be blank"]}}),
        (b'{"body": "x"}', {"error": ["Note can't be blank"], "error_fields": {"note": ["can't be blank"]}}),
        (b'{"note": {}}', {"error": ["Body can't be blank"], "error_fields": {"body": ["can't be blank"]}}),
        (b'{"note": {"body": null}}', {"error": ["Body can't be blank"], "error_fields": {"body": ["can't be blank"]}}),
        (
            b'{"note": {"body": "x", "visibility": {"level": "secret"}}}',
            {"errors": [{"code": "inclusion", "message": "Visibility level is not included in the list"}]},
        ),
    ],
)
def test_a_body_that_is_wrong_is_a_422(
    sandbox: RecruiteeSandbox, recruitee: httpx2.Client, body: bytes, error: dict[str, Any]
) -> None:
    answer = recruitee.post(NOTES, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (422, error)
    assert sandbox.written == []


def test_a_note_can_be_changed_and_deleted(recruitee: httpx2.Client, world: World) -> None:
    id = create(world).id
    sent = {"note": {"body": "a < b\nc", "visibility": {"level": "private"}}}
    changed = recruitee.patch(f"/c/126786/notes/{id}", json=sent).json()["note"]
    assert (changed["body"], changed["visibility"]) == ("a < b\nc", {"level": "private"})
    assert changed["body_html"] == "<p>a &lt; b<br>c</p>"
    assert recruitee.patch(f"/c/126786/notes/{id}", json={"note": {"body": ""}}).status_code == 422
    assert recruitee.delete(f"/c/126786/notes/{id}").status_code == 204
    assert recruitee.delete(f"/c/126786/notes/{id}").status_code == 404
    assert read_all(world, CANDIDATE, 10) == [[]]


@pytest.mark.parametrize("path", ["candidates/1", "candidates/x/notes", "notes/1", "nothing"])
def test_what_is_not_there_is_a_404(recruitee: httpx2.Client, path: str) -> None:
    assert set(recruitee.get(f"/c/126786/{path}").json()) == {"error"}
    assert recruitee.get(f"/c/126786/{path}").status_code == 404
    assert recruitee.get("/elsewhere").status_code == 404


def test_people_can_be_seen(recruitee: httpx2.Client) -> None:
    assert recruitee.get("/c/126786/admins").json()["admins"][0]["id"] == 771
    assert [one["id"] for one in recruitee.get("/c/126786/candidates?limit=2").json()["candidates"]] == [41922, 41923]
    assert recruitee.get("/c/126786/candidates/41923").json()["candidate"]["name"] == "Mina Park"
    assert recruitee.get("/c/126786/candidates?limit=x").status_code == 422


def test_the_command_line_that_it_shows_is_true(sandbox: RecruiteeSandbox, recruitee: httpx2.Client) -> None:
    line = sandbox.example(str(recruitee.base_url).rstrip("/"))
    assert f"Authorization: Bearer {sandbox.key}" in line
    assert len(recruitee.get(line.split()[-1]).json()["notes"]) == 3
