"""The vendor's own npm client reads and writes types, fields, users and records, unmodified."""

from typing import Any

import pytest

from tests.clients.node import run_script
from tests.house import Town


@pytest.fixture(scope="module")
def seen(town: Town) -> dict[str, Any]:
    """What the client saw; one run for all the tests."""
    answer: dict[str, Any] = run_script(
        "pipedrive_meta.mjs",
        DAYLINE_URL=town.url,
        DAYLINE_TOKEN=town.alice.credential,
        DAYLINE_MEMBER=town.bob.credential,
    )
    return answer


def test_activity_types(seen: dict[str, Any]) -> None:
    types = seen["types"]
    added = types["added"]["data"]
    assert (added["key_string"], added["icon_key"], added["color"]) == ("video_call", "camera", "AABBCC")
    assert added in types["listed"]["data"]
    assert (types["updated"]["data"]["name"], types["updated"]["data"]["key_string"]) == ("Video", "video_call")
    assert types["deleted"]["data"]["active_flag"] is False
    assert seen["activity"]["data"]["type"] == "video_call"


def test_fields(seen: dict[str, Any]) -> None:
    fields = seen["fields"]
    assert [field["key"] for field in fields["v1"]["data"]][:3] == ["subject", "type", "due_date"]
    assert len(fields["v1"]["data"]) == len(fields["v2"]["data"])
    priority = next(field for field in fields["v2"]["data"] if field["field_code"] == "priority")
    assert priority.pop("ui_visibility") == {"add_visible_flag": True, "details_visible_flag": True}
    assert fields["one"]["data"] == priority
    assert fields["deal"]["data"] in fields["deals"]["data"]
    for entity, key in (("persons", "email"), ("organizations", "name"), ("leads", "title")):
        assert key in [field["key"] for field in fields[entity]["data"]]
    assert "emails" in [field["field_code"] for field in fields["personsV2"]["data"]]


def test_users(town: Town, seen: dict[str, Any]) -> None:
    users = seen["users"]
    assert [user["name"] for user in users["all"]["data"]] == ["Alice", "Bob"]
    assert (users["me"]["data"]["id"], users["me"]["data"]["company_name"]) == (town.alice.user_id, "Acme")
    assert [user["name"] for user in users["found"]["data"]] == ["Bob"]
    assert users["settings"]["success"] is True


@pytest.mark.parametrize(
    ("entity", "name", "title"),
    [
        ("person", "name", "Mara Kask"),
        ("deal", "title", "Ex deal, again"),
        ("organization", "name", "Ex Ltd"),
        ("project", "title", "Moved"),
        ("lead", "title", "Cold"),
    ],
)
def test_records(seen: dict[str, Any], entity: str, name: str, title: str) -> None:
    told = seen[entity]
    added = told["added"]["data"]
    counts = {"activities_count": 1} if entity in ("person", "deal", "organization") else {}
    counts = {"next_activity_id": seen["activity"]["data"]["id"]} if entity == "lead" else counts
    assert told["got"] == {"success": True, "data": {**added, **counts}}
    assert told["listed"]["data"] == [told["got"]["data"]]
    assert (told["updated"]["data"]["id"], told["updated"]["data"][name]) == (added["id"], title)


def test_it_reads_the_errors(seen: dict[str, Any]) -> None:
    refusals = seen["refusals"]
    assert all(refusal["success"] is False for refusal in refusals.values())
    assert refusals["user"]["error"] == "User not found or not accessible."
    assert refusals["lead"]["error"] == "requested lead not found"
    assert refusals["deal"]["code"] == "ERR_NOT_FOUND"
    assert refusals["member"]["error"] == "You do not have permissions to do this."
    assert refusals["builtIn"]["code"] == "ERR_CONFLICT"
    assert refusals["title"]["error"].startswith("Validation failed: title: ")
