"""Credentials: what they say of their account, and what is kept of them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dayline.domain.identity import ALL_SCOPES, Principal, account_of, digest, new_credential


@given(st.integers(1, 10**18 - 1))
def test_a_credential_names_its_account(account_id: int) -> None:
    assert account_of(new_credential(account_id)) == account_id


def test_credentials_differ_and_have_256_random_bits() -> None:
    made = {new_credential(1) for _ in range(100)}
    assert len(made) == 100
    assert all(len(credential) == len("dl_1_") + 64 for credential in made)


@pytest.mark.parametrize(
    "text",
    ["", "dl", "dl_", "dl__", "dl_1", "dl_1_", "dl_x_y", "dl_-1_y", "dl_\u0663_y", "dl_\u00b2_y", "xx_1_y", "DL_1_y"],
)
def test_what_is_no_credential_has_no_account(text: str) -> None:
    assert account_of(text) is None


@given(st.text() | st.from_regex(r"dl_\d+_.*"))
@example("dl_" + "9" * 19 + "_x")
@example("dl_1_\ud800")
def test_any_text_gives_an_account_that_a_database_can_hold_or_none(text: str) -> None:
    account = account_of(text)
    assert account is None or 0 <= account < 1 << 63
    assert len(digest(text)) == 64


@given(st.text(), st.text())
def test_digests_differ_as_credentials_do(one: str, other: str) -> None:
    assert (digest(one) == digest(other)) == (one == other)


def test_only_the_role_makes_an_admin() -> None:
    member = Principal(account_id=1, user_id=1, role="member", scopes=ALL_SCOPES, token_id=1, secret=b"")
    assert not member.is_admin
