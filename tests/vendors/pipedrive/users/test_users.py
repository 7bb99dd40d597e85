"""Pipedrive's users over HTTP: who they are, who is a global admin, how they are found."""

import re
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from dayline.domain.identity import UserChange
from dayline.vendors.pipedrive.users.mapping import show
from tests.house import Town

ROOT = "/v1/users"
KEYS = [
    "id", "name", "default_currency", "locale", "lang", "email", "phone", "activated", "last_login", "created",
    "modified", "has_created_company", "access", "active_flag", "timezone_name", "timezone_offset", "role_id",
    "icon_url", "is_you", "is_deleted",
]  # fmt: skip
OWN = ["company_id", "company_name", "company_domain", "company_country", "company_industry", "language"]
SUMMER, WINTER = 1_782_864_000_000, 1_798_761_600_000  # 2026-07-01 and 2027-01-01, in ms UTC


def is_global_admin(user: Any) -> bool:
    return any(access["app"] == "global" and access["admin"] for access in user["access"])


@pytest.mark.parametrize("root", [ROOT, f"/api{ROOT}"])
def test_all_users_of_the_account_and_no_others(town: Town, alice: httpx2.Client, root: str) -> None:
    answer = alice.get(root).json()
    assert answer["success"] is True
    named = {user["name"]: user for user in answer["data"]}
    assert set(named) == {"Alice", "Bob"}
    assert all(list(user) == KEYS for user in named.values())
    assert [is_global_admin(named[name]) for name in ("Alice", "Bob")] == [True, False]
    assert [named[name]["is_you"] for name in ("Alice", "Bob")] == [True, False]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", named["Bob"]["created"])


def test_one_user(town: Town, alice: httpx2.Client) -> None:
    listed = {user["id"]: user for user in alice.get(ROOT).json()["data"]}
    for id_, user in listed.items():
        assert alice.get(f"{ROOT}/{id_}").json() == {"success": True, "data": user}


def test_the_caller(town: Town) -> None:
    with town.client(town.bob) as bob:
        me = bob.get(f"{ROOT}/me").json()["data"]
        assert list(me) == KEYS + OWN
        assert {key: me[key] for key in KEYS} == bob.get(f"{ROOT}/{me['id']}").json()["data"]
    assert (me["name"], me["is_you"], is_global_admin(me)) == ("Bob", True, False)
    assert (me["company_id"], me["company_name"], me["company_domain"]) == (town.bob.account_id, "Acme", "acme")
    assert me["language"] == {"language_code": "en", "country_code": "US"}


def test_the_settings_that_n8n_tests_a_token_with(town: Town, alice: httpx2.Client) -> None:
    answer = alice.get("/v1/userSettings")
    assert answer.status_code == 200
    assert (answer.json()["success"], answer.json()["data"]["list_limit"]) == (True, 100)
    with town.client("dl_1_wrong") as stranger:
        refused = stranger.get("/v1/userSettings")
    assert (refused.status_code, refused.json()["errorCode"]) == (401, 401)


def test_users_are_found_by_part_of_a_name_or_address(alice: httpx2.Client) -> None:
    def found(**query: str) -> list[str]:
        return [user["name"] for user in alice.get(f"{ROOT}/find", params=query).json()["data"] or []]

    assert found(term="LIC") == ["Alice"]
    assert found(term="@example") == []
    assert found(term="@example", search_by_email="1") == ["Alice", "Bob"]
    assert found(term="harlie") == []  # he is in another account
    assert alice.get(f"{ROOT}/find?term=zz").json() == {"success": True, "data": None}


@pytest.mark.parametrize("query", ["", "term=", "term=a&search_by_email=2", "term=a&limit=5"])
def test_what_is_no_search(alice: httpx2.Client, query: str) -> None:
    answer = alice.get(f"{ROOT}/find?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")


def test_who_is_not_there(town: Town, alice: httpx2.Client) -> None:
    answer = alice.get(f"{ROOT}/999999")
    assert answer.status_code == 404
    assert answer.json()["error"] == "User not found or not accessible."
    assert alice.get(f"{ROOT}/nobody").status_code == 400


def test_an_inactive_user_is_still_shown(town: Town, alice: httpx2.Client) -> None:
    nora = town.move_in(town.alice.account_id, "Nora", "member")
    town.wait(
        town.service.people.change(
            town.alice.principal, nora.user_id, UserChange(active=False, zone="Europe/Tallinn"), lambda user: user
        )
    )
    user = alice.get(f"{ROOT}/{nora.user_id}").json()["data"]
    assert (user["active_flag"], user["activated"], user["timezone_name"]) == (False, False, "Europe/Tallinn")


def test_the_offset_of_a_zone_is_the_one_of_the_moment(town: Town) -> None:
    user = town.wait(town.service.people.get(town.alice.principal, town.alice.user_id))
    offsets = [
        show(replace(user, zone=zone), user.id, now).timezone_offset
        for zone in ("Europe/Tallinn", "America/St_Johns", "UTC")
        for now in (SUMMER, WINTER)
    ]
    assert offsets == ["+03:00", "+02:00", "-02:30", "-03:30", "+00:00", "+00:00"]
