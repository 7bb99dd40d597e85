"""Turns the domain's errors into HTTP failures, the one place that knows both.

It must never put a trace or an unexpected error's own words in an answer.
"""

from typing import Final

from dayline.domain.errors import (
    Conflict,
    DaylineError,
    Forbidden,
    Gone,
    Invalid,
    KeyReused,
    NotFound,
    Stale,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from dayline.kit.dialect import Failure, Refused

_STATUS: Final[dict[type[BaseException], int]] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Stale: 412,
    KeyReused: 422,
    Unavailable: 503,
}
_FULL: Final = 507


def failure_of(error: Exception) -> Failure | None:
    """Give the failure that an error means, or None when nobody raised it on purpose."""
    if isinstance(error, Refused):
        return error.failure
    if isinstance(error, Unavailable):
        status = _FULL if error.full else _STATUS[Unavailable]
        return Failure(status, error.message, headers=(("Retry-After", str(error.retry_after)),))
    if isinstance(error, Conflict) and error.retry_after is not None:
        return Failure(409, error.message, headers=(("Retry-After", str(error.retry_after)),))
    if isinstance(error, TooManyAttempts):
        return Failure(429, error.message, headers=(("Retry-After", str(error.retry_after)),))
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 0)
    if not status or not isinstance(error, DaylineError):
        return None
    return Failure(status, error.message, error.problems if isinstance(error, Invalid) else ())


def query_refused(error: Invalid) -> Refused:
    """The refusal of a query that cannot be read, for the dialects that say where in the request a fault is."""
    return Refused(Failure(_STATUS[Invalid], error.message, error.problems, in_query=True))


def crash(request_id: str) -> Failure:
    """Give the answer to a fault of ours: the request id is what leads to the traceback in the log."""
    return Failure(500, f"something went wrong on our side, request {request_id}")
