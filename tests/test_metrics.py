"""``/metrics``, over HTTP: what happens is counted once, and told to nobody but the operator."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dayline.counting import REMOTE_CALLS, REMOTE_SECONDS
from dayline.domain.job import Job, State
from dayline.remote.errors import RemoteError
from dayline.service import Service
from tests.cast import Person
from tests.conftest import Homes
from tests.events.conftest import listen
from tests.house import Town, living_town
from tests.postgres import Server
from tests.remote.house import remote, sandboxes, write
from tests.scrape import TOKEN, Scraped, listening, scrape, scrape_until
from tests.test_commands import begin, serving
from tests.test_workers import wait_for_workers

ACTIVITIES = "/pipedrive/api/v2/activities"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("metrics")
    settings = {"database_url": homes.new(folder), "metrics_token": TOKEN, "outbound_allow": "127.0.0.1"}
    with living_town(folder, **settings) as running:
        yield running


def more(before: Scraped, after: Scraped, name: str, **labels: str) -> float:
    """By how much the samples with these labels have grown."""
    return after.sum(name, **labels) - before.sum(name, **labels)


def requests_by(before: Scraped, after: Scraped) -> dict[tuple[str, str, str], int]:
    """How many requests were counted between, by surface, operation and status; without the scrapes."""
    counted = {}
    for (name, labels), value in after.values.items():
        of = dict(labels)
        many = int(value - before.values.get((name, labels), 0))
        if name == "dayline_requests_total" and many and of["operation"] != "metrics":
            counted[of["surface"], of["operation"], of["status"]] = many
    return counted


def test_each_request_is_counted_by_surface_operation_and_status(town: Town) -> None:
    before = scrape(town.url)
    with town.client(town.alice) as alice, town.client() as stranger:
        made = [alice.post(ACTIVITIES, json={"subject": f"Call {number}"}).json()["data"]["id"] for number in range(3)]
        for id_ in (*made, made[0], 987_654_321):
            alice.get(f"{ACTIVITIES}/{id_}")
        alice.get(ACTIVITIES, params={"limit": 2})
        alice.head(f"{ACTIVITIES}/{made[0]}")
        stranger.get(ACTIVITIES)
        alice.put(ACTIVITIES)
        alice.get("/pipedrive/nothing/987654321")
        stranger.get("/healthz")
        stranger.get("/somewhere/987654321")
    after = scrape(town.url)
    assert requests_by(before, after) == {
        ("pipedrive", "addActivity", "200"): 3,
        ("pipedrive", "getActivity", "200"): 5,
        ("pipedrive", "getActivity", "404"): 1,
        ("pipedrive", "getActivities", "200"): 1,
        ("pipedrive", "getActivities", "401"): 1,
        ("pipedrive", "none", "405"): 1,
        ("pipedrive", "none", "404"): 1,
        ("page", "alive", "200"): 1,
        ("page", "none", "404"): 1,
    }
    of_gets = {"surface": "pipedrive", "operation": "getActivity"}
    assert more(before, after, "dayline_request_seconds_count", **of_gets) == 6
    assert more(before, after, "dayline_request_seconds_bucket", le="+Inf", **of_gets) == 6
    assert more(before, after, "dayline_request_seconds_sum", **of_gets) > 0


def test_a_label_is_never_what_a_caller_chose(town: Town) -> None:
    with town.client(town.alice) as alice:
        for path in ("/pipedrive/sesame", f"{ACTIVITIES}/7765421", "/sesame", "/files/sesame", "/assets/sesame"):
            alice.get(path, params={"q": "sesame"})
        alice.request("SESAME", ACTIVITIES)
    told = httpx2.get(f"{town.url}/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    assert "sesame" not in told.lower()
    assert "7765421" not in told
    assert town.alice.credential not in told


def test_each_write_is_in_a_group(town: Town) -> None:
    before = scrape(town.url)
    with town.client(town.alice) as alice:
        for number in range(5):
            assert alice.post(ACTIVITIES, json={"subject": f"Write {number}"}).status_code == 200
    after = scrape(town.url)
    assert more(before, after, "dayline_write_group_size_sum") == 5
    assert more(before, after, "dayline_write_group_size_count") == 5  # one after the other
    assert more(before, after, "dayline_write_group_seconds_count") == 5


def test_renderings_are_misses_first_and_hits_then(town: Town) -> None:
    with town.client(town.charlie) as charlie:
        for number in range(4):
            charlie.post(ACTIVITIES, json={"subject": f"Shown {number}"})
        before = scrape(town.url)
        assert len(charlie.get(ACTIVITIES, params={"limit": 100}).json()["data"]) == 4
        between = scrape(town.url)
        charlie.get(ACTIVITIES, params={"limit": 100})
    after = scrape(town.url)
    assert (more(before, between, "dayline_renderings_total", result="miss")) == 4
    assert (more(before, between, "dayline_renderings_total", result="hit")) == 0
    assert (more(between, after, "dayline_renderings_total", result="hit")) == 4
    assert (more(between, after, "dayline_renderings_total", result="miss")) == 0


def test_deliveries_and_what_waits(town: Town) -> None:
    before = scrape(town.url)
    with listening() as well, listening() as ill, town.client(town.bob) as bob:
        ill.status = 500
        for heard in (well, ill):
            town.wait(listen(town.service, town.alice, f"{heard.url}/hook"))
        assert bob.post(ACTIVITIES, json={"subject": "Told"}).status_code == 200
        after = scrape_until(
            town.url,
            lambda now: (
                more(before, now, "dayline_deliveries_total") == 2
                and now.value("dayline_jobs", state="waiting") == before.value("dayline_jobs", state="waiting") + 1
            ),
        )
    assert more(before, after, "dayline_deliveries_total", face="dayline", outcome="delivered") == 1
    assert more(before, after, "dayline_deliveries_total", face="dayline", outcome="failed") == 1
    assert more(before, after, "dayline_delivery_lag_seconds_count", face="dayline") == 1
    assert more(before, after, "dayline_delivery_seconds_count", face="dayline") == 2
    assert after.value("dayline_changes_untold") == 0


def test_dead_jobs_and_how_long_something_has_been_due(tmp_path: Path) -> None:
    with living_town(tmp_path, metrics_token=TOKEN, worker=False) as town:
        store, account = town.service.store, town.alice.account_id
        before = scrape(town.url)
        assert before.value("dayline_jobs", state="dead") == 0
        due: dict[str, Any] = {"lane": "tasks", "kind": "test", "due_at": store.clock() - 90_000}
        states: tuple[State, ...] = ("dead", "dead", "waiting")
        jobs = [Job(id=str(number), dedupe=str(number), state=state, **due) for number, state in enumerate(states)]
        town.wait(store.jobs.put(account, jobs))
        found = scrape_until(town.url, lambda now: now.value("dayline_jobs", state="dead") == 2)
        assert more(before, found, "dayline_jobs", state="waiting") == 1
        assert found.value("dayline_jobs", state="held") == 0
        assert 90 <= found.value("dayline_oldest_due_seconds") < 300


@pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
async def test_calls_to_other_systems(service: Service, alice: Person) -> None:
    """Counted where they are made: no house serves here."""
    key = ("lever", "create")
    before, timed = REMOTE_CALLS.values.copy(), sum(REMOTE_SECONDS.of(key).buckets)
    async with sandboxes(service, alice, "lever") as standing, remote(service) as out:
        lever = standing["lever"]
        await write(out, alice, lever, lever.note("Called"))
        with pytest.raises(RemoteError):
            await write(out, alice, lever, lever.note("Called", candidate_id="nobody"))
    grown = {labels: many - before.get(labels, 0) for labels, many in REMOTE_CALLS.values.items() if labels[:2] == key}
    assert {labels[2]: many for labels, many in grown.items() if many} == {"ok": 1, "refused": 1}
    assert sum(REMOTE_SECONDS.of(key).buckets) == timed + 2


def test_without_a_token_nobody_is_told(tmp_path: Path) -> None:
    with living_town(tmp_path) as town, town.client(town.alice) as alice:
        for client in (alice, httpx2):
            answer = client.get(f"{town.url}/metrics")
            assert answer.status_code == 403
            assert "DAYLINE_METRICS_TOKEN" in answer.json()["detail"]


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ü"]
)
def test_with_another_token_nobody_is_told(town: Town, given: str | None) -> None:
    headers = {} if given is None else {b"authorization": given.encode()}
    answer = httpx2.get(f"{town.url}/metrics", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "dayline_requests" not in answer.text
    assert TOKEN not in answer.text


def test_a_user_is_not_the_operator(town: Town) -> None:
    with town.client(town.alice) as alice:
        assert alice.get("/metrics").status_code == 401


def test_a_short_token_is_refused_at_the_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dayline", "serve", "--port", "0"],
        cwd=tmp_path,
        env={"DAYLINE_METRICS_TOKEN": "short"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "DAYLINE_METRICS_TOKEN" in done.stderr


def test_open_metrics_where_it_is_asked_for(town: Town) -> None:
    headers = {"authorization": f"bearer {TOKEN}", "accept": "application/openmetrics-text; version=1.0.0"}
    answer = httpx2.get(f"{town.url}/metrics", headers=headers)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    plain = httpx2.get(f"{town.url}/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert plain.headers["content-type"].startswith("text/plain")


def test_what_runs_and_what_it_takes(town: Town) -> None:
    found = scrape(town.url)
    ((_, labels),) = [key for key in found.values if key[0] == "dayline_build_info"]
    assert dict(labels)["database"] in town.database_url
    assert found.value("dayline_processes") == 1
    assert found.value("dayline_connections_open") >= 1
    assert found.value("process_resident_memory_bytes") > 10 << 20
    assert 0 < found.value("process_open_fds") < found.value("process_max_fds")
    assert 0 < found.value("process_start_time_seconds") <= time.time()
    assert 0 < found.value("process_cpu_seconds_total") <= scrape(town.url).value("process_cpu_seconds_total")
    assert found.value("dayline_breakers_open", of="webhook") == 0


def test_nothing_of_it_is_loaded_at_the_start() -> None:
    look = "import sys, dayline.serve; print([n for n in sys.modules if n.startswith(('prometheus', 'opentelemetry'))])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_two_processes_are_told_as_one_and_the_dead_are_not_forgotten(tmp_path: Path, postgres: Server) -> None:
    postgres.drop("metrics")
    url = postgres.create("metrics")
    token = str(begin(tmp_path, "--database", url)["token"])
    started = serving(tmp_path, "--workers", "2", "--database", url, DAYLINE_METRICS_TOKEN=TOKEN)
    with started as (process, address, _):
        workers = wait_for_workers(process.pid, 2)

        def ask(many: int) -> None:
            for _ in range(many):  # each on a connection of its own, so that both have their turn
                answer = httpx2.get(f"{address}{ACTIVITIES}", headers={"x-api-token": token}, timeout=30)
                assert answer.status_code == 200

        def counted(found: Scraped) -> float:
            return found.value("dayline_requests_total", surface="pipedrive", operation="getActivities", status="200")

        ask(40)
        found = scrape_until(address, lambda now: counted(now) == 40 and now.value("dayline_processes") == 2)
        os.kill(workers[0], signal.SIGKILL)
        wait_for_workers(process.pid, 2, without=workers[0])
        for _ in range(10):
            assert counted(scrape(address)) == 40
        ask(30)
        later = scrape_until(address, lambda now: counted(now) == 70 and now.value("dayline_processes") == 2)
        for (name, labels), value in found.values.items():
            if name.endswith(("_total", "_count", "_bucket")):
                assert later.values[name, labels] >= value, (name, labels)
        board = list(Path(tempfile.gettempdir()).glob("dayline-*"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert len(set(board) & set(Path(tempfile.gettempdir()).glob("dayline-*"))) < len(board)


def test_a_worker_beside_the_server_tells_its_own(tmp_path: Path) -> None:
    begin(tmp_path)
    command = [sys.executable, "-m", "dayline", "worker", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={"DAYLINE_METRICS_TOKEN": TOKEN}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while "watch" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        url = said.rpartition("watch")[2].strip().removesuffix("/metrics")
        try:
            assert httpx2.get(f"{url}/healthz").status_code == 200
            ready = httpx2.get(f"{url}/readyz").json()
            assert ready["parts"]["worker"] == {"status": "ok"}
            assert "page" not in ready["parts"]
            assert scrape(url).value("dayline_processes") == 1
            assert httpx2.get(f"{url}/metrics").status_code == 401
            for elsewhere in ("/", "/docs", "/session", "/api/v2/activities"):
                assert httpx2.get(f"{url}{elsewhere}").status_code == 404
        finally:
            process.terminate()
        assert process.wait(30) == 0
