"""``dayline copy`` as people run it: what it says, what it refuses, and that what was served is served again."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.postgres import Server
from tests.test_commands import begin, run, serving

PATHS = (
    "/api/v2/activities?limit=100&sort_by=due_date",
    "/dayline/v1/activities?limit=50&include=names",
    "/dayline/v1/activities?q=roof&deleted=false",
    "/dayline/v1/records?limit=500",
    "/dayline/v1/users",
    "/dayline/v1/activity-types",
    "/dayline/v1/tokens",
)


@pytest.fixture
def url(postgres: Server) -> str:
    postgres.drop("copied")
    return postgres.create("copied")


def answers(folder: Path, token: str, *arguments: str) -> list[tuple[int, bytes]]:
    """What a server on a database answers, each list to its end."""
    told: list[tuple[int, bytes]] = []
    with (
        serving(folder, *arguments) as (_, address, _said),
        httpx2.Client(base_url=address, headers={"x-api-token": token}, timeout=30) as client,
    ):
        for path in PATHS:
            following: str | None = path
            while following is not None:
                answer = client.get(following)
                told.append((answer.status_code, answer.content))
                following = _next(path, answer.json())
    return told


def _next(path: str, answer: dict[str, Any]) -> str | None:
    cursor = answer.get("next_cursor") or answer.get("additional_data", {}).get("next_cursor")
    return f"{path}{'&' if '?' in path else '?'}cursor={cursor}" if cursor else None


def test_what_was_served_is_served_again(tmp_path: Path, url: str) -> None:
    with serving(tmp_path, "--demo") as (_, _address, said):
        token = said.partition("token     ")[2].split()[0]
    before = answers(tmp_path, token)
    source = ("--from", "sqlite:///dayline.db")
    first = run("copy", *source, "--to", url, folder=tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert "the same on both sides" in first.stdout
    again = run("copy", *source, "--to", url, folder=tmp_path)
    assert (again.returncode, "nothing to change" in again.stdout) == (0, True)
    assert first.stdout.rpartition("sha256")[2] == again.stdout.rpartition("sha256")[2]
    there = answers(tmp_path, token, "--database", url)
    assert len(before) > len(PATHS)
    assert [status for status, _ in before] == [200] * len(before)
    differing = [place for place, pair in enumerate(zip(before, there, strict=True)) if pair[0] != pair[1]]
    tokens = len(before) - 1  # the list of tokens tells when each was used last, which goes on
    assert differing in ([], [tokens])
    back = run("copy", "--from", url, "--to", "sqlite:///back.db", folder=tmp_path)
    assert (back.returncode, "the same on both sides" in back.stdout) == (0, True)


def test_what_it_refuses(tmp_path: Path, url: str) -> None:
    begin(tmp_path)
    for source, target, said in (
        ("sqlite:///dayline.db", "sqlite:///dayline.db", "Both databases are the same"),
        ("sqlite:///nowhere.db", url, "is not a database of Dayline's"),
        ("sqlite:///dayline.db", "mysql://x", "is not a database URL"),
        ("sqlite:///dayline.db", "postgresql://a:secret@127.0.0.1:1/x", "cannot be reached"),
    ):
        done = run("copy", "--from", source, "--to", target, folder=tmp_path)
        assert done.returncode == 1
        assert said in " ".join(done.stderr.split())
        assert "secret" not in done.stderr + done.stdout
    assert not (tmp_path / "nowhere.db").exists()
    named = run("copy", "--from", "sqlite:///dayline.db", "--to", url, "--account", "Nobody", folder=tmp_path)
    assert (named.returncode, "no account named 'Nobody'" in named.stderr) == (1, True)
