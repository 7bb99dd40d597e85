"""Words a failure as Reevo does, in one of its families: codes for what it means, lists for what cannot be read.

It must never quote what a client sent.
"""

import re
from typing import Final

import msgspec
from msgspec import Struct

from dayline.domain.errors import Problem
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
# By the last name in a path: what a value of the right type is refused for, and what a wrong type was to be.
_VALUES: Final = {
    "activity_time": "datetime_parsing",
    "created_from": "datetime_parsing",
    "created_to": "datetime_parsing",
    "category": "enum",
    "type": "enum",
    "subject": "string_too_short",
    "contact_ids": "uuid_parsing",
}
_WRONG_TYPES: Final = {
    "": "model_attributes_type",
    "attributes": "model_attributes_type",
    "metadata": "model_attributes_type",
    "contact_ids": "list_type",
    "limit": "int_type",
    "category": "enum",
    "type": "enum",
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
    return _reply(422, schema.InputError([_field_error(one) for one in failure.problems]))


def _plain(failure: Failure) -> Reply:
    if failure.status in _ROUTES:
        return _reply(failure.status, schema.RouteError(_ROUTES[failure.status]))
    error = _ERRORS.get(failure.status, "InternalServerError")
    return _reply(failure.status, schema.CodedError(error=error, message=failure.message))


def _coded(status: int, code: str, message: str, problem: Problem) -> Reply:
    return _reply(status, schema.CodedError(error=code, message=message, details=schema.ErrorDetails(problem.field)))


def _reply(status: int, body: Struct) -> Reply:
    return Reply(status, _encode(body))


def _field_error(problem: Problem) -> schema.FieldError:
    steps = _STEP.findall(problem.field)
    source = "header" if problem.field == "Idempotency-Key" else "body"
    loc: list[str | int] = [source, *(int(step) if step.isdecimal() else step for step in steps)]
    return schema.FieldError(type=_type(problem, steps), loc=loc, msg=problem.message)


def _type(problem: Problem, steps: list[str]) -> str:
    """The validator's name for it, as near as the field and the kind of problem tell."""
    names = [step for step in steps if not step.isdecimal() and step != "value"]
    last = names[-1] if names else ""
    if problem.kind == "missing":
        return "missing"
    if problem.kind == "unknown" or "unknown field" in problem.message:
        return "extra_forbidden"
    if problem.kind == "type":
        return "string_type" if last == "contact_ids" and steps[-1] != last else _WRONG_TYPES.get(last, "string_type")
    if not last:
        return "json_invalid"
    return "uuid_parsing" if last.endswith("_id") else _VALUES.get(last, "value_error")
