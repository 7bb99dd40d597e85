"""The same activity through v1 and v2: every field on the wire has its place on the page, and the values agree."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.docs import VERSIONS
from tests.house import Town
from tests.vendors.pipedrive.v1.side_by_side import flat, page, pairs

# Where the value is told in another way, what v1's becomes in v2.
TOLD: dict[str, Callable[[Any], Any]] = {
    "active_flag": lambda flag: not flag,
    "due_time": lambda text: f"{text}:00",
    "duration": lambda text: f"{text}:00",
    **dict.fromkeys(("add_time", "update_time", "marked_as_done_time"), lambda text: text.replace(" ", "T") + "Z"),
    "attendees[].is_organizer": bool,
}


@pytest.fixture(scope="module")
def shown(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    """One activity over HTTP, by v1 and by v2."""
    ids = {kind: town.record(town.alice, kind) for kind in ("deal", "lead", "organization", "project", "contact")}
    body = {
        "subject": "S", "due_date": "2026-03-05", "due_time": "14:30", "duration": "00:45", "busy_flag": 1, "done": 1,
        "deal_id": ids["deal"].id, "lead_id": ids["lead"].uuid, "org_id": ids["organization"].id,
        "project_id": ids["project"].id, "person_id": ids["contact"].id, "note": "n", "public_description": "d",
        "location": "Pikk 1", "location_country": "Estonia", "location_formatted_address": "Pikk 1, Tallinn",
        "attendees": [{"user_id": town.bob.user_id, "is_organizer": 1}], "priority": 265, "private": 1,
    }  # fmt: skip
    with town.client(town.alice) as alice:
        id_ = alice.post("/v1/activities", json=body).json()["data"]["id"]
        old = alice.get(f"/v1/activities/{id_}").json()["data"]
        new = alice.get(f"/api/v2/activities/{id_}?include_fields=attendees").json()["data"]
    return flat(old), flat(new)


def test_every_field_has_its_place_on_the_page(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    told = VERSIONS.read_text()
    for name, beside in pairs(*shown):
        assert f"\n| {f'`{name}`' if name else ''} | " in told
        assert f"| {f'`{beside}`' if beside else ''} | " in told
    rows = told.partition("\n## Fields\n")[2].count("\n| ") - 1
    assert rows == len(list(pairs(*shown)))


def test_the_values_agree(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    old, new = shown
    both = [(name, beside) for name, beside in pairs(old, new) if name and beside]
    assert len(both) > 40
    for name, beside in both:
        assert TOLD.get(name, lambda value: value)(old[name]) == new[beside], name


def test_the_page_is_up_to_date() -> None:
    assert VERSIONS.read_text() == page(), "Run `make docs`."
