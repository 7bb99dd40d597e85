"""The parts of HTTP that every operation shares: identity, content type and size of a request, headers of an answer.

It must never read more of a body than the limit, nor echo what a client sent without checking it.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator
from functools import lru_cache
from typing import Final

from msgspec.structs import replace
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from dayline.domain.errors import invalid
from dayline.kit.dialect import Failure, Headers, Once, Refused, Reply

RawHeaders = dict[bytes, bytes]

BODY_SECONDS: Final = 30.0
CLOSE: Final = (("Connection", "close"),)  # what is still to come of a request must not be taken for the next one

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_HOST: Final = re.compile(rb"[A-Za-z0-9._\-:\[\]]{1,255}")
_KEY: Final = re.compile(rb"[\x20-\x7e]{1,255}")
_JSON: Final = re.compile(rb"application/json|[\w.-]+/[\w.-]+\+json", re.IGNORECASE)
_CHARSET: Final = re.compile(rb"charset\s*=\s*(.*)", re.IGNORECASE)
_UTF8: Final = (b"utf-8", b'"utf-8"', b"utf8", b'"utf8"')
_BODILESS: Final = frozenset({204, 304})
_SAFE: Final = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


def request_id(headers: RawHeaders) -> str:
    """Take the client's X-Request-Id when it is harmless, else make a new one."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return os.urandom(12).hex()


def text(headers: RawHeaders, name: bytes) -> str | None:
    """Give a header as text."""
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def local_path(scope: Scope) -> str:
    """Give the path without the mount's prefix."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def base_url(scope: Scope, headers: RawHeaders) -> str:
    """Give scheme://host as the client wrote it, or the socket's address when the Host header is odd."""
    host = headers.get(b"host", b"")
    if _HOST.fullmatch(host):
        return f"{scope['scheme']}://{host.decode('ascii')}"
    name, port = scope.get("server") or ("localhost", None)
    return f"{scope['scheme']}://{name}" + (f":{port}" if port else "")


def once(scope: Scope, headers: RawHeaders, body: bytes) -> Once | None:
    """Read the Idempotency-Key. Raises Invalid when it is not 1 to 255 printable ASCII characters."""
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "expected 1 to 255 printable ASCII characters")
    head = f"{scope['method']}\n{local_path(scope)}\n".encode()
    return Once(key.decode("ascii"), hashlib.sha256(head + body).hexdigest())


def check_plain(headers: RawHeaders) -> None:
    """Raise Refused (415) for a compressed body."""
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise Refused(Failure(415, "compressed request bodies are not supported"))


def check_json(headers: RawHeaders) -> None:
    """Raise Refused (415) unless the body is said to be plain JSON in UTF-8; silence means JSON."""
    check_plain(headers)
    content_type = headers.get(b"content-type", b"")
    if content_type in (b"application/json", b""):
        return
    media_type, *parameters = (part.strip() for part in content_type.split(b";"))
    if not _JSON.fullmatch(media_type):
        raise Refused(Failure(415, "expected content type application/json"))
    for parameter in parameters:
        if (charset := _CHARSET.fullmatch(parameter)) and charset[1].lower() not in _UTF8:
            raise Refused(Failure(415, "expected charset utf-8"))


def has_body(headers: RawHeaders) -> bool:
    """Tell from the headers whether bytes follow them."""
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def check_length(headers: RawHeaders, limit: int) -> None:
    """Raise Refused (413) when the announced length is beyond the limit, before a byte is read."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > limit:
        raise too_large(limit)


async def read_limited(receive: Receive, limit: int, *, arrived: bool = False) -> bytes:
    """Read the body, which may have ``arrived`` already: nothing can take too long then.

    Raises Refused: 413 as soon as it passes the limit, 408 when it takes too long; ClientDisconnect when the client
    goes away.
    """
    if arrived:
        return await _read(receive, limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive, limit)
    except TimeoutError:
        raise Refused(Failure(408, "the request body did not arrive in time", headers=CLOSE)) from None


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        part, more = await _next_part(receive)
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return b"".join(parts)


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises ClientDisconnect."""
    more = True
    while more:
        part, more = await _next_part(receive)
        yield part


async def _next_part(receive: Receive) -> tuple[bytes, bool]:
    """What comes next of the body, and whether more follows."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


def too_large(limit: int, what: str = "request body") -> Refused:
    """The refusal of what is larger than so many bytes."""
    return Refused(Failure(413, f"the {what} is larger than {limit} bytes", headers=CLOSE))


def with_headers(reply: Reply, headers: Headers) -> Reply:
    """Add the headers that the reply does not have yet."""
    given = {name.lower() for name, _ in reply.headers}
    lacking = tuple(pair for pair in headers if pair[0].lower() not in given)
    return replace(reply, headers=reply.headers + lacking) if lacking else reply


async def send_reply(
    receive: Receive, send: Send, reply: Reply, request_id: str, *, head: bool, also: Headers = ()
) -> None:
    """Send the answer with the kit's headers, and with those of ``also`` that it lacks; to HEAD without its body."""
    try:
        await send(_start(reply, request_id, also))
        if reply.stream is not None and not head:
            await _send_stream(receive, send, reply.body, reply.stream)
            return
        await send({"type": "http.response.body", "body": b"" if head else reply.body})
    finally:
        # What it holds open is let go here, in the handler's own task.
        if reply.stream is not None and isinstance(reply.stream, AsyncGenerator):
            await reply.stream.aclose()


async def _send_stream(receive: Receive, send: Send, body: bytes, stream: AsyncIterator[bytes]) -> None:
    """Send it all, or until nobody is there any more: sending does not tell."""
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        async for piece in stream:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(reply: Reply, request_id: str, also: Headers) -> Message:
    headers = _raw(reply.headers)
    for more in (_raw(also), _defaults(reply, request_id)):
        given = {name for name, _ in headers}
        headers += [pair for pair in more if pair[0] not in given]
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(_raw_name(name), value.encode("latin-1")) for name, value in headers]


@lru_cache(maxsize=256)
def _raw_name(name: str) -> bytes:
    return name.lower().encode("latin-1")


def _defaults(reply: Reply, request_id: str) -> list[tuple[bytes, bytes]]:
    always = [(b"x-request-id", request_id.encode("ascii")), *_SAFE]
    # RFC 9110 forbids a length on 204, and there is no content whose type could be told.
    if reply.status in _BODILESS:
        return always
    content_type = (b"content-type", reply.media_type.encode("latin-1"))
    if reply.stream is not None:
        return [content_type, *always]
    return [content_type, (b"content-length", b"%d" % len(reply.body)), *always]
