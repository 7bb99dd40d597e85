"""A request to another server as data: what goes out, what comes back, what it may take, and how it can fail.

It must never hold a decision: those are the client's.
"""

from collections.abc import AsyncGenerator

from msgspec import Struct

from dayline.domain.errors import DaylineError


class NotSent(DaylineError):
    """Nothing left this server, so certainly nothing was written. ``retry_after`` is in whole seconds.

    ``status`` suggests an answer: 429 too often, 503 left alone for a while, 502 not reachable, 504 not in time.
    ``again`` tells that trying it again may help.
    """

    def __init__(self, message: str, *, status: int = 502, retry_after: int | None = None, again: bool = False) -> None:
        super().__init__(message)
        self.status, self.retry_after, self.again = status, retry_after, again


class Torn(DaylineError):
    """The request may have arrived, and no whole answer came back: a write may or may not have been done.

    ``status`` suggests an answer, 502 or 504. ``again`` tells that trying a read again may help; ``too_long`` that the
    answer is longer than what is taken.
    """

    def __init__(self, message: str, *, status: int = 502, again: bool = True, too_long: bool = False) -> None:
        super().__init__(message)
        self.status, self.again, self.too_long = status, again, too_long


class Request(Struct, frozen=True, kw_only=True):
    """A request. ``key`` is whose pace, breaker and share of connections it goes by, such as an integrated account.

    ``pace`` is how many go in a second, and how many at once; ``again`` says that it is a read and may be sent again.
    ``pauses`` are the seconds to wait after each 429 that does not say how long, in place of our own.
    """

    method: str
    url: str
    key: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    pace: tuple[float, int] | None = None
    again: bool = False
    pauses: tuple[float, ...] = ()

    def __repr__(self) -> str:
        return f"Request(method={self.method!r}, key={self.key!r})"  # without what may be a credential


class Got(Struct, frozen=True, kw_only=True):
    """A whole answer. Header names and ``media_type`` are in lower case, ``url`` is without its query."""

    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    body: bytes
    url: str


class Streamed(Struct, frozen=True, kw_only=True):
    """The beginning of an answer; ``parts`` are of its body, inflated, and raise Torn."""

    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    parts: AsyncGenerator[bytes]
    url: str


class Bounds(Struct, frozen=True, kw_only=True):
    """What one request may take, in seconds and bytes; ``streaming`` and ``streamed`` are those of a stream.

    ``connections`` are open at most, and ``each`` key has at most so many requests under way.
    """

    seconds: float = 15.0
    connecting: float = 5.0
    body: int = 1 << 20
    streaming: float = 300.0
    streamed: int = 256 << 20
    connections: int = 200
    each: int = 32
