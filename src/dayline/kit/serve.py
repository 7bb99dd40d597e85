"""A dialect as an ASGI application: one route a path, and one order of checks for every request.

It must never answer before the order allows it (an unknown path first, then the credential, then the method),
and never write a query, a path's values or a credential to the log.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from dayline import tracing
from dayline.counting import NONE, REQUEST_SECONDS, REQUESTS, Labels, Spread
from dayline.domain.errors import Forbidden, Invalid, NotFound
from dayline.kit import wire
from dayline.kit.dialect import (
    PUBLIC,
    Anyone,
    Call,
    Caller,
    Dialect,
    Failure,
    Headers,
    Note,
    Operation,
    Refused,
    Reply,
    Upload,
)
from dayline.kit.failures import crash, failure_of, query_refused
from dayline.kit.form import FormLimits, FormReader, Parts, boundary_of, read_form
from dayline.kit.ledger import Ledger
from dayline.kit.openapi import document
from dayline.kit.params import BodyReader, QueryReader
from dayline.kit.paths import Paths
from dayline.kit.presence import ARRIVED, Presence
from dayline.kit.throttle import Throttle, throttle_of
from dayline.kit.urlencoded import UrlencodedReader, is_urlencoded

DOCUMENT_PATH: Final = "/openapi.json"

Seen = Callable[[Any, str, str], None]

_ANYONE: Final = Anyone()
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PARAMETER: Final = re.compile(r"\{[^}]*\}")
# Nobody is there to read it; the status is only for the log.
_CLIENT_GONE: Final = Reply(499)
_STOPPING: Final = Failure(503, "the server is stopping", headers=(("Retry-After", "5"), ("Connection", "close")))
_log = structlog.get_logger("dayline.kit")


class _Desk(Struct, frozen=True):
    """What all resources of one application share."""

    dialect: Dialect
    service: Any
    strict: bool
    limits: FormLimits
    public_url: str | None
    throttle: Throttle | None
    seen: Seen | None


class _Entry(Struct, frozen=True):
    """An operation with its readers made once."""

    operation: Operation
    read_query: Callable[[bytes], Any]
    read_body: Callable[[bytes], Any] | None
    read_form: FormReader | None
    read_urlencoded: Callable[[bytes], Any] | None
    keyed: bool
    note: Note | None


class _Taken(Struct, frozen=True):
    """What a client sent. ``identity`` is what makes two requests the same one, beside method and path."""

    query: Any
    body: Any
    identity: bytes
    files: dict[str, Upload]


class _Visit:
    """One request on its way through, with what the log line and the answer's headers will need."""

    __slots__ = ("account", "headers", "limits", "path", "presence", "receive", "request_id", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send, path: dict[str, str]) -> None:
        self.scope = scope
        self.path = path  # the texts of its parameters
        self.receive = receive
        self.send = send
        self.presence: Presence | None = None
        self.headers: wire.RawHeaders = dict(scope["headers"])
        self.request_id = wire.request_id(self.headers)
        self.account: int | None = None
        self.limits: Headers = ()

    def stay(self) -> Presence:
        """From now on, look whether anybody still waits for the answer: the request has been read."""
        self.presence = Presence(self.scope, self.receive)
        self.receive = self.presence.receive
        return self.presence

    def end(self) -> None:
        """It is answered."""
        if self.presence is not None:
            self.presence.close()


class _Resource:
    """One path of a dialect: every method ends here, so that 401 comes before 405. Without operations it is a 404."""

    def __init__(self, desk: _Desk, template: str, operations: Sequence[Operation] = ()) -> None:
        self._desk = desk
        self._template = template
        self._counted: dict[tuple[str, int], tuple[Labels, Spread | None]] = {}
        self._entries = {operation.method: _entry(desk, operation) for operation in operations}
        if "GET" in self._entries:
            self._entries.setdefault("HEAD", self._entries["GET"])
        self._public = all(operation.scope == PUBLIC for operation in operations)
        self._allow = ("Allow", ", ".join(sorted({*self._entries, "OPTIONS"})))

    async def answer(self, scope: Scope, receive: Receive, send: Send, path: dict[str, str]) -> None:
        """Answer a request; ``path`` are the texts of its path's parameters."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        started = perf_counter()
        visit = _Visit(scope, receive, send, path)
        if tracing.wanted():
            status = await self._traced(visit)
        else:
            status = await self._told(visit)
        took = perf_counter() - started
        self._count(scope["method"], status, took)
        _log.info(
            "request",
            request_id=visit.request_id,
            dialect=self._desk.dialect.name,
            method=scope["method"],
            template=self._template,
            status=status,
            ms=round(took * 1000, 2),
            account=visit.account,
        )

    async def _told(self, visit: _Visit) -> int:
        """Answer, and say with which status."""
        try:
            reply = await self._reply(visit)
            head = visit.scope["method"] == "HEAD"
            await wire.send_reply(visit.receive, visit.send, reply, visit.request_id, head=head, also=visit.limits)
        finally:
            visit.end()
        return reply.status

    async def _traced(self, visit: _Visit) -> int:
        surface, method = self._desk.dialect.name, visit.scope["method"]
        operation = self._operation(method)
        with tracing.span(
            f"{surface} {operation}",
            "server",
            parent=wire.text(visit.headers, tracing.HEADER.encode()) or "",
            dayline__surface=surface,
            dayline__operation=operation,
            dayline__request_id=visit.request_id,
            http__request__method=method,
            http__route=self._template,
        ) as span:
            status = await self._told(visit)
            span.tell(http__response__status_code=status, dayline__account=visit.account)
            if status >= 500:
                span.fail(str(status))
            return status

    def _operation(self, method: str) -> str:
        entry = self._entries.get(method)
        return NONE if entry is None else entry.operation.name

    def _count(self, method: str, status: int, seconds: float) -> None:
        known = method if method in self._entries else ""
        labels, spread = self._counted.get((known, status)) or self._begin_count(known, status)
        REQUESTS.add(labels)
        if spread is not None:
            spread.add(seconds)

    def _begin_count(self, method: str, status: int) -> tuple[Labels, Spread | None]:
        """Make what a method's answers of a status are counted with, once."""
        surface, operation, entry = self._desk.dialect.name, self._operation(method), self._entries.get(method)
        # How long somebody waits for something to happen says nothing of us.
        lingers = entry is not None and entry.operation.lingers
        found = ((surface, operation, str(status)), None if lingers else REQUEST_SECONDS.of((surface, operation)))
        self._counted[method, status] = found
        return found

    async def _reply(self, visit: _Visit) -> Reply:
        try:
            return await self._answer(visit)
        except ClientDisconnect:
            return _CLIENT_GONE
        except asyncio.CancelledError:
            # The server is stopping and has waited long enough. Whether a write was under way is not known here.
            failure = _STOPPING
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets his vendor's envelope
            failure = failure_of(error) or self._crashed(visit)
        return self._worded(visit, failure)

    def _worded(self, visit: _Visit, failure: Failure) -> Reply:
        """The failure in the dialect's words; where it has none, that is a fault of ours, for which it has some."""
        entry = self._entries.get(visit.scope["method"])
        operation = None if entry is None else entry.operation
        try:
            reply = self._desk.dialect.word(failure, operation)
        except Exception:  # noqa: BLE001 - whatever it is, the caller gets his vendor's envelope
            failure = self._crashed(visit)
            reply = self._desk.dialect.word(failure, operation)
        return wire.with_headers(reply, failure.headers)

    def _crashed(self, visit: _Visit) -> Failure:
        _log.exception("unexpected error", request_id=visit.request_id, template=self._template)
        return crash(visit.request_id)

    async def _answer(self, visit: _Visit) -> Reply:
        scope = visit.scope
        if not self._entries or _CONTROL.search(scope["path"]):
            raise NotFound("no such path")
        if scope["method"] == "OPTIONS":
            return Reply(204, headers=(self._allow,))
        entry = self._entries.get(scope["method"])
        who = await self._admit(visit, entry)
        if entry is None:
            raise Refused(Failure(405, "method not allowed", headers=(self._allow,)))
        if entry.operation.scope != PUBLIC and entry.operation.scope not in who.scopes:
            raise _lacking(entry.operation)
        try:
            reply = await self._handle(visit, who, entry)
        except Invalid:
            # Only now: what is right would pay for a look that its handler takes anyway.
            if entry.operation.foremost is not None:
                await entry.operation.foremost(self._desk.service, who, visit.path)
            raise
        if entry.operation.lingers and self._desk.throttle is not None:
            visit.limits = (await self._desk.throttle.look(who)).headers  # they were those of when he began to wait
        return reply

    async def _handle(self, visit: _Visit, who: Caller, entry: _Entry) -> Reply:
        taken = await self._take(visit, entry)
        try:
            return await entry.operation.handler(self._call(visit, who, entry, taken))
        finally:
            for upload in taken.files.values():
                await upload.sink.discard()

    async def _admit(self, visit: _Visit, entry: _Entry | None) -> Caller:
        if self._public if entry is None else entry.operation.scope == PUBLIC:
            return _ANYONE
        who: Caller = await self._desk.dialect.authenticate(Request(visit.scope), self._desk.service)
        visit.account = who.account_id
        if self._desk.seen is not None:
            client = visit.scope.get("client")
            self._desk.seen(who, client[0] if client else "", visit.request_id)
        if entry is not None and entry.note is not None:
            entry.note(self._desk.service, who, wire.text(visit.headers, b"user-agent") or "")
        if self._desk.throttle is not None:
            standings = await self._desk.throttle.count(who, entry.operation.cost if entry is not None else 0)
            visit.limits = standings.headers
            standings.check()
        return who

    def _call(self, visit: _Visit, who: Caller, entry: _Entry, taken: _Taken) -> Call[Any, Any, Any, Any]:
        scope, headers = visit.scope, visit.headers
        return Call(
            self._desk.service,
            who,
            visit.path,
            taken.query,
            taken.body,
            wire.once(scope, headers, taken.identity) if entry.keyed else None,
            self._desk.strict,
            visit.request_id,
            self._desk.public_url or wire.base_url(scope, headers),
            wire.text(headers, b"if-match") if entry.operation.conditional else None,
            taken.files,
            _heeded(entry.operation, headers) if entry.operation.heeds else {},
            visit.stay() if entry.operation.lingers else None,
            partial(self._again, visit, entry.operation),
            scope.get("root_path", ""),
        )

    async def _again(self, visit: _Visit, operation: Operation) -> Caller:
        """Who the caller is now. Raises what would have been raised, had he come now."""
        who: Caller = await self._desk.dialect.authenticate(Request(visit.scope), self._desk.service)
        if operation.scope not in who.scopes:
            raise _lacking(operation)
        return who

    async def _take(self, visit: _Visit, entry: _Entry) -> _Taken:
        """Read what the client sent, the query first."""
        query = _query(visit, entry)
        boundary = None if entry.read_form is None else boundary_of(visit.headers)
        if entry.read_form is not None and boundary is not None:
            parts = await self._read_form(visit, entry.operation, boundary)
            try:
                return _Taken(query, entry.read_form(parts.fields), parts.identity(), parts.files)
            except BaseException:
                await parts.discard()
                raise
        as_form = entry.read_urlencoded is not None and is_urlencoded(visit.headers)
        read = entry.read_urlencoded if as_form else entry.read_body
        raw = await self._read(visit, entry, wire.check_plain if as_form else wire.check_json)
        return _Taken(query, None if read is None else read(raw), raw, {})

    async def _read_form(self, visit: _Visit, operation: Operation, boundary: bytes) -> Parts:
        form, limits = operation.form, self._desk.limits
        assert form is not None
        wire.check_plain(visit.headers)
        wire.check_length(visit.headers, limits.text + limits.file * len(form.files))
        return await read_form(visit.receive, boundary, form.files, lambda: form.receive(self._desk.service), limits)

    async def _read(self, visit: _Visit, entry: _Entry, check: Callable[[wire.RawHeaders], None]) -> bytes:
        """Read the body, also that of an operation which has none: its size and the fingerprint count it."""
        if entry.read_body is None and not wire.has_body(visit.headers):
            return b""
        wire.check_length(visit.headers, self._desk.limits.text)
        if entry.read_body is not None:
            check(visit.headers)
        arrived = ARRIVED in visit.scope.get("extensions", ())
        return await wire.read_limited(visit.receive, self._desk.limits.text, arrived=arrived)


def application(
    dialect: Dialect,
    service: Any,
    *,
    strict: bool,
    body_limit: int = 1 << 20,
    file_limit: int = 25 << 20,
    quotas: Mapping[str, int] = MappingProxyType({}),
    ledger: Ledger | None = None,
    public_url: str | None = None,
    seen: Seen | None = None,
) -> ASGIApp:
    """Build the dialect's application.

    ``body_limit`` and ``file_limit`` are in bytes, ``quotas`` are those of the dialect's limits by the names of their
    settings, counted in ``ledger``, or for this application alone; ``public_url`` is where callers reach the server,
    and the request's own host when it is not told; ``seen`` is told of each request of a known caller, with his
    network address and the id of the request.
    Raises ValueError when two operations share a method and path, or name the parameters of one path differently.
    """
    throttle = throttle_of(dialect.limits, quotas, ledger)
    desk = _Desk(dialect, service, strict, FormLimits(file_limit, body_limit), public_url, throttle, seen)
    served = [operation for operation in dialect.operations if not (strict and operation.extension)]
    paths = {**_by_path(served), DOCUMENT_PATH: [_document_operation(dialect)]}
    resources = {spelled: _Resource(desk, path, paths[path]) for path in paths for spelled in _spellings(dialect, path)}
    found, nowhere = Paths(resources), _Resource(desk, "")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        resource, texts = found.find(wire.local_path(scope))
        await (resource or nowhere).answer(scope, receive, send, texts)

    return answer


def _entry(desk: _Desk, operation: Operation) -> _Entry:
    refused = operation.extensions if desk.strict else frozenset()
    strict = desk.strict and not operation.tolerant
    return _Entry(
        operation,
        QueryReader(
            operation.query,
            refused=refused,
            ignored=desk.dialect.credential_query,
            eclipses=operation.eclipses,
            tolerant=desk.dialect.tolerant and not desk.strict,
        ),
        BodyReader(operation.body, strict=strict, refused=refused) if operation.body else None,
        FormReader(operation.body, strict=strict, refused=refused) if operation.body and operation.form else None,
        _urlencoded(operation, strict, refused),
        operation.method in desk.dialect.keyed,
        desk.dialect.meter(operation) if desk.dialect.meter is not None else None,
    )


def _lacking(operation: Operation) -> Forbidden:
    return Forbidden(f"the credential lacks the scope {operation.scope}")


def _query(visit: _Visit, entry: _Entry) -> Any:
    try:
        return entry.read_query(visit.scope["query_string"])
    except Invalid as error:
        raise query_refused(error) from None


def _heeded(operation: Operation, headers: wire.RawHeaders) -> dict[str, str]:
    given = {name: wire.text(headers, name.lower().encode()) for name in operation.heeds}
    return {name: value for name, value in given.items() if value is not None}


def _urlencoded(operation: Operation, strict: bool, refused: frozenset[str]) -> Callable[[bytes], Any] | None:
    if operation.body is None or not operation.urlencoded:
        return None
    return UrlencodedReader(operation.body, strict=strict, refused=refused)


def _spellings(dialect: Dialect, path: str) -> Iterator[str]:
    """The path, and what it is called under the dialect's other prefixes."""
    yield path
    for prefix, meant in dialect.also.items():
        if path.startswith(f"{meant}/"):
            yield prefix + path.removeprefix(meant)


def _by_path(operations: Sequence[Operation]) -> dict[str, list[Operation]]:
    paths: dict[str, list[Operation]] = {}
    for operation in operations:
        rows = paths.setdefault(operation.path, [])
        if any(row.method == operation.method for row in rows):
            raise ValueError(f"{operation.method} {operation.path} stands twice in the table")
        rows.append(operation)
    if len({_PARAMETER.sub("{}", path) for path in paths}) < len(paths):
        raise ValueError("one path is written with different parameter names")
    return paths


def _document_operation(dialect: Dialect) -> Operation:
    @cache  # only when somebody asks: it takes more memory than all else that a dialect is made of
    def body() -> bytes:
        return msgspec.json.encode(document(dialect))

    async def show(call: Call[Any, Any, Any, Any]) -> Reply:
        return Reply(200, body())

    return Operation(
        method="GET", path=DOCUMENT_PATH, handler=show, name="openapi", summary="This document", scope=PUBLIC, reply=Any
    )
