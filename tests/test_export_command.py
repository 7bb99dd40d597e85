"""``dayline activities export`` and ``import``, as processes: files, tables, kills, a server that writes meanwhile."""

import asyncio
import csv
import json
import re
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dayline.service import Service
from dayline.store.open import open_store
from tests.moved import ODD, furnished, lines_of
from tests.test_commands import DAYLINE, begin, run, serving
from tests.test_export_refused import ANN, CALL, CONTACT, REF, UUID, lines

HEADER = "uuid,type,subject,date,time,duration,done,owner,related,participants,attendees,description\n"
MANY = 20_000


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "dayline.db")) as connection:
        return connection.execute(query).fetchall()


def stored(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(row[0]) for row in rows(folder, "SELECT body FROM activities ORDER BY id")]


def changes(folder: Path) -> int:
    return int(rows(folder, "SELECT count(*) FROM changes WHERE entity = 'activity'")[0][0])


def counts(done: "subprocess.CompletedProcess[str]") -> tuple[int, ...]:
    """Activities created, unchanged and refused."""
    told = re.search(r"^([\d,]+) created, ([\d,]+) unchanged, ([\d,]+) refused; with them", done.stdout, re.MULTILINE)
    assert told is not None, done.stderr
    return tuple(int(number.replace(",", "")) for number in told.groups())


def take_in(folder: Path, name: str, content: bytes | str, *more: str) -> "subprocess.CompletedProcess[str]":
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    done = run("activities", "import", name, *more, folder=folder)
    assert "Traceback" not in done.stderr
    return done


def furnish(folder: Path, *names: str) -> bytes:
    """A database with sample data, and accounts of these names; what an export of the sample data says."""

    async def work() -> bytes:
        store = await open_store(f"sqlite:///{folder / 'dayline.db'}")
        service = Service(store)
        content = await lines_of(service, await furnished(service))
        for name in names:
            await service.identities.create_account(name)
        await store.close()
        return content

    return asyncio.run(work())


def many() -> bytes:
    told = ({"activity": CALL | {"id": n, "uuid": UUID.format(n), "related": [REF]}} for n in range(1, MANY + 1))
    return lines({"user": ANN}, {"record": CONTACT}, *told)


def test_there_and_back(tmp_path: Path) -> None:
    content = furnish(tmp_path, "Other")
    out = run("activities", "export", "out.jsonl", "--account", "Dayline Demo", folder=tmp_path)
    assert re.match(r"302 activities are in out.jsonl; [\d.]+ seconds.", out.stdout), out.stderr
    file = tmp_path / "out.jsonl"
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (content, 0o600)
    done = take_in(tmp_path, "in.jsonl", content, "--account", "Other")
    assert (done.returncode, counts(done)) == (0, (302, 0, 0)), done.stderr
    back = run("activities", "export", "-", "--account", "Other", folder=tmp_path)
    assert back.stdout.encode() == content
    assert "302 activities;" in back.stderr
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.refused.csv"))


def test_a_table_comes_in_as_it_went_out(tmp_path: Path) -> None:
    furnish(tmp_path)
    assert run("activities", "export", "out.csv", folder=tmp_path).returncode == 0
    before = {one["uuid"]: one for one in stored(tmp_path)}
    text = (tmp_path / "out.csv").read_bytes()
    assert counts(take_in(tmp_path, "same.csv", text)) == (0, 300, 0)
    # Without uuids the rows are others, and say the same.
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    others = [row for row in table if "lead:1" not in row["related"]]
    with (tmp_path / "other.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [name for name in table[0] if name != "uuid"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(others)
    done = take_in(tmp_path, "other.csv", (tmp_path / "other.csv").read_bytes())
    assert (done.returncode, counts(done)) == (0, (len(others), 0, 0)), done.stderr
    assert counts(take_in(tmp_path, "other.csv", (tmp_path / "other.csv").read_bytes())) == (0, len(others), 0)
    made = [one for one in stored(tmp_path) if one["uuid"] not in before]
    assert [one["uuid"][14] for one in made] == ["8"] * len(others)
    rich = next(one for one in made if one["subject"].startswith("=cmd"))
    was = next(one for one in before.values() if one["subject"].startswith("=cmd"))
    same = ("subject", "outcome", "description", "note", "when", "done", "visibility", "priority", "owner_id", "type")
    assert {name: rich[name] for name in same} == {name: was[name] for name in same}
    assert (rich["outcome"], rich["description"]) == ("'=1+1", ODD)
    assert {one["ref"]["id"] for one in rich["participants"]} == {one["ref"]["id"] for one in was["participants"]}
    assert rich["done_at"] == was["done_at"] // 1000 * 1000


def test_rows_that_are_refused(tmp_path: Path) -> None:
    begin(tmp_path)
    row = "{uuid},call,A,2026-12-01,10:00,{duration},{done},{owner},{related},{participants},{attendees},\n"
    good = {"owner": "ANN@example.com", "attendees": "user:1 guest@example.com"}
    names = ("uuid", "duration", "done", "owner", "related", "participants", "attendees")
    wrong = [
        ({"uuid": "no"}, "uuid"),
        ({"duration": "-00:30"}, "duration"),
        ({"duration": "90"}, "duration"),
        ({"done": "perhaps"}, "done"),
        ({"owner": ""}, "owner"),
        ({"owner": "bob@example.com"}, "owner"),
        ({"related": "deal:17"}, "related[0].id"),
        ({"related": "pet:1"}, "related[0]"),
        ({"participants": "deal:1"}, "participants[0]"),
        ({"attendees": "user:9"}, "attendees[0].id"),
        ({"attendees": "Mara"}, "attendees[0]"),
        ({"attendees": "contact:99999999999999999999"}, "attendees[0]"),
    ]
    said = [row.format_map(dict.fromkeys(names, "") | good | change) for change, _ in [*wrong, ({}, "")]]
    done = take_in(tmp_path, "a.csv", HEADER + "".join(said))
    assert (done.returncode, counts(done)) == (1, (1, 0, len(wrong))), done.stderr
    with (tmp_path / "a.csv.refused.csv").open(newline="") as file:
        refused = list(csv.DictReader(file))
    assert [(row["line"], row["field"]) for row in refused] == [
        (str(place), field) for place, (_, field) in enumerate(wrong, start=2)
    ]
    assert all(row["reason"] for row in refused)
    (only,) = stored(tmp_path)
    assert (only["owner_id"], only["creator_id"], only["when"]["time"], len(only["attendees"])) == (1, 1, "10:00:00", 2)


def test_refused_lines_are_named_in_a_file(tmp_path: Path) -> None:
    begin(tmp_path)
    bad = {"activity": CALL | {"uuid": UUID.format(2), "subject": 7}}
    done = take_in(tmp_path, "a.jsonl", lines({"user": ANN}, {"activity": CALL}, bad))
    assert (done.returncode, counts(done)) == (1, (1, 0, 1))
    assert "line 3: activity.subject: expected string" in done.stderr
    with (tmp_path / "a.jsonl.refused.csv").open(newline="") as file:
        assert [(row["line"], row["uuid"]) for row in csv.DictReader(file)] == [("3", UUID.format(2))]


def test_killed_half_way_it_completes_when_run_again(tmp_path: Path) -> None:
    begin(tmp_path)
    (tmp_path / "a.jsonl").write_bytes(many())
    with subprocess.Popen(
        [*DAYLINE, "activities", "import", "a.jsonl"], cwd=tmp_path, stdout=subprocess.PIPE
    ) as process:
        while process.poll() is None and changes(tmp_path) == 0:
            pass
        process.kill()
    before = changes(tmp_path)
    assert 0 < before < MANY
    done = run("activities", "import", "a.jsonl", folder=tmp_path)
    assert (done.returncode, counts(done)) == (0, (MANY - before, before, 0)), done.stderr
    assert len(stored(tmp_path)) == changes(tmp_path) == MANY


def test_a_server_writes_meanwhile(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    statuses: list[int] = []
    over = threading.Event()
    with serving(tmp_path) as (_, address, _), httpx2.Client(headers={"x-api-token": token}, timeout=30) as client:

        def write() -> None:
            while not over.is_set():
                told = client.post(f"{address}/dayline/v1/activities", json={"type": "task"})
                statuses.append(told.status_code)

        (tmp_path / "a.jsonl").write_bytes(many())
        writer = threading.Thread(target=write)
        writer.start()
        try:
            done = run("activities", "import", "a.jsonl", "--new-ids", folder=tmp_path)
            out = run("activities", "export", "out.jsonl", folder=tmp_path)
        finally:
            over.set()
            writer.join(60)
    assert (done.returncode, counts(done)) == (0, (MANY, 0, 0)), done.stderr
    assert set(statuses) == {201}
    assert len(stored(tmp_path)) == MANY + len(statuses)
    assert rows(tmp_path, "SELECT sequence - (SELECT count(*) FROM changes) FROM counters") == [(0,)]
    assert out.returncode == 0, out.stderr
    told = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    ids = [line["activity"]["id"] for line in told if "activity" in line]
    assert ids == sorted(set(ids))
    assert len(ids) >= MANY


def test_an_export_that_fails_leaves_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("before")
    (tmp_path / "a.jsonl.part").write_text("of a run that was killed")
    begin(tmp_path)
    done = run("activities", "export", "a.jsonl", "--account", "Nobody", folder=tmp_path)
    assert (done.returncode, "There is no account named 'Nobody'" in " ".join(done.stderr.split())) == (1, True)
    assert [path.name for path in tmp_path.glob("a.*")] == ["a.jsonl"]
    assert (tmp_path / "a.jsonl").read_text() == "before"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "a.txt"), "neither a .csv nor a .jsonl"),
        (("export", "none/a.csv"), "No such file"),
        (("import", "a.txt"), "neither a .csv nor a .jsonl"),
        (("import", "none.jsonl"), "No such file"),
    ],
)
def test_what_cannot_be_is_explained_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    begin(tmp_path)
    done = run("activities", *arguments, folder=tmp_path)
    assert (done.returncode, words in " ".join(done.stderr.split())) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "example"),
    [("export", "dayline activities export acme.jsonl"), ("import", "dayline activities import calls.csv")],
)
def test_help_teaches_with_an_example(tmp_path: Path, command: str, example: str) -> None:
    told = run("activities", command, "--help", folder=tmp_path).stdout
    assert example in " ".join(told.replace("│", " ").split())
