"""The places of a dialect where an id can stand, found in its own table of operations, and told in the dialect's terms.

It must never leave out a place because nobody has told what goes there.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct, inspect

from dayline.kit.dialect import Dialect, Operation

Json: TypeAlias = Any
By = Literal["id", "uuid", "slug", "external_id", "key"]

_PATH = re.compile(r"\{(\w+)\}")
# What a field is called that names something of an account. A dialect's table may say of others that they do too.
_NAMING = re.compile(r"(?:^|.*[._])(?:id|ids|uuid|slug)(?:\[\])?|.*_ids?(?:\[\])?")


class Place(Struct, frozen=True, kw_only=True):
    """One place: in which operation, where in its path, query or body, and what is named there in which way.

    ``query`` is the rest of the query, ``body`` that of the body and ``beside`` the rest of the innermost object;
    ``form`` is how the value is written; ``own`` says what a path's id names when the place is elsewhere. ``finds`` is
    a filter: what does not exist is an empty list there. ``deleted`` says what becomes of something deleted there:
    ``refused`` where it is found, and the rest of the request is wrong; ``never`` where there is no deleting it.
    ``file`` is the field in which a form brings a file along.
    """

    operation: str
    where: str
    names: str
    by: By = "id"
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Json = None
    beside: dict[str, Json] = {}
    form: str = "{}"
    own: str = "activity"
    finds: bool = False
    deleted: Literal["gone", "shown", "works", "refused", "never"] = "gone"
    file: str = ""

    @property
    def title(self) -> str:
        """How a test tells of it."""
        return f"{self.operation}: {self.where} is a {self.names} by {self.by}"


class Map(Struct, frozen=True, kw_only=True):
    """All places of a dialect. ``free`` are those where an id names nothing of the account's, with the reason."""

    dialect: Dialect
    places: tuple[Place, ...]
    free: dict[str, str]
    others: frozenset[str] = frozenset()  # fields that name something, though their names do not tell


def found(plan: Map) -> Iterator[str]:
    """Every place that the dialect's own types show, such as ``addActivity: body participants[].person_id``."""
    for operation in plan.dialect.operations:
        for name in _PATH.findall(operation.path):
            yield f"{operation.name}: path {name}"
        for part, type_ in (("query", operation.query), ("body", operation.body)):
            for field in [] if type_ is None else _fields(inspect.type_info(type_), ""):
                if _NAMING.fullmatch(field) or field in plan.others:
                    yield f"{operation.name}: {part} {field}"


def _fields(kind: inspect.Type, path: str) -> Iterator[str]:
    """The paths of all values in a type."""
    match kind:
        case inspect.StructType():
            for field in kind.fields:
                yield from _fields(field.type, f"{path}.{field.encode_name}" if path else field.encode_name)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _fields(kind.item_type, f"{path}[]")
        case inspect.Metadata():
            yield from _fields(kind.type, path)
        case inspect.UnionType():
            for option in kind.types:
                yield from _fields(option, path)
        case _:
            yield path


class Request(Struct, frozen=True):
    """A request as a client sends it."""

    method: str
    path: str
    query: dict[str, str]
    body: Json


def request(dialect: Dialect, place: Place, value: Any, own: str) -> Request:
    """The request with this value in the place; ``own`` is the id of something that the caller may write."""
    operation = next(row for row in dialect.operations if row.name == place.operation)
    part, _, field = place.where.partition(" ")
    written = value if place.form == "{}" else place.form.format(value)
    names = dict.fromkeys(_PATH.findall(operation.path), own) | place.path
    names |= {field: str(written)} if part == "path" else {}
    return Request(
        operation.method,
        f"/{dialect.name}" + _PATH.sub(lambda match: names[match[1]], operation.path),
        place.query | ({field: str(written)} if part == "query" else {}),
        _body(operation, place, field, written) if part == "body" else place.body,
    )


def _body(operation: Operation, place: Place, field: str, value: Any) -> Json:
    """The place's body with the value at ``related[].id`` and the like."""
    assert operation.body is not None
    *outer, last = field.split(".")
    leaf, many = last.removesuffix("[]"), last.endswith("[]")
    made: Json = {**place.beside, leaf: [value] if many else value} if outer else {leaf: [value] if many else value}
    for name in reversed(outer):
        made = {name.removesuffix("[]"): [made] if name.endswith("[]") else made}
    return _merged(place.body or {}, made)


def _merged(rest: Json, made: Json) -> Json:
    """The rest of a body, and what was made within it."""
    if not (isinstance(rest, dict) and isinstance(made, dict)):
        return made
    return {**rest, **{name: _merged(rest.get(name), value) for name, value in made.items()}}
