"""Sessions that end, are replaced or lose rights while a page is open, and addresses of nothing: no text is lost."""

import datetime as dt
import re

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open, check_accessible
from tests.browser.people import PASSWORD, Office
from tests.cast import Person


@pytest.fixture(scope="module")
def rein(office: Office) -> Person:
    """Somebody whose sessions end all the time."""
    return office.newcomer("Rein")


@pytest.fixture(scope="module")
def salme(office: Office) -> Person:
    """Somebody else at the same browser."""
    return office.newcomer("Salme")


def end_sessions(office: Office, who: Person) -> None:
    """Sign out on every device, from another one."""
    with httpx2.Client(base_url=office.url, headers={"Origin": office.url}) as client:
        csrf = client.post("/session", json={"email": who.name, "password": PASSWORD}).json()["csrf"]
        assert client.delete("/sessions", headers={"X-CSRF-Token": csrf}).status_code == 204


def signed_in(open_page: Open, who: Person, path: str) -> Page:
    page = open_page(path, None)
    page.get_by_label("Email").fill(who.name)
    enter(page)
    expect(page.get_by_role("button", name=re.compile("^Signed in as"))).to_be_visible()
    return page


def enter(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def form(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Sign in")


def replace_session(page: Page, office: Office, who: Person) -> None:
    """Sign in in the same browser, without a page that tells the others."""
    told = {"email": who.name, "password": PASSWORD}
    assert page.request.post("/session", data=told, headers={"Origin": office.url}).status == 200


def follow_link(page: Page, office: Office, who: Person) -> Page:
    """Another page of the same browser, on which somebody signs in."""
    other = page.context.new_page()
    other.goto(f"/sign-in/{office.town.wait(office.town.service.signing.make_link(who.account_id, who.user_id))}")
    expect(other.get_by_role("button", name=re.compile("^Signed in as"))).to_be_visible()
    return other


@pytest.mark.parametrize("where", ["panel", "new", "quick"])
def test_what_was_typed_outlives_the_session(open_page: Open, office: Office, rein: Person, where: str) -> None:
    with office.town.client(rein) as client:
        reins = Maker(client)
        made = reins.activity()
        paths = {"panel": f"/app/list?activity={made['id']}", "new": "/app/activities/new", "quick": "/app/calendar"}
        page = signed_in(open_page, rein, paths[where])
        if where == "quick":
            page.get_by_role("button", name="New activity").click()
        subject = page.get_by_label("Subject", exact=True)
        subject.fill("Written before")
        title = page.title()
        end_sessions(office, rein)
        expect(form(page).get_by_role("heading", name="Sign in")).to_be_visible()
        check_accessible(page)
        for _ in range(3):
            page.keyboard.press("Escape")
        enter(page, "not his password")
        expect(page.get_by_text("The email or the password is wrong.")).to_be_visible()
        enter(page)
        expect(form(page)).to_have_count(0)
        expect(page).to_have_title(title)
        expect(subject).to_have_value("Written before")
        expect(subject).to_be_focused()
        if where == "panel":
            page.get_by_role("button", name="Save", exact=True).click()
            expect(page.get_by_role("region", name="Changes that are not saved")).to_have_count(0)
            assert reins.stored(made)["subject"] == "Written before"
        else:
            page.get_by_role("button", name="Create", exact=True).click()
            expect(page.get_by_role("status").filter(has_text="reated")).to_be_visible()


def test_signing_in_again_elsewhere_in_the_browser_goes_unnoticed(
    open_page: Open, office: Office, rein: Person
) -> None:
    with office.town.client(rein) as client:
        reins = Maker(client)
        made = reins.activity()
        page = signed_in(open_page, rein, f"/app/activities/{made['id']}")
        replace_session(page, office, rein)
        page.get_by_role("tab", name="Files").click()
        page.locator("input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
        expect(page.get_by_role("tab", name="Files (1)")).to_be_visible()
        replace_session(page, office, rein)
        page.get_by_role("tab", name="Details").click()
        page.get_by_label("Subject").fill("By the new session")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("region", name="Changes that are not saved")).to_have_count(0)
        assert reins.stored(made)["subject"] == "By the new session"


def test_somebody_else_at_the_browser_is_told_apart(
    open_page: Open, office: Office, rein: Person, salme: Person
) -> None:
    page = signed_in(open_page, rein, "/app/activities/new")
    page.get_by_label("Subject").fill("Rein's own words")
    other = follow_link(page, office, salme)
    expect(form(page)).to_contain_text("Salme is signed in in this browser now.")
    enter(page)
    expect(form(page)).to_have_count(0)
    expect(page.get_by_label("Subject")).to_have_value("Rein's own words")
    expect(form(other)).to_contain_text("Rein is signed in in this browser now.")
    other.get_by_role("button", name="Go on as Rein").click()
    expect(other.get_by_role("button", name="Signed in as Rein")).to_be_visible()


def test_who_is_no_admin_any_more_sees_no_administration(open_page: Open, office: Office, salme: Person) -> None:
    identities = office.town.service.identities
    office.town.wait(identities.set_role(salme.account_id, salme.name, "admin"))
    page = signed_in(open_page, salme, "/app/admin/types")
    page.get_by_role("button", name="Add a type").click()
    page.get_by_label("Label").fill("Not to be")
    office.town.wait(identities.set_role(salme.account_id, salme.name, "member"))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Your settings", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)


def test_a_draft_is_there_again_until_it_is_cancelled(open_page: Open) -> None:
    page = open_page("/app/activities/new")
    subject = page.get_by_label("Subject")
    subject.fill("Half a thought")
    page.get_by_role("link", name="List").click()
    expect(page.get_by_role("heading", name="List", level=1)).to_be_visible()
    page.go_back()
    expect(subject).to_have_value("Half a thought")
    page.get_by_role("button", name="Cancel").click()
    page.go_forward()
    expect(page.get_by_role("heading", name="New activity")).to_be_visible()
    expect(subject).to_have_value("")


def test_a_press_beside_a_dialog_loses_nothing(open_page: Open) -> None:
    page = open_page("/app/calendar")
    dialog = page.get_by_role("dialog", name="New activity")
    page.get_by_role("button", name="New activity").click()
    page.mouse.click(5, 400)
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="New activity").click()
    dialog.get_by_label("Subject").fill("Half a thought")
    page.mouse.click(5, 400)
    expect(dialog.get_by_label("Subject")).to_have_value("Half a thought")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/app/%E0%A4%A", "There is no such page"),
        ("/app/records/%", "Records"),
        ("/app/records/deal/%", "This is not there any more."),
        ("/app/activities/abc", "There is no such activity"),
        ("/app/calendar?view=week&date=-271821-04-20", str(dt.datetime.now(dt.UTC).year)),
        ("/app/calendar?view=month&date=0000-01-01", "January 2"),
        ("/app/calendar?view=month&date=9999-12-31", "December 9998"),
        ("/app/calendar?view=agenda&date=9999-12-31", "9998"),
    ],
)
def test_an_address_of_nothing_still_shows_a_page(open_page: Open, path: str, shown: str) -> None:
    page = open_page(path)
    expect(page.get_by_role("link", name="Calendar")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(shown)
