"""What is said in Ashby's words and read from them, for whatever anybody could say."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayline.domain.errors import Invalid
from dayline.domain.time import FIRST_INSTANT, LAST_INSTANT, parse_instant
from dayline.remote.connector import NewNote, Refusal, RemoteActivity, Unreadable, Visibility, Wanted
from dayline.vendors.ashby import mapping
from tests.contract.calling import answer_of

CANDIDATE = "f9e52a51-a075-4116-a7b8-484deba69004"
AUTHOR = {
    "id": "2f0d7a55-8f0e-4e0a-9e55-0b8a1d5f9a10",
    "firstName": "Ada",
    "lastName": "Byron",
    "email": "ada@example.com",
}
# Word for word as the vendor's page shows it.
RECORDED = {
    "success": True,
    "results": {
        "id": "6b1f6c62-0a7e-4d19-9df1-4a1f1b1d0c11",
        "createdAt": "2026-05-28T21:07:04.042Z",
        "isPrivate": False,
        "content": "Phone screen went well",
        "author": AUTHOR,
    },
}

instants = st.integers(FIRST_INSTANT, LAST_INSTANT)
visibilities: st.SearchStrategy[Visibility | None] = st.sampled_from([None, "public", "private", "admin_only"])
texts = st.text(st.characters(exclude_categories=["Cs"]))
words = texts.filter(str.strip)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def refusal_of(status: int, document: Any, media_type: str = "application/json") -> Refusal | None:
    return mapping.read_refusal(answer_of(status, msgspec.json.encode(document), media_type))


def test_the_recorded_answer() -> None:
    assert mapping.read_one(RECORDED, CANDIDATE) == RemoteActivity(
        id="6b1f6c62-0a7e-4d19-9df1-4a1f1b1d0c11",
        candidate_id=CANDIDATE,
        actor_id="2f0d7a55-8f0e-4e0a-9e55-0b8a1d5f9a10",
        actor_type="user",
        activity_type="note",
        body="Phone screen went well",
        visibility="public",
        created_at=1_780_002_424_042,
        raw=RECORDED["results"],
    )


@given(body=words, visibility=visibilities, created_at=st.none() | instants)
def test_a_request_says_what_was_asked_and_nothing_more(
    body: str, visibility: Visibility | None, created_at: int | None
) -> None:
    note = NewNote(candidate_id=CANDIDATE, body=body, visibility=visibility, created_at=created_at)
    request = mapping.new_note(note)
    assert request.pop("candidateId") == CANDIDATE
    assert request.pop("note") == {"type": "text/plain", "value": body}
    assert request.pop("isPrivate", None) == (None if visibility is None else visibility != "public")
    written = request.pop("createdAt", None)
    assert (written is None) == (created_at is None)
    assert written is None or (written[-5], written[-1], parse_instant(written)) == (".", "Z", created_at)
    assert request == {}
    private = (("isPrivate",),) if visibility in ("private", "admin_only") else ()
    assert mapping.kept(note) == (("candidateId",), *private)


@given(st.integers().filter(lambda ms: not FIRST_INSTANT <= ms <= LAST_INSTANT))
def test_an_instant_that_cannot_be_written_is_invalid(ms: int) -> None:
    with pytest.raises(Invalid) as refused:
        mapping.new_note(NewNote(candidate_id=CANDIDATE, body="Called", created_at=ms))
    assert refused.value.problems[0].field == "created_at"


@given(st.none() | st.integers())
def test_a_page_is_between_one_and_a_hundred(limit: int | None) -> None:
    request = mapping.page_request(Wanted(candidate_id=CANDIDATE, limit=limit))
    assert ("limit" in request) == (limit is not None)
    assert limit is None or 1 <= request["limit"] <= 100
    assert limit is None or not 1 <= limit <= 100 or request["limit"] == limit


@given(documents)
def test_whatever_comes_is_read_or_unreadable(document: Any) -> None:
    for shown in (document, {"success": True, "results": document}, {"success": True, "results": [document]}):
        for read in (
            lambda shown=shown: mapping.read_one(shown, CANDIDATE),
            lambda shown=shown: mapping.read_page(shown, Wanted(candidate_id=CANDIDATE)),
        ):
            with suppress(Unreadable):
                read()


@given(documents, st.sampled_from([200, 400, 401, 403, 404, 409, 422, 429, 500, 503]))
def test_whatever_comes_with_success_false_is_a_refusal(document: Any, status: int) -> None:
    for said in (
        {"success": False, "errors": document},
        {"success": False, "errorInfo": document},
        {"success": False, "errorInfo": {"code": document}},
        {"success": False},
    ):
        refusal = refusal_of(status, said)
        assert refusal is not None
        assert 400 <= refusal.status <= 599
        assert isinstance(refusal.message, str)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("code", "status", "reauthorize"),
    [
        ("candidate_not_found", 404, False),
        ("application_not_found", 404, False),
        ("not_found", 404, False),
        ("invalid_input", 422, False),
        ("missing_endpoint_permission", 403, False),
        ("unauthorized", 401, True),
        ("invalid_api_key", 401, True),
        ("rate_limit_exceeded", 429, False),
        ("rate_limited", 429, False),
        ("internal_server_error", 502, False),
        ("unknown_error", 502, False),
        ("request_timeout", 502, False),
        ("private_notes_not_allowed", 403, False),
        ("something_not_allowed", 403, False),
        ("cannot_access_private_fields", 403, False),
        ("a_word_that_nobody_knows", 422, False),
        ("", 422, False),
    ],
)
def test_a_200_that_says_no_gets_its_status_from_the_word(code: str, status: int, reauthorize: bool, old: bool) -> None:
    info = {"code": code, "message": "In words", "requestId": "01JSJ8FDK5ZN4XQBZP7DBKK7ZC", "meta": {}}
    said = {"success": False, "errors": [code]} | ({} if old else {"errorInfo": info})
    refusal = refusal_of(200, said)
    assert refusal is not None
    assert (refusal.status, refusal.reauthorize) == (status, reauthorize)
    assert refusal.message == (code if old else "In words")


def test_the_word_of_the_new_envelope_goes_before_the_old_one() -> None:
    said = {"success": False, "errors": ["invalid_input"], "errorInfo": {"code": "candidate_not_found"}}
    refusal = refusal_of(200, said)
    assert refusal is not None
    assert refusal.status == 404


@pytest.mark.parametrize(
    ("message", "scopes"),
    [
        ("This API key lacks the permission candidatesWrite", ("candidatesWrite",)),
        ("Needs candidatesRead and candidatesRead or organizationRead", ("candidatesRead", "organizationRead")),
        ("You may not", ()),
    ],
)
def test_what_a_key_lacks_is_found_in_the_words(message: str, scopes: tuple[str, ...]) -> None:
    said = {"success": False, "errorInfo": {"code": "missing_endpoint_permission", "message": message}}
    refusal = refusal_of(403, said)
    assert refusal is not None
    assert (refusal.status, refusal.missing_scopes, refusal.reauthorize) == (403, scopes, False)
    assert refusal.forbids is not bool(scopes)


@pytest.mark.parametrize("status", [200, 403])
def test_a_permission_that_is_missing_is_known_by_the_old_envelope_too(status: int) -> None:
    refusal = refusal_of(status, {"success": False, "errors": ["missing_endpoint_permission"]})
    assert refusal is not None
    assert (refusal.status, refusal.forbids, refusal.reauthorize) == (403, True, False)
    private = refusal_of(status, {"success": False, "errors": ["private_notes_not_allowed"]})
    assert private is not None
    assert not private.forbids


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"Forbidden", "text/plain", 401),  # a key that is wrong or switched off
        (b"<h1>Blocked</h1>", "text/html", 403),  # somebody between Ashby and us
        (b'{"success":false,"errors":["feature_not_bought"]}', "application/json", 403),
    ],
)
def test_a_403_without_a_word_is_about_the_key(body: bytes, media_type: str, status: int) -> None:
    refusal = mapping.read_refusal(answer_of(403, body, media_type))
    assert refusal is not None
    assert (refusal.status, refusal.reauthorize) == (status, status == 401)


def test_success_is_no_refusal() -> None:
    assert refusal_of(200, RECORDED) is None
    assert refusal_of(200, {"success": True, "results": [], "moreDataAvailable": False}) is None


@pytest.mark.parametrize(
    ("page", "items", "cursor"),
    [
        ({"results": [RECORDED["results"]], "moreDataAvailable": True, "nextCursor": "Ya6"}, 1, "Ya6"),
        ({"results": [], "moreDataAvailable": True, "nextCursor": "Ya6"}, 0, "Ya6"),
        ({"results": [], "moreDataAvailable": False, "nextCursor": "Ya6", "syncToken": "s"}, 0, None),
        ({"results": [RECORDED["results"]], "moreDataAvailable": False, "syncToken": "s"}, 1, None),
        ({"results": []}, 0, None),
    ],
)
def test_a_page_goes_on_while_there_is_more(page: dict[str, Any], items: int, cursor: str | None) -> None:
    read = mapping.read_page({"success": True, **page}, Wanted(candidate_id=CANDIDATE, cursor="Ya5"))
    assert (len(read.items), read.cursor) == (items, cursor)


@pytest.mark.parametrize("cursor", [None, "", "Ya5"])
def test_a_cursor_that_leads_nowhere_ends_the_reading(cursor: str | None) -> None:
    page = {"success": True, "results": [], "moreDataAvailable": True, "nextCursor": cursor}
    with pytest.raises(Unreadable):
        mapping.read_page(page, Wanted(candidate_id=CANDIDATE, cursor="Ya5"))


@given(st.none() | texts)
def test_a_time_that_cannot_be_read_hides_no_note(text: str | None) -> None:
    raw = {"id": "n", "createdAt": text}
    assert mapping.read_one({"results": raw}, CANDIDATE).raw == raw
