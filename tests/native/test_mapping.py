"""The native mapping alone: any text is a name or is not there, and nothing is lost on the way."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayline.domain.errors import NotFound
from dayline.domain.record import KINDS, create_record
from dayline.domain.time import parse_instant
from dayline.native.names import parse_identity
from dayline.native.records import mapping, schema

LINES = st.text(min_size=1, max_size=50)


@given(st.text())
def test_any_text_is_a_name_or_not_found(text: str) -> None:
    try:
        name = parse_identity(text)
    except NotFound:
        assert text.isdecimal()
    else:
        assert name in (text, text.lower()) or name == int(text)


@given(st.integers(0, 10**18 - 1))
def test_digits_are_an_id(id_: int) -> None:
    assert parse_identity(str(id_)) == id_


@given(st.integers(10**18))
def test_too_many_digits_are_no_records_id(id_: int) -> None:
    with pytest.raises(NotFound):
        parse_identity(str(id_))


@given(st.uuids(), st.booleans())
def test_the_form_of_a_uuid_is_one(value: uuid.UUID, shouted: bool) -> None:
    assert parse_identity(str(value).upper() if shouted else str(value)) == str(value)


@given(st.text())
def test_only_kinds_are_kinds(text: str) -> None:
    with pytest.raises(NotFound):
        mapping.parse_kind(f"{text}?")
    assert [mapping.parse_kind(kind) for kind in KINDS] == list(KINDS)


@given(
    st.builds(
        schema.NewRecord,
        kind=st.sampled_from(KINDS),
        name=LINES.filter(str.strip),
        uuid=st.uuids().map(str),
        slug=st.from_regex(r"\A[a-z_][a-z0-9_-]{0,30}\Z"),
        email=st.none() | LINES,
        phone=st.none() | LINES,
        external_id=st.none() | LINES,
        owner_id=st.none() | st.integers(1, 2**63 - 1),
    ),
    st.integers(0, 253_402_300_799_999),
)
def test_what_is_sent_is_what_is_shown(body: schema.NewRecord, now: int) -> None:
    shown = mapping.show(create_record(mapping.new_draft(body), 7, now))
    for name in ("kind", "name", "uuid", "slug", "email", "phone", "external_id", "owner_id"):
        assert getattr(shown, name) == getattr(body, name)
    assert (shown.id, shown.revision) == (7, 1)
    assert parse_instant(shown.created_at) == now // 1000 * 1000
    assert shown.updated_at == shown.created_at
