"""ATZ's list over HTTP: filters against what each row says of itself, orders, numbered pages, what is shown whole."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from dayline.domain.draft import Draft, Relate
from dayline.domain.record import Kind, RecordKey
from tests.cast import as_activity
from tests.house import Town
from tests.vendors.atz.speech import ROOT, named, task

TITLES = ("Budget review", "ÜBERGABE", "100%_sure", "plain")
IMPORTANCES = ("low", "normal", "high", "critical")
SEARCHED = ("title", "description", "location")
ENVELOPE = [
    *("total", "per_page", "current_page", "last_page", "next_page_url", "prev_page_url", "from", "to", "data"),
]


@pytest.fixture(scope="module")
def there(town: Town) -> list[dict[str, Any]]:
    """Sixty rows over every filter, some of them written elsewhere; ``note`` says what no search may find here."""
    records = [named(town, town.alice, kind, f"{kind}_listed") for kind in ("candidate", "job", "contact", "lead")]
    with town.client(town.alice) as alice:
        for place in range(60):
            record = records[place % 4] if place % 5 else None
            made = alice.post(
                ROOT,
                json=task(
                    TITLES[place % 4],
                    activity_type_id=2 + place % 4,
                    importance=IMPORTANCES[place % 3],
                    related_to=record.slug if record else None,
                    related_to_entity=2 if place == 20 else None,
                    candidates_as_attendees="candidate_listed",
                    location="Straße 7" if place % 7 == 0 else None,
                    description="Bring the OFFER" if place % 11 == 0 else None,
                ),
            )
            assert made.status_code == 200, made.text
            if place % 6 == 0:
                fields = Draft(priority=None, note="secret", subject=f"Changed {place}")
                town.wait(town.service.activities.change(town.alice.principal, made.json()["id"], fields, as_activity))
        return walk(alice)


@pytest.fixture
def alice(town: Town, there: list[dict[str, Any]]) -> Iterator[httpx2.Client]:
    with town.client(town.alice) as client:
        yield client


def page(client: httpx2.Client, **query: Any) -> dict[str, Any]:
    answer = client.get(ROOT, params=query)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ENVELOPE
    return dict(answer.json())


def walk(client: httpx2.Client, **query: Any) -> list[dict[str, Any]]:
    """Every row of a list, by following its own links; each page is what it says that it is."""
    shown = page(client, **query)
    rows = list(shown["data"])
    assert (shown["current_page"], shown["prev_page_url"]) == (1, None)
    number = 1
    while shown["next_page_url"] is not None:
        before, number = shown, number + 1
        shown = client.get(shown["next_page_url"]).json()
        assert (shown["current_page"], shown["from"]) == (number, before["to"] + 1)
        assert client.get(shown["prev_page_url"]).json() == before
        rows += shown["data"]
        assert shown["to"] == len(rows)
    assert (shown["total"], shown["last_page"]) == (len(rows), number)
    return rows


ENTITIES = {1: "candidate", 2: "job", 5: "deal", 10: "other"}


def searched(row: dict[str, Any], text: str) -> bool:
    return any(text.casefold() in row[name].casefold() for name in SEARCHED)


CHOICES: dict[str, tuple[tuple[Any, ...], Callable[[dict[str, Any], Any], bool]]] = {
    "importance": (IMPORTANCES, lambda row, name: bool(row["importance"] == name)),
    "activity_type_id": ((2, 3, 7, 99), lambda row, id_: bool(row["activity_type"]["id"] == id_)),
    "related_to_entity": (tuple(ENTITIES), lambda row, number: bool(row["related_to_type"] == ENTITIES[number])),
    "related_to": (
        ("candidate_listed", "job_listed", "contact_listed", "lead_listed", "nobody"),
        lambda row, slug: bool(row["related_to"] == slug),
    ),
    "search": (("budget", "übergabe", "%", "STRASSE", "offer", "secret", "100%_"), searched),
}


@pytest.mark.parametrize("name", CHOICES)
def test_each_filter_chooses_what_the_rows_say(alice: httpx2.Client, there: list[dict[str, Any]], name: str) -> None:
    values, chosen = CHOICES[name]
    for value in values:
        assert walk(alice, **{name: value}) == [row for row in there if chosen(row, value)], value
    assert any(chosen(row, value) for value in values for row in there)


def test_filters_hold_together(alice: httpx2.Client, there: list[dict[str, Any]]) -> None:
    names = ("importance", "related_to_entity", "related_to")
    for values in product(*(CHOICES[name][0] for name in names)):
        asked = dict(zip(names, values, strict=True))
        wanted = [row for row in there if all(CHOICES[name][1](row, value) for name, value in asked.items())]
        found = page(alice, **asked)
        assert (found["total"], found["data"]) == (len(wanted), wanted[:25])


@pytest.mark.parametrize(("by", "order"), list(product(("created_at", "updated_at"), ("asc", "desc"))))
def test_every_order(town: Town, alice: httpx2.Client, there: list[dict[str, Any]], by: str, order: str) -> None:
    rows = walk(alice, sort_by=by, sort_order=order, limit=7)
    stored = {row["id"]: town.wait(town.service.activities.get(town.alice.principal, row["id"])) for row in there}
    wanted = sorted(stored, key=lambda id_: (getattr(stored[id_], by), id_), reverse=order == "desc")
    assert [row["id"] for row in rows] == wanted
    if (by, order) == ("updated_at", "desc"):
        assert rows == there


def test_a_page_is_bounded(alice: httpx2.Client, there: list[dict[str, Any]]) -> None:
    assert page(alice)["per_page"] == page(alice, limit=1000)["per_page"] == 25
    assert page(alice, limit=1000)["data"] == there[:25]
    shown = page(alice, limit=7, page=3, activity_type_id=3)
    assert (shown["per_page"], shown["current_page"], shown["from"], shown["to"]) == (7, 3, 15, 15)
    link = urlsplit(page(alice, limit=4, page=2, maximize="all", search="e 7")["next_page_url"] or "")
    assert link.netloc == urlsplit(str(alice.base_url)).netloc
    assert parse_qs(link.query) == {"limit": ["4"], "page": ["3"], "maximize": ["all"], "search": ["e 7"]}


def test_links_stay_where_the_list_was_asked_for(alice: httpx2.Client) -> None:
    for path in (ROOT, f"/atz{ROOT}"):
        shown = alice.get(f"{path}?limit=1&page=2").json()
        assert {urlsplit(shown[name]).path for name in ("next_page_url", "prev_page_url")} == {path}
        assert alice.get(shown["prev_page_url"]).json()["next_page_url"] == f"{alice.base_url}{path}?limit=1&page=2"


def test_nothing_found_is_one_empty_page(alice: httpx2.Client) -> None:
    wanted: dict[str, Any] = {
        "total": 0,
        "last_page": 1,
        "from": 0,
        "to": 0,
        "next_page_url": None,
        "prev_page_url": None,
        "data": [],
    }
    queries: tuple[dict[str, Any], ...] = ({"search": "no such"}, {"related_to": "nobody"}, {"activity_type_id": 8})
    for query in queries:
        shown = page(alice, **query)
        assert {name: shown[name] for name in wanted} == wanted
    beyond = page(alice, page=99)
    assert (beyond["data"], beyond["next_page_url"], beyond["current_page"]) == ([], None, 99)


def test_what_is_shown_whole(alice: httpx2.Client) -> None:
    row = page(alice, limit=1, related_to="candidate_listed")["data"][0]
    assert row["created_by"] == row["updated_by"] == {"id": 1}
    assert row["related_record"] == {"slug": "candidate_listed"}
    whole = alice.get(f"{ROOT}/{row['id']}").json()
    for asked in ("created_by", "updated_by", "related_record", "created_by, related_record", "all"):
        shown = page(alice, limit=1, related_to="candidate_listed", maximize=asked)["data"][0]
        parts = set(whole) if asked == "all" else {name.strip() for name in asked.split(",")}
        assert shown == {**row, **{name: whole[name] for name in parts}}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page=0", "page must be a positive integer"),
        ("page=x", "page must be a positive integer"),
        ("limit=0", "limit must be a positive integer"),
        ("limit=1.5", "limit must be a positive integer"),
        ("importance=urgent", "importance must be one of low, normal, high, critical"),
        ("related_to_entity=7", "related_to_entity must be one of 1, 2, 3, 4, 5, 10"),
        ("activity_type_id=x", "activity_type_id is invalid"),
        ("sort_by=title", "sort_by must be one of created_at, updated_at"),
        ("sort_order=up", "sort_order must be one of asc, desc"),
        ("maximize=created_by,attendees", "maximize must be some of created_by, related_record, updated_by, all"),
    ],
)
def test_what_is_wrong_is_told(alice: httpx2.Client, query: str, message: str) -> None:
    answer = alice.get(f"{ROOT}?{query}")
    assert (answer.status_code, answer.json()) == (400, {"message": message})


UNKNOWN = ("_=1", "page[0]=x", "importance[]=high", "foo[0]=1", "sortOrder=asc", "cursor=", "title=a&title=b")


@pytest.mark.parametrize("query", UNKNOWN)
def test_what_nobody_knows_is_left_alone_and_refused_in_strict(
    town: Town, strict_town: Town, alice: httpx2.Client, there: list[dict[str, Any]], query: str
) -> None:
    for path in (ROOT, f"{ROOT}/{there[0]['id']}", "/v1/activity-types", "/v1/activity-type", "/v1/activity/types"):
        assert alice.get(f"{path}?{query}").json() == alice.get(path).json()
    with strict_town.client(strict_town.alice) as strict:
        made = strict.post(ROOT, json=task()).json()["id"]
        for path in (ROOT, f"{ROOT}/{made}", "/v1/activity-types"):
            answer = strict.get(f"{path}?{query}")
            name = query.partition("=")[0]
            assert (answer.status_code, answer.json()) == (400, {"message": f"Invalid {name}: unknown parameter"})


def test_parameters_of_the_list_mean_nothing_elsewhere(
    strict_town: Town, alice: httpx2.Client, there: list[dict[str, Any]]
) -> None:
    assert alice.get("/v1/activity-types?page=1&limit=x").status_code == 200
    assert alice.get(f"{ROOT}/{there[0]['id']}?importance=high").status_code == 200
    assert alice.put(f"{ROOT}/{there[0]['id']}?importance=urgent", json={}).status_code == 200
    with strict_town.client(strict_town.alice) as strict:
        refused = strict.get("/v1/activity-types?importance=high")
    assert (refused.status_code, refused.json()) == (400, {"message": "Invalid importance: unknown parameter"})


def test_what_is_private_or_deleted_is_not_counted(
    town: Town, alice: httpx2.Client, there: list[dict[str, Any]]
) -> None:
    hidden, gone = (alice.post(ROOT, json=task("Odd one out")).json()["id"] for _ in range(2))
    town.wait(town.service.activities.change(town.alice.principal, hidden, Draft(visibility="private"), as_activity))
    assert alice.delete(f"{ROOT}/{gone}").status_code == 200
    with town.client(town.bob) as bob, town.client(town.charlie) as charlie:
        assert [page(one, search="odd one")["total"] for one in (alice, bob, charlie)] == [1, 0, 0]
        assert len(walk(bob)) == len(there)
    assert alice.delete(f"{ROOT}/{hidden}").status_code == 200


@pytest.mark.parametrize("kind", ["candidate", "job", "contact", "lead"])
def test_what_hangs_on_a_deleted_record_is_found_by_it(town: Town, alice: httpx2.Client, kind: Kind) -> None:
    record = named(town, town.alice, kind, f"{kind}_that_goes")
    made = alice.post(ROOT, json=task("Stays", related_to=record.slug)).json()
    town.wait(town.service.records.delete(town.alice.principal, RecordKey(kind, record.id, "id"), lambda gone: gone))
    assert [row["id"] for row in page(alice, related_to=record.slug)["data"]] == [made["id"]]
    assert alice.get(f"{ROOT}/{made['id']}").json()["related_to"] == record.slug
    refused = alice.post(ROOT, json=task(related_to=record.slug))
    assert refused.json() == {"message": "related_to record not found"}
    assert alice.delete(f"{ROOT}/{made['id']}").status_code == 200


def test_a_contact_is_found_wherever_he_is(town: Town, alice: httpx2.Client) -> None:
    contact = named(town, town.alice, "contact", "contact_everywhere")
    deal = named(town, town.alice, "deal", "deal_everywhere")
    invited = alice.post(ROOT, json=task(contacts_as_attendees=contact.slug)).json()["id"]
    concerned = alice.post(ROOT, json=task()).json()["id"]
    draft = Draft(
        related=(Relate("deal", RecordKey("deal", deal.id, "deal")),),
        participants=((RecordKey("contact", contact.id, "contact"), True),),
    )
    town.wait(town.service.activities.change(town.alice.principal, concerned, draft, as_activity))
    assert {row["id"] for row in page(alice, related_to=contact.slug)["data"]} == {invited, concerned}
    for id_ in (invited, concerned):
        alice.delete(f"{ROOT}/{id_}")
