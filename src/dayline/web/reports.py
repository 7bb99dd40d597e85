"""``/csp-report``: what browsers refused on our pages, counted in the log. It must never log what a stranger wrote."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dayline.kit import wire
from dayline.web.headers import REPORTS

_MOST: Final = 32 << 10  # bytes of a report
_QUIET: Final = 60.0  # seconds between two lines about one directive
_DIRECTIVE: Final = re.compile(r"[a-z-]{1,32}")
_DIRECTIVES: Final = 30  # that are told apart: anybody may send any word
_OTHER: Final = "other"
_log = structlog.get_logger("dayline.web")


class Reports:
    """Counts reports by directive, and tells the log of each at most once a minute.

    ``counts`` has a bounded number of them.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self.counts: Counter[str] = Counter()
        self._told: dict[str, float] = {}

    def note(self, directive: str) -> None:
        """Count a report."""
        if directive not in self.counts and len(self.counts) >= _DIRECTIVES:
            directive = _OTHER
        self.counts[directive] += 1
        now = self._clock()
        if now - self._told.get(directive, -_QUIET) >= _QUIET:
            self._told[directive] = now
            _log.warning("csp report", directive=directive, reports=self.counts[directive])


def reports() -> Route:
    """The route that browsers send their reports to."""
    counted = Reports()

    async def take(request: Request) -> Response:
        body = await wire.read_limited(request.receive, _MOST)
        for directive in _directives(body):
            counted.note(directive)
        return Response(None, 204)

    return Route(REPORTS, take, methods=["POST"], name="report")


def _directives(body: bytes) -> Iterator[str]:
    """The directives that were broken: in a report of the old form, or in several of the new one."""
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        sent = None
    for report in (sent if isinstance(sent, list) else [sent])[:_DIRECTIVES]:
        yield _directive(report)


def _directive(report: Any) -> str:
    if not isinstance(report, dict):
        return _OTHER
    told = report.get("csp-report") or report.get("body")
    if not isinstance(told, dict):
        return _OTHER
    named = told.get("effective-directive") or told.get("effectiveDirective") or told.get("violated-directive")
    return named if isinstance(named, str) and _DIRECTIVE.fullmatch(named) else _OTHER
