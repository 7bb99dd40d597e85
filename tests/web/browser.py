"""A browser as far as the server can tell: a jar of cookies, and the headers that no page can forge."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.cast import Person
from tests.house import Town
from tests.plain import NO_TLS

PASSWORD = "correct horse battery staple"


class Browser:
    """One browser. It says where its requests come from, and sends the CSRF token once it has signed in."""

    def __init__(self, client: httpx2.Client, url: str) -> None:
        self.client, self.url = client, url
        self.csrf: str | None = None

    @property
    def cookie(self) -> str:
        """What the session's cookie holds."""
        return self.client.cookies.get("dayline") or ""

    def plant(self, cookie: str) -> None:
        """Let it hold this, as if the server had set it."""
        self.client.cookies.set("dayline", cookie, domain="127.0.0.1", path="/")

    def send(self, method: str, path: str, **given: Any) -> httpx2.Response:
        """Send what a script of the page would."""
        headers = {"origin": self.url, "sec-fetch-site": "same-origin"}
        headers |= {} if self.csrf is None else {"x-csrf-token": self.csrf}
        return self.client.request(method, path, headers=headers | given.pop("headers", {}), **given)

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> httpx2.Response:
        """Sign in by the form."""
        answer = self.send("POST", "/session", json={"email": email, "password": password} | more)
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    def follow(self, link: str) -> httpx2.Response:
        """Click on a link in a letter."""
        headers = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}
        answer = self.client.get(f"/sign-in/{link}", headers=headers)
        if answer.status_code == 303:
            self.csrf = self.client.get("/session").json()["csrf"]
        return answer


@contextmanager
def browsing(town: Town) -> Iterator[Browser]:
    """A new browser."""
    with httpx2.Client(base_url=town.url, timeout=30, verify=NO_TLS) as client:
        yield Browser(client, town.url)


@contextmanager
def signed_in(town: Town, who: Person) -> Iterator[Browser]:
    """A browser in which somebody is signed in, by a link."""
    link = town.wait(town.service.signing.make_link(who.account_id, who.user_id))
    with browsing(town) as browser:
        assert browser.follow(link).status_code == 303
        yield browser


def give_password(town: Town, who: Person, password: str = PASSWORD) -> None:
    """Let somebody have a password."""
    user = town.wait(town.service.people.get(who.principal, who.user_id))
    town.wait(town.service.passwords.set(who.account_id, user, password))
