"""``dayline audit``: a table for people, JSON for programs, filters for both, and no secret in either."""

import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dayline.cli import app
from tests.test_commands import PERSON

NAME = pwd.getpwuid(os.geteuid()).pw_name


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--database", f"sqlite:///{folder}/dayline.db"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a database is in which a few things have been done."""
    made = tmp_path_factory.mktemp("audit")
    for command in (
        ("init", *PERSON),
        ("user", "add", "bob@example.com", "--name", "Bob \x1b[31mStone"),
        ("token", "create", "--user", "bob@example.com", "--name", "nightly"),
        ("token", "revoke", "2"),
        ("user", "link", "bob@example.com"),
    ):
        done = run(made, *command)
        assert done.exit_code == 0, done.output
    return made


def told(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    done = run(folder, "audit", "--json", *arguments)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_a_table_for_people(folder: Path) -> None:
    done = run(folder, "audit")
    assert done.exit_code == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["AT", "WHO", "BY", "FROM", "WHAT"]
    assert [line[head.index("WHAT") :] for line in lines] == [
        f"{NAME} at the command line made a link that signs Bob ?[31mStone in",
        f"{NAME} at the command line revoked token 2 “nightly”",
        f"{NAME} at the command line created token 2 “nightly”",
        f"{NAME} at the command line created user 2 “Bob ?[31mStone”",
        f"{NAME} at the command line created token 1 “first”",
        f"{NAME} at the command line created user 1 “Ann Lee”",
    ]
    assert {line[head.index("FROM") : head.index("WHAT")].strip() for line in lines} == {f"os:{NAME}"}


def test_json_has_what_was_changed_and_no_secret(folder: Path) -> None:
    rows = told(folder)
    assert [row["sequence"] for row in rows] == [6, 5, 4, 3, 2, 1]
    (revoked,) = rows[1]["fields"]
    assert (revoked["name"], revoked["before"]) == ("revoked_at", None)
    assert not any(secret in json.dumps(rows) for secret in ("digest", "sealed"))


def test_filters(folder: Path) -> None:
    numbers = {
        ("--entity", "token"): [5, 4, 2],
        ("--entity", "token:2"): [5, 4],
        ("--entity", "token", "--action", "created"): [4, 2],
        ("--via", "command line", "--limit", "2"): [6, 5],
        ("--address", f"os:{NAME}", "--surface", "command line", "--since", "1h"): [6, 5, 4, 3, 2, 1],
        ("--address", "203.0.113.9"): [],
        ("--user", "ann@example.com"): [],
        ("--token", "1"): [],
        ("--until", "2001-01-01", "--since", "2000-01-01"): [],
        ("--since", "2999-01-01"): [],
    }
    assert {given: [row["sequence"] for row in told(folder, *given)] for given in numbers} == numbers


def test_nothing_is_said_in_words(folder: Path) -> None:
    done = run(folder, "audit", "--entity", "webhook")
    assert done.stdout == "Nothing of that was done since 7d.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "yesterday"), "is no time"),
        (("--entity", "Token 3"), "is no kind of thing"),
        (("--via", "mail"), "is no way in"),
        (("--user", "nobody@example.com"), "There is no user"),
        (("--account", "Other"), "There is no account"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(folder, "audit", *arguments)
    assert done.exit_code == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
