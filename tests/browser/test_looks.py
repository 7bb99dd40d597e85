"""How calendar and list look, light, dark and on a phone: nothing serious for axe-core, nothing wider than a screen."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open, check_accessible
from tests.browser.test_accessible import LOOKS

# Of everything something: done, late, for a whole day, of each type, more than a cell has room for; and nothing.
PAGES = (
    "calendar?view=month",
    "calendar?view=week",
    "calendar?view=day",
    "calendar?view=agenda",
    "list",
    "calendar?view=week&date=2037-05-05",
    "calendar?view=agenda&date=2037-05-05",
    "list?q=nowhere-to-be-found",
)
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
READ = "section[aria-busy=false]"


@pytest.mark.parametrize("look", LOOKS)
def test_calendar_and_list(open_page: Open, look: str) -> None:
    page = open_page(**LOOKS[look])
    for path in PAGES:
        page.goto(f"/app/{path}")
        expect(page.locator(READ)).to_be_visible()
        check_accessible(page)
        assert page.evaluate(OVERFLOW) <= 0, f"{path} is too wide"


def test_what_opens_over_them(open_page: Open) -> None:
    page = open_page("/app/calendar?view=month")
    page.locator(".cal-more:not([aria-hidden])").first.click()
    check_accessible(page)
    page.keyboard.press("Escape")
    for key in ("n", "?"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        check_accessible(page)
        page.keyboard.press("Escape")
    for menu in ("Time zone", "Theme", "Signed in as"):
        page.get_by_role("button", name=menu).click()
        if menu == "Time zone":
            expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        check_accessible(page)
        page.keyboard.press("Escape")
    page.locator(".event-open").first.click()
    expect(page.get_by_role("dialog").get_by_label("Subject")).to_be_visible()
    page.get_by_role("checkbox", name="Done:").first.click()
    expect(page.locator(".toast")).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name="Undo").click()


def test_what_the_keys_choose_in_a_list_is_seen(open_page: Open) -> None:
    page = open_page("/app/calendar?view=month")
    page.get_by_role("button", name="Time zone").click()
    zones = page.get_by_role("listbox", name="Found: ").get_by_role("option")
    expect(zones.first).to_be_in_viewport()
    page.keyboard.press("ArrowUp")  # the last one
    expect(zones.last).to_be_in_viewport()
    expect(zones.first).not_to_be_in_viewport()


def background(page: Page) -> int:
    """How light the page is behind everything: 0 is black, 765 white."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = (float(part) for part in colour.strip("rgba()").split(",")[:3])
    return round(red + green + blue)


def test_the_theme_follows_the_system_until_it_is_chosen(open_page: Open) -> None:
    page = open_page("/app/calendar", color_scheme="light")
    expect(page.get_by_role("button", name="New activity")).to_be_visible()
    assert background(page) > 600
    page.emulate_media(color_scheme="dark")
    assert background(page) < 200
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Light", exact=True).click()
    assert background(page) > 600
    page.reload()
    expect(page.get_by_role("button", name="Theme: Light")).to_be_visible()
    assert background(page) > 600


def test_a_phone_does_all_of_it(open_page: Open, liisas: Maker) -> None:
    page = open_page("/app/calendar?date=2035-03-05", viewport={"width": 360, "height": 720}, has_touch=True)
    expect(page.get_by_role("button", name="Agenda")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="New activity").tap()
    page.get_by_label("Subject", exact=True).fill("On the way")
    page.get_by_label("Date", exact=True).fill("2035-03-06")
    page.get_by_label("From", exact=True).fill("10:00")  # what it offers depends on the hour in which this runs
    page.get_by_label("To", exact=True).fill("10:30")
    check_accessible(page)
    page.get_by_role("button", name="Create", exact=True).tap()
    expect(page.locator(".event").filter(has_text="On the way")).to_be_visible()
    page.get_by_role("button", name="Filters").tap()
    page.get_by_role("dialog").get_by_role("checkbox", name="Lunch").check()
    page.get_by_role("dialog").get_by_role("button", name="Show").tap()
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
    expect(page.locator(".event")).to_have_count(0)
    page.get_by_role("button", name="Filters (1)").tap()
    page.get_by_role("dialog").get_by_role("button", name="Clear").tap()
    page.keyboard.press("Escape")
    page.locator(".event-open").filter(has_text="On the way").tap()
    expect(page.get_by_role("dialog").get_by_label("Subject")).to_have_value("On the way")
    assert page.evaluate(OVERFLOW) <= 0
    found = liisas.client.get("/dayline/v1/activities", params={"q": "On the way"}).json()["data"]
    assert [one["date"] for one in found] == [dt.date(2035, 3, 6).isoformat()]
