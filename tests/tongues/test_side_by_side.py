"""One activity as every dialect shows it: as it would itself, and with what it leaves out."""

from typing import Any

import httpx2
import pytest

from dayline.app import DIALECTS
from dayline.domain.identity import ALL_SCOPES
from tests.house import Town
from tests.native.problems import ACTIVITIES, assert_problem
from tests.vendors.truto.speech import OWN

# What no vendor shows of anything.
INNER = {"editor_id", "revision"}


def add(client: httpx2.Client, **fields: Any) -> Any:
    answer = client.post(ACTIVITIES, json={"type": "call"} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def side_by_side(client: httpx2.Client, activity: Any, name: str = "id") -> dict[str, Any]:
    answer = client.get(f"{ACTIVITIES}/{activity[name]}/dialects")
    assert answer.status_code == 200, answer.text
    view = answer.json()
    assert answer.headers["etag"] == f'"{view["revision"]}"'
    assert (view["id"], view["uuid"]) == (activity["id"], activity["uuid"])
    return {one["dialect"]: one for one in view["dialects"]}


def test_every_dialect_is_there_and_shows_what_it_shows_itself(town: Town, alice: httpx2.Client) -> None:
    org = town.record(town.alice, "organization")
    contact, candidate = town.record(town.alice, "contact"), town.record(town.alice, "candidate")
    made = add(
        alice,
        type="meeting",
        subject="Kick-off",
        date="2026-12-01",
        time="09:00",
        related=[{"kind": "organization", "id": org.id}],
        participants=[{"id": contact.id}],
        attendees=[{"kind": "candidate", "id": candidate.id}, {"kind": "user", "id": town.bob.user_id}],
    )
    view = side_by_side(alice, made)
    assert list(view) == [dialect.name for dialect in DIALECTS if dialect.tongue is not None]
    assert view["dayline"]["shown"] == alice.get(f"{ACTIVITIES}/{made['id']}").json() == made
    theirs = alice.get(f"/api/v2/activities/{made['id']}?include_fields=attendees").json()
    assert view["pipedrive"]["shown"] == theirs["data"]
    row = alice.post("/api/v2/activity/_query", json={"account_id": org.uuid}).json()
    assert [view["reevo"]["shown"]] == row["data"]
    assert view["truto"]["shown"] == alice.get(f"/unified/ats/activities/{made['uuid']}", params=OWN).json()
    assert side_by_side(alice, made, "uuid") == view


def test_what_is_not_stored_is_not_left_out(alice: httpx2.Client) -> None:
    view = side_by_side(alice, add(alice))
    assert view["dayline"]["left_out"] == []
    assert set(view["pipedrive"]["left_out"]) == INNER | {"uuid"}
    assert set(view["reevo"]["left_out"]) == INNER | {"id", "creator_id"}


@pytest.mark.parametrize(
    ("fields", "pipedrive", "reevo"),
    [
        ({"description": "D"}, False, {"description"}),
        ({"note": "N"}, False, {"note"}),
        ({"zone": "Europe/Tallinn"}, {"when.zone"}, {"when.zone"}),
        ({"date": "2026-12-01"}, False, {"when.date"}),
        ({"date": "2026-12-01", "time": "09:00"}, False, {"when.date", "when.time"}),
        ({"type": "meeting", "date": "2026-12-01", "time": "09:00"}, False, False),
        ({"type": "meeting", "date": "2026-12-01", "time": "09:00", "duration": 60}, False, False),
        ({"type": "meeting", "date": "2026-12-01", "duration": 60}, False, {"when.date", "when.duration"}),
        ({"type": "interview"}, False, {"type"}),
        ({"type": "deadline"}, False, {"type"}),
        ({"busy": False}, False, {"busy"}),
        ({"type": "task", "done": True}, False, False),
        ({"done": True}, False, {"done"}),
        ({"type": "task", "priority": "high"}, False, False),
        ({"priority": "high"}, False, {"priority"}),
        ({"outcome": "Good"}, {"outcome"}, {"outcome"}),
        ({"visibility": "private"}, False, {"visibility"}),
        ({"visibility": "admin_only"}, {"visibility"}, {"visibility"}),
        ({"location": {"value": "Tallinn"}}, False, False),
        ({"location": {"country": "Estonia"}}, False, {"location.parts"}),
        ({"conference": {"url": "https://meet.example"}}, False, {"conference.url"}),
        ({"invite": False}, {"invite"}, {"invite"}),
        ({"type": "meeting", "attendees": [{"kind": "email", "email": "e@example.com"}]}, False, False),
        (
            {"attendees": [{"kind": "email", "email": "e@example.com", "status": "accepted"}]},
            False,
            {"attendees.email", "attendees.status"},
        ),
    ],
)
def test_what_a_dialect_leaves_out_of_a_value(
    alice: httpx2.Client, fields: dict[str, Any], pipedrive: Any, reevo: Any
) -> None:
    view = side_by_side(alice, add(alice, **fields))
    assert set(view["pipedrive"]["left_out"]) == INNER | {"uuid"} | (pipedrive or set())
    assert set(view["reevo"]["left_out"]) == INNER | {"id", "creator_id"} | (reevo or set())


def test_what_depends_on_who_and_how_many(town: Town, alice: httpx2.Client) -> None:
    deals = [{"kind": "deal", "id": town.record(town.alice, "deal").id} for _ in range(2)]
    candidate = {"kind": "candidate", "id": town.record(town.alice, "candidate").id, "status": "accepted"}
    one, two = add(alice, related=deals[:1]), add(alice, type="meeting", related=deals, attendees=[candidate])
    assert "related.deal" not in side_by_side(alice, one)["pipedrive"]["left_out"]
    assert "related.deal" in side_by_side(alice, one)["reevo"]["left_out"]
    left_out = {name: set(shown["left_out"]) for name, shown in side_by_side(alice, two).items()}
    assert left_out["pipedrive"] - INNER == {"uuid", "related.deal", "attendees.candidate", "attendees.status"}
    assert left_out["reevo"] - INNER == {"id", "creator_id", "related.deal", "attendees.candidate"}


def test_what_only_one_vendor_knows(town: Town, alice: httpx2.Client) -> None:
    org = town.record(town.alice, "organization")
    metadata = {"activity_time": "2026-03-02T15:00:00Z", "subject": "Call", "category": "CALL", "description": "N"}
    logged = alice.post("/api/v2/activity", json={"attributes": {"metadata": metadata, "account_id": org.uuid}})
    id_ = alice.get(f"{ACTIVITIES}/{logged.json()['data']['id']}").json()
    view = side_by_side(alice, id_)
    assert view["reevo"]["shown"] == logged.json()["data"]
    left_out = set(view["reevo"]["left_out"]) - INNER - {"id", "creator_id"}
    assert left_out == {"note", "done", "done_at", "related.organization"}
    assert "extras.reevo" in view["pipedrive"]["left_out"]
    changed = alice.patch(f"/api/v2/activities/{id_['id']}", json={"outcome": 7, "type": "task"})
    assert changed.status_code == 200
    view = side_by_side(alice, id_)
    assert set(view["reevo"]["left_out"]) >= {"extras.pipedrive", "type"}
    assert {name for name in view["pipedrive"]["left_out"] if name.startswith("extras")} == {"extras.reevo"}


def test_what_is_deleted_is_still_shown(alice: httpx2.Client) -> None:
    made = add(alice)
    assert alice.delete(f"{ACTIVITIES}/{made['id']}").status_code == 204
    view = side_by_side(alice, made)
    assert view["pipedrive"]["shown"]["is_deleted"] is True
    assert all("deleted_at" in view[name]["left_out"] for name in ("pipedrive", "reevo"))


def test_names_need_their_own_scope(town: Town, alice: httpx2.Client) -> None:
    made = add(alice)
    lesser = town.credential(town.alice, scopes=frozenset(ALL_SCOPES - {"records:read"}))
    with town.client(lesser) as client:
        assert_problem(client.get(f"{ACTIVITIES}/{made['id']}/dialects"), 403)
    assert_problem(alice.get(f"{ACTIVITIES}/999999999/dialects"), 404)
    assert_problem(alice.get(f"{ACTIVITIES}/x/dialects"), 404)


@pytest.mark.parametrize(
    ("fields", "left_out"),
    [
        ({"description": "D", "conference": {"url": "https://meet.example"}, "invite": False}, set()),
        ({"note": "N", "zone": "Europe/Tallinn", "busy": True}, {"note", "when.zone", "busy"}),
        ({"date": "2026-12-01", "time": "09:00", "duration": 3600}, set()),
        ({"date": "2026-12-01", "time": "09:00", "duration": 86_400}, {"when.duration"}),
        ({"date": "2026-12-01", "time": "09:00:30"}, {"when.time"}),
        ({"duration": 3600}, {"when.duration"}),
        ({"attendees": [{"kind": "email", "email": "e@example.com"}]}, {"attendees.email"}),
    ],
)
def test_what_atz_leaves_out_of_a_value(alice: httpx2.Client, fields: dict[str, Any], left_out: set[str]) -> None:
    view = side_by_side(alice, add(alice, **fields))
    assert set(view["atz"]["left_out"]) == {"uuid", "owner_id", "revision"} | left_out


def test_one_activity_through_all_of_them(town: Town, alice: httpx2.Client) -> None:
    """Created in ATZ, changed in Pipedrive, asked for in Reevo: one id, one truth, and the view shows it."""
    org = town.record(town.alice, "organization")
    given = {
        "title": "Site visit",
        "activity_type_id": 2,
        "start_datetime": "2026-12-01T09:00:00Z",
        "end_datetime": "2026-12-01T10:00:00Z",
        "related_to_entity": 3,
        "related_to": org.slug,
    }
    bearer = {"authorization": f"Bearer {town.alice.credential}"}
    made = alice.post("/v1/activity", json=given, headers=bearer).json()
    changed = alice.patch(
        f"/api/v2/activities/{made['id']}", json={"subject": "Site visit, moved", "due_time": "11:00"}
    )
    assert changed.status_code == 200, changed.text
    [row] = alice.post("/api/v2/activity/_query", json={"account_id": org.uuid}).json()["data"]
    assert row["metadata"]["title"] == "Site visit, moved"
    assert (row["metadata"]["start_date"], row["metadata"]["end_date"]) == (
        "2026-12-01T11:00:00Z",
        "2026-12-01T12:00:00Z",
    )
    view = side_by_side(alice, {"id": made["id"], "uuid": row["id"]})
    assert view["reevo"]["shown"] == row
    assert view["atz"]["shown"] == alice.get(f"/v1/activity/{made['id']}", headers=bearer).json()
    assert view["pipedrive"]["shown"]["subject"] == view["atz"]["shown"]["title"] == "Site visit, moved"
