"""``/metrics``: what all processes of the server have counted, for whoever has the operator's token.

It must never tell anything to anybody else, nor load the library that writes the format before somebody asks.
"""

import asyncio
import hmac
import platform
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dayline import __version__
from dayline.counting import CONNECTIONS, COUNTERS, HISTOGRAMS
from dayline.counting.snapshot import BEGAN, CPU, FILES, MEMORY, MOST_FILES, PROCESSES, Snapshot, take
from dayline.domain.errors import Unavailable
from dayline.kit.dialect import Failure, Refused
from dayline.service import Service
from dayline.service.backlog import Backlog
from dayline.web.watch import Watch

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

SETTING: Final = "DAYLINE_METRICS_TOKEN"
_UNSET: Final = (
    f"This server tells its metrics to nobody: set {SETTING}, and have what reads them send it as a bearer token."
)
_WRONG: Final = f"The metrics want the token of {SETTING} as a bearer token."
_WEBHOOKS_LEFT: Final = "dayline_breakers_open_webhook"
_REMOTE_LEFT: Final = "dayline_breakers_open_remote"
_GAUGES: Final = {
    CONNECTIONS.name: CONNECTIONS.help,
    PROCESSES: "Processes that serve.",
    MEMORY: "Resident memory of all processes.",
    FILES: "Open files of all processes.",
    MOST_FILES: "Files that a process may have open.",
    BEGAN: "When the oldest process began, in seconds since 1970.",
}


def metrics(service: Service, watch: Watch) -> Route:
    """The route."""

    async def show(request: Request) -> Response:
        _check(watch.token, request.headers.get("authorization", ""))
        own = take(_left_alone(watch))
        if watch.board is not None:
            watch.board.write(own)  # before anything is told of it
            own = watch.board.read()
        try:
            backlog, now = await service.backlogs.latest(), service.store.clock()
        except Unavailable:
            backlog, now = None, 0
        accept = request.headers.get("accept", "")
        # In a thread: it may be thousands of lines, and the first time a library has to be loaded.
        body, media_type = await asyncio.to_thread(_written, own, backlog, now, watch.database, accept)
        return Response(body, media_type=media_type)

    return Route("/metrics", show, name="metrics")


def _check(token: str | None, given: str) -> None:
    """Raise Refused unless the operator's token came along."""
    if token is None:
        raise Refused(Failure(403, _UNSET))
    kind, _, credential = given.partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(credential.strip().encode(), token.encode()):
        raise Refused(Failure(401, _WRONG, headers=(("WWW-Authenticate", 'Bearer realm="metrics"'),)))


def _left_alone(watch: Watch) -> dict[str, float]:
    return {
        _REMOTE_LEFT: 0 if watch.client is None else watch.client.left_alone,
        _WEBHOOKS_LEFT: 0 if watch.worker is None else watch.worker.left_alone,
    }


def _written(snapshot: Snapshot, backlog: Backlog | None, now: int, database: str, accept: str) -> tuple[bytes, str]:
    """The page and its media type, in the format that is asked for."""
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415 - see above

    encode, media_type = choose_encoder(accept)
    return encode(_Families(snapshot, backlog, now, database)), media_type


class _Families:
    """All that is told, as the library takes it."""

    def __init__(self, snapshot: Snapshot, backlog: Backlog | None, now: int, database: str) -> None:
        self._snapshot, self._backlog, self._now, self._database = snapshot, backlog, now, database

    def collect(self) -> "Iterator[Metric]":
        """Each family in turn."""
        from prometheus_client.metrics_core import InfoMetricFamily  # noqa: PLC0415

        yield from _counted(self._snapshot)
        yield from _measured(self._snapshot)
        yield from _present(self._snapshot)
        if self._backlog is not None:
            yield from _undone(self._backlog, self._now)
        build = {"version": __version__, "python": platform.python_version(), "database": self._database}
        yield InfoMetricFamily("dayline_build", "What runs.", build)


def _counted(snapshot: Snapshot) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import CounterMetricFamily  # noqa: PLC0415

    for family in COUNTERS:
        made = CounterMetricFamily(family.name, family.help, labels=family.labels)
        for labels, value in sorted(snapshot.counters.get(family.name, ())):
            made.add_metric(labels, value)
        yield made
    processor = sum(value for _, value in snapshot.counters.get(CPU, ()))
    yield CounterMetricFamily(CPU, "The processor's time of all processes.", processor)


def _measured(snapshot: Snapshot) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import HistogramMetricFamily  # noqa: PLC0415
    from prometheus_client.utils import floatToGoString  # noqa: PLC0415

    for family in HISTOGRAMS:
        bounds = [*map(floatToGoString, family.bounds), "+Inf"]
        made = HistogramMetricFamily(family.name, family.help, labels=family.labels)
        for labels, (buckets, total) in sorted(snapshot.histograms.get(family.name, ())):
            made.add_metric(labels, list(zip(bounds, accumulate(buckets), strict=True)), total)
        yield made


def _present(snapshot: Snapshot) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

    for name, help_ in _GAUGES.items():
        if name in snapshot.gauges:
            yield GaugeMetricFamily(name, help_, snapshot.gauges[name])
    left = GaugeMetricFamily(
        "dayline_breakers_open", "Who is left alone for a while because he keeps failing.", labels=["of"]
    )
    left.add_metric(["remote"], snapshot.gauges.get(_REMOTE_LEFT, 0))
    left.add_metric(["webhook"], snapshot.gauges.get(_WEBHOOKS_LEFT, 0))
    yield left


def _undone(backlog: Backlog, now: int) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

    jobs = GaugeMetricFamily(
        "dayline_jobs", "Jobs that are not done, by state; dead ones are given up.", labels=["state"]
    )
    for state, many in sorted(backlog.jobs.items()):
        jobs.add_metric([state], many)
    yield jobs
    yield GaugeMetricFamily(
        "dayline_changes_untold",
        "Changes, for each webhook, that it has not been told of nor has a job for.",
        backlog.behind,
    )
    yield GaugeMetricFamily(
        "dayline_oldest_due_seconds",
        "For how long the oldest thing has been due and nobody has done it.",
        backlog.late(now),
    )
