"""Pipedrive's activity types over HTTP: CRUD, bulk delete, the key that never changes, the icons."""

import re
from typing import get_args

import httpx2
import pytest

from dayline.domain.types import BUILT_IN
from dayline.service.types import NewType
from dayline.vendors.pipedrive.types.schema import Icon
from tests.house import Town

ROOT = "/v1/activityTypes"
KEYS = [
    "id", "order_nr", "name", "key_string", "icon_key", "active_flag", "color", "is_custom_flag", "add_time",
    "update_time",
]  # fmt: skip
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NOT_PERMITTED = {
    "success": False,
    "error": "You do not have permissions to do this.",
    "error_info": "Please check developers.pipedrive.com",
    "data": None,
    "additional_data": None,
}


def add(client: httpx2.Client, name: str, **fields: object) -> dict[str, object]:
    answer = client.post(ROOT, json={"name": name, "icon_key": "camera", **fields})
    assert answer.status_code == 201, answer.text
    added: dict[str, object] = answer.json()["data"]
    return added


@pytest.mark.parametrize("root", [ROOT, f"/api{ROOT}", f"/pipedrive{ROOT}"])
def test_all_types_are_listed_under_every_prefix(alice: httpx2.Client, root: str) -> None:
    answer = alice.get(root)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    built_in = [type_ for type_ in answer.json()["data"] if not type_["is_custom_flag"]]
    assert [(type_["id"], type_["key_string"], type_["name"]) for type_ in built_in] == [
        (type_.id, type_.key, type_.label) for type_ in BUILT_IN
    ]
    assert list(built_in[0]) == KEYS
    assert all(INSTANT.fullmatch(type_[name]) for type_ in built_in for name in ("add_time", "update_time"))


def test_what_is_added_can_be_used_at_once(alice: httpx2.Client) -> None:
    added = add(alice, "Video chat", color="AABBCC")
    assert (added["key_string"], added["icon_key"], added["color"]) == ("video_chat", "camera", "AABBCC")
    assert (added["active_flag"], added["is_custom_flag"]) == (True, True)
    assert added in alice.get(ROOT).json()["data"]
    assert alice.post("/api/v2/activities", json={"type": "video_chat"}).json()["data"]["type"] == "video_chat"


@pytest.mark.parametrize("name", ["Встреча", "会议", "Видео call", "اجتماع"])
def test_a_name_in_any_script_has_a_key_of_its_own(alice: httpx2.Client, name: str) -> None:
    there = {type_["key_string"] for type_ in alice.get(ROOT).json()["data"]}
    key = add(alice, name)["key_string"]
    assert key not in there
    assert alice.post("/api/v2/activities", json={"type": key}).json()["data"]["type"] == key
    assert alice.post(ROOT, json={"name": name, "icon_key": "call"}).status_code == 409


def test_the_key_stays_when_the_name_changes(alice: httpx2.Client) -> None:
    added = add(alice, "Site visit")
    body = {"name": "Visit", "icon_key": "car", "color": "001122", "order_nr": 77, "key_string": "visit"}
    changed = alice.put(f"{ROOT}/{added['id']}", json=body)
    assert changed.status_code == 200
    assert changed.json()["data"] == {
        **added, "name": "Visit", "icon_key": "car", "color": "001122", "order_nr": 77,
        "update_time": changed.json()["data"]["update_time"],
    }  # fmt: skip


def test_a_form_is_as_good_as_json(alice: httpx2.Client) -> None:
    added = alice.post(ROOT, data={"name": "By form", "icon_key": "bell"})
    assert (added.status_code, added.json()["data"]["key_string"]) == (201, "by_form")
    changed = alice.put(f"{ROOT}/{added.json()['data']['id']}", data={"order_nr": "12"})
    assert changed.json()["data"]["order_nr"] == 12


def test_a_deleted_type_is_inactive_and_stays_readable(alice: httpx2.Client) -> None:
    added = add(alice, "Short lived")
    activity = alice.post("/api/v2/activities", json={"type": "short_lived"}).json()["data"]["id"]
    for _ in range(2):
        gone = alice.delete(f"{ROOT}/{added['id']}")
        assert gone.status_code == 200
        assert gone.json()["data"] == {**added, "active_flag": False, "update_time": gone.json()["data"]["update_time"]}
    assert gone.json()["data"] in alice.get(ROOT).json()["data"]
    assert alice.get(f"/api/v2/activities/{activity}").json()["data"]["type"] == "short_lived"
    assert alice.post("/api/v2/activities", json={"type": "short_lived"}).status_code == 400


def test_bulk_delete_tells_only_what_it_deleted(alice: httpx2.Client) -> None:
    first, second, third = (add(alice, f"Bulk {word}")["id"] for word in ("one", "two", "three"))
    alice.delete(f"{ROOT}/{second}")
    answer = alice.delete(f"{ROOT}?ids={first},{second},999999,{third},{first}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": [first, third]}})
    active = {type_["id"] for type_ in alice.get(ROOT).json()["data"] if type_["active_flag"]}
    assert not active & {first, second, third}


def test_bulk_delete_is_all_or_nothing(town: Town, alice: httpx2.Client) -> None:
    """A built-in type stays, and with it everything else that was named."""
    mine, before = add(alice, "Stays too")["id"], town.changed()
    answer = alice.delete(f"{ROOT}?ids={mine},{BUILT_IN[0].id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "ERR_CONFLICT")
    assert town.changed() == before
    assert alice.delete(f"{ROOT}/{BUILT_IN[0].id}").status_code == 409


@pytest.mark.parametrize("ids", ["", "0", "a", "1,,2", ",".join(map(str, range(1, 102)))])
def test_bulk_delete_of_no_ids(alice: httpx2.Client, ids: str) -> None:
    answer = alice.delete(ROOT, params={"ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")
    assert answer.json()["error"].startswith("Bad request: ids: ")


def test_every_icon_of_the_vendor_and_no_other(alice: httpx2.Client) -> None:
    added = add(alice, "Many faces")
    for icon in get_args(Icon):
        shown = alice.put(f"{ROOT}/{added['id']}", json={"icon_key": icon})
        assert shown.json()["data"]["icon_key"] == icon
    assert alice.put(f"{ROOT}/{added['id']}", json={"icon_key": "unicorn"}).status_code == 400


def test_what_the_vendor_cannot_show(town: Town, alice: httpx2.Client) -> None:
    """An icon of our own is a task's, and no colour is white."""
    new = NewType(label="From elsewhere", icon="unicorn")
    made = town.wait(town.service.types.create(town.alice.principal, new, lambda type_: type_))
    shown = next(type_ for type_ in alice.get(ROOT).json()["data"] if type_["id"] == made.id)
    assert (shown["icon_key"], shown["color"]) == ("task", "FFFFFF")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": "No icon"}, {"icon_key": "call"}, {"name": "", "icon_key": "call"},
        {"name": "42", "icon_key": "call"},
        {"name": "--", "icon_key": "call"}, {"name": "Colour", "icon_key": "call", "color": "white!"},
        {"name": 5, "icon_key": "call"}, {"name": "Colour", "icon_key": "call", "color": "#abcde"},
    ],
)  # fmt: skip
def test_what_is_no_type(town: Town, alice: httpx2.Client, body: object) -> None:
    before = town.changed()
    answer = alice.post(ROOT, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")
    assert answer.json()["error"].startswith(("Bad request: name: ", "Bad request: icon_key: ", "Bad request: color: "))
    assert town.changed() == before


def test_a_name_whose_key_is_taken(alice: httpx2.Client) -> None:
    assert alice.post(ROOT, json={"name": "CALL!", "icon_key": "call"}).status_code == 409
    assert alice.put(f"{ROOT}/999999", json={"name": "Nobody's"}).status_code == 404


def test_only_global_admins_write(town: Town, alice: httpx2.Client) -> None:
    mine, before = add(alice, "Alice's")["id"], town.changed()
    with town.client(town.bob) as bob:
        for answer in (
            bob.post(ROOT, json={"name": "Bob's", "icon_key": "call"}),
            bob.put(f"{ROOT}/{mine}", json={"name": "Bob's"}),
            bob.put(f"{ROOT}/999999", json={"name": "Bob's"}),
            bob.delete(f"{ROOT}/{mine}"),
            bob.delete(f"{ROOT}?ids={mine}"),
        ):
            assert (answer.status_code, answer.json()) == (403, NOT_PERMITTED)
        assert bob.get(ROOT).status_code == 200
    assert town.changed() == before


def test_a_repeated_key_adds_once(town: Town, alice: httpx2.Client) -> None:
    headers, body = {"idempotency-key": "a type"}, {"name": "Only once", "icon_key": "key"}
    first, again = (alice.post(ROOT, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)


def test_an_empty_colour_in_a_form_is_none(alice: httpx2.Client) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    made = alice.post("/v1/activityTypes", content="name=Plain&icon_key=call&color=", headers=form)
    assert made.status_code == 201, made.text
    id_ = made.json()["data"]["id"]
    assert made.json()["data"]["color"] == "FFFFFF"
    alice.put(f"/v1/activityTypes/{id_}", json={"color": "AABBCC"})
    changed = alice.put(f"/v1/activityTypes/{id_}", content="color=&order_nr=", headers=form)
    assert (changed.status_code, changed.json()["data"]["color"]) == (200, "FFFFFF")
