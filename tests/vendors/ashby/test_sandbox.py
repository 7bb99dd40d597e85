"""Ashby's sandbox answers as the vendor's page says, asked by a plain client over real HTTP."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from dayline.remote.standing import standing
from dayline.vendors.ashby.sandbox import PEOPLE, AshbySandbox
from dayline.vendors.ashby.stripping import stripped
from tests.plain import NO_TLS

NOTED, NEW = PEOPLE[0][0], PEOPLE[-1][0]
Ask = Callable[..., httpx2.Response]


@pytest.fixture
def sandbox() -> AshbySandbox:
    return AshbySandbox()


@pytest.fixture
def ask(sandbox: AshbySandbox) -> Iterator[Ask]:
    with standing(sandbox) as url, httpx2.Client(base_url=url, timeout=10, verify=NO_TLS) as client:

        def post(operation: str, body: object = None, key: str | None = "sandbox-key") -> httpx2.Response:
            headers = {} if key is None else {"authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}
            return client.post(f"/{operation}", json={} if body is None else body, headers=headers)

        yield post


def results(response: httpx2.Response) -> Any:
    assert response.status_code == 200
    assert response.json()["success"] is True
    return response.json()["results"]


def code(response: httpx2.Response) -> str:
    body = response.json()
    assert body["success"] is False
    assert body["errors"] == [body["errorInfo"]["code"]]
    assert set(body["errorInfo"]) == {"code", "message", "requestId", "meta"}
    return str(body["errorInfo"]["code"])


def test_a_note_is_written_as_the_page_shows_it(ask: Ask, sandbox: AshbySandbox) -> None:
    note = results(
        ask(
            "candidate.createNote",
            {
                "candidateId": NEW,
                "note": {"type": "text/plain", "value": "Phone <b>screen</b> went well"},
                "isPrivate": False,
                "sendNotifications": False,
                "createdAt": "2026-05-28T21:07:04.042Z",
            },
        )
    )
    assert set(note) == {"id", "createdAt", "isPrivate", "content", "author"}
    assert (note["createdAt"], note["content"]) == ("2026-05-28T21:07:04.042Z", "Phone <b>screen</b> went well")
    assert set(note["author"]) == {"id", "firstName", "lastName", "email"}
    (line,) = sandbox.written
    assert (line.id, line.candidate_id, line.document) == (note["id"], NEW, note)
    page = ask("candidate.listNotes", {"candidateId": NEW}).json()
    assert page["results"] == [note]
    assert page["moreDataAvailable"] is False
    assert "nextCursor" not in page


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "invalid_input"),
        ({"note": "a"}, "invalid_input"),
        ({"candidateId": NEW}, "invalid_input"),
        ({"candidateId": "x", "note": "a"}, "invalid_input"),
        ({"candidateId": 7, "note": "a"}, "invalid_input"),
        ({"candidateId": NEW, "note": {"type": "text/markdown", "value": "a"}}, "invalid_input"),
        ({"candidateId": NEW, "note": "a", "isPrivate": "yes"}, "invalid_input"),
        ({"candidateId": NEW, "note": "a", "createdAt": 1_780_002_424_042}, "invalid_input"),
        ({"candidateId": NEW, "note": "a", "createdAt": "yesterday"}, "invalid_input"),
        ({"candidateId": "00000000-0000-4000-8000-000000000000", "note": "a"}, "candidate_not_found"),
    ],
)
def test_most_refusals_have_the_status_200(ask: Ask, sandbox: AshbySandbox, body: object, said: str) -> None:
    response = ask("candidate.createNote", body)
    assert (response.status_code, code(response)) == (200, said)
    assert sandbox.written == []


def test_what_is_not_json_is_malformed(ask: Ask, sandbox: AshbySandbox) -> None:
    assert code(ask("candidate.createNote", "no")) == "invalid_input"


def test_the_type_beside_the_note_is_not_looked_at(ask: Ask) -> None:
    note = results(ask("candidate.createNote", {"candidateId": NEW, "note": "<p>a</p>", "type": "text/html"}))
    assert note["content"] == "<p>a</p>"


def test_keys(ask: Ask) -> None:
    assert results(ask("apiKey.info"))["scopes"] == [
        "candidatesRead",
        "candidatesWrite",
        "organizationRead",
        "apiKeysRead",
    ]
    none = ask("apiKey.info", key=None)
    assert (none.status_code, none.text, none.headers["content-type"]) == (
        401,
        "Unauthorized",
        "text/plain; charset=utf-8",
    )
    wrong = ask("apiKey.info", key="wrong")
    assert (wrong.status_code, code(wrong)) == (403, "unauthorized")
    reads = ask("candidate.createNote", {"candidateId": NEW, "note": "a"}, key="sandbox-key-read")
    assert (reads.status_code, code(reads)) == (403, "missing_endpoint_permission")
    plain = ask("candidate.createNote", {"candidateId": NEW, "note": "a", "isPrivate": True}, key="sandbox-key-plain")
    assert (plain.status_code, code(plain)) == (200, "private_notes_not_allowed")


def test_private_notes_are_hidden_from_a_key_without_private_fields(ask: Ask) -> None:
    whole = results(ask("candidate.listNotes", {"candidateId": NOTED}))
    seen = results(ask("candidate.listNotes", {"candidateId": NOTED}, key="sandbox-key-plain"))
    assert seen == [note for note in whole if not note["isPrivate"]]
    assert len(seen) < len(whole)


def test_pages_and_what_comes_after_the_last_one(ask: Ask) -> None:
    made = [results(ask("candidate.createNote", {"candidateId": NEW, "note": f"n {n}"}))["id"] for n in range(5)]
    seen: list[str] = []
    page = ask("candidate.listNotes", {"candidateId": NEW, "limit": 2}).json()
    while True:
        seen += [note["id"] for note in page["results"]]
        if not page["moreDataAvailable"]:
            break
        assert len(page["nextCursor"]) < 10
        page = ask("candidate.listNotes", {"candidateId": NEW, "limit": 2, "cursor": page["nextCursor"]}).json()
    assert seen == made
    later = results(ask("candidate.createNote", {"candidateId": NEW, "note": "later"}))
    more = results(ask("candidate.listNotes", {"candidateId": NEW, "syncToken": page["syncToken"]}))
    assert more == [later]


@pytest.mark.parametrize("cursor", ["Ya6", "x" * 50, "名", "AAAAAAA="])
def test_a_cursor_that_it_has_not_given_is_refused(ask: Ask, cursor: str) -> None:
    assert code(ask("candidate.listNotes", {"candidateId": NEW, "cursor": cursor})) == "invalid_input"


def test_a_cursor_is_good_for_its_candidate_alone(ask: Ask) -> None:
    cursor = ask("candidate.listNotes", {"candidateId": NOTED, "limit": 1}).json()["nextCursor"]
    assert code(ask("candidate.listNotes", {"candidateId": NEW, "cursor": cursor})) == "invalid_input"


@pytest.mark.parametrize("limit", [0, -1, 101, "ten"])
def test_a_page_has_up_to_a_hundred(ask: Ask, limit: object) -> None:
    assert code(ask("candidate.listNotes", {"candidateId": NEW, "limit": limit})) == "invalid_input"


def test_somebody_new(ask: Ask, sandbox: AshbySandbox) -> None:
    made = results(ask("candidate.create", {"name": "Mary Jackson", "email": "mary@example.com"}))
    assert made["primaryEmailAddress"] == {"value": "mary@example.com", "type": "Personal", "isPrimary": True}
    assert results(ask("candidate.info", {"id": made["id"]})) == made
    assert made["id"] in [known.id for known in sandbox.candidates()]
    results(ask("candidate.createNote", {"candidateId": made["id"], "note": "Hello"}))
    sandbox.reset()
    assert code(ask("candidate.info", {"id": made["id"]})) == "candidate_not_found"


def test_users(ask: Ask) -> None:
    author = results(ask("candidate.listNotes", {"candidateId": NOTED}))[0]["author"]
    user = results(ask("user.info", {"userId": author["id"]}))
    assert {name: user[name] for name in author} == author
    assert code(ask("user.info", {"userId": "nobody"})) == "user_not_found"


def test_every_operation_is_a_post_and_no_other_path_is_known(ask: Ask, sandbox: AshbySandbox) -> None:
    for operation in ("candidate.deleteNote", "candidate.createNote/x", "", "candidate.createnote"):
        response = ask(operation)
        assert (response.status_code, response.text) == (404, "Not Found")
    with standing(sandbox) as url:
        assert httpx2.get(f"{url}/apiKey.info", auth=("sandbox-key", "")).status_code == 404


def test_every_answer_has_a_request_id(ask: Ask) -> None:
    said = ask("candidate.info", {"id": "x"})
    assert said.headers["x-ashby-request-id"] == said.json()["errorInfo"]["requestId"]
    assert len(ask("apiKey.info").headers["x-ashby-request-id"]) == 26
    assert ask("apiKey.info", key=None).headers["x-ashby-request-id"]


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("plain", "plain"),
        ("<p>a</p><p>b</p>", "ab"),
        ("<b>a</b><i>b</i><u>c</u><code>d</code><pre>e</pre>", "<b>a</b><i>b</i><u>c</u><code>d</code><pre>e</pre>"),
        ("<ul><li>a</li></ul><ol><li>b</li></ol>", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        (
            '<a href="https://x.example/?a=1&amp;b=2" target="_blank">x</a>',
            '<a href="https://x.example/?a=1&amp;b=2">x</a>',
        ),
        ('<b onclick="x()">a</b><img src=x onerror=y>', "<b>a</b>"),
        ("<script>alert(1)</script><style>b{}</style>after", "after"),
        ("1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3"),
    ],
)
def test_a_few_tags_are_kept_and_the_rest_is_stripped_silently(html: str, left: str) -> None:
    assert stripped(html) == left
