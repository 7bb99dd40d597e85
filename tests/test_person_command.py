"""``dayline person``, as a process on a real database, without and beside a server."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import httpx2

from tests.test_commands import begin, run, serving

NAME, EMAIL = "Wanda Zyxwright", "wanda.zyxwright@people.test"


def post(address: str, token: str, path: str, **body: object) -> int:
    answer = httpx2.post(f"{address}/dayline/v1/{path}", json=body, headers={"x-api-token": token})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def populate(folder: Path, activities: int = 1) -> int:
    """Make a database with Wanda in it, by a server that is gone then."""
    token = str(begin(folder)["token"])
    with serving(folder) as (_, address, _):
        id_ = post(address, token, "records", kind="candidate", name=NAME, email=EMAIL)
        for _ in range(activities):
            related = [{"kind": "candidate", "id": id_}]
            post(address, token, "activities", type="call", subject=f"Call {NAME}", note=EMAIL, related=related)
    return id_


def traces(folder: Path) -> list[str]:
    """The files with something of Wanda."""
    return [path.name for path in folder.rglob("*") if path.is_file() and b"zyxwright" in path.read_bytes().lower()]


def test_a_person_is_taken_out_and_erased(tmp_path: Path) -> None:
    id_ = populate(tmp_path)
    taken = run("person", "export", "candidate", EMAIL.upper(), "--into", "wanda.zip", folder=tmp_path)
    assert taken.returncode == 0, taken.stderr
    with ZipFile(tmp_path / "wanda.zip") as archive:
        assert json.loads(archive.read("record.json"))["name"] == NAME
    assert (tmp_path / "wanda.zip").stat().st_mode & 0o777 == 0o600
    (tmp_path / "wanda.zip").unlink()
    refused = run("person", "erase", "candidate", str(id_), "--confirm", "Somebody", folder=tmp_path)
    assert refused.returncode == 1
    assert "confirm" in refused.stderr
    assert traces(tmp_path)
    done = run("person", "erase", "candidate", str(id_), "--confirm", NAME, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Erased: candidate {id_}." in done.stdout
    assert "1 activities erased" in done.stdout
    assert "zyxwright" not in (done.stdout + done.stderr).lower()
    assert traces(tmp_path) == []
    gone = run("person", "export", "candidate", EMAIL, folder=tmp_path)
    assert gone.returncode == 1
    assert "there is none" in gone.stderr


def test_killed_half_way_it_goes_on(tmp_path: Path) -> None:
    """As often as it takes: each time it is killed a little later."""
    id_ = populate(tmp_path, activities=40)
    command = [sys.executable, "-m", "dayline", "person", "erase", "candidate", str(id_), "--confirm", NAME]
    begun = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection:
        while begun.poll() is None and not connection.execute("SELECT 1 FROM erasures").fetchone():
            pass
    begun.send_signal(signal.SIGKILL)
    begun.communicate()
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection, connection:
        connection.execute("UPDATE jobs SET due_at = 0, state = 'waiting'")  # its lease is over
        (erasure,) = connection.execute("SELECT body FROM erasures").fetchone()
    assert json.loads(erasure).get("state") != "done"
    done = run("person", "erase", "candidate", str(id_), "--confirm", NAME, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Goes on as erasure 1." in done.stdout
    assert traces(tmp_path) == []


def test_beside_a_server(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path) as (_, address, _):
        id_ = post(address, token, "records", kind="contact", name=NAME, email=EMAIL)
        done = run("person", "erase", "contact", str(id_), "--confirm", EMAIL, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        answer = httpx2.get(f"{address}/dayline/v1/erasures", headers={"x-api-token": token})
        assert [one["state"] for one in answer.json()["data"]] == ["done"]
        assert answer.json()["data"][0]["user_id"] is None
    assert traces(tmp_path) == []
