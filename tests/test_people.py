"""``dayline token`` and ``dayline user``, as processes on a real database, beside a running server."""

import re
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from dayline.store.store import KNOWN_SECONDS
from tests.test_commands import begin, run, serving

TOKEN = re.compile(r"dl_1_[0-9a-f]{64}")


def made(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stderr
    found = TOKEN.search(done.stdout)
    assert found is not None
    return found[0]


def test_a_token_is_made_listed_and_revoked_beside_a_running_server(tmp_path: Path) -> None:
    first = str(begin(tmp_path)["token"])
    with serving(tmp_path) as (_, address, _):
        token = made(run("token", "create", "--user", "ANN@example.com", "--name", "nightly", folder=tmp_path))
        asked = httpx2.get(f"{address}/api/v2/activities", headers={"x-api-token": token})
        assert asked.status_code == 200
        told = run("token", "list", folder=tmp_path).stdout
        assert re.search(r"2 +valid +ann@example.com +never used +nightly", told)
        assert token not in told
        assert run("token", "revoke", "2", folder=tmp_path).returncode == 0
        time.sleep(KNOWN_SECONDS)
        refused = httpx2.get(f"{address}/api/v2/activities", headers={"x-api-token": token})
        assert refused.status_code == 401
        still = httpx2.get(f"{address}/api/v2/activities", headers={"x-api-token": first})
        assert still.status_code == 200
    told = run("token", "list", folder=tmp_path).stdout
    assert re.search(r"2 +revoked", told)
    assert re.search(r"1 +valid +ann@example.com +used \d{4}", told)
    assert run("token", "revoke", "2", folder=tmp_path).returncode == 0


def test_a_token_may_do_less_and_end(tmp_path: Path) -> None:
    begin(tmp_path)
    lesser = made(run("token", "create", "--user", "ann@example.com", "--scope", "records:read", folder=tmp_path))
    assert run("get", "/dayline/v1/records", "--token", lesser, folder=tmp_path).returncode == 0
    assert "status 403" in run("get", "/api/v2/activities", "--token", lesser, folder=tmp_path).stderr
    made(run("token", "create", "--user", "ann@example.com", "--days", "1", folder=tmp_path))


def test_users_are_added_listed_and_given_roles(tmp_path: Path) -> None:
    begin(tmp_path)
    assert run("user", "add", "bob@example.com", "--name", "Bob Stone", folder=tmp_path).returncode == 0
    assert re.search(r"2 +member +bob@example.com +Bob Stone", run("user", "list", folder=tmp_path).stdout)
    assert "already" in run("user", "add", "BOB@example.com", "--name", "Bob", folder=tmp_path).stderr
    assert run("user", "role", "bob@example.com", "admin", folder=tmp_path).returncode == 0
    assert run("user", "role", "ann@example.com", "member", folder=tmp_path).returncode == 0
    last = run("user", "role", "bob@example.com", "member", folder=tmp_path)
    assert last.returncode == 1
    assert "only admin" in last.stderr
    assert re.search(r"2 +admin +bob@example.com", run("user", "list", folder=tmp_path).stdout)


def test_with_several_accounts_one_is_named(tmp_path: Path) -> None:
    begin(tmp_path)
    other = ("--account", "Other", "--user", "eve@example.com", "--name", "Eve")
    assert run("init", *other, folder=tmp_path).returncode == 0
    told = run("user", "list", folder=tmp_path)
    assert told.returncode == 1
    assert "'Acme', 'Other'" in told.stderr
    assert "eve@example.com" in run("user", "list", "--account", "Other", folder=tmp_path).stdout
    assert "no account named 'None'" in run("user", "list", "--account", "None", folder=tmp_path).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("token", "create", "--user", "nobody@example.com"), "there is ann@example.com"),
        (("token", "create", "--user", "ann@example.com", "--scope", "everything"), "is no scope"),
        (("token", "revoke", "99"), "There is no token 99"),
        (("user", "role", "nobody@example.com", "admin"), "There is no user"),
        (("user", "add", "nobody", "--name", "x"), "email address"),
    ],
)
def test_what_cannot_be_is_explained(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    begin(tmp_path)
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
