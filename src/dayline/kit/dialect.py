"""What a dialect declares: its operations, how it knows its callers, and how it words a failure.

Nothing here may know a vendor or do any input or output: these are the words, ``serve`` is the deed.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from msgspec import Struct, field
from starlette.requests import Request

from dayline.domain.errors import Problem

PUBLIC: Final = ""
"""The scope of an operation that asks for no credential."""


class Caller(Protocol):
    """What an authenticated caller must tell the kit.

    ``account_id`` and ``token_id`` are for the log and for counting requests only; ``rate_limit`` is his account's own,
    in requests a minute for each token.
    """

    @property
    def scopes(self) -> frozenset[str]: ...

    @property
    def account_id(self) -> int: ...

    @property
    def token_id(self) -> int: ...

    @property
    def rate_limit(self) -> int | None: ...


S = TypeVar("S")
W = TypeVar("W", bound=Caller)
Q = TypeVar("Q")
B = TypeVar("B")

Headers = tuple[tuple[str, str], ...]


class Reply(Struct, frozen=True):
    """A finished answer. A header named here replaces the kit's own of the same name."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    media_type: str = "application/json"


class Failure(Struct, frozen=True):
    """What an envelope shapes. The kit adds ``headers`` to the answer itself, whatever the envelope does."""

    status: int
    message: str
    problems: tuple[Problem, ...] = ()
    headers: Headers = ()


class Refused(Exception):
    """A failure that belongs to HTTP rather than to the domain, such as 429 with Retry-After."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Once(Struct, frozen=True):
    """An Idempotency-Key as read from the request.

    ``fingerprint`` is the SHA-256 in hex over the method, the path without mount prefix and the body.
    It never covers the query, because tokens travel there.
    """

    key: str
    fingerprint: str

    def replay(self, status: int, headers: Headers, body: bytes) -> Reply:
        """Give the stored answer again, marked as a repetition."""
        return Reply(status, body, (*headers, ("Idempotency-Replayed", "true")))


class NoQuery(Struct, frozen=True):
    """The query of an operation without parameters."""


class Anyone(Struct, frozen=True):
    """The caller of a public operation."""

    scopes: frozenset[str] = frozenset()
    account_id: int = 0
    token_id: int = 0
    rate_limit: int | None = None


class Call(Struct, Generic[S, W, Q, B], frozen=True):
    """All that a handler gets.

    ``path`` holds texts, which mapping parses. ``base_url`` is scheme://host of the request. ``if_match`` is that
    header as it came.
    """

    service: S
    who: W
    path: Mapping[str, str]
    query: Q
    body: B
    once: Once | None
    strict: bool
    request_id: str
    base_url: str
    if_match: str | None = None


class Operation(Struct, frozen=True, kw_only=True):
    """One row of a dialect's table; ``name`` is the operationId and ``cost`` the vendor's price in tokens.

    ``extensions`` are query and body fields that the vendor does not know: under strict they are unknown here too.
    ``conditional`` operations heed If-Match. ``path_help`` describes path parameters for the document. ``reply`` is a
    type for the document, None for no content. ``failures`` are those of its own that the document must show.
    """

    method: str
    path: str
    handler: Callable[[Call[Any, Any, Any, Any]], Awaitable[Reply]]
    name: str
    summary: str
    detail: str = ""
    scope: str
    query: type[Struct] = NoQuery
    body: type[Struct] | None = None
    reply: Any
    status: int = 200
    cost: int = 0
    conditional: bool = False
    extensions: frozenset[str] = frozenset()
    path_help: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


class Dialect(Struct, frozen=True, kw_only=True):
    """One vendor's tongue. It is always mounted at ``/<name>/``.

    ``claims`` are path prefixes at the shared root, by whole segments; ``fallback`` are those it answers when nobody
    claims more. ``credential_query`` names query parameters that every operation accepts, because credentials travel
    there. ``keyed`` are the methods on which an Idempotency-Key counts. A ``throttled`` dialect
    keeps to the server's rate limit, and tells it in every answer to a known caller.
    """

    name: str
    title: str
    version: str
    description: str
    operations: tuple[Operation, ...]
    authenticate: Callable[[Request, Any], Awaitable[Any]]
    envelope: Callable[[Failure], Reply]
    claims: tuple[str, ...]
    fallback: tuple[str, ...] = ()
    credential_query: frozenset[str] = frozenset()
    security_schemes: Mapping[str, Any] = field(default_factory=dict)
    keyed: frozenset[str] = frozenset({"POST"})
    throttled: bool = False
