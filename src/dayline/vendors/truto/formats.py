"""The five forms of an answer: unified, raw, normalized, stream and debug. What they mean is in the README.

It must never let a header of another system through that means something to the caller's own connection.
"""

import re
import time
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from dayline.kit.dialect import Headers, Reply
from dayline.remote.connector import Answer, RemoteActivity
from dayline.remote.line import Sent
from dayline.vendors.truto import schema
from dayline.vendors.truto.mapping import Form, shaped, shaped_list

_encode: Final = msgspec.json.Encoder().encode
NEXT: Final = "Dayline-Next-Cursor"
"""The header with the cursor of the next page where the body is another system's."""

_BYTES: Final = "application/octet-stream"
_VISIBLE: Final = re.compile(r"[\x20-\x7e]{0,1000}")
_REQUEST_ID: Final = re.compile(r"x-[a-z0-9]+-(?:request|trace|correlation)-id")  # not our own, which is x-request-id
_LIMITS: Final = ("limit", "remaining", "reset")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_EPOCH: Final = 1_000_000_000  # a reset beyond this is an instant, and not so many seconds
_EPOCH_MS: Final = 100 * _EPOCH  # and beyond this, one in milliseconds


class Call(Struct, frozen=True, kw_only=True):
    """The call to another system that an answer comes from: what was sent, without the credential, and what came."""

    sent: Sent
    answer: Answer


def one(
    status: int, activity: RemoteActivity, form: Form, call: Call | None = None, ignored: tuple[str, ...] = ()
) -> Reply:
    """The answer with one activity; without a call where it is of Dayline's own store."""
    headers = (*_ignored(ignored), *_of(call))
    if form.format in ("raw", "stream"):
        if call is not None:
            return Reply(status, call.answer.body, headers, call.answer.media_type or _BYTES)
        return Reply(status, _encode(activity.raw), headers)
    shown = shaped(activity, form)
    if form.format == "debug":
        return Reply(status, _encode(schema.Debugged(shown, None if call is None else _debug(call))), headers)
    return Reply(status, _encode(shown), headers)


def many(activities: tuple[RemoteActivity, ...], cursor: str | None, form: Form, call: Call | None = None) -> Reply:
    """The answer with a page."""
    headers = _of(call)
    if form.format in ("raw", "stream"):
        if call is not None:
            onward = () if cursor is None else ((NEXT, cursor),)
            return Reply(200, call.answer.body, (*headers, *onward), call.answer.media_type or _BYTES)
        return Reply(200, _encode({"data": [one.raw for one in activities], "next_cursor": cursor}))
    shown = shaped_list(activities, cursor, form)
    if form.format == "debug":
        told = None if call is None else _debug(call, cursor, len(activities))
        return Reply(200, _encode(schema.Debugged(shown, told)), headers)
    return Reply(200, _encode(shown), headers)


def _debug(call: Call, cursor: str | None = None, count: int | None = None) -> schema.Debug:
    listed = count is not None
    return schema.Debug(
        request_url=call.sent.url,
        request_options={"method": call.sent.method, "headers": dict(call.sent.headers), "body": call.sent.body},
        data=call.answer.document,
        response_headers={name: value for name, value in call.answer.headers if name != "set-cookie"},
        next_cursor=cursor if listed else UNSET,
        is_looping=False if listed else UNSET,
        is_empty_result=count == 0 if listed else UNSET,
        result_count=count if count is not None else UNSET,
    )


def _ignored(fields: tuple[str, ...]) -> Headers:
    return (("Dayline-Ignored", ", ".join(fields)),) if fields else ()


def _of(call: Call | None) -> Headers:
    return () if call is None else forwarded(call.answer.headers)


def forwarded(headers: Headers) -> Headers:
    """The headers of another system that its caller may want, and that say nothing of this connection.

    Its limits are told as ``ratelimit-*``, the reset in seconds from now.
    """
    kept: dict[str, str] = {}
    for name, value in headers:
        part = name.removeprefix("x-").removeprefix("ratelimit-") if "ratelimit-" in name else ""
        if not _VISIBLE.fullmatch(value):
            continue
        if part in _LIMITS:
            if _NUMBER.fullmatch(value):
                kept[f"ratelimit-{part}"] = _seconds(int(value)) if part == "reset" else value
        elif name == "retry-after" or _REQUEST_ID.fullmatch(name):
            kept[name] = value
    return tuple(kept.items())


def _seconds(reset: int) -> str:
    if reset < _EPOCH:
        return str(reset)
    return str(max(0, (reset // 1000 if reset >= _EPOCH_MS else reset) - int(time.time())))
