"""Runs a house behind a socket until it is told to stop, and then lets every request that is under way finish.

Several processes may share the socket; then this one only watches them.
"""

import asyncio
import gc
import ipaddress
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import structlog
import uvloop
from starlette.types import ASGIApp

from dayline import telemetry
from dayline.app import House, open_house
from dayline.config import BadSetting, Settings
from dayline.counting.board import Board, counted_on
from dayline.domain.errors import DaylineError
from dayline.kit.connection import Connection
from dayline.kit.server import Config, Server
from dayline.log import start_logging

Opened = Callable[[House, str], Awaitable[None]]

DRAIN_SECONDS = 10
BACKLOG = 2048
YOUNG = 5.0  # seconds: a worker that ends sooner is not simply started again

_STOPS = (signal.SIGTERM, signal.SIGINT)
_log = structlog.get_logger("dayline.serve")


class CannotListen(DaylineError):
    """The address cannot be listened on; the message says why and what to do."""


def serve(settings: Settings, opened: Opened, *, workers: int = 1) -> None:
    """Serve until SIGTERM or SIGINT. ``opened`` is told the house and its address once connections are accepted.

    With ``workers`` above 1 that many processes serve, on a database that allows it; one that dies is replaced.
    Raises CannotListen, BadSetting and Unavailable, and NotInstalled where traces are asked for.
    """
    start_logging(settings)
    trusted_proxies(settings.proxies)
    telemetry.check()
    with _listen(settings.host, settings.port) as listening:
        if workers == 1:
            _run(lambda told: _serve(settings, listening, opened, told))
            return
        told = _run(lambda _: _show(settings, listening, opened))
        if told.to_stop:
            return
        with Board() as board:
            watch = _Watch(lambda: _run(lambda told: _serve(settings, listening, _told_nobody, told, board)), board)
            watch.over(workers)


class _Told:
    """Hears the signals to stop from the first moment on, while there is no server yet that could."""

    def __init__(self) -> None:
        self.to_stop = False
        self.server: Server | None = None

    def __call__(self, *_: object) -> None:
        self.to_stop = True
        if self.server is not None:
            self.server.should_exit = True


def _run(work: Callable[[_Told], Awaitable[None]]) -> _Told:
    told = _Told()

    async def awaited() -> None:
        await work(told)

    # The server gives a signal on to the handler it found once all is drained: by then there is nothing left to do.
    for stop in _STOPS:
        signal.signal(stop, told)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(awaited())
    return told


async def _show(settings: Settings, listening: socket.socket, opened: Opened) -> None:
    """Open the house once before its workers do, so that one migrates it, and what is wrong is told once."""
    async with open_house(settings) as house:
        await opened(house, _address(listening))


async def _told_nobody(_: House, __: str) -> None:
    """The first process has told it."""


async def _serve(
    settings: Settings, listening: socket.socket, opened: Opened, told: _Told, board: Board | None = None
) -> None:
    with telemetry.traced():
        async with counted_on(board), open_house(settings, board) as house:
            await _serve_house(settings, house, listening, opened, told)


async def _serve_house(settings: Settings, house: House, listening: socket.socket, opened: Opened, told: _Told) -> None:
    told.server = Server(_config(settings, house.app))
    await opened(house, _address(listening))
    # What was made for the start stays: to look through it again and again for garbage would stop everybody for 60 ms.
    gc.freeze()
    if not told.to_stop:
        await told.server.serve(sockets=[listening])


@asynccontextmanager
async def answering(settings: Settings, app: ASGIApp, host: str, port: int) -> AsyncIterator[str]:
    """Answer on a port of its own for the time of a block, which hears the signals; gives the address.

    Raises CannotListen.
    """
    with _listen(host, port) as listening:
        server = _Beside(_config(settings, app))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield _address(listening)
        finally:
            server.should_exit = True
            await serving


class _Beside(Server):
    """A server beside something else, whose signals are not its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(settings: Settings, app: ASGIApp) -> Config:
    return Config(
        app,
        loop="none",
        http=Connection,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Said here, or uvicorn would ask a variable of its own.
        forwarded_allow_ips=trusted_proxies(settings.proxies),
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=BACKLOG,
    )


class _Watch:
    """Over the processes that serve: starts them, starts another for one that dies, and stops them all."""

    def __init__(self, work: Callable[[], object], board: Board) -> None:
        self._work, self._board = work, board
        self._born: dict[int, float] = {}
        self._stopping = False

    def over(self, workers: int) -> None:
        """Keep so many at work until told to stop; then until the last has ended."""
        for stop in _STOPS:
            signal.signal(stop, self._stop)
        for _ in range(workers):
            self._start()
        while self._born:
            # A signal that comes here is handled before the wait goes on.
            with suppress(ChildProcessError):
                pid, status = os.wait()
                self._ended(pid, status)

    def _start(self) -> None:
        pid = os.fork()
        if pid == 0:
            os._exit(self._child())
        self._born[pid] = time.monotonic()
        if self._stopping:  # told so between the two
            self._stop()

    def _child(self) -> int:
        """What a new process does instead of going back to whoever called. Gives its exit status."""
        for stop in _STOPS:
            signal.signal(stop, signal.SIG_DFL)
        try:
            self._work()
        except DaylineError as error:
            _log.error("worker failed", reason=error.message)
            return 1
        except Exception:  # noqa: BLE001 - a process that is not the first one goes nowhere from here
            _log.exception("worker failed")
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return 0

    def _ended(self, pid: int, status: int) -> None:
        age = time.monotonic() - self._born.pop(pid, 0.0)
        self._board.ended(pid)
        if self._stopping:
            return
        _log.warning("worker ended", pid=pid, status=os.waitstatus_to_exitcode(status), age=round(age, 1))
        if age < YOUNG:
            time.sleep(1)  # the database may be away: its workers come back one by one, and not in a storm
        if not self._stopping:
            self._start()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in self._born:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def trusted_proxies(text: str) -> list[str]:
    """From whom the headers of a proxy are believed: X-Forwarded-For and X-Forwarded-Proto. Raises BadSetting."""
    given = text.replace(",", " ").split()
    if given == ["none"]:
        return []
    for one in given:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise BadSetting(
                f"DAYLINE_PROXIES: {one!r} is neither an address nor a network, such as 10.0.0.0/8."
            ) from None
    return given


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    try:
        # As bytes, where it can be: for a text, Python loads what international names take, tables and all.
        name = host.encode() if host.isascii() else host
        family = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        raise CannotListen(
            f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --host and --port."
        ) from error
    return listening
