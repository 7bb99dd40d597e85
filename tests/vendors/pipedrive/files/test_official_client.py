"""The vendor's own npm client puts files on an activity, lists, fetches, names and deletes them."""

from typing import Any

import pytest

from dayline.domain.draft import Draft, TypeKey
from tests.cast import as_activity
from tests.clients.node import run_script
from tests.house import Town


@pytest.fixture(scope="module")
def seen(town: Town) -> dict[str, Any]:
    """What the client saw; one run for all the tests."""
    draft = Draft(type=TypeKey("call", "type"), subject="Brief")
    on = town.wait(town.service.activities.create(town.alice.principal, draft, as_activity))
    answer: dict[str, Any] = run_script(
        "pipedrive_files.mjs",
        DAYLINE_URL=town.url,
        DAYLINE_TOKEN=town.alice.credential,
        DAYLINE_ACTIVITY=str(on.id),
    )
    return answer | {"on": on.id}


def test_it_adds_files_and_reads_them(seen: dict[str, Any], town: Town) -> None:
    first, second = seen["first"]["data"], seen["second"]["data"]
    assert (first["activity_id"], first["user_id"]) == (seen["on"], town.alice.user_id)
    assert (first["name"], first["file_size"]) == ("agenda.txt", len("Agenda: talk"))
    assert second["name"] == "Übersicht 簡歴.txt"
    assert seen["got"] == seen["first"]
    assert seen["downloaded"] == "Agenda: talk"


def test_it_links_what_is_elsewhere(seen: dict[str, Any]) -> None:
    linked = seen["linked"]["data"]
    assert (linked["remote_location"], linked["remote_id"]) == ("googledrive", "1aBcDeF_ghi-JKL")
    assert linked["activity_id"] == seen["on"]


def test_it_lists_page_by_page(seen: dict[str, Any]) -> None:
    assert seen["listed"] == [seen[name]["data"]["id"] for name in ("linked", "second", "first")]


def test_it_changes_and_deletes(seen: dict[str, Any]) -> None:
    updated = seen["updated"]["data"]
    assert (updated["name"], updated["description"]) == ("plan.txt", "For Monday")
    assert seen["deleted"] == {"success": True, "data": {"id": seen["second"]["data"]["id"]}}


def test_it_reads_the_errors(seen: dict[str, Any]) -> None:
    refusals = seen["refusals"]
    assert all(refusal["success"] is False for refusal in refusals.values())
    assert (refusals["gone"]["error"], refusals["gone"]["code"]) == ("File not found", "ERR_NOT_FOUND")
    assert "activity_id: " in refusals["nowhere"]["error"]
    assert "activity_id" in refusals["deal"]["error"]
    assert "item_type: " in refusals["linkOnDeal"]["error"]
    assert refusals["drive"]["code"] == "ERR_METHOD_NOT_ALLOWED"
