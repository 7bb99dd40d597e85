"""Where Dayline does more than Pipedrive: whole objects are sent back, deletions are read, nothing unseen is lost."""

from typing import Any

import httpx2
import pytest

from dayline.domain.activity import Activity, Conference
from dayline.domain.draft import Draft, TypeKey
from dayline.domain.record import Record, RecordKey
from dayline.vendors.pipedrive import mapping
from tests.cast import Person
from tests.house import Town

V1, V2 = "/v1/activities", "/api/v2/activities"
COLLECTION = f"{V1}/collection"
Json = dict[str, Any]


def rich(town: Town, who: Person, *records: Record, done: bool = True) -> Activity:
    """An activity that has something in every field that Pipedrive only reads."""
    draft = Draft(
        type=TypeKey("call", "type"),
        subject="Rich",
        done=done,
        zone="Europe/Tallinn",
        conference=Conference("meet", "https://meet.example.com/1", "1"),
        relations=tuple(RecordKey(record.kind, record.id, "") for record in records),
    )
    return town.wait(town.service.activities.create(who.principal, draft, lambda written: written.activity))


def stored(town: Town, id_: int) -> Activity:
    return town.wait(town.service.activities.get(town.alice.principal, id_))


def read(client: httpx2.Client, path: str, **query: Any) -> Any:
    """What is in the envelope: an activity, or a list of them."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


class TestSentBack:
    """The whole of what was read, written as it is."""

    def test_the_whole_of_v2_changes_nothing(self, town: Town, alice: httpx2.Client) -> None:
        before = rich(town, town.alice, town.record(town.alice, "deal"))
        shown = read(alice, f"{V2}/{before.id}", include_fields="attendees")
        assert None not in [shown[name] for name in mapping.READ_ONLY]
        answer = alice.patch(f"{V2}/{before.id}", json=shown | {"subject": "Richer"})
        assert answer.status_code == 200, answer.text
        after = read(alice, f"{V2}/{before.id}", include_fields="attendees")
        assert after | {"update_time": shown["update_time"]} == shown | {"subject": "Richer"}

    def test_the_whole_of_v1_changes_nothing(self, town: Town, alice: httpx2.Client) -> None:
        before = rich(town, town.alice, town.record(town.alice, "deal"))
        shown = read(alice, f"{V1}/{before.id}")
        answer = alice.put(f"{V1}/{before.id}", json=shown | {"subject": "Richer"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] | {"update_time": shown["update_time"]} == shown | {"subject": "Richer"}

    def test_the_whole_of_v1_as_a_form(self, town: Town, alice: httpx2.Client) -> None:
        before = rich(town, town.alice, done=False)
        shown = read(alice, f"{V1}/{before.id}")
        texts = {name: _text(value) for name, value in shown.items() if isinstance(value, str | int)}
        answer = alice.put(f"{V1}/{before.id}", data=texts | {"subject": "Richer"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] | {"update_time": shown["update_time"]} == shown | {"subject": "Richer"}

    @pytest.mark.parametrize("name", mapping.READ_ONLY)
    def test_v2_says_what_cannot_be_changed(self, town: Town, alice: httpx2.Client, name: str) -> None:
        before = rich(town, town.alice)
        shown = read(alice, f"{V2}/{before.id}")
        others: tuple[Any, ...] = (_other(shown[name]), None, [], {"a": 1})
        for other in others:
            answer = alice.patch(f"{V2}/{before.id}", json=shown | {"subject": "Lost", name: other})
            assert answer.status_code == 400, other
            assert answer.json()["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
            assert answer.json()["error"].startswith(f"Validation failed: {name}: This field is read-only, and is ")
        assert stored(town, before.id) == before

    def test_v1_leaves_alone_what_cannot_be_written(self, town: Town, alice: httpx2.Client) -> None:
        """As the vendor does: a client that sends the same object twice has an old update_time the second time."""
        id_ = rich(town, town.alice).id
        shown = read(alice, f"{V1}/{id_}")
        old = {"update_time": "2020-01-01 00:00:00", "add_time": "x", "active_flag": False, "id": 7, "company_id": None}
        for subject in ("Once", "Twice"):
            assert alice.put(f"{V1}/{id_}", json=shown | old | {"subject": subject}).status_code == 200
        after = read(alice, f"{V1}/{id_}")
        assert after | {"update_time": shown["update_time"]} == shown | {"subject": "Twice"}

    def test_whoever_writes_what_is_old_by_now_is_told(self, town: Town, alice: httpx2.Client) -> None:
        made = alice.post(V2, json={"subject": "Old", "done": False}).json()["data"]
        assert alice.patch(f"{V2}/{made['id']}", json={"done": True}).status_code == 200
        answer = alice.patch(f"{V2}/{made['id']}", json=made | {"subject": "Older"})
        assert answer.status_code == 400
        assert "marked_as_done_time: This field is read-only" in answer.json()["error"]
        assert stored(town, made["id"]).done

    def test_times_may_be_spelled_otherwise(self, town: Town, alice: httpx2.Client) -> None:
        id_ = rich(town, town.alice).id
        shown = read(alice, f"{V2}/{id_}")
        spelled = {
            "add_time": shown["add_time"].replace("Z", ".000Z"),
            "update_time": shown["update_time"][:-1] + "+00:00",
        }
        assert alice.patch(f"{V2}/{id_}", json=spelled).status_code == 200

    def test_a_copy_may_be_made_of_what_was_read(self, town: Town, alice: httpx2.Client) -> None:
        shown = read(alice, f"{V2}/{rich(town, town.alice).id}")
        copied = alice.post(V2, json=shown)
        assert copied.status_code == 200
        assert copied.json()["data"]["id"] != shown["id"]

    def test_nobody_learns_by_it_what_he_cannot_see(self, town: Town) -> None:
        hidden = rich(town, town.alice)
        with town.client(town.alice) as alice, town.client(town.bob) as bob:
            shown = read(alice, f"{V2}/{hidden.id}")
            assert alice.patch(f"{V2}/{hidden.id}", json={"private": True}).status_code == 200
            for body in (shown, {"id": 1}):
                assert bob.patch(f"{V2}/{hidden.id}", json=body).status_code == 404


def _other(value: Any) -> Any:
    """Another value of its kind."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value.replace("20", "19", 1) + "x"


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class TestDeleted:
    """What was deleted, on the same pages as what lives."""

    def test_an_incremental_reader_of_v2_finds_deletions(self, town: Town, alice: httpx2.Client) -> None:
        ids = [alice.post(V2, json={"subject": f"Row {n}", "deal_id": None}).json()["data"]["id"] for n in range(5)]
        since = read(alice, f"{V2}/{ids[0]}")["update_time"]
        for gone in (ids[1], ids[3]):
            assert alice.delete(f"{V2}/{gone}").status_code == 200
        query = {"updated_since": since, "sort_by": "update_time", "include_deleted": 1, "limit": 2}
        query["ids"] = ",".join(map(str, ids))
        rows: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            page = alice.get(V2, params=query | cursor).json()
            rows += page["data"]
            if page["additional_data"]["next_cursor"] is None:
                break
            cursor = {"cursor": page["additional_data"]["next_cursor"]}
        assert [row["id"] for row in rows] == [ids[0], ids[2], ids[4], ids[1], ids[3]]
        assert [row["is_deleted"] for row in rows] == [False, False, False, True, True]
        assert rows[3] == read(alice, f"{V2}/{ids[1]}")
        assert rows[3]["update_time"] >= since
        living = [row["id"] for row in read(alice, V2, ids=query["ids"])]
        assert (
            living
            == [ids[0], ids[2], ids[4]]
            == [row["id"] for row in read(alice, V2, ids=query["ids"], include_deleted="false")]
        )

    def test_the_lists_of_v1(self, town: Town, alice: httpx2.Client) -> None:
        deal = town.record(town.alice, "deal").id
        kept, gone = (alice.post(V1, json={"deal_id": deal, "type": "lunch"}).json()["data"] for _ in range(2))
        assert alice.delete(f"{V1}/{gone['id']}").status_code == 200
        for path, query in ((V1, {}), (COLLECTION, {"since": kept["update_time"]})):
            asked = {"type": "lunch", "limit": 500, **query}
            both = {row["id"]: row["active_flag"] for row in read(alice, path, include_deleted=1, **asked)}
            assert (both[kept["id"]], both[gone["id"]]) == (True, False)
            assert gone["id"] not in {row["id"] for row in read(alice, path, **asked)}

    def test_a_cursor_goes_on_in_the_same_list_only(self, alice: httpx2.Client) -> None:
        for _ in range(2):
            assert alice.post(V2, json={}).status_code == 200
        cursor = alice.get(V2, params={"limit": 1, "include_deleted": 1}).json()["additional_data"]["next_cursor"]
        assert alice.get(V2, params={"limit": 1, "cursor": cursor}).status_code == 400
        assert alice.get(V2, params={"limit": 1, "include_deleted": "true", "cursor": cursor}).status_code == 200

    def test_what_is_hidden_stays_so_when_it_is_deleted(self, town: Town, alice: httpx2.Client) -> None:
        hidden = alice.post(V2, json={"private": True}).json()["data"]["id"]
        assert alice.delete(f"{V2}/{hidden}").status_code == 200
        assert [row["id"] for row in read(alice, V2, ids=hidden, include_deleted=1)] == [hidden]
        for other in (town.bob, town.charlie):
            with town.client(other) as client:
                assert read(client, V2, ids=hidden, include_deleted=1) == []

    @pytest.mark.parametrize("path", [V1, V2, COLLECTION])
    def test_the_vendor_does_not_know_it(self, strict_town: Town, path: str) -> None:
        with strict_town.client(strict_town.alice) as strict:
            answer = strict.get(path, params={"include_deleted": "1"})
            assert answer.status_code == 400
            assert "include_deleted" in answer.json()["error"]


@pytest.mark.parametrize(
    ("field", "kind"), [("deal_id", "deal"), ("org_id", "organization"), ("project_id", "project")]
)
@pytest.mark.parametrize(("path", "method"), [(V1, "PUT"), (V2, "PATCH")])
def test_null_takes_away_what_is_shown_and_nothing_that_is_not(
    town: Town, alice: httpx2.Client, field: str, kind: Any, path: str, method: str
) -> None:
    first, second, third = (town.record(town.alice, kind) for _ in range(3))
    other = town.record(town.alice, "job")
    id_ = rich(town, town.alice, first, other, second, third).id

    def write(value: int | None) -> list[int]:
        answer = alice.request(method, f"{path}/{id_}", json={field: value})
        assert answer.status_code == 200, answer.text
        related = stored(town, id_).related
        left = [ref.id for ref in related if ref.kind == kind]
        assert answer.json()["data"][field] == next(iter(left), None)
        assert other.ref in related
        return left

    assert write(None) == [second.id, third.id]
    assert write(first.id) == [first.id, third.id]
    assert write(None) == [third.id]
    assert write(None) == write(None) == []
