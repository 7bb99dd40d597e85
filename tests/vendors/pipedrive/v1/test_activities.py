"""Pipedrive v1's activities, field for field, as its reference describes them; read from outside, over HTTP."""

import re
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from dayline.domain.activity import Conference
from dayline.domain.condition import Condition, Group
from dayline.domain.draft import Draft
from dayline.domain.identity import ALL_SCOPES
from dayline.domain.record import Record
from dayline.service.filters import NewFilter
from dayline.service.types import NewType
from dayline.vendors.pipedrive.schema import AddActivityRequest
from dayline.vendors.pipedrive.v1 import schema
from dayline.vendors.pipedrive.v1.schema import AddActivityRequestV1
from tests.house import Town

ROOT = "/v1/activities"
COLLECTION = f"{ROOT}/collection"
V2 = "/api/v2/activities"
KEYS = list(schema.ActivityV1.__struct_fields__)
SHORT_KEYS = list(schema.ActivityShortV1.__struct_fields__)
TEXTS = ("due_time", "duration", "marked_as_done_time", "public_description")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def add(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(ROOT, json=fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def put(client: httpx2.Client, id_: int, **fields: Any) -> dict[str, Any]:
    answer = client.put(f"{ROOT}/{id_}", json=fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def get(client: httpx2.Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids(page: dict[str, Any]) -> list[int]:
    return [item["id"] for item in page["data"] or ()]


def as_v2(client: httpx2.Client, id_: int) -> dict[str, Any]:
    return dict(get(client, f"{V2}/{id_}", include_fields="attendees")["data"])


def whole(records: dict[str, Record], town: Town) -> dict[str, Any]:
    """A body with every field that v1 documents."""
    return {
        "subject": "Intro call with Mara",
        "type": "meeting",
        "user_id": town.bob.user_id,
        "due_date": "2026-11-05",
        "due_time": "14:30",
        "duration": "00:45",
        "deal_id": records["deal"].id,
        "lead_id": records["lead"].uuid,
        "org_id": records["organization"].id,
        "project_id": records["project"].id,
        "person_id": records["contact"].id,
        "location": "Pikk 1, Tallinn",
        "public_description": "Agenda follows",
        "note": "<p>prep</p>",
        "busy_flag": True,
        "done": 1,
        "participants": [
            {"person_id": records["contact"].id, "primary_flag": True},
            {"person_id": records["other"].id, "primary_flag": False},
        ],
    }


def test_an_empty_body_takes_the_defaults(alice: httpx2.Client, town: Town) -> None:
    answer = alice.post(ROOT, json={}).json()
    data = answer["data"]
    assert list(answer) == ["success", "data", "related_objects", "additional_data"]
    assert answer["additional_data"] == {"more_activities_scheduled_in_context": False}
    assert list(data) == KEYS
    assert (data["subject"], data["type"], data["type_name"]) == ("Call", "call", "Call")
    assert data["user_id"] == data["assigned_to_user_id"] == data["created_by_user_id"] == town.alice.user_id
    assert (data["company_id"], data["owner_name"], data["update_user_id"]) == (
        town.alice.account_id, "Alice", town.alice.user_id,
    )  # fmt: skip
    assert INSTANT.fullmatch(data["add_time"])
    assert data["add_time"] == data["update_time"]
    assert (data["active_flag"], data["done"], data["private"]) == (True, False, False)


def test_what_is_missing_is_a_text_or_null_as_v1_has_it(alice: httpx2.Client) -> None:
    data = add(alice)
    assert [data[key] for key in TEXTS] == [""] * len(TEXTS)
    known = {key for key, value in data.items() if value is not None}
    assert known == {
        "id", "company_id", "user_id", "done", "type", "type_name", "add_time", "subject", "active_flag", "update_time",
        "update_user_id", "created_by_user_id", "owner_name", "assigned_to_user_id", "private", *TEXTS,
    }  # fmt: skip


def test_every_field_comes_back_with_names(alice: httpx2.Client, town: Town, records: dict[str, Record]) -> None:
    body = whole(records, town)
    data = add(alice, **body)
    assert {key: data[key] for key in body} == body | {"done": True}
    assert INSTANT.fullmatch(data["marked_as_done_time"])
    assert {key: data[key] for key in ("org_name", "person_name", "deal_title", "lead_title", "project_title")} == {
        "org_name": "The organization", "person_name": "The contact", "deal_title": "The deal",
        "lead_title": "The lead", "project_title": "The project",
    }  # fmt: skip
    assert (data["owner_name"], data["type_name"]) == ("Bob", "Meeting")
    assert data["lead"] == {"id": records["lead"].uuid, "title": "The lead"}
    assert get(alice, f"{ROOT}/{data['id']}")["data"] == data
    assert put(alice, data["id"]) == data | {"update_time": put(alice, data["id"])["update_time"]}


def test_related_objects_are_what_is_mentioned(alice: httpx2.Client, town: Town, records: dict[str, Record]) -> None:
    posted = alice.post(ROOT, json=whole(records, town)).json()
    got = get(alice, f"{ROOT}/{posted['data']['id']}")
    assert list(got) == ["success", "data", "related_objects"]
    related = got["related_objects"]
    assert posted["related_objects"] == related
    assert list(related) == ["user", "organization", "person", "deal"]
    assert set(related["user"]) == {str(town.alice.user_id), str(town.bob.user_id)}
    assert related["user"][str(town.bob.user_id)] == {
        "id": town.bob.user_id, "name": "Bob", "email": "bob@example.com", "has_pic": 0, "pic_hash": None,
        "active_flag": True,
    }  # fmt: skip
    mara, other = records["contact"], records["other"]
    assert set(related["person"]) == {str(mara.id), str(other.id)}
    assert related["person"][str(mara.id)] == {
        "active_flag": True, "id": mara.id, "name": "The contact", "owner_id": None,
        "email": [{"label": "work", "value": "contact@example.com", "primary": True}],
        "phone": [{"label": "", "value": "", "primary": True}],
    }  # fmt: skip
    assert related["deal"][str(records["deal"].id)]["title"] == "The deal"
    assert related["organization"][str(records["organization"].id)]["name"] == "The organization"
    assert list(alice.post(ROOT, json={}).json()["related_objects"]) == ["user"]


def test_names_need_the_scope_of_records(town: Town, alice: httpx2.Client, records: dict[str, Record]) -> None:
    id_ = add(alice, **whole(records, town))["id"]
    lesser = town.credential(town.alice, scopes=frozenset(ALL_SCOPES - {"records:read"}))
    with town.client(lesser) as client:
        answers = [
            get(client, f"{ROOT}/{id_}"),
            client.post(ROOT, json=whole(records, town)).json(),
            client.put(f"{ROOT}/{id_}", json={}).json(),
        ]
        page = get(client, ROOT, user_id=0)
    for answer in answers:
        assert answer["related_objects"] == page["related_objects"] == {}
        names = ("org_name", "person_name", "deal_title", "lead_title", "project_title", "owner_name", "lead")
        assert {answer["data"][name] for name in names} == {None}
        assert (answer["data"]["type_name"], answer["data"]["deal_id"]) == ("Meeting", records["deal"].id)


def test_null_or_nothing_clears(alice: httpx2.Client, town: Town, records: dict[str, Record]) -> None:
    id_ = add(alice, **whole(records, town))["id"]
    for field in ("due_date", "due_time", "duration", "public_description", "location", "lead_id"):
        put(alice, id_, **{field: whole(records, town)[field]})
        assert put(alice, id_, **{field: ""})[field] == ("" if field in TEXTS else None)
        put(alice, id_, **{field: whole(records, town)[field]})
        assert put(alice, id_, **{field: None})[field] == ("" if field in TEXTS else None)
    for field in ("deal_id", "org_id", "project_id", "person_id", "busy_flag", "note"):
        assert put(alice, id_, **{field: None})[field] is None
    assert put(alice, id_, participants=None)["participants"] is None


@pytest.mark.parametrize("field", ["subject", "type", "user_id", "done"])
def test_null_where_a_value_must_be(alice: httpx2.Client, field: str) -> None:
    answer = alice.put(f"{ROOT}/{add(alice)['id']}", json={field: None})
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        f"Bad request: {field}: This value should not be null.",
    )
    assert add(alice, **{field: None})["subject"] == "Call"


@pytest.mark.parametrize(("sent", "off"), [(True, False), (1, 0), ("1", "0"), ("true", "false")])
def test_flags_are_booleans_or_numbers(alice: httpx2.Client, records: dict[str, Record], sent: Any, off: Any) -> None:
    mara = records["contact"].id
    data = add(
        alice,
        done=sent,
        busy_flag=sent,
        private=sent,
        participants=[{"person_id": records["other"].id}, {"person_id": mara, "primary_flag": sent}],
        attendees=[{"email_address": "a@example.com", "is_organizer": sent}],
    )
    assert (data["done"], data["busy_flag"], data["private"], data["person_id"]) == (True, True, True, mara)
    assert data["attendees"][0]["is_organizer"] == 1
    data = put(alice, data["id"], done=off, busy_flag=off, private=off)
    assert (data["done"], data["busy_flag"], data["private"], data["marked_as_done_time"]) == (False, False, False, "")


def test_null_in_every_field_of_a_new_one_is_as_good_as_none(alice: httpx2.Client) -> None:
    everything = dict.fromkeys(AddActivityRequestV1.__struct_fields__)
    assert add(alice, **everything)["subject"] == "Call"
    whole = alice.post("/api/v2/activities", json=dict.fromkeys(AddActivityRequest.__struct_fields__))
    assert (whole.status_code, whole.json()["data"]["type"]) == (200, "call")


def test_private_is_left_alone_by_null(alice: httpx2.Client) -> None:
    assert add(alice, private=None)["private"] is False
    hidden = add(alice, private=True)["id"]
    assert put(alice, hidden, private=None)["private"] is True


@pytest.mark.parametrize(("sent", "off"), [("true", "false"), ("True", "False"), ("1", "0")])
def test_flags_in_a_form(alice: httpx2.Client, sent: str, off: str) -> None:
    def flags(answer: httpx2.Response) -> list[bool]:
        assert answer.status_code in (200, 201), answer.text
        return [answer.json()["data"][name] for name in ("done", "busy_flag", "private")]

    made = alice.post(ROOT, content=f"done={sent}&busy_flag={sent}&private={sent}", headers=FORM)
    assert flags(made) == [True] * 3
    path = f"{ROOT}/{made.json()['data']['id']}"
    changed = alice.put(path, content=f"done={off}&busy_flag={off}&private={off}", headers=FORM)
    assert flags(changed) == [False] * 3


def test_attendees(alice: httpx2.Client, town: Town, records: dict[str, Record]) -> None:
    data = add(
        alice,
        attendees=[
            {"email_address": "guest@example.com", "name": "Guest", "status": "accepted", "is_organizer": 1},
            {"person_id": records["contact"].id},
            {"user_id": town.bob.user_id},
        ],
    )
    nobody = {"status": "noreply", "is_organizer": 0, "person_id": None, "user_id": None}
    mara = {"email_address": "contact@example.com", "name": "The contact", "person_id": records["contact"].id}
    assert data["attendees"] == [
        {**nobody, "email_address": "guest@example.com", "name": "Guest", "status": "accepted", "is_organizer": 1},
        {**nobody, **mara},
        {**nobody, "email_address": "bob@example.com", "name": "Bob", "user_id": town.bob.user_id},
    ]
    assert data["participants"] is None
    assert put(alice, data["id"], attendees=[])["attendees"] is None


@pytest.mark.parametrize(("sent", "shown"), [("9:05", "09:05"), ("14:30:00", "14:30"), ("14:30:15", "14:30:15")])
def test_times_have_seconds_only_where_there_are_some(alice: httpx2.Client, sent: str, shown: str) -> None:
    data = add(alice, due_date="2026-11-05", due_time=sent, duration=sent)
    assert (data["due_time"], data["duration"]) == (shown, shown)


def test_what_nobody_knows_is_left_alone(town: Town, strict_town: Town) -> None:
    for place in (town, strict_town):
        with place.client(place.alice) as client:
            data = add(client, subject="S", a1b2c3="custom", update_time="x", org_name=5)
            assert put(client, data["id"], a1b2c3=None, org_name="x")["subject"] == "S"


def test_what_was_read_can_be_sent_back(
    alice: httpx2.Client, strict_town: Town, town: Town, records: dict[str, Record]
) -> None:
    made = alice.post(
        V2,
        json={
            "subject": "Round", "type": "meeting", "deal_id": records["deal"].id, "lead_id": records["lead"].uuid,
            "person_id": records["contact"].id, "due_date": "2026-11-05", "due_time": "14:30:15", "duration": "36:00",
            "location": {"value": "Pikk 1", "country": "Estonia", "formatted_address": "Pikk 1, Tallinn"},
            "busy": False, "attendees": [{"email": "a@example.com", "name": "A"}, {"user_id": town.bob.user_id}],
            "priority": 265, "outcome": 7, "note": "", "private": True, "done": True,
        },
    ).json()["data"]  # fmt: skip
    town.wait(
        town.service.activities.change(
            town.alice.principal, made["id"], Draft(conference=Conference("c", "u", "i")), lambda written: written
        )
    )
    before = as_v2(alice, made["id"])
    shown = get(alice, f"{ROOT}/{made['id']}")["data"]
    after = put(alice, made["id"], **shown)
    assert {key for key in KEYS if after[key] != shown[key]} <= {"update_time"}
    again = as_v2(alice, made["id"])
    assert before["attendees"][1].pop("email") == again["attendees"][1].pop("email")
    assert {key for key in before if before[key] != again[key]} <= {"update_time"}


def test_a_location_without_a_value_keeps_its_parts(alice: httpx2.Client) -> None:
    id_ = alice.post(V2, json={"location": {"country": "Estonia"}}).json()["data"]["id"]
    shown = get(alice, f"{ROOT}/{id_}")["data"]
    assert (shown["location"], shown["location_country"]) == (None, "Estonia")
    put(alice, id_, **shown)
    assert as_v2(alice, id_)["location"]["country"] == "Estonia"
    assert put(alice, id_, location="Here")["location_country"] is None


def test_a_form_says_the_same_as_json(alice: httpx2.Client, town: Town, records: dict[str, Record]) -> None:
    body = whole(records, town)
    people = body.pop("participants")
    form = urlencode(body | {"busy_flag": 1})
    for place, person in enumerate(people):
        form += f"&participants[{place}][person_id]={person['person_id']}"
        form += f"&participants[{place}][primary_flag]={int(person['primary_flag'])}"
    answer = alice.post(ROOT, content=form, headers=FORM)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert {key: data[key] for key in body} == body | {"done": True}
    assert data["participants"] == people
    cleared = alice.put(f"{ROOT}/{data['id']}", content="deal_id=&due_time=&done=0&note=n", headers=FORM).json()["data"]
    assert [cleared[key] for key in ("deal_id", "due_time", "done", "note")] == [None, "", False, "n"]
    kept = alice.put(f"{ROOT}/{data['id']}", content="private=&subject=Kept", headers=FORM)
    assert (kept.status_code, kept.json()["data"]["private"]) == (200, data["private"])
    refused = alice.put(f"{ROOT}/{data['id']}", content="deal_id=five", headers=FORM)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Bad request: deal_id: ")


def test_a_key_repeats_a_form_and_not_another_one(alice: httpx2.Client) -> None:
    headers = FORM | {"idempotency-key": "v1 form"}
    first = alice.post(ROOT, content="subject=One", headers=headers)
    assert alice.post(ROOT, content="subject=One", headers=headers).content == first.content
    assert alice.post(ROOT, content="subject=Two", headers=headers).status_code == 422


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1", "/pipedrive/v1", "/pipedrive/api/v1"])
def test_every_prefix_is_the_same_place(alice: httpx2.Client, prefix: str) -> None:
    made = alice.post(f"{prefix}/activities", json={"subject": prefix})
    assert made.status_code == 201
    id_ = made.json()["data"]["id"]
    for path in (f"/activities/{id_}", "/activities?limit=2", "/activities/collection?limit=2"):
        assert alice.get(prefix + path).content == alice.get(f"/v1{path}").content
    assert alice.get(f"{prefix}/deals/{id_}/nothing").status_code == 404
    assert alice.patch(f"{prefix}/activities/{id_}").status_code == 405
    assert alice.delete(f"{prefix}/activities/{id_}").json() == {"success": True, "data": {"id": id_}}


def test_a_deleted_one(alice: httpx2.Client) -> None:
    id_ = add(alice)["id"]
    assert alice.delete(f"{ROOT}/{id_}").json() == {"success": True, "data": {"id": id_}}
    assert get(alice, f"{ROOT}/{id_}")["data"]["active_flag"] is False
    assert as_v2(alice, id_)["is_deleted"] is True
    again = alice.delete(f"{ROOT}/{id_}")
    assert (again.status_code, again.json()["error"]) == (404, "Activity not found")
    assert alice.put(f"{ROOT}/{id_}", json={}).status_code == 404


def test_many_are_deleted_at_once(alice: httpx2.Client, bob: httpx2.Client) -> None:
    one, two, hidden = add(bob)["id"], add(bob)["id"], add(alice, private=True)["id"]
    answer = bob.request("DELETE", f"{ROOT}?ids={two},{one},{hidden},999999999,{one}")
    assert answer.json() == {"success": True, "data": {"id": [two, one]}}
    assert bob.request("DELETE", f"{ROOT}?ids={two}").json() == {"success": True, "data": {"id": []}}
    assert get(alice, f"{ROOT}/{hidden}")["data"]["active_flag"] is True
    for query in ("", "?ids=", "?ids=x", "?ids=0", "?ids=" + ",".join(map(str, range(1, 102)))):
        refused = bob.request("DELETE", ROOT + query)
        assert refused.status_code == 400
        assert refused.json()["error"].startswith("Bad request: ids: ")


def test_a_list_is_the_callers_unless_he_says_whose(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    mine, bobs, hidden = add(alice)["id"], add(bob)["id"], add(alice, private=1)["id"]
    assert {mine, hidden} <= set(ids(get(alice, ROOT, limit=500)))
    assert bobs not in ids(get(alice, ROOT, limit=500))
    assert bobs in ids(get(alice, ROOT, limit=500, user_id=town.bob.user_id))
    everybodys = set(ids(get(bob, ROOT, limit=500, user_id=0)))
    assert {mine, bobs} <= everybodys
    assert hidden not in everybodys


def test_the_lists_filters(town: Town, alice: httpx2.Client) -> None:
    made = {
        day: add(alice, type="lunch" if day % 2 else "deadline", due_date=f"2031-01-0{day}", done=day % 2)["id"]
        for day in range(1, 6)
    }
    within = {"start_date": "2031-01-02", "end_date": "2031-01-04"}
    assert ids(get(alice, ROOT, **within)) == [made[2], made[3], made[4]]
    assert ids(get(alice, ROOT, **within, done=1)) == [made[3]]
    assert ids(get(alice, ROOT, **within, done=0)) == [made[2], made[4]]
    assert ids(get(alice, ROOT, **within, type="lunch")) == [made[3]]
    assert ids(get(alice, ROOT, **within, type="lunch,deadline")) == [made[2], made[3], made[4]]
    nothing = get(alice, ROOT, **within, type="no_such")
    pages = {"start": 0, "limit": 100, "more_items_in_collection": False}
    assert nothing == {
        "success": True, "data": None, "related_objects": {}, "additional_data": {"pagination": pages},
    }  # fmt: skip


def test_pages_are_numbered(town: Town, alice: httpx2.Client) -> None:
    deal = town.record(town.alice, "deal").id
    made = [add(alice, deal_id=deal)["id"] for _ in range(5)]
    path = f"/v1/deals/{deal}/activities"
    first = get(alice, path, limit=2)
    assert ids(first) == made[:2]
    assert first["additional_data"]["pagination"] == {
        "start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2,
    }  # fmt: skip
    assert ids(get(alice, path, start=2, limit=2)) == made[2:4]
    last = get(alice, path, start=4, limit=2)
    assert ids(last) == made[4:]
    assert last["additional_data"]["pagination"] == {"start": 4, "limit": 2, "more_items_in_collection": False}
    assert get(alice, path, start=3, limit=2)["additional_data"]["pagination"]["more_items_in_collection"] is False
    assert get(alice, path, start=5)["data"] is None
    assert get(alice, path, start=2**63 - 1)["data"] is None
    assert get(alice, path, limit=100_000)["additional_data"]["pagination"]["limit"] == 500


@pytest.mark.parametrize(
    ("path", "kind", "field"),
    [
        ("deals", "deal", "deal_id"),
        ("persons", "contact", "person_id"),
        ("organizations", "organization", "org_id"),
        ("projects", "project", "project_id"),
    ],
)
def test_what_hangs_on_a_record(
    town: Town, alice: httpx2.Client, bob: httpx2.Client, path: str, kind: Any, field: str
) -> None:
    record = town.record(town.alice, kind)
    undone, done = add(alice, **{field: record.id})["id"], add(bob, done=1, **{field: record.id})["id"]
    hidden = add(alice, private=1, **{field: record.id})["id"]
    path = f"/v1/{path}/{record.id}/activities"
    assert ids(get(alice, path)) == [undone, done, hidden]
    assert ids(get(bob, path)) == [undone, done]
    assert (ids(get(bob, path, done=0)), ids(get(bob, path, done=1))) == ([undone], [done])
    assert ids(get(alice, path, exclude=f"{undone},{hidden},999999999")) == [done]
    assert get(bob, path)["related_objects"].keys() >= {"user"}
    unknown = alice.get(f"{path.rpartition('/')[0][: -len(str(record.id))]}999999999/activities")
    word = {"contact": "Person"}.get(kind, kind.capitalize())
    assert (unknown.status_code, unknown.json()["error"]) == (404, f"{word} not found")
    for query in ("exclude=x", "start=-1", "user_id=0"):
        assert alice.get(f"{path}?{query}").status_code == 400


def test_a_persons_activities_are_those_of_every_participant(
    alice: httpx2.Client, town: Town, records: dict[str, Record]
) -> None:
    mara, other = town.record(town.alice, "contact").id, records["other"].id
    id_ = add(alice, participants=[{"person_id": other}, {"person_id": mara}])["id"]
    assert ids(get(alice, f"/v1/persons/{mara}/activities")) == [id_]


def test_the_collection_is_for_admins_alone(town: Town, bob: httpx2.Client) -> None:
    answer = bob.get(COLLECTION)
    assert answer.status_code == 403
    assert answer.content == (
        b'{"success":false,"error":"You do not have permissions to do this.",'
        b'"error_info":"Please check developers.pipedrive.com","data":null,"additional_data":null}'
    )
    with town.client(town.credential(town.alice, scopes=frozenset({"activities:write"}))) as alice:
        lacking = alice.get(COLLECTION)
    assert (lacking.status_code, lacking.json()["error"]) == (403, "Scope and URL mismatch")


def test_the_collection_has_everybodys_in_short(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    bobs = add(bob, private=1, note="n", due_date="2026-11-05", due_time="14:30", done=1)
    page = get(alice, COLLECTION, user_id=town.bob.user_id, limit=500)
    assert list(page) == ["success", "data", "additional_data"]
    found = next(item for item in page["data"] if item["id"] == bobs["id"])
    assert list(found) == SHORT_KEYS
    assert found == {key: bobs[key] for key in SHORT_KEYS}
    assert bobs["id"] in ids(get(alice, COLLECTION, user_id=0, limit=500))


def test_the_collections_pages_and_filters(town: Town, alice: httpx2.Client) -> None:
    made = [add(alice, type="lunch" if n % 2 else "deadline", done=n < 2)["id"] for n in range(5)]
    other = {"user_id": town.alice.user_id, "type": "lunch,deadline"}
    seen: list[int] = []
    cursor: dict[str, Any] = {}
    while cursor.get("cursor", "") is not None:
        page = get(alice, COLLECTION, limit=2, **other, **cursor)
        assert 1 <= len(page["data"]) <= 2
        seen += ids(page)
        cursor = {"cursor": page["additional_data"]["next_cursor"]}
    assert seen[-5:] == made
    assert ids(get(alice, COLLECTION, **other, done="true"))[-2:] == made[:2]
    assert ids(get(alice, COLLECTION, **other, done=0))[-3:] == made[2:]
    assert set(ids(get(alice, COLLECTION, type="lunch", limit=100_000))) >= set(made[1::2])
    assert get(alice, COLLECTION, type="no_such") == {
        "success": True, "data": None, "additional_data": {"next_cursor": None},
    }  # fmt: skip
    alice.delete(f"{ROOT}/{made[0]}")
    assert made[0] not in ids(get(alice, COLLECTION, limit=500))


def test_since_and_until_have_both_ends(alice: httpx2.Client) -> None:
    made = add(alice)
    at = made["update_time"]
    for spelled in (at, at.replace(" ", "T"), at.replace(" ", "T") + "Z", at + "+00:00"):
        assert made["id"] in ids(get(alice, COLLECTION, since=spelled, until=spelled, limit=500))
    assert made["id"] not in ids(get(alice, COLLECTION, since="2099-01-01"))
    assert made["id"] not in ids(get(alice, COLLECTION, until="2020-01-01 00:00:00"))
    for query in ("since=yesterday", "until=x"):
        refused = alice.get(f"{COLLECTION}?{query}")
        assert refused.status_code == 400
        assert "Give it in UTC, as 2026-01-31 08:00:00." in refused.json()["error"]


def test_more_activities_in_context(alice: httpx2.Client, town: Town) -> None:
    deal = town.record(town.alice, "deal").id
    first = alice.post(ROOT, json={"deal_id": deal}).json()
    assert first["additional_data"] == {"more_activities_scheduled_in_context": False}
    again = alice.put(f"{ROOT}/{add(alice, deal_id=deal)['id']}", json={"note": "n"}).json()
    assert list(again) == ["success", "data", "related_objects", "additional_data"]
    assert again["additional_data"] == {"more_activities_scheduled_in_context": True}


def test_v1_does_not_disturb_what_it_cannot_say(alice: httpx2.Client, town: Town) -> None:
    native = alice.post(
        "/dayline/v1/activities", json={"type": "call", "subject": "S", "visibility": "admin_only", "outcome": "won"}
    ).json()
    put(alice, native["id"], note="n", private=True)
    after = alice.get(f"/dayline/v1/activities/{native['id']}").json()
    changed = {key for key in native if native[key] != after[key]}
    assert changed <= {"note", "revision", "updated_at"}


def test_a_filter_finds_everybodys(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    where = Group("all", (Condition("type", "is", "v1_filtered"),))
    town.wait(town.service.types.create(town.alice.principal, NewType(label="v1 filtered"), lambda type_: type_))
    new = NewFilter(name="Filtered", where=where, shared=True)
    filter_id = town.wait(town.service.filters.create(town.alice.principal, new, lambda saved: saved)).id
    mine, bobs = (add(client, type="v1_filtered")["id"] for client in (alice, bob))
    assert ids(get(bob, ROOT, filter_id=filter_id)) == [mine, bobs]
    assert ids(get(bob, ROOT, filter_id=filter_id, user_id=town.alice.user_id)) == [mine]
    assert ids(get(bob, ROOT, filter_id=filter_id, start=1, limit=1)) == [bobs]
    unknown = bob.get(ROOT, params={"filter_id": 999_999_999})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "Filter not found")
