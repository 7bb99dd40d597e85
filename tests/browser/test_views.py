"""Finding one's way in the calendar: views, steps, keys, filters; what they show is in the address, and stays there."""

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open
from tests.browser.mouse import event
from tests.browser.people import Office, deafen

DAY = dt.date(2032, 5, 5)  # a Wednesday of a week in which nothing else is


def filled(liisas: Maker, mareks: Maker, tag: str) -> None:
    """Four activities on one day, each unlike the others in something."""
    on: dict[str, Any] = {"date": DAY.isoformat(), "duration": 1800}
    liisas.activity(subject=f"{tag} one", type="call", time="06:00", **on)
    liisas.activity(
        subject=f"{tag} two", type="meeting", time="07:00", participants=[{"kind": "contact", "id": 1}], **on
    )
    mareks.activity(subject=f"{tag} three", type="call", time="08:00", done=True, **on)
    mareks.activity(subject=f"{tag} four", type="lunch", time="09:00", location={"value": f"{tag}pier"}, **on)


def shows(page: Page, tag: str, *names: str) -> None:
    """These are in the calendar, in this order, and none else of them."""
    expect(event(page, tag).locator(".event-title")).to_have_text([f"{tag} {name}" for name in names])


def test_each_view_shows_its_days_and_is_an_address(open_page: Open, liisas: Maker, mareks: Maker) -> None:
    filled(liisas, mareks, "View")
    page = open_page(f"/app/calendar?view=month&date={DAY}&q=View")
    heading, view = page.get_by_role("heading", level=1), page.get_by_role("group", name="View", exact=True)
    titles = {"Month": "May 2032", "Week": "9 May 2032", "Day": "5 May 2032", "Agenda": "11 May 2032"}
    for name, title in titles.items():
        view.get_by_role("button", name=name).click()
        expect(heading).to_contain_text(title)
        expect(view.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        page.wait_for_url(f"**view={name.lower()}*")
        shows(page, "View", "one", "two", "three", "four")
    page.go_back()
    expect(view.get_by_role("button", name="Day")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(view.get_by_role("button", name="Day")).to_have_attribute("aria-pressed", "true")
    shows(page, "View", "one", "two", "three", "four")


def test_filters_narrow_it_down_and_are_in_the_address(open_page: Open, liisas: Maker, mareks: Maker) -> None:
    filled(liisas, mareks, "Sieve")
    page = open_page(f"/app/calendar?view=week&date={DAY}")
    filters = page.get_by_role("region", name="Filters")
    clear = filters.get_by_role("button", name="Clear")
    search = page.get_by_role("searchbox")
    search.fill("sieve")
    shows(page, "Sieve", "one", "two", "three", "four")
    filters.get_by_role("checkbox", name="Call").check()
    shows(page, "Sieve", "one", "three")
    filters.get_by_role("checkbox", name="Lunch").check()
    shows(page, "Sieve", "one", "three", "four")
    filters.get_by_label("Owner").select_option("Marek Novak")
    shows(page, "Sieve", "three", "four")
    filters.get_by_role("button", name="Open").click()
    shows(page, "Sieve", "four")
    search.fill("sievepier")
    page.wait_for_url("**q=sievepier*")
    shows(page, "Sieve", "four")
    for part in ("type=call%2Clunch", "owner=", "done=no"):
        assert part in page.url
    page.reload()
    shows(page, "Sieve", "four")
    page.get_by_role("link", name="List").click()
    expect(page.locator(".list-subject")).to_have_text(["Sieve four"])
    page.go_back()
    clear.click()
    shows(page, "Sieve", "one", "two", "three", "four")
    assert "owner=" not in page.url
    filters.get_by_role("combobox", name="About").fill("Mara")
    page.get_by_role("option", name="Mara Lindqvist").click()
    shows(page, "Sieve", "two")
    page.wait_for_url("**record=contact%3A1*")
    page.get_by_role("button", name="About anything").click()
    shows(page, "Sieve", "one", "two", "three", "four")


def test_everything_has_a_key(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity(subject="By key", date=DAY.isoformat(), time="12:00", duration=3600)
    page = open_page(f"/app/calendar?view=week&date={DAY}")
    ours = page.locator(f'.event-open[data-id="{made["id"]}"]')
    expect(ours).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_label("Subject", exact=True)).to_be_focused()
    page.keyboard.type("n t")  # while somebody writes, letters are letters
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Undo the last change")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**date=2032-05-12*")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**date=2032-05-05*")
    for key in "mdaw":
        page.keyboard.press(key)
    page.wait_for_url("**view=week*")
    ours.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(ours).to_have_attribute("aria-label", re.compile("15:15–16:15"))
    page.keyboard.press("Alt+ArrowRight")
    expect(ours).to_have_attribute("aria-label", re.compile("6 May 2032, 15:15"))
    expect(ours).to_be_focused()
    page.keyboard.press("x")
    expect(ours).to_have_attribute("aria-label", re.compile("done$"))
    expect(page.get_by_text("“By key” is done.")).to_be_visible()
    page.keyboard.press("z")
    expect(ours).to_have_attribute("aria-label", re.compile("open$"))
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Today")).to_be_disabled()
    now = liisas.stored(made)
    assert (now["date"], now["time"], now["done"]) == ("2032-05-06", "12:15:00", False)


def test_what_is_under_way_is_taken_back_when_it_is_done(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity(subject="In haste", date="2032-05-26", time="12:00", duration=3600)
    page = open_page("/app/calendar?view=week&date=2032-05-26")
    ours = page.locator(f'.event-open[data-id="{made["id"]}"]')
    expect(ours).to_be_visible()
    held: list[Route] = []
    page.route(
        f"**/activities/{made['id']}",
        lambda route: route.continue_() if held or route.request.method != "PATCH" else held.append(route),
    )
    ours.focus()
    page.keyboard.press("x")
    while not held:
        page.wait_for_timeout(20)
    page.keyboard.press("z")  # nothing has been answered yet
    page.keyboard.press("z")  # this one is for what was done before: nothing
    held[0].continue_()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    expect(ours).to_have_attribute("aria-label", re.compile("open$"))
    now = liisas.stored(made)
    assert (now["done"], now["revision"]) == (False, made["revision"] + 2)


@pytest.mark.parametrize("way", ["by a stream", "by asking"])
def test_what_another_program_changes_shows_by_itself(open_page: Open, office: Office, way: str) -> None:
    page = open_page("/app/calendar?view=week&date=2032-06-09")
    expect(page.get_by_label("Calendar", exact=True)).to_have_attribute("aria-busy", "false")
    if way == "by a stream":
        while not office.town.service.changes.waiting:
            page.wait_for_timeout(20)
        page.route("**/changes/latest", lambda route: route.abort())
    else:
        deafen(page, "stream")
    with office.town.client(office.marek) as marek:
        fields = {"due_date": "2032-06-09", "due_time": "10:00", "duration": "00:30", "type": "call"}
        answer = marek.post("/pipedrive/api/v2/activities", json=fields | {"subject": "From afar 10"})
        assert answer.status_code == 200, answer.text
        expect(event(page, "From afar 10")).to_be_visible()
        moved = answer.json()["data"]["id"]
        marek.patch(f"/pipedrive/api/v2/activities/{moved}", json={"due_time": "11:00"})
        expect(event(page, "From afar 10")).to_contain_text("14:00")
        marek.delete(f"/pipedrive/api/v2/activities/{moved}")
        expect(event(page, "From afar 10")).to_have_count(0)
