"""Which requests of a browser count: those that our own page made. Reads headers only, and changes nothing."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request

from dayline.domain.errors import Forbidden
from dayline.domain.signing import csrf_of, same_secret

CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset(("GET", "HEAD"))
_ELSEWHERE: Final = "This request was made by another site."


class Site(Struct, frozen=True):
    """How callers reach this server, where that was told: its scheme, host and port."""

    origin: str | None = None

    def secure(self, scheme: str) -> bool:
        """Whether browsers reach it over TLS: then a cookie may say that it must not travel without."""
        return scheme == "https" or (self.origin or "").startswith("https:")

    def cookie_name(self, scheme: str) -> str:
        """What the session's cookie is called. Browsers take the prefix as a promise, and over TLS alone."""
        return "__Host-dayline" if self.secure(scheme) else "dayline"

    def cookie(self, request: Request) -> str:
        """What the session's cookie holds; empty where there is none."""
        return request.cookies.get(self.cookie_name(request.scope["scheme"]), "")

    def owns(self, request: Request, origin: str) -> bool:
        """Whether this origin is the site's: as it was told, or by the host that the browser asked for."""
        if origin == self.origin:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        schemes = ("https",) if self.secure(request.url.scheme) else ("http", "https")
        return parts.scheme in schemes and bool(parts.netloc) and parts.netloc == request.headers.get("host")


def site_of(public_url: str | None) -> Site:
    """The site whose pages are reached at this URL."""
    if public_url is None:
        return Site()
    parts = urlsplit(public_url)
    return Site(f"{parts.scheme}://{parts.netloc}".lower())


def check_origin(request: Request, site: Site) -> None:
    """Raise Forbidden unless the browser says that our own page made the request.

    It says so in ``Origin`` or ``Sec-Fetch-Site``; where it says both, both must. What only reads may have come from
    the address bar, too.
    """
    origin, told = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    reading = request.method in SAFE
    if origin is None and told is None and not reading:
        raise Forbidden(_ELSEWHERE)
    if origin is not None and not site.owns(request, origin):
        raise Forbidden(_ELSEWHERE)
    if told is not None and told not in (("same-origin", "none") if reading else ("same-origin",)):
        raise Forbidden(_ELSEWHERE)


def check_csrf(request: Request, cookie: str) -> None:
    """Raise Forbidden unless the request carries the token that only who can read our answers knows."""
    if not same_secret(request.headers.get(CSRF_HEADER, ""), csrf_of(cookie)):
        raise Forbidden(f"The {CSRF_HEADER} is missing, or of another session: GET /session tells it.")


def address_of(request: Request) -> str:
    """Where the request comes from, as failures are counted: a network of IPv6 is one, however many addresses it has.

    Behind a proxy on this machine it is what that one says; the server sees to it.
    """
    host = "" if request.client is None else request.client.host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
