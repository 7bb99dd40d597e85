"""Dayline: a self-hosted activity server that speaks the wire formats existing software already speaks."""

import sys
from typing import cast

__version__ = "0.1.0"


def _load_structlog() -> None:
    """Load structlog as it is without rich, which it would use to draw tracebacks with the values of all variables.

    Those may be secrets, and rich takes three MiB of every process that serves. The commands have it for themselves.
    """
    modules = cast(dict[str, object], sys.modules)
    if "rich" in modules or "structlog" in modules:
        return
    modules["rich"] = None
    try:
        import structlog  # noqa: F401, PLC0415
    finally:
        del modules["rich"]


_load_structlog()
