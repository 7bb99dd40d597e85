"""What Pipedrive's webhooks are sent, key for key, by whichever dialect it was written."""

import re
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from dayline.domain.identity import UserChange
from dayline.domain.record import Record
from dayline.store.tables import deliveries
from tests.events.conftest import until
from tests.events.receiver import Receiver
from tests.house import Town
from tests.vendors.pipedrive.webhooks.conftest import ROOT, Json, heard, subscribe

ACTIVITIES = "/api/v2/activities"
NOTHING = {"timezone_id": None, "value": ""}
META = [
    "action", "entity", "entity_id", "company_id", "user_id", "id", "correlation_id", "is_bulk_edit", "timestamp",
    "type", "version", "webhook_id", "webhook_owner_id", "change_source", "attempt", "host",
]  # fmt: skip
DATA = [
    "id", "active_flag", "add_time", "busy_flag", "custom_fields", "deal_id", "done", "due_date", "due_time",
    "duration", "lead_id", "location", "org_id", "owner_id", "person_id", "public_description", "subject", "type",
    "update_time", "update_user_id",
]  # fmt: skip
V1 = ["v", "event", "retry", "meta", "current", "previous", "matches_filters"]
META_V1 = [
    "v", "action", "object", "id", "company_id", "user_id", "host", "timestamp", "timestamp_micro",
    "permitted_user_ids", "is_bulk_update", "webhook_id", "matches_filters", "change_source", "trans_pending",
    "pipedrive_service_name",
]  # fmt: skip


@pytest.fixture(autouse=True)
def tidy(town: Town, alice: httpx2.Client) -> Any:
    """No test has another's webhooks."""
    yield
    for webhook in alice.get(ROOT).json()["data"]:
        alice.delete(f"{ROOT}/{webhook['id']}")


def add(client: httpx2.Client, **fields: Json) -> Json:
    answer = client.post(ACTIVITIES, json={"subject": "Intro call", "type": "call", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def change(client: httpx2.Client, id_: int, **fields: Json) -> Json:
    answer = client.patch(f"{ACTIVITIES}/{id_}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


class TestVersion2:
    """The current one."""

    async def test_a_write_through_atz(
        self, town: Town, alice: httpx2.Client, ear: Receiver, records: dict[str, Record]
    ) -> None:
        webhook = subscribe(alice, ear.url)
        kinds = {kind["key_string"]: kind["id"] for kind in alice.get("/v1/activityTypes").json()["data"]}
        body = {
            "title": "Intro call v2",
            "activity_type_id": kinds["call"],
            "start_datetime": "2026-11-05T14:30:00Z",
            "end_datetime": "2026-11-05T15:15:00Z",
            "related_to_entity": 5,
            "related_to": records["deal"].slug,
        }
        written = alice.post("/v1/activity", json=body)
        assert written.status_code in (200, 201), written.text
        (event,) = await heard(ear, 1)
        assert list(event) == ["meta", "data", "previous"]
        meta, data = event["meta"], event["data"]
        shown = alice.get(f"{ACTIVITIES}/{data['id']}").json()["data"]
        assert list(meta) == META
        assert meta == {
            "action": "create",
            "entity": "activity",
            "entity_id": str(data["id"]),
            "company_id": str(town.alice.account_id),
            "user_id": str(town.alice.user_id),
            "id": str(UUID(meta["id"])),
            "correlation_id": str(UUID(meta["correlation_id"])),
            "is_bulk_edit": False,
            "timestamp": meta["timestamp"],
            "type": "general",
            "version": "2.0",
            "webhook_id": str(webhook["id"]),
            "webhook_owner_id": str(town.alice.user_id),
            "change_source": "api",
            "attempt": 1,
            "host": town.url.removeprefix("http://"),
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", meta["timestamp"])
        assert list(data) == DATA
        assert data == {
            "id": shown["id"],
            "active_flag": True,
            "add_time": shown["add_time"],
            "busy_flag": shown["busy"],
            "custom_fields": {},
            "deal_id": records["deal"].id,
            "done": False,
            "due_date": "2026-11-05",
            "due_time": {"timezone_id": None, "value": "14:30:00"},
            "duration": {"timezone_id": None, "value": "00:45:00"},
            "lead_id": None,
            "location": None,
            "org_id": None,
            "owner_id": town.alice.user_id,
            "person_id": None,
            "public_description": "",
            "subject": "Intro call v2",
            "type": shown["type"],
            "update_time": shown["update_time"],
            "update_user_id": None,
        }
        assert event["previous"] is None
        headers = ear.heard[0].headers
        assert (headers["content-type"], headers["webhook-id"]) == ("application/json", meta["id"])
        assert "authorization" not in headers

    async def test_the_life_of_one(self, alice: httpx2.Client, ear: Receiver) -> None:
        subscribe(alice, ear.url)
        made = add(alice, due_date="2026-11-05")
        (created,) = await heard(ear, 1)
        assert (created["data"]["due_time"], created["data"]["duration"]) == (None, None)
        change(alice, made["id"], subject="Intro call v2", due_time="09:00")
        _, changed = await heard(ear, 2)
        assert changed["meta"]["action"] == "change"
        assert changed["data"]["subject"] == "Intro call v2"
        assert changed["data"]["due_time"] == {"timezone_id": None, "value": "09:00:00"}
        assert changed["data"]["duration"] == NOTHING
        former = {key: changed["previous"][key] for key in changed["previous"] if key != "update_time"}
        assert former == {"due_time": NOTHING, "subject": "Intro call"}
        alice.delete(f"{ACTIVITIES}/{made['id']}")
        *_, deleted = await heard(ear, 3)
        assert (deleted["meta"]["action"], deleted["data"]) == ("delete", None)
        assert deleted["previous"] == changed["data"]
        restored = alice.post(f"/dayline/v1/activities/{made['id']}/restore")
        assert restored.status_code == 200, restored.text
        *_, back = await heard(ear, 4)
        assert (back["meta"]["action"], back["previous"]) == ("create", None)
        assert back["data"]["active_flag"] is True
        ids = [each.id for each in ear.heard]
        assert len(set(ids)) == 4

    async def test_what_it_does_not_show_is_told_as_a_change_of_nothing_else(
        self, alice: httpx2.Client, ear: Receiver
    ) -> None:
        subscribe(alice, ear.url, "change")
        made = add(alice)
        change(alice, made["id"], note="<p>prep</p>")
        (event,) = await heard(ear, 1)
        assert event["previous"].keys() <= {"update_time"}

    async def test_only_what_was_asked_for(self, alice: httpx2.Client, ear: Receiver) -> None:
        subscribe(alice, f"{ear.url}/delete", "delete")
        subscribe(alice, f"{ear.url}/deal", "*", "deal")
        subscribe(alice, f"{ear.url}/note", "*", "note")
        made = add(alice)
        change(alice, made["id"], done=True)
        alice.delete(f"{ACTIVITIES}/{made['id']}")
        (event,) = await heard(ear, 1)
        assert (ear.heard[0].path, event["meta"]["action"]) == ("/hook/delete", "delete")

    async def test_several_in_one_write(self, alice: httpx2.Client, ear: Receiver) -> None:
        subscribe(alice, ear.url)
        body = {"activities": [{"subject": f"Number {n}", "type": "call"} for n in range(3)]}
        made = alice.post(f"{ACTIVITIES}/bulk", json=body).json()["data"]
        one = add(alice)
        await heard(ear, 4)
        ids = [each["data"]["id"] for each in made]
        alice.delete(f"/v1/activities?ids={','.join(map(str, ids))}")
        events = {(each["meta"]["action"], each["meta"]["entity_id"]): each["meta"] for each in await heard(ear, 7)}
        for action in ("create", "delete"):
            of_one_write = [events[action, str(id_)] for id_ in ids]
            assert all(meta["is_bulk_edit"] for meta in of_one_write)
            assert len({meta["correlation_id"] for meta in of_one_write}) == 1
        assert events["create", str(one["id"])]["is_bulk_edit"] is False
        assert len({meta["correlation_id"] for meta in events.values()}) == 3
        assert len({meta["id"] for meta in events.values()}) == 7

    async def test_what_its_user_may_not_see(self, town: Town, alice: httpx2.Client, ear: Receiver) -> None:
        subscribe(alice, ear.url, user_id=town.bob.user_id)
        made = add(alice, private=True)
        change(alice, made["id"], subject="Still hidden")
        change(alice, made["id"], private=False)
        (seen,) = await heard(ear, 1)
        assert (seen["meta"]["action"], seen["previous"]) == ("create", None)
        assert seen["data"]["subject"] == "Still hidden"
        change(alice, made["id"], subject="Hidden again", private=True)
        _, gone = await heard(ear, 2)
        assert (gone["meta"]["action"], gone["data"]) == ("delete", None)
        # What is hidden from him today is told without its contents.
        assert (gone["previous"]["id"], gone["previous"]["subject"]) == (made["id"], "")
        alice.delete(f"{ACTIVITIES}/{made['id']}")
        add(alice, subject="For all")
        *_, last = await heard(ear, 3)
        assert last["data"]["subject"] == "For all"

    async def test_records_and_users(self, town: Town, alice: httpx2.Client, ear: Receiver) -> None:
        subscribe(alice, ear.url, "*", "*")
        mail = {"value": "mara@ex.example", "primary": True, "label": "work"}
        asked = (
            ("/api/v2/persons", {"name": "Mara Tamm", "emails": [mail]}),
            ("/api/v2/organizations", {"name": "Ex"}),
            ("/api/v2/deals", {"title": "Ex deal"}),
            ("/v1/leads", {"title": "Ex lead"}),
            ("/api/v2/projects", {"title": "Ex project"}),
        )
        made = [alice.post(path, json=body).json()["data"] for path, body in asked]
        town.wait(town.service.people.change(town.alice.principal, town.bob.user_id, UserChange(name="Robert"), str))
        events = {each["meta"]["entity"]: each for each in await heard(ear, 6)}
        assert set(events) == {"person", "organization", "deal", "lead", "project", "user"}
        for name, shown in zip(("person", "organization", "deal", "lead", "project"), made, strict=True):
            data = events[name]["data"]
            assert events[name]["meta"]["entity_id"] == str(shown["id"])
            same = data.keys() & shown.keys() - {"visible_to"}
            assert {key: data[key] for key in same} == {key: shown[key] for key in same}
            assert {"id", "owner_id", "add_time", "update_time"} <= same
            assert ("." in data["update_time"]) == (name in ("lead", "project"))
        assert list(events["person"]["data"]) == [
            "add_time", "custom_fields", "emails", "first_name", "id", "label", "last_name", "name", "org_id",
            "owner_id", "phones", "update_time", "visible_to",
        ]  # fmt: skip
        assert list(events["organization"]["data"]) == [
            "add_time", "address", "country_code", "custom_fields", "id", "label", "name", "owner_id", "picture_id",
            "update_time", "visible_to",
        ]  # fmt: skip
        assert (len(events["deal"]["data"]), len(events["lead"]["data"])) == (28, 20)
        user = events["user"]
        assert (user["meta"]["action"], user["data"]["id"]) == ("change", str(town.bob.user_id))
        assert user["previous"]["name"] == "Bob"
        assert list(user["data"]) == [
            "id", "default_currency", "name", "email", "phone", "locale", "lang", "active_flag", "last_login",
            "timezone_name", "icon_url", "created", "modified", "access",
        ]  # fmt: skip

    async def test_somebody_erased(self, alice: httpx2.Client, ear: Receiver) -> None:
        """Of the person there is the id, and the activity that is of others too has no `before` any more."""
        jane, mara = (
            alice.post("/api/v2/persons", json={"name": name}).json()["data"]["id"] for name in ("Jane Quimby", "Mara")
        )
        made = add(alice, participants=[{"person_id": mara, "primary": True}, {"person_id": jane, "primary": False}])
        webhook, since = subscribe(alice, ear.url, "*", "*"), alice.get("/dayline/v1/changes/latest").json()["sequence"]
        asked = alice.post(f"/dayline/v1/records/contact/{jane}/erase", json={"confirm": "Jane Quimby"})
        assert asked.status_code == 202, asked.text
        await until(lambda: alice.get(asked.headers["location"]).json()["state"] == "done")
        await heard(ear, 2)
        ear.heard.clear()
        again = alice.post(f"/dayline/v1/webhooks/{webhook['id']}/replay", json={"since": since})
        assert again.status_code == 202, again.text
        events = {each["meta"]["entity"]: each for each in await heard(ear, 2)}
        gone, changed = events["person"], events["activity"]
        assert (gone["meta"]["action"], gone["meta"]["entity_id"]) == ("delete", str(jane))
        assert (gone["data"], gone["previous"]) == (None, None)
        assert (changed["meta"]["action"], changed["data"]["id"], changed["previous"]) == ("change", made["id"], None)
        assert (changed["data"]["due_time"], changed["data"]["duration"]) == (NOTHING, NOTHING)
        assert b"Quimby" not in b"".join(each.body for each in ear.heard)

    async def test_basic_authentication(self, town: Town, alice: httpx2.Client, ear: Receiver) -> None:
        webhook = subscribe(alice, ear.url, http_auth_user="ann", http_auth_password="p:ä")
        add(alice)
        await heard(ear, 1)
        assert ear.heard[0].headers["authorization"] == "Basic YW5uOnA6w6Q="
        logged = select(deliveries.c.webhook_id, deliveries.c.request_headers)
        await until(lambda: webhook["id"] in dict(town.rows(logged)))
        assert "authorization: …" in dict(town.rows(logged))[webhook["id"]]
        assert "YW5uOnA6w6Q=" not in str(town.rows(select(deliveries)))
        (shown,) = alice.get(ROOT).json()["data"]
        assert shown["last_http_status"] == 204
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["last_delivery_time"])


class TestVersion1:
    """The former one, which shows things as API v1 does."""

    async def test_the_life_of_one(
        self, town: Town, alice: httpx2.Client, ear: Receiver, records: dict[str, Record]
    ) -> None:
        webhook = subscribe(alice, ear.url, "*", "activity", version="1.0")
        made = add(alice, deal_id=records["deal"].id)
        shown = alice.get(f"/v1/activities/{made['id']}").json()["data"]
        (added,) = await heard(ear, 1)
        assert list(added) == V1
        meta = added["meta"]
        assert list(meta) == META_V1
        assert meta == meta | {
            "v": 1,
            "action": "added",
            "object": "activity",
            "id": made["id"],
            "company_id": town.alice.account_id,
            "user_id": town.alice.user_id,
            "permitted_user_ids": [town.alice.user_id, town.bob.user_id],
            "is_bulk_update": False,
            "webhook_id": str(webhook["id"]),
            "matches_filters": {"current": [], "previous": []},
            "change_source": "api",
        }
        assert (len(str(meta["timestamp"])), len(str(meta["timestamp_micro"]))) == (10, 16)
        assert (added["v"], added["event"], added["retry"]) == (1, "added.activity", 0)
        assert (added["current"], added["previous"]) == (shown, None)
        assert added["current"]["deal_title"] == "The deal"
        assert added["matches_filters"] == meta["matches_filters"]
        change(alice, made["id"], subject="Changed", private=True)
        _, updated = await heard(ear, 2)
        assert (updated["event"], updated["previous"]) == ("updated.activity", shown)
        assert updated["current"]["subject"] == "Changed"
        assert updated["meta"]["permitted_user_ids"] == [town.alice.user_id]
        alice.delete(f"{ACTIVITIES}/{made['id']}")
        *_, deleted = await heard(ear, 3)
        assert (deleted["event"], deleted["current"]) == ("deleted.activity", None)
        assert deleted["previous"] == updated["current"]

    async def test_without_the_scope_it_has_no_names(
        self, town: Town, alice: httpx2.Client, ear: Receiver, records: dict[str, Record]
    ) -> None:
        lesser = town.credential(town.alice, scopes=frozenset(("admin", "activities:read")))
        with town.client(lesser) as client:
            subscribe(client, ear.url, "added")
        add(alice, deal_id=records["deal"].id)
        (added,) = await heard(ear, 1)
        assert (added["current"]["deal_id"], added["current"]["deal_title"]) == (records["deal"].id, None)
        assert added["current"]["owner_name"] is None

    async def test_types_and_users(self, town: Town, alice: httpx2.Client, ear: Receiver) -> None:
        subscribe(alice, ear.url, "*", "*", version="1.0")
        made = alice.post("/v1/activityTypes", json={"name": "Site visit", "icon_key": "car"}).json()["data"]
        alice.post("/api/v2/deals", json={"title": "Not told"})
        town.wait(town.service.people.change(town.alice.principal, town.bob.user_id, UserChange(zone="UTC"), str))
        town.wait(
            town.service.people.change(town.alice.principal, town.bob.user_id, UserChange(zone="Europe/Tallinn"), str)
        )
        events = {each["event"]: each for each in await heard(ear, 2)}
        assert events["added.activityType"]["current"] == made
        (current,), (previous,) = (events["updated.user"][key] for key in ("current", "previous"))
        assert (current["timezone_name"], previous["timezone_name"]) == ("Europe/Tallinn", "UTC")
        assert current.keys() == alice.get(f"/v1/users/{town.bob.user_id}").json()["data"].keys()
