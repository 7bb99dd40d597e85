"""Under ``DAYLINE_STRICT=1`` Pipedrive refuses what the vendor refuses, in its words; never a field of the seed."""

import httpx2
import pytest

from tests.house import Town

ROOT = "/api/v2/activities"
SEED_BODY = [
    "subject",
    "type",
    "owner_id",
    "deal_id",
    "lead_id",
    "person_id",
    "org_id",
    "project_id",
    "due_date",
    "due_time",
    "duration",
    "busy",
    "done",
    "location",
    "participants",
    "attendees",
    "public_description",
    "priority",
    "note",
]
SEED_QUERY = {
    "ids": "1", "owner_id": "1", "updated_since": "2025-01-01T10:20:00Z", "updated_until": "2025-01-01T10:20:00Z",
    "sort_by": "id", "sort_direction": "asc", "include_fields": "attendees", "limit": "5",
}  # fmt: skip
READ_ONLY = [
    "id",
    "creator_user_id",
    "is_deleted",
    "add_time",
    "update_time",
    "marked_as_done_time",
    "conference_meeting_client",
    "conference_meeting_url",
    "conference_meeting_id",
    "private",
    "no_such_field",
]


def not_allowed(answer: httpx2.Response, field: str) -> bool:
    wanted = f"Validation failed: {field}: Parameter '{field}' is not allowed for this request"
    return answer.status_code == 400 and answer.json()["error"] == wanted


@pytest.mark.parametrize("field", READ_ONLY)
def test_read_only_and_unknown_fields(strict_town: Town, town: Town, field: str) -> None:
    value = True if field == "private" else "2026-01-01T00:00:00Z"
    with strict_town.client(strict_town.alice) as strict, town.client(town.alice) as lenient:
        id_ = strict.post(ROOT, json={}).json()["data"]["id"]
        assert not_allowed(strict.post(ROOT, json={field: value}), field)
        assert not_allowed(strict.patch(f"{ROOT}/{id_}", json={field: value}), field)
        assert lenient.post(ROOT, json={field: value}).status_code == 200


@pytest.mark.parametrize("field", ["type", "start_date", "end_date", "project_id"])
def test_parameters_that_the_vendor_dropped(strict_town: Town, town: Town, field: str) -> None:
    value = {"type": "call", "project_id": "1"}.get(field, "2026-01-01")
    with strict_town.client(strict_town.alice) as strict, town.client(town.alice) as lenient:
        assert not_allowed(strict.get(ROOT, params={field: value}), field)
        assert lenient.get(ROOT, params={field: value}).status_code == 200


@pytest.mark.parametrize("field", ["updated_since", "updated_until"])
@pytest.mark.parametrize(
    "value", ["2025-01-01T10:20:00.123Z", "2025-01-01 10:20:00Z", "2025-01-01T10:20:00", "2025-01-01"]
)
def test_instants_that_are_not_quite_rfc_3339(strict_town: Town, town: Town, field: str, value: str) -> None:
    with strict_town.client(strict_town.alice) as strict, town.client(town.alice) as lenient:
        refused = strict.get(ROOT, params={field: value})
        assert refused.status_code == 400
        assert refused.json()["error"].startswith(f"Validation failed: {field}: This value is not a valid datetime.")
        assert lenient.get(ROOT, params={field: value}).status_code == 200
        assert strict.get(ROOT, params={field: "2025-01-01T10:20:00+02:00"}).status_code == 200


def test_a_person_is_found_wherever_he_takes_part_and_can_be_written(strict_town: Town) -> None:
    first, second = (strict_town.record(strict_town.alice, "contact", name).id for name in ("First", "Second"))
    people = [{"person_id": first, "primary": True}, {"person_id": second, "primary": False}]
    with strict_town.client(strict_town.alice) as strict:
        made = strict.post(ROOT, json={"participants": people}).json()["data"]["id"]
        found = strict.get(ROOT, params={"person_id": second}).json()["data"]
        assert [activity["id"] for activity in found] == [made]
        assert strict.patch(f"{ROOT}/{made}", json={"person_id": second}).json()["data"]["person_id"] == second


def test_the_seeds_fields_are_never_refused(strict_town: Town) -> None:
    with strict_town.client(strict_town.alice) as strict:
        for field, value in SEED_QUERY.items():
            assert strict.get(ROOT, params={field: value}).status_code == 200, field
        made = strict.post(
            ROOT, json={"subject": "s", "type": "task", "done": False, "owner_id": strict_town.alice.user_id}
        )
        assert made.status_code == 200
        for field in SEED_BODY:
            if field not in ("subject", "type", "done", "owner_id"):
                assert strict.post(ROOT, json={field: None}).status_code == 200, field


def test_a_success_is_the_same_in_both(strict_town: Town, town: Town) -> None:
    body = {"subject": "The same", "due_date": "2026-01-01", "participants": []}
    with strict_town.client(strict_town.alice) as strict, town.client(town.alice) as lenient:
        ours, theirs = (client.post(ROOT, json=body).json()["data"] for client in (strict, lenient))
    assert list(ours) == list(theirs)
    varying = {"id", "add_time", "update_time"}
    assert {k: v for k, v in ours.items() if k not in varying} == {k: v for k, v in theirs.items() if k not in varying}
