"""``dayline records import``, as a process on a real database: what is good comes in, what is not is named."""

import csv
import json
import re
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dayline.cli.frame import operator
from dayline.domain.errors import Unavailable
from dayline.service import Service
from dayline.store.open import open_store
from dayline.transfer.importing import Importer
from dayline.transfer.pieces import Names, Reader
from dayline.transfer.refusals import Refusals
from dayline.transfer.rows import Row
from tests.test_commands import DAYLINE, begin, run, serving

HEADER = b"external_id,kind,name,email,phone,owner,id,uuid,slug\n"
GOOD = b"%b,,Good,,,,,,\n"
LINES = 50_000


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "dayline.db")) as connection:
        return connection.execute(query).fetchall()


def stored(folder: Path) -> dict[str, dict[str, Any]]:
    bodies = (json.loads(row[0]) for row in rows(folder, "SELECT body FROM records"))
    return {body["external_id"]: body for body in bodies}


def changes(folder: Path) -> int:
    return int(rows(folder, "SELECT count(*) FROM changes WHERE entity = 'contact'")[0][0])


def counts(done: "subprocess.CompletedProcess[str]") -> tuple[int, ...]:
    """Created, changed, unchanged and refused."""
    told = re.search(r"([\d,]+) created, ([\d,]+) changed, ([\d,]+) unchanged, ([\d,]+) refused; [\d.]+ s", done.stdout)
    assert told is not None, done.stderr
    return tuple(int(number.replace(",", "")) for number in told.groups())


def refused(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.refused.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def take_in(folder: Path, name: str, content: bytes, *more: str, **environment: str) -> Any:
    (folder / name).write_bytes(content)
    done = run("records", "import", name, *(more or ("--kind", "contact")), folder=folder, **environment)
    assert "Traceback" not in done.stderr
    return done


def as_jsonl(*lines: dict[str, Any] | bytes) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


@pytest.mark.parametrize(
    ("delimiter", "start", "end"), [(",", b"", "\n"), (";", b"\xef\xbb\xbf", "\r\n"), ("\t", b"", "\r")]
)
def test_csv_as_spreadsheets_write_it(tmp_path: Path, delimiter: str, start: bytes, end: str) -> None:
    begin(tmp_path)
    table = [["name", "external_id", "owner", "id"], ['"Émile, ""the; two\nlines"""', "7", "ANN@example.com", "70"], []]
    text = end.join(delimiter.join(cells) for cells in [*table, ["Late", "8"]])
    done = take_in(tmp_path, "a.csv", start + text.encode())
    assert (done.returncode, counts(done)) == (0, (2, 0, 0, 0)), done.stderr
    made = stored(tmp_path)
    assert (made["7"]["name"], made["7"]["owner_id"], made["7"]["id"]) == ('Émile, "the; two\nlines"', 1, 70)
    assert "owner_id" not in made["8"]


def test_an_empty_cell_leaves_and_null_clears(tmp_path: Path) -> None:
    begin(tmp_path)
    full = {"external_id": "1", "name": "A", "email": "a@example.com", "phone": "1", "owner": "ann@example.com"}
    assert counts(take_in(tmp_path, "a.jsonl", as_jsonl(full))) == (1, 0, 0, 0)
    left = take_in(tmp_path, "a.csv", b"external_id,name,email,phone,owner\n1,B,,,\n")
    assert counts(left) == (0, 1, 0, 0)
    made = stored(tmp_path)["1"]
    assert (made["name"], made["email"], made["owner_id"]) == ("B", "a@example.com", 1)
    nothing = {"external_id": "1", "email": None, "owner": None}
    assert counts(take_in(tmp_path, "a.jsonl", as_jsonl(nothing))) == (0, 1, 0, 0)
    made = stored(tmp_path)["1"]
    assert (made["name"], made.get("email"), made["phone"], made.get("owner_id")) == ("B", None, "1", None)


def test_a_line_without_a_name_of_its_own_is_known_by_what_it_says(tmp_path: Path) -> None:
    begin(tmp_path)
    content = b"name,email\nAnn,a@example.com\nBob,b@example.com\nAnn,a@example.com\n"
    done = take_in(tmp_path, "a.csv", content)
    assert counts(done) == (2, 0, 0, 1)
    assert re.search(r"line 4: external_id: .*line 2", done.stderr)
    same = as_jsonl({"email": "a@example.com", "name": "Ann", "phone": None, "external_id": None})
    assert counts(take_in(tmp_path, "a.jsonl", same)) == (0, 0, 1, 0)
    assert all(re.fullmatch(r"import:[0-9a-f]{24}", name) for name in stored(tmp_path))


def test_each_line_may_say_its_kind(tmp_path: Path) -> None:
    begin(tmp_path)
    content = b"kind,external_id,name\ncontact,1,A\ndeal,1,B\n,2,C\n"
    without = take_in(tmp_path, "a.csv", content, "--account", "Acme")
    assert counts(without) == (2, 0, 0, 1)
    assert "line 4: kind: is required" in without.stderr
    with_one = take_in(tmp_path, "a.csv", content, "--kind", "job")
    assert counts(with_one) == (1, 0, 2, 0)
    assert {row[0] for row in rows(tmp_path, "SELECT kind FROM records")} == {"contact", "deal", "job"}


def test_killed_in_the_middle_it_completes_when_run_again(tmp_path: Path) -> None:
    begin(tmp_path)
    (tmp_path / "a.csv").write_bytes(HEADER + b"".join(GOOD % b"c-%d" % n for n in range(LINES)))
    command = [*DAYLINE, "records", "import", "a.csv", "--kind", "contact"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        while process.poll() is None and changes(tmp_path) == 0:
            pass
        process.kill()
    before = len(stored(tmp_path))
    assert 0 < before < LINES
    done = run("records", "import", "a.csv", "--kind", "contact", folder=tmp_path)
    assert (done.returncode, counts(done)) == (0, (LINES - before, 0, before, 0))
    assert len(stored(tmp_path)) == changes(tmp_path) == LINES


def test_a_server_writes_meanwhile(tmp_path: Path) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path) as (_, address, _), httpx2.Client(headers={"x-api-token": token}, timeout=30) as client:
        statuses: list[int] = []
        over = threading.Event()

        def write() -> None:
            while not over.is_set():
                statuses.append(
                    client.post(f"{address}/dayline/v1/records", json={"kind": "job", "name": "J"}).status_code
                )

        writer = threading.Thread(target=write)
        writer.start()
        try:
            done = take_in(tmp_path, "a.csv", HEADER + b"".join(GOOD % b"c-%d" % n for n in range(20_000)))
        finally:
            over.set()
            writer.join(60)
        assert (done.returncode, counts(done)) == (0, (20_000, 0, 0, 0))
        assert set(statuses) == {201}
    assert rows(tmp_path, "SELECT kind, count(*) FROM records GROUP BY kind ORDER BY kind") == [
        ("contact", 20_000),
        ("job", len(statuses)),
    ]
    assert rows(tmp_path, "SELECT sequence - (SELECT count(*) FROM changes) FROM counters") == [(0,)]


@contextmanager
def locked(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "dayline.db", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def test_it_waits_for_a_database_that_is_busy(tmp_path: Path) -> None:
    begin(tmp_path)
    with locked(tmp_path) as connection:
        release = threading.Timer(2.5, lambda: connection.execute("ROLLBACK"))
        release.start()
        done = take_in(tmp_path, "a.csv", HEADER + GOOD % b"c-1", DAYLINE_STATEMENT_TIMEOUT="0.1")
        release.join()
    assert (done.returncode, counts(done)) == (0, (1, 0, 0, 0)), done.stderr


async def test_it_gives_up_on_one_that_stays_busy(tmp_path: Path) -> None:
    begin(tmp_path)
    store = await open_store(f"sqlite:///{tmp_path / 'dayline.db'}", statement_timeout=0.01)
    try:
        (account,) = await store.accounts()
        with Refusals(tmp_path / "a.csv") as refusals, closing(Names()) as names, locked(tmp_path):
            importer = Importer(Service(store).bulk, operator(account), refusals, pauses=(0.01, 0.01))
            pieces = map(Reader("contact", {}, names).read, [Row(1, b'{"external_id": "1", "name": "A"}')])
            with pytest.raises(Unavailable, match="locked"):
                await importer.take_in(pieces, lambda: None)
    finally:
        await store.close()


def test_help_teaches_with_an_example(tmp_path: Path) -> None:
    told = run("records", "import", "--help", folder=tmp_path).stdout
    assert "dayline records import contacts.csv --kind contact" in " ".join(told.split())
