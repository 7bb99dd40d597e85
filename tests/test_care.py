"""``dayline get``, ``backup``, ``purge`` and ``doctor``, as processes on a real database."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import httpx2

from tests.test_commands import begin, run, serving


def add(address: str, token: str, **fields: object) -> int:
    answer = httpx2.post(f"{address}/api/v2/activities", json=fields, headers={"x-api-token": token})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["data"]["id"])


def test_get_answers_without_a_server(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    asked = run("get", "/api/v2/activities?limit=1", "--token", token, folder=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout) == {"success": True, "data": [], "additional_data": {"next_cursor": None}}
    assert run("get", "/healthz", folder=tmp_path).stdout == '{"status":"ok"}\n'


def test_get_says_when_it_is_no_success(tmp_path: Path) -> None:
    begin(tmp_path)
    refused = run("get", "/api/v2/activities", folder=tmp_path)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["errorCode"] == 401
    assert "status 401" in refused.stderr
    assert "begin it with a slash" in run("get", "api", folder=tmp_path).stderr


def test_a_backup_is_whole_and_of_one_moment_while_others_write(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path) as (_, address, _):
        before = [add(address, token, subject=f"Before {n}") for n in range(50)]
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                add(address, token, subject="Meanwhile")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            done = run("backup", "copy.db", folder=tmp_path)
        finally:
            stop.set()
            writer.join(30)
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".copy*"))
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = {row[0] for row in connection.execute("SELECT id FROM activities")}
        (sequence,) = connection.execute("SELECT sequence FROM counters").fetchone()
        (logged,) = connection.execute("SELECT count(*) FROM changes").fetchone()
    assert set(before) <= kept
    assert sequence == logged
    listed = run(
        "get", "/api/v2/activities?limit=500", "--token", token, "--database", "sqlite:///copy.db", folder=tmp_path
    )
    assert {item["id"] for item in json.loads(listed.stdout)["data"]} <= kept


def test_a_backup_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    begin(tmp_path)
    done = run("backup", "no/such/folder/copy.db", folder=tmp_path)
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "no").exists()


def test_purge_takes_what_is_due_and_says_so(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path) as (_, address, _):
        old, new, living = (add(address, token) for _ in range(3))
        for id_ in (old, new):
            httpx2.delete(f"{address}/api/v2/activities/{id_}", headers={"x-api-token": token})
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection, connection:
        connection.execute(
            "UPDATE activities SET deleted_at = 1, body = json_set(body, '$.deleted_at', 1) WHERE id = ?", (old,)
        )
    assert "1 activities and 0 records would go." in run("purge", "--dry-run", folder=tmp_path).stdout
    assert "1 activities and 0 records went." in run("purge", folder=tmp_path).stdout
    assert "0 activities and 0 records went." in run("purge", folder=tmp_path).stdout
    for id_, code in ((old, 1), (new, 0), (living, 0)):
        assert run("get", f"/api/v2/activities/{id_}", "--token", token, folder=tmp_path).returncode == code


def test_doctor_finds_nothing_wrong_where_nothing_is(tmp_path: Path) -> None:
    begin(tmp_path)
    done = run("doctor", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "fail" not in done.stdout
    for what in ("configuration", "database", "schema", "clock", "rights", "disk", "second wall"):
        assert what in done.stdout


def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    missing = run("doctor", folder=tmp_path, DAYLINE_PROT="8000")
    assert missing.returncode == 1
    assert "dayline init" in missing.stdout
    assert "DAYLINE_PROT is no setting" in missing.stdout
    begin(tmp_path)
    (tmp_path / "dayline.db").chmod(0o644)
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection, connection:
        connection.execute("UPDATE counters SET clock = 32503680000000")
    told = run("doctor", folder=tmp_path)
    assert told.returncode == 1
    assert "set the clock" in told.stdout
    assert "chmod 600" in told.stdout


def test_doctor_knows_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "dayline.db").write_bytes(b"this is a letter, not a database" * 100)
    told = run("doctor", folder=tmp_path)
    assert told.returncode == 1
    assert "restore a backup" in told.stdout
    assert "Traceback" not in told.stderr


def test_a_backup_never_takes_the_place_of_the_database(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    (tmp_path / "link.db").symlink_to("dayline.db")
    with serving(tmp_path) as (_, address, _):
        add(address, token, subject="Before")
        for target in ("dayline.db", "./dayline.db", "link.db", "dayline.db-wal", ".", str(tmp_path)):
            refused = run("backup", target, folder=tmp_path)
            assert refused.returncode == 1, target
            assert "Traceback" not in refused.stderr
        add(address, token, subject="After")
    asked = run("get", "/api/v2/activities", "--token", token, folder=tmp_path)
    assert [item["subject"] for item in json.loads(asked.stdout)["data"]] == ["Before", "After"]


def test_a_mistyped_database_is_not_made(tmp_path: Path) -> None:
    elsewhere = ("--database", "sqlite:///zz/typo.db")
    for command in (
        *(("backup", "copy.db"), ("purge", "--dry-run"), ("token", "list"), ("user", "list"), ("get", "/healthz")),
        *(("activities", "export", "a.jsonl"), ("records", "import", "a.csv", "--kind", "deal")),
    ):
        (tmp_path / "a.csv").write_text("name\nA\n")
        done = run(*command, *elsewhere, folder=tmp_path)
        assert done.returncode == 1, command
        assert "There is no database" in " ".join(done.stderr.split()), command
        assert not (tmp_path / "zz").exists()
    assert not (tmp_path / "copy.db").exists()
