"""``/readyz``: each part tells how it is, and 503 is for what makes requests fail alone."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dayline.app import DIALECTS, NATIVE, open_house
from dayline.config import read_settings
from dayline.domain.delivery import Delivery
from dayline.domain.job import Job
from dayline.domain.record import new_uuid
from dayline.store.deliveries import ADD, rows_of
from dayline.web.front import front
from dayline.web.guard import Site
from tests.events.conftest import listen
from tests.house import Town, living_town

PARTS = {"database", "schema", "worker", "credentials", "files", "page"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with living_town(tmp_path) as running:
        yield running


def ready(url: str) -> tuple[int, dict[str, Any]]:
    answer = httpx2.get(f"{url}/readyz", timeout=30)
    return answer.status_code, answer.json()


def ill(told: dict[str, Any]) -> dict[str, str]:
    """The parts that are not as they should be, and why. A page that the tests did not build is none of them."""
    found = {name: part["reason"] for name, part in told["parts"].items() if part["status"] != "ok"}
    return {name: reason for name, reason in found.items() if name != "page"}


def test_every_part_is_told(town: Town) -> None:
    status, told = ready(town.url)
    assert (status, set(told["parts"]), ill(told)) == (200, PARTS, {})
    page = told["parts"]["page"]["status"]
    assert told["status"] == page  # alone it may be lacking here
    assert httpx2.get(f"{town.url}/healthz").json() == {"status": "ok"}


def test_a_schema_of_another_generation_serves_nobody(town: Town) -> None:
    with closing(sqlite3.connect(town.database_url.removeprefix("sqlite:///"))) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9001'")
    status, told = ready(town.url)
    assert (status, told["status"], set(ill(told))) == (503, "unavailable", {"schema"})
    assert told["reason"] == told["parts"]["schema"]["reason"]
    assert told["parts"]["database"] == {"status": "ok"}


def test_where_nobody_does_what_is_due_requests_are_served(tmp_path: Path) -> None:
    with living_town(tmp_path, worker=False) as town:
        assert ill(ready(town.url)[1]) == {}
        store, now = town.service.store, town.service.store.clock()
        job = Job(id="a", lane="tasks", kind="test", dedupe="a", due_at=now - 3_600_000)
        town.wait(store.jobs.put(town.alice.account_id, [job]))
        town.wait(_looked(town))
        status, told = ready(town.url)
        assert (status, told["status"], set(ill(told))) == (200, "degraded", {"worker"})
        assert "dayline worker" in ill(told)["worker"]


async def _looked(town: Town) -> None:
    """As if the time to the next look were over."""
    await town.service.backlogs.refresh()


def test_a_receiver_that_is_away_is_not_the_workers_fault(tmp_path: Path) -> None:
    with living_town(tmp_path, worker=False, outbound_allow="127.0.0.1") as town:
        webhook = town.wait(listen(town.service, town.alice, "http://127.0.0.1:9/"))
        store, now = town.service.store, town.service.store.clock()
        job = Job(id="a", lane=webhook.lane, kind="deliver", dedupe="a", due_at=now - 3_600_000)
        town.wait(store.jobs.put(town.alice.account_id, [job]))
        town.wait(_looked(town))
        assert set(ill(ready(town.url)[1])) == {"worker"}
        # He was tried half a minute ago: the next time is a matter of minutes.
        told = town.wait(_tried(town, webhook.id, now - 30_000))
        assert told
        town.wait(_looked(town))
        assert ill(ready(town.url)[1]) == {}


async def _tried(town: Town, webhook_id: int, at: int) -> bool:
    store, account_id = town.service.store, town.alice.account_id
    line = Delivery(
        id=new_uuid(at),
        at=at,
        webhook_id=webhook_id,
        event_id="a",
        event="activity.created",
        entity="activity",
        entity_id=1,
        sequence=1,
        attempt=1,
        outcome="failed",
        status=None,
        ms=1,
        error="away",
        url="http://127.0.0.1:9/",
        request_headers="",
        request_body="",
        response_headers="",
        response_body="",
    )
    await store.jobs.end(account_id, [], ADD, rows_of(account_id, [line]))
    return await store.deliveries.last(account_id, webhook_id) is not None


def test_files_that_cannot_be_stored(tmp_path: Path) -> None:
    with living_town(tmp_path, files=str(tmp_path / "dayline.db" / "files")) as town:
        status, told = ready(town.url)
        assert (status, told["status"], set(ill(told))) == (200, "degraded", {"files"})
        assert str(tmp_path) not in str(told)


def test_credentials_without_their_key(tmp_path: Path) -> None:
    with living_town(tmp_path, outbound_allow="127.0.0.1") as town:
        assert ill(ready(town.url)[1]) == {}
        town.wait(listen(town.service, town.alice, "http://127.0.0.1:9/"))

    async def without() -> dict[str, Any]:
        url = f"sqlite:///{tmp_path / 'dayline.db'}"
        settings = read_settings({"database_url": url, "worker": False, "files": str(tmp_path / "files")}, {})
        async with open_house(settings) as house, client(house.app) as asked:
            answer = await asked.get("/readyz")
            assert answer.status_code == 200
            return dict(answer.json())

    assert set(ill(asyncio.run(without()))) == {"credentials"}


async def test_a_page_that_was_not_built(tmp_path: Path) -> None:
    settings = read_settings({"database_url": f"sqlite:///{tmp_path / 'dayline.db'}", "worker": False}, {})
    async with open_house(settings) as house:
        for folder, status in ((tmp_path / "nothing", "degraded"), (tmp_path, "ok")):
            (tmp_path / "index.html").write_text("A page")
            app = front(house.service, DIALECTS, NATIVE.envelope, Site(), folder)
            async with client(app) as asked:
                answer = await asked.get("/readyz")
            assert (answer.status_code, answer.json()["parts"]["page"]["status"]) == (200, status)


def client(app: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://dayline.example")
