"""What happened to an activity: everything, in order, by whom; and nothing that the caller could not have seen."""

from typing import Any

import httpx2
from msgspec.structs import replace
from sqlalchemy import select

from dayline.store.tables import changes
from tests.cast import Person
from tests.house import Town
from tests.native.problems import ACTIVITIES, assert_problem

LATEST = "/dayline/v1/changes/latest"


def make(client: httpx2.Client, **fields: Any) -> str:
    answer = client.post(ACTIVITIES, json={"type": "call", "subject": "First"} | fields)
    assert answer.status_code == 201, answer.text
    return f"{ACTIVITIES}/{answer.json()['id']}"


def history(client: httpx2.Client, activity: str, **query: int | str) -> list[dict[str, Any]]:
    answer = client.get(f"{activity}/history", params=query)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()["data"]
    return told


def test_everything_is_told_the_latest_first(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    activity = make(alice, note="old")
    assert bob.patch(activity, json={"subject": "Second", "note": None, "date": "2026-12-01"}).status_code == 200
    assert alice.delete(activity).status_code == 204
    assert alice.post(f"{activity}/restore").status_code == 200
    told = history(alice, activity)
    assert [one["action"] for one in told] == ["restored", "deleted", "changed", "created"]
    assert [one["user"]["name"] for one in told] == ["Alice", "Alice", "Bob", "Alice"]
    assert {one["via"] for one in told} == {"token"}
    fields = {field["name"]: (field["before"], field["after"]) for field in told[2]["fields"]}
    assert fields["subject"] == ("First", "Second")
    assert fields["note"] == ("old", None)
    assert fields["date"] == (None, "2026-12-01")
    assert not fields.keys() & {"revision", "updated_at", "editor_id"}
    assert [one["fields"] for one in (told[0], told[1], told[3])] == [[], [], []]


def test_it_comes_in_pages(alice: httpx2.Client) -> None:
    activity = make(alice)
    for number in range(6):
        alice.patch(activity, json={"subject": f"Number {number}"})
    whole = history(alice, activity)
    pages, cursor = [], None
    while True:
        query = {"limit": "3"} | ({} if cursor is None else {"cursor": cursor})
        answer = alice.get(f"{activity}/history", params=query).json()
        pages.append(answer["data"])
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == whole
    first = alice.get(f"{activity}/history", params={"limit": 1}).json()["next_cursor"]
    assert_problem(alice.get(f"{make(alice)}/history", params={"cursor": first}), 400, "cursor")


def test_what_was_private_stays_so(alice: httpx2.Client, bob: httpx2.Client) -> None:
    activity = make(alice, visibility="private", subject="Secret")
    alice.patch(activity, json={"subject": "Secret still"})
    alice.patch(activity, json={"subject": "For all", "visibility": "public"})
    alice.patch(activity, json={"subject": "For everybody"})
    told = bob.get(f"{activity}/history")
    assert "Secret" not in told.text
    assert [len(one["fields"]) for one in told.json()["data"]] == [1, 0, 0, 0]
    assert len(history(alice, activity)[1]["fields"]) == 2


def test_it_belongs_to_who_sees_the_activity(alice: httpx2.Client, bob: httpx2.Client, charlie: httpx2.Client) -> None:
    activity = make(alice, visibility="private")
    for client in (bob, charlie):
        assert_problem(client.get(f"{activity}/history"), 404)


def test_the_command_line_is_nobody(town: Town, alice: httpx2.Client) -> None:
    activity = make(alice)
    nobody = replace(town.alice.principal, user_id=0, token_id=0)
    id_ = int(activity.rpartition("/")[2])
    town.wait(town.service.activities.finish_many(nobody, [id_], lambda written: written))
    told = history(alice, activity)[0]
    assert (told["user"], told["via"]) == (None, "command line")


def test_the_last_number_goes_up_with_every_change(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as client:
        before = client.get(LATEST).json()["sequence"]
        assert client.get(LATEST).json() == {"sequence": before}
        make(client)
        assert client.get(LATEST).json()["sequence"] == before + 1
    told = town.rows(select(changes.c.account_id, changes.c.sequence))
    assert max(sequence for account_id, sequence in told if account_id == newcomer.account_id) == before + 1
