"""A list as a file: all of it, the same as the list, safe in a spreadsheet, and never cut off in silence."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dayline.native.activities.exporting import PAGE
from dayline.native.activities.table import COLUMNS
from tests.cast import Person
from tests.house import Town
from tests.native.problems import ACTIVITIES, assert_problem

EXPORT = f"{ACTIVITIES}/export"


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    with town.client(newcomer) as client:
        yield client


def make(client: httpx2.Client, **fields: Any) -> int:
    answer = client.post(ACTIVITIES, json={"type": "call"} | fields)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def table(answer: httpx2.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def lines(answer: httpx2.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_file_is_the_list(nora: httpx2.Client) -> None:
    for day, done in ((1, True), (2, False), (3, True)):
        make(nora, subject=f"On {day}", date=f"2026-12-0{day}", done=done)
    query = {"done": "true", "sort": "due", "order": "desc", "from": "2026-12-01", "until": "2026-12-31"}
    listed = nora.get(ACTIVITIES, params=query).json()["data"]
    assert [one["subject"] for one in listed] == ["On 3", "On 1"]
    assert lines(nora.get(EXPORT, params=query | {"format": "jsonl"})) == listed
    rows = table(nora.get(EXPORT, params=query))
    assert [row["subject"] for row in rows] == ["On 3", "On 1"]
    assert tuple(rows[0]) == COLUMNS


def test_browsers_save_it(nora: httpx2.Client) -> None:
    for given, kind in (("csv", "text/csv; charset=utf-8"), ("jsonl", "application/jsonl")):
        answer = nora.get(EXPORT, params={"format": given})
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f'attachment; filename="activities.{given}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (nora.head(EXPORT).status_code, nora.head(EXPORT).content) == (200, b"")


def test_more_than_a_page_comes_whole(town: Town, nora: httpx2.Client, newcomer: Person) -> None:
    ids = [make(nora, subject=f"Number {number}") for number in range(7)]
    whole = lines(nora.get(EXPORT, params={"format": "jsonl"}))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("dayline.native.activities.exporting.PAGE", 3)
        assert lines(nora.get(EXPORT, params={"format": "jsonl"})) == whole
        assert [int(row["id"]) for row in table(nora.get(EXPORT))] == ids
    assert PAGE > 3


def test_a_spreadsheet_runs_nothing(nora: httpx2.Client) -> None:
    make(nora, subject='=HYPERLINK("https://evil.example")', note="+1", description='a "quoted", line\nand another')
    (row,) = table(nora.get(EXPORT))
    assert row["subject"] == '\'=HYPERLINK("https://evil.example")'
    assert row["note"] == "'+1"
    assert row["description"] == 'a "quoted", line\nand another'


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\n=", "\t="])
def test_every_sign_that_a_formula_begins_with_is_guarded(nora: httpx2.Client, sign: str) -> None:
    make(nora, subject="A call", description=f"{sign}1+1")
    (row,) = table(nora.get(EXPORT))
    assert row["description"] == f"'{sign}1+1"


def test_only_what_the_caller_may_see(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    make(alice, subject="Hidden from Bob", visibility="private")
    assert "Hidden from Bob" in alice.get(EXPORT).text
    assert "Hidden from Bob" not in bob.get(EXPORT).text


def test_what_is_wrong_is_told_first(town: Town, nora: httpx2.Client, newcomer: Person) -> None:
    assert_problem(nora.get(EXPORT, params={"format": "xlsx"}), 400, "format")
    assert_problem(nora.get(EXPORT, params={"limit": 5}), 400, "limit")
    assert_problem(nora.get(EXPORT, params={"record": "deal"}), 400, "record")
    with town.client(town.credential(newcomer, scopes=frozenset(("activities:read",)))) as narrow:
        assert_problem(narrow.get(EXPORT), 403)


def test_nobody_takes_half_a_file_for_the_whole(town: Town, nora: httpx2.Client) -> None:
    for number in range(4):
        make(nora, subject=f"Number {number}")
    listing = town.service.activities.list
    asked = 0

    async def away(*args: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise ConnectionError("the database is away")
        return await listing(*args)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("dayline.native.activities.exporting.PAGE", 2)
        patched.setattr(town.service.activities, "list", away)
        with pytest.raises(httpx2.RemoteProtocolError):
            nora.get(EXPORT)
