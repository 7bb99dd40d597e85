"""``dayline doctor`` on PostgreSQL, as a process: it finds what is wrong, says what to do, and keeps the password."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from dayline.store.tables import REFERENCE, metadata
from tests.docs import ROOT
from tests.postgres import Pooler, Server, as_root, wheels_binaries
from tests.test_commands import PERSON, begin, run

Ask = Callable[..., tuple[int, dict[str, str]]]
_numbers = count(1)


@pytest.fixture
def url(postgres: Server, postgres_template: str) -> Iterator[str]:
    """A database of this test's own, with the newest schema and no account."""
    name = f"doctor_{next(_numbers)}"
    yield postgres.create(name, postgres_template)
    postgres.drop(name)


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask the doctor; give the exit status, and each finding with its advice by what was looked at."""

    def asked(url: str, **environment: str) -> tuple[int, dict[str, str]]:
        done = run("doctor", "--database", url, folder=tmp_path, **environment)
        assert "Traceback" not in done.stderr
        for secret in ("of the tests", "of%20the%20tests", "sesame"):
            assert secret not in done.stdout + done.stderr
        findings: dict[str, str] = {}
        for line in done.stdout.splitlines():
            what = line[7:21].strip()
            if what:
                findings[what] = f"{line[:5].strip()} {line[22:]}"
            else:
                findings[list(findings)[-1]] += line
        return done.returncode, findings

    return asked


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def verdicts(findings: dict[str, str], verdict: str) -> set[str]:
    return {what for what, how in findings.items() if how.startswith(verdict)}


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server that keeps what it was given, as one in earnest does."""
    server = Server(wheels_binaries(), settings={"fsync": "on", "full_page_writes": "on", "max_connections": "20"})
    yield server
    server.close()


def test_where_nothing_is_wrong_nothing_is_found_and_a_standby_takes_no_writes(
    ask: Ask, own: Server, tmp_path: Path
) -> None:
    url = own.create("sound")
    begin(tmp_path, "--database", url)
    status, findings = ask(url)
    assert (status, verdicts(findings, "ok")) == (0, set(findings)), findings
    assert set(findings) == {
        *("configuration", "database", "writes", "clock", "connections", "durability"),
        *("schema", "accounts", "rights", "second wall", "attachments", "credentials"),
        *("jobs", "webhooks", "change log", "metrics", "traces"),
    }
    assert "PostgreSQL 18." in findings["database"]
    assert "room for 17" in findings["connections"]
    own.kill()
    (own.data / "standby.signal").touch()
    own.start()
    status, findings = ask(url)
    assert (status, verdicts(findings, "fail")) == (1, {"writes"}), findings
    assert "standby" in findings["writes"]


def test_behind_a_pgbouncer_it_sees_the_same(ask: Ask, postgres: Server, url: str) -> None:
    pooler = Pooler(postgres) if Pooler.BINARY.exists() else None
    port = postgres.port if pooler is None else pooler.port
    try:
        status, findings = ask(url.replace(f":{postgres.port}/", f":{port}/"), DAYLINE_PGBOUNCER="1")
    finally:
        if pooler is not None:
            pooler.close()
    assert status == 0
    assert "PgBouncer" in findings["connections"]
    assert findings["second wall"].startswith("ok")


def test_a_server_that_is_away_is_told(ask: Ask, postgres: Server, url: str) -> None:
    for there, told in (
        (url.replace(f":{postgres.port}/", ":1/"), "cannot be reached"),
        (url.replace(name_of(url), "nowhere"), "There is no such database"),
        (f"postgresql://127.0.0.1:{postgres.port}/nowhere?user=root&password=sesame", "There is no such database"),
        ("postgresql://dayline:open/sesame@127.0.0.1/dayline", "cannot be read"),
        ("postgresql://dayline:open#sesame@127.0.0.1/dayline", "cannot be read"),
        ("mysql://dayline:sesame@127.0.0.1/dayline", "not a database URL"),
    ):
        status, findings = ask(there)
        assert (status, verdicts(findings, "fail")) == (1, {"database"}), there
        assert told in findings["database"]


def test_a_login_above_the_policies_is_told(ask: Ask, postgres: Server, url: str) -> None:
    status, findings = ask(as_root(url))
    assert (status, findings["second wall"].split(":")[0]) == (0, "warn absent")
    assert "root is a superuser" in findings["second wall"]
    postgres.ask("CREATE ROLE beyond LOGIN BYPASSRLS")
    postgres.ask("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO beyond", name_of(url))
    try:
        status, findings = ask(f"postgresql://beyond@127.0.0.1:{postgres.port}/{name_of(url)}")
        assert (status, findings["second wall"].split(":")[0]) == (0, "warn absent")
        assert "NOBYPASSRLS" in findings["second wall"]
    finally:
        postgres.ask("DROP OWNED BY beyond; DROP ROLE beyond", name_of(url))


@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE links DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE links NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY account ON links",
        "CREATE POLICY more ON links USING (true)",
        "CREATE POLICY more ON links FOR INSERT WITH CHECK (true)",
        "ALTER POLICY account ON links USING (account_id > 0)",
        "ALTER POLICY account ON links WITH CHECK (true)",
        "ALTER TABLE links RENAME TO chains",
    ],
)
def test_a_hole_in_the_second_wall_is_told(ask: Ask, postgres: Server, url: str, damage: str) -> None:
    postgres.ask(damage, name_of(url))
    status, findings = ask(url)
    assert status == 1
    assert findings["second wall"].startswith("fail row-level security is not in force on links ")


@pytest.mark.parametrize(
    ("revision", "told"),
    [
        ("0001", "warn 0001, not 0002"),
        ("0002", "ok 0002, the newest"),
        ("0999", "ok 0999, of a newer"),
        ("1000", "fail 1000"),
    ],
)
def test_the_schema_is_told(ask: Ask, postgres: Server, url: str, revision: str, told: str) -> None:
    postgres.ask(f"UPDATE alembic_version SET version_num = '{revision}'", name_of(url))
    status, findings = ask(url)
    assert findings["schema"].startswith(told)
    assert status == told.startswith("fail")
    assert ("second wall" in findings) is (not told.startswith("fail"))


def test_a_database_without_a_schema_is_told(ask: Ask, postgres: Server) -> None:
    url = postgres.create("bare")
    status, findings = ask(url)
    postgres.drop("bare")
    assert (status, verdicts(findings, "fail")) == (1, {"schema"})
    assert "dayline init" in findings["schema"]


def test_a_login_without_rights_is_told_and_the_advice_helps(ask: Ask, postgres: Server, url: str) -> None:
    postgres.ask('CREATE ROLE "Just In" LOGIN')
    theirs = f"postgresql://Just%20In@127.0.0.1:{postgres.port}/{name_of(url)}"
    try:
        status, findings = ask(theirs)
        assert (status, verdicts(findings, "fail")) == (1, {"schema"})
        postgres.ask('GRANT SELECT ON alembic_version TO "Just In"', name_of(url))
        status, findings = ask(theirs)
        assert (status, verdicts(findings, "fail")) == (1, {"accounts", "rights"})
        postgres.ask(findings["rights"].partition("owner: ")[2], name_of(url))
        status, findings = ask(theirs)
        assert (status, verdicts(findings, "fail")) == (0, set())
        assert "could take that down" not in findings["second wall"]
    finally:
        postgres.ask('DROP OWNED BY "Just In"; DROP ROLE "Just In"', name_of(url))


@pytest.mark.parametrize(
    ("setting", "what", "told"),
    [
        ("synchronous_commit = off", "durability", "warn synchronous_commit is off"),
        ("default_transaction_read_only = on", "writes", "fail transactions are read-only"),
    ],
)
def test_a_setting_that_is_wrong_is_told(
    ask: Ask, postgres: Server, url: str, setting: str, what: str, told: str
) -> None:
    postgres.ask(f"ALTER DATABASE {name_of(url)} SET {setting}")
    status, findings = ask(url)
    assert (status, findings[what].startswith(told)) == (told.startswith("fail"), True), findings


def test_a_server_that_does_not_sync_is_told(ask: Ask, url: str) -> None:
    status, findings = ask(url)  # that of the tests
    assert (status, verdicts(findings, "warn")) == (0, {"durability", "accounts"})
    assert "fsync is off" in findings["durability"]
    assert "full_page_writes is off" in findings["durability"]


def test_too_many_connections_are_told(ask: Ask, postgres: Server, url: str) -> None:
    status, findings = ask(url, DAYLINE_CONNECTIONS="500")
    assert (status, verdicts(findings, "fail")) == (1, {"connections"})
    assert "room for 197" in findings["connections"]
    postgres.ask(f"ALTER DATABASE {name_of(url)} CONNECTION LIMIT 4")
    assert "room for 4" in ask(url)[1]["connections"]


def test_a_clock_that_differs_is_told(ask: Ask, postgres: Server, url: str) -> None:
    postgres.ask(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
        " AS 'SELECT pg_catalog.clock_timestamp() - interval ''1 hour'''",
        name_of(url),
    )
    postgres.ask(f"ALTER DATABASE {name_of(url)} SET search_path = public, pg_catalog")
    status, findings = ask(url)
    assert status == 0
    assert findings["clock"].startswith("warn the server's is 3,600 s behind this machine's")


def test_another_encoding_is_told(ask: Ask, postgres: Server) -> None:
    url = postgres.create("latin", locale="ENCODING 'LATIN1'")
    status, findings = ask(url)
    postgres.drop("latin")
    assert status == 1
    assert findings["database"].startswith("fail")
    assert "LATIN1" in findings["database"]


def test_the_roles_of_the_page_about_scaling_please_it(ask: Ask, postgres: Server, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "scaling.md").read_text()
    roles, grant = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)[:2]
    for statement in roles.strip().split("\n"):
        postgres.ask(statement)
    urls = re.findall(r"postgresql://\S+", page)
    serving, owner = (url.replace("db.example", f"127.0.0.1:{postgres.port}") for url in urls[:2])
    try:
        assert run("init", *PERSON, "--database", serving, folder=tmp_path, DAYLINE_MIGRATION_URL=owner).returncode == 0
        postgres.ask(grant, "dayline")
        status, findings = ask(serving)
        assert (status, verdicts(findings, "warn")) == (0, {"durability"})  # the server is that of the tests
        assert "could take that down" not in findings["second wall"]
    finally:
        postgres.drop("dayline")
        postgres.ask("DROP ROLE dayline_serving; DROP ROLE dayline_owner")


def test_the_page_about_scaling_knows_every_table() -> None:
    page = (ROOT / "docs" / "scaling.md").read_text()
    commands = page[page.index("SELECT create_reference_table") :].partition("```")[0]
    assert set(re.findall(r"'(\w+)'", commands)) == {*metadata.tables, "account_id"}
    assert set(re.findall(r"'(\w+)'", commands.partition(";")[0])) == REFERENCE
