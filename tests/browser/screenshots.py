"""Pictures of the page for the README, by `make screenshots`: the sample data on a day that never changes.

It needs Pillow and NumPy, which only the benchmarks bring along.
"""

import datetime as dt
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.people import WAIT_MS, Office, Visitors, open_office

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
NOW: Final = dt.datetime(2026, 11, 18, 9, 20, tzinfo=dt.UTC)  # a Wednesday, twenty past eleven in Tallinn
WIDE: Final = {"width": 1440, "height": 900}
COLOURS: Final = 256  # nobody sees the difference, and a picture is a third as large
PLACES: Final = (1 << 16, 1 << 8, 1)  # of red, green and blue in one number
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "has_touch": True}


def month(page: Page) -> None:
    page.goto("/app/calendar?view=month")
    page.locator(".event").first.wait_for()


def week(page: Page) -> None:
    page.goto("/app/calendar?view=week")
    page.locator(".event").first.wait_for()


def panel(page: Page) -> None:
    week(page)
    page.locator(".event-open").filter(has_text="with Priya Nair").first.click(position={"x": 20, "y": 8})
    page.get_by_role("dialog").get_by_label("Subject").wait_for()


def dialects(page: Page) -> None:
    panel(page)
    page.get_by_role("tab", name="In each dialect").click()
    page.get_by_role("article", name="Pipedrive API v1 and v2").wait_for()


def timeline(page: Page) -> None:
    page.goto("/app/records/candidate/3")
    page.locator(".entry-title").first.wait_for()


def phone(page: Page) -> None:
    page.goto("/app/calendar?view=agenda")
    page.locator(".event").first.wait_for()


PICTURES: Final[dict[str, tuple[Callable[[Page], None], dict[str, Any]]]] = {
    "month": (month, {"viewport": WIDE}),
    "week": (week, {"viewport": WIDE}),
    "panel": (panel, {"viewport": WIDE}),
    "dialects": (dialects, {"viewport": WIDE}),
    "timeline": (timeline, {"viewport": WIDE}),
    "phone": (phone, PHONE),
}


@contextmanager
def _visitors() -> Iterator[tuple[Visitors, Office]]:
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        open_office(Path(folder), today=NOW.date()) as office,
    ):
        browser = launch(playwright)
        yield Visitors(browser, office), office
        browser.close()


def take(names: list[str]) -> None:
    """Take these pictures, or all of them."""
    expect.set_options(timeout=WAIT_MS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _visitors() as (visitors, office):
        for name in names or PICTURES:
            show, settings = PICTURES[name]
            with visitors.visit(office.liisa, **settings) as (page, _):
                page.clock.set_fixed_time(NOW)
                show(page)
                expect(page.locator("[aria-busy=true]")).to_have_count(0)
                page.mouse.move(0, 0)
                page.wait_for_timeout(600)  # until nothing moves any more
                _save(page.screenshot(animations="disabled", caret="hide"), FOLDER / f"{name}.png")


def _save(picture: bytes, path: Path) -> None:
    """Store it in the colours that it has most of, which are all those of areas; edges of letters take the nearest."""
    images, numpy = import_module("PIL.Image"), import_module("numpy")
    whole = images.open(io.BytesIO(picture)).convert("RGB")
    found = sorted(whole.getcolors(1 << 24), reverse=True)
    colours = numpy.array([colour for _, colour in found])
    palette = colours[:COLOURS]
    nearest = [((palette - colour) ** 2).sum(axis=1).argmin() for colour in colours]
    table = numpy.zeros(1 << 24, dtype="uint8")
    table[colours @ PLACES] = nearest
    image = images.fromarray(table[numpy.asarray(whole, dtype="int64") @ PLACES])
    image.putpalette(palette.astype("uint8").tobytes())
    image.save(path, optimize=True)


if __name__ == "__main__":
    take(sys.argv[1:])
