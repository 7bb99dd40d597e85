"""A note in another system is there once, though the server is killed while it writes it, and started again."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.parse import urlsplit

import httpx2
import pytest

from dayline.remote.sandbox import FaultName
from dayline.remote.standing import standing
from dayline.vendors.lever.sandbox import LeverSandbox
from tests.drill.kill9 import Server, free_port
from tests.remote.house import text_of
from tests.test_commands import DAYLINE, begin

MOMENTS: Final[tuple[FaultName, ...]] = ("hang", "hang_after_write", "slow")
PATIENCE: Final = 20.0  # seconds


@pytest.fixture
def sandbox() -> LeverSandbox:
    return LeverSandbox()


@pytest.fixture
def vendor(sandbox: LeverSandbox) -> Iterator[str]:
    with standing(sandbox) as url:
        yield url


def test_a_server_that_dies_writes_no_note_twice_and_loses_none(
    tmp_path: Path, sandbox: LeverSandbox, vendor: str
) -> None:
    environment = {"DAYLINE_OUTBOUND_ALLOW": urlsplit(vendor).netloc, "DAYLINE_OUTBOUND_SETTLE_SECONDS": "0"}
    token = str(begin(tmp_path)["token"])
    account = _connect(tmp_path, vendor, sandbox, environment)
    port = free_port()
    server = Server(tmp_path, port, environment=environment)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {token}"}) as client:

        def write(number: int) -> httpx2.Response:
            body = {"candidate_id": sandbox.candidates()[0].id, "body": f"Note {number}"}
            key = {"idempotency-key": f"key {number}"}
            return client.post(
                "/unified/ats/activities",
                params={"integrated_account_id": account},
                json=body,
                headers=key,
                timeout=PATIENCE,
            )

        server.start()
        for number, fault in enumerate(MOMENTS):
            sandbox.fail(fault)
            asked = len(sandbox.requests)
            with ThreadPoolExecutor(1) as pool:
                dying = pool.submit(write, number)
                try:
                    _wait_for(sandbox, asked + 1)
                finally:
                    server.kill()
                with suppress(httpx2.TransportError):
                    assert dying.result() is None, "it was answered by a server that is dead"
            server.start()
            assert write(number).status_code == 409  # whoever was at it may still be
            _let_time_pass(tmp_path / "dayline.db")
            answers = [write(number) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [201, 201]
            assert answers[0].json()["id"] == answers[1].json()["id"] == sandbox.written[-1].id
        server.kill()
    assert [text_of(one.document) for one in sandbox.written] == [f"Note {number}" for number in range(len(MOMENTS))]


def _connect(folder: Path, vendor: str, sandbox: LeverSandbox, environment: dict[str, str]) -> str:
    command = [*DAYLINE, "connect", "lever", "--tenant", "acme", "--base-url", vendor, "--json"]
    answers = environment | {"DAYLINE_CONNECT_API_KEY": sandbox.key}
    done = subprocess.run(command, cwd=folder, env=answers, capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["id"])


def _let_time_pass(path: Path) -> None:
    """The lease of a process that died ends after a minute, for which no test waits."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE remote_attempts SET lease_until = lease_until - 60000")


def _wait_for(sandbox: LeverSandbox, asked: int) -> None:
    ends = monotonic() + PATIENCE
    while len(sandbox.requests) < asked:
        assert monotonic() < ends
        sleep(0.01)
