"""Passwords: who may set whose, and which sessions that ends."""

import pytest

from tests.house import Town
from tests.web.browser import PASSWORD, Browser, browsing, give_password, signed_in

MINE = "/dayline/v1/users/me/password"
NEW = "four words in a row"


def of(id_: int) -> str:
    return f"/dayline/v1/users/{id_}/password"


def test_a_change_of_ones_own_ends_the_other_sessions(house: Town) -> None:
    dora = house.move_in(house.alice.account_id, "Dora", "member")
    give_password(house, dora)
    link = house.wait(house.service.signing.make_link(dora.account_id, dora.user_id))
    with signed_in(house, dora) as here, browsing(house) as there, browsing(house) as later:
        # The sign-in above used a link of its own; this one is still unused.
        assert there.sign_in("dora@example.com").status_code == 200
        assert here.send("PUT", MINE, json={"current": PASSWORD, "password": NEW}).status_code == 204
        assert here.send("GET", "/session").status_code == 200
        assert there.send("GET", "/session").status_code == 401
        assert later.follow(link).status_code == 410
        assert later.sign_in("dora@example.com").status_code == 401
        assert later.sign_in("dora@example.com", NEW).status_code == 200


def test_the_current_one_is_asked_for(house: Town) -> None:
    dan = house.move_in(house.alice.account_id, "Dan", "member")
    with signed_in(house, dan) as his:
        assert his.send("PUT", MINE, json={"current": None, "password": PASSWORD}).status_code == 204  # he had none
        for current in (None, "", "wrong"):
            answer = his.send("PUT", MINE, json={"current": current, "password": NEW})
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "current")
        for _ in range(2):
            his.send("PUT", MINE, json={"current": "wrong", "password": NEW})
        answer = his.send("PUT", MINE, json={"current": PASSWORD, "password": NEW})
        assert (answer.status_code, "retry-after" in answer.headers) == (429, True)


def test_strangers_who_guess_keep_nobody_from_changing_his_own(house: Town) -> None:
    dave = house.move_in(house.alice.account_id, "Dave", "member")
    give_password(house, dave)
    with signed_in(house, dave) as his, browsing(house) as stranger:
        for status in (401, 401, 401, 401, 401, 429):
            assert stranger.sign_in("dave@example.com", "a guess").status_code == status
        assert his.send("PUT", MINE, json={"current": PASSWORD, "password": NEW}).status_code == 204


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "ALICE@example.com", "x" * 1025])
def test_what_would_be_guessed_first_is_refused(alice: Browser, password: str) -> None:
    answer = alice.send("PUT", MINE, json={"current": PASSWORD, "password": password})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "password")


def test_an_admin_sets_anybodys_and_takes_it_away(house: Town, alice: Browser) -> None:
    eric = house.move_in(house.alice.account_id, "Eric", "member")
    with signed_in(house, eric) as his:
        assert alice.send("PUT", of(eric.user_id), json={"password": NEW}).status_code == 204
        assert his.send("GET", "/session").status_code == 401
        assert his.sign_in("eric@example.com", NEW).status_code == 200
        assert alice.send("PUT", of(eric.user_id), json={"password": None}).status_code == 204
        assert his.sign_in("eric@example.com", NEW).status_code == 401
    assert alice.send("GET", "/session").status_code == 200


def test_an_admin_too_is_asked_for_his_own(house: Town, alice: Browser) -> None:
    """Or whoever finds his browser could do without."""
    for password in (NEW, None):
        assert alice.send("PUT", of(house.alice.user_id), json={"password": password}).status_code == 403
    assert alice.send("PUT", MINE, json={"current": None, "password": NEW}).status_code == 400
    assert alice.sign_in("alice@example.com").status_code == 200


def test_a_member_sets_nobody_elses(house: Town, bob: Browser) -> None:
    for who in (house.alice, house.bob):
        assert bob.send("PUT", of(who.user_id), json={"password": NEW}).status_code == 403
        assert bob.send("PUT", f"/dayline/v1/users/{who.user_id}/link").status_code == 403


def test_nobody_of_another_account_is_there(house: Town, alice: Browser) -> None:
    theirs = house.wait(house.service.people.get(house.charlie.principal, house.charlie.user_id))
    for name in (theirs.uuid, theirs.slug, "999999"):
        assert alice.send("PUT", f"/dayline/v1/users/{name}/password", json={"password": NEW}).status_code == 404
        assert alice.send("PUT", f"/dayline/v1/users/{name}/link").status_code == 404


def test_no_token_sets_a_password_or_makes_a_link(house: Town) -> None:
    """It could make what outlives it."""
    with house.client(house.alice) as program:
        answers = (
            program.put(MINE, json={"current": PASSWORD, "password": NEW}),
            program.put(of(house.bob.user_id), json={"password": NEW}),
            program.put(f"/dayline/v1/users/{house.bob.user_id}/link"),
        )
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_an_admin_lets_somebody_in_by_a_link(house: Town, alice: Browser, browser: Browser) -> None:
    fay = house.move_in(house.alice.account_id, "Fay", "member")
    made = alice.send("PUT", f"/dayline/v1/users/{fay.user_id}/link")
    assert made.status_code == 200
    assert made.json()["url"].startswith(f"{house.url}/sign-in/")
    assert browser.follow(made.json()["url"].rpartition("/")[2]).status_code == 303
    assert browser.send("GET", "/session").json()["user"]["name"] == "Fay"


def test_no_session_makes_a_link_that_outlives_it(house: Town, alice: Browser) -> None:
    himself = house.wait(house.service.people.get(house.alice.principal, house.alice.user_id))
    for name in (himself.id, himself.uuid, himself.slug):
        assert alice.send("PUT", f"/dayline/v1/users/{name}/link").status_code == 403


def test_nobody_has_no_sessions(house: Town, alice: Browser, bob: Browser) -> None:
    assert alice.send("GET", "/dayline/v1/sessions?user_id=999999").json()["data"] == []
    assert bob.send("GET", "/dayline/v1/sessions?user_id=999999").status_code == 403


def test_sessions_are_listed_and_ended(house: Town, alice: Browser, bob: Browser) -> None:
    listed = bob.send("GET", "/dayline/v1/sessions").json()["data"]
    (own,) = (one for one in listed if one["current"])
    assert own["user_id"] == house.bob.user_id
    assert bob.send("GET", f"/dayline/v1/sessions?user_id={house.alice.user_id}").status_code == 403
    (hers,) = (one for one in alice.send("GET", "/dayline/v1/sessions").json()["data"] if one["current"])
    assert bob.send("DELETE", f"/dayline/v1/sessions/{hers['id']}").status_code == 404
    assert alice.send("GET", f"/dayline/v1/sessions?user_id={house.bob.user_id}").json()["data"] == [
        one | {"current": False} for one in listed
    ]
    with signed_in(house, house.charlie) as stranger:
        assert stranger.send("DELETE", f"/dayline/v1/sessions/{own['id']}").status_code == 404
        # In his account that number is somebody else's, or nobody's.
        assert own["id"] not in stranger.send("GET", f"/dayline/v1/sessions?user_id={house.bob.user_id}").text
    assert alice.send("DELETE", f"/dayline/v1/sessions/{own['id']}").status_code == 204
    assert bob.send("GET", "/session").status_code == 401
    assert alice.send("DELETE", f"/dayline/v1/sessions/{own['id']}").status_code == 404


def test_who_is_signed_in_makes_tokens(house: Town, bob: Browser) -> None:
    made = bob.send("POST", "/dayline/v1/tokens", json={"name": "script", "scopes": ["activities:read"]})
    assert made.status_code == 201
    with house.client(made.json()["credential"]) as program:
        assert program.get("/dayline/v1/activities").status_code == 200
        assert program.get("/dayline/v1/users/me").status_code == 403
    assert bob.send("POST", "/dayline/v1/tokens", json={"user_id": house.alice.user_id}).status_code == 403
