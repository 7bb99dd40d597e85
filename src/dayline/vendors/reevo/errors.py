"""Words a failure as Reevo does, in one of its families: codes for what it means, lists for what cannot be read.

It must never quote what a client sent.
"""

import re
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from dayline.domain.errors import Problem, ProblemKind
from dayline.kit.dialect import Failure, Reply
from dayline.vendors.reevo import schema

_encode: Final = msgspec.json.Encoder().encode
_STEP: Final = re.compile(r"[^.\[\]]+")
_ERRORS: Final = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    408: "RequestTimeoutError",
    409: "ConflictError",
    412: "PreconditionFailedError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    422: "IdempotencyKeyReusedError",
    429: "TooManyRequestsError",
    503: "ServiceUnavailableError",
    507: "InsufficientStorageError",
}
_ROUTES: Final = {404: "Not Found", 405: "Method Not Allowed"}

Shape: TypeAlias = Literal["model", "list", "uuid", "datetime", "enum", "int", "string"]

# What the validator, which is pydantic, calls each thing that can be wrong; first what it calls alike in every field.
_KINDS: Final[dict[ProblemKind, str]] = {
    "missing": "missing",
    "unknown": "extra_forbidden",
    "short": "string_too_short",
    "long": "string_too_long",
    "few": "too_short",
    "many": "too_long",
    "small": "greater_than_equal",
    "large": "less_than_equal",
}
_WRONG_TYPES: Final[dict[Shape, str]] = {
    "model": "model_attributes_type",
    "list": "list_type",
    "uuid": "uuid_type",
    "datetime": "datetime_type",
    "enum": "enum",
    "int": "int_type",
    "string": "string_type",
}
_UNREAD: Final[dict[Shape, str]] = {"uuid": "uuid_parsing", "datetime": "datetime_parsing", "enum": "enum"}
_ANY_OTHER: Final = "value_error"  # for rules that are not the validator's own, such as that of NUL characters
_SHAPES: Final[dict[str, Shape]] = {
    **dict.fromkeys(("attributes", "metadata"), "model"),
    **dict.fromkeys(("account_id", "opportunity_id", "contact_id", "sequence_id"), "uuid"),
    "pipeline_select_list_value_id": "uuid",
    **dict.fromkeys(("activity_time", "created_from", "created_to"), "datetime"),
    **dict.fromkeys(("category", "type"), "enum"),
    "limit": "int",
}


def envelope(failure: Failure) -> Reply:
    """The answer to a failure. What the input lacks is 422, unless the vendor has a code of another status for it."""
    if not failure.problems:
        return _plain(failure)
    problem = failure.problems[0]
    if failure.status == 404:
        code = "record_not_found" if problem.kind == "missing" else "target_record_not_found"
        return _coded(404, code, failure.message, problem)
    if failure.status == 422:
        code = "field_required_missing" if problem.kind == "missing" else "field_value_invalid"
        return _coded(422, code, failure.message, problem)
    if problem.field == "cursor" and problem.kind == "value":
        return _coded(400, "invalid_cursor", problem.message, problem)
    return _reply(422, schema.InputError([_field_error(one, failure) for one in failure.problems]))


def _plain(failure: Failure) -> Reply:
    if failure.status in _ROUTES:
        return _reply(failure.status, schema.RouteError(_ROUTES[failure.status]))
    error = _ERRORS.get(failure.status, "InternalServerError")
    return _reply(failure.status, schema.CodedError(error=error, message=failure.message))


def _coded(status: int, code: str, message: str, problem: Problem) -> Reply:
    return _reply(status, schema.CodedError(error=code, message=message, details=schema.ErrorDetails(problem.field)))


def _reply(status: int, body: Struct) -> Reply:
    return Reply(status, _encode(body))


def _field_error(problem: Problem, failure: Failure) -> schema.FieldError:
    if failure.in_query:
        return _query_error(problem)
    steps = _STEP.findall(problem.field)
    source = "header" if problem.field == "Idempotency-Key" else "body"
    loc: list[str | int] = [source, *(int(step) if step.isdecimal() else step for step in steps)]
    return schema.FieldError(type=_type(problem, steps), loc=loc, msg=problem.message)


def _query_error(problem: Problem) -> schema.FieldError:
    """What is wrong with a parameter, whose name is whole, brackets and all; or with the query, which has no name."""
    loc: list[str | int] = ["query", *filter(None, (problem.field,))]
    return schema.FieldError(type=_KINDS.get(problem.kind, _ANY_OTHER), loc=loc, msg=problem.message)


def _type(problem: Problem, steps: list[str]) -> str:
    """The validator's name for what is wrong. An empty path is the body as a whole, which is JSON or is not."""
    if problem.kind in _KINDS:
        return _KINDS[problem.kind]
    if problem.kind == "type":
        return _WRONG_TYPES[_shape(steps)]
    return _UNREAD.get(_shape(steps), _ANY_OTHER) if steps else "json_invalid"


def _shape(steps: list[str]) -> Shape:
    """What was to be at this path. The envelope of an id counts as the id."""
    bare = steps[:-1] if steps[-1:] == ["value"] else steps
    if "contact_ids" in bare[-2:]:
        return "list" if bare[-1] == "contact_ids" else "uuid"
    return _SHAPES.get(bare[-1], "string") if bare else "model"
