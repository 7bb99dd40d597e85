"""``dayline sandbox``, as a process: what it prints can be done as it is printed."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.test_commands import DAYLINE, begin, run, serving

VENDORS = ["ashby", "lever", "recruitee"]


@contextmanager
def running(vendor: str, folder: Path, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process, and all that it prints."""
    command = [*DAYLINE, "sandbox", vendor, "--port", "0", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env={}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while "begin anew" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        try:
            yield process, said
        finally:
            process.terminate()
            process.wait(30)


def line_of(said: str, word: str) -> str:
    found = re.search(rf"^  {word} +(.*)$", said, re.MULTILINE)
    assert found is not None, said
    return found[1]


def shell(line: str) -> str:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", line.replace("curl ", "curl -sS ")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PATH": path},
    )
    return done.stdout


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_it_prints_works(vendor: str, tmp_path: Path) -> None:
    with running(vendor, tmp_path, "--key", "another-key") as (process, said):
        address = line_of(said, "address")
        assert address.startswith("http://127.0.0.1:")
        assert line_of(said, "api_key") == "another-key"
        shown = json.loads(shell(line_of(said, "try")))
        assert line_of(said, "candidate").split()[0] in line_of(said, "try")
        assert shown
        root = address.removesuffix("/v1")
        (seen,) = httpx2.get(f"{root}/_sandbox/requests").json()
        assert seen["fault"] == "none"
        shell(line_of(said, "break it"))
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.post(address)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_whole_way_goes_as_it_is_printed(vendor: str, tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with running(vendor, tmp_path) as (_, said):
        address = line_of(said, "address")
        root, place = address.removesuffix("/v1"), address.removeprefix("http://").removesuffix("/v1")
        connected = shell(f"cd {tmp_path} && {line_of(said, 'connect')}")
        id_ = re.search(r"integrated_account_id=(\S+)", connected)
        assert id_ is not None, connected
        assert line_of(said, "serve") == f"DAYLINE_OUTBOUND_ALLOW={place} dayline serve"
        with serving(tmp_path, DAYLINE_OUTBOUND_ALLOW=place) as (_, dayline, _):
            line = line_of(said, "write").replace("http://127.0.0.1:8000", dayline)
            made = json.loads(shell(line.replace("TOKEN", token).replace("=ID'", f"={id_[1]}'")))
        (written,) = httpx2.get(f"{root}/_sandbox/written").json()
        assert (made["id"], made["visibility"]) == (written["id"], "private")
        assert line_of(said, "candidate").split()[0] == written["candidate_id"] == made["candidate"]["id"]


def test_a_machine_that_does_not_allow_itself_says_what_to_do(tmp_path: Path) -> None:
    begin(tmp_path)
    with running("ashby", tmp_path) as (_, said):
        address = line_of(said, "address")
        connect = ("connect", "ashby", "--tenant", "sandbox", "--base-url", address)
        refused = run(*connect, folder=tmp_path, DAYLINE_CONNECT_API_KEY="sandbox-key")
        assert refused.returncode == 1
        assert "allow" in refused.stderr
        assert httpx2.get(f"{address}/_sandbox/requests").json() == []


def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    unknown = run("sandbox", "greenhouse", folder=tmp_path)
    assert unknown.returncode == 1
    assert "ashby, lever, recruitee" in unknown.stderr
    key = run("sandbox", "ashby", "--key", "a b", folder=tmp_path)
    assert key.returncode == 1
    assert "dashes" in key.stderr
    with running("ashby", tmp_path) as (_, said):
        port = line_of(said, "address").rpartition(":")[2]
        taken = run("sandbox", "ashby", "--port", port, folder=tmp_path)
        assert taken.returncode == 1
        assert f"Cannot listen on port {port}" in taken.stderr
        assert "Traceback" not in taken.stderr
