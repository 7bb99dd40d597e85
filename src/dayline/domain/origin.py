"""From where a write comes: kept for the time of one request or command, and written beside each change. Pure."""

from contextvars import ContextVar
from typing import Final

from msgspec import Struct

COMMAND_LINE: Final = "command line"
WORKER: Final = "worker"


class Origin(Struct, frozen=True):
    """``surface`` is a dialect's name or a part of the program, ``address`` the caller's network address."""

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
