"""The vendor's own npm client saves filters and lists by them: overdue calls with a deal, or meetings next week."""

import datetime as dt
import json
from typing import Any

import pytest

from dayline.domain.draft import Draft, Relate, TypeKey
from dayline.domain.identity import UserKey
from dayline.domain.record import Record
from dayline.vendors.pipedrive.fields.table import ACTIVITY_FIELDS
from tests.cast import Person, as_activity, key_of
from tests.clients.node import run_script
from tests.house import Town

TODAY = dt.datetime.now(dt.UTC).date()
NEXT_MONDAY = TODAY + dt.timedelta(days=7 - TODAY.weekday())


def plan(town: Town, who: Person, subject: str, type_: str, day: dt.date, **fields: Any) -> None:
    draft = Draft(
        subject=subject, type=TypeKey(type_, "type"), owner=UserKey(who.user_id, "owner_id"), date=day, **fields
    )
    town.wait(town.service.activities.create(town.alice.principal, draft, as_activity))


@pytest.fixture(scope="module")
def deal(town: Town) -> Record:
    return town.record(town.alice, "deal", "Ex deal")


@pytest.fixture(scope="module")
def seen(town: Town, deal: Record) -> dict[str, Any]:
    """What the client saw; one run for all the tests."""
    ann, bob, on_deal = town.alice, town.bob, {"related": (Relate("deal", key_of(deal)),)}
    past = TODAY - dt.timedelta(days=3)
    plan(town, ann, "Overdue call with a deal", "call", past, **on_deal)
    plan(town, ann, "Overdue call without", "call", past)
    plan(town, ann, "Done call with a deal", "call", past, done=True, **on_deal)
    plan(town, ann, "Call to come with a deal", "call", NEXT_MONDAY, **on_deal)
    plan(town, ann, "Overdue task with a deal", "task", past, **on_deal)
    plan(town, ann, "Meeting on Monday", "meeting", NEXT_MONDAY)
    plan(town, ann, "Meeting on Sunday", "meeting", NEXT_MONDAY + dt.timedelta(days=6), time=dt.time(23, 59, 59))
    plan(town, ann, "Meeting a week later", "meeting", NEXT_MONDAY + dt.timedelta(days=7))
    plan(town, ann, "Meeting before", "meeting", NEXT_MONDAY - dt.timedelta(days=1), time=dt.time(23, 59))
    plan(town, ann, "Done meeting", "meeting", NEXT_MONDAY, done=True)
    plan(town, bob, "Somebody else's overdue call", "call", past, **on_deal)
    plan(town, bob, "Somebody else's meeting", "meeting", NEXT_MONDAY)
    answer: dict[str, Any] = run_script(
        "pipedrive_filters.mjs",
        DAYLINE_URL=town.url,
        DAYLINE_TOKEN=ann.credential,
        DAYLINE_USER=str(ann.user_id),
        DAYLINE_FIELDS=json.dumps({row.key: str(row.id) for row in ACTIVITY_FIELDS}),
    )
    return answer


def test_it_finds_what_was_asked_for(seen: dict[str, Any]) -> None:
    assert seen["found"] == [
        "Overdue call with a deal",
        "Meeting on Monday",
        "Meeting on Sunday",
        "Done meeting",
    ]


def test_beside_a_filter_some_parameters_do_not_count_and_others_do(seen: dict[str, Any]) -> None:
    assert seen["besides"] == seen["found"]
    assert seen["done"] == ["Done meeting"]


def test_it_reads_what_it_wrote(seen: dict[str, Any], town: Town) -> None:
    made, got = seen["hers"]["data"], seen["got"]["data"]
    assert (made["name"], made["type"], made["user_id"]) == ("Ann's week", "activity", town.alice.user_id)
    assert (made["is_editable"], made["active_flag"], made["visible_to"]) == (True, True, "1")
    first, second = made["conditions"]["conditions"]
    assert (first["glue"], second["glue"]) == ("and", "or")
    assert first["conditions"][0]["field_code"] == "owner_id"
    overdue = second["conditions"][0]["conditions"][1]
    assert (overdue["operator"], overdue["value"], overdue["field_code"]) == ("<", "today", "due_date")
    assert overdue["json_value_flag"] is False
    assert "field_code" not in got["conditions"]["conditions"][0]["conditions"][0]
    plain = json.loads(json.dumps(made), object_hook=lambda d: {k: v for k, v in d.items() if k != "field_code"})
    assert plain == got


def test_it_changes_and_deletes(seen: dict[str, Any]) -> None:
    assert seen["updated"]["data"]["name"] == "Meetings"
    assert len(seen["meetings"]) == 6
    assert len(seen["everything"]) == 12
    ids = [seen["hers"]["data"]["id"] + more for more in range(3)]
    listed = seen["listed"]["data"]
    assert [one["id"] for one in listed] == ids
    assert all("conditions" not in one for one in listed)
    assert seen["deals"] == {"success": True, "data": None}
    assert seen["deleted"] == {"success": True, "data": {"id": ids[1]}}
    assert seen["deletedMany"] == {"success": True, "data": {"id": [ids[2]]}}


def test_it_sees_what_conditions_can_be_made_of(seen: dict[str, Any]) -> None:
    helpers = seen["helpers"]["data"]
    assert set(helpers) == {"operators", "deprecated_operators", "relative_dates", "address_field_components"}
    assert len(helpers["relative_dates"]) == 3


def test_it_reads_the_errors(seen: dict[str, Any]) -> None:
    refusals = seen["refusals"]
    assert all(refusal["success"] is False for refusal in refusals.values())
    for name in ("missing", "listed"):
        assert (refusals[name]["error"], refusals[name]["code"]) == ("Filter not found", "ERR_NOT_FOUND")
    assert "conditions.conditions[0].conditions[0].field_id" in refusals["field"]["error"]
    assert "conditions.conditions[0].conditions[0].operator" in refusals["operator"]["error"]
    assert "type:" in refusals["deals"]["error"]
