"""Records and their stories: found by search, added to in one line, read on without an end, taken back when deleted."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open


def entries(page: Page, chapter: str) -> Locator:
    """The titles of a chapter of the story, in order."""
    return page.get_by_role("region", name=chapter).locator(".entry-title")


def test_search_finds_by_a_part_of_the_name(open_page: Open) -> None:
    page = open_page("/app/records")
    page.get_by_role("searchbox", name="Search by name or email").fill("zieli")
    expect(page.get_by_role("rowheader")).to_have_text(["Tomasz Zieliński"])
    page.wait_for_url("**/app/records?q=zieli")
    page.get_by_role("link", name="Deals").click()
    expect(page.get_by_text("No deals with “zieli”")).to_be_visible()


def test_the_slash_goes_to_the_search(open_page: Open) -> None:
    page = open_page("/app/records/contact")
    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()
    search = page.get_by_role("searchbox")
    while not search.evaluate("box => box === document.activeElement"):  # it hears keys a moment after it is painted
        page.keyboard.press("/")
    expect(search).to_have_value("")


def test_a_record_is_created_changed_deleted_and_brought_back(open_page: Open) -> None:
    page = open_page("/app/records/deal")
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Harbour crane")
    page.get_by_label("Owner").select_option("Marek Novak")
    page.get_by_role("button", name="Create the deal").click()
    expect(page.get_by_role("heading", name="Harbour crane")).to_be_visible()
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Number in another system").fill("crm-17")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Elsewhere: crm-17")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/app/records/deal")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Harbour crane")).to_be_visible()
    expect(page.get_by_text("Deleted")).to_have_count(0)


def test_what_is_taken_says_so_at_its_field(open_page: Open, liisas: Maker) -> None:
    liisas.record(kind="lead", name="First", external_id="taken")
    page = open_page("/app/records/lead")
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Second")
    page.get_by_label("Number in another system").fill("taken")
    page.get_by_role("button", name="Create the lead").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Second")


def test_the_story_has_what_is_planned_above_what_happened(open_page: Open, liisas: Maker) -> None:
    record = liisas.record(kind="job", name="Night watch")
    about = {"related": [{"kind": "job", "id": record["id"]}]}
    for subject, date, done in [
        ("Later", "2099-05-01", False),
        ("Sooner", "2099-04-01", False),
        ("Missed", "2020-01-01", False),
        ("Before", "2021-01-01", True),
        ("After", "2022-01-01", True),
    ]:
        liisas.activity(subject=subject, date=date, done=done, **about)
    page = open_page(f"/app/records/job/{record['id']}")
    expect(entries(page, "Planned")).to_have_text(["Missed", "Sooner", "Later"])
    expect(entries(page, "What happened")).to_have_text(["After", "Before"])
    expect(page.get_by_role("region", name="Planned").get_by_text("Overdue")).to_have_count(1)
    page.get_by_role("checkbox", name="Done: Sooner").click()
    expect(page.get_by_role("region", name="What happened").get_by_text("Sooner")).to_be_visible()
    expect(entries(page, "Planned")).to_have_text(["Missed", "Later"])


def test_a_note_and_a_call_take_one_line(open_page: Open, liisas: Maker) -> None:
    record = liisas.record(name="Oona Lahti")
    page = open_page(f"/app/records/contact/{record['id']}")
    page.get_by_label("Note", exact=True).fill("Prefers mornings")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Prefers mornings")).to_be_visible()
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_label("Call", exact=True).fill("Agreed on Tuesday")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Agreed on Tuesday")).to_be_visible()
    answer = liisas.client.get("/dayline/v1/activities", params={"record": f"contact:{record['id']}"}).json()["data"]
    assert [(one["type"], one["subject"], one["done"]) for one in answer] == [
        ("note", "Prefers mornings", True),
        ("call", "Agreed on Tuesday", True),
    ]
    assert all(one["participants"][0]["primary"] and one["date"] and one["time"] for one in answer)


def test_markup_of_other_clients_is_read_as_words(open_page: Open, liisas: Maker) -> None:
    record = liisas.record(kind="deal", name="Much markup")
    about = {"related": [{"kind": "deal", "id": record["id"]}]}
    for tag in ("<style ", "<style>", "<a ", "<br", "</style "):
        text = tag * (100_000 // len(tag))
        liisas.activity(subject="Endless", description=text, **about)
    html = "<p>First</p><STYLE>p > b { color: red }</style ><div class='x'>Fish &amp; chips<br>at 5 < 6</div>"
    liisas.activity(subject="Written elsewhere", description=html, **about)
    page = open_page(f"/app/records/deal/{record['id']}")
    expect(page.get_by_role("button", name="Endless")).to_have_count(5)
    words = page.get_by_role("listitem").filter(has_text="Written elsewhere").locator(".entry-text")
    expect(words).to_have_text("First Fish & chips at 5 < 6", use_inner_text=True)


def test_a_long_story_goes_on_as_it_is_read(open_page: Open, liisas: Maker) -> None:
    record = liisas.record(kind="project", name="Long way")
    about = {"related": [{"kind": "project", "id": record["id"]}], "done": True}
    for number in range(1, 96):
        liisas.activity(subject=f"Step {number}", date=f"2020-{1 + number // 28:02}-{1 + number % 28:02}", **about)
    page = open_page(f"/app/records/project/{record['id']}")
    expect(page.get_by_role("button", name="Step 95", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Step 1", exact=True)).to_have_count(0)
    for _ in range(8):
        page.locator(".entry-title").last.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
    expect(page.get_by_role("button", name="Step 1", exact=True)).to_be_attached()
    expect(entries(page, "What happened")).to_have_text([f"Step {number}" for number in range(95, 0, -1)])


def test_an_entry_opens_its_panel_and_closing_gives_the_focus_back(open_page: Open, liisas: Maker) -> None:
    record = liisas.record(kind="candidate", name="Ilmar Raud")
    liisas.activity(subject="First talk", related=[{"kind": "candidate", "id": record["id"]}])
    page = open_page(f"/app/records/candidate/{record['id']}")
    page.get_by_role("button", name="First talk").click()
    expect(page.get_by_role("dialog").get_by_label("Subject")).to_have_value("First talk")
    page.wait_for_url(re.compile(r"\?activity=\d+$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="First talk")).to_be_focused()


def test_nothing_there_says_what_to_do(open_page: Open, liisas: Maker) -> None:
    record = liisas.record(kind="other", name="Fresh")
    page = open_page(f"/app/records/other/{record['id']}")
    expect(page.get_by_text("Nothing has happened yet")).to_be_visible()
    page.goto("/app/records/other/999999")
    expect(page.get_by_text("This is not there any more.")).to_be_visible()
