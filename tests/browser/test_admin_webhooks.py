"""Webhooks on the page, with a real receiver: made, tested, looked into, changed, told again; everybody has his own."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook as Verifier

from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open, check_accessible
from tests.browser.people import Office
from tests.events.receiver import Receiver, receiver

WEBHOOKS: Final = "/app/admin/webhooks"
FAILS: Final = b"HTTP/1.1 500 Oh no\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nhelp"
Json = dict[str, Any]


@pytest.fixture
def ear(office: Office) -> Iterator[Receiver]:
    listening = receiver()
    made = office.town.wait(listening.__aenter__())
    yield made
    office.town.wait(listening.__aexit__(None, None, None))


def make(maker: Maker, url: str, **fields: object) -> Json:
    answer = maker.client.post(f"{V1}/webhooks", json={"url": url} | fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def remove(maker: Maker, webhook: Json) -> None:
    assert maker.client.delete(f"{V1}/webhooks/{webhook['id']}").status_code == 204


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.05)


def opened(page: Page, webhook: Json) -> None:
    page.goto(f"{WEBHOOKS}?webhook={webhook['id']}")
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()


def test_one_is_made_tested_and_looked_into(open_page: Open, liisas: Maker, ear: Receiver) -> None:
    page = open_page(WEBHOOKS)
    page.get_by_role("button", name="Make a webhook").click()
    dialog = page.get_by_role("dialog", name="Make a webhook")
    url = dialog.get_by_label("URL")
    expect(url).to_be_focused()
    expect(dialog.get_by_label("activity.done")).to_be_checked()
    check_accessible(page)
    url.fill("https://10.0.0.7/hook")
    dialog.get_by_label("Name").fill("The shop's board")
    dialog.get_by_label("activity.deleted").uncheck()
    dialog.get_by_label("activity.restored").uncheck()
    dialog.get_by_role("button", name="Make the webhook").click()
    expect(dialog.locator(".field-error").first).to_contain_text("DAYLINE_OUTBOUND_ALLOW")
    url.fill(ear.url)
    dialog.get_by_role("button", name="Make the webhook").click()
    secret = page.get_by_role("region", name="The secret", exact=True).inner_text()
    assert secret.startswith("whsec_")
    check_accessible(page)
    page.get_by_role("button", name="I have copied it").click()
    row = page.get_by_role("row").filter(has_text="The shop's board")
    expect(row).to_contain_text("created, updated, done")
    expect(row).to_contain_text("Nothing sent yet")
    expect(row).to_contain_text("127.0.0.1")
    assert "/hook" not in row.inner_text()  # a path may be a credential
    assert secret not in page.content()

    row.get_by_role("link", name="The shop's board").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test arrived: 204 in")).to_be_visible()
    told = Verifier(secret).verify(ear.heard[0].body, ear.heard[0].headers)
    assert told["type"] == "test"
    check_accessible(page)
    event = page.get_by_role("button", name="test", exact=True)
    event.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="test")
    expect(dialog.get_by_role("region", name="Request: headers")).to_contain_text(f"webhook-id: {ear.ids[0]}")
    expect(dialog.get_by_role("region", name="Request: body")).to_contain_text('"type": "test"')
    dialog.get_by_role("tab", name="Answer").click()
    expect(dialog.get_by_role("tabpanel")).to_contain_text("Neither headers nor a body")
    check_accessible(page)
    dialog.get_by_role("button", name="Send it again").click()
    expect(dialog.get_by_text("Sent again. Arrived: 204 in")).to_be_visible()
    assert ear.ids == [ear.ids[0]] * 2
    page.keyboard.press("Escape")
    expect(event).to_have_count(2)
    expect(event.last).to_be_focused()

    page.get_by_role("button", name="Delete this webhook").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="Webhooks")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="The shop's board")).to_have_count(0)


def test_what_fails_is_seen_and_found(open_page: Open, liisas: Maker, ear: Receiver) -> None:
    ear.answers = [b"HTTP/1.1 204 No Content\r\n\r\n", FAILS, FAILS]
    webhook = make(liisas, ear.url, name="Fails")
    page = open_page()
    opened(page, webhook)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test arrived")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test did not arrive (500 in")).to_be_visible()
    expect(page.get_by_text("Failing since").first).to_be_visible()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Failed", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("The receiver answered 500.")
    check_accessible(page)
    rows.get_by_role("button").click()
    expect(page.get_by_role("region", name="Answer: body")).to_have_text("help")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Given up").click()
    expect(page.get_by_text("Nothing of the kind")).to_be_visible()
    page.get_by_role("link", name="All webhooks").click()
    row = page.get_by_role("row").filter(has_text="Fails")
    expect(row).to_contain_text("Failing since")
    expect(row).to_contain_text("1 waits")
    check_accessible(page)
    remove(liisas, webhook)


def test_it_is_changed_rests_and_goes_on(open_page: Open, liisas: Maker, ear: Receiver) -> None:
    deal = liisas.record(kind="deal", name="Rooftop extension")
    webhook = make(liisas, ear.url, name="Before")
    page = open_page()
    opened(page, webhook)
    page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Change the webhook")
    dialog.get_by_label("Name").fill("After")
    dialog.get_by_label("activity.created").uncheck()
    dialog.get_by_text("Only some activities").click()
    dialog.get_by_label("Of these owners").select_option(label="Liisa Tamm")
    dialog.get_by_role("combobox", name="On these records").fill("Rooftop ext")
    dialog.get_by_role("option", name="Rooftop extension").first.click()
    check_accessible(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="After")).to_be_visible()
    expect(page.get_by_role("link", name="Rooftop extension")).to_be_visible()
    now = liisas.client.get(f"{V1}/webhooks/{webhook['id']}").json()
    assert now["events"] == ["activity.updated", "activity.done", "activity.deleted", "activity.restored"]
    assert [(record["kind"], record["id"]) for record in now["records"]] == [("deal", deal["id"])]
    assert len(now["owners"]) == 1

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="(paused)")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_be_disabled()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_enabled()

    page.get_by_role("button", name="New secret").click()
    page.get_by_role("button", name="Make a new one").click()
    secret = page.get_by_role("region", name="The secret", exact=True).inner_text()
    expect(page.get_by_text("the signature by the former secret too")).to_be_visible()
    assert secret != webhook["secret"]
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_text("signs too until")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test arrived")).to_be_visible()
    for one in (secret, webhook["secret"]):
        assert Verifier(one).verify(ear.heard[-1].body, ear.heard[-1].headers)["type"] == "test"
    remove(liisas, webhook)


def test_it_is_told_again(open_page: Open, liisas: Maker, ear: Receiver) -> None:
    made = liisas.activity(subject="Told twice")
    webhook = make(liisas, ear.url, name="Replays", events=["activity.created"])
    page = open_page()
    opened(page, webhook)
    page.get_by_role("button", name="Tell again …").click()
    dialog = page.get_by_role("dialog", name="Tell again")
    expect(dialog.get_by_text("In Europe/Tallinn, UTC+")).to_be_visible()
    expect(dialog.get_by_text("Nothing waits in front of it.")).to_be_visible()
    expect(dialog.get_by_text(re.compile("It would be told of [1-9]"))).to_be_visible()
    check_accessible(page)
    dialog.get_by_label("Everything that is kept").check()
    expect(dialog.get_by_text(re.compile("It would be told of [1-9]"))).to_be_visible()
    dialog.get_by_role("button", name="Tell again").click()
    expect(dialog.get_by_text("are looked at again")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    until(lambda: any(heard.json["data"]["after"]["id"] == made["id"] for heard in ear.heard))
    expect(page.get_by_text("Nothing", exact=True)).to_be_visible()  # is still to be sent
    page.reload()
    expect(page.get_by_role("button", name=f"activity.created: activity {made['id']}", exact=True)).to_be_visible()
    remove(liisas, webhook)


def test_a_member_has_his_own(open_page: Open, office: Office, liisas: Maker, mareks: Maker, ear: Receiver) -> None:
    hers, his = make(liisas, ear.url, name="Of Liisa"), make(mareks, ear.url, name="Of Marek")
    page = open_page(WEBHOOKS, who=office.marek)
    expect(page.get_by_role("link", name="Of Marek")).to_be_visible()
    expect(page.get_by_role("link", name="Of Liisa")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Whose")).to_have_count(0)
    page.get_by_role("button", name="Make a webhook").click()
    expect(page.get_by_label("URL")).to_be_visible()
    expect(page.get_by_label("Whose is it?")).to_have_count(0)
    page.goto(f"{WEBHOOKS}?webhook={hers['id']}")
    expect(page.get_by_text("This could not be loaded")).to_be_visible()
    opened(page, his)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test arrived")).to_be_visible()
    for maker, webhook in ((liisas, hers), (mareks, his)):
        remove(maker, webhook)


def test_on_a_phone_in_the_dark_it_fits(open_page: Open, liisas: Maker, ear: Receiver) -> None:
    webhook = make(liisas, ear.url + "/" + "x" * 200, name="A board with quite a long name for a phone")
    page = open_page(WEBHOOKS, viewport={"width": 360, "height": 720}, color_scheme="dark")
    expect(page.get_by_role("link", name="A board")).to_be_visible()
    check_accessible(page)
    opened(page, webhook)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test arrived")).to_be_visible()
    check_accessible(page)
    assert page.evaluate("document.querySelector('.content').scrollWidth <= innerWidth")
    page.get_by_role("button", name="test", exact=True).click()
    expect(page.get_by_role("region", name="Request: body")).to_be_visible()
    check_accessible(page)
    assert page.evaluate("document.querySelector('dialog').scrollWidth <= innerWidth")
    remove(liisas, webhook)
