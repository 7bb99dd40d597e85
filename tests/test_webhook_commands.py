"""``dayline webhooks``, ``jobs`` and ``worker``, run as a person runs them: as processes, on a new database."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from tests.test_commands import DAYLINE, begin, run, serving

ALLOW = {"DAYLINE_OUTBOUND_ALLOW": "127.0.0.1"}
ANN = "ann@example.com"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing happens."""
    folder = tmp_path_factory.mktemp("begun")
    begin(folder)
    return folder


class Ear:
    """A real receiver on a free port of loopback, which keeps what it was sent."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self._came = threading.Condition()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with ear._came:
                    ear.heard.append((dict(self.headers.items()), body))
                    ear._came.notify_all()
                self.send_response(ear.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: len(self.heard) >= count, 30)


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(30)


@contextmanager
def working(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """``dayline worker``, and all that it says at the start."""
    with (
        (folder / "worker.log").open("w") as errors,
        subprocess.Popen(
            [*DAYLINE, "worker"], cwd=folder, env=ALLOW, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        said = ""
        while "note" not in said:
            line = process.stdout.readline()
            assert line, (folder / "worker.log").read_text()
            said += line
        try:
            yield process, said
        finally:
            process.terminate()
            process.wait(30)


def ask(folder: Path, *arguments: str) -> str:
    done = run(*arguments, folder=folder, **ALLOW)
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(folder: Path, *arguments: str) -> list[Any]:
    return [json.loads(line) for line in ask(folder, *arguments, "--json").splitlines()]


def create(folder: Path, url: str, *arguments: str) -> dict[str, Any]:
    made: dict[str, Any] = asked(folder, "webhooks", "create", url, "--user", ANN, *arguments)[0]
    return made


def test_a_webhook_from_its_making_to_its_end(tmp_path: Path, ear: Ear) -> None:
    begin(tmp_path)
    said = ask(tmp_path, "webhooks", "create", ear.url, "--user", ANN, "--name", "CRM", "--event", "activity.done")
    secret = next(word for word in said.split() if word.startswith("whsec_"))
    assert "dayline webhooks test 1" in said
    assert ear.url in ask(tmp_path, "webhooks", "list")
    shown = ask(tmp_path, "webhooks", "show", "1")
    assert "activity.done" in shown
    assert secret not in shown + repr(asked(tmp_path, "webhooks", "list"))
    with serving(tmp_path, **ALLOW):
        assert "It arrived: 204" in ask(tmp_path, "webhooks", "test", "1")
    headers, body = ear.heard[0]
    assert Verifier(secret).verify(body, headers)["type"] == "test"
    (sent,) = asked(tmp_path, "webhooks", "deliveries", "1", "--full")
    assert (sent["outcome"], sent["request"]["body"]) == ("delivered", body.decode())
    full = ask(tmp_path, "webhooks", "deliveries", "1", "--full")
    assert f"> POST {ear.url}" in full
    assert f"> {body.decode()}" in full
    assert ask(tmp_path, "webhooks", "deliveries", "1", "--outcome", "given-up") == ""
    ask(tmp_path, "webhooks", "delete", "1")
    gone = run("webhooks", "show", "1", folder=tmp_path)
    assert (gone.returncode, "no webhook" in gone.stderr) == (1, True)


def test_a_worker_beside_a_server_that_does_not_work(tmp_path: Path, ear: Ear) -> None:
    token = str(begin(tmp_path)["token"])
    made = create(tmp_path, ear.url)
    with serving(tmp_path, DAYLINE_WORKER="0", **ALLOW) as (_, address, _):
        client = httpx2.Client(base_url=address, headers={"x-api-token": token})
        client.post("/dayline/v1/activities", json={"type": "call", "subject": "One"})
        late = run("webhooks", "test", "1", "--wait", "0", folder=tmp_path, **ALLOW)
        assert (late.returncode, "dayline worker" in late.stderr) == (1, True)
        assert ear.heard == []
        with working(tmp_path) as (process, said):
            assert "webhooks" in said
            ear.wait(2)
            client.post("/dayline/v1/activities", json={"type": "call", "subject": "Two"})
            ear.wait(3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        client.close()
    read = [Verifier(made["secret"]).verify(body, headers) for headers, body in ear.heard]
    assert sorted(event["type"] for event in read) == ["activity.created", "activity.created", "test"]
    assert ask(tmp_path, "jobs") == "There is nothing to do.\n"
    ids = {headers["webhook-id"] for headers, _ in ear.heard}
    assert "change:0" in ask(tmp_path, "webhooks", "replay", "1", "--since", "1d")
    with working(tmp_path):
        ear.wait(5)
    assert {headers["webhook-id"] for headers, _ in ear.heard} == ids


def test_one_is_paused_goes_on_and_signs_with_another_secret(tmp_path: Path, ear: Ear) -> None:
    token = str(begin(tmp_path)["token"])
    made = create(tmp_path, ear.url)
    assert "dayline webhooks resume 1" in ask(tmp_path, "webhooks", "pause", "1")
    assert "paused" in ask(tmp_path, "webhooks", "list")
    refused = run("webhooks", "test", "1", folder=tmp_path, **ALLOW)
    assert (refused.returncode, "paused" in refused.stderr) == (1, True)
    with serving(tmp_path, **ALLOW) as (_, address, _):
        with httpx2.Client(base_url=address, headers={"x-api-token": token}) as client:
            client.post("/dayline/v1/activities", json={"type": "call", "subject": "Meanwhile"})
        assert ear.heard == []
        said = ask(tmp_path, "webhooks", "rotate", "1")
        secret = next(word for word in said.split() if word.startswith("whsec_"))
        assert "signs too until 2" in said
        assert "goes on" in ask(tmp_path, "webhooks", "resume", "1")
        ear.wait(1)
        assert secret not in ask(tmp_path, "webhooks", "show", "1")
        (sent,) = asked(tmp_path, "webhooks", "deliveries", "1")
        again = ask(tmp_path, "webhooks", "resend", "1", sent["id"])
        assert f"Event {sent['event_id']} is sent again" in again
        ear.wait(2)
    assert secret != made["secret"]
    for headers, body in ear.heard:
        assert [Verifier(one).verify(body, headers)["type"] for one in (secret, made["secret"])] == [
            "activity.created"
        ] * 2
    (shown,) = asked(tmp_path, "webhooks", "rotate", "1")
    assert shown["secret"].startswith("whsec_")
    told = ask(tmp_path, "audit", "--entity", "delivery:1")
    assert "sent to webhook 1 again" in told


def test_what_fails_shows_and_waits(tmp_path: Path, ear: Ear) -> None:
    ear.status = 500
    begin(tmp_path)
    create(tmp_path, ear.url)
    with working(tmp_path):
        failed = run("webhooks", "test", "1", folder=tmp_path, **ALLOW)
    assert failed.returncode == 1
    assert "The receiver answered 500." in failed.stderr
    assert "failing since" in ask(tmp_path, "webhooks", "list")
    counts = asked(tmp_path, "jobs")
    assert [(count["lane"], count["kind"], count["state"]) for count in counts] == [("webhook:1", "deliver", "waiting")]
    (job,) = asked(tmp_path, "jobs", "list", "--state", "waiting")
    assert (job["tries"], job["last_error"]) == (1, "The receiver answered 500.")
    assert "0 are tried again" in ask(tmp_path, "jobs", "retry", "--all")
    assert "1 are tried again" in ask(tmp_path, "jobs", "retry", job["id"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("webhooks", "create", "http://example.com", "--user", ANN), "DAYLINE_OUTBOUND_ALLOW"),
        (("webhooks", "create", "https://example.com", "--user", "x@y"), "There is no user x@y"),
        (("webhooks", "create", "https://example.com", "--user", ANN, "--event", "x"), "activity.created"),
        (("webhooks", "create", "https://example.com", "--user", ANN, "--record", "x:1"), "KIND:ID"),
        (("webhooks", "create", "https://example.com", "--user", ANN, "--record", "deal:1"), "There is no deal 1"),
        (("webhooks", "test", "7"), "no webhook"),
        (("webhooks", "pause", "7"), "no webhook"),
        (("webhooks", "resume", "7"), "no webhook"),
        (("webhooks", "rotate", "7"), "no webhook"),
        (("webhooks", "resend", "7", "x"), "no webhook"),
        (("webhooks", "replay", "7", "--since", "soon"), "is no time"),
        (("jobs", "retry"), "--all"),
        (("jobs", "retry", "x"), "no job"),
    ],
)
def test_what_cannot_be_is_explained(begun: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments, folder=begun)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["webhooks", "webhooks create", "webhooks replay", "jobs", "jobs retry", "worker"])
def test_help_teaches(tmp_path: Path, command: str) -> None:
    done = run(*command.split(), "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("pause", "it is told once the webhook goes on"),
        ("resume", "told first of what happened meanwhile"),
        ("rotate", "For 24 hours each event carries the signature by the former secret"),
        ("resend", "under the id that its event had"),
    ],
)
def test_help_says_what_becomes_of_it(tmp_path: Path, command: str, words: str) -> None:
    done = run("webhooks", command, "--help", folder=tmp_path)
    said = " ".join(done.stdout.split())
    assert words in said
    assert f"Example: dayline webhooks {command} 3" in said.replace("`", "").replace("**", "")


def test_a_worker_makes_no_database(tmp_path: Path) -> None:
    done = run("worker", folder=tmp_path)
    assert (done.returncode, "dayline init" in done.stderr) == (1, True)
    assert list(tmp_path.glob("*.db")) == []
