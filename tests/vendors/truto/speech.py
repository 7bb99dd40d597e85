"""How the tests speak Truto's API; knows nothing of what is right."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from msgspec.structs import replace

from dayline.app import CONNECTORS
from dayline.domain.integrated import NewIntegrated, divided
from dayline.remote.connector import open_names, secret_names
from dayline.remote.sandbox import Sandbox
from dayline.service.identity import NOBODY
from dayline.vendors.truto.schema import OWN_ID
from tests.cast import Person
from tests.house import Town

ROOT = "/unified/ats/activities"
ACCOUNTS = "/integrated-account"
OWN = {"integrated_account_id": OWN_ID}
NOBODYS = "0b7c2f0e-6f4b-4b4a-9a55-000000000000"


def connect(town: Town, who: Person, sandbox: Sandbox, url: str, tenant: str = "acme") -> str:
    """Connect a sandbox as an operator does, who alone may say where it is; give the id."""
    connector = CONNECTORS[sandbox.vendor]
    shown, secrets = divided(dict(sandbox.context()), open_names(connector), secret_names(connector))
    new = NewIntegrated(integration=sandbox.vendor, tenant_id=tenant, context=shown, secrets=secrets)
    operator = replace(who.principal, user_id=NOBODY, token_id=NOBODY)
    made = town.service.integrated.create(operator, new, lambda account: account, base_url=url)
    return town.wait(made).id


class Customer:
    """A caller of one integrated account."""

    def __init__(self, client: httpx2.Client, id_: str) -> None:
        self.client, self.id = client, id_

    def create(self, body: Any, key: str | None = None, force: str | None = None, **query: Any) -> httpx2.Response:
        headers = {} if key is None else {"idempotency-key": key}
        headers |= {} if force is None else {"dayline-force": force}
        return self.client.post(ROOT, params={"integrated_account_id": self.id, **query}, json=body, headers=headers)

    def list(self, **query: Any) -> httpx2.Response:
        return self.client.get(ROOT, params={"integrated_account_id": self.id, **query})

    def get(self, id_: str, **query: Any) -> httpx2.Response:
        return self.client.get(f"{ROOT}/{id_}", params={"integrated_account_id": self.id, **query})

    def account(self) -> Any:
        return self.client.get(f"{ACCOUNTS}/{self.id}").json()


def pages(customer: Customer, **query: Any) -> Iterator[Any]:
    """Every page of a list."""
    cursor: dict[str, str] = {}
    while True:
        answer = customer.list(**query, **cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page
        if page["next_cursor"] is None:
            return
        cursor = {"next_cursor": page["next_cursor"]}


@contextmanager
def customer(town: Town, who: Person, id_: str) -> Iterator[Customer]:
    with town.client(who) as client:
        yield Customer(client, id_)


def check_error(status: int, body: Any) -> None:
    """Assert that this is Truto's own error for this status."""
    known = {"statusCode", "error", "message"}
    assert known <= set(body)
    assert set(body) <= known | {"details", "truto_is_remote_error", "raw_response", "truto_error_insight"}
    assert body["statusCode"] == status
    assert body["error"]
    for insight in body.get("truto_error_insight", {}).values():
        assert insight["description"]
