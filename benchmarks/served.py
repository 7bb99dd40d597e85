"""A Dayline that serves a database from processes of its own, as a user would start it."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from benchmarks.world import World


class Served(Struct, frozen=True):
    """A running server: where it is, how long it took to answer first (seconds), and its process."""

    url: str
    start: float
    pid: int

    def memory(self) -> float:
        """The resident memory of a serving process, the largest one, in MiB."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return max(_memory(pid) for pid in children or [str(self.pid)])


def processor(pid: int) -> float:
    """The processor's time of a process and of its children, in seconds, those that have ended too."""
    *_, told = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
    own = sum(map(int, told.split()[11:15])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(processor(int(child)) for child in children)


@contextmanager
def served(world: World, workers: int = 1, **settings: str) -> Iterator[Served]:
    """Serve the database; ``settings`` are Dayline's own, by their names."""
    command = [sys.executable, "-m", "dayline", "serve", "--port", "0", "--workers", str(workers)]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("DAYLINE_")}
    given = {"database_url": world.url, "files": str(world.files), "rate_limit": "0", **settings}
    environment = bare | {f"DAYLINE_{name.upper()}": value for name, value in given.items()}
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            url = _address(process)
            urllib.request.urlopen(f"{url}/readyz", timeout=10).read()  # noqa: S310 - our own server on loopback
            start = time.perf_counter() - began
            if workers > 1:
                time.sleep(1)  # until the last of them accepts, too
            yield Served(url, start, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"address +(http://\S+)", line):
            return found[1]
    raise RuntimeError("The server did not start.")


def _memory(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
