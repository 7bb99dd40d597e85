"""Requests that another site makes a browser send: none of them does anything, whatever it says about itself."""

import httpx2
import pytest

from dayline.app import DIALECTS, NATIVE
from dayline.kit.dialect import Dialect
from tests.house import Town
from tests.web.browser import PASSWORD, Browser

# What a browser says of a request that no page of ours has made, and what is said by nothing that a browser is.
ELSEWHERE: dict[str, dict[str, str]] = {
    "another origin": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another origin, an old browser": {"origin": "https://evil.example"},
    "no origin that is told": {"origin": "null", "sec-fetch-site": "cross-site"},
    "no origin that is told, an old browser": {"origin": "null"},
    "a neighbour": {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
    "a neighbour by its name": {"sec-fetch-site": "same-site"},
    "another site, no origin": {"sec-fetch-site": "cross-site"},
    "both do not agree": {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    "the address bar": {"sec-fetch-site": "none"},
    "says nothing": {},
    "an origin of no form": {"origin": "evil"},
    "an origin that cannot be read": {"origin": "http://["},
    "an origin with a bracket, and our page": {"origin": "http://[", "sec-fetch-site": "same-origin"},
    "our host in another scheme": {"origin": "ftp://{host}"},
    "our host and more": {"origin": "http://{host}.evil.example"},
    "our host as a name": {"origin": "http://{host}@evil.example"},
}
UNSAFE = [
    ("POST", "/session"),
    ("DELETE", "/session"),
    ("DELETE", "/sessions"),
    ("POST", "/dayline/v1/activities"),
    ("PATCH", "/dayline/v1/users/me"),
    ("PUT", "/dayline/v1/users/me/password"),
    ("DELETE", "/dayline/v1/tokens/1"),
    ("POST", "/api/v2/activities"),
    ("PATCH", "/api/v2/activities/1"),
    ("POST", "/v1/activity"),
    ("POST", "/api/v2/activity"),
]


def ours(browser: Browser, **headers: str) -> dict[str, str]:
    """The headers of a request, with the cookie."""
    host = browser.url.removeprefix("http://")
    return {name: value.format(host=host) for name, value in headers.items()} | {"cookie": f"dayline={browser.cookie}"}


def send(browser: Browser, method: str, path: str, headers: dict[str, str]) -> httpx2.Response:
    body = {"email": "alice@example.com", "password": PASSWORD} if path == "/session" else {}
    if method in ("GET", "DELETE"):
        return httpx2.request(method, browser.url + path, headers=headers)
    return httpx2.request(method, browser.url + path, headers=headers, json=body)


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_even_with_the_token_it_is_refused(house: Town, alice: Browser, method: str, path: str, where: str) -> None:
    before = house.changed()
    assert alice.csrf is not None
    answer = send(alice, method, path, ours(alice, **ELSEWHERE[where]) | {"x-csrf-token": alice.csrf})
    assert answer.status_code == 403, answer.text
    assert "set-cookie" not in answer.headers
    assert house.changed() == before
    assert alice.send("GET", "/session").status_code == 200


@pytest.mark.parametrize("token", [None, "", "wrong", "0" * 64])
@pytest.mark.parametrize(("method", "path"), [row for row in UNSAFE if row != ("POST", "/session")])
def test_without_the_token_it_is_refused(
    house: Town, alice: Browser, method: str, path: str, token: str | None
) -> None:
    before = house.changed()
    given = {} if token is None else {"x-csrf-token": token}
    answer = send(alice, method, path, ours(alice, origin=alice.url) | given)
    # A vendor's surface does not even look at the cookie of a request without the header.
    vendors = not path.startswith(("/dayline", "/session"))
    assert answer.status_code == (401 if vendors and token is None else 403), answer.text
    assert house.changed() == before
    assert alice.send("GET", "/session").status_code == 200


def test_anothers_token_is_none(alice: Browser, bob: Browser) -> None:
    assert bob.csrf is not None
    headers = {"x-csrf-token": bob.csrf}
    assert alice.send("PATCH", "/dayline/v1/users/me", json={"name": "A"}, headers=headers).status_code == 403
    assert alice.send("DELETE", "/session", headers=headers).status_code == 403


@pytest.mark.parametrize("where", [{"origin": "{host}"}, {"sec-fetch-site": "same-origin"}])
def test_either_sign_of_our_own_page_is_enough(alice: Browser, where: dict[str, str]) -> None:
    assert alice.csrf is not None
    headers = {name: value.replace("{host}", alice.url) for name, value in where.items()}
    answer = send(alice, "POST", "/dayline/v1/activities", ours(alice, **headers) | {"x-csrf-token": alice.csrf})
    assert answer.status_code == 400, answer.text  # let in, and an empty activity is none


def read(browser: Browser, path: str, headers: dict[str, str]) -> int:
    return httpx2.get(browser.url + path, headers=headers).status_code


@pytest.mark.parametrize("path", ["/dayline/v1/activities", "/session"])
def test_reading_the_native_api_asks_for_no_token_but_for_our_own_page(alice: Browser, path: str) -> None:
    for headers in ({}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": alice.url}):
        assert read(alice, path, ours(alice, **headers)) == 200
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
    ):
        assert read(alice, path, ours(alice, **headers)) == 403


@pytest.mark.parametrize(
    "path", ["/api/v2/activities", "/v1/activities", "/v1/activity", "/pipedrive/api/v2/activities", "/ping"]
)
def test_reading_as_a_vendor_asks_for_the_token(alice: Browser, path: str) -> None:
    assert alice.csrf is not None
    token = {"x-csrf-token": alice.csrf}
    assert read(alice, path, ours(alice)) == 401
    assert read(alice, path, ours(alice, origin=alice.url)) == 401
    assert read(alice, path, ours(alice) | token) == 200
    assert read(alice, path, ours(alice) | {"x-csrf-token": "wrong"}) == 403
    assert read(alice, path, ours(alice, origin="https://evil.example") | token) == 403
    assert read(alice, path, {"x-csrf-token": alice.csrf}) == 401


def test_whoever_is_signed_in_calls_every_surface(alice: Browser) -> None:
    """One and the same activity, by way of each."""
    made = alice.send("POST", "/dayline/v1/activities", json={"type": "call", "subject": "By the page"})
    assert made.status_code == 201
    id_ = made.json()["id"]
    assert alice.send("GET", f"/api/v2/activities/{id_}").json()["data"]["subject"] == "By the page"
    assert alice.send("PATCH", f"/api/v2/activities/{id_}", json={"subject": "Explored"}).status_code == 200
    assert alice.send("GET", f"/v1/activities/{id_}").json()["data"]["subject"] == "Explored"
    assert alice.send("GET", "/v1/activity").status_code == 200


def test_what_is_tried_on_the_page_is_nobodys_program(house: Town, alice: Browser) -> None:
    """It is in neither of the lists of who calls what."""
    for path in ("/v1/activities", "/api/v2/activities", "/dayline/v1/activities"):
        assert alice.send("GET", path).status_code == 200
    house.wait(house.service.tidy())
    for path in ("/dayline/v1/calls", "/dayline/v1/v1-calls"):
        assert alice.send("GET", path).json() == {"data": []}


def test_a_session_has_its_users_rights_alone(house: Town, bob: Browser) -> None:
    with house.client(house.alice) as program:
        hidden = program.post(
            "/dayline/v1/activities", json={"type": "call", "subject": "Secret", "visibility": "private"}
        ).json()["id"]
    for path in (f"/dayline/v1/activities/{hidden}", f"/api/v2/activities/{hidden}"):
        assert bob.send("GET", path).status_code == 404
    assert bob.send("PATCH", "/dayline/v1/settings", json={"zone": "Asia/Tokyo"}).status_code == 403


@pytest.mark.parametrize("dialect", [one for one in DIALECTS if one is not NATIVE], ids=lambda one: one.name)
def test_no_dialect_takes_a_session_on_easier_terms(alice: Browser, dialect: Dialect) -> None:
    """Also one that is added."""
    assert alice.csrf is not None
    asked = [one for one in dialect.operations if one.scope and "{" not in one.path]
    assert asked
    for operation in asked:
        path, page = f"/{dialect.name}{operation.path}", ours(alice, origin=alice.url)
        assert send(alice, operation.method, path, page).status_code == 401
        assert send(alice, operation.method, path, page | {"x-csrf-token": "wrong"}).status_code == 403
        assert send(alice, operation.method, path, page | {"x-csrf-token": alice.csrf}).status_code != 401
