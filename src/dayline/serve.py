"""Runs a house behind a socket until it is told to stop, and then lets every request that is under way finish."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable

import uvicorn
import uvloop

from dayline.app import House, open_house
from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.kit.connection import Connection
from dayline.log import start_logging

DRAIN_SECONDS = 10
BACKLOG = 2048


class CannotListen(DaylineError):
    """The address cannot be listened on; the message says why and what to do."""


def serve(settings: Settings, opened: Callable[[House, str], Awaitable[None]]) -> None:
    """Serve until SIGTERM or SIGINT. ``opened`` is told the house and its address once requests are accepted.

    Raises CannotListen and Unavailable.
    """
    start_logging(settings)
    # The server gives a signal on to the handler it found once all is drained: by then there is nothing left to do.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, opened))


async def _serve(settings: Settings, opened: Callable[[House, str], Awaitable[None]]) -> None:
    listening = _listen(settings.host, settings.port)
    with listening:
        async with open_house(settings) as house:
            config = uvicorn.Config(
                house.app,
                loop="none",
                http=Connection,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                backlog=BACKLOG,
            )
            host, port = listening.getsockname()[:2]
            await opened(house, f"http://{f'[{host}]' if ':' in host else host}:{port}")
            await uvicorn.Server(config).serve(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        raise CannotListen(
            f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --host and --port."
        ) from error
    return listening
