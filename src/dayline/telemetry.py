"""Spans as OpenTelemetry has them, sent by its own library to where its own variables say.

It must never be loaded where those variables are not set.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from dayline import __version__, tracing
from dayline.domain.errors import DaylineError
from dayline.tracing import HEADER, Kind, Value

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanContext, Tracer

VARIABLES: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NAME: Final = "dayline"
LAST_SECONDS: Final = 2.0


class NotInstalled(DaylineError):
    """Traces are asked for, and what sends them is not installed."""


def asked_for(environment: Mapping[str, str] = os.environ) -> str | None:
    """The variable that asks for traces, or None."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return next((name for name in VARIABLES if environment.get(name)), None)


def check(environment: Mapping[str, str] = os.environ) -> None:
    """Raise NotInstalled where traces are asked for and cannot be made."""
    variable = asked_for(environment)
    if variable is not None and not installed():
        raise NotInstalled(
            f"{variable} asks for traces, and OpenTelemetry is not installed. Install it with"
            f" `pip install 'dayline[otel]'`, or unset {variable}."
        )


def installed() -> bool:
    """Whether what makes and sends traces is there; it is not loaded."""
    try:
        return all(find_spec(name) for name in ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"))
    except ModuleNotFoundError:
        return False


@contextmanager
def traced(environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Make and send spans for the time of a block, where they are asked for. Raises NotInstalled."""
    check(environment)
    if asked_for(environment) is None:
        yield
        return
    provider = _provider(environment)
    tracing.use(_OpenTelemetry(provider.get_tracer(NAME, __version__)))
    try:
        yield
    finally:
        tracing.use(None)
        _end(provider)


def _end(provider: "TracerProvider") -> None:
    """Send what is not sent yet; where nobody takes it, it is left after a while.

    The library would wait for as long as it lets a receiver be silent, and cannot be told of anything shorter.
    """
    ending = Thread(target=provider.shutdown, name="dayline-traces", daemon=True)
    ending.start()
    ending.join(LAST_SECONDS)


def _provider(environment: Mapping[str, str]) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": NAME}
    resource = Resource.create({**named, "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class _OpenTelemetry:
    """Makes spans of the library's."""

    def __init__(self, tracer: "Tracer") -> None:
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._tracer, self._trace = tracer, trace
        self._propagator = TraceContextTextMapPropagator()
        self._kinds = {
            "server": trace.SpanKind.SERVER,
            "client": trace.SpanKind.CLIENT,
            "internal": trace.SpanKind.INTERNAL,
        }

    @contextmanager
    def span(self, name: str, kind: Kind, parent: str, attributes: dict[str, Value | None]) -> Iterator["_Span"]:
        """Begin a span."""
        with self._tracer.start_as_current_span(
            name,
            context=self._context(parent) if parent else None,
            kind=self._kinds[kind],
            record_exception=False,  # its words may hold what no log may have
            set_status_on_exception=False,
        ) as begun:
            span = _Span(begun, self._trace, self._named)
            span.tell(**attributes)
            try:
                yield span
            except BaseException as error:
                span.fail(type(error).__name__)
                raise

    def carried(self) -> str:
        """The traceparent of what is under way here."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(HEADER, "")

    def _named(self, traceparent: str) -> "SpanContext":
        return self._trace.get_current_span(self._context(traceparent)).get_span_context()

    def _context(self, traceparent: str) -> "Context":
        from opentelemetry.context import Context  # noqa: PLC0415

        return self._propagator.extract({HEADER: traceparent}, context=Context())


class _Span:
    def __init__(self, span: "Span", trace: Any, named: Callable[[str], "SpanContext"]) -> None:
        self._span, self._trace, self._named = span, trace, named

    def tell(self, **attributes: Value | None) -> None:
        """Say more of it."""
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(name.replace("__", "."), value)

    def link(self, *others: str) -> None:
        """Say what else it was for."""
        for other in others:
            self._span.add_link(self._named(other))

    def fail(self, reason: str) -> None:
        """Say that it failed."""
        self._span.set_status(self._trace.StatusCode.ERROR, reason)
