"""From where a write comes: kept for the time of one request or command, and written beside each change. Pure."""

import ipaddress
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from msgspec import Struct

COMMAND_LINE: Final = "command line"
PAGE: Final = "page"  # signing in and out there; what else it does goes through a dialect
WORKER: Final = "worker"


class Origin(Struct, frozen=True):
    """``surface`` is a dialect's name or a part of the program, ``address`` the caller's network address.

    Of the command line the address is the operating system's user, ``os:alice``.
    """

    surface: str = ""
    address: str = ""
    request_id: str = ""


_NOWHERE: Final = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def enter(origin: Origin) -> None:
    """Let everything that this task writes from now on come from there."""
    _origin.set(origin)


def current_origin() -> Origin:
    """From where this task writes."""
    return _origin.get()


@lru_cache(maxsize=4096)
def plain_address(text: str) -> str:
    """A network address as it is kept, the same however it was written; nothing where this is none.

    What a proxy tells of its callers may be anything.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(inner or address)
