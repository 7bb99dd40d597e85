"""Webhooks and jobs over the native API: who may what, that a secret is shown once, and what was sent."""

import base64
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import httpx2
import pytest
from jsonschema_rs import Draft202012Validator
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from dayline.domain.job import Job
from dayline.domain.webhook import MOST_OF_USER, NewWebhook
from dayline.native.webhooks.events import EVENTS
from dayline.native.webhooks.schema import EventType
from dayline.store.tables import metadata
from tests.cast import Person
from tests.conftest import Homes
from tests.events.receiver import Heard, Receiver, receiver
from tests.house import Town, living_town
from tests.native.problems import ACTIVITIES, assert_problem

WEBHOOKS, JOBS = "/dayline/v1/webhooks", "/dayline/v1/jobs"
URL = "https://example.com/hook"
NOBODYS = "0b7c2f0e-6f4b-7b4a-9a55-4d0a3a1d9e01"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("webhooks")
    with living_town(folder, database_url=homes.new(folder), outbound_allow="127.0.0.1") as running:
        yield running


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    with town.client(newcomer) as client:
        yield client


@pytest.fixture
def ear(town: Town) -> Iterator[Receiver]:
    listening = receiver()
    made = town.wait(listening.__aenter__())
    yield made
    town.wait(listening.__aexit__(None, None, None))


def make(client: httpx2.Client, url: str = URL, **fields: object) -> Json:
    answer = client.post(WEBHOOKS, json={"url": url} | fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def log(client: httpx2.Client, **fields: object) -> int:
    answer = client.post(ACTIVITIES, json={"type": "call"} | fields)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.02)


def verified(heard: Heard, secret: str) -> Json:
    """What was sent, as the receiver's library has it. Raises WebhookVerificationError."""
    read: Json = Verifier(secret).verify(heard.body, heard.headers)
    return read


def deliveries(client: httpx2.Client, webhook: Json, **query: object) -> list[Json]:
    answer = client.get(f"{WEBHOOKS}/{webhook['id']}/deliveries", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["data"]
    return found


def everything(town: Town) -> str:
    """All that the database holds."""
    return repr([town.rows(select(table)) for table in metadata.sorted_tables])


def test_what_is_made_is_shown_without_its_secret(nora: httpx2.Client, town: Town) -> None:
    answer = nora.post(WEBHOOKS, json={"url": URL, "name": "CRM", "events": ["activity.done", "activity.done"]})
    made = answer.json()
    assert answer.status_code == 201
    assert (answer.headers["location"], answer.headers["etag"]) == (f"{WEBHOOKS}/{made['id']}", '"1"')
    assert len(base64.b64decode(made.pop("secret").removeprefix("whsec_"))) == 24
    assert made == nora.get(f"{WEBHOOKS}/{made['id']}").json() == nora.get(f"{WEBHOOKS}/{made['uuid']}").json()
    assert (made["face"], made["active"], made["events"]) == ("dayline", True, ["activity.done"])
    assert made["health"] == {"last_delivery": None, "waiting": 0, "failing_since": None}
    assert nora.get(WEBHOOKS).json() == {"data": [made], "next_cursor": None}
    given = "whsec_" + base64.b64encode(b"k" * 32).decode()
    assert make(nora, secret=given)["secret"] == given
    assert given not in everything(town)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://example.com/hook"}, "url"),
        ({"url": "https://10.0.0.7/hook"}, "url"),
        ({"url": "https://user:word@example.com/hook"}, "url"),
        ({"url": "https://example.com/" + "x" * 2048}, "url"),
        ({"secret": "whsec_short"}, "secret"),
        ({"secret": base64.b64encode(b"k" * 32).decode()}, "secret"),
        ({"events": ["activity.purged"]}, "events[0]"),
        ({"owners": [999]}, "owners[0]"),
        ({"records": [{"kind": "deal", "id": 999}]}, "records[0].id"),
        ({"records": [{"kind": "deal"}]}, "records[0]"),
        ({"user_id": 999}, "user_id"),
        ({"name": "x" * 256}, "name"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(nora: httpx2.Client, fields: Json, field: str) -> None:
    problem = assert_problem(nora.post(WEBHOOKS, json={"url": URL} | fields), 400, field)
    if fields.get("url") in ("http://example.com/hook", "https://10.0.0.7/hook"):
        assert "DAYLINE_OUTBOUND_ALLOW" in problem["errors"][0]["message"]
    assert nora.get(WEBHOOKS).json()["data"] == []


def test_a_key_makes_one_webhook_and_shows_its_secret_once(nora: httpx2.Client, town: Town) -> None:
    key = {"idempotency-key": "one"}
    first, second = (nora.post(WEBHOOKS, json={"url": URL}, headers=key) for _ in range(2))
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json() | {"secret": None} == second.json()
    assert first.json()["secret"].startswith("whsec_")
    assert len(nora.get(WEBHOOKS).json()["data"]) == 1
    assert first.json()["secret"] not in everything(town)


def test_a_member_manages_his_own_and_an_admin_everybodys(town: Town) -> None:
    with town.client(town.alice) as alice, town.client(town.bob) as bob, town.client(town.charlie) as charlie:
        hers, his = make(alice), make(bob)
        places = [
            ("GET", "", None),
            ("PATCH", "", {"name": "Mine"}),
            ("POST", "/secret", {}),
            ("POST", "/test", None),
            ("POST", "/replay", {"since": 0}),
            ("GET", "/deliveries", None),
            ("GET", f"/deliveries/{NOBODYS}", None),
            ("POST", f"/deliveries/{NOBODYS}/replay", None),
            ("DELETE", "", None),
        ]
        before = town.changed()
        for client, foreign in ((bob, hers), (charlie, hers), (charlie, his)):
            for method, place, body in places:
                assert_problem(client.request(method, f"{WEBHOOKS}/{foreign['id']}{place}", json=body), 404)
        assert town.changed() == before
        assert_problem(bob.post(WEBHOOKS, json={"url": URL, "user_id": town.alice.user_id}), 403)
        assert [one["id"] for one in bob.get(WEBHOOKS).json()["data"]] == [his["id"]]
        assert {hers["id"], his["id"]} <= {one["id"] for one in alice.get(WEBHOOKS).json()["data"]}
        assert alice.patch(f"{WEBHOOKS}/{his['id']}", json={"name": "Hers now"}).status_code == 200
        assert make(alice, user_id=town.bob.user_id)["user_id"] == town.bob.user_id
        for one in alice.get(WEBHOOKS).json()["data"]:
            assert alice.delete(f"{WEBHOOKS}/{one['id']}").status_code == 204
        assert bob.get(WEBHOOKS).json()["data"] == []


def test_pages_are_full_of_what_the_caller_may_see(town: Town, newcomer: Person) -> None:
    member = town.move_in(newcomer.account_id, "Mo", "member")
    with town.client(newcomer) as nora, town.client(member) as mo:
        for place in range(6):
            make(mo if place in (1, 4) else nora)
        first = mo.get(WEBHOOKS, params={"limit": 1}).json()
        second = mo.get(WEBHOOKS, params={"limit": 1, "cursor": first["next_cursor"]}).json()
        assert [one["id"] for page in (first, second) for one in page["data"]] == [2, 5]
        assert_problem(mo.get(WEBHOOKS, params={"cursor": "x"}), 400, "cursor")


@pytest.mark.parametrize("lacking", ["admin", "activities:read"])
def test_what_outlives_a_token_takes_more_than_reading(town: Town, newcomer: Person, lacking: str) -> None:
    scopes = frozenset(newcomer.principal.scopes) - {lacking}
    with town.client(newcomer) as nora, town.client(town.credential(newcomer, scopes=scopes)) as lesser:  # type: ignore[arg-type]
        made = make(nora)
        assert_problem(lesser.post(WEBHOOKS, json={"url": URL}), 403)
        assert_problem(lesser.patch(f"{WEBHOOKS}/{made['id']}", json={"url": f"{URL}/2"}), 403)
        reads = lesser.get(f"{WEBHOOKS}/{made['id']}")
        assert reads.status_code == (200 if lacking == "admin" else 403)


def test_a_change_is_for_a_revision(nora: httpx2.Client) -> None:
    place = f"{WEBHOOKS}/{make(nora)['id']}"
    changed = nora.patch(place, json={"name": "B", "events": ["activity.done"]}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["name"], changed.json()["url"]) == ("B", URL)
    assert_problem(nora.patch(place, json={"name": "C"}, headers={"if-match": '"1"'}), 412)
    assert nora.patch(place, json={"name": "B"}).headers["etag"] == '"2"'
    assert_problem(nora.patch(place, json={"url": "http://10.0.0.7/"}), 400, "url")
    assert_problem(nora.patch(place, json={"owners": [999]}), 400, "owners[0]")
    assert_problem(nora.delete(place, headers={"if-match": '"1"'}), 412)
    assert nora.delete(place, headers={"if-match": '"2"'}).status_code == 204
    assert_problem(nora.get(place), 404)


def test_nobody_has_more_than_forty_however_fast_he_is(nora: httpx2.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = [*pool.map(lambda _: nora.post(WEBHOOKS, json={"url": URL}).status_code, range(MOST_OF_USER + 8))]
    assert (statuses.count(201), statuses.count(409)) == (MOST_OF_USER, 8)


def test_an_event_arrives_signed(nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url)
    id_ = log(nora, subject="Call them")
    until(lambda: len(ear.heard) == 1)
    event = verified(ear.heard[0], made["secret"])
    assert (event["type"], event["data"]["after"]["id"], event["data"]["before"]) == ("activity.created", id_, None)
    with pytest.raises(WebhookVerificationError):
        verified(ear.heard[0], "whsec_" + base64.b64encode(b"k" * 24).decode())
    until(lambda: len(deliveries(nora, made)) == 1)
    (sent,) = deliveries(nora, made)
    assert (sent["event_id"], sent["type"], sent["entity_id"]) == (ear.ids[0], "activity.created", id_)
    assert (sent["outcome"], sent["status"], sent["attempt"], sent["error"]) == ("delivered", 204, 1, "")
    whole = nora.get(f"{WEBHOOKS}/{made['id']}/deliveries/{sent['id']}").json()
    assert sent.items() <= whole.items()
    assert (whole["url"], whole["request"]["body"]) == (ear.url, ear.heard[0].body.decode())
    assert f"webhook-id: {ear.ids[0]}" in whole["request"]["headers"]
    health = nora.get(f"{WEBHOOKS}/{made['id']}").json()["health"]
    assert health == {
        "last_delivery": {name: sent[name] for name in ("id", "at", "outcome", "status", "error")},
        "waiting": 0,
        "failing_since": None,
    }


def test_two_secrets_sign_for_a_day(nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url)
    place, key = f"{WEBHOOKS}/{made['id']}/secret", {"idempotency-key": "turn"}
    turned, again = (nora.post(place, json={}, headers=key) for _ in range(2))
    assert (turned.status_code, again.json()["secret"]) == (200, None)
    assert turned.json() | {"secret": None} == again.json()
    assert turned.json()["former_secret_until"] > turned.json()["updated_at"]
    log(nora)
    until(lambda: len(ear.heard) == 1)
    assert len(ear.heard[0].headers["webhook-signature"].split()) == 2
    for secret in (made["secret"], turned.json()["secret"]):
        assert verified(ear.heard[0], secret)["type"] == "activity.created"
    given = "whsec_" + base64.b64encode(b"s" * 24).decode()
    assert nora.post(place, json={"secret": given}).json()["secret"] == given
    log(nora)
    until(lambda: len(ear.heard) == 2)
    verified(ear.heard[1], given)
    with pytest.raises(WebhookVerificationError):
        verified(ear.heard[1], made["secret"])


def test_a_test_says_whether_it_arrived(nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url)
    place, key = f"{WEBHOOKS}/{made['id']}/test", {"idempotency-key": "try"}
    asked = nora.post(place, headers=key)
    assert (asked.status_code, nora.post(place, headers=key).json()) == (202, asked.json())
    until(lambda: deliveries(nora, made, event_id=asked.json()["event_id"]) != [])
    event = verified(ear.heard[0], made["secret"])
    assert (event["type"], ear.ids) == ("test", [asked.json()["event_id"]])
    (sent,) = deliveries(nora, made, outcome="delivered")
    assert (sent["type"], sent["sequence"]) == ("test", None)
    again = nora.post(f"{WEBHOOKS}/{made['id']}/deliveries/{sent['id']}/replay")
    assert (again.status_code, again.json()) == (202, asked.json())
    until(lambda: ear.ids == [asked.json()["event_id"]] * 2)
    nora.patch(f"{WEBHOOKS}/{made['id']}", json={"active": False})
    assert_problem(nora.post(place), 409)


def test_a_failure_shows_and_is_tried_again(nora: httpx2.Client, ear: Receiver) -> None:
    ear.answers = [b"HTTP/1.1 500 Oh no\r\ncontent-length: 4\r\n\r\nhelp"]
    made = make(nora, ear.url)
    log(nora)
    until(lambda: len(deliveries(nora, made, outcome="failed")) == 1)
    (sent,) = deliveries(nora, made)
    assert (sent["status"], sent["error"]) == (500, "The receiver answered 500.")
    assert nora.get(f"{WEBHOOKS}/{made['id']}/deliveries/{sent['id']}").json()["response"]["body"] == "help"
    health = nora.get(f"{WEBHOOKS}/{made['id']}").json()["health"]
    assert (health["failing_since"], health["waiting"]) == (sent["at"], 1)
    until(lambda: len(ear.heard) == 2)
    until(lambda: nora.get(f"{WEBHOOKS}/{made['id']}").json()["health"]["failing_since"] is None)
    attempts = deliveries(nora, made)
    assert [one["attempt"] for one in attempts] == [2, 1]
    assert len({one["event_id"] for one in attempts}) == 1


def looked_on(client: httpx2.Client, webhook: Json) -> int:
    """Wait until all that happened was looked at for a webhook; up to which number."""

    def latest() -> int:
        return int(client.get("/dayline/v1/changes/latest").json()["sequence"])

    until(lambda: client.get(f"{WEBHOOKS}/{webhook['id']}").json()["looked_at"] == latest())
    return latest()


def test_how_much_a_replay_would_be(town: Town, newcomer: Person, nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url, events=["activity.done"])
    other = nora.post(
        "/v1/webhooks", json={"subscription_url": ear.url, "event_action": "create", "event_object": "activity"}
    ).json()["data"]
    since = looked_on(nora, made)
    ids = [log(nora, subject=subject) for subject in "abc"]
    nora.patch(f"{ACTIVITIES}/{ids[0]}", json={"done": True})
    seen = looked_on(nora, made)
    looked_on(nora, other)
    place = f"{WEBHOOKS}/{made['id']}/replay"
    expected = {"since": since, "until": seen, "events": 1, "more": False}
    assert nora.get(place, params={"since": since}).json() == expected
    assert nora.get(place, params={"since": "2020-01-01"}).json() == expected | {"since": 0}
    assert nora.get(place, params={"since": seen}).json() == {"since": seen, "until": seen, "events": 0, "more": False}
    assert nora.get(f"{WEBHOOKS}/{other['id']}/replay", params={"since": since}).json()["events"] == 3
    for wrong in ("soon", "-1", str(seen + 1_000)):
        assert_problem(nora.get(place, params={"since": wrong}), 400, "since")
    assert_problem(nora.get(place), 400, "since")
    assert looked_on(nora, made) == seen  # to look writes nothing
    with town.client(town.move_in(newcomer.account_id, "Ben", "member")) as ben:
        assert_problem(ben.get(place, params={"since": 0}), 404)


def test_what_is_sent_keeps_to_the_document(nora: httpx2.Client, ear: Receiver) -> None:
    document = nora.get("/dayline/openapi.json").json()
    made = make(nora, ear.url)
    one = f"{ACTIVITIES}/{log(nora)}"
    nora.patch(one, json={"subject": "Another"})
    nora.patch(one, json={"done": True})
    nora.delete(one)
    nora.post(f"{one}/restore")
    nora.post(f"{WEBHOOKS}/{made['id']}/test")
    until(lambda: len(ear.heard) == 6)
    assert {heard.json["type"] for heard in ear.heard} == set(document["webhooks"]) == {*EVENTS, "test"}
    for heard in ear.heard:
        told = document["webhooks"][heard.json["type"]]["post"]
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        keeps = Draft202012Validator({**schema, "components": document["components"]}).is_valid
        assert keeps(heard.json)
        assert not any(
            keeps({name: value for name, value in heard.json.items() if name != lost}) for lost in heard.json
        )
        assert {parameter["name"] for parameter in told["parameters"]} <= set(heard.headers)


def test_what_happened_is_told_again_under_the_same_ids(nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url)
    since = nora.get("/dayline/v1/changes/latest").json()["sequence"]
    for subject in "abc":
        log(nora, subject=subject)
    until(lambda: len(ear.heard) == 3)
    ids = sorted(ear.ids)
    place, key = f"{WEBHOOKS}/{made['id']}/replay", {"idempotency-key": "again"}
    answers = [nora.post(place, json={"since": since}, headers=key) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {202}
    assert answers[0].json() == answers[1].json() == {"since": since, "until": since + 3, "changes": 3}
    until(lambda: len(ear.heard) == 6)
    assert sorted(ear.ids) == sorted(ids * 2)
    seen = looked_on(nora, made)
    whole = nora.post(place, json={"since": "2020-01-01T00:00:00Z"}).json()
    assert (whole["since"], whole["until"]) == (0, seen)
    until(lambda: len(ear.heard) == 9)
    seen = looked_on(nora, made)
    nothing = nora.post(place, json={"since": "2100-01-01"}).json()
    assert nothing == {"since": seen, "until": seen, "changes": 0}
    assert_problem(nora.post(place, json={"since": "soon"}), 400, "since")
    one = deliveries(nora, made, event_id=ids[0])[-1]
    again = nora.post(f"{WEBHOOKS}/{made['id']}/deliveries/{one['id']}/replay")
    assert (again.status_code, again.json()) == (202, {"event_id": ids[0]})
    until(lambda: len(ear.heard) == 10)
    assert ear.ids[-1] == ids[0]
    assert ear.heard[-1].json["data"]["after"]["id"] == one["entity_id"]


def test_deliveries_page_by_page(nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url)
    for _ in range(5):
        log(nora)
    until(lambda: len(deliveries(nora, made)) == 5)
    every = deliveries(nora, made)
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = nora.get(f"{WEBHOOKS}/{made['id']}/deliveries", params=query).json()
        seen += page["data"]
        cursor = page["next_cursor"]
    assert seen == every
    assert deliveries(nora, made, until=every[-1]["at"]) == []
    assert deliveries(nora, made, since=every[-1]["at"]) == every
    assert_problem(nora.get(f"{WEBHOOKS}/{made['id']}/deliveries", params={"since": "x"}), 400, "since")
    assert_problem(nora.get(f"{WEBHOOKS}/{made['id']}/deliveries/{NOBODYS}"), 404)
    other = make(nora)
    assert_problem(nora.get(f"{WEBHOOKS}/{other['id']}/deliveries/{every[0]['id']}"), 404)


def test_a_webhook_in_other_words_is_shown_and_rests_here(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    new = NewWebhook(face="pipedrive", url=URL, events=("*.*",))
    other = town.wait(town.service.webhooks.create(newcomer.principal, new, lambda made: made))
    make(nora)
    place = f"{WEBHOOKS}/{other.id}"
    assert [one["id"] for one in nora.get(WEBHOOKS, params={"face": "pipedrive"}).json()["data"]] == [other.id]
    assert (nora.get(place).json()["face"], nora.get(place).json()["events"]) == ("pipedrive", ["*.*"])
    assert nora.patch(place, json={"active": False, "name": "Old"}).json()["active"] is False
    assert_problem(nora.patch(place, json={"events": ["activity.done"]}), 400, "events")
    assert_problem(nora.post(f"{place}/secret", json={}), 409)
    assert nora.delete(place).status_code == 204


def test_what_was_told_in_other_words_is_for_who_may_read_that(
    town: Town, newcomer: Person, nora: httpx2.Client, ear: Receiver
) -> None:
    told = {"subscription_url": ear.url, "event_action": "*", "event_object": "*"}
    theirs, ours = nora.post("/v1/webhooks", json=told).json()["data"], make(nora, ear.url)
    town.move_in(newcomer.account_id, "Olga", "member")
    log(nora)
    until(lambda: len(deliveries(nora, theirs)) >= 2 and bool(deliveries(nora, ours)))
    scopes = frozenset(newcomer.principal.scopes) - {"records:read"}
    with town.client(town.credential(newcomer, scopes=scopes)) as lesser:  # type: ignore[arg-type]
        for one in deliveries(lesser, theirs):
            place = f"{WEBHOOKS}/{theirs['id']}/deliveries/{one['id']}"
            assert nora.get(place).json()["request"]["body"]
            assert_problem(lesser.get(place), 403)
        assert any(one["entity"] == "user" for one in deliveries(nora, theirs))
        own = deliveries(lesser, ours)[0]
        assert lesser.get(f"{WEBHOOKS}/{ours['id']}/deliveries/{own['id']}").json()["request"]["body"]


def test_each_type_of_event_has_a_meaning(nora: httpx2.Client) -> None:
    listed = {one["type"]: one["meaning"] for one in nora.get("/dayline/v1/webhook-events").json()["data"]}
    assert listed == EVENTS
    assert set(get_args(EventType)) == set(EVENTS)


def dead_job(town: Town, who: Person, lane: str, dedupe: str) -> Job:
    id_ = NOBODYS[:-1] + dedupe
    job = Job(id=id_, lane=lane, kind="deliver", dedupe=dedupe, due_at=1, state="dead", tries=8, created_at=1)
    town.wait(town.service.store.jobs.put(who.account_id, [job]))
    return job


def test_what_was_given_up_is_listed_and_tried_again(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    jobs = [dead_job(town, newcomer, "webhook:999", dedupe) for dedupe in "234"]
    first = nora.get(JOBS, params={"limit": 2}).json()
    rest = nora.get(JOBS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == [job.id for job in jobs]
    assert rest["next_cursor"] is None
    (count,) = first["counts"]
    assert (count["lane"], count["kind"], count["state"], count["jobs"]) == ("webhook:999", "deliver", "dead", 3)
    assert nora.get(JOBS, params={"lane": "webhook:1"}).json()["data"] == []
    for _ in range(2):
        retried = nora.post(f"{JOBS}/{jobs[0].id}/retry")
        assert (retried.status_code, retried.json()["state"], retried.json()["tries"]) == (202, "waiting", 0)
    assert [one["id"] for one in nora.get(JOBS, params={"state": "waiting"}).json()["data"]] == [jobs[0].id]
    assert_problem(nora.post(f"{JOBS}/{NOBODYS}/retry"), 404)


def test_what_is_beyond_the_end_is_refused(nora: httpx2.Client) -> None:
    made = make(nora)
    last = nora.get("/dayline/v1/changes/latest").json()["sequence"]
    answer = nora.post(f"{WEBHOOKS}/{made['id']}/replay", json={"since": last + 1_000})
    assert_problem(answer, 400, "since")
    assert_problem(nora.get(JOBS, params={"cursor": "zzz"}), 400, "cursor")


def test_jobs_are_the_admins(town: Town) -> None:
    with town.client(town.bob) as bob:
        assert_problem(bob.get(JOBS), 403)
        assert_problem(bob.post(f"{JOBS}/{NOBODYS}/retry"), 403)


def test_what_another_dialect_writes_is_told_and_replayed_under_one_id(nora: httpx2.Client, ear: Receiver) -> None:
    made = make(nora, ear.url, events=["activity.created"])
    seed = {"title": "Intro", "start_datetime": "2026-04-21T09:00:00Z", "end_datetime": "2026-04-21T10:00:00Z"}
    written = nora.post("/v1/activity", json=seed | {"activity_type_id": 2})
    assert written.is_success, written.text
    until(lambda: len(ear.heard) == 1)
    event = verified(ear.heard[0], made["secret"])
    assert (event["surface"], event["data"]["after"]["subject"]) == ("atz", "Intro")
    asked = nora.post(f"{WEBHOOKS}/{made['id']}/replay", json={"since": event["sequence"] - 1})
    assert asked.json()["changes"] >= 1
    until(lambda: len(ear.heard) == 2)
    assert ear.ids == [event["id"]] * 2
    assert verified(ear.heard[1], made["secret"]) == event
