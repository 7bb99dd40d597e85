"""Structured logs on standard error: a line an event. Secrets, queries and bodies never go in."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog

from dayline.config import Settings

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)


def start_logging(settings: Settings) -> None:
    """Set up structlog, and send what libraries log through ``logging`` the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    seen = sys.stderr is not None and sys.stderr.isatty()  # a process may be started with none
    console = settings.log_format == "console" or (settings.log_format == "auto" and seen)
    raw = None if console else getattr(sys.stderr, "buffer", None)
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True) if console else _stamp
    shared: list[structlog.typing.Processor] = [structlog.processors.add_log_level, stamp]
    final: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]  # the usual one tells values
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    )
    structlog.configure(
        # Every request has a line: in JSON it goes out as the bytes that it was made as.
        processors=[*shared, *final] if raw is None else [*shared, structlog.processors.format_exc_info, _bytes],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr) if raw is None else structlog.BytesLoggerFactory(raw),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_strip, *final], foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def _strip(logger: Any, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, event)


def _stamp(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Say when; the encoder writes an instant as ISO 8601 has it."""
    event["timestamp"] = datetime.now(UTC)
    return event


def _bytes(_: Any, __: str, event: structlog.typing.EventDict) -> bytes:
    try:
        return _ENCODER.encode(event)
    except UnicodeEncodeError:  # a line that says less is better than a request without its answer
        return _ENCODER.encode({name: _encodable(value) for name, value in event.items()})


def _encodable(value: Any) -> Any:
    """A text without the halves of pairs that no encoding has; anything else as it is."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _json(event: Any, **_: Any) -> str:
    return _bytes(None, "", event).decode()
