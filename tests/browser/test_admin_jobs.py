"""Jobs on the page: counted, and what was given up is seen with its error and tried again."""

import msgspec
from playwright.sync_api import expect

from dayline.domain.job import Job, State
from dayline.domain.record import new_uuid
from dayline.service.webhooks import Send
from tests.browser.arranging import V1, Maker
from tests.browser.conftest import Open, check_accessible
from tests.browser.people import Office

JOBS = "/app/admin/jobs"
FAR_AHEAD = 4_000_000_000_000  # ms UTC


def put(office: Office, webhook_id: int, *, state: State = "dead", error: str = "", many: int = 1) -> None:
    """Have something in the lane of a webhook."""
    now = office.town.service.store.clock()
    payload = msgspec.json.encode(Send(webhook_id, test="t")).decode()
    jobs = [
        Job(
            id=new_uuid(now),
            lane=f"webhook:{webhook_id}",
            kind="deliver",
            dedupe=f"{webhook_id}:{state}:{number}",
            due_at=now if state == "dead" else FAR_AHEAD,
            state=state,
            tries=8 if state == "dead" else 1,
            last_error=error,
            payload=payload,
            created_at=now,
        )
        for number in range(many)
    ]
    office.town.wait(office.town.service.store.jobs.put(office.liisa.account_id, jobs))


def paused(maker: Maker, name: str) -> int:
    """A webhook to which nothing is sent."""
    body = {"url": "https://example.com/hook", "name": name, "active": False}
    return int(maker.client.post(f"{V1}/webhooks", json=body).json()["id"])


def test_what_was_given_up_is_tried_again(open_page: Open, office: Office, liisas: Maker) -> None:
    one, other = paused(liisas, "A board"), paused(liisas, "Another board")
    put(office, one, error="The receiver answered 500.", many=3)
    put(office, other, error="No answer in time.")
    page = open_page(JOBS)
    counted = page.get_by_role("table").first.get_by_role("row").filter(has_text="A board")
    expect(counted).to_contain_text("Delivery")
    expect(counted.get_by_role("cell").nth(1)).to_have_text("3")
    given_up = page.get_by_role("table").nth(1).locator("tbody tr")
    expect(given_up.filter(has_text="The receiver answered 500.")).to_have_count(3)
    check_accessible(page)
    page.get_by_label("For", exact=True).select_option(label="Another board")
    expect(given_up).to_have_count(1)
    expect(given_up).to_contain_text("No answer in time.")
    page.get_by_role("button", name="Try again: Delivery for Another board").click()
    expect(page.get_by_text("Nothing was given up")).to_be_visible()
    page.get_by_label("For", exact=True).select_option(label="A board")
    page.get_by_role("button", name="Try all of these again").click()
    expect(page.get_by_text("3 jobs tried again.")).to_be_visible()
    expect(page.get_by_text("Nothing was given up")).to_be_visible()
    expect(counted.get_by_role("cell").nth(1)).to_have_text("0")
    page.get_by_role("link", name="A board", exact=True).first.click()
    expect(page.get_by_role("heading", name="A board (paused)")).to_be_visible()
    for id_ in (one, other):
        liisas.client.delete(f"{V1}/webhooks/{id_}")


def test_what_waits_says_when_it_is_due(open_page: Open, office: Office, liisas: Maker) -> None:
    id_ = paused(liisas, "Slow board")
    put(office, id_, state="waiting", error="The receiver answered 503.")
    page = open_page(JOBS, viewport={"width": 360, "height": 720}, color_scheme="dark")
    page.get_by_role("button", name="Waiting", exact=True).click()
    page.get_by_label("For", exact=True).select_option(label="Slow board")
    row = page.get_by_role("table").last.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("due 2 Oct 2096")
    expect(row.get_by_role("button")).to_have_count(0)
    check_accessible(page)
    assert page.evaluate("document.querySelector('.content').scrollWidth <= innerWidth")
    page.get_by_role("button", name="Under way").click()
    expect(page.get_by_text("Nothing is under way")).to_be_visible()
    liisas.client.delete(f"{V1}/webhooks/{id_}")
