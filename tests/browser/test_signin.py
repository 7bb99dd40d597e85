"""Coming in and going out: by password, by a link that works once, here and everywhere; what a browser keeps of it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, check_accessible
from tests.browser.people import PASSWORD, Office
from tests.cast import Person


@pytest.fixture(scope="module")
def oskar(office: Office) -> Person:
    """Somebody of whose signing out nobody else takes notice."""
    return office.newcomer("Oskar")


def enter(page: Page, who: Person, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(who.name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def leave(page: Page, how: str) -> None:
    page.get_by_role("button", name="Signed in as Oskar").click()
    page.get_by_role("button", name=how, exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_asks_for_a_page_gets_it_once_signed_in(open_page: Open, oskar: Person) -> None:
    page = open_page("/app/calendar?view=day&date=2033-03-03", None)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    check_accessible(page)
    enter(page, oskar, "not his password")
    expect(page.get_by_role("alert")).to_have_text("The email or the password is wrong. Check both, and try again.")
    enter(page, oskar)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"3 Mar 2033"))
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
    leave(page, "Sign out")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_no_script_can_read_what_signs_in(open_page: Open, oskar: Person) -> None:
    page = open_page("/app/list", oskar)
    expect(page.get_by_role("heading", name="List")).to_be_visible()
    cookies: list[Any] = page.context.cookies()
    assert [(one["httpOnly"], one["sameSite"]) for one in cookies] == [(True, "Lax")]
    assert page.evaluate("document.cookie") == ""
    kept = page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert not re.search(r"dl_|token|csrf", kept), kept
    refused = page.evaluate(
        "fetch('/dayline/v1/activities', { method: 'POST', headers: { 'Content-Type': 'application/json' }, "
        "body: JSON.stringify({ type: 'call' }) }).then((answer) => answer.status)"
    )
    assert refused == 403


def test_signing_out_everywhere_ends_every_page(open_page: Open, oskar: Person) -> None:
    other, page = open_page("/app/calendar", None), open_page("/app/calendar", None)
    for one in (other, page):
        enter(one, oskar)
        expect(one.get_by_role("button", name="New activity")).to_be_visible()
    leave(page, "Sign out on every device")
    # The other one asks the server every moment, and is told.
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible(timeout=10_000)


def test_a_link_signs_in_once(open_page: Open, office: Office, oskar: Person) -> None:
    made = office.town.service.signing.make_link(oskar.account_id, oskar.user_id)
    link = f"/sign-in/{office.town.wait(made)}"
    page = open_page(link, None)
    expect(page.get_by_role("button", name="Signed in as Oskar")).to_be_visible()
    assert "sign-in" not in page.url
    again = open_page(link, None)
    expect(again.locator("body")).to_contain_text("link")
    again.goto("/app/calendar")
    expect(again.get_by_role("heading", name="Sign in")).to_be_visible()
