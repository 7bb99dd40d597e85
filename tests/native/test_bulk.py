"""Many records in one write: each has an outcome of its own, and a refused one harms no other."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from sqlalchemy import literal_column

from dayline.store.tables import changes as log
from tests.cast import Person
from tests.house import Town
from tests.native.problems import RECORDS, assert_problem

BULK = f"{RECORDS}/bulk"
UUID = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e77"
Json = dict[str, Any]


def bulk(client: httpx2.Client, *records: Json, **rest: Any) -> Json:
    answer = client.post(BULK, json={"kind": "contact", "records": list(records)} | rest)
    assert answer.status_code == 200, answer.text
    reply: Json = answer.json()
    assert len(reply["data"]) == len(records)
    names = [item["outcome"] for item in reply["data"]]
    assert {name: names.count(name) for name in ("created", "changed", "unchanged", "refused")} == {
        name: count for name, count in reply.items() if name != "data"
    }
    return reply


def outcomes(reply: Json) -> list[str]:
    return [item["outcome"] for item in reply["data"]]


def changes(town: Town, person: Person) -> int:
    return town.changed(log.c.account_id == literal_column(str(person.account_id)))


def test_created_then_unchanged_then_changed(town: Town, newcomer: Person) -> None:
    records: list[Json] = [
        {"external_id": f"c-{n}", "name": f"Number {n}", "email": f"{n}@example.com"} for n in range(1000)
    ]
    with town.client(newcomer) as nora:
        first = bulk(nora, *records)
        assert first["created"] == 1000
        assert [item["record"]["id"] for item in first["data"]] == list(range(1, 1001))
        logged = changes(town, newcomer)
        again = bulk(nora, *records)
        assert again["unchanged"] == 1000
        assert [item["record"] for item in again["data"]] == [item["record"] for item in first["data"]]
        assert changes(town, newcomer) == logged
        records[7] = {"external_id": "c-7", "email": None}
        third = bulk(nora, *records)
        assert (third["changed"], third["unchanged"], outcomes(third)[7]) == (1, 999, "changed")
        assert (third["data"][7]["record"]["name"], third["data"][7]["record"]["email"]) == ("Number 7", None)
        assert nora.get(f"{RECORDS}/contact/8").json() == third["data"][7]["record"]
        assert changes(town, newcomer) == logged + 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 256}, "external_id"),
        ({"email": ""}, "email"),
        ({"id": 0}, "id"),
        ({"id": 10**16}, "id"),
        ({"uuid": "no"}, "uuid"),
        ({"slug": "12"}, "slug"),
        ({"owner_id": 10**9}, "owner_id"),
        ({"external_id": "good-1"}, "external_id"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_refused_one_harms_no_other(town: Town, newcomer: Person, wrong: Json, field: str) -> None:
    good = [{"external_id": f"good-{n}", "name": "Good"} for n in range(3)]
    with town.client(newcomer) as nora:
        reply = bulk(nora, *good[:2], {"external_id": "bad", "name": "Bad"} | wrong, good[2])
        assert outcomes(reply) == ["created", "created", "refused", "created"]
        refused = reply["data"][2]
        assert refused["record"] is None
        assert [error["field"] for error in refused["errors"]] == [field]
        assert all(error["message"] for error in refused["errors"])
        assert [record["id"] for record in nora.get(RECORDS).json()["data"]] == [1, 2, 3]


def test_a_new_one_needs_a_name_and_every_one_a_kind(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        assert bulk(nora, {"external_id": "1"})["data"][0]["errors"][0]["field"] == "name"
        answer = nora.post(BULK, json={"records": [{"external_id": "1", "name": "A"}]})
        assert (answer.status_code, answer.json()["data"][0]["errors"][0]["field"]) == (200, "kind")
        mixed = bulk(nora, {"external_id": "1", "name": "A"}, {"external_id": "1", "name": "A", "kind": "deal"})
        assert [item["record"]["kind"] for item in mixed["data"]] == ["contact", "deal"]


def test_the_names_it_already_has(town: Town, newcomer: Person) -> None:
    item = {"external_id": "1", "name": "A", "id": 70, "uuid": UUID.upper(), "slug": "mara"}
    with town.client(newcomer) as nora:
        made = bulk(nora, item)["data"][0]["record"]
        assert (made["id"], made["uuid"], made["slug"]) == (70, UUID, "mara")
        assert outcomes(bulk(nora, item)) == ["unchanged"]
        for field, value in (("id", 71), ("uuid", UUID.replace("0", "1")), ("slug", "other")):
            refused = bulk(nora, item | {field: value})["data"][0]
            assert (refused["outcome"], refused["errors"][0]["field"]) == ("refused", field)
            taken = bulk(nora, {"external_id": "2", "name": "B", field: item[field]})["data"][0]
            assert (taken["outcome"], taken["errors"][0]["field"]) == ("refused", field)
        other = bulk(nora, {"external_id": "9", "name": "E", "kind": "deal", "slug": "mara"})["data"][0]
        assert (other["outcome"], other["errors"][0]["field"]) == ("refused", "slug")
        twice = bulk(nora, {"external_id": "3", "name": "C", "id": 80}, {"external_id": "4", "name": "D", "id": 80})
        assert outcomes(twice) == ["created", "refused"]


def test_a_deleted_one_is_not_brought_back(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        bulk(nora, {"external_id": "1", "name": "A"})
        assert nora.delete(f"{RECORDS}/contact/1").status_code == 204
        refused = bulk(nora, {"external_id": "1", "name": "B"})["data"][0]
        assert refused["outcome"] == "refused"
        assert "restore" in refused["errors"][0]["message"]
        assert nora.get(RECORDS).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"records": []}, "records"),
        ({"records": [{"external_id": str(n)} for n in range(1001)]}, "records"),
        ({"records": [{"name": "A"}]}, "records[0].external_id"),
        ({"records": [{"external_id": "1"}, {"external_id": 2}]}, "records[1].external_id"),
        ({"records": [{"external_id": "1", "colour": "red"}]}, "records[0].colour"),
        ({"records": [{"external_id": "1"}], "kind": "pet"}, "kind"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_request_that_cannot_be_read(town: Town, newcomer: Person, body: Json, field: str) -> None:
    with town.client(newcomer) as nora:
        assert_problem(nora.post(BULK, json=body), 400, field)
        assert nora.get(RECORDS).json()["data"] == []


def test_each_account_has_its_own(town: Town, newcomer: Person, charlie: httpx2.Client) -> None:
    with town.client(newcomer) as nora:
        made = bulk(nora, {"external_id": "shared", "name": "Nora's"})["data"][0]["record"]
        assert outcomes(bulk(charlie, {"external_id": "shared", "name": "Charlie's"})) == ["created"]
        assert nora.get(f"{RECORDS}/contact/{made['id']}").json() == made


def test_the_same_at_once_is_created_once(town: Town, newcomer: Person) -> None:
    records = [{"external_id": f"c-{n}", "name": f"Number {n}"} for n in range(100)]
    with town.client(newcomer) as nora, ThreadPoolExecutor(6) as crowd:
        replies = list(crowd.map(lambda _: bulk(nora, *records), range(6)))
        assert sorted(reply["created"] for reply in replies) == [0] * 5 + [100]
        assert sum(reply["unchanged"] for reply in replies) == 500
        assert len(nora.get(RECORDS, params={"limit": 500}).json()["data"]) == 100


def test_a_change_beside_it_is_not_lost(town: Town, newcomer: Person) -> None:
    """The two name the same record in different ways."""
    with town.client(newcomer) as nora, ThreadPoolExecutor(8) as crowd:
        bulk(nora, {"external_id": "1", "name": "A"})

        def write(number: int) -> None:
            if number % 2:
                bulk(nora, {"external_id": "1", "email": f"{number}@example.com"})
            else:
                answer = nora.patch(f"{RECORDS}/contact/1", json={"phone": str(number)})
                assert answer.status_code == 200

        list(crowd.map(write, range(40)))
        assert nora.get(f"{RECORDS}/contact/1").json()["revision"] == 41


def test_a_repetition_gives_the_first_answer(town: Town, newcomer: Person) -> None:
    body = {"kind": "contact", "records": [{"external_id": "1", "name": "A"}]}
    with town.client(newcomer) as nora:
        first, second = (nora.post(BULK, json=body, headers={"idempotency-key": "b-1"}) for _ in range(2))
        assert second.content == first.content
        assert second.headers["idempotency-replayed"] == "true"
