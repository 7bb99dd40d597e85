"""What a dialect declares: its operations, how it knows its callers, and how it words a failure.

Nothing here may know a vendor or do any input or output: these are the words, ``serve`` is the deed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from msgspec import Struct, field
from starlette.requests import Request

from dayline.domain.errors import Problem
from dayline.kit.limits import Policy
from dayline.kit.presence import Presence

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
    """A finished answer. A header named here replaces the kit's own of the same name.

    ``stream`` goes on after ``body``, for what is too long to be held; its length is not told. If it fails, the
    connection ends, so that nobody takes what has come for all there is.
    """

    status: int
    body: bytes = b""
    headers: Headers = ()
    media_type: str = "application/json"
    stream: AsyncIterator[bytes] | None = None


class Failure(Struct, frozen=True):
    """What an envelope shapes. The kit adds ``headers`` to the answer itself, whatever the envelope does.

    ``in_query`` tells that the query could not be read: the ``problems`` are those of its parameters.
    """

    status: int
    message: str
    problems: tuple[Problem, ...] = ()
    headers: Headers = ()
    in_query: bool = False


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


class Sink(Protocol):
    """Where the bytes of one file go.

    They are on the disk when ``finish`` returns, and gone when ``discard`` does, unless the service took them first.
    """

    async def write(self, chunk: bytes) -> None: ...

    async def finish(self) -> None: ...

    async def discard(self) -> None: ...


class Upload(Struct, frozen=True):
    """A file out of a form: what the client calls it, its bytes, how many they are, and their SHA-256 in hex."""

    name: str
    sink: Sink
    size: int
    digest: str


class Form(Struct, frozen=True):
    """That an operation takes multipart forms too: which of its fields may be files, and where their bytes go."""

    files: frozenset[str]
    receive: Callable[[Any], Sink]  # given the service


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

    ``path`` holds texts, which mapping parses. ``base_url`` is where callers reach this server: the setting, or
    scheme://host of the request; ``mount`` is what of the path stands before the dialect's own: ``/atz``, or nothing at
    the shared root. ``if_match`` is that header as it came. ``files`` are those of a form, by field.
    ``headers`` are those that the operation heeds, as they came. ``presence`` is there where the operation lingers, and
    ``again`` asks anew who the caller is: it raises what the first time would have, had it been now.
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
    files: Mapping[str, Upload] = {}
    headers: Mapping[str, str] = {}
    presence: Presence | None = None
    again: Callable[[], Awaitable[W]] | None = None
    mount: str = ""


class Operation(Struct, frozen=True, kw_only=True):
    """One row of a dialect's table; ``name`` is the operationId and ``cost`` the vendor's price in tokens.

    ``extensions`` are query and body fields that the vendor does not know: under strict they are unknown here too; an
    operation that is an ``extension`` is not there then.
    ``conditional`` operations heed If-Match. ``path_help`` describes path parameters for the document. ``reply`` is a
    type for the document, None for no content. ``failures`` are those of its own that the document must show.
    ``form`` is there when the body may be a multipart form, whose other fields are those of ``body``. ``urlencoded``
    ones take the body as such a form too. ``tolerant`` ones leave fields alone that nobody knows, under strict too.
    ``envelope`` words those failures that the operation words in its own way, and gives None for the others. ``sends``
    are the media types of an answer that is not JSON, or not always; it never is where ``reply`` is str. ``heeds`` are
    headers of the operation's own, and what the document says of each. One that ``lingers`` may wait for something to
    happen before it answers, or while it does. ``eclipses`` are query parameters beside which others do not count, and
    are not even read. ``foremost``, given the service, the caller and the texts of the path, raises what is told before
    anything that is wrong with query or body.
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
    extension: bool = False
    path_help: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    form: Form | None = None
    urlencoded: bool = False
    tolerant: bool = False
    envelope: Callable[[Failure], Reply | None] | None = None
    sends: tuple[str, ...] = ()
    heeds: Mapping[str, str] = field(default_factory=dict)
    lingers: bool = False
    eclipses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    foremost: Callable[[Any, Any, Mapping[str, str]], Awaitable[None]] | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """What a dialect sends by itself, for the document: an event by its name, and what a receiver gets and answers.

    ``headers`` are told in words, by name; so is ``answer``.
    """

    name: str
    summary: str
    body: type[Struct]
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: str


Note = Callable[[Any, Any, str], None]
"""Counts a call, given the service, the caller and his User-Agent. It stands in the way of the request."""

Meter = Callable[[Operation], Note | None]
"""Says once, when the server starts, how calls of an operation are counted; None when they are not."""


def _nothing(_: Any) -> Iterable[str]:
    return ()


class Tongue(Struct, frozen=True, kw_only=True):
    """How a dialect shows one thing that others may have written.

    ``show`` is given the service, the caller, the thing and the server's base URL, and gives JSON. ``says`` tells in
    words how each of the thing's fields is shown; a field that is not there cannot be said. ``hears`` tells the same of
    fields that can be written there and are never shown. ``lacks`` are fields out of ``says`` which this one thing has
    a value for that is not shown, or not whole.
    """

    show: Callable[[Any, Any, Any, str], Awaitable[bytes]]
    says: Mapping[str, str]
    hears: Mapping[str, str] = field(default_factory=dict)
    lacks: Callable[[Any], Iterable[str]] = _nothing


class Dialect(Struct, frozen=True, kw_only=True):
    """One vendor's tongue. It is always mounted at ``/<name>/``.

    ``claims`` are path prefixes at the shared root, by whole segments; ``fallback`` are those it answers when nobody
    claims more. ``credential_query`` names query parameters that every operation accepts, because credentials travel
    there. ``keyed`` are the methods on which an Idempotency-Key counts. A dialect with ``limits`` holds its callers to
    them, and tells them in every answer to a known caller. ``meter`` chooses the operations whose calls are counted.
    ``tongue`` is there when it can show what others wrote. ``also`` are prefixes of paths that mean another prefix:
    with ``{"/api/v1": "/v1"}`` every operation below ``/v1`` answers below ``/api/v1`` too.
    ``notices`` are what it sends by itself, ``errors`` the shapes that a failure may have in its words. A ``tolerant``
    one leaves query parameters alone that nobody knows, unless it is strict.
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
    limits: Policy | None = None
    meter: Meter | None = None
    tongue: Tongue | None = None
    also: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    errors: tuple[type[Struct], ...] = ()
    tolerant: bool = False

    def word(self, failure: Failure, operation: Operation | None) -> Reply:
        """The answer to a failure, in the operation's own words where it has some."""
        own = None if operation is None or operation.envelope is None else operation.envelope(failure)
        return self.envelope(failure) if own is None else own
