"""The server beneath us: uvicorn as it is without its command line, which takes 1.5 MiB of every process that serves.

Whoever needs a part of uvicorn takes it from here, so that nothing loads the rest on the way.
"""

import sys
from types import ModuleType

_COMMAND_LINE = "uvicorn.main"


def _load() -> None:
    """Load uvicorn with an empty module in its command line's place; that one itself can still be imported later."""
    if "uvicorn" in sys.modules:
        return
    empty = ModuleType(_COMMAND_LINE)
    vars(empty).update(dict.fromkeys(("Server", "main", "run")))
    sys.modules[_COMMAND_LINE] = empty
    try:
        import uvicorn  # noqa: PLC0415
        from uvicorn.server import Server  # noqa: PLC0415
    except ImportError:  # one that takes more from there is loaded whole
        return
    finally:
        del sys.modules[_COMMAND_LINE]
    vars(uvicorn)["Server"] = Server  # what alone of it is no command


_load()

from uvicorn.config import Config  # noqa: E402
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: E402
from uvicorn.server import Server, ServerState  # noqa: E402

__all__ = ["Config", "HttpToolsProtocol", "Server", "ServerState"]
