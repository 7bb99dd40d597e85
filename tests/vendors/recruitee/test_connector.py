"""What the connector asks of Recruitee, and what it makes of refusals; without a wire."""

from typing import Any

import msgspec
import pytest

from dayline.domain.errors import Invalid
from dayline.remote.connector import Answer, Connection, Connector, NewNote, Refusal, Wanted
from dayline.vendors.recruitee.connector import CONNECTOR, METHODS

HERE: Connector = CONNECTOR
CONNECTION = Connection("a", "https://api.recruitee.test", {"api_key": "r3cru1t", "company_id": "126786"})


def refused(status: int, document: Any = None, *headers: tuple[str, str]) -> Refusal:
    body = msgspec.json.encode(document)
    refusal = HERE.refusal(
        Answer(status=status, headers=headers, media_type="application/json", body=body, document=document)
    )
    assert refusal is not None
    return refusal


def test_the_documented_request_is_what_is_built() -> None:
    note = NewNote(candidate_id="41923", body="Phone screen went well", visibility="public")
    asked = HERE.create(CONNECTION, note)
    assert (asked.method, asked.path, asked.query) == ("POST", "/c/126786/candidates/41923/notes", ())
    assert asked.body == {"note": {"body": "Phone screen went well", "visibility": {"level": "public"}}}
    assert asked.headers == (("authorization", "Bearer r3cru1t"),)
    assert asked.writes
    assert asked.kept == ()


def test_a_private_note_cannot_be_opened_by_remote_data() -> None:
    asked = HERE.create(CONNECTION, NewNote(candidate_id="1", body="x", visibility="private"))
    assert asked.body == {"note": {"body": "x", "visibility": {"level": "private"}}}
    assert asked.kept == (("note", "visibility"),)


def test_reads_are_reads() -> None:
    asked = HERE.list(CONNECTION, Wanted(candidate_id="41923", limit=10, cursor="20:90112"))
    assert (asked.method, asked.path, asked.writes) == ("GET", "/c/126786/candidates/41923/notes", False)
    assert asked.query == (("limit", "10"), ("offset", "20"))
    assert HERE.list(CONNECTION, Wanted(candidate_id="1")).query == (("limit", "50"), ("offset", "0"))
    assert HERE.probe(CONNECTION).path == "/c/126786/admins"


@pytest.mark.parametrize("candidate_id", ["", "6408dc54-7015-4e5b-8d60-23afff2b1efc", "1 ", "-1"])
def test_a_candidate_that_cannot_be_is_named(candidate_id: str) -> None:
    with pytest.raises(Invalid, match="candidate_id"):
        HERE.create(CONNECTION, NewNote(candidate_id=candidate_id, body="x"))
    with pytest.raises(Invalid, match="candidate_id"):
        HERE.list(CONNECTION, Wanted(candidate_id=candidate_id))


def test_a_note_without_text_is_refused_here() -> None:
    with pytest.raises(Invalid) as told:
        HERE.create(CONNECTION, NewNote(candidate_id="1"))
    assert [(problem.field, problem.kind) for problem in told.value.problems] == [("body", "missing")]


@pytest.mark.parametrize("context", [{"api_key": "x"}, {"api_key": "x", "company_id": "../1"}])
def test_a_company_that_cannot_be_is_named(context: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="company_id"):
        HERE.probe(Connection("a", "https://x", context))


@pytest.mark.parametrize("token", ["a\r\nx-other: 1", "é", "\x00"])
def test_a_token_cannot_bring_a_header_along(token: str) -> None:
    with pytest.raises(Invalid, match="api_key"):
        HERE.probe(Connection("a", "https://x", {"api_key": token, "company_id": "1"}))


def test_the_matrix_is_the_seeds_and_rulings() -> None:
    assert set(METHODS) == {"list", "create"}
    assert METHODS["create"].required == ("candidate_id", "body")
    assert "created_at" not in METHODS["create"].supported
    assert HERE.ignored(NewNote(candidate_id="1", body="x", created_at=1)) == ("created_at",)
    assert HERE.ignored(NewNote(candidate_id="1", body="x")) == ()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
def test_a_refusal_keeps_its_status_and_only_a_401_is_about_the_token(status: int) -> None:
    refusal = refused(status, {"error": "Because"})
    assert (refusal.status, refusal.message, refusal.reauthorize) == (status, "Because", status == 401)
    assert (refusal.missing_scopes, refusal.retry_after) == ((), None)


def test_a_wait_that_is_told_is_handed_on() -> None:
    assert refused(429, None, ("retry-after", "7")).retry_after == 7
