"""A real uvicorn on a loopback port, for tests. It must never listen anywhere else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import sleep

import uvicorn
from starlette.types import ASGIApp

from dayline.kit.connection import Connection


@contextmanager
def serving(app: ASGIApp, http: str | type[Connection] = "httptools") -> Iterator[int]:
    """Serve the application from a thread and give its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=http, lifespan="off", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.005)
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


def exchange(port: int, request: bytes) -> bytes:
    """Send bytes as they are and read until the server closes or falls silent after a complete answer.

    A server that has refused a request may reset the connection while the rest of it is still on its way.
    """
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, suppress(ConnectionError):
        connection.sendall(request)
        while chunk := connection.recv(65536):
            answer += chunk
    return answer
