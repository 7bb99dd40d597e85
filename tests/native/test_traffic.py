"""What was called with which token: counted on every surface, told to whom it belongs."""

import httpx2

from tests.cast import Person
from tests.house import Town
from tests.native.problems import ACTIVITIES, assert_problem

CALLS, V1 = "/dayline/v1/calls", "/dayline/v1/v1-calls"


def test_calls_are_told_by_token_and_surface(town: Town, newcomer: Person) -> None:
    other = town.credential(newcomer)
    with town.client(newcomer) as client, town.client(other) as another:
        for path in ("/api/v2/activities", "/api/v2/activities", "/v1/activity", ACTIVITIES):
            assert client.get(path).status_code == 200
        assert another.get(ACTIVITIES).status_code == 200
        assert another.get(f"{ACTIVITIES}/999999").status_code == 404  # refused ones count too
        town.wait(town.service.tidy())
        told = client.get(CALLS).json()["data"]
    counted = {(one["token"], one["surface"]): one["calls"] for one in told}
    assert counted == {
        ("test", "atz"): 1,
        ("test", "dayline"): 1,
        ("test", "pipedrive"): 2,
        ("another", "dayline"): 2,
    }
    first = told[0]
    assert first["user_id"] == newcomer.user_id
    assert sum(day["calls"] for day in first["days"]) == sum(hour["calls"] for hour in first["hours"]) == 1
    assert first["last_at"] >= first["hours"][0]["hour"]


def test_others_see_their_own(town: Town, alice: httpx2.Client, bob: httpx2.Client, charlie: httpx2.Client) -> None:
    for client in (alice, bob, charlie):
        client.get("/api/v2/activities")
        client.get("/v1/activities")
    town.wait(town.service.tidy())
    mine = {one["user_id"] for one in bob.get(CALLS).json()["data"]}
    assert mine == {town.bob.user_id}
    assert {one["user_id"] for one in bob.get(V1).json()["data"]} == {town.bob.user_id}
    assert {one["user_id"] for one in alice.get(CALLS).json()["data"]} >= {town.alice.user_id, town.bob.user_id}


def test_who_still_calls_v1_is_told_what_to_call(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as client:
        client.headers["user-agent"] = "n8n"
        client.get("/v1/activities")
        client.get("/v1/activities")
        town.wait(town.service.tidy())
        (told,) = client.get(V1).json()["data"]
    assert (told["agent"], told["called"], told["calls"]) == ("n8n", "GET /v1/activities", 2)
    assert told["replacement"]["call"] == "GET /api/v2/activities"
    assert told["replacement"]["changes"]


def test_how_far_back(alice: httpx2.Client) -> None:
    for path, days in ((CALLS, 31), (CALLS, 0), (V1, 0), (V1, 36_501)):
        assert_problem(alice.get(path, params={"days": days}), 400, "days")
