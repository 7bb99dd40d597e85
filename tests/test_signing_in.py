"""``dayline user add --password``, ``passwd`` and ``link``, as processes, beside a running server and a browser."""

import re
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.test_commands import DAYLINE, begin, run, serving

PASSWORD = "correct horse battery staple"
ANN, BOB = "ann@example.com", "bob@example.com"


def told(given: str, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command that reads its standard input."""
    return subprocess.run(
        [*DAYLINE, *arguments], cwd=folder, env={}, input=given, capture_output=True, text=True, timeout=60, check=False
    )


def sign_in(address: str, email: str, password: str) -> httpx2.Response:
    body = {"email": email, "password": password}
    return httpx2.post(f"{address}/session", json=body, headers={"origin": address}, timeout=30)


def test_a_password_opens_the_page(tmp_path: Path) -> None:
    begin(tmp_path)
    added = told(f"{PASSWORD}\n", "user", "add", BOB, "--name", "Bob", "--password", folder=tmp_path)
    assert added.returncode == 0, added.stderr
    assert PASSWORD not in added.stdout + added.stderr
    with serving(tmp_path) as (_, address, _):
        first = sign_in(address, BOB, PASSWORD)
        assert first.json()["user"]["name"] == "Bob"
        assert sign_in(address, ANN, PASSWORD).status_code == 401
        changed = told("another password\n", "user", "passwd", "BOB@example.com", folder=tmp_path)
        assert changed.returncode == 0, changed.stderr
        assert changed.stdout == f"{BOB} has a new password; whoever was signed in as him is not any more.\n"
        cookie = {"cookie": first.headers["set-cookie"].partition(";")[0]}
        assert httpx2.get(f"{address}/session", headers=cookie).status_code == 401
        assert sign_in(address, BOB, PASSWORD).status_code == 401
        assert sign_in(address, BOB, "another password").status_code == 200
    assert PASSWORD not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("given", "words"), [("", "no password"), ("short\n", "10 to 1024"), (f"{BOB}\n", "first thing")]
)
def test_what_is_no_password_adds_nobody(tmp_path: Path, given: str, words: str) -> None:
    begin(tmp_path)
    done = told(given, "user", "add", BOB, "--name", "Bob", "--password", folder=tmp_path)
    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
    assert BOB not in run("user", "list", folder=tmp_path).stdout


def test_a_link_opens_it_once(tmp_path: Path) -> None:
    begin(tmp_path)
    with serving(tmp_path) as (_, address, _):
        link = run("user", "link", ANN, "--url", address, folder=tmp_path).stdout.strip()
        assert re.fullmatch(re.escape(address) + r"/sign-in/dk_1_[0-9a-f]{64}", link)
        assert httpx2.get(link).status_code == 303
        assert httpx2.get(link).status_code == 410
        secret = link.rpartition("/")[2]
    assert secret not in (tmp_path / "log").read_text()
    assert "no user" in run("user", "link", BOB, folder=tmp_path).stderr


def test_a_link_leads_to_where_the_server_is_reached(tmp_path: Path) -> None:
    begin(tmp_path)
    for environment, start in (
        ({}, "http://127.0.0.1:8000/sign-in/"),
        ({"DAYLINE_PORT": "9000"}, "http://127.0.0.1:9000/sign-in/"),
        ({"DAYLINE_PUBLIC_URL": "https://dayline.example"}, "https://dayline.example/sign-in/"),
    ):
        assert run("user", "link", ANN, folder=tmp_path, **environment).stdout.startswith(start)


def test_the_sample_data_comes_with_a_link(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as (_, address, said):
        link = re.search(r"page +(http://\S+/sign-in/\S+)", said)
        assert link is not None
        with httpx2.Client() as browser:
            assert browser.get(link[1]).status_code == 303
            told_ = browser.get(f"{address}/session").json()
    assert (told_["account"]["name"], told_["role"]) == ("Dayline Demo", "admin")
