"""What axe-core finds on every page, light, dark and on a phone: nothing serious."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open, check_accessible

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 720}},
}
PAGES = [
    "/app/records",
    "/app/records/deal",
    "/app/records/contact/1",
    "/app/admin/you",
    "/app/admin/tokens",
    "/app/admin/webhooks",
    "/app/admin/calls",
    "/app/admin/v1",
    "/app/admin/users",
    "/app/admin/integrated",
    "/app/admin/jobs",
    "/app/admin/audit",
    "/app/admin/types",
    "/app/admin/settings",
    "/app/activities/new",
]


def settled(page: Page) -> None:
    """Nothing loads any more."""
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS)
def test_pages(open_page: Open, look: str) -> None:
    page = open_page(**LOOKS[look])
    for path in PAGES:
        page.goto(path)
        settled(page)
        check_accessible(page)
        assert page.evaluate("document.querySelector('.content').scrollWidth <= innerWidth"), f"{path} is too wide"


@pytest.mark.parametrize("look", LOOKS)
def test_the_panel_and_its_tabs(open_page: Open, liisas: Maker, look: str) -> None:
    made = liisas.activity(
        date="2026-12-01",
        time="10:00",
        note="Internal",
        related=[{"kind": "deal", "id": 1}, {"kind": "organization", "id": 1}],
        participants=[{"kind": "contact", "id": 1}],
        attendees=[{"kind": "email", "email": "guest@example.com"}],
    )
    liisas.client.patch(f"/dayline/v1/activities/{made['id']}", json={"outcome": "won"})
    page = open_page(f"/app/records?activity={made['id']}", **LOOKS[look])
    expect(page.get_by_label("Subject")).to_be_visible()
    for tab in ("Details", "Files", "History", "In each dialect"):
        page.get_by_role("tab", name=tab).click()
        settled(page)
        check_accessible(page)


def test_dialogs(open_page: Open) -> None:
    page = open_page("/app/records")
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    check_accessible(page)
    page.goto("/app/admin/tokens")
    page.get_by_role("button", name="Make a token").click()
    check_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Make a token")).to_be_focused()


@pytest.mark.parametrize("look", LOOKS)
def test_the_explorer(open_page: Open, look: str) -> None:
    page = open_page("/app/explorer/atz", **LOOKS[look])
    expect(page.locator(".opblock-tag").first).to_be_visible(timeout=30_000)
    page.locator(".opblock-summary-control").nth(1).click()
    expect(page.get_by_role("button", name="Execute")).to_be_visible()
    check_accessible(page)
