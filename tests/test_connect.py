"""``dayline connect``, ``connections``, ``rekey`` and ``log``, as processes, against the sandboxes of the vendors."""

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from dayline.app import CONNECTORS
from dayline.cli.connect import PREFIX, gathered
from dayline.cli.frame import NotSo
from dayline.cli.remote_log import instant
from dayline.cli.sandbox import PORTS, sandbox_of
from dayline.domain.errors import Invalid
from dayline.remote.connector import Ask
from dayline.remote.sandbox import Sandbox
from dayline.remote.standing import standing
from dayline.service.vault import Keyring
from tests.cast import KEY, START
from tests.postgres import Server
from tests.test_commands import begin, run, serving

SECRET = "s3cr3t-0f-theirs"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY = "019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e3f"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new database in it."""
    folder = tmp_path_factory.mktemp("template")
    begin(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, template: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(template, tmp_path / "here"))


class Vendor:
    """A sandbox that runs, and what a person says to connect to it."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox, self.url = sandbox, url

    @property
    def environment(self) -> dict[str, str]:
        answers = {f"{PREFIX}{name.upper()}": value for name, value in self.sandbox.context().items()}
        return {**answers, "DAYLINE_OUTBOUND_ALLOW": urlsplit(self.url).netloc}

    def connect(self, folder: Path, *more: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        given = ("--tenant", "acme-1", "--base-url", self.url, "--json", *more)
        return run("connect", self.sandbox.vendor, *given, folder=folder, **{**self.environment, **environment})


@pytest.fixture(params=sorted(PORTS))
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    """Each vendor in turn."""
    sandbox = sandbox_of(request.param, SECRET)
    with standing(sandbox) as url:
        yield Vendor(sandbox, url)


@pytest.fixture
def lever() -> Iterator[Vendor]:
    """One of them."""
    sandbox = sandbox_of("lever", SECRET)
    with standing(sandbox) as url:
        yield Vendor(sandbox, url)


def sealed_nowhere(folder: Path, *secrets: str) -> None:
    """No file in the folder, the database and its log among them, has one of these; but a key file has its key."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "dayline.db" for path in files)
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, path
            assert secret.encode().hex().encode() not in content, path


def listed(folder: Path, *arguments: str) -> list[dict[str, object]]:
    done = run("connections", "list", "--json", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_is_tried_and_stored_sealed(folder: Path, vendor: Vendor) -> None:
    done = vendor.connect(folder, "--label", "Acme, Inc.")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["integration"], told["tenant_id"], told["status"]) == (vendor.sandbox.vendor, "acme-1", "active")
    assert UUID.fullmatch(told["id"])
    assert len(vendor.sandbox.requests) == 1  # it was asked
    assert vendor.sandbox.written == []
    assert stat.S_IMODE((folder / "dayline.key").stat().st_mode) == 0o600
    (one,) = listed(folder)
    assert (one["id"], one["label"], one["base_url"]) == (told["id"], "Acme, Inc.", vendor.url)
    assert one["credentials"] == ["api_key"]
    assert "api_key" not in dict(one["context"])  # type: ignore[call-overload]
    shown = run("connections", "show", told["id"], folder=folder)
    assert "acme-1" in shown.stdout
    plain = run("connections", "list", folder=folder).stdout
    sealed_nowhere(folder, SECRET)
    for seen in (done.stdout, done.stderr, shown.stdout, plain, str(one)):
        assert SECRET not in seen


def test_a_wrong_credential_is_told_and_not_stored(folder: Path, vendor: Vendor) -> None:
    wrong = "wr0ng-cr3dential"
    done = vendor.connect(folder, **{f"{PREFIX}API_KEY": wrong})
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert "did not accept this" in said
    assert "Nothing was stored." in said
    assert wrong not in done.stderr + done.stdout
    assert listed(folder) == []
    sealed_nowhere(folder, wrong)


def test_what_cannot_be_reached_is_told(folder: Path, lever: Vendor) -> None:
    refused = lever.connect(folder, DAYLINE_OUTBOUND_ALLOW="")
    assert refused.returncode == 1
    assert "could not be asked" in " ".join(refused.stderr.split())
    assert "DAYLINE_OUTBOUND_ALLOW" in refused.stderr
    assert lever.sandbox.requests == []
    lever.sandbox.fail("torn_before", times=9)
    torn = lever.connect(folder)
    assert torn.returncode == 1
    assert "could not be asked" in " ".join(torn.stderr.split())
    assert listed(folder) == []


def test_new_credentials_for_the_same_account(folder: Path, lever: Vendor) -> None:
    id_ = json.loads(lever.connect(folder).stdout)["id"]
    wrong = lever.connect(folder, "--again", id_, **{f"{PREFIX}API_KEY": "wr0ng-cr3dential"})
    assert wrong.returncode == 1
    assert [one["status"] for one in listed(folder)] == ["active"]  # the old one is good still
    (folder / "dayline.key").unlink()  # and even if the key is lost
    lost = lever.connect(folder, "--again", id_)
    assert "bring it back" in " ".join(lost.stderr.split())
    key = {"DAYLINE_SECRET_KEY": KEY}
    again = lever.connect(folder, "--again", id_, **key)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["id"] == id_
    doctor = run("doctor", folder=folder, **key)
    assert "of 1 accounts and webhooks, with the key of DAYLINE_SECRET_KEY" in " ".join(doctor.stdout.split())
    mixed = run("connect", "ashby", "--again", id_, folder=folder, **key, **lever.environment)
    assert f"{id_} is of lever" in " ".join(mixed.stderr.split())
    nobody = lever.connect(folder, "--again", NOBODY, **key)
    assert "not found" in nobody.stderr


def test_what_else_is_named_changes_with_the_credentials(folder: Path, lever: Vendor) -> None:
    id_ = json.loads(lever.connect(folder, "--label", "Before").stdout)["id"]
    moved = sandbox_of("lever", "an0ther-s3cret")
    with standing(moved) as url:
        there = Vendor(moved, url)
        assert there.connect(folder, "--again", id_, "--tenant", "acme-2", "--sandbox").returncode == 0
        (one,) = listed(folder)
        assert (one["base_url"], one["tenant_id"], one["label"], one["is_sandbox"]) == (url, "acme-2", "Before", True)
        assert len(moved.requests) == 1
        assert run("connect", "lever", "--again", id_, folder=folder, **there.environment).returncode == 0
        assert listed(folder)[0]["base_url"] == url
    assert len(lever.sandbox.requests) == 1  # the new key is not sent to the old address


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("workday", "--tenant", "a"), {}, "it connects to ashby, lever, recruitee"),
        (("lever", "--tenant", "a"), {}, "Lever needs DAYLINE_CONNECT_API_KEY"),
        (("lever", "--tenant", "a", "--set", "api_key=x"), {}, "is a secret"),
        (("lever", "--tenant", "a", "--set", "company_id=1"), {}, "--set takes nothing for Lever"),
        (("recruitee", "--tenant", "a", "--set", "nothing"), {}, "--set takes company_id=…"),
        (("recruitee", "--tenant", "a"), {f"{PREFIX}API_KEY": "x"}, "DAYLINE_CONNECT_COMPANY_ID"),
        (("lever",), {f"{PREFIX}API_KEY": "x"}, "--tenant"),
        (("lever", "--tenant", "a", "--base-url", "ftp://a"), {f"{PREFIX}API_KEY": "x"}, "base_url"),
        (("lever", "--tenant", "a"), {"DAYLINE_SECRET_KEY": "short"}, "openssl rand -hex 32"),
        (("lever", "--tenant", "a"), {"DAYLINE_SECRET_KEY_FILE": "no.key"}, "no key file no.key"),
        (("lever", "--tenant", "a"), {"DAYLINE_SECRET_KEY_FILE": "a", "DAYLINE_SECRET_KEY": "b"}, "leave out one"),
    ],
)
def test_what_is_missing_is_said(
    template: Path, arguments: tuple[str, ...], environment: Mapping[str, str], words: str
) -> None:
    done = run("connect", *arguments, folder=template, **environment)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_on_postgresql_a_key_is_needed(tmp_path: Path, postgres: Server, postgres_template: str, lever: Vendor) -> None:
    postgres.drop("connect_command")
    url = postgres.create("connect_command", postgres_template)
    begin(tmp_path, "--database", url)
    without = lever.connect(tmp_path, "--database", url)
    assert without.returncode == 1
    assert "openssl rand -hex 32" in " ".join(without.stderr.split())
    assert lever.sandbox.requests == []  # nobody was asked for what could not be kept
    file = tmp_path / "secret.key"
    file.write_text(f"{KEY}\n")
    done = lever.connect(tmp_path, "--database", url, DAYLINE_SECRET_KEY_FILE=str(file))
    assert done.returncode == 0, done.stderr
    assert [one["tenant_id"] for one in listed(tmp_path, "--database", url)] == ["acme-1"]


def test_it_is_removed(folder: Path, lever: Vendor) -> None:
    ids = [json.loads(lever.connect(folder).stdout)["id"] for _ in range(2)]
    assert [one["id"] for one in listed(folder)] == ids
    assert listed(folder, "--tenant", "nobody") == listed(folder, "--integration", "ashby") == []
    gone = run("connections", "remove", ids[0], folder=folder)
    assert "no longer connected" in gone.stdout
    assert [one["id"] for one in listed(folder, "--integration", "lever")] == ids[1:]
    for command in ("remove", "show"):
        assert "not found" in run("connections", command, ids[0], folder=folder).stderr


def test_a_new_key_beside_the_old_one(folder: Path, lever: Vendor) -> None:
    for _ in range(3):
        assert lever.connect(folder).returncode == 0
    (old,) = (folder / "dayline.key").read_text().split()
    again = run("rekey", folder=folder)
    assert "0 integrated accounts are sealed anew, 3 were already." in again.stdout
    done = run("rekey", "--new-key", folder=folder)
    assert "3 integrated accounts are sealed anew, 0 were already." in done.stdout
    new, kept = (folder / "dayline.key").read_text().split()
    assert kept == old != new
    only_new = {"DAYLINE_SECRET_KEY": new}
    found = run("doctor", folder=folder, **only_new).stdout
    assert "of 3 accounts and webhooks, with the key" in " ".join(found.split())
    assert old not in done.stdout + done.stderr + found
    refused = run("rekey", "--new-key", folder=folder, **only_new)
    assert "cannot change" in " ".join(refused.stderr.split())
    lost = run("rekey", folder=folder, DAYLINE_SECRET_KEY=old)
    assert lost.returncode == 1
    assert "3 cannot be opened" in " ".join(lost.stderr.split())


def test_keys_that_are_made_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "dayline.key"
    Keyring(path=path, makes=True).make()
    with ThreadPoolExecutor(8) as several:
        made = {key.id for key in several.map(lambda _: Keyring(path=path).add(), range(8))}
    assert made <= {key.id for key in Keyring(path=path).held()}
    assert len(made) == 8


def test_the_key_is_changed_beside_a_running_server(folder: Path, lever: Vendor) -> None:
    id_ = json.loads(lever.connect(folder).stdout)["id"]
    issued = run("token", "create", "--user", "ann@example.com", folder=folder).stdout
    token = re.search(r"dl_1_[0-9a-f]{64}", issued)[0]  # type: ignore[index]
    query = {"integrated_account_id": id_, "candidate_id": lever.sandbox.candidates()[0].id}
    with serving(folder, **lever.environment) as (_, address, _):

        def ask() -> int:
            headers = {"authorization": f"Bearer {token}"}
            return httpx2.get(f"{address}/unified/ats/activities", params=query, headers=headers).status_code

        assert ask() == 200
        assert "1 integrated accounts are sealed anew" in run("rekey", "--new-key", folder=folder).stdout
        assert ask() == 200
        new, _ = (folder / "dayline.key").read_text().split()
        (folder / "dayline.key").write_text(new)  # the old one goes
        assert ask() == 200


def test_the_doctor_looks_at_the_key(folder: Path, lever: Vendor) -> None:
    assert "nothing is sealed, and there is no key yet" in " ".join(run("doctor", folder=folder).stdout.split())
    id_ = json.loads(lever.connect(folder).stdout)["id"]
    key = folder / "dayline.key"
    assert "of 1 accounts and webhooks, with the key of dayline.key" in " ".join(
        run("doctor", folder=folder).stdout.split()
    )
    key.chmod(0o640)
    done = run("doctor", folder=folder)
    assert (done.returncode, "chmod 600" in done.stdout) == (1, True)
    key.chmod(0o600)
    key.write_text(f"{KEY}\n{key.read_text()}")
    assert "run `dayline rekey`" in " ".join(run("doctor", folder=folder).stdout.split())
    key.write_text(KEY)
    done = run("doctor", folder=folder)
    assert done.returncode == 1
    assert id_ in done.stdout
    key.unlink()
    assert run("doctor", folder=folder).returncode == 1
    assert not key.exists()  # to look makes nothing
    done = run("doctor", folder=folder, DAYLINE_SECRET_KEY="x")
    assert (done.returncode, "openssl" in done.stdout) == (1, True)


def test_a_secret_is_in_no_log_and_every_call_is(folder: Path, vendor: Vendor) -> None:
    """With a server that says as much as it can, through a call that is done, one that is torn and one refused."""
    id_ = json.loads(vendor.connect(folder).stdout)["id"]
    issued = run("token", "create", "--user", "ann@example.com", folder=folder).stdout
    token = re.search(r"dl_1_[0-9a-f]{64}", issued)[0]  # type: ignore[index]
    note = {"candidate_id": vendor.sandbox.candidates()[0].id, "body": "A n0te that is nobody's"}
    with serving(folder, **vendor.environment, DAYLINE_LOG_LEVEL="debug") as (_, address, _):
        headers = {"authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
            asked = {"params": {"integrated_account_id": id_}, "json": note}
            assert client.post("/unified/ats/activities", **asked).is_success  # type: ignore[arg-type]
            for fault in ("torn_after_write", "401"):
                vendor.sandbox.fail(fault)
                assert client.post("/unified/ats/activities", **asked).is_error  # type: ignore[arg-type]
            made = client.post("/integrated-account/token", json={"integrated_account_id": id_}).json()
            credential = made["integrated_account_token"]
            own = client.get("/integrated-account/me", headers={"authorization": f"Bearer {credential}"})
            assert own.json()["status"] == "needs_reauth"
            assert SECRET not in own.text
    said = (folder / "log").read_text()
    assert "/unified/ats/activities" in said
    sealed_nowhere(folder, SECRET, credential, note["body"])
    lines = [json.loads(line) for line in run("log", "--json", folder=folder).stdout.splitlines()]
    assert [(line["operation"], (line["status"] or 0) // 100) for line in lines] == [
        ("create", 4),
        ("create", 0),
        ("create", 2),
    ]
    table = run("log", "--failed", "--connection", id_, folder=folder).stdout
    assert len(table.splitlines()) == 2
    assert "no answer" in table
    (one,) = listed(folder)
    assert one["status"] == "needs_reauth"
    assert one["last_error"]
    for seen in (table, str(lines), str(one)):
        assert SECRET not in seen


def test_the_log_of_an_empty_day(folder: Path) -> None:
    assert run("log", folder=folder).stdout == ""
    assert run("log", "--json", "--failed", "--since", "7d", "--status", "429", folder=folder).returncode == 0
    wrong = run("log", "--since", "yesterday", folder=folder)
    assert "say 30m, 2h or 7d" in " ".join(wrong.stderr.split())


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", START - 90_000),
        ("2h", START - 7_200_000),
        ("7d", START - 604_800_000),
        ("2026-11-21", START),
        ("2026-11-21T00:00:01Z", START + 1_000),
    ],
)
def test_how_far_back(text: str, ms: int) -> None:
    assert instant(text, START) == ms


def test_what_is_asked_at_a_terminal() -> None:
    asked: list[str] = []

    def ask(one: Ask) -> str:
        asked.append(one.name)
        return f" {one.name}-told "

    given = gathered(CONNECTORS["recruitee"], ["company_id=12"], {}, ask)
    assert (asked, given.context, given.secrets) == (["api_key"], {"company_id": "12"}, {"api_key": "api_key-told"})
    assert "told" not in repr(given)
    again = gathered(CONNECTORS["recruitee"], [], {}, ask, again=True)
    assert again.context == {}  # what is no secret stays
    with pytest.raises(Invalid, match=r"credentials\.api_key"):
        gathered(CONNECTORS["lever"], [], {f"{PREFIX}API_KEY": "a\nb"}, None)
    with pytest.raises(NotSo, match="run this at a terminal"):
        gathered(CONNECTORS["lever"], [], {}, lambda _: "  ")
