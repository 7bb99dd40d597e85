"""Urlencoded forms: the same Struct as JSON, where an operation takes them; and rows with manners of their own."""

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.errors import Invalid, Problem
from dayline.kit.dialect import Failure, Reply
from dayline.kit.openapi import document
from dayline.kit.serve import application
from dayline.kit.urlencoded import MAX_FIELDS, MEDIA_TYPE, UrlencodedReader
from tests.kit.server import serving
from tests.kit.toy import TOY, Box, Part, Thing

FORM = {"content-type": MEDIA_TYPE}


def worded(failure: Failure) -> Reply | None:
    return Reply(400, b'{"own":"words"}') if failure.status == 400 else None


ADD = next(row for row in TOY.operations if row.method == "POST")
DIALECT = replace(
    TOY,
    operations=(
        *(row for row in TOY.operations if row is not ADD),
        replace(ADD, urlencoded=True, tolerant=True, envelope=worded),
    ),
    also={"/api/v1": "/v1"},
)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with (
        serving(application(DIALECT, Box(), strict=True, body_limit=1 << 16)) as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-api-token": "alice"}) as client,
    ):
        yield client


def read(raw: str | bytes, *, strict: bool = False) -> Thing:
    return UrlencodedReader(Thing, strict=strict)(raw.encode() if isinstance(raw, str) else raw)


def problem(raw: str | bytes, *, strict: bool = False) -> Problem:
    with pytest.raises(Invalid) as caught:
        read(raw, strict=strict)
    return caught.value.problems[0]


def test_text_becomes_what_the_field_is() -> None:
    assert read("name=5&size=7&weight=1.5&kind=big") == Thing(name="5", size=7, weight=1.5, kind="big")


def test_what_is_empty_is_null_where_no_text_can_be() -> None:
    assert read("name=&size=&weight=&nickname=") == Thing(name="", size=None, weight=None, nickname="")


def test_brackets_are_lists_and_objects() -> None:
    parts = [Part(3, True), Part(4, False)]
    assert read("name=a&parts[0][part_id]=3&parts[0][primary]=1&parts[1][part_id]=4").parts == parts
    assert read("name=a&parts[1][part_id]=4&parts[0][primary]=true&parts[0][part_id]=3").parts == parts
    assert read("name=a&parts%5B%5D%5Bpart_id%5D=3&parts[][part_id]=4").parts == [Part(3), Part(4)]
    assert read("name=a&parts[0][part_id]=").parts == [Part(None)]


def test_what_comes_twice_is_joined() -> None:
    assert read("name=a&name=b").name == "a,b"


def test_what_nobody_knows_is_left_alone_unless_strict() -> None:
    assert read("name=a&other=1&parts[0][other]=2") == Thing(name="a", parts=[Part()])
    assert problem("name=a&other=1", strict=True) == Problem("other", "unknown field", "unknown")


def test_plus_and_percent_are_decoded_as_utf8() -> None:
    assert read("name=%C3%A9+%2B%26&x").name == "é +&"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ("", "name"),
        ("name=a&size=x", "size"),
        ("name=a&size=10", "size"),
        ("name=a&size=" + "9" * 30, "size"),
        ("name=a&size=-9223372036854775809", "size"),
        ("name=a&weight=nan", "weight"),
        ("name=a&weight=Infinity", "weight"),
        ("name=a&kind=odd", "kind"),
        ("name=a&parts=x", "parts"),
        ("name=a&parts[0]=x", "parts[0]"),
        ("name=a&parts[0][part_id]=x", "parts[0].part_id"),
        ("name=a&name[b]=1", "name[b]"),
        ("name[b]=1&name=a", "name"),
        ("name[b]=1", "name"),
        ("a" + "[b]" * 40 + "=1", "a"),
        ("name=%00", ""),
        ("name=%ff", ""),
        (b"name=\xff", ""),
        ("&".join(["name=a"] * (MAX_FIELDS + 1)), ""),
    ],
)
def test_what_is_refused_and_where(raw: str | bytes, field: str) -> None:
    assert problem(raw).field == field


class Coat(msgspec.Struct, frozen=True):
    """What an empty text can be meant for."""

    colour: Annotated[str, msgspec.Meta(min_length=6)] | None = "ffffff"
    code: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] | None = "x"
    note: str | None = "x"
    name: Annotated[str, msgspec.Meta(min_length=1)] = "x"
    warm: bool = True
    size: int | None = 5


@pytest.mark.parametrize(
    ("field", "value"), [("colour", None), ("code", None), ("note", ""), ("warm", True), ("size", None)]
)
def test_nothing_is_what_it_can_be(field: str, value: object) -> None:
    """Null where no empty text can be, and as good as left out where null cannot be either."""
    assert getattr(UrlencodedReader(Coat)(f"{field}=".encode()), field) == value


def test_a_text_that_must_say_something_is_refused_empty() -> None:
    with pytest.raises(Invalid) as caught:
        UrlencodedReader(Coat)(b"name=")
    assert caught.value.problems[0].field == "name"


def outcome(raw: str | bytes) -> Thing | tuple[Problem, ...]:
    """Give what was read or what was wrong with it; any other exception fails the test."""
    try:
        return read(raw)
    except Invalid as error:
        return error.problems


@given(st.binary(max_size=200))
def test_only_invalid_comes_out(raw: bytes) -> None:
    assert outcome(raw)


@given(
    st.dictionaries(
        st.sampled_from(["name", "size", "parts", "parts[0]", "parts[][part_id]", "anything[a]"]), st.text()
    )
)
def test_only_invalid_comes_out_of_a_sound_form(fields: dict[str, str]) -> None:
    assert msgspec.json.encode(outcome(urlencode(fields, errors="replace")))


def test_an_operation_takes_a_form_or_json(client: httpx2.Client) -> None:
    as_form = client.post("/v1/things", content="name=a&size=3&parts[0][part_id]=1", headers=FORM)
    assert (as_form.status_code, as_form.json()) == (201, client.post(
        "/v1/things", json={"name": "a", "size": 3, "parts": [{"part_id": 1}]}
    ).json())  # fmt: skip


def test_other_operations_take_no_form(client: httpx2.Client) -> None:
    assert client.patch("/v1/things/1", content="name=a", headers=FORM).status_code == 415


@pytest.mark.parametrize(
    ("status", "content", "headers"),
    [
        (413, "name=" + "x" * (1 << 16), {}),
        (415, "name=a", {"content-encoding": "gzip"}),
        (415, "name=a", {"content-type": "text/plain"}),
    ],
)
def test_a_form_has_the_bounds_of_any_body(
    client: httpx2.Client, status: int, content: str, headers: dict[str, str]
) -> None:
    assert client.post("/v1/things", content=content, headers=FORM | headers).status_code == status


def test_a_tolerant_operation_is_so_under_strict_too(client: httpx2.Client) -> None:
    assert client.post("/v1/things", content="name=a&other=1", headers=FORM).status_code == 201
    assert client.post("/v1/things", json={"name": "a", "other": 1}).status_code == 201
    assert client.patch("/v1/things/1", json={"name": "a", "other": 1}).status_code == 400


def test_an_operation_words_what_it_wants(client: httpx2.Client) -> None:
    assert client.post("/v1/things", json={"name": 5}).json() == {"own": "words"}
    assert client.patch("/v1/things/1", json={"name": 5}).json()["success"] is False
    assert client.post("/v1/things", json={}, headers={"x-api-token": ""}).json()["code"] == 401
    responses: Any = document(DIALECT)["paths"]["/v1/things"]["post"]["responses"]
    assert responses["400"]["content"]["application/json"]["example"] == {"own": "words"}
    assert responses["404"]["content"]["application/json"]["example"]["code"] == 404


def test_the_document_tells_of_the_form() -> None:
    content = document(DIALECT)["paths"]["/v1/things"]["post"]["requestBody"]["content"]
    assert content[MEDIA_TYPE] == content["application/json"]


def test_another_prefix_means_the_same(client: httpx2.Client) -> None:
    assert client.get("/api/v1/things/7").json() == client.get("/v1/things/7").json()
    assert client.get("/api/v1/things/collection?owner=3").json()["query"] == {"owner": 3}
    assert client.get("/api/v1/nothing").status_code == 404
    assert client.put("/api/v1/things").headers["allow"] == client.put("/v1/things").headers["allow"]
    assert json.dumps(document(DIALECT)["paths"]).count("/api/v1") == 0
