"""The list: sorted, many done or deleted at once and brought back, and what is shown taken along as a file."""

import csv
import json
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open


def subjects(page: Page) -> Locator:
    return page.locator(".list-subject")


def planned(liisas: Maker, tag: str, many: int) -> list[str]:
    """So many activities on one day after the other; gives their subjects in this order."""
    for number in range(1, many + 1):
        liisas.activity(subject=f"{tag} {number}", date=f"2034-01-{number:02}", time="09:00", duration=1800)
    return [f"{tag} {number}" for number in range(1, many + 1)]


def stored(liisas: Maker, tag: str) -> dict[str, bool]:
    """What there is, and whether it is done."""
    found = liisas.client.get(f"{V1}/activities", params={"q": tag, "limit": 500}).json()["data"]
    return {one["subject"]: one["done"] for one in found}


def choose(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()


def test_it_is_sorted_by_a_click_on_the_head(open_page: Open, liisas: Maker) -> None:
    names = planned(liisas, "Sorted", 3)
    page = open_page("/app/list?q=Sorted")
    head = page.get_by_role("columnheader", name="When")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(subjects(page)).to_have_text(names)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(subjects(page)).to_have_text(names[::-1])
    page.wait_for_url("**sort=-due*")
    page.reload()
    expect(subjects(page)).to_have_text(names[::-1])


def test_many_are_done_at_once_and_open_again(open_page: Open, liisas: Maker) -> None:
    names = planned(liisas, "Bulk", 4)
    page = open_page("/app/list?q=Bulk&sort=due")
    choose(page, names[0])
    page.get_by_role("checkbox", name=f"Choose {names[2]}", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_text("3 chosen")).to_be_visible()
    bar = page.get_by_role("group", name="With those that are chosen")
    bar.get_by_role("button", name="Done").click()
    expect(page.locator(".toast")).to_contain_text("3 activities done.")
    expect(bar).to_have_count(0)
    assert stored(liisas, "Bulk") == dict(zip(names, (True, True, True, False), strict=True))
    expect(page.get_by_role("checkbox", name=f"Done: {names[1]}")).to_be_checked()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".list-done")).to_have_count(0)
    assert not any(stored(liisas, "Bulk").values())


def test_many_are_deleted_at_once_and_brought_back(open_page: Open, liisas: Maker) -> None:
    names = planned(liisas, "Gone", 4)
    page = open_page("/app/list?q=Gone&sort=due")
    choose(page, names[1], names[3])
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("2 activities deleted.")
    expect(subjects(page)).to_have_text([names[0], names[2]])
    assert stored(liisas, "Gone").keys() == {names[0], names[2]}
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("2 activities restored.")
    expect(subjects(page)).to_have_text(names)
    assert stored(liisas, "Gone").keys() == set(names)
    page.get_by_role("checkbox", name="Choose all that are loaded").check()
    expect(page.get_by_text("4 chosen")).to_be_visible()
    page.get_by_role("button", name="Choose none").click()
    expect(page.get_by_text("chosen")).to_have_count(0)


def exported(page: Page, label: str) -> Path:
    page.get_by_role("button", name="Export what is shown").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=label).click()
    return Path(download.value.path())


def test_what_is_shown_is_taken_along_as_a_file(open_page: Open, liisas: Maker) -> None:
    names = planned(liisas, "Export", 3)
    liisas.activity(subject='=HYPERLINK("x") Export "quoted", and äö', type="call", date="2034-01-04")
    liisas.activity(subject="Export but done", done=True)
    page = open_page("/app/list?q=Export&done=no&sort=due")
    expect(subjects(page)).to_have_count(4)
    with exported(page, "CSV, for a spreadsheet").open(encoding="utf-8-sig", newline="") as file:
        told = [row["subject"] for row in csv.DictReader(file)]
    assert told == [*names, '\'=HYPERLINK("x") Export "quoted", and äö']
    lines = exported(page, "JSON, one line each").read_text().splitlines()
    assert [json.loads(line)["subject"] for line in lines] == [*names, told[-1][1:]]


def test_a_long_list_is_read_as_it_is_scrolled(open_page: Open, liisas: Maker) -> None:
    for number in range(140):
        liisas.activity(subject=f"Scrolled past {number:03}", date="2034-02-01", type="task")
    page = open_page("/app/list?q=Scrolled%20past&sort=created_at")
    expect(subjects(page).first).to_have_text("Scrolled past 000")
    assert subjects(page).count() < 60  # only what is in sight is in the page
    page.get_by_role("region", name="Activities").hover()
    for _ in range(4):
        page.mouse.wheel(0, 2500)
        page.wait_for_timeout(250)
    expect(page.get_by_role("button", name="Scrolled past 139")).to_be_visible()
    expect(page.get_by_role("button", name="Scrolled past 000")).to_have_count(0)


def test_nothing_found_says_what_to_do(open_page: Open) -> None:
    page = open_page("/app/list?q=nowhere-to-be-found")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(subjects(page).first).to_be_visible()
