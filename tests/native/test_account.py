"""Activity types and settings over the native API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from dayline.domain.types import BUILT_IN
from tests.cast import Person
from tests.house import Town, living_town
from tests.native.problems import ACTIVITIES, assert_problem

TYPES, SETTINGS = "/dayline/v1/activity-types", "/dayline/v1/settings"
Json = dict[str, Any]


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Any:
    with town.client(newcomer) as client:
        yield client


def test_the_built_in_types_are_there(nora: httpx2.Client) -> None:
    types = nora.get(TYPES).json()["data"]
    assert [(type_["id"], type_["key"]) for type_ in types] == [(type_.id, type_.key) for type_ in BUILT_IN]
    assert {(type_["custom"], type_["active"], type_["revision"]) for type_ in types} == {(False, True, 1)}
    for name in (2, "meeting"):
        assert nora.get(f"{TYPES}/{name}").json()["label"] == "Meeting"
    assert_problem(nora.get(f"{TYPES}/99"), 404)
    assert_problem(nora.get(f"{TYPES}/dance"), 404)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        *(("Video call", "video_call"), ("Ölçüm & Düğün!", "olcum_dugun"), ("  A--b  ", "a_b"), ("№ 7", "no_7")),
        *(("Встреча", "type_0c86cec4"), ("会议", "type_63d30f1a"), ("Видео call", "call_0a5e25f2")),
        ("x" * 100, "x" * 100),
    ],
)
def test_the_key_follows_from_the_label(nora: httpx2.Client, label: str, key: str) -> None:
    answer = nora.post(TYPES, json={"label": label, "colour": "FFaa00"})
    made = answer.json()
    assert (answer.status_code, made["id"], made["key"], made["label"]) == (201, 10, key, label.strip())
    assert answer.headers["location"] == f"{TYPES}/10"
    assert (made["custom"], made["active"], made["colour"]) == (True, True, "FFaa00")
    assert nora.get(TYPES).json()["data"][-1] == made
    assert_problem(nora.post(TYPES, json={"label": label.upper()}), 409)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "  "}, "label"),
        ({"label": "--"}, "label"),
        ({"label": "6"}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"label": "A", "colour": "red"}, "colour"),
        ({"label": "A", "colour": "ff00"}, "colour"),
        ({"label": "A", "colour": "ff0000\n"}, "colour"),
        ({"label": "A", "order": -1}, "order"),
        ({"label": "A", "key": "a"}, "key"),
        ({}, "label"),
    ],
    ids=str,
)
def test_a_type_that_cannot_be(nora: httpx2.Client, body: Json, field: str) -> None:
    assert_problem(nora.post(TYPES, json=body), 400, field)
    assert len(nora.get(TYPES).json()["data"]) == len(BUILT_IN)
    assert nora.post(TYPES, json={"label": "Next"}).json()["id"] == 10


def test_a_type_of_ones_own(nora: httpx2.Client) -> None:
    nora.post(TYPES, json={"label": "Video call"})
    made = nora.post(ACTIVITIES, json={"type": "video_call"}).json()
    assert (made["type"], made["type_id"]) == ("video_call", 10)
    assert nora.post(ACTIVITIES, json={"type": 10}).json()["type"] == "video_call"
    assert nora.post("/api/v2/activities", json={"type": "video_call"}).json()["data"]["type"] == "video_call"
    answer = nora.patch(f"{TYPES}/video_call", json={"label": "Screen share", "order": 0})
    assert (answer.json()["key"], answer.json()["label"]) == ("video_call", "Screen share")
    assert answer.headers["etag"] == '"2"'
    assert nora.get(TYPES).json()["data"][0]["key"] == "video_call"
    assert_problem(nora.patch(f"{TYPES}/10", json={"label": "B"}, headers={"if-match": '"1"'}), 412)
    assert_problem(nora.patch(f"{TYPES}/10", json={"label": " "}), 400, "label")

    assert nora.delete(f"{TYPES}/10").status_code == 204
    assert nora.get(f"{TYPES}/10").json()["active"] is False
    assert_problem(nora.post(ACTIVITIES, json={"type": 10}), 400, "type")
    assert nora.get(f"{ACTIVITIES}/{made['id']}").json()["type"] == "video_call"
    assert nora.patch(f"{ACTIVITIES}/{made['id']}", json={"subject": "Still"}).status_code == 200
    assert nora.patch(f"{TYPES}/10", json={"active": True}).status_code == 200
    assert nora.post(ACTIVITIES, json={"type": 10}).status_code == 201


def test_built_in_types_stay(nora: httpx2.Client) -> None:
    assert_problem(nora.delete(f"{TYPES}/call"), 409)
    assert_problem(nora.patch(f"{TYPES}/6", json={"active": False}), 409)
    assert nora.patch(f"{TYPES}/6", json={"label": "Phone", "icon": "phone"}).json()["key"] == "call"


def test_the_same_type_twice_at_once_is_one(nora: httpx2.Client) -> None:
    with ThreadPoolExecutor(6) as crowd:
        made = list(crowd.map(lambda _: nora.post(TYPES, json={"label": "Demo"}).status_code, range(6)))
    assert sorted(made) == [201] + [409] * 5


def test_settings(nora: httpx2.Client) -> None:
    before = nora.get(SETTINGS).json()
    assert before == before | {"zone": "UTC", "retention_days": 30, "rate_limit": None}
    change = {"zone": "Europe/Tallinn", "retention_days": 90, "rate_limit": 5}
    assert nora.patch(SETTINGS, json=change).json() == before | change
    assert nora.patch(SETTINGS, json={"rate_limit": None}).json() == before | change | {"rate_limit": None}
    assert nora.get(SETTINGS).json() == before | change | {"rate_limit": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": None}, "zone"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": 3651}, "retention_days"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"rate_limit": -1}, "rate_limit"),
        ({"name": "Other"}, "name"),
    ],
    ids=str,
)
def test_settings_that_cannot_be(nora: httpx2.Client, body: Json, field: str) -> None:
    before = nora.get(SETTINGS).json()
    assert_problem(nora.patch(SETTINGS, json={"retention_days": 7} | body), 400, field)
    assert nora.get(SETTINGS).json() == before


def test_settings_hold_at_once(tmp_path: Any) -> None:
    with living_town(tmp_path, rate_limit=100) as town, town.client(town.alice) as alice:
        assert alice.get(SETTINGS).headers["ratelimit-policy"] == '"token";q=100;w=60'
        alice.patch(SETTINGS, json={"rate_limit": 5})
        assert alice.get(SETTINGS).headers["ratelimit-policy"] == '"token";q=5;w=60'
        made = alice.post(ACTIVITIES, json={"type": "call"}).json()
        alice.delete(f"{ACTIVITIES}/{made['id']}")
        assert town.wait(town.service.retention.due()).activities == 0


def test_members_look_and_do_not_touch(bob: httpx2.Client, alice: httpx2.Client) -> None:
    before = alice.get(TYPES).json(), alice.get(SETTINGS).json()
    for path in (TYPES, f"{TYPES}/call", SETTINGS):
        assert bob.get(path).status_code == 200
    for answer in (
        bob.post(TYPES, json={"label": "Mine"}),
        bob.patch(f"{TYPES}/call", json={"label": "Mine"}),
        bob.delete(f"{TYPES}/call"),
        bob.patch(SETTINGS, json={"zone": "Europe/Riga"}),
    ):
        assert_problem(answer, 403)
    assert (alice.get(TYPES).json(), alice.get(SETTINGS).json()) == before
