"""What is no good as a record, as JSON, as parameters or as a key: each is refused, and named in the caller's words."""

from typing import Any

import httpx2
import pytest

from tests.house import Town
from tests.native.problems import RECORDS, assert_problem

UUID = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"
GOOD = {"kind": "contact", "name": "A"}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("kind", ["person", "Deal", "", None, 1]),
        ("name", ["", " \t\n", "x" * 256, 5, None, "a\0b", ["A"]]),
        ("id", [0, -1, 10**15 + 1, 2**63, 10**400, "7", 7.5, True, None]),
        ("uuid", ["", "no-uuid", UUID[:-1], "u" * 51, None, 5]),
        ("slug", ["", "12", UUID, "s" * 51, "émile", "line\n", "a b", "a/b", "a,b", "a%2Fb", ".", "..", None]),
        ("email", ["", "x" * 321, ["a@example.com"]]),
        ("phone", ["", "1" * 101, 4420]),
        ("external_id", ["", "x" * 256, {}]),
        ("owner_id", [0, 10**9, 2**63, "1"]),
        ("nickname", ["x"]),
        ("revision", [1]),
        ("created_at", ["2026-11-21T12:00:00Z"]),
    ],
)
def test_a_wrong_field_is_named(alice: httpx2.Client, field: str, values: list[Any]) -> None:
    for value in values:
        assert_problem(alice.post(RECORDS, json=GOOD | {field: value}), 400, field)


@pytest.mark.parametrize("field", ["kind", "name"])
def test_kind_and_name_are_required(alice: httpx2.Client, field: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != field}
    problem = assert_problem(alice.post(RECORDS, json=body), 400, field)
    assert problem["errors"][0]["message"] == "is required"


def test_a_user_of_another_account_owns_nothing_here(town: Town, charlie: httpx2.Client) -> None:
    """Bob's number is of a user in Alice's account only."""
    answer = charlie.post(RECORDS, json=GOOD | {"owner_id": town.bob.user_id})
    assert_problem(answer, 400, "owner_id")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *((b"", ""), (b"{", ""), (b"[]", ""), (b"null", ""), (b'"x"', ""), (b"\xff\xfe", ""), (b"[" * 5000, "")),
        *((b'{"kind":"deal","name":"a",}', ""), (b'{"kind":"deal","name":"a"} more', "")),
        *((b'{"kind":"deal","name":NaN}', ""), (b'{"kind":"deal","name":"\xff"}', "")),
        *((b'{"kind":"deal","name":"\\ud800"}', "name"), (b'{"kind":"deal","name":"\\u0000"}', "name")),
    ],
    ids=lambda value: str(value)[:30],
)
def test_broken_json_is_refused_politely(alice: httpx2.Client, body: bytes, field: str) -> None:
    answer = alice.post(RECORDS, content=body, headers={"content-type": "application/json"})
    assert_problem(answer, 400, field)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_what_is_no_json_is_415(alice: httpx2.Client, media_type: str) -> None:
    answer = alice.post(RECORDS, content=b'{"kind":"deal","name":"A"}', headers={"content-type": media_type})
    assert_problem(answer, 415)


def test_ten_megabytes_are_413(alice: httpx2.Client) -> None:
    assert_problem(alice.post(RECORDS, content=b'"' + b"x" * 10_000_000 + b'"'), 413)
    assert alice.get(RECORDS).status_code == 200


@pytest.mark.parametrize("key", [b"", b"k" * 256, b"caf\xe9"])
def test_an_odd_key_is_refused(alice: httpx2.Client, key: bytes) -> None:
    answer = alice.post(RECORDS, json=GOOD, headers={b"idempotency-key": key})
    assert_problem(answer, 400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        *(("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("limit=", "limit")),
        *(("limit=-1", "limit"), ("limit=99999999999999999999", "limit"), ("limit=1&limit=2", "limit")),
        *(("kind=person", "kind"), ("kind=", "kind"), ("kind=Deal", "kind"), ("kind=deal&kind=lead", "kind")),
        *(("cursor=", "cursor"), ("cursor=x", "cursor"), ("cursor=%C3%A9", "cursor"), ("cursor=%00", "cursor")),
        *(("colour=red", "colour"), ("start=5", "start"), ("api_token=x", "api_token"), ("limit=%FF", "")),
    ],
)
def test_a_wrong_parameter_is_named(alice: httpx2.Client, query: str, wrong: str) -> None:
    assert_problem(alice.get(f"{RECORDS}?{query}"), 400, wrong)


def test_wrong_parameters_are_named_together(alice: httpx2.Client) -> None:
    assert_problem(alice.get(f"{RECORDS}?colour=red&kind=person&limit=0"), 400, "colour", "kind", "limit")


def test_what_has_no_parameters_takes_none(alice: httpx2.Client) -> None:
    assert_problem(alice.post(f"{RECORDS}?dry=1", json=GOOD), 400, "dry")
    assert_problem(alice.get(f"{RECORDS}/deal/1?limit=1"), 400, "limit")
