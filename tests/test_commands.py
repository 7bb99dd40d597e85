"""The commands, run as a person runs them: as a process, on a new database."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest
from typer.core import TyperGroup
from typer.main import get_command

from dayline.cli import app

DAYLINE = (sys.executable, "-m", "dayline")
PERSON = ("--account", "Acme", "--user", "ann@example.com", "--name", "Ann Lee")


def run(*arguments: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*DAYLINE, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def init(folder: Path, *arguments: str) -> dict[str, str | int]:
    """Run `dayline init`, and give what it tells."""
    done = run("init", *PERSON, "--json", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def begin(folder: Path, *arguments: str) -> dict[str, str | int]:
    """What `dayline init` makes and tells; by default a copy of what it made in a folder before, which is quicker."""
    if arguments:
        return init(folder, *arguments)
    told, made = _begun()
    path = folder / "dayline.db"
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(made)
    return dict(told)


@cache
def _begun() -> tuple[dict[str, str | int], bytes]:
    with TemporaryDirectory(prefix="dayline-begun-") as name:
        told = init(Path(name))
        (path,) = Path(name).iterdir()
        return told, path.read_bytes()


@contextmanager
def serving(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str, str]]:
    """The process, the address that it prints, and all that it says before it accepts requests."""
    command = [*DAYLINE, "serve", "--port", "0", *arguments]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        said = ""
        while "try " not in said:
            line = process.stdout.readline()
            assert line, (folder / "log").read_text()
            said += line
        try:
            yield process, re.search(r"http://[\d.:]+", said)[0], said  # type: ignore[index]
        finally:
            process.terminate()
            process.wait(30)


def test_init_prints_the_token_once(tmp_path: Path) -> None:
    done = run("init", *PERSON, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    token = re.search(r"dl_1_[0-9a-f]{64}", done.stdout)
    assert token is not None
    assert token[0].encode() not in (tmp_path / "dayline.db").read_bytes()


def test_init_in_json(tmp_path: Path) -> None:
    begun = init(tmp_path)
    assert set(begun) == {"account_id", "user_id", "token"}
    assert (begun["account_id"], begun["user_id"]) == (1, 1)


def test_init_twice_says_what_is_there(tmp_path: Path) -> None:
    init(tmp_path)
    again = run("init", *PERSON, folder=tmp_path)
    assert again.returncode == 1
    assert "There is an account named 'Acme' already." in again.stderr
    other = run("init", "--account", "Other", *PERSON[2:], "--json", folder=tmp_path)
    assert json.loads(other.stdout)["account_id"] == 2


def test_init_can_be_mended_and_run_again(tmp_path: Path) -> None:
    wrong = run("init", *PERSON, "--user", "nobody", folder=tmp_path)
    assert wrong.returncode == 1
    assert init(tmp_path)["account_id"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--database", "mysql://x/y"), "sqlite:///dayline.db"),
        (("--database", "sqlite:///:memory:"), "sqlite:///dayline.db"),
        (("--database", "sqlite:////proc/none/dayline.db"), "cannot be made"),
        (("--user", "nobody"), "email address"),
        (("--account", " "), "needs a name"),
    ],
)
def test_what_cannot_be_is_explained_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run("init", *PERSON, *arguments, folder=tmp_path)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_settings_come_from_the_environment_too(tmp_path: Path) -> None:
    done = run("init", *PERSON, folder=tmp_path, DAYLINE_DATABASE_URL="sqlite:///elsewhere.db")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "elsewhere.db").exists()
    bad = run("serve", folder=tmp_path, DAYLINE_STRICT="perhaps")
    assert bad.returncode == 1
    assert "DAYLINE_STRICT" in bad.stderr


@pytest.mark.parametrize("command", [(), ("init",), ("serve",)])
def test_help_teaches(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "dayline init" in done.stdout or "--database" in done.stdout


def test_version(tmp_path: Path) -> None:
    assert re.fullmatch(r"dayline \d+\.\d+\.\d+\n", run("--version", folder=tmp_path).stdout)


def test_serve_says_where_and_answers(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path) as (process, address, said):
        assert "/docs" in said
        assert "curl" in said
        assert httpx2.get(f"{address}/healthz").json() == {"status": "ok"}
        assert httpx2.get(f"{address}/readyz").status_code == 200
        missing = httpx2.get(f"{address}/nothing/here")
        assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
        made = httpx2.post(f"{address}/api/v2/activities", json={}, headers={"x-api-token": token})
        assert made.status_code == 200
        taken = run("serve", "--port", address.rpartition(":")[2], folder=tmp_path)
        assert taken.returncode == 1
        assert "--port" in taken.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    with serving(tmp_path) as (_, address, _):
        listed = httpx2.get(f"{address}/api/v2/activities", headers={"x-api-token": token}).json()
        assert [item["id"] for item in listed["data"]] == [made.json()["data"]["id"]]


def test_the_sample_data_comes_with_a_token_that_stays(tmp_path: Path) -> None:
    tokens = []
    for _ in range(2):
        with serving(tmp_path, "--demo") as (_, _, said):
            tokens.append(re.search(r"dl_1_[0-9a-f]{64}", said)[0])  # type: ignore[index]
            line = re.search(r"curl -H 'x-api-token: (\S+)' '(\S+)'", said)
            assert line is not None
            answer = httpx2.get(line[2], headers={"x-api-token": line[1]})
            assert len(answer.json()["data"]) == 3
    assert tokens[0] == tokens[1]
    file = tmp_path / "dayline.db.token"
    assert file.read_text() == tokens[0] + "\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_log_has_a_line_a_request_and_no_secret(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path, DAYLINE_LOG_FORMAT="json") as (_, address, _):
        secret = "a-very-private-subject"
        answer = httpx2.get(f"{address}/api/v2/activities/7?api_token={token}", headers={"x-request-id": "mine"})
        assert answer.status_code == 404
        httpx2.post(f"{address}/api/v2/activities", json={"subject": secret}, headers={"x-api-token": token})
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["template"], line["status"]) for line in requests] == [
        ("GET", "/api/v2/activities/{id}", 404),
        ("POST", "/api/v2/activities", 200),
    ]
    assert requests[0]["request_id"] == "mine"
    for private in (token, token.rpartition("_")[2], secret, "api_token="):
        assert private not in log


def test_sigterm_under_load_fails_nothing_in_flight(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    outcomes: list[int | str] = []
    acknowledged: list[int] = []

    def post(address: str) -> None:
        with httpx2.Client(headers={"x-api-token": token}) as client:
            for _ in range(2000):
                try:
                    answer = client.post(f"{address}/api/v2/activities", json={})
                except (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError) as error:
                    outcomes.append(type(error).__name__)
                    return
                outcomes.append(answer.status_code)
                acknowledged.append(answer.json()["data"]["id"])

    with serving(tmp_path) as (process, address, _):
        threads = [threading.Thread(target=post, args=(address,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 100:
            pass
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(60)
        assert process.wait(30) == 0
    assert {outcome for outcome in outcomes if isinstance(outcome, int)} == {200}
    with serving(tmp_path) as (_, address, _), httpx2.Client(headers={"x-api-token": token}) as client:
        kept: set[int] = set()
        cursor = ""
        while cursor is not None:
            page = client.get(f"{address}/api/v2/activities?limit=500{cursor and '&cursor=' + cursor}").json()
            kept |= {item["id"] for item in page["data"]}
            cursor = page["additional_data"]["next_cursor"]
    assert set(acknowledged) <= kept
    assert len(acknowledged) == len(set(acknowledged))


def test_a_signal_at_any_moment_of_the_start_is_heard(tmp_path: Path) -> None:
    begin(tmp_path)
    for pause in (0.0, 0.01, 0.02, 0.05, 0.1):
        with serving(tmp_path) as (process, _, _said):
            time.sleep(pause)
            process.terminate()
            assert process.wait(20) == 0


def test_every_command_is_where_it_is_looked_for() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    commands = {name: group.commands[name] for name in group.commands}
    assert {name: command.name for name, command in commands.items()} == {name: name for name in commands}
    assert "nothing" not in group.commands


def test_a_process_that_serves_does_not_load_what_it_does_not_need() -> None:
    """Each would take memory from every process, for as long as it serves."""
    without = {
        *(f"dayline.cli.{name}" for name in ("activities", "care", "doctor", "jobs", "sample", "sandbox", "webhooks")),
        *("dayline.demo", "dayline.transfer", "dayline.remote.sandbox", "dayline.store.copying"),
        *("alembic", "asyncpg", "click", "greenlet", "html", "httpcore2", "jinja2", "multiprocessing", "puremagic"),
        *("rich", "sqlalchemy.dialects.postgresql", "sqlalchemy.orm", "starlette.applications", "uvicorn.main"),
    }
    look = "import sys, dayline.serve, dayline.cli.start; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)
    assert without & set(done.stdout.split()) == set()


def test_the_command_line_of_uvicorn_can_still_be_loaded() -> None:
    look = "import dayline.serve, uvicorn, uvicorn.main; print(uvicorn.main.Server is uvicorn.Server, uvicorn.main.run)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("True <function run")
