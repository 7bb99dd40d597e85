"""A surface's document as its page tells it: operations, and fields in plain words. Renders nothing."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from msgspec import Struct

from dayline.kit.dialect import Dialect

Json: TypeAlias = Mapping[str, Any]


class Field(Struct, frozen=True):
    """A parameter or a field: what it may be, and what it means."""

    name: str
    kind: str
    required: bool
    help: str


class Operation(Struct, frozen=True):
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    detail: str
    scope: str
    cost: int
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    status: int
    reply: tuple[Field, ...]
    errors: tuple[tuple[int, str], ...]


class Notice(Struct, frozen=True):
    """Something that is sent to webhooks."""

    name: str
    summary: str
    answer: str
    headers: tuple[Field, ...]
    body: tuple[Field, ...]


class Shape(Struct, frozen=True):
    """A named object that bodies and answers are made of."""

    name: str
    help: str
    fields: tuple[Field, ...]


class Surface(Struct, frozen=True):
    """One surface."""

    name: str
    title: str
    description: str
    base: str
    document: str
    operations: tuple[Operation, ...]
    notices: tuple[Notice, ...]
    shapes: tuple[Shape, ...]


def surface_of(dialect: Dialect, document: Json) -> Surface:
    """Read a dialect's document."""
    described = [
        _operation(dialect, document, path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return Surface(
        name=dialect.name,
        title=dialect.title,
        description=dialect.description,
        base="" if dialect.claims else f"/{dialect.name}",
        document=f"/{dialect.name}/openapi.json",
        operations=tuple(described),
        notices=tuple(_notices(document)),
        shapes=tuple(_shapes(document)),
    )


def _notices(document: Json) -> Iterator[Notice]:
    for name, methods in document.get("webhooks", {}).items():
        told = methods["post"]
        answer = next(iter(told["responses"].values()))["description"]
        body = tuple(_fields(document, _content(told["requestBody"])))
        yield Notice(name, told["summary"], answer, tuple(_parameters(document, told)), body)


def _shapes(document: Json) -> Iterator[Shape]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield Shape(name, schema.get("description", ""), tuple(_fields(document, schema)))


def _operation(dialect: Dialect, document: Json, path: str, method: str, operation: Json) -> Operation:
    row = next(row for row in dialect.operations if row.name == operation["operationId"])
    replies = operation["responses"]
    success = replies[str(row.status)]
    codes = sorted(int(code) for code in replies if code.isdecimal() and int(code) >= 400)
    body = operation.get("requestBody")
    return Operation(
        name=row.name,
        method=method.upper(),
        path=path,
        summary=row.summary,
        detail=row.detail,
        scope=row.scope,
        cost=row.cost,
        parameters=tuple(_parameters(document, operation)),
        body=tuple(_fields(document, _content(body))) if body else (),
        status=row.status,
        reply=tuple(_fields(document, _content(success))),
        errors=tuple((code, HTTPStatus(code).phrase) for code in codes),
    )


def _content(part: Json) -> Json:
    contents: dict[str, Json] = part.get("content", {})
    return next((content["schema"] for content in contents.values() if "schema" in content), {})


def _parameters(document: Json, operation: Json) -> Iterator[Field]:
    for parameter in operation.get("parameters", ()):
        schema = _resolved(document, parameter["schema"])
        name = parameter["name"] if parameter["in"] != "header" else f"{parameter['name']} (header)"
        meaning = parameter.get("description") or schema.get("description", "")
        kind = _kind(document, schema).replace(", or null", "")  # a query has no null: it leaves the parameter out
        yield Field(name, kind, bool(parameter.get("required")), meaning)


def _fields(document: Json, schema: Json) -> Iterator[Field]:
    shape = _resolved(document, schema)
    required = shape.get("required", ())
    for name, field in shape.get("properties", {}).items():
        found = _resolved(document, field)
        yield Field(
            name, _kind(document, field), name in required, field.get("description") or found.get("description", "")
        )


def _resolved(document: Json, schema: Json) -> Json:
    """The schema itself, where a reference stands for it."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(document: Json, schema: Json) -> str:
    """What a value may be, in a few words: ``integer from 1 to 500, or null``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        kinds = [_kind(document, option) for option in schema["anyOf"]]
        plain = [kind for kind in kinds if kind != "null"]
        return " or ".join(plain) + (", or null" if "null" in kinds else "")
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"]) + _default(schema)
    if "const" in schema:
        return str(schema["const"]).lower()
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    return str(schema.get("type", "anything")) + _bounds(schema) + _default(schema)


def _bounds(schema: Json) -> str:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if highest is not None and highest < 2**53:
        return f" from {lowest} to {highest}"
    if schema.get("maxLength") is not None:
        return f" of up to {schema['maxLength']} characters"
    return "" if lowest is None else f" from {lowest}"


def _default(schema: Json) -> str:
    default = schema.get("default")
    return "" if default is None else f", {str(default).lower()} if left out"
