"""What every part of the native API shares: credentials, problem documents (RFC 9457), and revisions as ETags."""

import re
from http import HTTPStatus
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request

from dayline.domain.errors import Unauthenticated, invalid
from dayline.domain.identity import Principal
from dayline.kit.dialect import Call, Failure, Headers, Reply
from dayline.service import Service

Q = TypeVar("Q")
B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, Q, B]

encode: Final = msgspec.json.Encoder().encode
_ETAG: Final = re.compile(r'(?:W/)?"(\d{1,18})"')


class FieldError(Struct, frozen=True):
    """One thing wrong with the input; ``field`` is empty when the whole input is meant."""

    field: str
    message: str


class ProblemDocument(Struct, frozen=True, kw_only=True):
    """How everything is refused (RFC 9457). The status says it all, so there is no page behind ``type``."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] | UnsetType = UNSET


def etag(revision: int) -> tuple[str, str]:
    """The header that says which revision an answer shows."""
    return "ETag", f'"{revision}"'


def parse_if_match(text: str | None) -> int | None:
    """Read an If-Match header: the revision that must still be the stored one, or None for any. Raises Invalid."""
    if text is None or text.strip() == "*":
        return None
    match = _ETAG.fullmatch(text.strip())
    if match is None:
        raise invalid("If-Match", 'expected one ETag as an answer gave it, such as "3", or *')
    return int(match[1])


async def authenticate(request: Request, service: Service) -> Principal:
    """Find the caller by bearer token or ``X-Api-Token``. Raises Unauthenticated."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    credential = bearer.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-token")
    if not credential:
        raise Unauthenticated("No token was given.")
    return await service.identities.principal(credential)


def envelope(failure: Failure) -> Reply:
    """Word a failure as a problem document (RFC 9457)."""
    errors = [FieldError(problem.field, problem.message) for problem in failure.problems]
    document = ProblemDocument(
        title=HTTPStatus(failure.status).phrase,
        status=failure.status,
        detail=failure.message,
        errors=errors or UNSET,
    )
    headers: Headers = (("WWW-Authenticate", "Bearer"),) if failure.status == 401 else ()
    return Reply(failure.status, encode(document), headers, "application/problem+json")
