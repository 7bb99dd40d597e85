"""The activity's panel: every field is changed and saved, clashes are told, files come and go, nothing is lost."""

import re

from playwright.sync_api import Page, expect

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open
from tests.browser.people import Office, deafen

_DRAGGED = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["a,b\\n1,2\\n"], "plan.csv"));
  return data;
}"""


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Changes that are not saved")).to_have_count(0)


def pick(page: Page, label: str, text: str, kind: str = "") -> None:
    """Type into a search-as-you-type field, and take the first that fits."""
    page.get_by_role("combobox", name=label, exact=True).fill(text)
    options = page.get_by_role("listbox", name=f"Found: {label}", exact=True).get_by_role("option")
    options.filter(has_text=re.compile(rf"^{text}.*{kind}")).first.click()


def test_every_field_is_changed_and_saved(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    page.get_by_label("Subject").fill("Second visit")
    page.get_by_role("combobox", name="Type").select_option("lunch")
    page.get_by_label("Date", exact=True).fill("2026-12-01")
    page.get_by_label("Time", exact=True).fill("14:30")
    page.get_by_label("Duration").fill("1:30")
    page.get_by_label("Shown as").select_option("Busy")
    page.get_by_label("Planned in").select_option("Asia/Tokyo")
    page.get_by_label("Shared description").fill("For all")
    page.get_by_label("Internal note").fill("For us")
    page.get_by_label("Priority").select_option("High")
    page.get_by_label("Visible to").select_option("Private")
    page.get_by_label("Outcome", exact=True).fill("They buy")
    page.get_by_label("Owner").select_option("Marek Novak")
    page.get_by_label("Place").fill("Sadama 7")
    page.get_by_text("Parts of the address").click()
    page.get_by_label("Town").fill("Tallinn")
    page.get_by_label("Link", exact=True).fill("https://meet.example.com/1")
    page.get_by_label("Service").fill("Meet")
    page.get_by_label("Invitations may be sent").uncheck()
    pick(page, "Collaborators", "Aisha")
    pick(page, "Invite", "Mara Lindqvist")
    page.get_by_label("Answer of Mara Lindqvist").select_option("Accepted")
    pick(page, "Invite", "guest@example.com")
    pick(page, "Add a participant", "Daniel Okafor")
    pick(page, "Add a record", "Northwind Ferries: Annual plan")
    pick(page, "Add a record", "Silverline Clinics", "organization")
    page.get_by_role("listitem").filter(has_text="Silverline Clinics").get_by_label("Main").check()
    save(page)
    now = liisas.stored(made)
    assert (now["subject"], now["type"], now["description"], now["note"]) == (
        "Second visit",
        "lunch",
        "For all",
        "For us",
    )
    assert (now["date"], now["time"], now["duration"]) == ("2026-12-01", "12:30:00", 5400)
    assert (now["busy"], now["zone"], now["priority"]) == (True, "Asia/Tokyo", "high")
    assert (now["visibility"], now["outcome"], now["invite"]) == ("private", "They buy", False)
    assert (now["location"]["value"], now["location"]["locality"]) == ("Sadama 7", "Tallinn")
    assert (now["conference"]["url"], now["conference"]["client"]) == ("https://meet.example.com/1", "Meet")
    assert (now["owner_id"], now["collaborators"]) == (2, [3])
    assert [(one["kind"], one["email"], one["status"]) for one in now["attendees"]] == [
        ("contact", None, "accepted"),
        ("email", "guest@example.com", "noreply"),
    ]
    assert [one["primary"] for one in now["participants"]] == [True]
    assert {one["kind"] for one in now["related"]} == {"deal", "organization"}
    assert (now["main"]["kind"], now["main_chosen"]) == ("organization", True)


def test_who_changed_it_meanwhile_is_told(open_page: Open, liisas: Maker, mareks: Maker) -> None:
    made = liisas.activity(outcome="open")
    page = open_page(f"/app/activities/{made['id']}")
    expect(page.get_by_label("Subject")).to_have_value("Site visit")
    deafen(page)  # it learns nothing until it saves
    page.get_by_label("Subject").fill("Mine")
    mareks.client.patch(f"{V1}/activities/{made['id']}", json={"subject": "His", "outcome": "lost"})
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="changed this activity while you were editing it")
    expect(told).to_contain_text("Marek Novak")
    expect(told).to_contain_text("You both changed Subject")
    assert liisas.stored(made)["subject"] == "His"
    page.get_by_role("button", name="Save mine over theirs").click()
    expect(told).to_have_count(0)
    assert (liisas.stored(made)["subject"], liisas.stored(made)["outcome"]) == ("Mine", "lost")


def test_what_others_write_shows_by_itself(open_page: Open, liisas: Maker, mareks: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    expect(page.get_by_label("Subject")).to_have_value("Site visit")
    page.get_by_label("Outcome", exact=True).fill("Not saved yet")
    mareks.client.patch(f"/api/v2/activities/{made['id']}", json={"subject": "Through Pipedrive"})
    expect(page.get_by_label("Subject")).to_have_value("Through Pipedrive")
    expect(page.get_by_label("Outcome", exact=True)).to_have_value("Not saved yet")


def test_closing_asks_before_it_loses_changes(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/records?activity={made['id']}")
    page.get_by_label("Subject").fill("Half a thought")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Close without saving?")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert liisas.stored(made)["subject"] == "Half a thought"


def test_what_may_not_be_seen_any_more_is_told_and_edits_stay(open_page: Open, liisas: Maker, office: Office) -> None:
    made = liisas.activity(subject="Seen at first")
    page = open_page(f"/app/activities/{made['id']}", office.marek)
    page.get_by_label("Subject").fill("Not lost")
    hidden = liisas.client.patch(f"{V1}/activities/{made['id']}", json={"visibility": "private"})
    assert hidden.status_code == 200
    expect(page.get_by_role("alert")).to_contain_text("not there any more")
    expect(page.get_by_label("Subject")).to_have_value("Not lost")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("you may not see it any more")).to_be_visible()
    expect(page.get_by_label("Subject")).to_have_count(0)


def test_a_refusal_names_the_field(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity(date="9999-12-31", time="10:00")
    page = open_page(f"/app/activities/{made['id']}")
    page.get_by_label("Duration").fill("4000 h")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Duration")


def test_done_is_one_click_and_can_be_taken_back(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    page.get_by_role("checkbox", name="Done").click()
    expect(page.get_by_text("Marked as done.")).to_be_visible()
    assert liisas.stored(made)["done"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("checkbox", name="Done")).not_to_be_checked()
    assert not liisas.stored(made)["done"]


def test_deleting_can_be_taken_back(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity(subject="Thrown away")
    page = open_page(f"/app/records?activity={made['id']}")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert liisas.stored(made)["deleted_at"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.goto(f"/app/activities/{made['id']}")
    expect(page.get_by_label("Subject")).to_have_value("Thrown away")
    expect(page.get_by_text("This activity is deleted")).to_have_count(0)
    assert liisas.stored(made)["deleted_at"] is None


def test_files_are_dropped_downloaded_and_the_main_one_is_chosen(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    page.get_by_role("tab", name="Files").click()
    dropped = page.evaluate_handle(_DRAGGED)
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": dropped})
    first = page.get_by_role("listitem").filter(has_text="plan.csv")
    expect(first.get_by_role("link", name="plan.csv")).to_be_visible()
    page.get_by_label("Files to attach").set_input_files(
        {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"An offer."}
    )
    second = page.get_by_role("listitem").filter(has_text="offer.txt")
    second.get_by_label("Main").check()
    expect(first.get_by_label("Main")).not_to_be_checked()
    with page.expect_download() as download:
        second.get_by_role("link", name="offer.txt").click()
    assert download.value.path().read_bytes() == b"An offer."
    page.get_by_placeholder("a link instead").fill("https://files.example.com/terms")
    page.get_by_role("button", name="Attach the link").click()
    expect(page.get_by_role("listitem").filter(has_text="terms")).to_be_visible()
    first.get_by_role("button", name="Remove plan.csv for good").click()
    expect(first).to_have_count(0)
    files = [(one["name"], one["main"]) for one in liisas.stored(made)["attachments"]]
    assert files == [("offer.txt", True), ("terms", False)]


def test_the_history_tells_who_changed_what(open_page: Open, liisas: Maker, mareks: Maker) -> None:
    made = liisas.activity(outcome="open")
    mareks.client.patch(f"{V1}/activities/{made['id']}", json={"outcome": "won"})
    page = open_page(f"/app/activities/{made['id']}")
    page.get_by_role("tab", name="History").click()
    entries = page.get_by_role("list", name="History").get_by_role("listitem")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("Marek Novak changed it")
    expect(entries.first).to_contain_text("Outcome")
    expect(entries.first).to_contain_text("won")
    expect(entries.last).to_contain_text("Liisa Tamm created it")


def test_each_dialect_shows_it_with_what_it_leaves_out(open_page: Open, liisas: Maker, office: Office) -> None:
    made = liisas.activity(subject="In every tongue", outcome="won", date="2026-12-01")
    page = open_page(f"/app/activities/{made['id']}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("tab", name="In each dialect").click()
    pipedrive = page.get_by_role("article", name="Pipedrive API v1 and v2")
    expect(pipedrive.get_by_role("region", name="The activity in Pipedrive")).to_contain_text(
        '"subject": "In every tongue"'
    )
    expect(pipedrive.get_by_role("listitem").filter(has_text="Outcome")).to_be_visible()
    pipedrive.get_by_role("button", name=re.compile("^Copy")).click()
    line = f"""curl -H "x-api-token: $DAYLINE_TOKEN" '{office.url}/api/v2/activities/{made["id"]}'"""
    assert page.evaluate("navigator.clipboard.readText()") == line
    expect(page.get_by_role("article", name="Dayline API")).to_contain_text("Nothing is left out")


def test_tabs_work_by_key(open_page: Open, liisas: Maker) -> None:
    page = open_page(f"/app/activities/{liisas.activity()['id']}")
    page.get_by_role("tab", name="Details").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Files")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="In each dialect")).to_have_attribute("aria-selected", "true")


def test_a_new_one_begins_with_what_the_address_says(open_page: Open, liisas: Maker) -> None:
    page = open_page("/app/activities/new?type=call&date=2026-12-01&time=09:00&duration=1800&record=contact:1")
    expect(page.get_by_label("Subject")).to_be_focused()
    page.keyboard.type("Ring her")
    expect(page.get_by_role("link", name="Mara Lindqvist")).to_be_visible()
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_url(re.compile(r"/app/activities/\d+$"))
    now = liisas.stored({"id": page.url.rpartition("/")[2]})
    assert (now["subject"], now["type"], now["date"], now["time"]) == ("Ring her", "call", "2026-12-01", "07:00:00")
    assert [(one["id"], one["primary"]) for one in now["participants"]] == [(1, True)]


def test_what_others_change_beside_it_stays(open_page: Open, liisas: Maker, mareks: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    expect(page.get_by_label("Subject")).to_have_value("Site visit")
    deafen(page)
    page.get_by_label("Subject").fill("Mine")
    mareks.client.patch(f"{V1}/activities/{made['id']}", json={"outcome": "lost"})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Changed there: Outcome")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("region", name="Changes that are not saved")).to_have_count(0)
    now = liisas.stored(made)
    assert (now["subject"], now["outcome"]) == ("Mine", "lost")


def test_people_are_found_and_taken_by_key(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    page.get_by_role("combobox", name="Collaborators", exact=True).focus()
    page.keyboard.type("a")
    options = page.get_by_role("listbox", name="Found: Collaborators").get_by_role("option")
    expect(options.filter(has_text="Aisha Rahman")).to_be_visible()
    names = options.all_inner_texts()
    for _ in range(names.index("Aisha Rahman")):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Aisha Rahman from the collaborators")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Changes that are not saved")).to_have_count(0)
    assert liisas.stored(made)["collaborators"] == [3]
