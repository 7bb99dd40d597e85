"""Traces as OpenTelemetry sends them, at a small receiver on loopback; and nothing of them where nobody asked."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from dayline import telemetry, tracing
from dayline.service import Service
from tests.cast import Person
from tests.events.conftest import listen, until
from tests.house import living_town
from tests.remote.house import remote, sandboxes, write
from tests.scrape import Heard, listening
from tests.test_commands import begin, run, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ABOVE = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{ABOVE}-01"
ACTIVITIES = "/pipedrive/api/v2/activities"


class Span(Struct, frozen=True):
    """A span, as the receiver has it."""

    name: str
    trace: str
    id: str
    above: str
    kind: int
    failed: bool
    attributes: dict[str, str]
    links: tuple[str, ...]
    service: str


def spans_of(heard: Heard) -> list[Span]:
    """All that was sent so far."""
    found = []
    for path, _, body in heard.requests:
        if path != "/v1/traces":
            continue
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            found += [_span(sent, names["service.name"]) for scope in resource.scope_spans for sent in scope.spans]
    return found


def _span(sent: Sent, service: str) -> Span:
    attributes = {one.key: one.value.string_value or str(one.value.int_value) for one in sent.attributes}
    return Span(
        sent.name,
        sent.trace_id.hex(),
        sent.span_id.hex(),
        sent.parent_span_id.hex(),
        sent.kind,
        sent.status.code == Status.STATUS_CODE_ERROR,
        attributes,
        tuple(link.span_id.hex() for link in sent.links),
        service,
    )


def one(spans: list[Span], name: str) -> Span:
    (found,) = [span for span in spans if span.name == name]
    return found


@pytest.fixture
def collector() -> Iterator[Heard]:
    with listening() as heard:
        yield heard


@contextmanager
def traced(collector: Heard, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Send traces there; all are there when the block has ended."""
    monkeypatch.setenv(telemetry.VARIABLES[1], collector.url)
    with telemetry.traced():
        yield


def test_a_write_with_what_it_is_made_of(collector: Heard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (
        traced(collector, monkeypatch),
        living_town(tmp_path, worker=False) as town,
        town.client(town.alice) as alice,
    ):
        collector.requests.clear()
        made = alice.post(ACTIVITIES, json={"subject": "sesame"}, headers={"traceparent": TRACEPARENT})
        assert made.status_code == 200
        alice.get(f"{ACTIVITIES}/987654321")
    spans = spans_of(collector)
    request = one(spans, "pipedrive addActivity")
    assert (request.trace, request.above, request.kind) == (TRACE, ABOVE, Sent.SPAN_KIND_SERVER)
    assert request.attributes["dayline.surface"] == "pipedrive"
    assert request.attributes["dayline.operation"] == "addActivity"
    assert request.attributes["http.response.status_code"] == "200"
    assert request.attributes["dayline.account"] == str(town.alice.account_id)
    assert request.attributes["dayline.request_id"] == made.headers["x-request-id"]
    assert not request.failed
    group = next(span for span in spans if span.name == "write group" and span.trace == TRACE)
    assert (group.above, group.attributes["dayline.writes"]) == (request.id, "1")
    missed = one(spans, "pipedrive getActivity")
    assert missed.attributes["http.response.status_code"] == "404"
    assert missed.above == ""
    assert missed.trace != TRACE
    assert {span.service for span in spans} == {"dayline"}
    told = b"".join(body for _, _, body in collector.requests)
    assert b"sesame" not in told
    assert b"987654321" not in told
    assert town.alice.credential.encode() not in told


@pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
async def test_a_call_to_another_system_carries_its_span(
    collector: Heard, monkeypatch: pytest.MonkeyPatch, service: Service, alice: Person
) -> None:
    with traced(collector, monkeypatch):
        async with sandboxes(service, alice, "lever") as standing, remote(service) as out:
            lever = standing["lever"]
            with tracing.span("above", parent=TRACEPARENT):
                await write(out, alice, lever, lever.note("sesame"))
    call = one(spans_of(collector), "lever create")
    above = one(spans_of(collector), "above")
    assert (call.trace, call.above, call.kind) == (TRACE, above.id, Sent.SPAN_KIND_CLIENT)
    assert call.attributes["dayline.integrated_account"] == lever.id
    assert b"sesame" not in b"".join(body for _, _, body in collector.requests)


def test_a_delivery_carries_its_span(collector: Heard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (
        traced(collector, monkeypatch),
        living_town(tmp_path, outbound_allow="127.0.0.1") as town,
        listening() as well,
        listening() as ill,
        town.client(town.alice) as alice,
    ):
        ill.status = 503
        webhooks = [town.wait(listen(town.service, town.alice, f"{heard.url}/hook")) for heard in (well, ill)]
        alice.post(ACTIVITIES, json={"subject": "Told"})
        town.wait(until(lambda: bool(well.requests and ill.requests)))
    delivered = {span.attributes["dayline.webhook"]: span for span in spans_of(collector) if "deliver" in span.name}
    for webhook, heard, status in zip(webhooks, (well, ill), ("200", "503"), strict=True):
        span = delivered[webhook.uuid]
        headers = heard.requests[0][1]
        assert headers["traceparent"].startswith(f"00-{span.trace}-{span.id}-")
        assert span.attributes["http.response.status_code"] == status
        assert span.attributes["dayline.event_id"] == headers["webhook-id"]
        assert span.failed == (status == "503")


@pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
async def test_where_nobody_asks_nothing_is_sent_along(service: Service, alice: Person) -> None:
    assert not tracing.wanted()
    with tracing.span("nothing") as span:
        span.tell(a=1)
        span.fail("nothing")
        assert tracing.carried() == ""


def test_a_server_sends_its_traces_and_ends(collector: Heard, tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    variables = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/v1/traces", "OTEL_SERVICE_NAME": "ours"}
    with serving(tmp_path, **variables) as (process, address, _):
        assert httpx2.get(f"{address}{ACTIVITIES}", headers={"x-api-token": token}).status_code == 200
        assert httpx2.get(f"{address}/healthz").status_code == 200
        process.terminate()
        assert process.wait(30) == 0
    spans = spans_of(collector)
    assert one(spans, "pipedrive getActivities").service == "ours"
    assert one(spans, "page").attributes["dayline.operation"] == "alive"


def test_a_receiver_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end does not wait until the library gives up: then it would have hung up, and here it has not."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(telemetry.VARIABLES[1], f"http://127.0.0.1:{silent.getsockname()[1]}")
        with telemetry.traced(), tracing.span("never taken"):
            pass
        connection, _ = silent.accept()
        with connection:
            connection.settimeout(1)
            while b"never taken" not in connection.recv(65_536):
                pass
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)


def test_what_is_not_installed_is_said_before_anything_starts(tmp_path: Path) -> None:
    begin(tmp_path)
    hidden = tmp_path / "hidden"
    (hidden / "opentelemetry").mkdir(parents=True)
    (hidden / "opentelemetry" / "__init__.py").touch()  # in the way of the real one
    asking = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PYTHONPATH": str(hidden)}
    done = run("serve", "--port", "0", folder=tmp_path, **asking)
    assert done.returncode == 1
    assert "pip install 'dayline[otel]'" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    told = run("doctor", folder=tmp_path, **asking)
    assert told.returncode == 1
    assert "dayline[otel]" in told.stdout
    with serving(tmp_path, PYTHONPATH=str(hidden)) as (_, address, _said):
        assert httpx2.get(f"{address}/healthz").status_code == 200


def test_it_is_loaded_where_it_is_asked_for_alone() -> None:
    look = (
        "import sys; from dayline.telemetry import traced\n"
        "with traced(): print(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    for variables, loaded in (
        ({}, "False"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "True"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, "False"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", look],
            env={"PATH": os.environ["PATH"], **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.strip() == loaded, variables
