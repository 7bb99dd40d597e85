"""Administration: people are let in, tokens are shown once, types and settings change; members see their own parts."""

import httpx2
from playwright.sync_api import expect

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open
from tests.browser.people import Office

NEW_PASSWORD = "a much longer battery"


def test_a_token_is_shown_once_works_and_is_revoked(open_page: Open, office: Office) -> None:
    page = open_page("/app/admin/tokens")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("What is it for?").fill("A script")
    page.get_by_label("Write activities").uncheck()
    page.get_by_role("button", name="Make the token").click()
    credential = page.get_by_role("region", name="The token").inner_text()
    with office.town.client(credential) as script:
        assert script.get(f"{V1}/activities").status_code == 200
        assert script.post(f"{V1}/activities", json={"type": "call"}).status_code == 403
    page.get_by_role("button", name="I have copied it").click()
    page.reload()
    row = page.get_by_role("row").filter(has_text="A script")
    expect(row).to_be_visible()
    assert credential not in page.content()
    assert credential not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    row.get_by_role("button", name="Revoke").click()
    row.get_by_role("button", name="Revoke for good").click()
    expect(row).to_have_count(0)
    with office.town.client(credential) as script:
        assert script.get(f"{V1}/activities").status_code == 401


def test_a_colleague_is_added_comes_in_by_link_and_chooses_a_password(open_page: Open, office: Office) -> None:
    page = open_page("/app/admin/users")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Name").fill("Nora Pihl")
    page.get_by_label("Email").fill("nora@dayline.example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    link = page.get_by_role("region", name="The sign-in link").inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row").filter(has_text="Nora Pihl")).to_contain_text("Member")

    hers = open_page(link, who=None)
    hers.goto("/app/admin/you")
    hers.get_by_label("New password").fill("short")
    hers.get_by_label("New password").fill(NEW_PASSWORD)
    hers.get_by_role("button", name="Change the password").click()
    expect(hers.get_by_text("Your password is changed.")).to_be_visible()
    hers.get_by_label("Current password").fill("not this one")
    hers.get_by_label("New password").fill(NEW_PASSWORD + "!")
    hers.get_by_role("button", name="Change the password").click()
    expect(hers.get_by_text("This is not your password.").first).to_be_visible()

    elsewhere = open_page("/app/admin/you", who=None)
    elsewhere.get_by_label("Email").fill("nora@dayline.example.com")
    elsewhere.get_by_label("Password").fill(NEW_PASSWORD)
    elsewhere.get_by_role("button", name="Sign in").click()
    expect(elsewhere.get_by_role("list", name="Where you are signed in").get_by_role("listitem")).to_have_count(2)
    elsewhere.get_by_role("button", name="Sign out everywhere").click()
    elsewhere.get_by_role("button", name="Sign out everywhere").click()
    expect(elsewhere.get_by_role("button", name="Sign in")).to_be_visible()
    hers.reload()
    expect(hers.get_by_role("button", name="Sign in")).to_be_visible()

    page.get_by_role("button", name="Change Nora Pihl").click()
    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="Nora Pihl")).to_contain_text("inactive")


def test_a_type_is_added_and_used(open_page: Open, liisas: Maker) -> None:
    page = open_page("/app/admin/types")
    page.get_by_role("button", name="Add a type").click()
    page.get_by_label("Label").fill("Site walk")
    page.get_by_label("Colour").fill("#aa3366")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Site walk")).to_contain_text("site_walk")
    made = liisas.activity(type="site_walk")
    page.goto(f"/app/activities/{made['id']}")
    expect(page.get_by_role("combobox", name="Type")).to_have_value("site_walk")


def test_settings_are_saved(open_page: Open, liisas: Maker) -> None:
    page = open_page("/app/admin/settings")
    page.get_by_label("Days until deleted things are gone").fill("45")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    assert liisas.client.get(f"{V1}/settings").json()["retention_days"] == 45


def test_calls_are_told_by_token_and_surface_and_old_ones_with_what_replaces_them(
    open_page: Open, office: Office, liisas: Maker
) -> None:
    with httpx2.Client(base_url=office.url, headers={"x-api-token": office.liisa.credential}) as client:
        for _ in range(3):
            assert client.get("/v1/activities", headers={"user-agent": "old-script/1.0"}).status_code == 200
    office.town.wait(office.town.service.tidy())
    page = open_page("/app/admin/calls")
    row = page.get_by_role("row").filter(has_text="Pipedrive").filter(has_text="Liisa Tamm")
    expect(row.first).to_be_visible()
    page.get_by_role("link", name="Pipedrive v1").click()
    client_ = page.get_by_role("article").filter(has_text="old-script/1.0")
    expect(client_).to_contain_text("GET /v1/activities")
    expect(client_).to_contain_text("is now GET /api/v2/activities")


def test_a_member_sees_his_own_parts_and_no_others(open_page: Open, office: Office) -> None:
    page = open_page("/app/admin", who=office.marek)
    expect(page.get_by_role("heading", name="Your settings")).to_be_visible()
    sections = page.get_by_role("navigation", name="Sections").get_by_role("link")
    expect(sections).to_have_text(["You", "Tokens", "Webhooks", "API calls", "Pipedrive v1"])
    page.goto("/app/admin/tokens")
    expect(page.get_by_role("columnheader", name="Allows")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Whose")).to_have_count(0)
    for section in ("users", "integrated", "jobs"):
        page.goto(f"/app/admin/{section}")
        expect(page.get_by_text("There is no such section")).to_be_visible()


def test_the_own_name_and_zone(open_page: Open, office: Office) -> None:
    page = open_page("/app/admin/you", who=office.marek)
    page.get_by_label("Time zone", exact=True).select_option("America/New_York")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("button", name="Time zone: America/New York")).to_be_visible()
    page.get_by_label("Time zone", exact=True).select_option("Europe/Tallinn")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Time zone: Europe/Tallinn")).to_be_visible()
