"""``/files/…``: the bytes of an attachment, for whoever has its link. It must never let a browser show them."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from typing import BinaryIO, Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dayline.domain.errors import DaylineError, NotFound
from dayline.service import Service
from dayline.service.attachments import FILES

# Whatever the file is, it is saved and not run: not as a page of this host, and not as what its type is not.
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "bytes",
}
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PIECE: Final = 256 << 10
_OCTETS: Final = "application/octet-stream"


def files(service: Service) -> Route:
    """The route that sends files; HEAD and single ranges are answered too."""

    async def send(request: Request) -> Response:
        try:
            stored = await service.attachments.open(request.path_params["link"])
        except NotFound as error:
            raise HTTPException(404, error.message) from None
        except DaylineError as error:
            raise HTTPException(503, error.message, {"Retry-After": "5"}) from None
        told = stored.attachment
        head = _SAFE | {"Content-Disposition": _saved_as(told.name)}
        return _answer(request, stored.data, told.media_type or _OCTETS, head)

    return Route(f"{FILES}/{{link}}", send, methods=["GET"], name="file")


def _answer(request: Request, data: BinaryIO, media_type: str, head: dict[str, str]) -> Response:
    size = os.fstat(data.fileno()).st_size
    start, end = _asked(request.headers.get("range", ""), size) or (0, size)
    if start >= end and size:
        data.close()
        raise HTTPException(416, "There are no such bytes in this file.", {"Content-Range": f"bytes */{size}"})
    head |= {"Content-Length": str(end - start)}
    part = (start, end) != (0, size)
    head |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"} if part else {}
    if request.method == "HEAD":
        data.close()
        return Response(None, 206 if part else 200, head, media_type)
    return StreamingResponse(_pieces(data, start, end), 206 if part else 200, head, media_type)


def _asked(text: str, size: int) -> tuple[int, int] | None:
    """The first byte that is asked for and the one after the last; None where a range is none or more than one."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    return None if found[2] and int(found[2]) < start else (start, end)


async def _pieces(data: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes, read in a thread; they stay the same while they are sent, since the file is open already."""
    try:
        while start < end:
            piece = await asyncio.to_thread(os.pread, data.fileno(), min(_PIECE, end - start), start)
            if not piece:
                return
            start += len(piece)
            yield piece
    finally:
        data.close()


def _saved_as(name: str) -> str:
    """What a browser calls the saved file (RFC 6266): plain where it can be, else in UTF-8."""
    if name.isascii() and name.isprintable() and not set('"\\%') & set(name):
        return f'attachment; filename="{name}"'
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
