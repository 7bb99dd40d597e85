"""Metrics as Prometheus reads them, and a receiver of webhooks that answers as it is told."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
from msgspec import Struct, field
from prometheus_client.parser import text_string_to_metric_families

from tests.plain import NO_TLS

TOKEN = "told-to-prometheus-alone"
Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Scraped(Struct, frozen=True):
    """All samples, by name and labels."""

    values: Values

    def value(self, name: str, **labels: str) -> float:
        """The sample with exactly these labels; 0 where there is none yet."""
        return self.values.get((name, frozenset(labels.items())), 0)

    def sum(self, name: str, **labels: str) -> float:
        """The samples of this name that have these labels, together."""
        wanted = labels.items()
        return sum(value for (found, of), value in self.values.items() if found == name and wanted <= of)


def scrape(url: str, token: str = TOKEN) -> Scraped:
    """Ask for the metrics as they are now."""
    answer = httpx2.get(f"{url}/metrics", headers={"authorization": f"Bearer {token}"}, timeout=30, verify=NO_TLS)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    values = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(values) == len(samples), "a sample is told twice"
    return Scraped(values)


def scrape_until(url: str, holds: Callable[[Scraped], bool]) -> Scraped:
    """Ask until something is so: what other processes counted is told within a second or two."""
    deadline = time.monotonic() + 20
    while not holds(found := scrape(url)):
        if time.monotonic() > deadline:
            lately = {key: value for key, value in found.values.items() if not key[0].endswith("_bucket")}
            raise AssertionError(f"It did not come to that: {lately}")
        time.sleep(0.1)
    return found


class Heard(Struct):
    """What a server was sent: path, headers in lower case, body. It answers ``status``."""

    url: str
    status: int = 200
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Heard]:
    """A server on loopback that takes every POST."""
    heard = Heard("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard.requests.append((self.path, headers, body))
            self.send_response(heard.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Into no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
