"""Nothing is written without telling from where: over every operation of every surface, the page, and the commands."""

import os
import pwd
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from dayline import app
from dayline.cli import app as commands
from dayline.domain.origin import Origin, current_origin
from dayline.kit.dialect import PUBLIC, Dialect, NoQuery, Operation, Reply
from tests.house import living_town
from tests.test_commands import PERSON, begin, run, serving
from tests.web.browser import PASSWORD, Browser, browsing, give_password

OPERATOR = f"os:{pwd.getpwuid(os.geteuid()).pw_name}"


def test_every_operation_knows_from_where_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each handler is replaced by one that tells what it would write: that is what the property is about."""
    told: list[Origin] = []

    async def tell(_: Any) -> Reply:
        told.append(current_origin())
        return Reply(200, b"{}")

    def asked(operation: Operation) -> Operation:
        return replace(operation, handler=tell, query=NoQuery, body=None, form=None, urlencoded=False)

    def telling(dialect: Dialect) -> Dialect:
        return replace(dialect, operations=tuple(asked(one) for one in dialect.operations if one.scope != PUBLIC))

    monkeypatch.setattr(app, "DIALECTS", tuple(telling(dialect) for dialect in app.DIALECTS))
    with living_town(tmp_path, worker="0") as town, town.client(town.alice) as client:
        for dialect in app.DIALECTS:
            assert dialect.operations
            for operation in dialect.operations:
                path = "/".join("1" if part.startswith("{") else part for part in operation.path.split("/"))
                answer = client.request(operation.method, f"/{dialect.name}{path}")
                assert answer.status_code == 200, f"{operation.method} {path}: {answer.text}"
                assert told.pop() == Origin(dialect.name, "127.0.0.1", answer.headers["x-request-id"])
                assert told == []


def test_what_everybody_may_call_writes_nothing() -> None:
    """There is nobody in whose account it could."""
    public = {operation.name for dialect in app.DIALECTS for operation in dialect.operations if not operation.scope}
    assert public == {"health"}


def test_the_page_tells_from_where_it_is_used(tmp_path: Path) -> None:
    with living_town(tmp_path, worker="0") as town, browsing(town) as browser:
        give_password(town, town.alice)
        before = len(_rows(tmp_path / "dayline.db"))
        _use(browser)
        rows = _rows(tmp_path / "dayline.db")[before:]
    assert [row[:3] for row in rows] == [
        ("session", "refused", "page"),
        ("session", "created", "page"),
        ("password", "changed", "dayline"),
        ("session", "deleted", "page"),
        ("session", "created", "page"),
        ("session", "deleted", "page"),
    ]
    assert {row[3] for row in rows} == {"127.0.0.1"}
    assert all(row[4] for row in rows)


def _use(browser: Browser) -> None:
    assert browser.sign_in("alice@example.com", "wrong").status_code == 401
    assert browser.sign_in("alice@example.com").status_code == 200
    given = {"current": PASSWORD, "password": PASSWORD + "!"}
    assert browser.send("PUT", "/dayline/v1/users/me/password", json=given).status_code == 204
    assert browser.send("DELETE", "/session").status_code == 204
    browser.csrf = None
    assert browser.sign_in("alice@example.com", PASSWORD + "!").status_code == 200
    assert browser.send("DELETE", "/sessions").status_code == 204


def _rows(path: Path) -> list[tuple[str, ...]]:
    """What was done in the first account: to what, and from where."""
    with closing(sqlite3.connect(path)) as database:
        columns = "entity, action, surface, address, request_id"
        found = database.execute(f"SELECT {columns} FROM changes WHERE account_id = 1 ORDER BY sequence")
        return found.fetchall()


def test_every_command_tells_who_runs_it(tmp_path: Path) -> None:
    path = tmp_path / "dayline.db"
    deals, calls = tmp_path / "deals.jsonl", tmp_path / "calls.csv"
    deals.write_text('{"kind": "deal", "name": "A deal", "external_id": "d-1"}\n')
    calls.write_text("type,subject,owner\ncall,First,ann@example.com\n")
    for command in (
        ("init", *PERSON),
        ("user", "add", "bob@example.com", "--name", "Bob"),
        ("user", "role", "bob@example.com", "admin"),
        ("user", "link", "bob@example.com"),
        ("token", "create", "--user", "bob@example.com"),
        ("token", "revoke", "2"),
        ("records", "import", str(deals)),
        ("activities", "import", str(calls)),
        ("purge",),
    ):
        done = CliRunner().invoke(commands, [*command, "--database", f"sqlite:///{path}"])
        assert done.exit_code == 0, f"{command}: {done.output}"
    rows = _rows(path)
    assert {row[0] for row in rows} >= {"user", "token", "sign_in_link", "deal", "activity"}
    assert {(surface, address) for _, _, surface, address, _ in rows} == {("command line", OPERATOR)}
    assert current_origin() == Origin()  # none has left it behind


def test_sample_data_comes_from_the_command_line_and_requests_do_not(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as (_, address, _):
        token = (tmp_path / "dayline.db.token").read_text().strip()
        made = httpx2.post(f"{address}/api/v2/activities", json={}, headers={"x-api-token": token})
        assert made.is_success
    rows = _rows(tmp_path / "dayline.db")
    assert {(row[2], row[3]) for row in rows[:-1]} == {("command line", OPERATOR)}
    assert rows[-1][2:4] == ("pipedrive", "127.0.0.1")


def test_a_copy_keeps_what_was_told(tmp_path: Path) -> None:
    begin(tmp_path)
    source, target = tmp_path / "dayline.db", tmp_path / "other.db"
    done = run("copy", "--from", f"sqlite:///{source}", "--to", f"sqlite:///{target}", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert _rows(target) == _rows(source)


# -- behind a proxy ----------------------------------------------------------------------------------------------


FORWARDED = "198.51.100.66, 203.0.113.9"  # the first is what the caller claims, the second what the proxy saw


@pytest.mark.parametrize(
    ("settings", "header", "address"),
    [
        ({}, FORWARDED, "203.0.113.9"),
        ({}, "nonsense", ""),
        ({"DAYLINE_PROXIES": "10.0.0.0/8"}, FORWARDED, "127.0.0.1"),
        ({"DAYLINE_PROXIES": "none"}, FORWARDED, "127.0.0.1"),
        ({"DAYLINE_PROXIES": "10.0.0.0/8", "FORWARDED_ALLOW_IPS": "*"}, FORWARDED, "127.0.0.1"),
        ({"DAYLINE_PROXIES": "127.0.0.1, 203.0.113.0/24"}, FORWARDED, "198.51.100.66"),
    ],
)
def test_only_proxies_that_are_known_are_believed(
    tmp_path: Path, settings: dict[str, str], header: str, address: str
) -> None:
    token = str(begin(tmp_path)["token"])
    with serving(tmp_path, **settings) as (_, url, _):
        headers = {"x-api-token": token, "x-forwarded-for": header}
        assert httpx2.post(f"{url}/api/v2/activities", json={}, headers=headers).is_success
    assert _rows(tmp_path / "dayline.db")[-1][2:4] == ("pipedrive", address)


@pytest.mark.parametrize("proxies", ["everybody", "*", "10.0.0.1/8", "127.0.0.1 none"])
def test_a_proxy_is_an_address_or_a_network(tmp_path: Path, proxies: str) -> None:
    begin(tmp_path)
    done = run("serve", "--port", "0", folder=tmp_path, DAYLINE_PROXIES=proxies)
    assert done.returncode == 1
    assert "DAYLINE_PROXIES" in done.stderr
    assert "Traceback" not in done.stderr
