"""Integrated accounts on the page: how each stands, what to do where the credential is refused, what was called."""

from playwright.sync_api import expect

from dayline.domain.integrated import IntegratedAccount, NewIntegrated
from tests.browser.conftest import Open, check_accessible
from tests.browser.people import Office

INTEGRATED = "/app/admin/integrated"
PHONE = {"width": 360, "height": 720}


def connect(office: Office, tenant: str, label: str | None) -> IntegratedAccount:
    new = NewIntegrated(integration="lever", tenant_id=tenant, label=label, secrets={"api_key": "s3cr3t"})
    return office.town.wait(office.town.service.integrated.create(office.liisa.principal, new, lambda made: made))


def note(office: Office, account: IntegratedAccount, status: int | None, message: str = "") -> None:
    """Log a call there, as the way out does."""

    async def call() -> None:
        log = office.town.service.remote_log
        log.add(
            office.liisa.account_id,
            integrated_account_id=account.id,
            integration=account.integration,
            operation="activities.list",
            method="GET",
            path="/opportunities/{id}/notes",
            status=status,
            ms=12,
            message=message,
        )
        await log.write()

    office.town.wait(call())


def test_how_each_stands_and_what_was_called(open_page: Open, office: Office) -> None:
    page = open_page(INTEGRATED)
    expect(page.get_by_text("Nothing is connected")).to_be_visible()
    expect(page.get_by_role("region", name="The command that connects")).to_contain_text("dayline connect lever")
    check_accessible(page)
    well, refused = connect(office, "acme-1", "Acme's hiring"), connect(office, "acme-2", None)
    note(office, well, 200)
    note(office, refused, 200)
    note(office, refused, 401, "Unauthorized")
    status = office.town.service.integrated.note_status
    office.town.wait(status(office.liisa.account_id, refused.id, "needs_reauth", "Unauthorized"))
    page.reload()
    row = page.get_by_role("row").filter(has_text="Acme's hiring")
    expect(row).to_contain_text("Lever")
    expect(row).to_contain_text("Works")
    expect(row).to_contain_text("200 in 12 ms")
    row = page.get_by_role("row").filter(has_text="acme-2")
    expect(row).to_contain_text("Needs a new credential")
    expect(row).to_contain_text("Unauthorized")
    check_accessible(page)
    row.get_by_role("link", name="acme-2").click()
    command = page.get_by_role("region", name="The command that gives a new credential")
    expect(command).to_have_text(f"dayline connect lever --again {refused.id}")
    calls = page.get_by_role("table").locator("tbody tr")
    expect(calls).to_have_count(2)
    page.get_by_role("button", name="Failed").click()
    expect(calls).to_have_count(1)
    expect(calls).to_contain_text("401 in 12 ms")
    check_accessible(page)
    phone = open_page(f"{INTEGRATED}?account={refused.id}", viewport=PHONE, color_scheme="dark")
    expect(phone.get_by_role("region", name="The command that gives a new credential")).to_be_visible()
    expect(phone.get_by_role("table")).to_be_visible()
    check_accessible(phone)
    assert phone.evaluate("document.querySelector('.content').scrollWidth <= innerWidth")
    page.get_by_role("link", name="All integrated accounts").click()
    page.get_by_role("link", name="Acme's hiring").click()
    expect(page.get_by_role("heading", name="Acme's hiring")).to_be_visible()
    expect(page.get_by_text("refuses the credential")).to_have_count(0)
