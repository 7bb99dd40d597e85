"""Cursors: they come back as they were made, and every other text is Invalid."""

import base64
import hmac
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dayline.domain.errors import Invalid
from dayline.domain.filter import Filter, Position, Sort, scope_of, seal, unseal

SECRET = bytes(range(32))
SCOPE = scope_of(Filter(), Sort())
CURSOR = seal(Position(1_795_219_200_000, 17), 1, SECRET, SCOPE)
longs = st.integers(-(1 << 63), (1 << 63) - 1)
positions = st.builds(Position, longs | st.text(), longs)
filters = st.builds(
    Filter,
    ids=st.none() | st.lists(longs, max_size=2).map(tuple),
    owner_id=st.none() | longs,
    types=st.none() | st.just(("call",)),
    done=st.none() | st.booleans(),
    due_from=st.none() | st.dates(),
    due_until=st.none() | st.dates(),
    updated_from=st.none() | longs,
    updated_before=st.none() | longs,
)
sorts = st.builds(Sort, st.sampled_from(["id", "created_at", "updated_at", "due"]), st.booleans())


def refused(cursor: str, account_id: int = 1, secret: bytes = SECRET, scope: bytes = SCOPE) -> bool:
    """Whether the cursor is Invalid; any other exception fails the test."""
    try:
        unseal(cursor, account_id, secret, scope)
    except Invalid as error:
        return [problem.field for problem in error.problems] == ["cursor"]
    return False


def spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(positions, st.integers(1, (1 << 63) - 1), st.binary(min_size=1, max_size=64), filters, sorts)
def test_a_cursor_comes_back_as_it_was_made(
    position: Position, account_id: int, secret: bytes, filter: Filter, sort: Sort
) -> None:
    scope = scope_of(filter, sort)
    assert unseal(seal(position, account_id, secret, scope), account_id, secret, scope) == position


@given(positions)
def test_a_cursor_needs_no_escaping_in_a_url(position: Position) -> None:
    text = seal(position, 1, SECRET, SCOPE)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("value", [7, 77, 777])  # three lengths: with and without spare bits in the last character
def test_every_flipped_bit_of_the_text_and_of_what_it_spells_is_refused(value: int) -> None:
    cursor = seal(Position(value, 17), 1, SECRET, SCOPE)
    for place, old in enumerate(cursor):
        for bit in range(7):
            new = chr(ord(old) ^ 1 << bit)
            assert refused(cursor[:place] + new + cursor[place + 1 :]), (place, old, new)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        assert refused(spelled(bytes(flipped)))


@pytest.mark.parametrize("value", [7, 77, 777])
def test_every_other_last_character_is_refused(value: int) -> None:
    cursor = seal(Position(value, 17), 1, SECRET, SCOPE)
    others = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") - {cursor[-1]}
    assert all(refused(cursor[:-1] + other) for other in others)


@pytest.mark.parametrize("change", [lambda c: c + "=", lambda c: c + "==", lambda c: c[:-1], lambda c: c + "A"])
def test_a_longer_or_shorter_text_is_refused(change: Callable[[str], str]) -> None:
    assert all(refused(change(seal(Position(value, 17), 1, SECRET, SCOPE))) for value in (7, 77, 777))


@given(positions)
def test_the_other_alphabet_is_refused(position: Position) -> None:
    cursor = seal(position, 1, SECRET, SCOPE)
    other = cursor.replace("-", "+").replace("_", "/")
    assert other == cursor or refused(other)


@given(st.text() | st.text(alphabet="ABCabc019-_+/="))
@example("")
@example("A")
@example("=" * 8)
@example("A" * 22)
@example(CURSOR * 2)
@example("\ud800")
def test_any_other_text_is_invalid_and_nothing_else(text: str) -> None:
    assume(text != CURSOR)
    assert refused(text)


def test_another_account_another_secret_another_list_are_refused() -> None:
    assert not refused(CURSOR)
    assert refused(CURSOR, account_id=2)
    assert refused(CURSOR, secret=SECRET[::-1])
    assert refused(CURSOR, scope=scope_of(Filter(), Sort("id", True)))


@given(filters, sorts, filters, sorts)
def test_a_cursor_is_bound_to_filter_and_order(one: Filter, sort: Sort, other: Filter, other_sort: Sort) -> None:
    cursor = seal(Position(1, 1), 1, SECRET, scope_of(one, sort))
    assert refused(cursor, scope=scope_of(other, other_sort)) == ((one, sort) != (other, other_sort))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'[2,1,"x",[1,1]]', b'[1,1,"x",[1.5,1]]', b"\xff"])
def test_a_well_signed_payload_of_another_form_is_refused(payload: bytes) -> None:
    # As after an update that changed the form: the signature holds, the content does not.
    assert refused(spelled(payload + hmac.digest(SECRET, payload, "sha256")[:16]))
