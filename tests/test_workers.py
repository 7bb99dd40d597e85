"""Several processes behind one socket: one that dies is replaced, a signal ends them all, and SQLite has only one."""

import os
import signal
import time
from pathlib import Path

import httpx2
import pytest

from dayline.store.store import KNOWN_SECONDS
from tests.postgres import Server
from tests.test_commands import begin, run, serving


@pytest.fixture
def url(postgres: Server) -> str:
    postgres.drop("workers")
    return postgres.create("workers")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for_workers(pid: int, many: int, without: int = 0) -> list[int]:
    deadline = time.monotonic() + 30
    while len(found := children(pid)) != many or without in found:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_one_that_dies_is_replaced_and_a_signal_ends_all(tmp_path: Path, url: str) -> None:
    token = begin(tmp_path, "--database", url)["token"]
    with serving(tmp_path, "--workers", "3", "--database", url) as (process, address, said):
        assert "…" in said
        assert "of the tests" not in said.replace("%20", " ")
        workers = wait_for_workers(process.pid, 3)
        with httpx2.Client(base_url=address, headers={"x-api-token": str(token)}, timeout=30) as client:
            assert client.post("/api/v2/activities", json={"subject": "A"}).status_code == 200
            os.kill(workers[0], signal.SIGKILL)
            again = wait_for_workers(process.pid, 3, without=workers[0])
            assert set(workers[1:]) < set(again)
        for _ in range(12):  # new connections, so that each worker has its turn
            answer = httpx2.get(f"{address}/api/v2/activities", headers={"x-api-token": str(token)}, timeout=30)
            assert [item["subject"] for item in answer.json()["data"]] == ["A"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in again)


def test_a_token_that_one_revokes_is_unknown_to_all(tmp_path: Path, url: str) -> None:
    token = str(begin(tmp_path, "--database", url)["token"])
    with serving(tmp_path, "--workers", "2", "--database", url) as (_, address, _said):
        headers = {"x-api-token": token}
        assert httpx2.get(f"{address}/dayline/v1/users/me", headers=headers).status_code == 200
        assert run("token", "revoke", "1", "--database", url, folder=tmp_path).returncode == 0
        time.sleep(KNOWN_SECONDS)
        for _ in range(8):
            assert httpx2.get(f"{address}/dayline/v1/users/me", headers=headers).status_code == 401


def test_sqlite_has_one_serving_process(tmp_path: Path) -> None:
    begin(tmp_path)
    done = run("serve", "--workers", "2", "--port", "0", folder=tmp_path)
    assert done.returncode == 1
    assert "SQLite has one serving process" in done.stderr
    assert "dayline copy" in " ".join(done.stderr.split())


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path, url: str) -> None:
    begin(tmp_path, "--database", url)
    with serving(tmp_path, "--database", url) as (_, address, _said):
        port = address.rpartition(":")[2]
        done = run("serve", "--workers", "2", "--port", port, "--database", url, folder=tmp_path)
    assert done.returncode == 1
    assert "Cannot listen" in done.stderr
