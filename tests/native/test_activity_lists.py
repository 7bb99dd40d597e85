"""Lists of activities over the native API: windows, search, filters, order, names, and cursors."""

from typing import Any

import httpx2
import pytest

from tests.cast import Person
from tests.house import Town
from tests.native.problems import ACTIVITIES, RECORDS, assert_problem

Json = dict[str, Any]

# subject: date, time, duration in hours, done
DIARY = {
    "no date": (None, None, None, False),
    "all of Monday": ("2026-12-07", None, None, False),
    "Monday at nine": ("2026-12-07", "09:00", 1, True),
    "over midnight": ("2026-12-07", "23:00", 2, False),
    "all of Tuesday": ("2026-12-08", None, None, True),
    "Tuesday at noon": ("2026-12-08", "12:00", None, False),
    "a fair": ("2026-11-30", None, 24 * 10, False),
    "a sabbatical": ("2026-06-01", "08:00", 24 * 300, False),
    "long ago": ("2020-01-01", "08:00", 1, True),
}
MONDAY, TUESDAY, WEDNESDAY = "2026-12-07", "2026-12-08", "2026-12-09"


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Any:
    """Nora, with the diary above."""
    with town.client(newcomer) as client:
        for subject, (date, time, hours, done) in DIARY.items():
            duration = None if hours is None else hours * 3600
            body = {"type": "call", "subject": subject, "date": date, "time": time, "duration": duration, "done": done}
            assert client.post(ACTIVITIES, json=body).status_code == 201
        yield client


def subjects(client: httpx2.Client, **params: Any) -> list[str]:
    answer = client.get(ACTIVITIES, params=params)
    assert answer.status_code == 200, answer.text
    return [item["subject"] for item in answer.json()["data"]]


@pytest.mark.parametrize(
    ("window", "found"),
    [
        (
            {"from": MONDAY, "until": TUESDAY},
            ["all of Monday", "Monday at nine", "over midnight", "a fair", "a sabbatical"],
        ),
        (
            {"from": TUESDAY, "until": WEDNESDAY},
            ["over midnight", "all of Tuesday", "Tuesday at noon", "a fair", "a sabbatical"],
        ),
        (
            {"from": "2026-12-08T01:00:00Z", "until": "2026-12-08T01:00:01Z"},
            ["all of Tuesday", "a fair", "a sabbatical"],
        ),
        ({"from": "2026-12-08T00:59:59Z", "until": "2026-12-08T01:00:00Z"}, None),
        (
            {"from": "2026-12-08T12:00:00Z", "until": "2026-12-08T12:00:01Z"},
            ["all of Tuesday", "Tuesday at noon", "a fair", "a sabbatical"],
        ),
        ({"from": "2026-12-07T11:00:00+02:00", "until": "2026-12-07T11:30:00+02:00"}, None),
        ({"from": "2027-06-01"}, []),
        ({"until": "2021-01-01"}, ["long ago"]),
    ],
    ids=str,
)
def test_a_window_has_what_goes_on_in_it(nora: httpx2.Client, window: Json, found: list[str] | None) -> None:
    expected = {
        "2026-12-08T00:59:59Z": ["over midnight", "all of Tuesday", "a fair", "a sabbatical"],
        "2026-12-07T11:00:00+02:00": ["all of Monday", "Monday at nine", "a fair", "a sabbatical"],
    }
    assert subjects(nora, **window) == (expected[window["from"]] if found is None else found)


def test_a_window_in_order_page_by_page(nora: httpx2.Client) -> None:
    wanted = ["a sabbatical", "a fair", "all of Monday", "Monday at nine", "over midnight"]
    window: Json = {"from": MONDAY, "until": TUESDAY, "sort": "due", "limit": 2}
    found: list[str] = []
    page = nora.get(ACTIVITIES, params=window).json()
    while True:
        found += [item["subject"] for item in page["data"]]
        if page["next_cursor"] is None:
            break
        page = nora.get(ACTIVITIES, params=window | {"cursor": page["next_cursor"]}).json()
    assert found == wanted
    assert subjects(nora, **{**window, "limit": 9, "order": "desc"}) == wanted[::-1]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": "MONDAY"}, ["all of Monday", "Monday at nine"]),
        ({"q": "monday", "done": True}, ["Monday at nine"]),
        ({"q": "day", "from": TUESDAY}, ["all of Tuesday", "Tuesday at noon"]),
        ({"done": True}, ["Monday at nine", "all of Tuesday", "long ago"]),
        ({"type": "meeting"}, []),
        ({"type": "meeting, call", "q": "fair"}, ["a fair"]),
        ({"sort": "due", "limit": 2}, ["long ago", "a sabbatical"]),
        ({"sort": "due", "order": "desc", "limit": 1}, ["no date"]),
        ({"order": "desc", "limit": 1}, ["long ago"]),
        ({"updated_from": "2000-01-01", "limit": 1}, ["no date"]),
        ({"updated_before": "2000-01-01"}, []),
        ({"owner_id": 10**9}, []),
        ({"deleted": True}, []),
    ],
    ids=str,
)
def test_what_is_given_must_all_hold(nora: httpx2.Client, params: Json, found: list[str]) -> None:
    assert subjects(nora, **params) == found


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("subject", "Straße"),
        ("description", "for STRASSE"),
        ("note", "our straße"),
        ("location", {"value": "Lange Straße 4"}),
    ],
)
def test_search_looks_into_every_text(town: Town, newcomer: Person, field: str, text: Any) -> None:
    with town.client(newcomer) as client:
        made = client.post(ACTIVITIES, json={"type": "note", field: text}).json()
        client.post(ACTIVITIES, json={"type": "note", "subject": "Other"})
        for q in ("strasse", "STRASSE", "Straße"):
            assert [item["id"] for item in client.get(ACTIVITIES, params={"q": q}).json()["data"]] == [made["id"]]
        assert client.get(ACTIVITIES, params={"q": "%"}).json()["data"] == []


def test_what_hangs_on_a_record(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as client:
        deal = client.post(RECORDS, json={"kind": "deal", "name": "D"}).json()
        mara = client.post(RECORDS, json={"kind": "contact", "name": "M"}).json()
        both = {"related": [{"kind": "deal", "id": deal["id"]}], "participants": [{"id": mara["id"]}]}
        invited = {"attendees": [{"kind": "contact", "id": mara["id"]}]}
        ids = [client.post(ACTIVITIES, json={"type": "call"} | fields).json()["id"] for fields in (both, invited, {})]

        def found(record: str) -> list[int]:
            return [item["id"] for item in client.get(ACTIVITIES, params={"record": record}).json()["data"]]

        for name in ("id", "uuid", "slug"):
            assert found(f"deal:{deal[name]}") == ids[:1]
            assert found(f"contact:{mara[name]}") == ids[:2]
            assert found(f"contact:{mara[name]},deal:{deal['id']}") == ids[:1]
        assert found(f"lead:{deal['id']}") == found("deal:nobody") == []
        for wrong in ("deal", "deal:", "pet:1", "", ":1"):
            assert_problem(client.get(ACTIVITIES, params={"record": wrong}), 400, "record")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "soon"}, "from"),
        ({"until": "2026-13-01"}, "until"),
        ({"from": "2026-12-10", "until": "2026-12-10"}, "until"),
        ({"from": "2026-12-10T00:00:00Z", "until": "2026-12-09T21:00:00-02:00"}, "until"),
        ({"updated_from": "x"}, "updated_from"),
        ({"q": ""}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"sort": "name"}, "sort"),
        ({"order": "up"}, "order"),
        ({"done": "perhaps"}, "done"),
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"include": "all"}, "include"),
        ({"cursor": "x"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be(alice: httpx2.Client, params: Json, field: str) -> None:
    assert_problem(alice.get(ACTIVITIES, params=params), 400, field)


def test_the_names_that_are_mentioned(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as client:
        deal = client.post(RECORDS, json={"kind": "deal", "name": "New roof"}).json()
        mara = client.post(RECORDS, json={"kind": "contact", "name": "Mara", "email": "m@example.com"}).json()
        body = {"type": "call", "related": [{"kind": "deal", "id": deal["id"]}], "participants": [{"id": mara["id"]}]}
        made = client.post(ACTIVITIES, json=body).json()
        assert "names" not in made
        client.patch(f"{RECORDS}/contact/{mara['id']}", json={"name": "Mara Lind"})
        page = client.get(ACTIVITIES, params={"include": "names"}).json()
        assert [(one["kind"], one["name"], one["email"]) for one in page["names"]["records"]] == [
            ("contact", "Mara Lind", "m@example.com"),
            ("deal", "New roof", None),
        ]
        assert [one["name"] for one in page["names"]["users"]] == ["Nora"]
        single = client.get(f"{ACTIVITIES}/{made['id']}", params={"include": "names"}).json()
        assert single == made | {"names": page["names"]}
        assert "names" not in client.get(ACTIVITIES).json()


def test_a_cursor_belongs_to_its_list(nora: httpx2.Client) -> None:
    cursor = nora.get(ACTIVITIES, params={"limit": 2, "q": "day"}).json()["next_cursor"]
    assert cursor
    others: tuple[Json, ...] = (
        {},
        {"q": "mon"},
        {"q": "day", "deleted": True},
        {"q": "day", "sort": "due"},
        {"from": MONDAY},
    )
    for other in others:
        assert_problem(nora.get(ACTIVITIES, params={**other, "cursor": cursor}), 400, "cursor")


def test_what_is_hidden_is_nowhere(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    """A member who has no part in it, and one who has."""
    deal = town.record(town.alice, "deal")
    hidden = {"type": "call", "subject": "Severance", "visibility": "private", "date": "2026-12-07"}
    made = alice.post(ACTIVITIES, json=hidden | {"related": [{"kind": "deal", "id": deal.id}]}).json()
    ways = ({"q": "severance"}, {"record": f"deal:{deal.id}"}, {"from": MONDAY, "until": TUESDAY, "q": "sever"})
    for params in ways:
        assert [item["id"] for item in alice.get(ACTIVITIES, params=params).json()["data"]] == [made["id"]]
        assert bob.get(ACTIVITIES, params=params).json() == {"data": [], "next_cursor": None}
    for name in ("id", "uuid"):
        assert_problem(bob.get(f"{ACTIVITIES}/{made[name]}"), 404)
        assert_problem(bob.patch(f"{ACTIVITIES}/{made[name]}", json={"subject": "B"}), 404)
        assert_problem(bob.delete(f"{ACTIVITIES}/{made[name]}"), 404)
        assert_problem(bob.post(f"{ACTIVITIES}/{made[name]}/restore"), 404)
    for verb in ("done", "delete"):
        answer = bob.post(f"{ACTIVITIES}/bulk/{verb}", json={"ids": [made["id"]]}).json()
        assert answer == {"changed": [], "unchanged": [], "not_found": [made["id"]]}
    assert alice.get(f"{ACTIVITIES}/{made['id']}").json() == made
    alice.delete(f"{ACTIVITIES}/{made['id']}")
    assert bob.get(ACTIVITIES, params={"deleted": True, "q": "sever"}).json()["data"] == []
    alice.post(f"{ACTIVITIES}/{made['id']}/restore")
    alice.patch(f"{ACTIVITIES}/{made['id']}", json={"collaborators": [town.bob.user_id]})
    for params in ways:
        assert [item["id"] for item in bob.get(ACTIVITIES, params=params).json()["data"]] == [made["id"]]
