"""Reading queries and bodies: what is refused, where the fault is said to be, and that only Invalid ever comes out."""

import json
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from dayline.domain.errors import Invalid, Problem
from dayline.kit.params import Pairs, read_body, read_query
from tests.kit.toy import OwnerQuery, Part, Thing, ThingQuery


def query_problems(raw: bytes, kind: type[Struct] = ThingQuery) -> list[Problem]:
    with pytest.raises(Invalid) as caught:
        read_query(raw, kind)
    return list(caught.value.problems)


def body_problem(raw: bytes | str, *, strict: bool = False) -> Problem:
    with pytest.raises(Invalid) as caught:
        read_body(raw.encode() if isinstance(raw, str) else raw, Thing, strict=strict)
    return caught.value.problems[0]


def outcome(read: Callable[[], Struct]) -> Struct | tuple[Problem, ...]:
    """Give what was read or what was wrong with it; any other exception fails the test."""
    try:
        return read()
    except Invalid as error:
        return error.problems


def test_query_scalars_are_read_leniently() -> None:
    assert read_query(b"limit=5&done=True&since=7&factor=1.5", ThingQuery) == ThingQuery(
        limit=5, done=True, since_id=7, factor=1.5
    )


@pytest.mark.parametrize(("text", "value"), [("1", True), ("0", False), ("true", True), ("False", False)])
def test_query_booleans_come_in_six_spellings(text: str, value: bool) -> None:
    assert read_query(f"done={text}".encode(), ThingQuery).done is value


def test_query_values_are_percent_decoded_as_utf8() -> None:
    assert read_query(b"ids=%C3%A9+%2B%26", ThingQuery).ids == "é +&"


def test_repeated_parameters_are_joined() -> None:
    assert read_query(b"ids=1&ids=2,3&&ids=4", ThingQuery).ids == "1,2,3,4"


def test_an_empty_query_gives_the_defaults() -> None:
    assert read_query(b"", ThingQuery) == ThingQuery()


def test_all_query_problems_come_at_once() -> None:
    assert query_problems(b"limit=501&colour=red&done=perhaps") == [
        Problem("colour", "unknown parameter", "unknown"),
        Problem("limit", "expected int from 1 to 500", "large"),
        Problem("done", "expected true or false", "type"),
    ]


def test_the_name_in_a_problem_is_the_one_on_the_wire() -> None:
    assert query_problems(b"since=x") == [Problem("since", "expected int", "type")]
    assert query_problems(b"since_id=1") == [Problem("since_id", "unknown parameter", "unknown")]


def test_a_choice_is_named_in_full() -> None:
    assert query_problems(b"kind=huge") == [Problem("kind", "expected one of big, small", "value")]


def test_a_required_parameter_is_missed() -> None:
    assert query_problems(b"", OwnerQuery) == [Problem("owner", "is required", "missing")]


@pytest.mark.parametrize("raw", [b"ids=%FF", b"ids=\xff", b"%FF=1", b"ids=%ED%A0%80"])
def test_a_query_that_is_not_utf8_is_refused(raw: bytes) -> None:
    assert query_problems(raw) == [Problem("", "the query is not valid UTF-8")]


def test_nul_in_a_query_is_refused() -> None:
    assert query_problems(b"ids=a%00b") == [Problem("ids", "must not contain NUL characters")]


@pytest.mark.parametrize("raw", [b"since=9223372036854775808", b"since=-9223372036854775809", b"since=" + b"9" * 5000])
def test_a_query_number_beyond_63_bits_is_refused(raw: bytes) -> None:
    assert [problem.field for problem in query_problems(raw)] == ["since"]


@pytest.mark.parametrize("raw", [b"factor=nan", b"factor=inf", b"factor=-Infinity", b"factor=1e999"])
def test_a_query_number_must_be_finite(raw: bytes) -> None:
    assert [problem.field for problem in query_problems(raw)] == ["factor"]


def test_the_number_of_problems_is_bounded() -> None:
    assert len(query_problems(b"&".join(b"x%d=1" % index for index in range(1000)))) == 20


@given(st.binary(max_size=60))
def test_any_query_is_read_or_invalid(raw: bytes) -> None:
    assert outcome(lambda: read_query(raw, ThingQuery))


@given(
    limit=st.integers(1, 500),
    done=st.none() | st.booleans(),
    ids=st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    since=st.none() | st.integers(-(2**63), 2**63 - 1),
    factor=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_query_survives_the_round_trip(
    limit: int, done: bool | None, ids: str | None, since: int | None, factor: float | None
) -> None:
    sent = {"limit": limit, "done": done, "ids": ids, "since": since, "factor": factor}
    raw = urlencode({name: value for name, value in sent.items() if value is not None}).encode()
    assert read_query(raw, ThingQuery) == ThingQuery(limit, done, ids, since, factor)


def test_a_body_is_typed() -> None:
    raw = b'{"name":"A","size":null,"parts":[{"part_id":3,"primary":true}],"unknown":1}'
    assert read_body(raw, Thing) == Thing("A", parts=[Part(3, True)])


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ('{"name":"A","size":"5"}', Problem("size", "expected int or null, got string", "type")),
        (
            '{"name":"A","parts":[{"part_id":"5"}]}',
            Problem("parts[0].part_id", "expected int or null, got string", "type"),
        ),
        ('{"name":"A","parts":[{"primary":1}]}', Problem("parts[0].primary", "expected bool, got int", "type")),
        ('{"name":"A","size":10}', Problem("size", "expected int <= 9", "large")),
        ('{"name":"A","kind":"huge"}', Problem("kind", "invalid enum value 'huge'")),
        ('{"size":1}', Problem("name", "is required", "missing")),
        ("", Problem("", "expected a JSON object, got an empty body")),
        ("[]", Problem("", "expected object, got array", "type")),
        ("null", Problem("", "expected object, got null", "type")),
        ('{"name":', Problem("", "broken JSON: it ends too early")),
        ('{"name":"A",}', Problem("", "broken JSON: trailing comma in object (byte 12)")),
        ('{"name":"A","weight":NaN}', Problem("", "broken JSON: invalid character (byte 21)")),
        ('{"name":"A","weight":1e999}', Problem("weight", "number out of range")),
    ],
)
def test_a_body_problem_says_where_and_what(raw: str, problem: Problem) -> None:
    assert body_problem(raw) == problem


class Bounded(Struct):
    """A field for each kind of bound."""

    line: Annotated[str, Meta(min_length=2, max_length=3)] | None = None
    rows: Annotated[list[int], Meta(min_length=2, max_length=3)] | None = None
    number: Annotated[int, Meta(ge=2, le=3)] | None = None
    factor: Annotated[float, Meta(gt=2, lt=3)] | None = None
    even: Annotated[int, Meta(multiple_of=2)] | None = None
    word: Annotated[str, Meta(pattern="^a+$")] | None = None


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        ({"line": "a"}, "short"), ({"line": "aaaa"}, "long"), ({"rows": [1]}, "few"), ({"rows": [1] * 4}, "many"),
        ({"number": 1}, "small"), ({"number": 4}, "large"), ({"factor": 2.0}, "small"), ({"factor": 3.0}, "large"),
        ({"even": 3}, "value"), ({"word": "b"}, "value"),
    ],
)  # fmt: skip
def test_a_problem_tells_which_bound_is_broken(given_: dict[str, Any], kind: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_body(msgspec.json.encode(given_), Bounded)
    assert [problem.kind for problem in caught.value.problems] == [kind]


NESTED = '{"name":"A","anything":%s}'
NUL, HALF = "must not contain NUL characters", "must not contain half of a surrogate pair"


@pytest.mark.parametrize(
    ("raw", "field", "message"),
    [
        (r'{"name":"a\u0000b"}', "name", NUL),
        (r'{"name":"A","anything":{"deep":["\u0000"]}}', "anything.deep[0]", NUL),
        (r'{"name":"A","anything":{"k\u0000":1}}', "anything", NUL),
        (r'{"name":"A","ignored":"\u0000"}', "ignored", NUL),
        (r'{"name":"\ud800"}', "name", HALF),
        (r'{"name":"\uDFFF x"}', "name", HALF),
        (r'{"name":"A","ignored":["\ud83d\u0041"]}', "ignored[0]", HALF),
        (
            '{"name":"A","anything":[9223372036854775808]}',
            "anything[0]",
            "integer out of range, expected at most 63 bits",
        ),
        ('{"name":"A","ignored":-9223372036854775809}', "ignored", "integer out of range, expected at most 63 bits"),
        (NESTED % ("9" * 5000), "anything", "integer out of range, expected at most 63 bits"),
        (NESTED % ("[" * 100000 + "]" * 100000), "", "nested deeper than 32 levels"),
        ('{"name":"A","x":' + '{"a":' * 100000, "", "nested deeper than 32 levels"),
    ],
)
def test_what_the_databases_cannot_hold_is_refused_wherever_it_is(raw: str, field: str, message: str) -> None:
    assert body_problem(raw) == Problem(field, message)


def test_depth_has_one_limit() -> None:
    fits, too_deep = (NESTED % ("[" * depth + "]" * depth) for depth in (31, 32))
    assert read_body(fits.encode(), Thing).name == "A"
    assert body_problem(too_deep).message == "nested deeper than 32 levels"


def test_many_brackets_are_not_depth() -> None:
    raw = msgspec.json.encode({"name": "A", "parts": [{"part_id": 1}] * 200})
    assert len(read_body(raw, Thing).parts) == 200


def test_escapes_that_only_look_hostile_pass() -> None:
    raw = rb'{"name":"\\u0000 \ud83d\ude00 1234567890123456789012"}'
    assert read_body(raw, Thing).name == "\\u0000 \U0001f600 1234567890123456789012"


@pytest.mark.parametrize("raw", [b'{"name":"\xff"}', b'{"name":"A","ignored":"\xed\xa0\x80"}'])
def test_a_body_that_is_not_utf8_is_refused(raw: bytes) -> None:
    assert "not valid UTF-8 at byte" in body_problem(raw).message


def test_strict_names_every_unknown_field() -> None:
    raw = b'{"name":"A","parts":[{"part_id":1},{"x":2}],"anything":{"free":1},"y":{"z":1}}'
    with pytest.raises(Invalid) as caught:
        read_body(raw, Thing, strict=True)
    assert {problem.field for problem in caught.value.problems} == {"parts[1].x", "y"}
    assert {problem.kind for problem in caught.value.problems} == {"unknown"}


class Folder(Struct):
    """A type inside itself."""

    inside: "Folder | None" = None


def test_strict_follows_a_type_inside_itself() -> None:
    with pytest.raises(Invalid) as caught:
        read_body(b'{"inside":{"inside":{"inside":null,"x":1}}}', Folder, strict=True)
    assert caught.value.problems[0].field == "inside.inside.x"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([*Thing.__struct_fields__, "other"])


@given(st.dictionaries(FIELDS, JSON) | JSON, st.booleans(), st.booleans())
def test_any_json_is_read_or_invalid(value: Any, strict: bool, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    found = outcome(lambda: read_body(raw, Thing, strict=strict))
    assert found
    if isinstance(found, Thing):
        assert found.name == value["name"]
        assert "\0" not in found.name


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_read_or_invalid(raw: bytes, strict: bool) -> None:
    assert outcome(lambda: read_body(raw, Thing, strict=strict))


@given(st.binary(max_size=80))
def test_any_bytes_inside_a_body_are_read_or_invalid(raw: bytes) -> None:
    assert outcome(lambda: read_body(b'{"name":"' + raw + b'"}', Thing))
    assert outcome(lambda: read_body(b'{"name":"A","x":' + raw, Thing))


class OpenQuery(Struct, frozen=True):
    """A query that passes on what it does not know."""

    limit: int = 1
    passed_on: Pairs = msgspec.field(default=(), name="passed")
    nested: str | None = msgspec.field(default=None, name="owner[id]")


def test_an_open_parameter_takes_any_names_in_brackets() -> None:
    raw = b"passed%5Ba%5D=1&limit=5&passed[b][]=2&passed[b][]=%263&owner[id]=x&passed[c][d]="
    pairs = (("a", "1"), ("b[]", "2"), ("b[]", "&3"), ("c[d]", ""))
    assert read_query(raw, OpenQuery) == OpenQuery(limit=5, passed_on=pairs, nested="x")
    assert read_query(b"", OpenQuery) == OpenQuery()


@pytest.mark.parametrize("raw", [b"passed=1", b"passed[]=1", b"passed[a=1", b"passed[a]b=1"])
def test_an_open_parameter_that_is_none(raw: bytes) -> None:
    assert query_problems(raw, OpenQuery) == [Problem("passed", "expected passed[name]=value", "type")]


@pytest.mark.parametrize("raw", [b"passed[a]=%00", b"passed[%00]=1"])
def test_an_open_parameter_with_a_nul(raw: bytes) -> None:
    assert "NUL" in query_problems(raw, OpenQuery)[0].message


def test_other_parameters_beside_an_open_one_are_still_checked() -> None:
    assert [one.field for one in query_problems(b"passed[a]=1&limit=x&other[a]=1", OpenQuery)] == ["other[a]", "limit"]
