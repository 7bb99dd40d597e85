"""The pages for people: what they say, and what they must never let in."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from dayline.app import DIALECTS
from dayline.kit.dialect import PUBLIC, Dialect, Operation
from tests.house import Town, living_town

PAGES = ("/about", "/docs")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with living_town(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def nobody(town: Town) -> Iterator[httpx2.Client]:
    with town.client() as client:
        yield client


def test_the_front_page_says_what_runs_and_how_to_call_it(town: Town, nobody: httpx2.Client) -> None:
    page = nobody.get("/about").text
    assert f"{town.url}/api/v2/activities?limit=3" in page
    for dialect in DIALECTS:
        assert dialect.title in page
    for address in (f"{town.url}/api/v2/activities<", f"{town.url}/dayline/v1/activities<"):
        assert address in page
    assert town.alice.credential not in page


OPERATIONS = [(dialect, operation) for dialect in DIALECTS for operation in dialect.operations]


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS, ids=[f"{d.name} {o.name}" for d, o in OPERATIONS])
def test_every_operation_is_in_the_documents(nobody: httpx2.Client, dialect: Dialect, operation: Operation) -> None:
    page = unescape(nobody.get("/docs").text)
    start = page.rindex("<details>", 0, page.index(f'id="{dialect.name}.{operation.name}">\n'))
    told = page[start : page.index("</details>", start)]
    assert operation.summary in told
    assert operation.path in told
    assert operation.scope in told
    assert ("401 Unauthorized" in told) == (operation.scope != PUBLIC)


def test_fields_are_told_in_plain_words(nobody: httpx2.Client) -> None:
    page = nobody.get("/docs").text
    assert "integer from 1 to 500, 100 if left out" in page
    assert "one of add_time, due_date, id, update_time" in page
    assert "list of Participant, or null" in page
    assert "admin_area_level_1" in page
    assert "must agree with" in page.lower()


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere(nobody: httpx2.Client, path: str) -> None:
    page = nobody.get(path).text
    for link in set(re.findall(r'(?:href|src)="([^"]+)"', page)):
        target, _, anchor = link.partition("#")
        if target.startswith("data:"):
            continue
        answer = nobody.get(target or path)
        assert answer.status_code == 200, link
        if anchor:
            assert f'id="{anchor}"' in answer.text, link


@pytest.mark.parametrize("path", [*PAGES, "/static/dayline.css"])
def test_nothing_may_run_or_come_from_elsewhere(nobody: httpx2.Client, path: str) -> None:
    answer = nobody.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text
    assert " style=" not in answer.text


def test_a_hostile_host_is_only_text(nobody: httpx2.Client) -> None:
    for host in ('x"><script>alert(1)</script>', "x'y", "a b"):
        page = nobody.get("/about", headers={"host": host})
        assert page.status_code in (200, 400)
        assert "<script" not in page.text
        assert host not in page.text


def test_only_reading(nobody: httpx2.Client) -> None:
    assert (nobody.head("/").status_code, nobody.head("/").content) == (200, b"")
    answer = nobody.post("/")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
