"""Signing in and out at the page: what a session is, whom it lets in, and when it has ended everywhere."""

from http.cookies import SimpleCookie

import httpx2
import pytest
from sqlalchemy import select

from dayline.domain.identity import UserChange
from dayline.domain.signing import LIFE_MS
from dayline.service.identity import NewUser
from dayline.store.tables import metadata
from tests.house import Town, living_town
from tests.web.browser import PASSWORD, Browser, browsing, give_password, signed_in

ALICE, BOB = "alice@example.com", "bob@example.com"


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


def test_a_password_opens_a_session(house: Town, browser: Browser) -> None:
    answer = browser.sign_in(" Alice@Example.com ")
    assert answer.status_code == 200
    told = answer.json()
    assert told["user"] == {"id": house.alice.user_id, "name": "Alice", "email": ALICE}
    assert (told["account"]["name"], told["role"], told["zone"]) == ("Acme", "admin", "UTC")
    assert browser.send("GET", "/session").json() == told
    assert browser.send("GET", "/dayline/v1/users/me").json()["email"] == ALICE


def test_the_cookie_is_for_this_site_and_no_script(browser: Browser) -> None:
    (cookie,) = SimpleCookie(browser.sign_in(ALICE).headers["set-cookie"]).values()
    assert (cookie.key, cookie["path"], cookie["httponly"], cookie["samesite"]) == ("dayline", "/", True, "lax")
    assert (cookie["domain"], int(cookie["max-age"])) == ("", LIFE_MS // 1000)
    assert browser.csrf is not None
    assert browser.csrf not in cookie.value
    assert cookie.value not in browser.send("GET", "/session").text


def test_over_tls_the_cookie_is_bound_to_the_host(tmp_path_factory: pytest.TempPathFactory) -> None:
    public = "https://dayline.example"
    with living_town(tmp_path_factory.mktemp("tls"), public_url=public) as town, browsing(town) as browser:
        give_password(town, town.alice)
        credentials = {"email": ALICE, "password": PASSWORD}
        answer = browser.client.post("/session", json=credentials, headers={"origin": public})
        (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
        assert (cookie.key, cookie["secure"], cookie["path"], cookie["domain"]) == ("__Host-dayline", True, "/", "")
        assert "strict-transport-security" in answer.headers
        # Another name is no session, however it came here.
        for name, status in (("__Host-dayline", 200), ("dayline", 401)):
            asked = browser.client.get("/session", headers={"cookie": f"{name}={cookie.value}"})
            assert asked.status_code == status
        other = browser.client.post("/session", json=credentials, headers={"origin": "http://dayline.example"})
        assert other.status_code == 403


def test_a_wrong_password_and_an_unknown_address_are_told_alike(browser: Browser) -> None:
    answers = [browser.sign_in(email, "wrong password") for email in ("bob@example.com", "nobody@example.com")]
    assert problem(answers[0]) == problem(answers[1]) == (401, "The email address or the password is wrong.")
    assert not browser.cookie


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b'{"email": "a@b", "password": "c", "more": 1}', 400),
        (b'{"email": 1, "password": "c"}', 400),
        (b'{"email": "a@b", "password": "' + b"x" * 20_000 + b'"}', 413),
    ],
)
def test_what_is_no_sign_in_is_refused(browser: Browser, body: bytes, status: int) -> None:
    answer = browser.send("POST", "/session", content=body, headers={"content-type": "application/json"})
    assert problem(answer)[0] == status


def test_only_json_is_a_sign_in(browser: Browser) -> None:
    form = {"email": ALICE, "password": PASSWORD}
    assert problem(browser.send("POST", "/session", data=form))[0] == 403
    text = browser.send(
        "POST", "/session", content=b'{"email": "", "password": ""}', headers={"content-type": "text/plain"}
    )
    assert problem(text)[0] == 403


def test_a_sign_in_begins_anew(house: Town, browser: Browser) -> None:
    """Whoever put his own session into somebody's browser beforehand has nothing of it."""
    with signed_in(house, house.bob) as attacker:
        planted = attacker.cookie
        browser.plant(planted)
        assert browser.sign_in(ALICE).status_code == 200
        assert browser.cookie != planted
        assert browser.client.get("/session").json()["user"]["email"] == ALICE
        assert attacker.send("GET", "/session").status_code == 401  # it was replaced


@pytest.mark.parametrize("planted", ["x", "ds_1_x", f"ds_1_{'0' * 64}", "dl_1_x", "ds_99999_x", "ds_x_y", ""])
def test_what_is_no_session_lets_nobody_in(browser: Browser, planted: str) -> None:
    browser.plant(planted)
    for path in ("/session", "/dayline/v1/users/me"):
        assert browser.send("GET", path).status_code == 401


def test_tokens_and_sessions_do_not_pass_for_each_other(house: Town, alice: Browser, browser: Browser) -> None:
    browser.plant(house.alice.credential)
    assert browser.send("GET", "/dayline/v1/users/me").status_code == 401
    for headers in ({"authorization": f"Bearer {alice.cookie}"}, {"x-api-token": alice.cookie}):
        assert httpx2.get(f"{house.url}/dayline/v1/users/me", headers=headers).status_code == 401


def test_a_token_goes_before_the_session(house: Town, alice: Browser) -> None:
    headers = {"authorization": f"Bearer {house.bob.credential}"}
    assert alice.send("GET", "/dayline/v1/users/me", headers=headers).json()["email"] == BOB
    assert alice.send("GET", "/dayline/v1/users/me", headers={"x-api-token": "wrong"}).status_code == 401


@pytest.mark.parametrize("headers", [{"host": "["}, {"origin": "http://["}, {"origin": "http://[v.a]"}])
def test_headers_of_no_form_are_no_fault_of_ours(alice: Browser, headers: dict[str, str]) -> None:
    for path in ("/session", "/dayline/v1/users/me", "/"):
        answer = alice.client.get(path, headers=headers)
        assert answer.status_code in (200, 400, 403), answer.text


def test_signing_out_ends_this_session(house: Town, alice: Browser) -> None:
    with signed_in(house, house.alice) as other:
        cookie = alice.cookie
        answer = alice.send("DELETE", "/session")
        assert answer.status_code == 204
        assert not alice.cookie
        alice.plant(cookie)
        assert alice.send("GET", "/session").status_code == 401
        assert alice.send("GET", "/dayline/v1/users/me").status_code == 401
        assert other.send("GET", "/session").status_code == 200


def test_signing_out_everywhere_ends_all_of_his(house: Town, alice: Browser, bob: Browser) -> None:
    link = house.wait(house.service.signing.make_link(house.alice.account_id, house.alice.user_id))
    with signed_in(house, house.alice) as other:
        assert other.send("DELETE", "/sessions").status_code == 204
        assert alice.send("GET", "/dayline/v1/users/me").status_code == 401
        assert other.follow(link).status_code == 410  # nor does a link of his open one
    assert bob.send("GET", "/session").status_code == 200


def test_whoever_is_made_inactive_is_out_and_stays_out(house: Town) -> None:
    eve = house.move_in(house.alice.account_id, "Eve", "member")
    change = house.service.people.change
    with signed_in(house, eve) as hers:
        for active in (False, True):
            house.wait(change(house.alice.principal, eve.user_id, UserChange(active=active), lambda user: user))
            assert hers.send("GET", "/session").status_code == 401


def test_one_address_in_several_accounts(house: Town, browser: Browser) -> None:
    other = house.charlie.account_id
    new = NewUser(name="Bob of Other", email="BOB@example.com")
    twin = house.wait(house.service.identities.add_user(other, new))
    house.wait(house.service.passwords.set(other, twin, "another password"))
    # The one that the password fits.
    assert browser.sign_in(BOB).json()["account"]["name"] == "Acme"
    assert browser.sign_in(BOB, "another password").json()["account"]["name"] == "Other"
    house.wait(house.service.passwords.set(other, twin, PASSWORD))
    asked = browser.sign_in(BOB)
    assert problem(asked)[0] == 409
    assert [account["name"] for account in asked.json()["accounts"]] == ["Acme", "Other"]
    chosen = browser.sign_in(BOB, account_id=other)
    assert chosen.json()["user"]["name"] == "Bob of Other"
    assert browser.sign_in(BOB, account_id=99).status_code == 401


def test_nothing_that_is_stored_lets_anybody_in(house: Town, alice: Browser) -> None:
    """Of a session, a link and a password a copy of the database has what cannot be used."""
    link = house.wait(house.service.signing.make_link(house.alice.account_id, house.alice.user_id))
    secrets = (alice.cookie, alice.cookie.rpartition("_")[2], link.rpartition("_")[2], PASSWORD, str(alice.csrf))
    for table in metadata.tables.values():
        dump = str(house.rows(select(table)))
        assert not any(secret in dump for secret in secrets), table.name
