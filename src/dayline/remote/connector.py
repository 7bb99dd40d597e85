"""What a connector to another system is: facts about its vendor, and pure functions between its words and ours.

Neither this nor any connector does input or output: ``remote/calls.py`` sends what they describe, and classifies what
comes back. Instants are ms UTC; ids are the vendor's own, as text.
"""

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Struct

Json: TypeAlias = Any  # a value as a JSON document has it; what a vendor sends is its own affair
Visibility = Literal["private", "public", "admin_only"]
Method = Literal["list", "get", "create", "update", "delete"]


class Ask(Struct, frozen=True):
    """One thing that must be known to connect: asked by ``dayline connect``, kept in an account's context.

    ``secret`` ones are sealed and never shown again.
    """

    name: str
    help: str
    secret: bool = False
    required: bool = True


class Support(Struct, frozen=True):
    """What one method takes, needs and gives, in the fields of the unified shape: what ``meta`` tells."""

    required: tuple[str, ...] = ()
    supported: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Pace(Struct, frozen=True):
    """How often a vendor lets one account call: ``burst`` at once, then ``per_second``.

    ``pauses`` are the seconds to wait after one 429, the next, and so on, where the vendor does not say how long.
    """

    per_second: float
    burst: int
    pauses: tuple[float, ...] = ()


class Connection(Struct, frozen=True):
    """An integrated account as a connector needs it: where its system is, and how to prove oneself there.

    ``context`` has the answers to ``Connector.asks``, the secret ones too: it is never logged and never shown.
    """

    id: str
    base_url: str  # without a slash at its end
    context: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Connection(id={self.id!r}, base_url={self.base_url!r})"


class NewNote(Struct, frozen=True, kw_only=True):
    """A note to be written. What the caller left out is None."""

    candidate_id: str
    body: str | None = None
    visibility: Visibility | None = None
    created_at: int | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """A page of one candidate's activities; ``cursor`` is the vendor's own, decoded."""

    candidate_id: str
    limit: int | None = None
    cursor: str | None = None


class Outbound(Struct, frozen=True, kw_only=True):
    """A request to a vendor: ``path`` follows the base URL, its segments percent-encoded.

    ``writes`` tells that sending it twice may write twice, so it is never sent again by itself. ``remote_data`` is
    merged into ``body`` and ``remote_query`` added to ``query`` by whoever sends it.

    ``kept`` are the places in ``body`` that ``remote_data`` must not change, because the caller asked for something
    that it would undo: above all that a note is not public. Their names, and those in ``kept_query``, are not for
    ``remote_query`` either. Those in ``harmless_query`` change neither where a note is written nor how it looks.
    ``scopes`` are what the credential must be allowed, in the vendor's words, for a vendor that forbids without saying
    what.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()  # with the credential: never logged
    body: Json = None
    writes: bool = False
    kept: tuple[tuple[str, ...], ...] = ()
    kept_query: tuple[str, ...] = ()
    harmless_query: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Outbound(method={self.method!r}, path={self.path!r})"


class Answer(Struct, frozen=True, kw_only=True):
    """What a vendor answered, whole; ``headers`` in lower case, and ``document`` is None where it is not JSON."""

    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    body: bytes
    document: Json = None

    def header(self, name: str) -> str | None:
        """Give the last header of that name, which is in lower case."""
        return next((value for key, value in reversed(self.headers) if key == name), None)

    @property
    def retry_after(self) -> int | None:
        """The whole seconds that ``Retry-After`` tells; None where there is none, or it tells a date."""
        told = self.header("retry-after") or ""
        return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else None


class Refusal(Struct, frozen=True, kw_only=True):
    """That a vendor refused, in our words: ``status`` is what our caller gets.

    ``message`` is the vendor's own, found in its answer; it may be empty. ``reauthorize`` says that the credential is
    no good any more; ``missing_scopes`` what it does not allow. ``forbids`` tells that the vendor forbids and does
    not say what: then ``Outbound.scopes`` are what is missing. ``retry_after`` is in whole seconds.
    """

    status: int
    message: str
    reauthorize: bool = False
    missing_scopes: tuple[str, ...] = ()
    forbids: bool = False
    retry_after: int | None = None


def handed_on(status: int) -> int:
    """The status of a refusal as our caller gets it: the vendor's own, where it is one that says something."""
    return status if 400 <= status <= 504 else 502


class Person(Struct, frozen=True):
    """A sender or receiver of an email."""

    email: str | None = None
    name: str | None = None


class RemoteActivity(Struct, frozen=True, kw_only=True):
    """An activity in another system; ``raw`` is it as the vendor gave it, without the vendor's envelope.

    ``parts`` are the texts that ``body`` is made of, the first one first, where there are several.
    """

    id: str
    candidate_id: str | None = None
    actor_id: str | None = None
    actor_type: Literal["user", "candidate"] | None = None
    activity_type: Literal["note", "email"] | None = None
    sender: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    subject: str | None = None
    body: str | None = None
    parts: tuple[str, ...] = ()
    visibility: Visibility | None = None
    created_at: int | None = None
    updated_at: int | None = None
    raw: Json = None


class RemotePage(Struct, frozen=True):
    """A page; ``cursor`` asks for the next one, None at the end. A page may be empty and not the last."""

    items: tuple[RemoteActivity, ...]
    cursor: str | None


class Unreadable(Exception):
    """A vendor's answer says success and does not have the shape of one; the message says what is missing."""


class Connector(Protocol):
    """A vendor that we call. Each is one value in its folder's ``connector.py``; a registry names them all.

    The functions that build a request raise ``domain.errors.Invalid`` for input that the vendor cannot take; those that
    read an answer raise ``Unreadable``. A method that the vendor has not is absent from ``methods``, and its functions
    are never called.
    """

    @property
    def name(self) -> str:
        """The slug of the integration, such as ``ashby``."""

    @property
    def label(self) -> str:
        """The vendor's name for people."""

    @property
    def base_url(self) -> str:
        """Where the vendor's production is, unless an operator sets another one."""

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What must be known to connect."""

    @property
    def methods(self) -> Mapping[Method, Support]:
        """The support matrix of activities."""

    @property
    def pace(self) -> Pace:
        """The vendor's limit as far as it is known."""

    @property
    def may_hide(self) -> bool:
        """Whether a credential that may write a note that is not public may be kept from seeing it in a list."""

    def probe(self, connection: Connection) -> Outbound:
        """Build a harmless read that fails where the credential or the context is wrong."""

    def create(self, connection: Connection, note: NewNote) -> Outbound:
        """Build the request that writes a note. Raises Invalid."""

    def ignored(self, note: NewNote) -> tuple[str, ...]:
        """Name the fields of the note that the vendor cannot keep and that are left out."""

    def created(self, answer: Answer, note: NewNote) -> RemoteActivity:
        """Read what the vendor wrote. Raises Unreadable."""

    def enveloped(self, raw: Json) -> Json:
        """Put a note as it is listed into what the vendor answers to whoever writes it."""

    def list(self, connection: Connection, wanted: Wanted) -> Outbound:
        """Build the request for a page. Raises Invalid."""

    def listed(self, answer: Answer, wanted: Wanted) -> RemotePage:
        """Read a page. Raises Unreadable."""

    def read_cursor(self, told: str) -> str:
        """Make a cursor as ``Wanted`` has it of one as the vendor's own pages tell it. Raises Invalid."""

    def get(self, connection: Connection, candidate_id: str | None, id: str) -> Outbound:
        """Build the request for one activity. Raises Invalid."""

    def got(self, answer: Answer, candidate_id: str | None) -> RemoteActivity:
        """Read one activity. Raises Unreadable."""

    def refusal(self, answer: Answer) -> Refusal | None:
        """Tell whether an answer, of whatever status, is a refusal; None for success."""


def secret_names(connector: Connector) -> frozenset[str]:
    """The names of what proves who calls: it is sent, so an answer may repeat it."""
    return frozenset(ask.name for ask in connector.asks if ask.secret)


def open_names(connector: Connector) -> frozenset[str]:
    """The names of what is asked for and is no secret."""
    return frozenset(ask.name for ask in connector.asks if not ask.secret)
