"""Lets whoever is signed in at the page call every surface: a session becomes a caller here, and nowhere else.

It must never take a cookie for a credential where another site could have made the request.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace
from starlette.requests import Request

from dayline.domain.identity import Principal
from dayline.kit.dialect import Dialect
from dayline.service import Service
from dayline.web.guard import CSRF_HEADER, SAFE, Site, check_csrf, check_origin

Places = frozenset[tuple[str, str]]  # where a credential of a dialect's own may stand: in what, and its name

_IN_HEADER, _IN_QUERY = "header", "query"
_AUTHORIZATION: Final = (_IN_HEADER, "authorization")


def with_sessions(dialect: Dialect, site: Site, *, always: bool) -> Dialect:
    """The dialect, which also knows a session where the request has no credential of its own.

    Under ``always`` the session counts only with its CSRF token, whatever the method; otherwise what only reads does
    without.
    """
    own, places = dialect.authenticate, frozenset(_places(dialect.security_schemes))

    async def authenticate(request: Request, service: Service) -> Principal:
        cookie = site.cookie(request) if "cookie" in request.headers else ""
        tokened = bool(cookie) and CSRF_HEADER in request.headers
        if not cookie or _has(request, places) or (always and not tokened):
            caller: Principal = await own(request, service)
            return caller
        check_origin(request, site)
        if tokened or request.method not in SAFE:
            check_csrf(request, cookie)
        return await service.signing.principal(cookie)

    return replace(dialect, authenticate=authenticate)


def _places(schemes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield _AUTHORIZATION
    for scheme in schemes.values():
        if scheme["type"] == "apiKey":
            yield scheme["in"], scheme["name"].lower()


def _has(request: Request, places: Places) -> bool:
    return any(name in (request.headers if where == _IN_HEADER else request.query_params) for where, name in places)
