"""The document tells what the kit does: parameters, bodies, prices, and each failure in the dialect's own words."""

import re
from typing import Annotated, Any

import httpx2
import msgspec
import pytest
from jsonschema_rs import Draft202012Validator
from msgspec.structs import replace

from dayline.app import DIALECTS
from dayline.kit.dialect import Dialect, Notice
from dayline.kit.openapi import document
from dayline.kit.params import Pairs
from tests.kit.toy import TOY

DOCUMENT = document(TOY)


def operation(method: str, path: str) -> dict[str, Any]:
    described: dict[str, Any] = DOCUMENT["paths"][path][method]
    return described


def test_it_is_served_to_anybody(stranger: httpx2.Client) -> None:
    assert stranger.get("/openapi.json").json() == DOCUMENT


def test_every_operation_is_there_once() -> None:
    names = [one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()]
    assert sorted(names) == sorted(row.name for row in TOY.operations)


def test_query_parameters_have_limits_defaults_and_wire_names() -> None:
    parameters = {one["name"]: one for one in operation("get", "/v1/things")["parameters"]}
    assert parameters["limit"] == {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "How many at most",
        "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
    }
    assert "since" in parameters
    assert "since_id" not in parameters


def test_a_required_parameter_says_so() -> None:
    assert operation("get", "/v1/things/collection")["parameters"][0]["required"] is True


def test_path_parameters_have_their_help() -> None:
    assert operation("get", "/v1/things/{id}")["parameters"] == [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "description": "The thing's number",
        }
    ]


def test_bodies_and_replies_point_to_components() -> None:
    add = operation("post", "/v1/things")
    assert add["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert "content" in add["responses"]["201"]
    assert "content" not in operation("delete", "/v1/things/{id}")["responses"]["204"]


def test_every_reference_has_its_component_and_every_component_is_used() -> None:
    used = set(re.findall(rb"#/components/schemas/(\w+)", msgspec.json.encode(DOCUMENT)))
    assert {name.decode() for name in used} == set(DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/v1/things", {"200", "400", "401", "403", "404", "409", "413", "429", "500", "503", "507"}),
        (
            "post",
            "/v1/things",
            {"201", "400", "401", "403", "404", "408", "409", "413", "415", "422", "429", "500", "503", "507"},
        ),
        ("get", "/v1/ping", {"200", "400", "404", "409", "413", "429", "500", "503", "507"}),
    ],
)
def test_failures_are_those_that_can_happen(method: str, path: str, statuses: set[str]) -> None:
    assert set(operation(method, path)["responses"]) == statuses


def test_a_failure_is_shown_in_the_dialects_words(stranger: httpx2.Client) -> None:
    shown = operation("get", "/v1/things")["responses"]["401"]["content"]["application/json"]["example"]
    assert shown.keys() == stranger.get("/v1/things").json().keys()


def test_price_and_security_are_told() -> None:
    assert operation("get", "/v1/things")["x-token-cost"] == 10
    assert operation("get", "/v1/things")["security"] == [{"token": ["things:read"]}]
    assert operation("get", "/v1/ping")["security"] == []


def test_a_key_is_offered_on_post() -> None:
    names = [one["name"] for one in operation("post", "/v1/things")["parameters"]]
    assert names == ["Idempotency-Key"]


class Passing(msgspec.Struct, frozen=True):
    """A query that passes on what it does not know."""

    passed: Annotated[Pairs, msgspec.Meta(description="Goes on as it is.")] = ()


def test_open_parameters_and_headers_of_an_operation() -> None:
    row = replace(TOY.operations[0], query=Passing, heeds={"Toy-Force": "`yes` plays all the same."})
    opened, heeded = document(replace(TOY, operations=(row,)))["paths"][row.path][row.method.lower()]["parameters"]
    assert (opened["name"], opened["style"], opened["explode"]) == ("passed", "deepObject", True)
    assert opened["schema"] == {"type": "object", "additionalProperties": True}
    assert opened["description"] == "Goes on as it is."
    assert (heeded["name"], heeded["in"], heeded["required"]) == ("Toy-Force", "header", False)


class Rung(msgspec.Struct, frozen=True):
    """That the bell was rung."""

    at: str


def test_what_is_sent_by_itself_is_told_too() -> None:
    notice = Notice(name="bell.rung", summary="Somebody came", body=Rung, headers={"bell": "Which."}, answer="Any.")
    made = document(replace(TOY, notices=(notice,)))
    told = made["webhooks"]["bell.rung"]["post"]
    assert (told["summary"], told["responses"]) == ("Somebody came", {"2XX": {"description": "Any."}})
    assert told["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Rung"}
    assert [(one["name"], one["required"]) for one in told["parameters"]] == [("bell", True)]
    assert made["components"]["schemas"]["Rung"]["properties"] == {"at": {"type": "string"}}
    assert "webhooks" not in DOCUMENT


class Moan(msgspec.Struct, frozen=True):
    """What is wrong."""

    error: str


class Shrug(msgspec.Struct, frozen=True):
    """That something is."""

    code: int


@pytest.mark.parametrize(
    ("errors", "schema"),
    [
        ((Moan,), {"$ref": "#/components/schemas/Moan"}),
        ((Moan, Shrug), {"$ref": "#/components/schemas/Failure"}),
        ((), None),
    ],
)
def test_failures_have_the_shapes_that_they_may_have(errors: tuple[type[msgspec.Struct], ...], schema: Any) -> None:
    made = document(replace(TOY, errors=errors))
    for path in made["paths"].values():
        for row in path.values():
            for status, told in row["responses"].items():
                if status >= "4":
                    (content,) = told["content"].values()
                    assert content.get("schema") == schema
                    assert "example" in content
    shapes = made["components"]["schemas"]
    assert {kind.__name__ for kind in errors} <= shapes.keys()
    refs = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in errors]
    assert shapes.get("Failure", {}).get("anyOf") == (refs if len(errors) > 1 else None)


@pytest.mark.parametrize("dialect", DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def test_each_dialect_says_how_it_fails_and_keeps_to_it(dialect: Dialect) -> None:
    made = document(dialect)
    seen = 0
    for path in made["paths"].values():
        for row in path.values():
            for status, told in row["responses"].items():
                if status >= "4":
                    (content,) = told["content"].values()
                    keeps = Draft202012Validator({**content["schema"], "components": made["components"]}).is_valid
                    assert keeps(content["example"])
                    assert not keeps({})
                    seen += 1
    assert seen
