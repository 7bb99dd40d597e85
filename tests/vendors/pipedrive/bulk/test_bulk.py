"""Many new Pipedrive activities in one request: all or none, or each for itself; read from outside, over HTTP."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import literal_column

from dayline.store.tables import changes as log
from tests.house import Town

ROOT = "/api/v2/activities"
BULK = f"{ROOT}/bulk"
Json = dict[str, Any]


def bulk(client: httpx2.Client, *items: Any, **rest: Any) -> httpx2.Response:
    headers = {"idempotency-key": rest.pop("key")} if "key" in rest else {}
    return client.post(BULK, json={"activities": list(items), **rest}, headers=headers)


def added(answer: httpx2.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    reply = answer.json()
    assert reply["success"] is True
    ok = [item["success"] for item in reply["data"]]
    assert reply["additional_data"] == {"added": ok.count(True), "refused": ok.count(False)}
    return list(reply["data"])


# What is wrong in one activity, each in another way.
WRONG: list[Json] = [
    {"subject": 5},
    {"due_date": "soon"},
    {"type": "no_such_type"},
    {"deal_id": 999_999_999},
    {"owner_id": 999_999_999},
    {"priority": 1},
    {"duration": "10000:00"},
    {"participants": [{"person_id": 999_999_999}]},
    {"participants": [{"primary": True}]},
    {"attendees": [{"name": "Nobody"}]},
    {"location": "Tallinn"},
    {"due_date": "9999-12-31", "due_time": "23:00", "duration": "02:00"},
]


def test_five_hundred_are_one_write(town: Town, alice: httpx2.Client) -> None:
    deal = town.record(town.alice, "deal").id
    before = town.changed()
    items = added(bulk(alice, *({"subject": f"Number {n}", "deal_id": deal, "done": n % 2 == 0} for n in range(500))))
    ids = [item["data"]["id"] for item in items]
    assert ids == list(range(ids[0], ids[0] + 500))
    assert [item["data"]["subject"] for item in items] == [f"Number {n}" for n in range(500)]
    assert town.changed() == before + 500
    assert len({item["data"]["add_time"] for item in items}) == 1
    assert alice.get(f"{ROOT}/{ids[7]}").json()["data"] == items[7]["data"]
    assert len(alice.get(ROOT, params={"deal_id": deal, "limit": 500}).json()["data"]) == 500


@pytest.mark.parametrize("count", [0, 501])
def test_not_none_and_not_more(town: Town, alice: httpx2.Client, count: int) -> None:
    before = town.changed()
    answer = bulk(alice, *({} for _ in range(count)))
    assert (answer.status_code, "activities" in answer.json()["error"]) == (400, True)
    assert town.changed() == before


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_each_for_itself(town: Town, alice: httpx2.Client, wrong: Json) -> None:
    alone = alice.post(ROOT, json=wrong)
    assert alone.status_code == 400
    before = town.changed()
    first, refused, last = added(bulk(alice, {"subject": "First"}, wrong, {"subject": "Last"}, mode="each"))
    assert refused == alone.json()
    assert last["data"]["id"] == first["data"]["id"] + 1
    assert (first["data"]["subject"], last["data"]["subject"]) == ("First", "Last")
    assert town.changed() == before + 2


@pytest.mark.parametrize("mode", [{}, {"mode": "all"}], ids=str)
@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_all_or_none(town: Town, alice: httpx2.Client, wrong: Json, mode: Json) -> None:
    before, last = town.changed(), alice.post(ROOT, json={}).json()["data"]["id"]
    refused = bulk(alice, {"subject": "First"}, wrong, {"subject": "Last"}, **mode)
    alone = alice.post(ROOT, json=wrong).json()
    assert refused.status_code == 400
    assert refused.json() == {
        "success": False,
        "error": alone["error"].replace("failed: ", "failed: activities[1]."),
        "code": alone["code"],
    }
    assert town.changed() == before + 1
    assert alice.post(ROOT, json={}).json()["data"]["id"] == last + 1  # no id was used up


def test_all_that_is_wrong_is_told_but_not_without_end(alice: httpx2.Client) -> None:
    error = bulk(alice, {}, {"type": "x"}, {}, {"deal_id": 999_999_999}).json()["error"]
    assert ("activities[1].type: " in error, "activities[3].deal_id: " in error) == (True, True)
    assert bulk(alice, *({"type": "x"} for _ in range(500))).json()["error"].count("activities[") == 20


@pytest.mark.parametrize("body", [{}, {"activities": 5}, {"activities": [5]}, {"activities": [{}], "mode": "some"}, []])
def test_a_request_that_is_wrong_as_a_whole(town: Town, alice: httpx2.Client, body: Any) -> None:
    before = town.changed()
    assert alice.post(BULK, json=body).status_code == 400
    assert town.changed() == before


@pytest.mark.parametrize("mode", ["all", "each"])
def test_a_key_makes_it_once(town: Town, alice: httpx2.Client, mode: str) -> None:
    items = [{"subject": "Once"}, {"subject": "Once"}]
    first = bulk(alice, *items, mode=mode, key=f"bulk-{mode}")
    before = town.changed()
    again = bulk(alice, *items, mode=mode, key=f"bulk-{mode}")
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (200, first.content, "true")
    assert bulk(alice, *items[1:], mode=mode, key=f"bulk-{mode}").status_code == 422
    assert town.changed() == before


def test_a_refused_write_leaves_the_key_free(alice: httpx2.Client) -> None:
    assert bulk(alice, {"type": "x"}, key="bulk-free").status_code == 400
    assert len(added(bulk(alice, {"type": "call"}, key="bulk-free"))) == 1


@pytest.mark.parametrize(
    ("field", "kind"),
    [("deal_id", "deal"), ("person_id", "contact"), ("org_id", "organization"), ("project_id", "project")],
)
def test_what_is_of_another_account_is_nobodys(town: Town, alice: httpx2.Client, field: str, kind: Any) -> None:
    theirs = next(
        record.id
        for record in (town.record(town.charlie, kind) for _ in range(200))
        if alice.post(ROOT, json={field: record.id}).status_code == 400
    )
    before = town.changed()
    answers = added(bulk(alice, {field: theirs}, {field: 999_999_999}, mode="each"))
    assert answers[0] == answers[1]
    assert answers[0]["success"] is False
    assert town.changed() == before
    assert added(bulk(alice, {"owner_id": town.charlie.user_id + 1_000}, mode="each"))[0]["success"] is False


def test_each_is_logged_as_the_callers(town: Town) -> None:
    with town.client(town.bob) as bob:
        (made,) = added(bulk(bob, {"subject": "Mine", "owner_id": town.alice.user_id}))
    assert (made["data"]["creator_user_id"], made["data"]["owner_id"]) == (town.bob.user_id, town.alice.user_id)
    own = (
        (log.c.account_id, town.bob.account_id),
        (log.c.user_id, town.bob.user_id),
        (log.c.entity_id, made["data"]["id"]),
    )
    assert town.changed(*(column == literal_column(str(value)) for column, value in own)) == 1


def test_a_token_that_may_only_read_is_refused(town: Town) -> None:
    reading = town.credential(town.alice, scopes=frozenset(("activities:read",)))
    with town.client(reading) as client:
        assert bulk(client, {}).status_code == 403


def test_the_vendor_has_no_such_call(strict_town: Town) -> None:
    with strict_town.client(strict_town.alice) as strict:
        alone = strict.post(f"{ROOT}/5", json={})
        answer = bulk(strict, {})
        assert (answer.status_code, answer.json()) == (alone.status_code, alone.json())
        assert answer.status_code == 405
        assert answer.headers["allow"] == alone.headers["allow"]
