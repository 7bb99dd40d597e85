"""What ``dayline records import`` refuses: each bad line is named, and harms no other."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.test_commands import begin, run
from tests.test_import import GOOD, HEADER, LINES, as_jsonl, changes, counts, refused, stored, take_in

BAD = 37
# What is wrong with a line, and the field that is named; %b is an external id of its own.
WRONG: list[tuple[bytes, str]] = [
    (b"%b,,Too many,,,,,,,more\n", ""),
    (b"%b,,Caf\xe9,,,,,,\n", "name"),
    (b"%b,,Half \xed\xa0\x80,,,,,,\n", "name"),
    (b"%b,,N\0L,,,,,,\n", "name"),
    (b"%b,,Long," + b"e" * 321 + b",,,,,\n", "email"),
    (b"%b,," + b"n" * 256 + b",,,,,,\n", "name"),
    (b"%b,,Long,," + b"9" * 101 + b",,,,\n", "phone"),
    (b"%b" + b"x" * 256 + b",,Long,,,,,,\n", "external_id"),
    (b"%b,,,,,,,,\n", "name"),
    (b"%b,, ,,,,,,\n", "name"),
    (b"%b,,Whose,,,nobody@example.com,,,\n", "owner"),
    (b"%b,pet,Rex,,,,,,\n", "kind"),
    (b"%b,,Number,,,,seven,,\n", "id"),
    (b"%b,,Number,,,,0,,\n", "id"),
    (b"%b,,Number,,,,99999999999999999999999999,,\n", "id"),
    (b"%b,,Uuid,,,,,no,\n", "uuid"),
    (b"%b,,Slug,,,,,,12\n", "slug"),
    (b'%b,,"Open,,,,,,\n', ""),
    (b'%b,,"Half" quoted,,,,,,\n', ""),
    (b"=%b,,,,,,,,\n", "name"),
    (b"c-1,,Twice,,,,,,\n", "external_id"),
]


# The same for JSONL.
WRONG_JSON: list[tuple[bytes, str]] = [
    (b'{"external_id": "bad", "name": ', ""),
    (b'{"external_id": "bad", "name": "caf\xe9"}', ""),
    (b'{"external_id": "bad", "name": "N\\u0000L"}', "name"),
    (b'{"external_id": "bad", "name": "half \\ud800"}', "name"),
    (b'{"external_id": "bad", "name": 7}', "name"),
    (b'{"external_id": "bad", "name": null}', "name"),
    (b'{"external_id": "empty", "name": "A", "email": ""}', "email"),
    (b'{"external_id": "bad", "name": "A", "colour": "red"}', "colour"),
    (b'{"external_id": "bad", "name": "A", "id": 99999999999999999999}', "id"),
    (b'{"external_id": "", "name": "A"}', "external_id"),
    (b'{"external_id": "bad", "name": "A", "kind": "pet"}', "kind"),
    (b'{"external_id": "whose", "name": "A", "owner": "nobody@example.com"}', "owner"),
    (b'["bad"]', ""),
    (b"[" * 50_000, ""),
    (b'{"external_id": "bad", "name": "' + b"x" * 200_000 + b'"}', ""),
]


def with_bad_lines() -> tuple[bytes, dict[int, str]]:
    """A file with bad lines all over it, and the field that is wrong in each of these lines."""
    wrong: dict[int, str] = {}
    lines = [HEADER]
    for number in range(2, LINES + 2):
        if number % 1331 or len(wrong) == BAD:
            lines.append(GOOD % b"c-%d" % (number - 1))
        else:
            line, field = WRONG[len(wrong) % len(WRONG)]
            lines.append(line % b"bad-%d" % number if b"%b" in line else line)
            wrong[number] = field
    return b"".join(lines), wrong


def test_all_that_is_good_comes_in_and_each_bad_line_is_named(tmp_path: Path) -> None:
    begin(tmp_path)
    content, wrong = with_bad_lines()
    assert len(wrong) == BAD
    done = take_in(tmp_path, "many.csv", content)
    assert (done.returncode, counts(done)) == (1, (LINES - BAD, 0, 0, BAD)), done.stderr
    told = refused(tmp_path, "many.csv")
    assert {int(line["line"]): line["field"] for line in told} == wrong
    assert len(told) == BAD
    assert all(line["reason"] for line in told)
    assert [f"line {line}:" for line in list(wrong)[:20]] == re.findall(r"^line \d+:", done.stderr, re.MULTILINE)
    assert f"and {BAD - 20} more" in done.stderr
    assert set(stored(tmp_path)) == {f"c-{n - 1}" for n in range(2, LINES + 2) if n not in wrong}
    logged = changes(tmp_path)
    assert logged == LINES - BAD
    again = run("records", "import", "many.csv", "--kind", "contact", folder=tmp_path)
    assert (again.returncode, counts(again)) == (1, (0, 0, LINES - BAD, BAD))
    assert changes(tmp_path) == logged
    assert refused(tmp_path, "many.csv") == told
    mended = take_in(tmp_path, "many.csv", HEADER + GOOD % b"c-1")
    assert (mended.returncode, counts(mended)) == (0, (0, 0, 1, 0))
    assert not (tmp_path / "many.csv.refused.csv").exists()


def test_each_bad_line_of_jsonl_is_refused_alone(tmp_path: Path) -> None:
    begin(tmp_path)
    good = [{"external_id": f"c-{n}", "name": "Good"} for n in range(len(WRONG_JSON))]
    lines = [line for n, (wrong, _) in enumerate(WRONG_JSON) for line in (wrong, b" ", good[n])]
    done = take_in(tmp_path, "a.jsonl", as_jsonl(*lines))
    assert (done.returncode, counts(done)) == (1, (len(good), 0, 0, len(WRONG_JSON))), done.stderr
    told = [(int(line["line"]), line["field"]) for line in refused(tmp_path, "a.jsonl")]
    assert told == [(3 * n + 1, field) for n, (_, field) in enumerate(WRONG_JSON)]
    assert set(stored(tmp_path)) == {item["external_id"] for item in good}


def test_a_name_that_is_taken_elsewhere_spoils_only_its_own_line(tmp_path: Path) -> None:
    """A slug is unique over all kinds, which only the database sees."""
    begin(tmp_path)
    lines = [{"external_id": str(n), "name": "A", "kind": "contact"} for n in range(40)]
    for place, kind in ((3, "contact"), (17, "deal"), (33, "job")):
        lines[place] |= {"slug": "mara", "kind": kind}
    done = take_in(tmp_path, "a.jsonl", as_jsonl(*lines))
    assert counts(done) == (38, 0, 0, 2)
    assert [line["line"] for line in refused(tmp_path, "a.jsonl")] == ["18", "34"]
    assert all("slug" in line["reason"] for line in refused(tmp_path, "a.jsonl"))


def test_after_a_broken_row_no_cell_comes_into_another_column(tmp_path: Path) -> None:
    begin(tmp_path)
    content = b'external_id,name,email\n1,"Ann\nLee" x,ann@example.com\n2,Bob,b@example.com\n3,Cy\n'
    done = take_in(tmp_path, "a.csv", content)
    assert counts(done) == (2, 0, 0, 2)
    assert [line["line"] for line in refused(tmp_path, "a.csv")] == ["2", "3"]
    assert set(stored(tmp_path)) == {"2", "3"}


def test_no_cell_of_the_refused_is_a_formula(tmp_path: Path) -> None:
    begin(tmp_path)
    starts = "=+-@\t\r\n\uff1d"
    names = [{"external_id": f"{start}1+1"} for start in starts]
    fields = [{"external_id": "1", "name": "A", f"{start}x": 1} for start in starts]
    take_in(tmp_path, "a.jsonl", as_jsonl(*names, *fields))
    told = refused(tmp_path, "a.jsonl")
    assert [line["external_id"] for line in told[: len(starts)]] == [f"'{start}1+1" for start in starts]
    assert [line["field"] for line in told[len(starts) :]] == [f"'{start}x" for start in starts]
    assert (tmp_path / "a.jsonl.refused.csv").stat().st_mode & 0o777 == 0o600


def test_the_file_gives_no_orders_to_the_terminal(tmp_path: Path) -> None:
    begin(tmp_path)
    done = take_in(tmp_path, "a.jsonl", as_jsonl({"name": "A", "\x1b[2J\a": 1}))
    assert counts(done) == (0, 0, 0, 1)
    assert "line 1: \\x1b[2J\\x07: unknown field" in done.stderr


def test_an_owner_who_is_gone_is_named_by_the_column(tmp_path: Path) -> None:
    begin(tmp_path)
    assert run("user", "add", "bob@example.com", "--name", "Bob", folder=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "dayline.db")) as connection, connection:
        connection.execute("UPDATE users SET body = json_set(body, '$.active', json('false')) WHERE id = 2")
    take_in(tmp_path, "a.csv", b"name,owner\nA,bob@example.com\nB,ann@example.com\n")
    assert [(line["line"], line["field"]) for line in refused(tmp_path, "a.csv")] == [("2", "owner")]
    assert [made["name"] for made in stored(tmp_path).values()] == ["B"]


def test_a_line_that_does_not_end_is_refused_for_its_length(tmp_path: Path) -> None:
    begin(tmp_path)
    content = b"external_id,name\n1,A" + b"," * 100_000 + b'\n2,"' + b"B\n" * 40_000 + b'"\n3,C\n'
    done = take_in(tmp_path, "a.csv", content)
    told = refused(tmp_path, "a.csv")
    assert [line["reason"] for line in told[:2]] == [
        "broken CSV: longer than 65,536 characters",
        "broken CSV: a quote is opened and not closed",
    ]
    assert (counts(done)[0], set(stored(tmp_path))) == (1, {"3"})


@pytest.mark.parametrize(
    ("name", "content", "more", "words"),
    [
        ("a.csv", b"", ("--kind", "deal"), "no header"),
        ("a.csv", b"external_id,name,colour\n", ("--kind", "deal"), "no column 'colour'. The columns are external_id"),
        ("a.csv", b"name,name\n", ("--kind", "deal"), "twice"),
        ("a.csv", b"\xff\xfen\0a\0m\0e\0\n", ("--kind", "deal"), "no column"),
        ("a.csv", b"name\nA\n", ("--account", "Acme"), "--kind"),
        ("a.csv", b"name\nA\n", ("--kind", "deal", "--account", "None"), "no account named"),
        ("a.xlsx", b"PK", ("--kind", "deal"), "neither"),
    ],
)
def test_a_file_that_cannot_be_is_explained(
    tmp_path: Path, name: str, content: bytes, more: tuple[str, ...], words: str
) -> None:
    begin(tmp_path)
    done = take_in(tmp_path, name, content, *more)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert not stored(tmp_path)


def test_files_that_are_not_there_or_may_not_be_written(tmp_path: Path) -> None:
    begin(tmp_path)
    missing = run("records", "import", "none.csv", "--kind", "deal", folder=tmp_path)
    assert (missing.returncode, missing.stderr) == (1, "dayline: none.csv: No such file or directory.\n")
    (tmp_path / "a.csv.refused.csv").mkdir()
    blocked = take_in(tmp_path, "a.csv", b"name\nA\n")
    assert blocked.returncode == 1
    assert "a.csv.refused.csv" in blocked.stderr
