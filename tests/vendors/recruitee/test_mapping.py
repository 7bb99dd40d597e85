"""Recruitee's mapping alone, over whatever a note can be, and whatever a stranger may answer."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins

from dayline.domain.errors import Invalid
from dayline.domain.time import format_instant, parse_instant
from dayline.remote.connector import NewNote, RemotePage, Unreadable, Visibility, Wanted
from dayline.vendors.recruitee import mapping

NAMES = ["note", "notes", "id", "body", "body_html", "visibility", "level", "created_at"]
NAMES += ["error", "errors", "message", "error_fields"]

visibilities: st.SearchStrategy[Visibility | None] = st.sampled_from([None, "public", "private"])
notes = st.builds(
    NewNote,
    candidate_id=st.just("41923"),
    body=st.text().filter(str.strip),
    visibility=visibilities,
    created_at=st.none() | st.integers(0, 4_000_000_000_000),
)
documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
        )
    ),
    max_leaves=12,
)


def note(**changes: Any) -> dict[str, Any]:
    """A note as the pages about Recruitee have it."""
    return {
        "id": 90112,
        "admin_id": 771,
        "body": "Phone screen went well",
        "body_html": "<p>Phone screen went well</p>",
        "attachments": [],
        "replies": [],
        "visibility": {"level": "public"},
        "created_at": "2026-05-28T21:07:04.042Z",
        "updated_at": "2026-05-28T21:07:04.042Z",
    } | changes


def page_of(*ids: int, **wanted: Any) -> RemotePage:
    return mapping.read_page({"notes": [note(id=id) for id in ids]}, Wanted(candidate_id="41923", **wanted))


@given(notes)
def test_a_note_is_sent_as_it_is_and_no_more_public_than_asked(new: NewNote) -> None:
    sent = to_builtins(mapping.creation(new))
    level = {} if new.visibility is None else {"visibility": {"level": new.visibility}}
    assert sent == {"note": {"body": new.body} | level}
    assert bool(mapping.kept(new)) is (new.visibility == "private")


@given(st.text().filter(str.strip))
def test_what_has_no_equivalent_is_refused(body: str) -> None:
    with pytest.raises(Invalid) as refused:
        mapping.creation(NewNote(candidate_id="1", body=body, visibility="admin_only"))
    assert [problem.field for problem in refused.value.problems] == ["visibility"]


@given(notes, st.integers(1, 10**18), st.integers(1, 10**9))
def test_what_was_written_reads_back(new: NewNote, id: int, admin: int) -> None:
    raw = note(id=id, admin_id=admin) | to_builtins(mapping.creation(new))["note"]
    read = mapping.read_one({"note": raw}, new.candidate_id)
    assert (read.id, read.actor_id, read.actor_type, read.body) == (str(id), str(admin), "user", new.body)
    assert read.visibility == (new.visibility or "public")
    assert read.raw == raw


@given(documents)
def test_a_strange_answer_is_unreadable_and_nothing_worse(document: Any) -> None:
    with suppress(Unreadable):
        mapping.read_one(document, "1")
    with suppress(Unreadable):
        mapping.read_page(document, Wanted(candidate_id="1"))
    assert isinstance(mapping.read_failure(document), str)


@given(st.text())
@example("41923\n")
@example("٤١")
@example("007")
@example("1/../2")
def test_a_candidate_is_a_number_as_recruitee_writes_it(text: str) -> None:
    taken = None
    with suppress(Invalid):
        taken = mapping.candidate(text)
    if taken is None:
        assert not (text.isascii() and text.isdigit() and len(text) < 20 and text[0] != "0")
    else:
        assert taken == text == str(int(text))


@pytest.mark.parametrize("text", [None, "", "a/b", "..", "-x", "a b", "é", "x" * 64])
def test_a_company_is_a_number_or_a_subdomain(text: str | None) -> None:
    with pytest.raises(Invalid, match="company_id"):
        mapping.company(text)
    assert mapping.company("126786") == "126786"
    assert mapping.company("acme-co") == "acme-co"


@given(st.integers(0, 4_000_000_000_000))
def test_a_time_is_read_in_both_spellings(ms: int) -> None:
    text = format_instant(ms)
    fraction = f"{text[:-1]}.{ms % 1000:03d}Z"
    words = f"{text[:10]} {text[11:-1]} UTC"
    read = mapping.read_one({"note": note(created_at=fraction, updated_at=words)}, "1")
    assert (read.created_at, read.updated_at) == (ms, ms // 1000 * 1000)


@pytest.mark.parametrize("told", [None, "", "yesterday", 5, "2023-11-15 08:30:00 CET", {}, "9999-12-31T23:59:59-01:00"])
def test_a_time_that_cannot_be_read_is_unknown(told: Any) -> None:
    assert mapping.read_one({"note": note(created_at=told)}, "1").created_at is None


def test_the_documented_note() -> None:
    read = mapping.read_one({"note": note()}, "41923")
    assert (read.id, read.candidate_id, read.actor_id, read.activity_type) == ("90112", "41923", "771", "note")
    assert read.created_at == parse_instant("2026-05-28T21:07:04.042Z")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"level": "public"}, "public"),
        ({"level": "private"}, "private"),
        ({"level": "roles", "role_ids": [1]}, "private"),
        ({"level": None}, "private"),
        ({}, "private"),
        (None, None),
    ],
)
def test_a_level_that_is_not_known_is_private(told: Any, shown: str | None) -> None:
    assert mapping.read_one({"note": note(visibility=told)}, "1").visibility == shown


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("<p>One</p><p>Two &amp; <b>three</b></p>", "One\nTwo & three"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("&lt;script&gt;", "<script>"),
        ("<" * 100_000, "<" * 100_000),
        ("<![x", "<![x"),
    ],
)
def test_a_note_that_has_only_html_is_shown_as_text(shown: str, text: str) -> None:
    assert mapping.read_one({"note": note(body=None, body_html=shown)}, "1").body == text


def test_the_text_itself_is_never_changed() -> None:
    assert mapping.read_one({"note": note(body="a < b <br> &amp;")}, "1").body == "a < b <br> &amp;"
    assert mapping.read_one({"note": note(body=None, body_html=None)}, "1").body is None


def test_a_full_page_leads_on_and_a_shorter_one_ends() -> None:
    first = page_of(9, 8, limit=2)
    assert first.cursor == "2:9"
    second = page_of(7, 6, limit=2, cursor=first.cursor)
    assert second.cursor == "4:7"
    assert page_of(5, limit=2, cursor=second.cursor).cursor is None
    assert page_of(limit=2, cursor=second.cursor) == RemotePage((), None)


def test_a_page_that_comes_again_ends_the_list() -> None:
    first = page_of(9, 8, limit=2)
    assert page_of(9, 8, limit=2, cursor=first.cursor) == RemotePage((), None)


def test_more_than_was_asked_for_is_everything() -> None:
    assert page_of(9, 8, 7, limit=2).cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "5:", "-1:9", "1e3:9", "9999999999:1"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="next_cursor"):
        mapping.place_of(Wanted(candidate_id="1", cursor=cursor))


@pytest.mark.parametrize("told", ["", "x", "-1", "5:9", "1e3", "9999999999", "\N{SUPERSCRIPT TWO}"])
def test_of_recruitees_own_pages_a_cursor_is_how_many_notes_come_before(told: str) -> None:
    own = Wanted(candidate_id="1", cursor=mapping.read_offset("50"))
    assert mapping.place_of(own) == mapping.Place(50)
    with pytest.raises(Invalid, match="next_cursor"):
        mapping.read_offset(told)


@pytest.mark.parametrize(("limit", "asked"), [(None, 50), (1, 1), (100, 100), (5000, 100), (0, 1)])
def test_a_limit_is_always_some_number(limit: int | None, asked: int) -> None:
    assert mapping.limit_of(Wanted(candidate_id="1", limit=limit)) == asked


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"error": "Not found"}, "Not found"),
        ({"error": ["Body can't be blank", "Stage id can't be blank"]}, "Body can't be blank; Stage id can't be blank"),
        ({"errors": [{"code": "x", "message": "No"}, {"code": "y"}]}, "No"),
        ({"error": [], "error_fields": {"body": ["can't be blank"], "x": "is odd"}}, "body can't be blank; x is odd"),
        ({"error": {"message": "Deep"}}, "Deep"),
        ({"message": "Plain"}, "Plain"),
        ({"error": [["too deep"]], "errors": 5}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_words_are_found_in_every_shape(document: Any, message: str) -> None:
    assert mapping.read_failure(document) == message
