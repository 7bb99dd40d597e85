"""The API explorer: each document is shown, and a call goes to this server with the rights of who is signed in."""

import pytest
from playwright.sync_api import expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open


@pytest.mark.parametrize("surface", ["pipedrive", "atz", "reevo", "truto", "dayline"])
def test_each_document_is_shown(open_page: Open, surface: str) -> None:
    page = open_page(f"/app/explorer/{surface}")
    expect(page.locator(".opblock-tag").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="OpenAPI document")).to_have_attribute("href", f"/{surface}/openapi.json")
    expect(page.get_by_role("button", name="Authorize")).to_have_count(0)


@pytest.mark.parametrize(("surface", "path"), [("atz", "/v1/activity/{id}"), ("dayline", "/v1/activities/{id}")])
def test_a_call_is_tried_with_the_own_rights(open_page: Open, liisas: Maker, surface: str, path: str) -> None:
    made = liisas.activity(subject="Called by the explorer", date="2026-12-01", time="10:00", duration=60)
    page = open_page(f"/app/explorer/{surface}")
    group = page.locator(".opblock-tag").filter(has_text="activit").first
    expect(group).to_be_visible(timeout=30_000)
    operation = page.locator(".opblock-get").filter(has=page.locator(f'[data-path="{path}"]'))
    if not operation.is_visible():
        group.click()
    operation.locator(".opblock-summary-control").click()
    operation.get_by_placeholder("id", exact=True).fill(str(made["id"]))
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer).to_contain_text("200", timeout=30_000)
    expect(answer).to_contain_text("Called by the explorer")
