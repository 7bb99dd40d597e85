"""What can be discovered of fields: complete, truthful about what can be written and filtered, and the same numbers."""

from typing import Any

import httpx2
import pytest
from msgspec.structs import fields

from dayline.domain.condition import OPERATORS
from dayline.vendors.pipedrive import schema
from dayline.vendors.pipedrive.fields.table import ACTIVITY_FIELDS, BY_ID, FIELDS
from dayline.vendors.pipedrive.lookups import schema as lookups
from dayline.vendors.pipedrive.v1 import schema as v1
from tests.house import Town

V1 = "/v1/activityFields"
V2 = "/api/v2/activityFields"
# Once given to a client, a number is in his filters for ever: this table may grow, and nothing in it may change.
NUMBERS = {
    1: "subject", 2: "type", 3: "due_date", 4: "due_time", 5: "duration", 6: "user_id", 7: "deal_id", 8: "lead_id",
    9: "person_id", 10: "org_id", 11: "project_id", 12: "done", 13: "marked_as_done_time", 14: "busy_flag",
    15: "priority", 16: "location", 17: "public_description", 18: "note", 19: "add_time", 20: "update_time",
    21: "created_by_user_id", 22: "id", 23: "active_flag", 24: "participants", 25: "attendees",
    26: "conference_meeting_client", 27: "conference_meeting_url", 28: "conference_meeting_id", 29: "outcome",
    30: "private",
}  # fmt: skip
KEYS_V1 = [
    "id", "key", "name", "order_nr", "field_type", "add_time", "update_time", "last_updated_by_user_id",
    "created_by_user_id", "active_flag", "edit_flag", "index_visible_flag", "details_visible_flag", "add_visible_flag",
    "important_flag", "bulk_edit_allowed", "searchable_flag", "filtering_allowed", "sortable_flag", "options",
    "mandatory_flag",
]  # fmt: skip
KEYS_V2 = [
    "field_name", "field_code", "description", "field_type", "options", "subfields", "is_custom_field",
    "is_optional_response_field",
]  # fmt: skip


def names(type_: Any) -> set[str]:
    return {field.encode_name for field in fields(type_)}


def test_the_numbers_of_fields_stay() -> None:
    assert {row.id: row.key for row in ACTIVITY_FIELDS} == NUMBERS
    assert set(BY_ID) == set(NUMBERS)


@pytest.mark.parametrize("entity", FIELDS)
def test_no_number_or_name_stands_twice(entity: Any) -> None:
    rows = FIELDS[entity]
    assert len({row.id for row in rows}) == len({row.key for row in rows}) == len({row.field_code for row in rows})
    assert len({row.id for row in rows}) == len(rows)


def test_every_field_of_an_activity_is_there(alice: httpx2.Client) -> None:
    assert {field["field_code"] for field in alice.get(V2).json()["data"]} == names(schema.Activity)
    told = {field["key"] for field in alice.get(V1).json()["data"]}
    assert told <= names(v1.ActivityV1) | {"outcome"}


def test_what_is_said_to_be_writable_is(alice: httpx2.Client) -> None:
    writable = {row.field_code for row in ACTIVITY_FIELDS if row.writable}
    assert writable == names(schema.AddActivityRequest)


def test_what_is_said_to_be_sortable_is() -> None:
    sortable = {row.field_code for row in ACTIVITY_FIELDS if row.sortable}
    assert sortable == {"id", "update_time", "add_time", "due_date"}


def test_every_meaning_is_one_of_the_domains() -> None:
    meanings = [row.meaning for row in ACTIVITY_FIELDS if row.meaning is not None]
    assert len(set(meanings)) == len(meanings)
    assert set(meanings) <= set(OPERATORS)


def test_v1_tells_what_filters_need(alice: httpx2.Client) -> None:
    found = {field["key"]: field for field in alice.get(V1).json()["data"]}
    assert all(list(field) == KEYS_V1 for field in found.values())
    assert {key: field["id"] for key, field in found.items()} == {key: id_ for id_, key in NUMBERS.items()}
    assert (found["due_date"]["filtering_allowed"], found["participants"]["filtering_allowed"]) == (True, False)
    assert found["subject"]["mandatory_flag"] is True
    assert found["priority"]["options"] == [
        {"id": 263, "label": "Low"}, {"id": 264, "label": "Medium"}, {"id": 265, "label": "High"},
        {"id": 266, "label": "Critical"},
    ]  # fmt: skip
    assert found["subject"]["options"] is None


def test_the_options_of_a_type_are_the_active_types(town: Town, alice: httpx2.Client) -> None:
    made = alice.post("/v1/activityTypes", json={"name": "Optional", "icon_key": "key"}).json()["data"]
    option = {"id": "optional", "label": "Optional"}

    def told() -> tuple[bool, bool]:
        in_v1 = next(field for field in alice.get(V1).json()["data"] if field["key"] == "type")
        in_v2 = alice.get(f"{V2}/type").json()["data"]
        full = {**option, "color": None, "add_time": None, "update_time": None}
        return option in in_v1["options"], full in in_v2["options"]

    assert told() == (True, True)
    alice.delete(f"/v1/activityTypes/{made['id']}")
    assert told() == (False, False)


def test_v1_is_paged_by_number(alice: httpx2.Client) -> None:
    whole = alice.get(V1).json()
    assert whole["additional_data"] == {"pagination": {"start": 0, "limit": 100, "more_items_in_collection": False}}
    seen, start = [], 0
    while True:
        page = alice.get(f"{V1}?start={start}&limit=7").json()
        seen += page["data"]
        if not page["additional_data"]["pagination"]["more_items_in_collection"]:
            break
        start = page["additional_data"]["pagination"]["next_start"]
    assert seen == whole["data"]
    assert alice.get(f"{V1}?start=500&limit=9999").json() == {
        "success": True,
        "data": None,
        "additional_data": {"pagination": {"start": 500, "limit": 500, "more_items_in_collection": False}},
    }


def test_v2_is_paged_by_cursor(alice: httpx2.Client) -> None:
    seen: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = alice.get(f"{V2}?limit=7{cursor and f'&cursor={cursor}'}").json()
        seen += page["data"]
        cursor = page["additional_data"]["next_cursor"]
    assert seen == alice.get(V2).json()["data"]
    for wrong in ("x", "", "ZmllbGRzOm5vbmU"):
        assert alice.get(V2, params={"cursor": wrong}).status_code == 400


def test_v2_tells_one_field(alice: httpx2.Client) -> None:
    listed = {field["field_code"]: field for field in alice.get(V2).json()["data"]}
    for code, field in listed.items():
        assert list(field) == KEYS_V2
        assert alice.get(f"{V2}/{code}").json() == {"success": True, "data": field}
    assert listed["attendees"]["is_optional_response_field"] is True
    assert listed["location"]["field_type"] == "address"
    parts = [part["field_code"] for part in listed["location"]["subfields"]]
    assert set(parts) == names(schema.Location)
    shown = alice.get(f"{V2}/priority?include_fields=ui_visibility").json()["data"]
    assert shown["ui_visibility"] == {"add_visible_flag": True, "details_visible_flag": True}


def test_what_is_not_there(alice: httpx2.Client) -> None:
    for path in (f"{V2}/nothing", f"{V2}/user_id", "/v1/dealFields/1", "/api/v2/leadFields", "/v1/noteFields"):
        assert alice.get(path).status_code == 404, path
    assert alice.get(f"{V2}?include_fields=nothing").status_code == 400


SHOWN: dict[str, Any] = {
    "deal": lookups.Deal,
    "person": lookups.Person,
    "organization": lookups.Organization,
    "project": lookups.Project,
    "lead": lookups.Lead,
}


@pytest.mark.parametrize("entity", SHOWN)
def test_other_entities_tell_what_their_records_hold(entity: Any) -> None:
    """Every field is one that is shown; what is always empty is not told of."""
    codes = {row.field_code for row in FIELDS[entity]}
    empty = {field.encode_name for field in fields(SHOWN[entity]) if field.default is None or field.default == []}
    assert codes <= names(SHOWN[entity]) - empty


@pytest.mark.parametrize("entity", ["deal", "person", "organization", "lead"])
def test_other_entities_in_v1(alice: httpx2.Client, entity: Any) -> None:
    listed = alice.get(f"/v1/{entity}Fields").json()["data"]
    assert [field["id"] for field in listed] == [row.id for row in FIELDS[entity]]
    assert [field["order_nr"] for field in listed] == list(range(1, len(listed) + 1))
    if entity != "lead":
        for field in listed:
            assert alice.get(f"/v1/{entity}Fields/{field['id']}").json() == {"success": True, "data": field}


@pytest.mark.parametrize("entity", ["deal", "person", "organization", "project"])
def test_other_entities_in_v2(alice: httpx2.Client, entity: Any) -> None:
    listed = alice.get(f"/api/v2/{entity}Fields").json()["data"]
    assert [field["field_code"] for field in listed] == [row.field_code for row in FIELDS[entity]]
    assert alice.get(f"/api/v2/{entity}Fields/owner_id").json()["data"] in listed
