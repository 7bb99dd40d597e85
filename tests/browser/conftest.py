"""One office and one browser for all tests of the page. Where no browser runs, these tests alone are left out."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.arranging import Maker
from tests.browser.chromium import NoChromium, launch
from tests.browser.people import WAIT_MS, Office, Visitors, open_office
from tests.cast import Person

Open = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        try:
            running = launch(playwright)
        except NoChromium as error:
            if os.environ.get("CI") == "true":
                pytest.fail(str(error))
            pytest.skip(str(error))
        yield running
        running.close()


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as running:
        yield running


@pytest.fixture(scope="package")
def visitors(browser: Browser, office: Office) -> Visitors:
    return Visitors(browser, office)


@pytest.fixture
def open_page(visitors: Visitors, office: Office) -> Iterator[Open]:
    """Opens pages for people (Liisa, unless told), with settings of a browser's context. None may do any harm."""
    with ExitStack() as stack:
        watches = []

        def opened(path: str = "/", who: Person | None = office.liisa, **settings: Any) -> Page:
            page, watch = stack.enter_context(visitors.visit(who, **settings))
            watches.append(watch)
            page.goto(path)
            return page

        yield opened
        assert [harm for watch in watches for harm in watch.harm] == []


@pytest.fixture
def page(open_page: Open) -> Page:
    """Liisa's page."""
    return open_page()


@pytest.fixture
def liisas(office: Office) -> Iterator[Maker]:
    """Makes things as Liisa."""
    with office.town.client(office.liisa) as client:
        yield Maker(client)


@pytest.fixture
def mareks(office: Office) -> Iterator[Maker]:
    """Makes things as Marek."""
    with office.town.client(office.marek) as client:
        yield Maker(client)


def check_accessible(page: Page) -> None:
    """Hold what is shown against axe-core's rules: nothing serious or critical may be found."""
    found = Axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
