"""Reading records: one by each of its names, and all of them page by page; never those of another account."""

from typing import Any

import httpx2
import pytest

from dayline.domain.record import KINDS
from tests.cast import Person
from tests.house import Town
from tests.native.conftest import Create
from tests.native.problems import RECORDS, assert_problem


@pytest.mark.parametrize("name", ["id", "uuid", "slug"])
def test_a_record_has_three_names(bob: httpx2.Client, create: Create, name: str) -> None:
    record = create()
    answer = bob.get(f"{RECORDS}/contact/{record[name]}")
    assert (answer.status_code, answer.json()) == (200, record)
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["content-type"] == "application/json"


def test_names_that_were_given_find_it_too(alice: httpx2.Client, create: Create) -> None:
    uuid = "3f0a1c2e-0d6b-4a57-8f11-7c1f9ad2be03"
    record = create(kind="sequence", id=900_001, uuid=uuid, slug="Welcome-mails_v2")
    for name in ("900001", uuid, uuid.upper(), "Welcome-mails_v2"):
        assert alice.get(f"{RECORDS}/sequence/{name}").json() == record


def test_another_accounts_record_does_not_exist(charlie: httpx2.Client, create: Create) -> None:
    record = create(kind="organization", id=7_000)
    for name in ("id", "uuid", "slug"):
        answer = charlie.get(f"{RECORDS}/organization/{record[name]}")
        assert_problem(answer, 404)
        assert answer.content == charlie.get(f"{RECORDS}/organization/999999").content


def test_a_record_is_found_under_its_own_kind_only(alice: httpx2.Client, create: Create) -> None:
    record = create(kind="contact", id=8_000)
    for name in ("id", "uuid", "slug"):
        assert_problem(alice.get(f"{RECORDS}/deal/{record[name]}"), 404)


@pytest.mark.parametrize(
    "path",
    [
        *("deal/999999", "deal/0", "deal/-1", "deal/1.0", "deal/9223372036854775807", "deal/9223372036854775808"),
        *("deal/" + "9" * 5_000, "deal/%D9%A1", "deal/nobody", "deal/00000000-0000-0000-0000-000000000000"),
        *("deal/zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "deal/" + "-" * 36, "deal/'%20OR%201=1--"),
        *("deal/%00", "deal/%FF", "deal/%ED%A0%80", "deal/", "deal", "deal/1/", "deal/1/2", "/1"),
        *("person/1", "Deal/1", "deals/1"),
    ],
    ids=lambda path: path[:40],
)
def test_what_is_not_there_is_404(alice: httpx2.Client, create: Create, path: str) -> None:
    create(kind="deal")
    assert_problem(alice.get(f"{RECORDS}/{path}"), 404)


@pytest.mark.parametrize(("limit", "kind"), [(1, None), (4, None), (7, None), (500, None), (2, "deal"), (6, "deal")])
def test_pages_hold_every_record_once_in_order(town: Town, newcomer: Person, limit: int, kind: str | None) -> None:
    made = [town.record(newcomer, KINDS[number % 3]) for number in range(12)]
    made += [town.record(newcomer, "deal") for _ in range(6)]
    with town.client(newcomer) as nora:
        pages = _pages(nora, {"limit": limit} | ({} if kind is None else {"kind": kind}))
    wanted = sorted((record.kind, record.id) for record in made if kind in (None, record.kind))
    assert [(row["kind"], row["id"]) for page in pages for row in page] == wanted
    assert all(len(page) == limit for page in pages[:-1])
    assert 0 < len(pages[-1]) <= limit


def _pages(client: httpx2.Client, asked: dict[str, Any]) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        answer = client.get(RECORDS, params=asked | ({} if cursor is None else {"cursor": cursor}))
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"data", "next_cursor"}
        pages.append(answer.json()["data"])
        cursor = answer.json()["next_cursor"]
    return pages


def test_a_page_shows_records_as_they_are_alone(town: Town, newcomer: Person) -> None:
    record = town.record(newcomer, "deal", "Big")
    with town.client(newcomer) as nora:
        alone = nora.get(f"{RECORDS}/deal/{record.id}").json()
        assert nora.get(RECORDS).json() == {"data": [alone], "next_cursor": None}


def test_a_page_has_a_hundred_when_nobody_says_how_many(town: Town, newcomer: Person) -> None:
    for _ in range(101):
        town.record(newcomer, "deal")
    with town.client(newcomer) as nora:
        assert [len(page) for page in _pages(nora, {})] == [100, 1]


def test_records_added_while_paging_disturb_nothing(town: Town, newcomer: Person) -> None:
    made = [town.record(newcomer, "lead").id for _ in range(6)]
    with town.client(newcomer) as nora:
        first = nora.get(RECORDS, params={"limit": 2}).json()
        town.record(newcomer, "candidate")
        later = town.record(newcomer, "lead").id
        rest = nora.get(RECORDS, params={"limit": 500, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in first["data"] + rest["data"]] == [*made, later]


def test_an_empty_account_has_an_empty_page(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        assert nora.get(RECORDS).json() == {"data": [], "next_cursor": None}


def test_a_list_holds_nothing_of_another_account(alice: httpx2.Client, town: Town, newcomer: Person) -> None:
    uuid = town.record(newcomer, "deal").uuid
    listed = [row["uuid"] for page in _pages(alice, {"limit": 500}) for row in page]
    assert uuid not in listed


def test_a_cursor_serves_its_own_list_only(town: Town, newcomer: Person, charlie: httpx2.Client) -> None:
    for _ in range(3):
        town.record(newcomer, "deal")
    with town.client(newcomer) as nora:
        cursor = nora.get(RECORDS, params={"kind": "deal", "limit": 1}).json()["next_cursor"]
        assert_problem(nora.get(RECORDS, params={"cursor": cursor}), 400, "cursor")
        assert_problem(nora.get(RECORDS, params={"kind": "lead", "cursor": cursor}), 400, "cursor")
        assert_problem(nora.get(RECORDS, params={"kind": "deal", "cursor": cursor[:-1]}), 400, "cursor")
        assert nora.get("/api/v2/activities", params={"cursor": cursor}).status_code == 400
        rest = nora.get(RECORDS, params={"kind": "deal", "limit": 500, "cursor": cursor}).json()
        assert ([row["id"] for row in rest["data"]], rest["next_cursor"]) == ([2, 3], None)
    assert_problem(charlie.get(RECORDS, params={"kind": "deal", "cursor": cursor}), 400, "cursor")


def test_pipedrive_knows_a_record_made_here(alice: httpx2.Client, create: Create) -> None:
    deal = create(kind="deal")
    answer = alice.post("/api/v2/activities", json={"deal_id": deal["id"]})
    assert answer.json()["data"]["deal_id"] == deal["id"]
