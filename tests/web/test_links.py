"""Links that sign in once: only for whoever follows them, only once, only for a while."""

import pytest

from dayline.domain.identity import UserChange
from tests.house import Town
from tests.web.browser import Browser, browsing, signed_in


def link_of(town: Town, life_ms: int = 60_000) -> str:
    return town.wait(town.service.signing.make_link(town.bob.account_id, town.bob.user_id, life_ms))


def test_a_link_signs_in_once(house: Town, browser: Browser) -> None:
    link = link_of(house)
    answer = browser.follow(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.client.get("/session").json()["user"]["name"] == "Bob"
    with browsing(house) as another:
        again = another.follow(link)
        assert again.status_code == 410
        assert "does not work any more" in again.text
        assert not another.cookie


def test_it_leaves_no_trace_elsewhere(house: Town, browser: Browser) -> None:
    answers = (browser.follow(link_of(house)), browser.follow("used"))
    for answer in answers:
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_it_ends_by_itself(house: Town, browser: Browser) -> None:
    assert browser.follow(link_of(house, -1)).status_code == 410


@pytest.mark.parametrize("headers", [{"sec-purpose": "prefetch"}, {"purpose": "prefetch"}])
def test_looking_where_it_leads_does_not_use_it(house: Town, browser: Browser, headers: dict[str, str]) -> None:
    link = link_of(house)
    for answer in (browser.client.head(f"/sign-in/{link}"), browser.client.get(f"/sign-in/{link}", headers=headers)):
        assert answer.status_code == 204
        assert not browser.cookie
    assert browser.follow(link).status_code == 303


@pytest.mark.parametrize(
    "link", ["x", "dk_1_x", f"dk_1_{'0' * 64}", "dl_1_x", "ds_1_x", "dk_99999_x", "%00", "dk_1_%F0%9F"]
)
def test_what_is_no_link_signs_nobody_in(browser: Browser, link: str) -> None:
    assert browser.follow(link).status_code == 410
    assert not browser.cookie


def test_whoever_is_not_active_has_none(house: Town, browser: Browser) -> None:
    gus = house.move_in(house.alice.account_id, "Gus", "member")
    link = house.wait(house.service.signing.make_link(gus.account_id, gus.user_id))
    change = house.service.people.change(
        house.alice.principal, gus.user_id, UserChange(active=False), lambda user: user
    )
    house.wait(change)
    assert browser.follow(link).status_code == 410


def test_it_replaces_who_was_signed_in(house: Town, alice: Browser) -> None:
    before = alice.cookie
    assert alice.follow(link_of(house)).status_code == 303
    assert alice.client.get("/session").json()["user"]["name"] == "Bob"
    with browsing(house) as another:
        another.plant(before)
        assert another.send("GET", "/session").status_code == 401


def test_a_cookie_of_another_account_stays_there(house: Town) -> None:
    with signed_in(house, house.charlie) as his:
        before = his.cookie
        assert his.follow(link_of(house)).status_code == 303
        assert his.cookie != before
