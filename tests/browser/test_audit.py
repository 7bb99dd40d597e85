"""The audit on the page: told, narrowed, opened by keyboard, gone on with; members have no such part."""

from playwright.sync_api import Page, expect

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open, check_accessible
from tests.browser.people import Office

AUDIT = "/app/admin/audit"


def table(page: Page, text: str) -> None:
    """Wait until only rows with this are shown."""
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text=text).first).to_be_visible()
    expect(rows.filter(has_not_text=text)).to_have_count(0)


def test_what_was_done_is_told_and_opened_by_keyboard(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity(subject="Roof inspection")
    liisas.client.patch(f"{V1}/activities/{made['id']}", json={"subject": "Roof repair", "priority": "high"})
    page = open_page(AUDIT)
    words = f"Liisa Tamm changed activity {made['id']} “Roof repair”: subject, priority"
    title = page.get_by_role("button", name=words)
    expect(title).to_be_visible()
    row = page.get_by_role("row").filter(has_text=words)
    expect(row).to_contain_text("token test, Dayline")
    expect(row).to_contain_text("127.0.0.1")
    check_accessible(page)
    title.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=words)
    expect(dialog.get_by_text("Roof inspection")).to_be_visible()
    expect(dialog).to_contain_text("Roof repair")
    expect(dialog).to_contain_text("Liisa Tamm")
    check_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(title).to_be_focused()


def test_it_is_narrowed(open_page: Open, office: Office, liisas: Maker, mareks: Maker) -> None:
    liisas.activity(subject="By Liisa")
    mareks.activity(subject="By Marek")
    page = open_page(AUDIT)
    page.get_by_label("Who").select_option("Marek Novak")
    page.get_by_label("What").select_option("activity")
    table(page, "Marek Novak")
    expect(page.get_by_role("button", name="By Liisa")).to_have_count(0)
    page.get_by_label("Who").select_option("")
    page.get_by_label("What").select_option("session")
    table(page, "sign")  # in by password, and what else others have done before
    page.get_by_label("By way of").select_option("worker")
    expect(page.get_by_text("Nothing like that was done")).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("From the address").fill("203.0.113.200")
    page.get_by_label("From the address").press("Enter")
    expect(page.get_by_text("Nothing like that was done")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_label("From the address")).to_have_value("")
    page.get_by_label("From", exact=True).fill("2001-01-01")
    page.get_by_label("To", exact=True).fill("2001-01-02")
    expect(page.get_by_text("Nothing like that was done")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2999-01-01")
    expect(page.locator("tbody tr").first).to_be_visible()


def test_what_is_done_meanwhile_is_offered(open_page: Open, liisas: Maker) -> None:
    page = open_page(AUDIT)
    expect(page.locator("tbody tr").first).to_be_visible()
    liisas.activity(subject="Done meanwhile")
    expect(page.get_by_text("More has been done since.")).to_be_visible()
    expect(page.get_by_role("button", name="“Done meanwhile”")).to_have_count(0)
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("button", name="“Done meanwhile”")).to_be_visible()
    expect(page.get_by_text("More has been done since.")).to_have_count(0)


def test_it_goes_on(open_page: Open, liisas: Maker) -> None:
    page = open_page(AUDIT)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show more").scroll_into_view_if_needed()
    expect(rows.nth(99)).to_be_attached()


def test_it_is_taken_away_as_a_file(open_page: Open) -> None:
    page = open_page(AUDIT)
    page.get_by_label("What").select_option("user")
    table(page, "user")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Get it as CSV").click()
    assert saved.value.suggested_filename == "audit.csv"
    text = saved.value.path().read_text()
    assert text.startswith("sequence,at,summary")
    assert ",activity," not in text


def test_members_have_no_such_part(open_page: Open, office: Office) -> None:
    page = open_page(AUDIT, who=office.marek)
    expect(page.get_by_text("There is no such section")).to_be_visible()


def test_on_a_phone_it_fits(open_page: Open) -> None:
    page = open_page(AUDIT, viewport={"width": 360, "height": 720}, color_scheme="dark")
    expect(page.locator("tbody tr").first).to_be_visible()
    check_accessible(page)
    assert page.evaluate("document.querySelector('.content').scrollWidth <= innerWidth")
