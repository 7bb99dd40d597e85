"""``dayline doctor`` on jobs, webhooks, the change log, metrics and traces: it names what is in the way."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dayline.domain.delivery import Delivery
from dayline.domain.job import Job
from dayline.domain.record import new_uuid
from dayline.domain.time import DAY_MS
from dayline.domain.webhook import WebhookChange
from dayline.store.deliveries import ADD, rows_of
from tests.cast import KEY
from tests.events.conftest import listen
from tests.house import Town, living_town
from tests.test_commands import run

SECRET_PATH = "sesame-in-the-url"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with living_town(tmp_path, worker=False, outbound_allow="127.0.0.1") as running:
        yield running


def findings(town: Town, folder: Path, **environment: str) -> dict[str, str]:
    given = {"DAYLINE_SECRET_KEY": KEY, "DAYLINE_FILES": str(folder / "files"), **environment}
    done = run("doctor", "--database", town.database_url, folder=folder, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert SECRET_PATH not in done.stdout + done.stderr
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        what = line[7:21].strip()
        if what:
            found[what] = f"{line[:5].strip()} {line[22:]}"
        else:
            found[list(found)[-1]] += line
    return found


def job(town: Town, **fields: Any) -> None:
    given = {"lane": "tasks", "kind": "test", "dedupe": fields["id"], **fields}
    town.wait(town.service.store.jobs.put(town.alice.account_id, [Job(**given)]))


def test_a_house_in_order(town: Town, tmp_path: Path) -> None:
    found = findings(town, tmp_path)
    for what in ("jobs", "webhooks", "change log", "metrics", "traces"):
        assert found[what].startswith("ok"), found
    assert "DAYLINE_METRICS_TOKEN" in found["metrics"]
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in found["traces"]


def test_metrics_and_traces_that_are_told(town: Town, tmp_path: Path) -> None:
    asked = {
        "DAYLINE_METRICS_TOKEN": f"{SECRET_PATH}-token",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{SECRET_PATH}@127.0.0.1:9",
    }
    found = findings(town, tmp_path, **asked)
    assert "whoever has the token" in found["metrics"]
    assert "sent to where OTEL_EXPORTER_OTLP_ENDPOINT says" in found["traces"]


def test_what_is_given_up(town: Town, tmp_path: Path) -> None:
    job(town, id="a", due_at=town.service.store.clock(), state="dead")
    found = findings(town, tmp_path)
    assert found["jobs"].startswith("warn")
    assert "1 are given up" in found["jobs"]
    assert "dayline jobs retry" in found["jobs"]


def test_what_nobody_does(town: Town, tmp_path: Path) -> None:
    job(town, id="a", due_at=town.service.store.clock() - 3_600_000)
    found = findings(town, tmp_path)
    assert found["jobs"].startswith("warn")
    assert "nobody does it" in found["jobs"]
    assert "dayline worker" in found["jobs"]


def test_a_webhook_that_fails(town: Town, tmp_path: Path) -> None:
    store, account_id = town.service.store, town.alice.account_id
    webhook = town.wait(listen(town.service, town.alice, f"http://127.0.0.1:9/{SECRET_PATH}"))
    assert findings(town, tmp_path)["webhooks"] == "ok 1, and none fails"
    began = store.clock() - 7_200_000
    for at, outcome in ((began - 1000, "delivered"), (began, "failed"), (began + 60_000, "failed")):
        town.wait(store.jobs.end(account_id, [], ADD, rows_of(account_id, [_line(at, webhook.id, outcome)])))
    found = findings(town, tmp_path)["webhooks"]
    assert found.startswith("warn")
    assert f"{webhook.uuid} since" in found


def test_a_webhook_that_holds_the_change_log(town: Town, tmp_path: Path) -> None:
    webhook = town.wait(listen(town.service, town.alice, f"http://127.0.0.1:9/{SECRET_PATH}"))
    with town.client(town.alice) as alice:
        alice.post("/api/v2/activities", json={"subject": "Not told yet"})
    assert findings(town, tmp_path)["change log"].startswith("ok")
    with closing(sqlite3.connect(town.database_url.removeprefix("sqlite:///"))) as other, other:
        other.execute("UPDATE changes SET at = at - ?", (5 * DAY_MS,))
    found = findings(town, tmp_path)["change log"]
    assert found.startswith("warn")
    assert webhook.uuid in found
    job(town, id="b", lane=webhook.lane, kind="deliver", due_at=0, sequence=1, state="dead")
    assert "jobs of account" in findings(town, tmp_path)["change log"]
    pause = WebhookChange(active=False)
    town.wait(town.service.webhooks.change(town.alice.principal, webhook.id, pause, lambda made: made))
    assert findings(town, tmp_path)["change log"].startswith("ok")  # for one that rests nothing is kept


def _line(at: int, webhook_id: int, outcome: Any) -> Delivery:
    texts = dict.fromkeys(("request_headers", "request_body", "response_headers", "response_body", "error"), "")
    return Delivery(
        id=new_uuid(at),
        at=at,
        webhook_id=webhook_id,
        event_id="a",
        event="activity.created",
        entity="activity",
        entity_id=1,
        sequence=1,
        attempt=1,
        outcome=outcome,
        status=None,
        ms=1,
        url="http://127.0.0.1:9/",
        **texts,
    )
