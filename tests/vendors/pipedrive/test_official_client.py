"""The vendor's own npm client, unmodified, works against Dayline after changing its base URL and token."""

from typing import Any

import pytest

from dayline.domain.record import Record
from tests.clients.node import run_script
from tests.house import Town

COUNT = 1050


@pytest.fixture(scope="module")
def deal(town: Town) -> Record:
    return town.record(town.alice, "deal", "Ex deal")


@pytest.fixture(scope="module")
def person(town: Town) -> Record:
    return town.record(town.alice, "contact", "Mara")


@pytest.fixture(scope="module")
def seen(town: Town, deal: Record, person: Record) -> dict[str, Any]:
    """What the client saw; one run for all the tests."""
    answer: dict[str, Any] = run_script(
        "pipedrive_v2.mjs",
        DAYLINE_URL=town.url,
        DAYLINE_TOKEN=town.alice.credential,
        DAYLINE_COUNT=str(COUNT),
        DAYLINE_DEAL=str(deal.id),
        DAYLINE_PERSON=str(person.id),
    )
    return answer


def test_it_adds_and_pages_through_all_of_them_while_others_write(seen: dict[str, Any]) -> None:
    created = set(seen["created"])
    assert len(created) == COUNT
    assert len(seen["pages"][0]) == len(seen["pages"][1]) == 500
    assert sorted(id_ for page in seen["pages"] for id_ in page if id_ in created) == sorted(created)


def test_it_gets_what_it_added(seen: dict[str, Any], deal: Record, person: Record) -> None:
    added = seen["full"]["data"]
    assert seen["full"]["success"] is True
    assert seen["full"]["additional_data"] == {"more_activities_scheduled_in_context": True}
    assert (added["deal_id"], added["person_id"], added["type"]) == (deal.id, person.id, "meeting")
    assert (added["due_date"], added["due_time"], added["duration"]) == ("2026-12-01", "14:30:00", "00:45:00")
    guest = {"email": "guest@example.com", "name": "Guest", "status": "noreply", "is_organizer": False}
    attendees = [{**guest, "person_id": None, "user_id": None}]
    assert seen["got"] == {"success": True, "data": {**added, "attendees": attendees}}
    assert seen["byBearer"] == {"success": True, "data": added}


def test_it_filters(seen: dict[str, Any]) -> None:
    id_ = seen["full"]["data"]["id"]
    assert sorted(seen["done"] + seen["undone"]) == sorted([*seen["created"], id_])
    assert len(seen["done"]) == COUNT // 2
    assert seen["byIds"] == seen["byPerson"] == [id_]


def test_it_patches_and_clears(seen: dict[str, Any]) -> None:
    added, patched, cleared = seen["full"]["data"], seen["patched"]["data"], seen["cleared"]["data"]
    changed = {key for key in added if added[key] != patched[key]}
    assert changed - {"update_time"} == {"subject", "done", "marked_as_done_time"}
    for field in ("due_date", "due_time", "duration", "deal_id", "note", "location", "priority"):
        assert cleared[field] is None
    assert cleared["public_description"] == "shared"


def test_it_deletes(seen: dict[str, Any]) -> None:
    id_ = seen["full"]["data"]["id"]
    assert seen["deleted"] == {"success": True, "data": {"id": id_}}
    assert seen["afterwards"]["data"]["is_deleted"] is True


def test_it_reads_the_errors(seen: dict[str, Any]) -> None:
    refusals = seen["refusals"]
    assert all(refusal["success"] is False for refusal in refusals.values())
    assert refusals["missing"]["code"] == refusals["deletedTwice"]["code"] == "ERR_NOT_FOUND"
    assert refusals["wrongType"]["error"].startswith("Validation failed: deal_id:")
    assert refusals["tooMany"]["error"].startswith("Validation failed: limit:")
    assert refusals["stranger"]["errorCode"] == 401
