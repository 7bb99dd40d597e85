"""``python -m benchmarks.page``: how fast the calendar shows days out of a hundred thousand activities, in Chromium.

From a click until the activities of the days have been painted, and what of that was the server. It keeps no result.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from playwright.sync_api import Page, sync_playwright

from benchmarks.served import served
from benchmarks.world import World, grown, make_world
from dayline.service import Service
from dayline.store.open import open_store
from tests.browser.chromium import launch

ACTIVITIES: Final = 100_000
YEARS: Final = 10  # a company of twenty that plans two hundred activities a week
TIMES: Final = 12
MONTHS: Final = 24

# After a frame in which everything that was asked for is there, the next task runs when that frame has been painted.
_CLICK: Final = """async (name) => {
  const shown = () => [...document.querySelectorAll(".event-open")].map((one) => one.dataset.id).join();
  const title = () => document.querySelector(".toolbar-title").textContent;
  const before = [shown(), title()];
  const frame = () => new Promise(requestAnimationFrame);
  const button = [...document.querySelectorAll("button")].find((one) =>
    (one.ariaLabel ?? one.textContent) === name && one.offsetParent);
  performance.clearResourceTimings();
  let longest = 0, last = performance.now();
  const start = last;
  button.click();
  const ready = () => title() !== before[1] && shown() && shown() !== before[0]
    && document.querySelector(".calendar-main").ariaBusy === "false";
  do {
    await frame();
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  } while (!ready());
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
  const took = performance.now() - start;
  const asked = performance.getEntriesByType("resource").filter((one) => one.name.includes("/activities?from"));
  return { took, longest, server: asked.map((one) => one.responseStart - one.requestStart),
           events: document.querySelectorAll(".event-open").length };
}"""


class Shown(Struct, frozen=True):
    """One click: ms until it was shown, ms of the longest frame meanwhile, ms of each answer, events in the page."""

    took: float
    longest: float
    server: tuple[float, ...]
    events: int


def click(page: Page, name: str) -> Shown:
    """Press a button of the calendar, and wait until other activities have been painted."""
    told: dict[str, Any] = page.evaluate(_CLICK, name)
    return Shown(told["took"], told["longest"], tuple(told["server"]), told["events"])


def weeks(page: Page, url: str) -> list[Shown]:
    """Weeks that nobody has looked at yet, each from its day."""
    found = []
    for number in range(TIMES):
        page.goto(f"{url}/app/calendar?view=day&date=2027-{1 + number % 12:02}-12")
        page.locator(".event").first.wait_for()
        page.wait_for_timeout(1500)  # until the days before and after have been read, too
        found.append(click(page, "Week"))
    return found


def steps(page: Page, url: str, view: str, times: int, pause: int) -> list[Shown]:
    """One step after the other."""
    page.goto(f"{url}/app/calendar?view={view}&date=2027-01-11")
    page.locator(".event").first.wait_for()
    page.wait_for_timeout(1500)
    found = []
    for _ in range(times):
        found.append(click(page, "Forward"))
        page.wait_for_timeout(pause)
    return found


async def _link(world: World) -> str:
    store = await open_store(world.url, files=world.files)
    try:
        return await Service(store).signing.make_link(world.first.account_id, world.first.user_id)
    finally:
        await store.close()


def measure(years: int) -> None:
    """Fill a database whose activities lie over so many years, serve it, look at it, and print what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        world = replace(make_world(f"sqlite:///{path / 'dayline.db'}", path / "files"), days=365 * years)
        world = grown(world, ACTIVITIES, lambda _: None)
        link = asyncio.run(_link(world))
        with served(world) as server, sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{server.url}/sign-in/{link}")
            print(
                f"{ACTIVITIES:,} activities over {years} years; load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
            )
            tell("a week, not seen before", weeks(page, server.url))
            tell("the next week, after a moment", steps(page, server.url, "week", TIMES, 1200))
            tell("months, click after click", steps(page, server.url, "month", MONTHS, 0))
            tell("months, looked at", steps(page, server.url, "month", TIMES, 1500))
            browser.close()


def tell(what: str, all_shown: Sequence[Shown]) -> None:
    """Print a line: the usual one, the best and the worst. Where others use the machine, the best says the most."""
    took, server = [one.took for one in all_shown], [ms for one in all_shown for ms in one.server]
    answers = (
        f"server {statistics.median(server):.0f} ms ({min(server):.0f} to {max(server):.0f})"
        if server
        else "from memory"
    )
    print(
        f"  {what}: {statistics.median(took):.0f} ms ({min(took):.0f} to {max(took):.0f}); "
        f"longest frame {max(one.longest for one in all_shown):.0f} ms; {answers}; "
        f"{statistics.median(one.events for one in all_shown):.0f} events in the page",
        flush=True,
    )


if __name__ == "__main__":
    for years in [int(text) for text in sys.argv[1:]] or [YEARS]:
        measure(years)
