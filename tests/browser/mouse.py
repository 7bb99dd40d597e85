"""What a hand does on the calendar: it takes something here and lets it go there. Nothing here looks at results."""

import datetime as dt
from typing import Final

from playwright.sync_api import Locator, Page

Point = tuple[float, float]
_LANE: Final = """date => {
  const lane = [...document.querySelectorAll(`[data-date="${date}"]`)].find((one) => one.offsetHeight > 1000);
  const { x, y, width, height } = lane.getBoundingClientRect();
  return { x, y, width, height };
}"""
_MINUTES: Final = 24 * 60
_INSIDE: Final = 4  # pixels below the line at which a slot begins


def event(page: Page, text: str) -> Locator:
    """The event that says so."""
    return page.locator(".event").filter(has_text=text)


def at(page: Page, date: dt.date, time: str) -> Point:
    """Where a time of a day is, in the week and in the day. It must be in sight."""
    lane = page.evaluate(_LANE, date.isoformat())
    hour, minute = map(int, time.split(":"))
    return lane["x"] + lane["width"] / 3, lane["y"] + lane["height"] * (60 * hour + minute) / _MINUTES + _INSIDE


def cell(page: Page, date: dt.date) -> Point:
    """Where a day is, in the month and in the row of whole days: its lower edge, where no event is."""
    box = page.locator(f'.cal-cell[data-date="{date.isoformat()}"]').first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 3, box["y"] + box["height"] - _INSIDE


def grip(event: Locator) -> Point:
    """Where one takes an event: below the upper edge, in the words."""
    event.wait_for()
    box = event.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + 8


def edge(event: Locator, *, lower: bool) -> Point:
    """Where one takes one of its ends."""
    event.hover()
    box = event.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + (box["height"] - 2 if lower else 1)


def drag(page: Page, start: Point, end: Point) -> None:
    """Take what is at the start and let it go at the end, with a few steps on the way as a hand makes them."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()
