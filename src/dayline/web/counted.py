"""Counts and traces what the root answers beside the dialects: the page, sign-in, files. It must never see a body."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dayline import tracing
from dayline.counting import NONE, REQUEST_SECONDS, REQUESTS

SURFACE: Final = "page"


def counted(app: ASGIApp, names: Mapping[Any, str]) -> ASGIApp:
    """The application, whose every answer is counted; ``names`` are those of its endpoints."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        begun, status = perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with tracing.span(SURFACE, "server", dayline__surface=SURFACE, http__request__method=scope["method"]) as span:
            try:
                await app(scope, receive, sent)
            finally:
                operation = names.get(scope.get("endpoint"), NONE)
                REQUESTS.add((SURFACE, operation, str(status)))
                REQUEST_SECONDS.of((SURFACE, operation)).add(perf_counter() - begun)
                span.tell(dayline__operation=operation, http__response__status_code=status)

    return answer
