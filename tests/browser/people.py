"""An office of people who look at Dayline's page: a real server with sample data, and browsers that watch for harm."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

from dayline import demo
from dayline.domain.identity import User
from dayline.service.identity import NewUser
from dayline.web.built import FOLDER
from tests.cast import Person
from tests.house import Town, living_town

PASSWORD: Final = "correct horse battery"
WAIT_MS: Final = 10_000  # for anything on a page: the machine of the tests may be busy
_VIOLATION: Final = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"""
# A refusal that a page shows is also told to the console; that alone is no harm.
_REFUSED: Final = "Failed to load resource"


class Office(Struct, frozen=True):
    """A running server with the sample data, and the people of it: Liisa is an admin, Marek a member."""

    town: Town
    liisa: Person
    marek: Person

    @property
    def url(self) -> str:
        return self.town.url

    def newcomer(self, name: str, zone: str = "Europe/Tallinn") -> Person:
        """A member of their account who lives in this zone."""
        new = NewUser(name=name, email=f"{name.lower()}@dayline.example.com", role="member", zone=zone)
        account_id = self.liisa.account_id
        return _person(self.town, account_id, self.town.wait(self.town.service.identities.add_user(account_id, new)))


@contextmanager
def open_office(folder: Path, today: dt.date | None = None) -> Iterator[Office]:
    """Fill a new server with the sample data of a day, and open it. The page must have been built."""
    assert (FOLDER / "index.html").is_file(), "The page is not built: run the tests by `make test`, which builds it."
    with living_town(folder, outbound_allow="127.0.0.1") as town:  # where the receivers of tests are
        today = today or dt.datetime.now(dt.UTC).date()
        users = town.wait(demo.fill(town.service, seed=demo.SEED, today=today))
        account = town.wait(town.service.identities.account(demo.ACCOUNT))
        assert account is not None
        admin, member = (next(user for user in users if user.role == role) for role in ("admin", "member"))
        yield Office(town, _person(town, account.id, admin), _person(town, account.id, member))


def _person(town: Town, account_id: int, user: User) -> Person:
    """Somebody with a password for the page, and a token to arrange what a test needs."""
    town.wait(town.service.passwords.set(account_id, user, PASSWORD))
    issued = town.wait(town.service.identities.issue_token(account_id, user.id, "test"))
    return Person(user.email, town.wait(town.service.identities.principal(issued.credential)), issued.credential)


class Watch:
    """What a page must never do: open a dialog of a script, break the policy, raise an error."""

    def __init__(self) -> None:
        self.harm: list[str] = []

    def over(self, context: BrowserContext) -> None:
        """Watch every page of the context."""
        context.add_init_script(_VIOLATION)
        context.on("dialog", self._dialog)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.harm.append(f"error: {error.error}"))
        context.on("request", self._request)

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.harm.append(f"dialog: {dialog.message}")
        dialog.accept()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and _REFUSED not in message.text:
            self.harm.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if request.url.endswith("/csp-report"):
            self.harm.append(f"policy: {request.post_data}")


class Visitors:
    """Browsers in which people of the office are signed in. Each gets a context of his own."""

    def __init__(self, browser: Browser, office: Office) -> None:
        self._browser, self._office = browser, office
        self._states: dict[str, Any] = {}

    @contextmanager
    def visit(self, who: Person | None, **settings: Any) -> Iterator[tuple[Page, Watch]]:
        """A page for somebody, or for nobody in particular; settings are those of a browser's context."""
        state = None if who is None else self._signed_in(who)
        usual = {"viewport": {"width": 1280, "height": 800}, "timezone_id": "Europe/Tallinn", "locale": "en-GB"}
        context = self._browser.new_context(base_url=self._office.url, storage_state=state, **(usual | settings))
        context.set_default_timeout(WAIT_MS)
        watch = Watch()
        watch.over(context)
        try:
            yield context.new_page(), watch
        finally:
            context.close()

    def _signed_in(self, who: Person) -> Any:
        """The cookies of who has signed in by the form; once for all tests."""
        if who.name not in self._states:
            with self.visit(None) as (page, watch):
                sign_in(page, who)
                self._states[who.name] = page.context.storage_state()
                assert not watch.harm
        return self._states[who.name]


def deafen(page: Page, to: str = "latest|stream") -> None:
    """From now on the page learns nothing of what others do, or not by this way: what is open ends."""
    page.route(re.compile(f"/changes/({to})"), lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('offline'))")


def sign_in(page: Page, who: Person, password: str = PASSWORD) -> None:
    """Sign in by the form, and wait for the page behind it."""
    page.goto("/app/admin/you")
    page.get_by_label("Email").fill(who.name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Where you are signed in").wait_for()
