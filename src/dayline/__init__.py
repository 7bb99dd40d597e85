"""Dayline: a self-hosted activity server that speaks the wire formats existing software already speaks."""

import sys
from typing import cast

__version__ = "0.1.0"


_NOT_FOR_LOGS = ("rich", "greenlet")


def _load_structlog() -> None:
    """Load structlog as it is without rich and greenlet, so that no process that serves loads them.

    With rich it would draw tracebacks with the values of all variables, which may be secrets. The two take four MiB.
    The commands have rich for themselves, a migration greenlet.
    """
    modules = cast(dict[str, object], sys.modules)
    hidden = [name for name in _NOT_FOR_LOGS if name not in modules]
    if "structlog" in modules:
        return
    modules.update(dict.fromkeys(hidden))
    try:
        import structlog  # noqa: F401, PLC0415
    finally:
        for name in hidden:
            del modules[name]


_load_structlog()
