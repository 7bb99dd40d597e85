"""Makes of what comes over the wire an answer that a connector can read. It must never judge what the answer says."""

from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

import msgspec

from dayline.kit.client import Got, Streamed
from dayline.remote.connector import Answer, Unreadable
from dayline.remote.errors import RemoteError

T = TypeVar("T")


def answer_of(got: Got) -> Answer:
    """The answer with its document, if it is one of JSON."""
    return made_answer(got.status, got.headers, got.media_type, got.body)


def made_answer(status: int, headers: tuple[tuple[str, str], ...], media_type: str, body: bytes) -> Answer:
    """An answer of these parts; what does not call itself JSON is not read as such."""
    document = None
    if media_type.endswith(("/json", "+json")):
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            document = None
    return Answer(status=status, headers=headers, media_type=media_type, body=body, document=document)


def read_as(answer: Answer, read: Callable[[Answer], T], label: str) -> T:
    """What the answer says. Raises RemoteError where that cannot be read."""
    try:
        return read(answer)
    except Unreadable as error:
        message = str(error)
        if answer.document is None and answer.body:
            called = f"calls itself {answer.media_type}" if answer.media_type else "has no media type"
            message = f"{label}'s answer {called} and cannot be read as JSON."
        raise RemoteError("unreadable", 502, message, answer=answer) from error


def head_of(streamed: Streamed) -> Answer:
    """The answer without its body."""
    return Answer(status=streamed.status, headers=streamed.headers, media_type=streamed.media_type, body=b"")


async def beginning(streamed: Streamed, most: int) -> tuple[bytes, bool]:
    """What comes first, and whether that is all: it is where no more than so many bytes come."""
    body = bytearray()
    async for part in streamed.parts:
        body += part
        if len(body) > most:
            return bytes(body), False
    return bytes(body), True


async def onward(body: bytes, streamed: Streamed) -> AsyncGenerator[bytes]:
    """What was read already, and then the rest."""
    yield body
    async for part in streamed.parts:
        yield part
