"""How API v2 words what is wrong with a request."""

from collections.abc import Sequence

from dayline.domain.errors import Problem
from dayline.vendors.pipedrive.schema import ValidationError


def validation(problems: Sequence[Problem], message: str = "") -> ValidationError:
    """By fields where all that is wrong has one, else as a whole: then by ``message``, or what the problems say."""
    if problems and all(problem.field for problem in problems):
        error = ", ".join(_worded(problem) for problem in problems)
        return ValidationError(error=f"Validation failed: {error}", code="ERR_SCHEMA_VALIDATION_FAILED")
    told = message or ", ".join(problem.message for problem in problems)
    return ValidationError(error=told, code="ERR_BAD_REQUEST")


def _worded(problem: Problem) -> str:
    if problem.kind == "unknown":
        return f"{problem.field}: Parameter '{problem.field}' is not allowed for this request"
    return f"{problem.field}: {problem.message}"
