"""What the sandboxes of all vendors share: requests kept as received, faults on demand, a ledger of what was written.

A vendor's sandbox says only how that vendor answers; ``standing.py`` puts it behind a port. It never stands for truth:
it keeps everything in memory, and serves loopback alone.
"""

import base64
import binascii
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Meta, Struct

Json: TypeAlias = Any
Headers: TypeAlias = tuple[tuple[str, str], ...]
FaultName = Literal[
    "none",  # lets a request pass: so that a row of faults can say which one of many is hit
    "hang",  # never answers, and has not done anything
    "hang_after_write",  # never answers, and has done it
    "torn_before",  # closes the connection without having done anything
    "torn_after_write",  # closes the connection, and has done it
    "torn_midway",  # closes the connection in the middle of the answer
    "slow",  # the answer comes in drops, over ``seconds``
    "too_big",  # the answer goes on and on: 64 MiB of it
    "wrong_content_type",  # the right answer, called text/html
    "not_json",  # an HTML page, called application/json, with the status of a success
    "redirect",  # 302 to another place of this sandbox, with a secret in its query
    "empty_page",  # where a page was asked for: one with nothing in it, and more to come
    "401",
    "403",
    "429",
    "500",
    "503",
]
STATUSES: Final = frozenset(("401", "403", "429", "500", "503"))
KEPT_REQUESTS: Final = 10_000  # the last ones, so that a long measurement does not fill the memory


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """What shall go wrong, how many ``times``, with requests whose ``METHOD /path?query`` contains ``on``.

    Faults wait in a row: a request gets the first that concerns it. ``seconds`` is how long a slow answer takes.
    """

    fault: FaultName
    times: Annotated[int, Meta(ge=1)] = 1
    on: str = ""
    seconds: Annotated[float, Meta(gt=0, le=300)] = 30.0


NO_FAULT: Final = Fault("none")


class Received(Struct, frozen=True):
    """A request exactly as it came: ``target`` is its path and query, still percent-encoded.

    Header names are in lower case, as the server's parser gives them.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    fault: FaultName = "none"

    def header(self, name: str) -> str | None:
        """Give the last header of that name, which is in lower case."""
        return next((value for key, value in reversed(self.headers) if key == name), None)

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, decoded one by one: a slash within a part stays in it."""
        return tuple(unquote(part) for part in self.path.split("/")[1:])

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded; of several values of a name the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def json(self) -> Json:
        """Read the body. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.body)

    def basic(self) -> tuple[str, str] | None:
        """User and password of Basic authentication; None where there is none, or it cannot be read."""
        scheme, _, value = (self.header("authorization") or "").partition(" ")
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return (user, password) if scheme.lower() == "basic" and colon else None

    def bearer(self) -> str | None:
        """The token of Bearer authentication."""
        scheme, _, value = (self.header("authorization") or "").partition(" ")
        return value if scheme.lower() == "bearer" and value else None


class Written(Struct, frozen=True):
    """A line of the ledger: a note that now exists, with the document as the vendor shows it."""

    id: str
    candidate_id: str
    document: Json


class Reply(Struct, frozen=True):
    """What the vendor answers. ``wrote`` tells that the request has made something that was not there before."""

    status: int
    body: bytes = b""
    headers: Headers = (("content-type", "application/json"),)
    wrote: Written | None = None


def reply_json(status: int, document: Json, *, headers: Headers = (), wrote: Written | None = None) -> Reply:
    """Build an answer with a JSON document."""
    kind = ("content-type", "application/json")
    return Reply(status, msgspec.json.encode(document), (kind, *headers), wrote)


class Known(Struct, frozen=True):
    """A candidate who is there from the beginning."""

    id: str
    name: str


class Sandbox(ABC):
    """One vendor's system, in memory. Safe to be asked from a test's thread while it serves from another."""

    vendor: ClassVar[str]  # the connector's name
    base_path: ClassVar[str] = ""  # what a connector's base URL has after the host

    def __init__(self, key: str = "sandbox-key") -> None:
        self.key = key
        self._lock = threading.Lock()
        self.reset()

    @abstractmethod
    def seed(self) -> None:
        """Forget everything, and begin again with the candidates that it comes with."""

    @abstractmethod
    def answer(self, request: Received) -> Reply:
        """Answer as the vendor does, and do what was asked, at once or not at all."""

    @abstractmethod
    def refusal(self, status: int, request: Received) -> Reply:
        """Build the vendor's answer of that status: 401, 403, 429, 500 or 503."""

    def empty_page(self, request: Received) -> Reply | None:
        """Build a page with nothing in it, and more to come; None where the vendor knows no such thing."""
        return None

    @abstractmethod
    def candidates(self) -> tuple[Known, ...]:
        """Name the candidates who are there."""

    @abstractmethod
    def context(self) -> Mapping[str, str]:
        """Give what a connector asks for to connect here."""

    @abstractmethod
    def example(self, url: str) -> str:
        """Give a command line with curl that reads or writes something at this address."""

    def reset(self) -> None:
        """Begin anew: no requests, no faults, nothing written."""
        with self._lock:
            self._requests: list[Received] = []
            self._written: list[Written] = []
            self._faults: list[Fault] = []
            self.seed()

    def fail(self, fault: FaultName, times: int = 1, *, on: str = "", seconds: float = 30.0) -> None:
        """Let something go wrong, after what was ordered before."""
        with self._lock:
            self._faults.append(Fault(fault, times, on, seconds))

    def order(self, fault: Fault) -> None:
        """Let something go wrong, as it came over HTTP."""
        with self._lock:
            self._faults.append(fault)

    @property
    def requests(self) -> list[Received]:
        """The last requests as they came, the oldest first; those to the sandbox itself are not among them."""
        with self._lock:
            return list(self._requests)

    @property
    def written(self) -> list[Written]:
        """The ledger: all that was written since the start or the last reset."""
        with self._lock:
            return list(self._written)

    def take(self, request: Received) -> tuple[Fault, Reply | None]:
        """Record a request and treat it; the reply is None where the fault keeps it from being treated at all."""
        with self._lock:
            fault = self._next_fault(f"{request.method} {request.target}")
            self._requests.append(msgspec.structs.replace(request, fault=fault.fault))
            del self._requests[:-KEPT_REQUESTS]
            reply = self._treat(request, fault)
            if reply is not None and reply.wrote is not None:
                self._written.append(reply.wrote)
            return fault, reply

    def _treat(self, request: Received, fault: Fault) -> Reply | None:
        if fault.fault in STATUSES:
            return self.refusal(int(fault.fault), request)
        if fault.fault in ("hang", "torn_before", "redirect"):
            return None
        empty = self.empty_page(request) if fault.fault == "empty_page" else None
        return self.answer(request) if empty is None else empty

    def _next_fault(self, line: str) -> Fault:
        for place, fault in enumerate(self._faults):
            if fault.on in line:
                left = msgspec.structs.replace(fault, times=fault.times - 1)
                self._faults[place : place + 1] = [left] if left.times else []
                return fault
        return NO_FAULT
