"""What the connector asks of Lever, and what it makes of refusals; without a wire."""

from base64 import b64decode
from typing import Any

import msgspec
import pytest

from dayline.domain.errors import Invalid
from dayline.remote.connector import Answer, Connection, Connector, NewNote, Refusal, Wanted
from dayline.vendors.lever.connector import CONNECTOR, METHODS
from tests.vendors.lever.test_mapping import OPPORTUNITY, lever_note

HERE: Connector = CONNECTOR
CONNECTION = Connection("a", "https://api.lever.test/v1", {"api_key": "lever-key"})


def answer(status: int, document: Any, **headers: str) -> Answer:
    return Answer(
        status=status,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        media_type="application/json",
        body=msgspec.json.encode(document),
        document=document,
    )


def refused(status: int, document: Any = None, **headers: str) -> Refusal:
    refusal = HERE.refusal(answer(status, document, **headers))
    assert refusal is not None
    return refusal


def test_the_documented_request_is_what_is_built() -> None:
    note = NewNote(
        candidate_id=OPPORTUNITY, body="Strong on systems design", visibility="admin_only", created_at=1782974189000
    )
    asked = HERE.create(CONNECTION, note)
    assert (asked.method, asked.path, asked.query) == ("POST", f"/opportunities/{OPPORTUNITY}/notes", ())
    assert asked.body == {"value": "Strong on systems design", "secret": True, "createdAt": 1782974189000}
    assert asked.headers == (("authorization", "Basic bGV2ZXIta2V5Og=="),)
    assert b64decode("bGV2ZXIta2V5Og==") == b"lever-key:"
    assert asked.writes
    assert asked.kept == (("secret",),)
    assert asked.kept_query == ("note_id",)
    assert asked.scopes == ("notes:write:admin",)


def test_a_public_note_may_be_made_secret_by_remote_data() -> None:
    assert HERE.create(CONNECTION, NewNote(candidate_id="o", body="x", visibility="public")).kept == ()
    assert HERE.create(CONNECTION, NewNote(candidate_id="o", body="x")).body == {"value": "x", "secret": False}


def test_reads_are_reads() -> None:
    wanted = Wanted(candidate_id="a/b", limit=10, cursor='[3,1,"x"]')
    asked = HERE.list(CONNECTION, wanted)
    assert (asked.method, asked.path, asked.writes) == ("GET", "/opportunities/a%2Fb/notes", False)
    assert asked.query == (("limit", "10"), ("offset", '[3,1,"x"]'))
    assert asked.scopes == ("notes:read:admin",)
    assert HERE.get(CONNECTION, "o", "n").path == "/opportunities/o/notes/n"
    assert HERE.probe(CONNECTION).path == "/users"


@pytest.mark.parametrize("candidate_id", [None, "", ".."])
def test_nothing_is_asked_about_nobody(candidate_id: str | None) -> None:
    with pytest.raises(Invalid, match="candidate_id"):
        HERE.get(CONNECTION, candidate_id, "n")
    with pytest.raises(Invalid, match="candidate_id"):
        HERE.list(CONNECTION, Wanted(candidate_id=candidate_id or ""))
    with pytest.raises(Invalid, match="candidate_id"):
        HERE.create(CONNECTION, NewNote(candidate_id=candidate_id or "", body="x"))


def test_the_matrix_is_the_seeds() -> None:
    assert set(METHODS) == {"list", "get", "create"}
    assert METHODS["create"].required == ("candidate_id",)
    assert METHODS["create"].supported == ("body", "visibility", "created_at")
    assert HERE.ignored(NewNote(candidate_id="o", body="x", created_at=1, visibility="private")) == ()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
def test_a_refusal_keeps_its_status_and_its_words(status: int) -> None:
    refusal = refused(status, {"code": "Whatever", "message": "Because"})
    assert (refusal.status, refusal.message) == (status, "Because")
    assert refusal.reauthorize is (status == 401)
    assert refusal.retry_after == (1 if status == 429 else None)


def test_a_wait_that_is_told_is_handed_on() -> None:
    assert refused(429, None, retry_after="7").retry_after == 7
    assert refused(429, None, retry_after="Wed, 21 Oct 2026 07:28:00 GMT").retry_after is None  # the header has it
    assert refused(503, None, retry_after="30").retry_after == 30


def test_scopes_are_those_that_lever_names() -> None:
    told = {"code": "Forbidden", "message": "Missing scope notes:write:admin (and confidential:access:admin)"}
    assert refused(403, told).missing_scopes == ("notes:write:admin", "confidential:access:admin")
    assert not refused(403, told).forbids
    assert refused(403, {"code": "Forbidden", "message": "No"}).forbids
    page = msgspec.structs.replace(answer(403, None), media_type="text/html")
    blocked = HERE.refusal(page)
    assert blocked is not None
    assert not blocked.forbids
    assert (refused(404, told).missing_scopes, refused(404, told).forbids) == ((), False)


@pytest.mark.parametrize(
    ("document", "message"),
    [(None, ""), ([], ""), ("no", ""), ({"code": "X"}, "X"), ({"message": 5, "code": "X"}, "X"), ({"message": {}}, "")],
)
def test_words_are_found_or_empty(document: Any, message: str) -> None:
    assert refused(500, document).message == message


def test_success_is_no_refusal_unless_the_note_is_deleted() -> None:
    assert HERE.refusal(answer(201, {"data": lever_note()})) is None
    assert HERE.refusal(answer(200, {"data": [lever_note(deletedAt=1)], "hasNext": False})) is None
    assert refused(200, {"data": lever_note(deletedAt=1782974189000)}).status == 404


def test_a_connection_does_not_show_its_key() -> None:
    assert "lever-key" not in repr(CONNECTION)
