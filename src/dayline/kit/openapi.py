"""Writes a dialect's OpenAPI 3.1 document from its table. It must never promise what the kit does not do."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec

from dayline.domain.errors import Problem
from dayline.kit.dialect import PUBLIC, Dialect, Failure, Notice, Operation
from dayline.kit.params import is_open
from dayline.kit.urlencoded import MEDIA_TYPE

Json = dict[str, Any]

_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_REF: Final = "#/components/schemas/"
_FAILURE: Final = "Failure"
_KEY_HEADER: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key with the same request gives the first answer again and takes effect once.",
}
_MATCH_HEADER: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the revision that the write is meant for; any other is refused with 412.",
}
_RETRY_HEADER: Final[Json] = {
    "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "The seconds to wait."}
}
_FAILURES: Final = (
    Failure(400, "the input is not valid", (Problem("field", "expected int, got string", "type"),)),
    Failure(401, "the credential is missing or unknown"),
    Failure(403, "the credential does not allow this"),
    Failure(404, "no such thing"),
    Failure(408, "the request body did not arrive in time"),
    Failure(409, "the write clashes with what is stored"),
    Failure(412, "the revision is no longer the stored one"),
    Failure(413, "the request body is too large"),
    Failure(415, "expected content type application/json"),
    Failure(422, "the idempotency key was used for another request"),
    Failure(429, "too many requests"),
    Failure(500, "something went wrong on our side"),
    Failure(503, "the database cannot do it now"),
    Failure(507, "the disk is full"),
)


def document(dialect: Dialect) -> Json:
    """Describe every operation of the dialect, with the envelope's own words for each failure."""
    schemas = _Schemas(dialect)
    paths: Json = {}
    for operation in dialect.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(dialect, operation, schemas)
    notices = {one.name: {"post": _notice(one, schemas)} for one in dialect.notices}
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": dialect.version, "description": dialect.description},
        "servers": [{"url": url} for url in _mounts(dialect)],
        "paths": paths,
        **({"webhooks": notices} if notices else {}),
        "components": {"schemas": schemas.components, "securitySchemes": dict(dialect.security_schemes)},
    }


def _notice(notice: Notice, schemas: "_Schemas") -> Json:
    """What a receiver is sent, and what he answers."""
    return {
        "summary": notice.summary,
        "parameters": [{**_heeded_header(name, told), "required": True} for name, told in notice.headers.items()],
        "requestBody": {"required": True, "content": _json(schemas.of(notice.body))},
        "responses": {"2XX": {"description": notice.answer}},
    }


def _mounts(dialect: Dialect) -> list[str]:
    shared = ["/"] if dialect.claims or dialect.fallback else []
    return [f"/{dialect.name}", *shared]


class _Schemas:
    """The schemas of all types of a dialect, made in one go so that names agree."""

    def __init__(self, dialect: Dialect) -> None:
        types = {kind for operation in dialect.operations for kind in _types(operation)}
        types |= {notice.body for notice in dialect.notices} | set(dialect.errors)
        ordered = sorted(types, key=repr)
        schemas, self.components = msgspec.json.schema_components(ordered, ref_template=_REF + "{name}")
        self._by_type = dict(zip(ordered, schemas, strict=True))
        # A query is told as parameters: as a component it would be an object that nobody sends.
        self._queries = {kind: self._take(kind) for kind in {operation.query for operation in dialect.operations}}

        self.error = self._any_of([self.of(kind) for kind in dialect.errors])

    def of(self, kind: Any) -> Json:
        return dict(self._by_type[kind])

    def _any_of(self, shapes: list[Json]) -> Json:
        """What has one of these shapes, by one name; nothing where nobody says which there are."""
        if len(shapes) > 1:
            self.components[_FAILURE] = {"title": _FAILURE, "description": "What went wrong.", "anyOf": shapes}
            shapes = [{"$ref": f"{_REF}{_FAILURE}"}]
        return {"schema": shapes[0]} if shapes else {}

    def query(self, operation: Operation) -> Json:
        return self._queries[operation.query]

    def _take(self, kind: Any) -> Json:
        schema: Json = self.components.pop(self._by_type[kind]["$ref"].removeprefix(_REF))
        return schema


def _types(operation: Operation) -> Iterator[Any]:
    yield operation.query
    if operation.body is not None:
        yield operation.body
    if operation.reply is not None:
        yield operation.reply


def _operation(dialect: Dialect, operation: Operation, schemas: _Schemas) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.detail,
        "parameters": _parameters(dialect, operation, schemas.query(operation)),
        "responses": _responses(dialect, operation, schemas),
        "security": _security(dialect, operation),
        "x-token-cost": operation.cost,
    }
    if operation.body is not None:
        content = _json(schemas.of(operation.body)) | _multipart(operation, schemas) | _urlencoded(operation, schemas)
        described["requestBody"] = {"required": True, "content": content}
    return {key: value for key, value in described.items() if value not in ("", 0)}


def _parameters(dialect: Dialect, operation: Operation, query: Json) -> list[Json]:
    path = [_path_parameter(name, operation.path_help) for name in _PATH_PARAMETER.findall(operation.path)]
    required = query.get("required", [])
    opened = {known.encode_name for known in msgspec.structs.fields(operation.query) if is_open(known)}
    asked = [
        _open_parameter(name, schema) if name in opened else _query_parameter(name, schema, name in required)
        for name, schema in query["properties"].items()
    ]
    headers = [_KEY_HEADER] if operation.method in dialect.keyed else []
    headers += [_heeded_header(name, told) for name, told in operation.heeds.items()]
    return path + asked + headers + ([_MATCH_HEADER] if operation.conditional else [])


def _heeded_header(name: str, told: str) -> Json:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": told}


def _path_parameter(name: str, help_texts: Mapping[str, str]) -> Json:
    described = {"description": help_texts[name]} if name in help_texts else {}
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} | described


def _query_parameter(name: str, schema: Json, required: bool) -> Json:
    bare = {key: value for key, value in schema.items() if key != "description" and (key, value) != ("default", None)}
    described = {"description": schema["description"]} if "description" in schema else {}
    return {"name": name, "in": "query", "required": required, "schema": bare} | described


def _open_parameter(name: str, schema: Json) -> Json:
    """A parameter with any names in brackets."""
    described = {"description": schema["description"]} if "description" in schema else {}
    bare = {"type": "object", "additionalProperties": True}
    return {"name": name, "in": "query", "style": "deepObject", "explode": True, "schema": bare} | described


def _responses(dialect: Dialect, operation: Operation, schemas: _Schemas) -> Json:
    shown = {str(operation.status): _success(operation, schemas)} | _errors(dialect, operation, schemas)
    if dialect.limits is None or operation.scope == PUBLIC:
        return shown
    told = dict(dialect.limits.document)
    return {status: reply | {"headers": _limit_headers(status, told)} for status, reply in shown.items()}


def _limit_headers(status: str, told: Json) -> Json:
    """The headers that a server with limits sends to a caller whom it knows; hence none is required."""
    return told | (_RETRY_HEADER if status == "429" else {})


def _success(operation: Operation, schemas: _Schemas) -> Json:
    content = {} if operation.reply is None else {"content": _json(schemas.of(operation.reply))}
    if operation.sends:
        told = {} if operation.reply is str else content.get("content", {})
        content = {"content": told | {kind: {"schema": {"type": "string"}} for kind in operation.sends}}
    return {"description": HTTPStatus(operation.status).phrase} | content


def _errors(dialect: Dialect, operation: Operation, schemas: _Schemas) -> Json:
    """Show what the dialect makes of each failure; several may end in one status, and the first one stays."""
    shown: Json = {}
    usual = (failure for failure in _FAILURES if _possible(failure.status, dialect, operation))
    for failure in (*usual, *operation.failures):
        reply = dialect.word(failure, operation)
        content = {reply.media_type: {**schemas.error, "example": _example(reply.body)}}
        shown.setdefault(str(reply.status), {"description": failure.message, "content": content})
    return shown


def _possible(status: int, dialect: Dialect, operation: Operation) -> bool:
    if status in (401, 403):
        return operation.scope != PUBLIC
    if status == 408:
        return operation.body is not None
    if status == 412:
        return operation.conditional
    if status == 415:
        return operation.body is not None
    if status == 422:
        return operation.method in dialect.keyed
    return True


def _example(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode()


def _security(dialect: Dialect, operation: Operation) -> list[Json]:
    return [] if operation.scope == PUBLIC else [{name: [operation.scope]} for name in dialect.security_schemes]


def _multipart(operation: Operation, schemas: _Schemas) -> Json:
    """The same fields as a form, those that may be files as bytes."""
    if operation.form is None:
        return {}
    files = {name: {"type": "string", "contentMediaType": "application/octet-stream"} for name in operation.form.files}
    schema = {"allOf": [schemas.of(operation.body)], "properties": files}
    return {"multipart/form-data": {"schema": schema}}


def _urlencoded(operation: Operation, schemas: _Schemas) -> Json:
    return {MEDIA_TYPE: {"schema": schemas.of(operation.body)}} if operation.urlencoded else {}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
