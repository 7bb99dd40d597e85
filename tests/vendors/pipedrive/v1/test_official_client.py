"""The vendor's npm client 30.11.0, the last with all of v1's activities, works unmodified against Dayline."""

from typing import Any

import pytest

from dayline.domain.record import Record
from tests.clients.node import run_script
from tests.house import Town

COUNT = 120
CLASSIC = {"error_info": "Please check developers.pipedrive.com", "data": None, "additional_data": None}


@pytest.fixture(scope="module")
def records(town: Town) -> dict[str, Record]:
    names = {"deal": "Ex deal", "contact": "Mara", "organization": "Ex"}
    return {kind: town.record(town.alice, kind, name) for kind, name in names.items()}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def seen(town: Town, records: dict[str, Record]) -> dict[str, Any]:
    """What the client saw; one run for all the tests."""
    answer: dict[str, Any] = run_script(
        "pipedrive_v1.mjs",
        DAYLINE_URL=town.url,
        DAYLINE_TOKEN=town.alice.credential,
        DAYLINE_MEMBER=town.bob.credential,
        DAYLINE_COUNT=str(COUNT),
        DAYLINE_DEAL=str(records["deal"].id),
        DAYLINE_PERSON=str(records["contact"].id),
        DAYLINE_ORG=str(records["organization"].id),
    )
    return answer


def test_it_adds_every_field(seen: dict[str, Any], records: dict[str, Record]) -> None:
    full = seen["full"]
    added = full["data"]
    assert full["success"] is True
    assert full["additional_data"] == {"more_activities_scheduled_in_context": True}
    assert (added["due_date"], added["due_time"], added["duration"]) == ("2026-12-01", "14:30", "00:45")
    assert (added["deal_title"], added["person_name"], added["org_name"]) == ("Ex deal", "Mara", "Ex")
    assert (added["busy_flag"], added["done"], added["marked_as_done_time"]) == (True, False, "")
    assert [person["email_address"] for person in added["attendees"]] == ["guest@example.com"]
    assert added["participants"] == [{"person_id": records["contact"].id, "primary_flag": True}]
    assert set(full["related_objects"]) == {"user", "organization", "person", "deal"}


def test_it_gets_what_it_added(seen: dict[str, Any]) -> None:
    full = seen["full"]
    assert seen["got"] == seen["byBearer"]
    assert seen["got"] == {"success": True, "data": full["data"], "related_objects": full["related_objects"]}


def test_it_pages_by_number(seen: dict[str, Any]) -> None:
    assert [len(page) for page in seen["pages"]] == [50, 50, 20]
    assert [id_ for page in seen["pages"] for id_ in page] == seen["created"]
    assert seen["done"] == seen["created"][1::2]
    assert seen["byDate"] == [seen["full"]["data"]["id"]]
    assert seen["nothing"]["data"] is None


def test_it_lists_what_hangs_on_a_record(seen: dict[str, Any]) -> None:
    id_ = seen["full"]["data"]["id"]
    assert [id_ for page in seen["byParent"]["deal"] for id_ in page] == [*seen["created"], id_]
    assert seen["byParent"]["person"] == seen["byParent"]["organization"] == [id_]
    assert seen["byParent"]["excluded"] == []


def test_it_pages_through_the_collection(seen: dict[str, Any]) -> None:
    id_ = seen["full"]["data"]["id"]
    assert [len(page) for page in seen["collection"]] == [50, 50, 21]
    assert [id_ for page in seen["collection"] for id_ in page] == [*seen["created"], id_]
    assert seen["collectionDone"] == seen["done"]
    assert seen["collectionSince"] == [id_]


def test_it_updates_and_clears(seen: dict[str, Any]) -> None:
    before, updated, cleared = (seen[name]["data"] for name in ("full", "updated", "cleared"))
    changed = {key for key in before if before[key] != updated[key]}
    assert changed - {"update_time"} == {"subject", "done", "marked_as_done_time"}
    assert [cleared[field] for field in ("due_date", "due_time", "duration", "deal_id", "note", "location")] == [
        None, "", "", None, None, None,
    ]  # fmt: skip
    assert cleared["public_description"] == "shared"


def test_it_deletes_one_and_many(seen: dict[str, Any]) -> None:
    id_ = seen["full"]["data"]["id"]
    assert seen["deleted"] == {"success": True, "data": {"id": id_}}
    assert seen["afterwards"]["data"]["active_flag"] is False
    assert seen["deletedMany"] == {"success": True, "data": {"id": seen["created"][:2]}}
    assert seen["left"] == seen["created"][2:]


def test_it_reads_the_errors(seen: dict[str, Any]) -> None:
    refusals = seen["refusals"]
    assert all(refusal["success"] is False for refusal in refusals.values())
    assert refusals["missing"]["code"] == refusals["deletedTwice"]["code"] == "ERR_NOT_FOUND"
    assert refusals["noDeal"]["error"] == "Deal not found"
    assert refusals["wrongType"]["error"].startswith("Bad request: deal_id: ")
    assert refusals["noIds"]["error"].startswith("Bad request: ids: ")
    assert refusals["collection"] == {"success": False, "error": "You do not have permissions to do this.", **CLASSIC}
    assert refusals["stranger"]["errorCode"] == 401
