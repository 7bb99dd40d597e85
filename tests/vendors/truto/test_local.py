"""Dayline's own store as an integration: notes and emails of candidates, created, listed, changed and deleted."""

from collections.abc import Iterator
from typing import Any

import pytest

from dayline.domain.draft import Draft, Relate, TypeKey
from dayline.domain.record import Record, RecordKey
from tests.house import Town
from tests.native.problems import ACTIVITIES
from tests.vendors.truto.speech import OWN, ROOT, Customer, check_error, customer, pages

ALICE = {"email": "alice@example.com", "name": "Alice"}


@pytest.fixture
def own(town: Town) -> Iterator[Customer]:
    with customer(town, town.alice, OWN["integrated_account_id"]) as alice:
        yield alice


@pytest.fixture
def candidate(town: Town) -> Record:
    return town.record(town.alice, "candidate")


def note(candidate: Record, **fields: Any) -> dict[str, Any]:
    return {"candidate_id": candidate.uuid, "body": "Phone screen went well"} | fields


def patch(own: Customer, id_: str, **fields: Any) -> Any:
    answer = own.client.patch(f"{ROOT}/{id_}", params=OWN, json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_note_in_all_its_fields(town: Town, own: Customer, candidate: Record) -> None:
    answer = own.create(note(candidate, visibility="private"))
    assert answer.status_code == 201
    shown = answer.json()
    data = shown.pop("remote_data")
    assert shown.pop("created_at") == shown.pop("updated_at")
    assert shown == {
        "id": shown["id"],
        "candidate": {"id": candidate.uuid},
        "actor": {"id": _uuid(town), "type": "user"},
        "activity_type": "note",
        "body": "Phone screen went well",
        "visibility": "private",
    }
    assert (data["type"], data["done"], data["owner_id"]) == ("note", True, town.alice.user_id)
    stored = own.client.get(f"{ACTIVITIES}/{shown['id']}").json()
    assert (stored["id"], stored["note"], stored["type"]) == (data["id"], "Phone screen went well", "note")
    assert own.get(shown["id"]).json()["remote_data"] == data


def _uuid(town: Town) -> str:
    return town.wait(town.service.people.get(town.alice.principal, town.alice.user_id)).uuid


@pytest.mark.parametrize("form", ["unified", "raw", "normalized", "stream", "debug"])
def test_the_five_forms(own: Customer, candidate: Record, form: str) -> None:
    made = own.create(note(candidate)).json()
    one = own.get(made["id"], truto_response_format=form).json()
    page = own.list(candidate_id=candidate.uuid, truto_response_format=form).json()
    match form:
        case "raw" | "stream":
            assert one == made["remote_data"]
            assert page == {"data": [one], "next_cursor": None}
        case "debug":
            assert one == {"result": made, "debug": None}
            assert page["result"]["result"] == [made]
        case "normalized":
            assert set(one) == {
                *("id", "candidate", "actor", "activity_type", "from", "to", "cc", "subject", "body", "visibility"),
                *("updated_at", "created_at"),
            }
            assert page["result"] == [one]
        case _:
            assert one == made
            assert page["result"] == [made]
            assert (page["next_cursor"], page["prev_cursor"], page["result_count"]) == (None, None, 1)


def test_an_email_from_the_owner(own: Customer, candidate: Record) -> None:
    to, cc = [{"email": "Cy@x.example", "name": "Cy"}], [{"email": "boss@x.example", "name": None}]
    shown = own.create(note(candidate, activity_type="email", subject="Offer", to=to, cc=cc)).json()
    assert (shown["activity_type"], shown["subject"]) == ("email", "Offer")
    assert (shown["from"], shown["to"], shown["cc"]) == ([ALICE], to, cc)
    stored = own.client.get(f"{ACTIVITIES}/{shown['id']}").json()
    assert [one["email"] for one in stored["attendees"]] == ["Cy@x.example", "boss@x.example"]


def test_an_email_from_somebody_else(own: Customer, candidate: Record) -> None:
    sender = [{"email": "cy@x.example", "name": "Cy"}]
    shown = own.create(note(candidate, activity_type="email", **{"from": sender, "to": [ALICE]})).json()
    assert (shown["from"], shown["to"]) == (sender, [ALICE])
    changed = patch(own, shown["id"], to=[{"email": "bob@x.example"}])
    assert (changed["from"], changed["to"]) == (sender, [{"email": "bob@x.example", "name": None}])
    assert "from" not in patch(own, shown["id"], activity_type="note")


def test_an_email_that_others_wrote_has_its_people(town: Town, own: Customer, candidate: Record) -> None:
    people = [
        {"kind": "candidate", "id": candidate.id, "status": "accepted"},
        {"kind": "user", "id": town.bob.user_id, "organizer": True},
    ]
    stored = own.client.post(ACTIVITIES, json={"type": "email", "subject": "Hello", "attendees": people}).json()
    shown = own.get(stored["uuid"]).json()
    assert shown["candidate"] == {"id": candidate.uuid}
    assert shown["from"] == [{"email": "bob@example.com", "name": "Bob"}]
    assert shown["to"] == [{"email": "candidate@example.com", "name": "Something"}]
    patch(own, stored["uuid"], to=shown["to"], **{"from": shown["from"]}, cc=[{"email": "new@x.example"}])
    after = own.client.get(f"{ACTIVITIES}/{stored['id']}").json()["attendees"]
    assert [(one["kind"], one["status"], one["organizer"]) for one in after] == [
        ("candidate", "accepted", False),
        ("user", "noreply", True),
        ("email", "noreply", False),
    ]
    assert patch(own, stored["uuid"], cc=[])["to"] == shown["to"]


@pytest.mark.parametrize("type_", ["call", "meeting", "interview", "task"])
def test_of_other_types_the_model_knows_none(own: Customer, candidate: Record, type_: str) -> None:
    shown = own.create(note(candidate, remote_data={"type": type_, "date": "2026-12-01", "time": "09:30"})).json()
    assert shown["activity_type"] is None
    data = shown["remote_data"]
    assert (data["type"], data["date"], data["time"], data["done"]) == (type_, "2026-12-01", "09:30:00", False)


def test_a_list_has_what_is_about_candidates_and_nothing_else(town: Town, own: Customer, candidate: Record) -> None:
    made = [own.create(note(candidate, body=f"Number {number}")).json() for number in range(5)]
    own.client.post(ACTIVITIES, json={"type": "note", "note": "About nobody"})
    for query in ({"candidate_id": candidate.uuid}, {"candidate[id]": candidate.slug}):
        rows = [one["id"] for page in pages(own, **query, limit=2) for one in page["result"]]
        assert rows == [one["id"] for one in reversed(made)]
    every = [one for page in pages(own, limit=3) for one in page["result"]]
    assert all("candidate" in one for one in every)
    assert {one["id"] for one in made} <= {one["id"] for one in every}
    with customer(town, town.charlie, OWN["integrated_account_id"]) as charlie:
        assert charlie.list().json()["result"] == []


def test_filters(town: Town, own: Customer, candidate: Record) -> None:
    plain, email = (own.create(note(candidate, activity_type=kind)).json() for kind in ("note", "email"))
    about = Relate("candidate", RecordKey("candidate", candidate.id, "c"))
    draft = Draft(type=TypeKey("call", "type"), related=(about,))
    bobs = town.wait(town.service.activities.create(town.bob.principal, draft, lambda written: written.activity)).uuid

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in own.list(candidate_id=candidate.uuid, **query).json()["result"]]

    assert found(activity_type="note") == [plain["id"]]
    assert found(activity_type="email") == [email["id"]]
    assert found(**{"actor[id]": _uuid(town)}) == [email["id"], plain["id"]]
    assert found(**{"actor[id]": _uuid(town), "actor[type]": "candidate"}) == []
    assert found(**{"actor[id]": "nobody"}) == []
    first, second = plain["created_at"], email["created_at"]
    assert found(created_at=first) == [plain["id"]]
    assert found(**{"created_at[lt]": second, "created_at[gte]": first}) == [plain["id"]]
    assert found(**{"created_at[gt]": second}) == [bobs]
    assert found(**{"created_at[lte]": second}) == [email["id"], plain["id"]]
    assert found(**{"created_at[in]": f"{first},{second}"}) == [email["id"], plain["id"]]
    assert found(**{"created_at[eq]": "1999-01-01"}) == []


def test_a_list_keyed_by_a_field(own: Customer, candidate: Record) -> None:
    made = [own.create(note(candidate, body=f"Number {number}")).json() for number in range(2)]
    page = own.list(candidate_id=candidate.uuid, truto_key_by="id", truto_ignore_remote_data="true").json()
    assert set(page["result"]) == {one["id"] for one in made}
    assert (page["result_count"], "remote_data" in page["result"][made[0]["id"]]) == (2, False)
    left = own.list(candidate_id=candidate.uuid, **{"truto_exclude_fields[]": ["id", "body"]}, limit=1).json()
    assert not {"id", "body"} & left["result"][0].keys()
    ignored = own.list(candidate_id=candidate.uuid, limit=1, truto_ignore_limit="true").json()
    assert ignored["result_count"] == 2
    assert own.list(candidate_id=candidate.uuid, limit=10_000).json()["result_count"] == 2
    check_error(400, own.list(truto_key_by="candidate").json())


def test_a_list_is_never_of_before_nor_of_another_form(own: Customer, candidate: Record) -> None:
    made, asked = own.create(note(candidate)).json(), {"candidate_id": candidate.uuid}
    forms: tuple[dict[str, str], ...] = (
        {},
        {"truto_response_format": "normalized"},
        {"truto_ignore_remote_data": "true"},
        {"truto_exclude_fields": "body,unheard_of"},
        {"truto_exclude_fields": "body"},
    )
    for body in ("Before", "After"):
        patch(own, made["id"], body=body)
        for form in (*forms, *forms):
            assert own.list(**asked, **form).json()["result"] == [own.get(made["id"], **form).json()]


def test_a_change_leaves_the_rest_alone(own: Customer, candidate: Record, town: Town) -> None:
    made = own.create(note(candidate, subject="S", remote_data={"outcome": "Good"})).json()
    other = town.record(town.alice, "candidate")
    changed = patch(own, made["id"], body="Corrected", candidate_id=other.slug, remote_data={"priority": "high"})
    assert (changed["body"], changed["subject"], changed["candidate"]) == ("Corrected", "S", {"id": other.uuid})
    assert (changed["remote_data"]["outcome"], changed["remote_data"]["priority"]) == ("Good", "high")
    assert "body" not in patch(own, made["id"], body=None)
    assert own.client.delete(f"{ROOT}/{made['id']}", params=OWN).json() == {"id": made["id"]}
    for answer in (own.get(made["id"]), own.client.delete(f"{ROOT}/{made['id']}", params=OWN)):
        assert answer.status_code == 404
        check_error(404, answer.json())


def test_null_takes_the_candidate_away_and_the_activity_off_the_list(own: Customer, candidate: Record) -> None:
    made = own.create(note(candidate)).json()
    path, key = f"{ROOT}/{made['id']}", {"idempotency-key": "clear"}
    changes = [own.client.patch(path, params=OWN, json={"candidate_id": None}, headers=key) for _ in range(2)]
    assert [(one.status_code, "candidate" in one.json()) for one in changes] == [(200, False)] * 2
    assert changes[1].headers["idempotency-replayed"] == "true"
    shown = own.get(made["id"]).json()
    assert (shown["body"], "candidate" in shown) == (made["body"], False)
    assert own.get(made["id"], truto_response_format="normalized").json()["candidate"] is None
    assert own.list(candidate_id=candidate.uuid).json()["result"] == []
    assert made["id"] not in {one["id"] for page in pages(own) for one in page["result"]}
    assert patch(own, made["id"], candidate_id=candidate.uuid)["candidate"] == {"id": candidate.uuid}


def test_null_leaves_other_candidates_where_they_are(town: Town, own: Customer, candidate: Record) -> None:
    other = town.record(town.alice, "candidate")
    related = [{"kind": "candidate", "id": one.id} for one in (candidate, other)]
    stored = own.client.post(ACTIVITIES, json={"type": "note", "related": related}).json()
    assert patch(own, stored["uuid"], candidate_id=None)["candidate"] == {"id": other.uuid}
    assert "candidate" not in patch(own, stored["uuid"], candidate_id=None)


@pytest.mark.parametrize("hangs", [False, True])
def test_null_does_not_uninvite_a_candidate(own: Customer, candidate: Record, hangs: bool) -> None:
    he = {"kind": "candidate", "id": candidate.id}
    body = {"type": "email", "subject": "Hello", "attendees": [he], "related": [he] if hangs else []}
    stored = own.client.post(ACTIVITIES, json=body).json()
    path, to = f"{ROOT}/{stored['uuid']}", own.get(stored["uuid"]).json()["to"]
    for change in ({"candidate_id": None}, {"candidate_id": None, "to": to}):
        refused = own.client.patch(path, params=OWN, json=change)
        assert refused.status_code == 400
        assert [one["field"] for one in refused.json()["details"]["failures"]] == ["candidate_id"]
    assert own.get(stored["uuid"]).json()["candidate"] == {"id": candidate.uuid}
    assert "candidate" not in patch(own, stored["uuid"], candidate_id=None, to=[])


def test_null_leaves_what_is_never_nothing(own: Customer, candidate: Record) -> None:
    made = own.create(note(candidate, activity_type="email", visibility="private")).json()
    changed = patch(own, made["id"], visibility=None, activity_type=None)
    assert (changed["visibility"], changed["activity_type"]) == ("private", "email")


def test_a_change_with_a_key_is_made_once(own: Customer, candidate: Record) -> None:
    made = own.create(note(candidate)).json()
    key = {"idempotency-key": "change"}
    answers = [
        own.client.patch(f"{ROOT}/{made['id']}", params=OWN, json={"body": "Once"}, headers=key) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotency-replayed"] == "true"
    other = own.client.patch(f"{ROOT}/{made['id']}", params=OWN, json={"body": "Twice"}, headers=key)
    assert other.status_code == 422
    own.client.delete(f"{ROOT}/{made['id']}", params=OWN)
    path = f"{ROOT}/{made['id']}"
    late = own.client.patch(path, params=OWN, json={"body": "Once"}, headers=key)
    assert (late.status_code, late.content) == (200, answers[0].content)
    for fresh in ({}, {"idempotency-key": "late"}):
        assert own.client.patch(path, params=OWN, json={"body": "Once"}, headers=fresh).status_code == 404


def test_what_is_not_kept_is_named(own: Customer, candidate: Record) -> None:
    answer = own.create(note(candidate, created_at="2026-07-02T06:36:29Z"))
    assert answer.headers["dayline-ignored"] == "created_at"
    made = answer.json()
    path, back = f"{ROOT}/{made['id']}", {"remote_data": made["remote_data"]}
    assert own.client.patch(path, params=OWN, json=back).headers["dayline-ignored"] == (
        "remote_data.id, remote_data.owner_id"
    )
    assert own.create(note(candidate, created_at="noon")).status_code == 400


@pytest.mark.parametrize(
    ("body", "lacking"),
    [({}, ["candidate_id", "body"]), ({"candidate_id": "x"}, ["body"]), ({"candidate_id": "x", "body": " "}, ["body"])],
)
def test_what_is_missing_is_told(own: Customer, body: Any, lacking: list[str]) -> None:
    answer = own.create(body)
    assert answer.status_code == 400
    assert answer.json()["truto_error_insight"]["missing_required_body_fields"]["value"] == lacking


def test_without_a_connection(own: Customer) -> None:
    for answer in (own.client.get(ROOT), own.client.post(ROOT, json={}), own.client.get(f"{ROOT}/x")):
        assert answer.status_code == 400
        error = answer.json()
        check_error(400, error)
        assert error["truto_error_insight"]["missing_required_query_parameters"]["value"] == ["integrated_account_id"]
    unknown = own.client.get(ROOT, params={"integrated_account_id": "x", "candidate_id": "1"})
    assert unknown.status_code == 404


def test_what_is_hidden_does_not_exist_for_a_member(town: Town, own: Customer, candidate: Record) -> None:
    hidden = own.create(note(candidate, visibility="admin_only")).json()
    with customer(town, town.bob, OWN["integrated_account_id"]) as bob:
        assert bob.get(hidden["id"]).status_code == 404
        assert bob.list(candidate_id=candidate.uuid).json()["result"] == []


def test_strict_knows_what_is_documented(strict_town: Town) -> None:
    candidate = strict_town.record(strict_town.alice, "candidate")
    with customer(strict_town, strict_town.alice, OWN["integrated_account_id"]) as own:
        whole = note(candidate, visibility="private", created_at="2026-07-02T06:36:29Z", remote_data={"outcome": "O"})
        made = own.create(whole, truto_ignore_remote_data="false", **{"remote_query[foo]": "bar"})
        assert made.status_code == 201, made.text
        assert own.list(candidate_id=candidate.uuid).json()["result_count"] == 1
        for field, value in (("subject", "S"), ("activity_type", "note"), ("to", []), ("no_such", 1)):
            refused = own.create(note(candidate, **{field: value}))
            assert refused.status_code == 400
            assert refused.json()["details"]["failures"][0]["field"] == field
