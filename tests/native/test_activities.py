"""Activities over the native API: everything can be said, and what cannot be is refused by name."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.house import Town
from tests.native.problems import ACTIVITIES, assert_problem

Json = dict[str, Any]
UUID = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"


def add(client: httpx2.Client, **fields: object) -> Json:
    answer = client.post(ACTIVITIES, json={"type": "call"} | fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def path_of(activity: Json, name: str = "id") -> str:
    return f"{ACTIVITIES}/{activity[name]}"


def test_only_the_type_is_needed(town: Town, alice: httpx2.Client) -> None:
    answer = alice.post(ACTIVITIES, json={"type": "meeting"})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == path_of(made)
    assert answer.headers["etag"] == '"1"'
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["uuid"])
    ours = {"owner_id", "creator_id", "editor_id"}
    assert {made[name] for name in ours} == {town.alice.user_id}
    given = {name for name, value in made.items() if value not in (None, [], {}, "")}
    assert given - ours == {
        *("id", "uuid", "type", "type_id", "all_day", "done", "visibility", "invite", "main_chosen"),
        *("revision", "created_at", "updated_at"),
    }
    assert (made["type"], made["type_id"], made["done"], made["visibility"]) == ("meeting", 2, False, "public")
    for name in ("id", "uuid"):
        assert alice.get(path_of(made, name)).content == answer.content
    assert alice.get(f"{ACTIVITIES}/{made['uuid'].upper()}").content == answer.content


def test_everything_comes_back(town: Town, alice: httpx2.Client) -> None:
    deal, org = (town.record(town.alice, kind) for kind in ("deal", "organization"))
    mara, noor = (town.record(town.alice, "contact") for _ in range(2))
    candidate = town.record(town.alice, "candidate")
    given = {
        "subject": "Site visit 🦊",
        "description": "For all",
        "note": "<b>For us</b>",
        "date": "2026-12-01",
        "time": "14:30:00",
        "duration": 5400,
        "zone": "Europe/Tallinn",
        "busy": True,
        "done": True,
        "done_at": "2026-12-01T16:00:00Z",
        "priority": "critical",
        "outcome": "signed",
        "visibility": "private",
        "location": {"value": "Rüütli 4", "locality": "Tartu"},
        "conference": {"client": "zoom", "url": "https://example.com/1", "id": "1"},
        "invite": False,
        "owner_id": town.bob.user_id,
        "collaborators": [town.alice.user_id],
        "related": [{"kind": "organization", "slug": org.slug}, {"kind": "deal", "uuid": deal.uuid}],
        "participants": [{"id": mara.id}, {"id": noor.id, "primary": True}],
        "attendees": [
            {"kind": "user", "id": town.bob.user_id, "organizer": True},
            {"kind": "contact", "id": mara.id, "status": "accepted"},
            {"kind": "candidate", "slug": candidate.slug, "status": "declined"},
            {"kind": "email", "email": "x@example.com", "name": "X"},
        ],
    }
    made = add(alice, **given)
    lists = {"related", "participants", "attendees", "location", "conference"}
    assert {name: made[name] for name in given.keys() - lists} == {name: given[name] for name in given.keys() - lists}
    assert {name: value for name, value in made["location"].items() if value} == given["location"]
    assert made["conference"] == given["conference"]
    assert (made["starts_at"], made["ends_at"], made["all_day"]) == (
        *("2026-12-01T14:30:00Z", "2026-12-01T16:00:00Z", False),
    )
    names = {"kind": "organization", "id": org.id, "uuid": org.uuid, "slug": org.slug}
    assert made["related"] == [names, {"kind": "deal", "id": deal.id, "uuid": deal.uuid, "slug": deal.slug}]
    assert (made["main"]["kind"], made["main_chosen"]) == ("deal", False)
    assert [(one["id"], one["primary"]) for one in made["participants"]] == [(mara.id, False), (noor.id, True)]
    assert [(one["kind"], one["id"], one["status"], one["organizer"]) for one in made["attendees"]] == [
        ("user", town.bob.user_id, "noreply", True),
        ("contact", mara.id, "accepted", False),
        ("candidate", candidate.id, "declined", False),
        ("email", None, "noreply", False),
    ]
    seen = alice.get(f"/api/v2/activities/{made['id']}").json()["data"]
    assert (seen["deal_id"], seen["org_id"], seen["person_id"]) == (deal.id, org.id, noor.id)
    assert (seen["due_date"], seen["due_time"], seen["duration"]) == ("2026-12-01", "14:30:00", "01:30:00")


def test_what_is_left_out_stays_and_null_clears(town: Town, alice: httpx2.Client) -> None:
    made = add(alice, subject="A", note="N", date="2026-12-01", time="09:00", priority="high", location={"value": "X"})
    deal = town.record(town.alice, "deal")
    answer = alice.patch(path_of(made, "uuid"), json={"note": None, "time": None, "related": [_named(deal)]})
    changed = {"note": None, "time": None, "starts_at": None, "all_day": True, "revision": 2}
    assert answer.status_code == 200
    shown = {name: value for name, value in answer.json().items() if name not in ("related", "main", "updated_at")}
    assert shown == {name: value for name, value in (made | changed).items() if name in shown}
    assert answer.json()["main"]["id"] == deal.id
    cleared = alice.patch(path_of(made), json={"date": None, "priority": None, "location": None, "related": []}).json()
    assert [cleared[name] for name in ("date", "priority", "location", "main", "related")] == [None] * 4 + [[]]


def _named(record: Any) -> Json:
    return {"kind": record.kind, "id": record.id}


def test_the_main_record(town: Town, alice: httpx2.Client) -> None:
    deal, org, contact = (town.record(town.alice, kind) for kind in ("deal", "organization", "contact"))
    made = add(alice, related=[_named(org), _named(deal)])
    assert (made["main"]["kind"], made["main_chosen"]) == ("deal", False)

    def patched(**fields: object) -> tuple[Any, ...]:
        seen = alice.patch(path_of(made), json=fields).json()
        kinds = [one["kind"] for one in seen["related"]]
        return (seen["main"] and seen["main"]["kind"], seen["main_chosen"], kinds)

    assert patched(main=_named(org)) == ("organization", True, ["organization", "deal"])
    assert patched(subject="B") == ("organization", True, ["organization", "deal"])
    assert patched(main=_named(contact)) == ("contact", True, ["contact", "organization", "deal"])
    assert patched(main=None) == ("deal", False, ["contact", "organization", "deal"])
    assert patched(main=_named(org), related=[_named(deal)]) == ("organization", True, ["organization", "deal"])
    assert patched(related=[_named(org)]) == ("organization", True, ["organization"])
    assert patched(related=[_named(deal), _named(org)]) == ("deal", False, ["deal", "organization"])
    assert patched(related=[]) == (None, False, [])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "dance"}, "type"),
        ({"type": 99}, "type"),
        ({"type": None}, "type"),
        ({"subject": None}, "subject"),
        ({"subject": 5}, "subject"),
        ({"date": "2026-02-30"}, "date"),
        ({"date": "tomorrow"}, "date"),
        ({"time": "24:00"}, "time"),
        ({"time": "9"}, "time"),
        ({"duration": -1}, "duration"),
        ({"duration": 36_000_000}, "duration"),
        ({"date": "9999-12-31", "time": "23:59", "duration": 61}, "duration"),
        ({"done": True, "done_at": "9999-12-31T23:59:59-12:00"}, "done_at"),
        ({"done": True, "done_at": "0001-01-01T00:00:00+12:00"}, "done_at"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"done": "yes"}, "done"),
        ({"done_at": "soon"}, "done_at"),
        ({"priority": "urgent"}, "priority"),
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": None}, "visibility"),
        ({"location": {"planet": "X"}}, "location.planet"),
        ({"owner_id": 10**9}, "owner_id"),
        ({"owner_id": None}, "owner_id"),
        ({"collaborators": [10**9]}, "collaborators[0]"),
        ({"related": [{"kind": "deal"}]}, "related[0]"),
        ({"related": [{"kind": "deal", "id": 10**9}]}, "related[0].id"),
        ({"related": [{"kind": "pet", "id": 1}]}, "related[0].kind"),
        ({"related": [{"kind": "deal", "uuid": "no"}]}, "related[0].uuid"),
        ({"related": [{"kind": "deal", "uuid": UUID}]}, "related[0].uuid"),
        ({"related": [{"kind": "deal", "slug": "nobody"}]}, "related[0].slug"),
        ({"main": {"kind": "deal", "id": 10**9}}, "main.id"),
        ({"participants": [{"id": 10**9}]}, "participants[0].id"),
        ({"participants": [{}]}, "participants[0]"),
        ({"attendees": [{"kind": "user"}]}, "attendees[0].id"),
        ({"attendees": [{"kind": "user", "id": 10**9}]}, "attendees[0].id"),
        ({"attendees": [{"kind": "email"}]}, "attendees[0].email"),
        ({"attendees": [{"kind": "contact", "slug": "nobody"}]}, "attendees[0].slug"),
        ({"attendees": [{"kind": "email", "email": "x@y", "status": "maybe"}]}, "attendees[0].status"),
        ({"collaborators": [1] * 201}, "collaborators"),
        ({"id": 7}, "id"),
        ({"revision": 7}, "revision"),
        ({"colour": "red"}, "colour"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_refused_by_name(alice: httpx2.Client, fields: Json, field: str) -> None:
    assert_problem(alice.post(ACTIVITIES, json={"type": "call"} | fields), 400, field)
    made = add(alice, subject="Kept")
    assert_problem(alice.patch(path_of(made), json={"note": "N"} | fields), 400, field)
    assert alice.get(path_of(made)).json() == made


def test_two_primary_participants_are_one_too_many(town: Town, alice: httpx2.Client) -> None:
    ids = [town.record(town.alice, "contact").id for _ in range(2)]
    people = [{"id": id_, "primary": True} for id_ in ids]
    assert_problem(alice.post(ACTIVITIES, json={"type": "call", "participants": people}), 400, "participants[1].id")


@pytest.mark.parametrize("name", ["0", "1e3", "x", "%20", str(2**63), "9" * 30, UUID, UUID.replace("-", ""), "call_1"])
def test_a_name_that_nothing_has_is_404(alice: httpx2.Client, name: str) -> None:
    for answer in (
        alice.get(f"{ACTIVITIES}/{name}"),
        alice.patch(f"{ACTIVITIES}/{name}", json={"subject": "B"}),
        alice.delete(f"{ACTIVITIES}/{name}"),
        alice.post(f"{ACTIVITIES}/{name}/restore"),
    ):
        assert_problem(answer, 404)


def test_a_deleted_one_can_be_seen_and_restored(alice: httpx2.Client) -> None:
    made = add(alice, subject="Delenda")
    assert alice.delete(path_of(made, "uuid")).status_code == 204
    assert_problem(alice.delete(path_of(made)), 404)
    assert_problem(alice.patch(path_of(made), json={"subject": "B"}), 404)
    gone = alice.get(path_of(made)).json()
    assert (gone["revision"], gone["deleted_at"]) == (2, gone["updated_at"])
    assert alice.get(ACTIVITIES, params={"q": "delenda"}).json()["data"] == []
    assert alice.get(ACTIVITIES, params={"q": "delenda", "deleted": True}).json()["data"] == [gone]
    back = alice.post(f"{path_of(made)}/restore")
    assert (back.status_code, back.headers["etag"]) == (200, '"3"')
    assert back.json() == made | {"revision": 3, "updated_at": back.json()["updated_at"]}
    assert alice.post(f"{path_of(made)}/restore").json() == back.json()
    assert alice.get(ACTIVITIES, params={"q": "delenda"}).json()["data"] == [back.json()]


def test_a_write_for_another_revision_is_refused(alice: httpx2.Client) -> None:
    made = add(alice)
    stale, fresh = {"if-match": '"2"'}, {"if-match": '"1"'}
    assert_problem(alice.patch(path_of(made), json={"subject": "B"}, headers=stale), 412)
    assert_problem(alice.delete(path_of(made), headers=stale), 412)
    assert_problem(alice.patch(path_of(made), json={"subject": "B"}, headers={"if-match": "1"}), 400, "If-Match")
    assert alice.get(path_of(made)).json() == made
    assert alice.patch(path_of(made), json={"subject": "B"}, headers=fresh).headers["etag"] == '"2"'
    assert alice.delete(path_of(made), headers={"if-match": 'W/"2"'}).status_code == 204


def test_of_fifty_changes_for_one_revision_one_wins(alice: httpx2.Client) -> None:
    made = add(alice)
    names = ["id", "uuid"] * 25

    def patch(place: int) -> httpx2.Response:
        body = {"subject": f"number {place}"}
        return alice.patch(path_of(made, names[place]), json=body, headers={"if-match": '"1"'})

    with ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(patch, range(50)))
    winners = [answer for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
    assert alice.get(path_of(made)).content == winners[0].content
    for answer in answers:
        if answer.status_code == 412:
            assert_problem(answer, 412)


def test_of_fifty_creates_with_one_key_there_is_one(alice: httpx2.Client) -> None:
    def post(_: int) -> httpx2.Response:
        return alice.post(ACTIVITIES, json={"type": "call", "subject": "Fifty"}, headers={"idempotency-key": "fifty"})

    with ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(post, range(50)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers if answer.status_code == 201) == 1
    assert len(alice.get(ACTIVITIES, params={"q": "fifty"}).json()["data"]) == 1


def test_many_are_done_or_deleted_at_once(alice: httpx2.Client) -> None:
    ids = [add(alice, subject="Many", done=done)["id"] for done in (False, True, False)]
    asked = {"ids": [ids[2], 999_999_999, ids[0], ids[1], ids[2]]}
    done = alice.post(f"{ACTIVITIES}/bulk/done", json=asked)
    assert (done.status_code, done.json()) == (
        200,
        {"changed": [ids[2], ids[0]], "unchanged": [ids[1]], "not_found": [999_999_999]},
    )
    seen = [alice.get(f"{ACTIVITIES}/{id_}").json() for id_ in ids]
    assert [(one["done"], bool(one["done_at"]), one["revision"]) for one in seen] == [
        *((True, True, 2), (True, True, 1), (True, True, 2)),
    ]
    gone = alice.post(f"{ACTIVITIES}/bulk/delete", json=asked).json()
    assert gone == {"changed": [ids[2], ids[0], ids[1]], "unchanged": [], "not_found": [999_999_999]}
    assert alice.post(f"{ACTIVITIES}/bulk/done", json=asked).json()["not_found"] == [
        *(ids[2], 999_999_999, ids[0], ids[1]),
    ]
    assert alice.get(ACTIVITIES, params={"q": "many"}).json()["data"] == []


@pytest.mark.parametrize("ids", [[], [0], ["1"], list(range(1, 502)), None], ids=str)
@pytest.mark.parametrize("verb", ["done", "delete"])
def test_ids_that_cannot_be(alice: httpx2.Client, verb: str, ids: Any) -> None:
    answer = alice.post(f"{ACTIVITIES}/bulk/{verb}", json={"ids": ids})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("ids")


def test_a_token_that_may_only_read(town: Town, alice: httpx2.Client) -> None:
    made = add(alice)
    with town.client(town.credential(town.alice, scopes=frozenset({"activities:read"}))) as reader:
        assert reader.get(path_of(made)).status_code == 200
        for answer in (
            reader.post(ACTIVITIES, json={"type": "call"}),
            reader.patch(path_of(made), json={"subject": "B"}),
            reader.delete(path_of(made)),
            reader.post(f"{path_of(made)}/restore"),
            reader.post(f"{ACTIVITIES}/bulk/done", json={"ids": [made["id"]]}),
            reader.post(f"{ACTIVITIES}/bulk/delete", json={"ids": [made["id"]]}),
        ):
            assert_problem(answer, 403)
    with town.client(town.credential(town.alice, scopes=frozenset({"activities:write"}))) as writer:
        assert_problem(writer.get(path_of(made)), 403)
        assert_problem(writer.get(ACTIVITIES), 403)
    assert alice.get(path_of(made)).json() == made


def test_what_it_names_already_may_be_named_again(town: Town, alice: httpx2.Client) -> None:
    """A list is replaced whole, so whoever adds to it has to send what was there, deleted or not."""
    deal, other = (town.record(town.alice, "deal") for _ in range(2))
    contact = town.record(town.alice, "contact")
    made = add(alice, related=[_named(deal)], participants=[{"id": contact.id}])
    for record in (deal, contact):
        assert alice.delete(f"/dayline/v1/records/{record.kind}/{record.id}").status_code == 204
    both = {"related": [{"kind": "deal", "uuid": deal.uuid}, _named(other)], "participants": [{"slug": contact.slug}]}
    answer = alice.patch(path_of(made), json=both)
    assert [one["id"] for one in answer.json()["related"]] == [deal.id, other.id]
    assert alice.patch(f"/api/v2/activities/{made['id']}", json={"deal_id": deal.id}).status_code == 200
    assert_problem(alice.post(ACTIVITIES, json={"type": "call", "related": [_named(deal)]}), 400, "related[0].id")


def test_the_last_day_of_all(alice: httpx2.Client) -> None:
    made = add(alice, date="9999-12-31", time="23:59:59", duration=0)
    assert made["ends_at"] == "9999-12-31T23:59:59Z"
    assert_problem(alice.patch(path_of(made), json={"duration": 1}), 400, "duration")
    vendors = {"due_date": "9999-12-31", "due_time": "23:59", "duration": "10:00"}
    assert alice.post("/api/v2/activities", json=vendors).status_code == 400
    assert alice.get(ACTIVITIES, params={"from": "9999-01-01"}).status_code == 200


def test_names_are_for_those_who_may_read_records(town: Town) -> None:
    with town.client(town.credential(town.alice, scopes=frozenset({"activities:read"}))) as reader:
        assert reader.get(ACTIVITIES).status_code == 200
        assert_problem(reader.get(ACTIVITIES, params={"include": "names"}), 403)
