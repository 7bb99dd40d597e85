"""Turns what went wrong with a call to another system into Truto's answer, around any handler."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from dayline.domain.errors import Invalid
from dayline.kit.dialect import Call, Failure, Refused, Reply
from dayline.remote.errors import NotSupported, RemoteError
from dayline.vendors.truto.errors import raw_of, remote
from dayline.vendors.truto.formats import forwarded

Handler = Callable[[Call[Any, Any, Any, Any]], Awaitable[Reply]]

CALLED: Final = (
    Failure(405, "the integration cannot do this"),
    Failure(502, "the other system could not be reached, or its answer could not be read"),
    Failure(504, "the other system did not answer in time"),
)
"""The failures of operations that call another system, beside those that it answers with."""


def heard(handler: Handler) -> Handler:
    """The handler, with an answer where the other system refuses, does not answer, or cannot do it.

    A cursor that is wrong is told by the name that it has here.
    """

    @wraps(handler)
    async def hear(call: Call[Any, Any, Any, Any]) -> Reply:
        try:
            return await handler(call)
        except RemoteError as error:
            return told(error)
        except NotSupported as error:
            raise Refused(Failure(405, error.message)) from error
        except Invalid as error:
            raise _named(error) from error

    return hear


def _named(error: Invalid) -> Invalid:
    return Invalid(*(replace(one, field="next_cursor") if one.field == "cursor" else one for one in error.problems))


def told(error: RemoteError) -> Reply:
    """The answer to a call that did not end well, with the headers that its caller may want."""
    headers = dict(() if error.answer is None else forwarded(error.answer.headers))
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if error.replayed:
        headers["Idempotency-Replayed"] = "true"
    return remote(
        error.status,
        error.message,
        raw=UNSET if error.answer is None else raw_of(error.answer.document, error.answer.body),
        missing_scopes=() if error.refusal is None else error.refusal.missing_scopes,
        headers=tuple(headers.items()),
    )
