"""Lever's mapping alone, over whatever a note can be, and whatever a stranger may answer."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.structs import replace

from dayline.domain.errors import Invalid
from dayline.domain.time import FIRST_INSTANT, LAST_INSTANT
from dayline.remote.connector import NewNote, RemotePage, Unreadable, Visibility, Wanted
from dayline.vendors.lever import mapping

OPPORTUNITY = "6408dc54-7015-4e5b-8d60-23afff2b1efc"
USER = "be129d9b-50da-4485-9377-0d83e981f30b"

visibilities: st.SearchStrategy[Visibility | None] = st.sampled_from([None, "public", "private", "admin_only"])
instants = st.integers(FIRST_INSTANT, LAST_INSTANT)
notes = st.builds(
    NewNote,
    candidate_id=st.just(OPPORTUNITY),
    body=st.none() | st.text().filter(str.strip),
    visibility=visibilities,
    created_at=st.none() | instants,
)
documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "id", "fields", "type", "value", "secret", "createdAt", "next", "hasNext", "x"]),
            inner,
        )
    ),
    max_leaves=12,
)


def lever_note(**changes: Any) -> dict[str, Any]:
    """A note as Lever's recorded answers have it."""
    field = {"type": "note", "text": "Comment", "value": "Strong", "score": None, "stage": "lead-new", "user": USER}
    return {
        "id": "7f8004a4-e5db-466a-ae31-7a26346701ed",
        "text": "Note",
        "fields": [field | {"createdAt": 1782974189000}],
        "user": USER,
        "secret": False,
        "completedAt": 1782974189000,
        "createdAt": 1782974189000,
        "deletedAt": None,
    } | changes


def page_of(*notes: dict[str, Any], cursor: str | None = None, **more: Any) -> RemotePage:
    return mapping.read_page({"data": list(notes), "hasNext": False} | more, Wanted(candidate_id="o", cursor=cursor))


@given(notes)
def test_what_is_not_public_is_secret_and_nothing_is_invented(note: NewNote) -> None:
    sent = to_builtins(mapping.new_note(note))
    assert sent["secret"] is (note.visibility in ("private", "admin_only"))
    assert bool(mapping.kept(note)) is sent["secret"]
    assert ("value" in sent, sent.get("value")) == (note.body is not None, note.body)
    for nothing in ("", " \n"):
        assert mapping.new_note(replace(note, body=nothing)) == mapping.new_note(replace(note, body=None))
    assert ("createdAt" in sent, sent.get("createdAt")) == (note.created_at is not None, note.created_at)
    assert set(sent) <= {"value", "secret", "createdAt"}


@given(notes, st.uuids().map(str))
def test_what_was_written_reads_back_as_it_was_asked(note: NewNote, id: str) -> None:
    sent = to_builtins(mapping.new_note(note))
    field = {"type": "note", "value": sent.get("value")}
    raw = lever_note(id=id, fields=[field], secret=sent["secret"], createdAt=sent.get("createdAt"))
    read = mapping.read_one({"data": raw}, OPPORTUNITY, note.visibility)
    assert (read.id, read.candidate_id, read.actor_id, read.actor_type) == (id, OPPORTUNITY, USER, "user")
    assert (read.body, read.created_at) == (note.body, note.created_at)
    assert read.visibility == (note.visibility or "public")
    assert read.raw == raw


@given(documents, visibilities)
def test_a_strange_answer_is_unreadable_and_nothing_worse(document: Any, asked: Visibility | None) -> None:
    with suppress(Unreadable):
        mapping.read_one(document, OPPORTUNITY, asked)
    with suppress(Unreadable):
        mapping.read_page(document, Wanted(candidate_id=OPPORTUNITY))
    assert isinstance(mapping.read_failure(document), str)
    assert isinstance(mapping.is_deleted(document), bool)


@given(st.text(min_size=1))
@example('[3,1491435120000,"5599cc20-349f-4b60-b531-6fe31e329717"]')
@example("%5B3%2C1%5D")
@example("a+b c")
def test_an_offset_is_decoded_exactly_once(offset: str) -> None:
    page = page_of(hasNext=True, next=quote(offset, safe=""))
    assert page.cursor == offset
    assert mapping.page_query(Wanted(candidate_id="o", cursor=page.cursor)) == (("offset", offset),)
    assert mapping.read_offset(quote(offset, safe="")) == offset


@pytest.mark.parametrize(
    "changes",
    [
        {"user": {"id": USER, "name": "Dana"}},
        {"user": {"id": 5}, "fields": None, "secret": "yes", "createdAt": "2026-01-01", "completedAt": None},
        {"user": 7, "fields": [None, {"type": {}, "value": []}, "x"], "createdAt": {}, "deletedAt": None},
        {"id": None, "noteId": "7f8004a4-e5db-466a-ae31-7a26346701ed"},
    ],
)
def test_a_note_whose_id_can_be_read_is_read(changes: dict[str, Any]) -> None:
    read = mapping.read_one({"data": lever_note(**changes)}, OPPORTUNITY, "private")
    assert read.id == "7f8004a4-e5db-466a-ae31-7a26346701ed"
    assert (read.actor_id, read.actor_type) in ((USER, "user"), (None, None))
    assert mapping.read_one({"data": {"id": "n"}}, OPPORTUNITY).id == "n"


@pytest.mark.parametrize("raw", [{}, {"id": None}, {"id": ""}, {"id": 5}, {"fields": []}])
def test_a_note_without_an_id_is_unreadable(raw: Any) -> None:
    with pytest.raises(Unreadable):
        mapping.read_one({"data": raw}, OPPORTUNITY)


def test_an_offset_that_cannot_be_decoded_is_refused() -> None:
    with pytest.raises(Invalid, match="next_cursor"):
        mapping.read_offset("%ff")


@given(st.text(min_size=1))
@example("../users")
@example("a/b?c#d")
def test_an_id_is_one_segment_of_the_path_or_refused(id: str) -> None:
    segment = None
    with suppress(Invalid):
        segment = mapping.segment("candidate_id", id)
    if segment is None:
        assert id.strip().strip(".") == ""
    else:
        assert unquote(segment) == id
        assert segment not in (".", "..")
        assert not set(segment) & set("/?#\\ ")


@pytest.mark.parametrize("id", ["", " ", ".", ".."])
def test_no_id_and_another_path_are_refused(id: str) -> None:
    with pytest.raises(Invalid, match="candidate_id"):
        mapping.segment("candidate_id", id)


def test_the_text_is_what_was_written_and_never_the_title_of_the_form() -> None:
    fields = [
        {"type": "score-system", "value": {"score": 3}},
        {"type": "note", "value": "First"},
        {"type": "note", "value": None},
        {"type": "note", "value": "Second"},
    ]
    first, none = page_of(lever_note(fields=fields), lever_note(fields=[])).items
    assert first.body == "First\n\nSecond"
    assert none.body is None


def test_deleted_notes_are_left_out_and_the_page_goes_on() -> None:
    page = page_of(lever_note(id="a", deletedAt=1782974189000), lever_note(id="b"), hasNext=True, next="%5B3%5D")
    assert [item.id for item in page.items] == ["b"]
    assert page.cursor == "[3]"


def test_a_page_without_more_ends_the_list_whatever_else_it_says() -> None:
    assert page_of(hasNext=False, next="%5B3%5D").cursor is None
    assert page_of(hasNext=False).cursor is None


@pytest.mark.parametrize("next_", [None, "", "%5B3%5D", "%FF"])
def test_more_that_cannot_be_had_is_unreadable(next_: str | None) -> None:
    with pytest.raises(Unreadable):
        page_of(hasNext=True, next=next_, cursor="[3]")


@pytest.mark.parametrize(("limit", "asked"), [(1, "1"), (100, "100"), (101, "100"), (10_000, "100"), (0, "1")])
def test_a_limit_is_one_that_lever_takes(limit: int, asked: str) -> None:
    assert mapping.page_query(Wanted(candidate_id="o", limit=limit)) == (("limit", asked),)


@pytest.mark.parametrize(("secret", "shown"), [(True, "admin_only"), (False, "public"), (None, None)])
def test_visibility_without_having_asked(secret: bool | None, shown: str | None) -> None:
    assert page_of(lever_note(secret=secret)).items[0].visibility == shown


def test_a_note_that_became_public_is_not_called_private() -> None:
    assert mapping.read_one({"data": lever_note(secret=False)}, "o", "private").visibility == "public"


@pytest.mark.parametrize("ms", [LAST_INSTANT + 1, FIRST_INSTANT - 1, 10**18])
def test_an_instant_that_no_text_can_say_is_unknown(ms: int) -> None:
    assert page_of(lever_note(createdAt=ms)).items[0].created_at is None


def test_what_is_unreadable_tells_where_and_not_what() -> None:
    with pytest.raises(Unreadable) as told:
        mapping.read_one(json.loads('{"data": {"id": 5, "fields": [], "user": "secret"}}'), "o")
    assert "$.id" in str(told.value)
    assert "secret" not in str(told.value)
