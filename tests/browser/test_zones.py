"""Two people in two zones, in the weeks in which clocks change: each sees his own hours, and what he drags keeps them.

Tallinn's clock goes back on 25 October 2026 and forward on 28 March 2027, New York's on 1 November and 14 March.
"""

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.browser.arranging import Maker
from tests.browser.conftest import Open
from tests.browser.mouse import at, cell, drag, event, grip
from tests.browser.people import Office
from tests.cast import Person

TALLINN, NEW_YORK = "Europe/Tallinn", "America/New_York"


@pytest.fixture(scope="module")
def nadia(office: Office) -> Person:
    return office.newcomer("Nadia", NEW_YORK)


def person(office: Office, nadia: Person, zone: str) -> Person:
    return office.liisa if zone == TALLINN else nadia


def test_each_sees_his_own_hours(open_page: Open, office: Office, nadia: Person, liisas: Maker) -> None:
    for day in ("2026-10-20", "2026-10-27", "2026-11-03"):
        liisas.activity(subject="Both look", date=day, time="14:00", duration=1800)
    liisas.activity(subject="All the day", date="2026-10-27")
    pages = {
        zone: open_page("/app/list?q=Both+look&sort=due", person(office, nadia, zone)) for zone in (TALLINN, NEW_YORK)
    }
    for zone, hours in ((TALLINN, ("17:00", "16:00", "16:00")), (NEW_YORK, ("10:00", "10:00", "09:00"))):
        whens = pages[zone].locator(".list-table tbody td:nth-child(4)")
        for place, hour in enumerate(hours):
            expect(whens.nth(place)).to_contain_text(hour)
        pages[zone].goto("/app/calendar?view=month&date=2026-10-01&q=All+the+day")
        tuesday = pages[zone].locator('.cal-cell[data-date="2026-10-27"]')
        expect(tuesday.locator(".event").filter(has_text="All the day")).to_be_visible()
    expect(pages[NEW_YORK].get_by_role("button", name="Time zone: America/New York")).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "friday", "before", "after"),
    [
        (TALLINN, "2026-10-23", "07:00:00", "08:00:00"),
        (TALLINN, "2027-03-26", "08:00:00", "07:00:00"),
        (NEW_YORK, "2026-10-30", "14:00:00", "15:00:00"),
        (NEW_YORK, "2027-03-12", "15:00:00", "14:00:00"),
    ],
)
def test_ten_o_clock_stays_ten_o_clock(
    open_page: Open, office: Office, nadia: Person, liisas: Maker, zone: str, friday: str, before: str, after: str
) -> None:
    subject = f"Ten {zone} {friday}"
    made = liisas.activity(subject=subject, date=friday, time=before, duration=3600)
    day = dt.date.fromisoformat(friday)
    monday = day + dt.timedelta(days=3)
    page = open_page(f"/app/calendar?view=month&date={friday}&q={friday}", person(office, nadia, zone))
    ours = event(page, subject)
    expect(ours).to_contain_text("10:00")
    drag(page, grip(ours), cell(page, monday))
    expect(page.locator(".toast")).to_contain_text("10:00–11:00")
    now = liisas.stored(made)
    assert (now["date"], now["time"], now["duration"]) == (monday.isoformat(), after, 3600)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f'.cal-cell[data-date="{friday}"]').locator(".event")).to_contain_text("10:00")
    assert liisas.stored(made)["time"] == before


@pytest.mark.parametrize(
    ("zone", "sunday", "utc"),
    [(TALLINN, "2026-10-25", "09:15:00"), (NEW_YORK, "2026-11-01", "16:15:00"), (NEW_YORK, "2027-03-14", "15:15:00")],
)
def test_a_drag_on_the_day_itself_writes_what_the_clock_shows(
    open_page: Open, office: Office, nadia: Person, liisas: Maker, zone: str, sunday: str, utc: str
) -> None:
    subject = f"On the day {sunday}"
    day = dt.date.fromisoformat(sunday)
    made = liisas.activity(subject=subject, date=(day - dt.timedelta(days=2)).isoformat(), time="15:00", duration=2700)
    page = open_page(f"/app/calendar?view=week&date={sunday}&q={sunday}", person(office, nadia, zone))
    drag(page, grip(event(page, subject)), at(page, day, "11:15"))
    expect(page.locator(".toast")).to_contain_text("11:15–12:00")
    expect(event(page, subject)).to_contain_text("11:15")
    now = liisas.stored(made)
    assert (now["date"], now["time"], now["duration"]) == (sunday, utc, 2700)


def test_a_night_in_which_an_hour_comes_twice_keeps_its_length(open_page: Open, liisas: Maker) -> None:
    made = liisas.activity(subject="Night watch", date="2026-10-23", time="22:00", duration=14_400)
    page = open_page("/app/calendar?view=month&date=2026-10-01&q=Night+watch")
    drag(page, grip(event(page, "Night watch").first), cell(page, dt.date(2026, 10, 25)))
    # From one o'clock for four hours: at half past three it is half past three once more.
    expect(page.locator(".toast")).to_contain_text("01:00–04:00")
    now = liisas.stored(made)
    assert (now["date"], now["time"], now["duration"]) == ("2026-10-24", "22:00:00", 14_400)


@pytest.mark.parametrize(("day", "hours"), [("2027-03-27", 4), ("2026-10-24", 6), ("2026-12-01", 5)])
def test_a_night_is_as_long_as_its_clock_says(open_page: Open, liisas: Maker, day: str, hours: int) -> None:
    page = open_page(f"/app/calendar?view=day&date={day}")
    page.get_by_role("button", name="New activity").click()
    dialog = page.get_by_role("dialog")
    for label, text in (("Subject", f"Night of {day}"), ("From", "23:00"), ("To", "04:00")):
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("23:00")
    found = liisas.client.get("/dayline/v1/activities", params={"q": f"Night of {day}"}).json()["data"]
    assert [one["duration"] for one in found] == [hours * 3600]


def test_another_zone_is_chosen_on_the_page(open_page: Open, nadia: Person, liisas: Maker) -> None:
    liisas.activity(subject="Seen from elsewhere", date="2026-10-20", time="14:00", duration=1800)
    page = open_page("/app/calendar?view=week&date=2026-10-20&q=elsewhere", nadia)
    expect(event(page, "Seen from elsewhere")).to_contain_text("10:00")
    page.get_by_role("button", name="Time zone").click()
    page.get_by_role("combobox", name="Search time zones").fill("kolkat")
    expect(page.get_by_role("option", name="Asia/Kolkata")).to_be_visible()
    page.get_by_role("combobox", name="Search time zones").fill("toky")
    page.get_by_role("option", name="Asia/Tokyo").click()
    expect(event(page, "Seen from elsewhere")).to_contain_text("23:00")
    page.reload()
    expect(event(page, "Seen from elsewhere")).to_contain_text("23:00")
