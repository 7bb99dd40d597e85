"""Pipedrive v2's activities, field for field, as its reference describes them; read from outside, over HTTP."""

import re
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from dayline.domain.record import Record
from tests.house import Town

ROOT = "/api/v2/activities"
KEYS = [
    "id",
    "subject",
    "type",
    "owner_id",
    "creator_user_id",
    "is_deleted",
    "add_time",
    "update_time",
    "deal_id",
    "lead_id",
    "person_id",
    "org_id",
    "project_id",
    "due_date",
    "due_time",
    "duration",
    "busy",
    "done",
    "marked_as_done_time",
    "location",
    "participants",
    "conference_meeting_client",
    "conference_meeting_url",
    "conference_meeting_id",
    "public_description",
    "priority",
    "outcome",
    "note",
    "private",
]
LOCATION_KEYS = [
    "value",
    "country",
    "admin_area_level_1",
    "admin_area_level_2",
    "locality",
    "sublocality",
    "route",
    "street_number",
    "subpremise",
    "postal_code",
]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def add(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(ROOT, json=fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def patch(client: httpx2.Client, id_: int, **fields: Any) -> dict[str, Any]:
    answer = client.patch(f"{ROOT}/{id_}", json=fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def get(client: httpx2.Client, id_: int, query: str = "") -> dict[str, Any]:
    answer = client.get(f"{ROOT}/{id_}{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def listed(client: httpx2.Client, **query: Any) -> list[int]:
    answer = client.get(ROOT, params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]]


def refused(answer: httpx2.Response, *words: str) -> str:
    assert answer.status_code == 400, answer.text
    error = str(answer.json()["error"])
    for word in words:
        assert word in error
    return error


def test_an_empty_body_takes_the_defaults(alice: httpx2.Client, town: Town) -> None:
    answer = alice.post(ROOT, json={}).json()
    data = answer["data"]
    assert list(answer) == ["success", "data", "additional_data"]
    assert answer["additional_data"] == {"more_activities_scheduled_in_context": False}
    assert list(data) == KEYS
    assert (data["subject"], data["type"]) == ("Call", "call")
    assert data["owner_id"] == data["creator_user_id"] == town.alice.user_id
    assert INSTANT.fullmatch(data["add_time"])
    assert data["add_time"] == data["update_time"]
    assert (data["is_deleted"], data["done"], data["private"], data["participants"]) == (False, False, False, [])
    nothing = set(KEYS[8:]) - {"done", "participants", "private"}
    assert {key: data[key] for key in nothing} == dict.fromkeys(nothing)


def test_every_writable_field_comes_back(alice: httpx2.Client, town: Town, records: dict[str, Record]) -> None:
    body = {
        "subject": "Intro call with Mara",
        "type": "meeting",
        "owner_id": town.bob.user_id,
        "deal_id": records["deal"].id,
        "lead_id": records["lead"].uuid,
        "org_id": records["organization"].id,
        "project_id": records["project"].id,
        "person_id": records["contact"].id,
        "due_date": "2026-11-05",
        "due_time": "14:30:00",
        "duration": "00:45:00",
        "busy": True,
        "done": True,
        "location": {**dict.fromkeys(LOCATION_KEYS), "value": "Pikk 1, Tallinn", "country": "Estonia"},
        "participants": [
            {"person_id": records["contact"].id, "primary": True},
            {"person_id": records["other"].id, "primary": False},
        ],
        "public_description": "Agenda follows",
        "priority": 264,
        "outcome": 7,
        "note": "<p>prep</p>",
        "private": True,
    }
    data = add(alice, **body)
    assert {key: data[key] for key in body} == body
    assert INSTANT.fullmatch(data["marked_as_done_time"])
    assert data["creator_user_id"] == town.alice.user_id
    assert get(alice, data["id"]) == data
    assert alice.get(ROOT, params={"ids": data["id"]}).json()["data"] == [data]


def test_null_clears_every_field_that_can_be_empty(alice: httpx2.Client, records: dict[str, Record]) -> None:
    full = {
        "deal_id": records["deal"].id,
        "lead_id": records["lead"].uuid,
        "org_id": records["organization"].id,
        "project_id": records["project"].id,
        "person_id": records["contact"].id,
        "due_date": "2026-11-05",
        "due_time": "10:00:00",
        "duration": "01:00:00",
        "busy": False,
        "location": {"value": "Here"},
        "public_description": "x",
        "priority": 263,
        "outcome": 1,
        "note": "y",
    }
    id_ = add(alice, **full)["id"]
    for field in full:
        data = patch(alice, id_, **{field: None})
        assert data[field] is None
        assert get(alice, id_)[field] is None
    assert patch(alice, id_, participants=None)["participants"] == []


@pytest.mark.parametrize("field", ["subject", "type", "owner_id", "done", "private"])
def test_null_where_a_value_must_be(alice: httpx2.Client, field: str) -> None:
    id_ = add(alice)["id"]
    refused(alice.patch(f"{ROOT}/{id_}", json={field: None}), f"{field}: This value should not be null.")
    assert add(alice, **{field: None})["subject"] == "Call"


def test_absent_fields_stay(alice: httpx2.Client, records: dict[str, Record]) -> None:
    before = add(alice, subject="Stay", due_date="2026-11-05", note="n", deal_id=records["deal"].id, priority=265)
    after = patch(alice, before["id"], note="m")
    changed = {key for key in KEYS if before[key] != after[key]}
    assert changed <= {"note", "update_time"}


@pytest.mark.parametrize(
    ("sent", "shown"), [("14:30", "14:30:00"), ("00:00", "00:00:00"), ("23:59:59", "23:59:59"), ("9:05", "09:05:00")]
)
def test_times_of_day(alice: httpx2.Client, sent: str, shown: str) -> None:
    assert add(alice, due_date="2026-11-05", due_time=sent)["due_time"] == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("01:20", "01:20:00"), ("36:00", "36:00:00"), ("0:00:05", "00:00:05"), ("120:30:00", "120:30:00")],
)
def test_durations(alice: httpx2.Client, sent: str, shown: str) -> None:
    assert add(alice, duration=sent)["duration"] == shown


def test_date_time_and_duration_are_independent(alice: httpx2.Client) -> None:
    for fields in ({"due_date": "2026-11-05"}, {"due_time": "10:00:00"}, {"duration": "01:00:00"}):
        data = add(alice, **fields)
        assert {key: data[key] for key in ("due_date", "due_time", "duration")} == {
            "due_date": None, "due_time": None, "duration": None, **fields,
        }  # fmt: skip


def test_a_bad_time_is_told_what_a_good_one_is(alice: httpx2.Client) -> None:
    error = refused(alice.post(ROOT, json={"due_time": "2pm"}))
    assert error.startswith("Validation failed: due_time: This value is not a valid datetime.")
    assert "HH:MM" in error


def test_a_location_is_replaced_as_a_whole(alice: httpx2.Client) -> None:
    id_ = add(alice, location={"value": "Pikk 1", "country": "Estonia"})["id"]
    assert patch(alice, id_, location={"value": "Pikk 2"})["location"] == {
        **dict.fromkeys(LOCATION_KEYS),
        "value": "Pikk 2",
    }


def test_person_id_is_the_primary_participant(alice: httpx2.Client, records: dict[str, Record]) -> None:
    mara, other = records["contact"].id, records["other"].id
    data = add(alice, person_id=mara)
    assert data["participants"] == [{"person_id": mara, "primary": True}]
    data = patch(alice, data["id"], participants=[{"person_id": other}, {"person_id": mara}])
    assert data["person_id"] == other
    assert data["participants"] == [{"person_id": other, "primary": True}, {"person_id": mara, "primary": False}]
    data = patch(alice, data["id"], person_id=mara)
    assert data["person_id"] == mara
    assert {"person_id": other, "primary": False} in data["participants"]
    data = patch(alice, data["id"], person_id=None)
    assert (data["person_id"], data["participants"]) == (None, [{"person_id": other, "primary": False}])


def test_person_id_and_participants_must_agree(alice: httpx2.Client, records: dict[str, Record]) -> None:
    mara, other = records["contact"].id, records["other"].id
    refused(
        alice.post(ROOT, json={"person_id": mara, "participants": [{"person_id": other}]}), "person_id", "participants"
    )
    refused(
        alice.post(ROOT, json={"person_id": None, "participants": [{"person_id": other, "primary": True}]}), "person_id"
    )
    refused(alice.post(ROOT, json={"person_id": mara, "participants": []}), "person_id")
    assert (
        add(alice, person_id=mara, participants=[{"person_id": other}, {"person_id": mara, "primary": True}])[
            "person_id"
        ]
        == mara
    )


def test_two_primary_participants_are_one_too_many(alice: httpx2.Client, records: dict[str, Record]) -> None:
    both = [{"person_id": records[name].id, "primary": True} for name in ("contact", "other")]
    refused(alice.post(ROOT, json={"participants": both}), "participants[1].person_id")


def test_attendees_are_apart_from_participants_and_only_shown_when_asked_for(
    alice: httpx2.Client, town: Town, records: dict[str, Record]
) -> None:
    sent = [
        {"email": "guest@example.com", "name": "Guest", "status": "accepted", "is_organizer": True},
        {"person_id": records["contact"].id},
        {"user_id": town.bob.user_id},
    ]
    data = add(alice, attendees=sent, participants=[{"person_id": records["other"].id}])
    assert "attendees" not in data
    assert "attendees" not in get(alice, data["id"])
    shown = get(alice, data["id"], "?include_fields=attendees")
    nobody = {"status": "noreply", "is_organizer": False, "person_id": None, "user_id": None}
    assert shown["attendees"] == [
        {**nobody, "email": "guest@example.com", "name": "Guest", "status": "accepted", "is_organizer": True},
        {**nobody, "email": "contact@example.com", "name": "The contact", "person_id": records["contact"].id},
        {**nobody, "email": "bob@example.com", "name": "Bob", "user_id": town.bob.user_id},
    ]
    assert alice.get(ROOT, params={"ids": data["id"], "include_fields": "attendees"}).json()["data"] == [shown]
    patch(alice, data["id"], participants=[])
    assert get(alice, data["id"], "?include_fields=attendees")["attendees"] == shown["attendees"]
    patch(alice, data["id"], attendees=[])
    assert get(alice, data["id"], "?include_fields=attendees")["attendees"] == []


@pytest.mark.parametrize(
    ("field", "most", "one"),
    [
        ("attendees", 200, [{"email": "guest@example.com"}]),
        ("subject", 1_000, "s"),
        ("note", 100_000, "é"),
        ("public_description", 100_000, "d"),
    ],
)
def test_limits_of_size(alice: httpx2.Client, field: str, most: int, one: Any) -> None:
    assert alice.post(ROOT, json={field: one * most}).status_code == 200
    refused(alice.post(ROOT, json={field: one * (most + 1)}), field, str(most))


def test_done_and_when(alice: httpx2.Client) -> None:
    id_ = add(alice)["id"]
    done = patch(alice, id_, done=True)
    assert INSTANT.fullmatch(done["marked_as_done_time"])
    assert patch(alice, id_, done=True)["marked_as_done_time"] == done["marked_as_done_time"]
    assert patch(alice, id_, done=False)["marked_as_done_time"] is None


def test_more_activities_in_context(alice: httpx2.Client, town: Town) -> None:
    deal, person, org = (town.record(town.alice, kind).id for kind in ("deal", "contact", "organization"))

    def more(answer: httpx2.Response) -> bool:
        return bool(answer.json()["additional_data"]["more_activities_scheduled_in_context"])

    first = alice.post(ROOT, json={"deal_id": deal, "person_id": person, "org_id": org})
    assert not more(first)
    for field, value in (("deal_id", deal), ("person_id", person), ("org_id", org)):
        assert more(alice.post(ROOT, json={field: value, "done": True}))
    id_ = first.json()["data"]["id"]
    assert not more(alice.patch(f"{ROOT}/{id_}", json={"note": "the others are done"}))
    assert not more(alice.post(ROOT, json={}))


def test_the_context_hint_keeps_a_secret(alice: httpx2.Client, town: Town) -> None:
    deal = town.record(town.alice, "deal").id
    add(alice, deal_id=deal, private=True)
    with town.client(town.bob) as bob:
        hint = bob.post(ROOT, json={"deal_id": deal}).json()["additional_data"]
    assert hint == {"more_activities_scheduled_in_context": False}
    assert alice.post(ROOT, json={"deal_id": deal}).json()["additional_data"]["more_activities_scheduled_in_context"]


def test_what_was_read_can_be_sent_back(alice: httpx2.Client, records: dict[str, Record]) -> None:
    made = add(
        alice,
        person_id=records["contact"].id,
        deal_id=records["deal"].id,
        location={"value": "x"},
        private=True,
        done=True,
    )
    read = get(alice, made["id"], "?include_fields=attendees")
    assert patch(alice, made["id"], **read) == {**made, "update_time": get(alice, made["id"])["update_time"]}
    alone = patch(
        alice, made["id"], participants=[{"person_id": records["other"].id}, {"person_id": records["contact"].id}]
    )
    nobody = patch(alice, made["id"], person_id=None)
    assert nobody["participants"] != alone["participants"]
    assert patch(alice, made["id"], **nobody)["participants"] == nobody["participants"]


def test_delete_and_after(alice: httpx2.Client) -> None:
    made = add(alice, subject="Gone")
    answer = alice.delete(f"{ROOT}/{made['id']}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": made["id"]}})
    read = get(alice, made["id"])
    assert read == {**made, "is_deleted": True, "update_time": read["update_time"]}
    assert made["id"] not in listed(alice, ids=made["id"])
    for again in (alice.delete(f"{ROOT}/{made['id']}"), alice.patch(f"{ROOT}/{made['id']}", json={"subject": "x"})):
        assert again.status_code == 404
        assert again.json()["error"] == "Activity not found"
        assert again.json()["code"] == "ERR_NOT_FOUND"


@pytest.fixture(scope="module")
def world(town: Town) -> dict[str, Any]:
    kinds = ("deal", "lead", "organization", "project", "contact")
    made = {kind: town.record(town.alice, kind) for kind in kinds}  # type: ignore[arg-type]
    day = date(2031, 5, 1)
    with town.client(town.alice) as alice:
        ids = [
            add(
                alice,
                subject=f"World {n}",
                due_date=(day + timedelta(days=-n)).isoformat(),
                type=("call", "task", "lunch")[n],
            )["id"]
            for n in range(3)
        ]
        ids.append(
            add(alice, subject="World without date", type="deadline", done=True, owner_id=town.bob.user_id)["id"]
        )
        hung = {
            "deal_id": made["deal"].id, "lead_id": made["lead"].uuid, "org_id": made["organization"].id,
            "project_id": made["project"].id, "person_id": made["contact"].id,
        }  # fmt: skip
        for id_, (field, value) in zip([*ids, ids[0]], hung.items(), strict=False):
            patch(alice, id_, **{field: value})
    return {"ids": ids, "hung": hung, "all": ",".join(map(str, ids))}


class TestList:
    """The list's parameters, over a small world of its own."""

    def test_each_relation_finds_what_hangs_on_it(self, alice: httpx2.Client, world: dict[str, Any]) -> None:
        for id_, (field, value) in zip([*world["ids"], world["ids"][0]], world["hung"].items(), strict=False):
            assert listed(alice, **{field: value}) == [id_], field
        first = {field: world["hung"][field] for field in ("deal_id", "person_id")}
        assert listed(alice, **first) == [world["ids"][0]]
        assert listed(alice, deal_id=world["hung"]["deal_id"], org_id=world["hung"]["org_id"]) == []

    def test_a_person_is_found_as_participant_and_as_attendee(self, alice: httpx2.Client, town: Town) -> None:
        person, other = town.record(town.alice, "contact").id, town.record(town.alice, "contact").id
        ids = [
            add(alice, participants=[{"person_id": other}, {"person_id": person}])["id"],
            add(alice, attendees=[{"person_id": person}])["id"],
            add(alice, person_id=person, attendees=[{"person_id": person}])["id"],
        ]
        assert listed(alice, person_id=person) == ids

    def test_ids_leave_out_what_is_not_there(self, alice: httpx2.Client, world: dict[str, Any]) -> None:
        assert listed(alice, ids=f"{world['all']},999999999,{world['ids'][0]}") == world["ids"]
        assert len(listed(alice, ids=",".join(map(str, range(1, 101))))) <= 100
        refused(alice.get(ROOT, params={"ids": ",".join(map(str, range(1, 102)))}), "ids", "100")
        for text in ("", "1,", "x", "0", "1,,2"):
            refused(alice.get(ROOT, params={"ids": text}), "ids")

    def test_owner_done_type_and_dates(self, alice: httpx2.Client, town: Town, world: dict[str, Any]) -> None:
        a, b, c, d = world["ids"]
        here = {"ids": world["all"]}
        assert listed(alice, **here, owner_id=town.bob.user_id) == [d]
        for yes in ("true", "1", "True"):
            assert listed(alice, **here, done=yes) == [d]
        for no in ("false", "0", "False"):
            assert listed(alice, **here, done=no) == [a, b, c]
        assert listed(alice, **here, type="task,lunch") == [b, c]
        assert listed(alice, **here, type="no_such_type") == []
        assert listed(alice, **here, start_date="2031-04-30") == [a, b]
        assert listed(alice, **here, end_date="2031-04-30") == [b, c]
        assert listed(alice, **here, start_date="2031-04-30", end_date="2031-04-30") == [b]

    def test_sorting(self, alice: httpx2.Client, world: dict[str, Any]) -> None:
        a, b, c, d = world["ids"]
        here = {"ids": world["all"]}
        assert listed(alice, **here, sort_by="due_date") == [c, b, a, d]
        assert listed(alice, **here, sort_by="due_date", sort_direction="desc") == [d, a, b, c]
        assert listed(alice, **here, sort_direction="desc") == [d, c, b, a]
        assert listed(alice, **here, sort_by="add_time") == [a, b, c, d]
        assert listed(alice, **here, sort_by="update_time") == [b, c, d, a]
        assert listed(alice, **here, sort_by="update_time", sort_direction="desc", limit=1) == [a]

    @pytest.mark.parametrize("sort_by", ["id", "update_time", "add_time", "due_date"])
    @pytest.mark.parametrize("direction", ["asc", "desc"])
    def test_a_page_at_a_time(self, alice: httpx2.Client, world: dict[str, Any], sort_by: str, direction: str) -> None:
        query = {"ids": world["all"], "sort_by": sort_by, "sort_direction": direction}
        whole, seen, cursor = listed(alice, **query), [], None
        while True:
            page = alice.get(ROOT, params={**query, "limit": 1, **({"cursor": cursor} if cursor else {})}).json()
            seen += [item["id"] for item in page["data"]]
            cursor = page["additional_data"]["next_cursor"]
            if cursor is None:
                break
        assert seen == whole

    def test_a_cursor_goes_with_its_filters(self, alice: httpx2.Client, world: dict[str, Any]) -> None:
        cursor = alice.get(ROOT, params={"limit": 1}).json()["additional_data"]["next_cursor"]
        for other in ({"sort_by": "due_date"}, {"sort_direction": "desc"}, {"done": "true"}, {"ids": world["all"]}):
            refused(alice.get(ROOT, params={"cursor": cursor, **other}), "cursor")

    def test_updated_since_and_until(self, alice: httpx2.Client) -> None:
        made = add(alice, subject="Now")
        then = made["update_time"]
        assert made["id"] in listed(alice, updated_since=then, limit=500)
        assert made["id"] not in listed(alice, updated_until=then, limit=500)
        for later in (
            "2099-01-01T00:00:00Z",
            "2099-01-01T00:00:00.123Z",
            "2099-01-01 00:00:00",
            "2099-01-01T02:00:00+02:00",
            "2099-01-01",
        ):
            assert listed(alice, updated_since=later) == []
            assert made["id"] in listed(alice, updated_until=later, sort_direction="desc", limit=1)
        for bad in ("yesterday", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z", "1", ""):
            refused(
                alice.get(ROOT, params={"updated_since": bad}), "updated_since", "This value is not a valid datetime."
            )

    def test_limits(self, alice: httpx2.Client) -> None:
        assert len(listed(alice, limit=1)) == 1
        assert alice.get(ROOT, params={"limit": 500}).status_code == 200
        for limit in (0, 501, -1):
            refused(alice.get(ROOT, params={"limit": limit}), "limit", "from 1 to 500")

    def test_what_cannot_be_asked_for(self, alice: httpx2.Client) -> None:
        refused(alice.get(ROOT, params={"include_fields": "attendees,owner"}), "include_fields")
        refused(alice.get(ROOT, params={"sort_by": "subject"}), "sort_by")
        error = refused(alice.get(ROOT, params={"user_id": 1}))
        assert error == "Validation failed: user_id: Parameter 'user_id' is not allowed for this request"


class TestCredentials:
    """Every way to say who calls, and which goes first."""

    def test_each_is_enough(self, town: Town) -> None:
        token = town.alice.credential
        with town.client() as nobody:
            assert nobody.get(ROOT, headers={"x-api-token": token}).status_code == 200
            assert nobody.get(ROOT, params={"api_token": token}).status_code == 200
            assert nobody.get(ROOT, headers={"authorization": f"Bearer {token}"}).status_code == 200
            assert nobody.get(ROOT, headers={"authorization": f"bearer {token}"}).status_code == 200
            assert nobody.get(ROOT, headers={"authorization": f"Basic {token}"}).status_code == 401

    def test_the_api_token_goes_before_the_bearer(self, town: Town) -> None:
        bearer = {"authorization": f"Bearer {town.charlie.credential}"}
        with town.client() as client:
            made = client.post(ROOT, json={}, params={"api_token": town.alice.credential}, headers=bearer).json()[
                "data"
            ]
            assert made["creator_user_id"] == town.alice.user_id
            wrong = client.get(ROOT, headers={**bearer, "x-api-token": "dl_1_wrong"})
        assert wrong.status_code == 401


def test_the_shared_roots_answer_in_this_vendors_words(alice: httpx2.Client) -> None:
    for path in ("/v1/anything", "/api/v1/anything", "/api/v2/anything", "/api/v2", "/v1"):
        answer = alice.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "ERR_NOT_FOUND")
    assert alice.get("/v2/activities").headers["content-type"] == "application/problem+json"
