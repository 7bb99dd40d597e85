"""What ``dayline doctor`` looks at where somebody watches over the server: metrics and traces. It calls nobody."""

from dayline import telemetry
from dayline.cli.finding import Finding
from dayline.config import Settings


def examine_watching(settings: Settings) -> list[Finding]:
    """Whether metrics and traces are told, and to whom."""
    return [_metrics(settings), _traces()]


def _metrics(settings: Settings) -> Finding:
    if settings.metrics_token is None:
        return Finding("ok", "metrics", "told to nobody; DAYLINE_METRICS_TOKEN would let Prometheus read /metrics")
    return Finding("ok", "metrics", "/metrics is told to whoever has the token of DAYLINE_METRICS_TOKEN")


def _traces() -> Finding:
    variable = telemetry.asked_for()
    if variable is None:
        return Finding("ok", "traces", f"none; {telemetry.VARIABLES[1]} would send them")
    if not telemetry.installed():
        return Finding("fail", "traces", f"{variable} asks for them", "pip install 'dayline[otel]', or unset it")
    return Finding("ok", "traces", f"sent to where {variable} says")
