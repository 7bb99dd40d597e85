"""What is at the root beside the dialects: the page, sign-in, files, health for operators, and a 404 for the rest."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dayline.domain.errors import DaylineError
from dayline.kit import wire
from dayline.kit.dialect import Dialect, Failure, Refused, Reply
from dayline.kit.failures import crash, failure_of
from dayline.service import Service
from dayline.web.built import FOLDER, built
from dayline.web.counted import counted
from dayline.web.files import files
from dayline.web.guard import Site
from dayline.web.headers import with_headers
from dayline.web.metrics import metrics
from dayline.web.pages import pages, plain_page
from dayline.web.readiness import readiness
from dayline.web.reports import reports
from dayline.web.session import sessions
from dayline.web.watch import Watch

Envelope = Callable[[Failure], Reply]
_log = structlog.get_logger("dayline.web")
_NOBODY = Watch()


def front(
    service: Service,
    dialects: Sequence[Dialect],
    envelope: Envelope,
    site: Site,
    folder: Path = FOLDER,
    watch: Watch = _NOBODY,
) -> ASGIApp:
    """The application of the root. ``envelope`` words what goes wrong; the page was built into ``folder``.

    ``watch`` is what the operator is told of this process.
    """
    routes = [
        *_operators(service, folder, watch),
        files(service),
        *sessions(service, site, partial(plain_page, "link.html")),
        reports(),
        *pages(dialects),
        *built(folder, partial(plain_page, "unbuilt.html")),
    ]
    return _root(routes, envelope, site)


def watched(service: Service, envelope: Envelope, watch: Watch) -> ASGIApp:
    """What a process answers that serves nobody else: whether it is well, and its numbers."""
    return _root(_operators(service, None, watch), envelope, Site())


def _operators(service: Service, folder: Path | None, watch: Watch) -> list[Route]:
    return [
        Route("/healthz", _alive, name="alive"),
        readiness(service, folder, watch),
        metrics(service, watch),
    ]


def _root(routes: Sequence[Route], envelope: Envelope, site: Site) -> ASGIApp:
    worded = _worded(envelope)
    # What Starlette's own application has beyond these is a page for faults, which nobody would see.
    routed = Router(routes, redirect_slashes=False)
    handled = ExceptionMiddleware(routed, dict.fromkeys((HTTPException, DaylineError, Refused), worded))
    app = _Unforeseen(handled, envelope)
    return counted(with_headers(app, site), {route.endpoint: route.name for route in routes})


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _worded(envelope: Envelope) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What no dialect claims is answered as ``envelope`` words it."""

    async def answer(_: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            failure = Failure(error.status_code, error.detail, headers=tuple((error.headers or {}).items()))
        else:
            failure = failure_of(error) or Failure(500, "something went wrong on our side")
        return _response(envelope, failure)

    return answer


def _response(envelope: Envelope, failure: Failure) -> Response:
    reply = envelope(failure)
    return Response(reply.body, reply.status, dict((*reply.headers, *failure.headers)), reply.media_type)


class _Unforeseen:
    """Words a fault of ours as everything else is worded, unless the answer has begun: then the connection must end."""

    def __init__(self, app: ASGIApp, envelope: Envelope) -> None:
        self._app, self._envelope = app, envelope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        scope["app"] = self  # without one, a route would answer by itself what is worded here

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            return  # nobody is there to read an answer
        except Exception:
            if begun or scope["type"] != "http":
                raise
            request_id = wire.request_id(dict(scope["headers"]))
            _log.exception("unexpected error", request_id=request_id)
            await _response(self._envelope, crash(request_id))(scope, receive, send)
