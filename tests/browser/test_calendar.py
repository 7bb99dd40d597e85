"""The calendar under the mouse: what is dragged, pulled and ticked is stored at once, and can be taken back."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open
from tests.browser.mouse import at, cell, drag, edge, event, grip
from tests.browser.people import Office
from tests.clients.node import run_script

_weeks: Iterator[dt.date] = (dt.date(2031, 4, 7) + dt.timedelta(weeks=n) for n in itertools.count())

_SLOW_FRAMES = """
  const soon = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => setTimeout(() => soon(draw), 500);
"""


@pytest.fixture
def monday() -> dt.date:
    """The first day of a week in which nothing is yet. Tallinn is three hours before UTC all through it."""
    return next(_weeks)


def days_after(monday: dt.date, days: int) -> dt.date:
    return monday + dt.timedelta(days=days)


def opened(open_page: Open, monday: dt.date, view: str = "week") -> Page:
    page = open_page(f"/app/calendar?view={view}&date={monday}")
    expect(page.get_by_label("Calendar", exact=True)).to_have_attribute("aria-busy", "false")
    return page


def told(page: Page, text: str) -> None:
    """The page says so, which it does once the server has answered."""
    expect(page.locator(".toast")).to_contain_text(text)


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()


def when(liisas: Maker, activity: dict[str, Any]) -> tuple[str | None, str | None, int | None]:
    """Date and time in UTC, and the duration in seconds, as they are stored."""
    now = liisas.stored(activity)
    return now["date"], now["time"], now["duration"]


def test_dragging_over_empty_space_plans_something_there(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    page = opened(open_page, monday)
    tuesday = days_after(monday, 1)
    drag(page, at(page, tuesday, "10:00"), at(page, tuesday, "11:15"))
    expect(page.get_by_label("Date", exact=True)).to_have_value(tuesday.isoformat())
    expect(page.get_by_label("From", exact=True)).to_have_value("10:00")
    expect(page.get_by_label("To", exact=True)).to_have_value("11:30")
    page.get_by_label("Subject", exact=True).fill("Dragged out")
    page.get_by_role("dialog").get_by_role("combobox", name="About").fill("Mara")
    page.get_by_role("option", name="Mara Lindqvist").click()
    page.get_by_role("button", name="Create", exact=True).click()
    told(page, "Created")
    expect(event(page, "Dragged out")).to_contain_text("10:00")
    found = liisas.client.get(f"{V1}/activities", params={"q": "Dragged out"}).json()["data"]
    assert [(one["date"], one["time"], one["duration"]) for one in found] == [(tuesday.isoformat(), "07:00:00", 5400)]
    assert found[0]["participants"][0]["primary"]


def test_until_it_can_be_touched_it_says_that_it_is_busy(open_page: Open, monday: dt.date) -> None:
    page = open_page("/app/list")
    page.add_init_script(_SLOW_FRAMES)
    page.goto(f"/app/calendar?view=week&date={monday}")
    expect(page.get_by_label("Calendar", exact=True)).to_have_attribute("aria-busy", "false")
    drag(page, at(page, monday, "10:00"), at(page, monday, "11:15"))
    expect(page.get_by_label("Date", exact=True)).to_have_value(monday.isoformat())


def test_what_is_longer_than_the_form_can_say_is_not_planned(open_page: Open, monday: dt.date) -> None:
    page = opened(open_page, monday)
    tuesday, wednesday = days_after(monday, 1), days_after(monday, 2)
    for start, end in (
        (at(page, monday, "10:00"), at(page, wednesday, "12:00")),
        (cell(page, monday), cell(page, wednesday)),
    ):
        drag(page, start, end)
        page.wait_for_timeout(300)  # it would be there by now
        expect(page.get_by_role("dialog")).to_have_count(0)
    drag(page, at(page, monday, "16:00"), at(page, tuesday, "09:00"))  # a night is no more than that
    for label, value in (("Date", monday.isoformat()), ("From", "16:00"), ("To", "09:15")):
        expect(page.get_by_label(label, exact=True)).to_have_value(value)


def test_a_lost_answer_makes_no_second_one(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    page = opened(open_page, monday)
    page.keyboard.press("n")
    page.get_by_label("Subject", exact=True).fill("Only once")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/dayline/v1/activities", lose, times=1)
    create = page.get_by_role("button", name="Create", exact=True)
    create.click()
    expect(page.get_by_text("Dayline cannot be reached")).to_be_visible()
    create.click()
    told(page, "Created")
    assert len(liisas.client.get(f"{V1}/activities", params={"q": "Only once"}).json()["data"]) == 1


def test_a_meeting_is_moved_and_moved_back(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    made = liisas.activity(subject="On the move", date=monday.isoformat(), time="07:00", duration=5400)
    before = when(liisas, made)
    page = opened(open_page, monday)
    thursday = days_after(monday, 3)
    drag(page, grip(event(page, "On the move")), at(page, thursday, "14:15"))
    told(page, "14:15–15:45")
    assert when(liisas, made) == (thursday.isoformat(), "11:15:00", 5400)
    expect(event(page, "On the move")).to_contain_text("14:15")
    expect(page.get_by_role("dialog")).to_have_count(0)
    undo(page)
    expect(event(page, "On the move")).to_contain_text("10:00")
    assert when(liisas, made) == before


def test_undo_leaves_what_somebody_else_wrote_since(
    open_page: Open, liisas: Maker, mareks: Maker, monday: dt.date
) -> None:
    made = liisas.activity(subject="Contested", date=monday.isoformat(), time="07:00", duration=3600)
    page = opened(open_page, monday)
    drag(page, grip(event(page, "Contested")), at(page, days_after(monday, 1), "12:00"))
    told(page, "12:00–13:00")
    theirs = {"date": days_after(monday, 2).isoformat(), "time": "10:00"}
    assert mareks.client.patch(f"{V1}/activities/{made['id']}", json=theirs).status_code == 200
    undo(page)
    told(page, "Somebody else changed this meanwhile.")
    expect(event(page, "Contested")).to_contain_text("13:00")
    assert when(liisas, made) == (theirs["date"], "10:00:00", 3600)


def test_pipedrives_own_client_sees_where_it_was_moved_to(
    open_page: Open, liisas: Maker, office: Office, monday: dt.date
) -> None:
    made = liisas.activity(subject="For Pipedrive", date=monday.isoformat(), time="08:00", duration=1800)
    page = opened(open_page, monday)
    drag(page, grip(event(page, "For Pipedrive")), at(page, days_after(monday, 2), "13:30"))
    told(page, "13:30–14:00")
    seen = run_script(
        "pipedrive_moved.mjs",
        DAYLINE_URL=office.url,
        DAYLINE_TOKEN=office.liisa.credential,
        DAYLINE_ACTIVITY=str(made["id"]),
    )
    assert seen == {"due_date": days_after(monday, 2).isoformat(), "due_time": "10:30:00", "duration": "00:30:00"}


def test_both_ends_are_pulled(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    made = liisas.activity(subject="Longer", date=monday.isoformat(), time="07:00", duration=3600)
    page = opened(open_page, monday)
    drag(page, edge(event(page, "Longer"), lower=True), at(page, monday, "12:30"))
    told(page, "10:00–12:45")
    assert when(liisas, made) == (monday.isoformat(), "07:00:00", 9900)
    drag(page, edge(event(page, "Longer"), lower=False), at(page, monday, "09:00"))
    told(page, "09:00–12:45")
    assert when(liisas, made) == (monday.isoformat(), "06:00:00", 13_500)
    undo(page)
    expect(event(page, "Longer")).to_contain_text("10:00")
    assert when(liisas, made) == (monday.isoformat(), "07:00:00", 9900)


def test_between_the_hours_and_the_whole_day(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    made = liisas.activity(subject="All the day", date=monday.isoformat(), time="07:00", duration=3600)
    friday = days_after(monday, 4)
    page = opened(open_page, monday)
    drag(page, grip(event(page, "All the day")), cell(page, friday))
    told(page, "All the day")
    assert when(liisas, made) == (friday.isoformat(), None, 3600)
    drag(page, grip(event(page, "All the day")), at(page, monday, "11:00"))
    told(page, "11:00–12:00")
    assert when(liisas, made) == (monday.isoformat(), "08:00:00", 3600)


def test_what_has_no_date_comes_from_the_side_and_goes_back_there(
    open_page: Open, liisas: Maker, monday: dt.date
) -> None:
    made = liisas.activity(subject="One day, perhaps", type="task")
    page = opened(open_page, monday)
    side = page.get_by_role("region", name="Without a date")
    waiting = side.get_by_role("listitem").filter(has_text="One day, perhaps")
    waiting.scroll_into_view_if_needed()
    drag(page, grip(waiting), at(page, monday, "15:00"))
    told(page, "15:00–16:00")
    assert when(liisas, made) == (monday.isoformat(), "12:00:00", 3600)
    expect(waiting).to_have_count(0)
    drag(page, grip(event(page, "One day, perhaps")), grip(side))
    told(page, "has no date now")
    assert when(liisas, made)[:2] == (None, None)
    expect(waiting).to_be_visible()
    undo(page)
    expect(event(page, "One day, perhaps")).to_contain_text("15:00")


def test_in_the_month_the_hour_stays(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    made = liisas.activity(subject="Some day", date=monday.isoformat(), time="07:00", duration=1800)
    page = opened(open_page, monday, "month")
    drag(page, grip(event(page, "Some day")), cell(page, days_after(monday, 2)))
    told(page, "10:00–10:30")
    assert when(liisas, made) == (days_after(monday, 2).isoformat(), "07:00:00", 1800)
    start = cell(page, days_after(monday, 5))
    drag(page, start, (start[0] + 12, start[1]))
    expect(page.get_by_label("Date", exact=True)).to_have_value(days_after(monday, 5).isoformat())
    expect(page.get_by_role("checkbox", name="All day")).to_be_checked()


def test_a_tick_says_that_it_is_done(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    made = liisas.activity(subject="Finish it", date=monday.isoformat(), time="07:00", duration=1800)
    page = opened(open_page, monday)
    tick = page.get_by_role("checkbox", name="Done: Finish it")
    tick.click()
    told(page, "“Finish it” is done.")
    expect(tick).to_be_checked()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert liisas.stored(made)["done"] is True
    undo(page)
    expect(tick).not_to_be_checked()
    assert liisas.stored(made)["done"] is False


def test_undo_brings_the_instant_back_at_which_it_was_done(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    done = {"done": True, "done_at": "2031-01-02T03:04:05Z"}
    made = liisas.activity(subject="Done long since", date=monday.isoformat(), time="07:00", duration=3600, **done)
    page = opened(open_page, monday)
    page.get_by_role("checkbox", name="Done: Done long since").click()
    told(page, "is open again")
    undo(page)
    told(page, "Taken back.")
    assert liisas.stored(made)["done_at"] == made["done_at"]


def test_what_is_late_is_marked_until_it_is_done(open_page: Open, liisas: Maker) -> None:
    liisas.activity(subject="Long ago", date="2020-03-04", time="09:00", duration=1800)
    page = opened(open_page, dt.date(2020, 3, 4))
    late = page.get_by_role("button", name="Long ago, Meeting, 4 Mar 2020, 11:00–11:30, Liisa Tamm, overdue")
    expect(late).to_be_visible()
    page.get_by_role("checkbox", name="Done: Long ago").click()
    expect(page.locator(".event-overdue")).to_have_count(0)


def test_a_click_opens_the_panel_beside_the_calendar(open_page: Open, liisas: Maker, monday: dt.date) -> None:
    made = liisas.activity(subject="Look inside", date=monday.isoformat(), time="07:00", duration=3600)
    page = opened(open_page, monday)
    event(page, "Look inside").click()
    expect(page.get_by_role("dialog").get_by_label("Subject")).to_have_value("Look inside")
    assert f"activity={made['id']}" in page.url
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("button", name="Week", exact=True)).to_be_visible()
