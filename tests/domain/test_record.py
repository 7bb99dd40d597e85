"""Records and their names: version 7 uuids, slugs, and what a given identity must look like."""

import uuid

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.errors import Invalid
from dayline.domain.record import KINDS, Kind, RecordDraft, Ref, create_record, is_uuid, new_slug, new_uuid, parse_uuid

instants = st.integers(0, (1 << 48) - 1)
DRAFT = RecordDraft(kind="deal", name="Big")


@given(instants)
def test_a_new_uuid_has_the_shape_of_version_seven(now: int) -> None:
    made = uuid.UUID(new_uuid(now))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == now
    assert is_uuid(str(made))
    assert parse_uuid(new_uuid(now), "uuid")


@given(instants, instants)
def test_later_uuids_sort_after_earlier_ones(one: int, other: int) -> None:
    assume(one != other)
    assert (new_uuid(one) < new_uuid(other)) == (one < other)


def test_uuids_and_slugs_of_one_instant_differ() -> None:
    assert len({new_uuid(1) for _ in range(500)} | {new_slug("deal") for _ in range(500)}) == 1000


@given(st.uuids())
def test_uuids_are_made_canonical(given_: uuid.UUID) -> None:
    for text in (str(given_), str(given_).upper(), given_.hex):
        assert parse_uuid(text, "lead_id") == str(given_)


@given(st.text() | st.text(alphabet="0123456789abcdefABCDEF-_+ {}", min_size=30, max_size=38))
@example("+b7c2f0e6f4b4b4a9a554d0a3a1d9e01")
@example(" b7c2f0e6f4b4b4a9a554d0a3a1d9e0 ")
@example("0b7c_f0e6f4b4b4a9a554d0a3a1d9e01")
@example("\u0660" * 32)
def test_what_is_read_as_a_uuid_has_its_digits(text: str) -> None:
    try:
        read = parse_uuid(text, "lead_id")
    except Invalid as error:
        fields = [problem.field for problem in error.problems]
    else:
        fields = ["lead_id"]
        assert [c for c in text.lower() if c in "0123456789abcdef"] == list(read.replace("-", ""))
    assert fields == ["lead_id"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_given_is_made_up(kind: Kind) -> None:
    record = create_record(RecordDraft(kind=kind, name="Mara"), 7, 1000)
    assert record.slug.startswith(f"{kind}_")
    assert uuid.UUID(record.uuid).version == 7
    assert (record.created_at, record.updated_at, record.deleted_at, record.revision) == (1000, 1000, None, 1)
    assert record.ref == Ref(kind, 7, record.uuid, record.slug)


def test_a_given_identity_is_kept() -> None:
    given_ = replace(DRAFT, uuid="0B7C2F0E-6F4B-4B4A-9A55-4D0A3A1D9E01", slug="big-one", external_id="x")
    record = create_record(given_, 7, 1000)
    assert (record.uuid, record.slug) == ("0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01", "big-one")
    assert record.external_id == "x"


@pytest.mark.parametrize("slug", ["", "12", "x" * 51, "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01", "é", "a\nb", "a\x00"])
def test_a_slug_must_not_look_like_another_name(slug: str) -> None:
    with pytest.raises(Invalid, match="slug"):
        create_record(replace(DRAFT, slug=slug), 1, 0)


@pytest.mark.parametrize("name", ["", "  ", "\n"])
def test_a_record_needs_a_name(name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        create_record(replace(DRAFT, name=name), 1, 0)


@pytest.mark.parametrize("id_", [0, -1, 10**15 + 1, 1 << 63])
def test_an_id_is_a_positive_number_that_every_client_can_hold(id_: int) -> None:
    with pytest.raises(Invalid, match="id"):
        create_record(replace(DRAFT, id=id_), 1, 0)
