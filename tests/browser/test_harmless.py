"""Texts of users are only ever text: strings that would run as code somewhere raise no dialog and no report.

Every page that a test opens is watched; here the worst strings are put into every field that there is.
"""

from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open

# After OWASP's cheat sheet for testing filters: each breaks out of another place.
STRINGS: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'\"><svg/onload=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "javascript:alert(1)//https://example.com",
    "<a href=\"jav&#x09;ascript:alert(1)\">x</a><style>@import'//example.com/x.css';</style>",
    "{{constructor.constructor('alert(1)')()}}${alert(1)}",
    "</textarea></title><math><mtext><mglyph><style><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0\u202e\u0000".replace("\u0000", ""),
)
ALL: Final = " ".join(STRINGS)


def harmful(liisas: Maker) -> tuple[dict[str, Any], dict[str, Any]]:
    """A record and an activity with such strings wherever a text can be."""
    record = liisas.record(kind="contact", name=ALL[:255], email=STRINGS[1], phone=STRINGS[0], external_id=STRINGS[2])
    activity = liisas.activity(
        subject=ALL[:1000],
        description=ALL,
        note=ALL,
        outcome=ALL[:1000],
        date="2026-12-01",
        location=dict.fromkeys(("value", "formatted_address", "country", "locality", "route"), ALL[:1000]),
        conference={"client": STRINGS[0], "url": STRINGS[4], "id": STRINGS[2]},
        related=[{"kind": "contact", "id": record["id"]}],
        participants=[{"kind": "contact", "id": record["id"]}],
        attendees=[
            {"kind": "email", "email": STRINGS[1], "name": STRINGS[0]},
            {"kind": "contact", "id": record["id"], "name": STRINGS[3]},
        ],
    )
    path = f"{V1}/activities/{activity['id']}"
    liisas.client.patch(path, json={"subject": STRINGS[1], "outcome": STRINGS[0], "note": ALL + "!"})
    link = "https://example.com/" + STRINGS[2].replace(" ", "")
    liisas.client.post(f"{path}/attachments", json={"url": link, "name": STRINGS[1]})
    liisas.client.post(
        f"{path}/attachments", files={"file": ("<img src=x onerror=alert(1)>.html", b"<script>alert(1)</script>")}
    )
    return record, activity


def test_texts_stay_texts_everywhere(open_page: Open, liisas: Maker) -> None:
    record, activity = harmful(liisas)
    liisas.client.post(f"{V1}/activity-types", json={"label": STRINGS[0], "icon": STRINGS[1][:50]})
    liisas.client.post(f"{V1}/tokens", json={"name": STRINGS[1]})
    page = open_page(f"/app/activities/{activity['id']}")
    expect(page.get_by_label("Subject")).to_have_value(STRINGS[1])
    for tab in ("Files", "History", "In each dialect", "Details"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
        page.wait_for_timeout(300)
    expect(page.get_by_role("link", name="Open the meeting")).to_have_count(0)
    for path in (
        f"/app/records/contact/{record['id']}",
        "/app/records?q=script",
        "/app/list?q=onerror",
        "/app/calendar?view=month&date=2026-12-01",
        f"/app/calendar?record=contact:{record['id']}",
        "/app/admin/tokens",
        "/app/admin/types",
    ):
        page.goto(path)
        page.wait_for_timeout(800)
    assert page.evaluate("document.querySelectorAll('iframe, script:not([src]), style:empty, [onerror]').length") == 0


@pytest.mark.parametrize("text", STRINGS)
def test_texts_are_typed_saved_and_shown(open_page: Open, liisas: Maker, text: str) -> None:
    made = liisas.activity()
    page = open_page(f"/app/activities/{made['id']}")
    for label in ("Subject", "Shared description", "Internal note", "Outcome", "Place", "Link", "Service"):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("combobox", name="Add a record").fill(text[:200])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Changes that are not saved")).to_have_count(0)
    assert liisas.stored(made)["note"] == text


def test_the_address_is_only_an_address(open_page: Open) -> None:
    page = open_page("/app/records?q=%3Cb%20onfocus%3Dalert(2)%20autofocus%3E")
    expect(page.get_by_text("No records with")).to_be_visible()
    page.goto("/app/%3Cscript%3Ealert(1)%3C/script%3E")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    page.goto("/app/activities/new?subject=%3Csvg/onload%3Dalert(1)%3E&record=javascript:alert(1)")
    expect(page.get_by_label("Subject")).to_have_value("<svg/onload=alert(1)>")


def test_what_is_written_in_the_calendar_stays_text(open_page: Open) -> None:
    page = open_page("/app/calendar?view=agenda&date=2036-03-04")
    for text in STRINGS:
        page.get_by_role("button", name="New activity").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("combobox", name="About").fill(text[:200])
        dialog.get_by_label("Subject", exact=True).fill(text)
        dialog.get_by_label("Date", exact=True).fill("2036-03-04")
        dialog.get_by_role("button", name="Create", exact=True).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".event")).to_have_count(len(STRINGS))
    for tick in page.locator(".event").get_by_role("checkbox").all():
        tick.click()
        expect(tick).to_be_checked()  # the message quotes what it is called
    for view in ("Month", "Day", "Week"):
        page.get_by_role("button", name=view, exact=True).click()
        expect(page.locator(".event").first).to_be_visible()
    for text in STRINGS[:4]:
        page.get_by_role("searchbox").fill(text)
        page.wait_for_timeout(400)
    page.goto(
        "/app/list?sort=-due&record=contact:%3Cimg%20src=x%20onerror=alert(1)%3E&owner=%3Cb%3E&type=%22%3E%3Cscript%3E"
    )
    expect(page.get_by_role("heading", name="List")).to_be_visible()


def test_the_sign_in_form_is_no_way_in(open_page: Open) -> None:
    page = open_page("/app/calendar?q=%3Cscript%3Ealert(1)%3C/script%3E", None)
    page.get_by_label("Email").fill("'><svg/onload=alert(1)>@example.com".replace("<", "").replace(">", ""))
    page.get_by_label("Password").fill(STRINGS[1])
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
