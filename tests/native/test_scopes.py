"""An admin with a token that lacks the scope is as good as nobody: the role alone opens nothing."""

from typing import Final

import httpx2
import pytest

from dayline.domain.identity import ALL_SCOPES
from dayline.kit.dialect import Operation
from dayline.native.account.routes import OPERATIONS as ACCOUNT
from dayline.native.people.routes import OPERATIONS as PEOPLE
from tests.cast import Person
from tests.house import Town
from tests.native.problems import assert_problem

BODIES: Final = {
    "createUser": {"name": "Mo", "email": "mo@example.com"},
    "changeMe": {"name": "Mo"},
    "changeUser": {"name": "Mo"},
    "createToken": {"name": "more"},
    "createActivityType": {"label": "Video call"},
    "changeActivityType": {"label": "Ring"},
    "changeSettings": {"zone": "Asia/Tokyo"},
}
OPERATIONS: Final = [operation for operation in PEOPLE + ACCOUNT if operation.scope]


def ask(client: httpx2.Client, operation: Operation) -> httpx2.Response:
    """Ask for something that is there in a new account: its first user and token, or the first type."""
    path = operation.path.replace("{id}", "6" if "types" in operation.path else "1")
    return client.request(operation.method, f"/dayline{path}", json=BODIES.get(operation.name))


def test_every_write_is_tried() -> None:
    assert {operation.name for operation in OPERATIONS if operation.body is not None} == set(BODIES)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_without_its_scope_no_operation_answers(town: Town, newcomer: Person, operation: Operation) -> None:
    lesser = town.credential(newcomer, scopes=ALL_SCOPES - {operation.scope})
    before = town.changed()
    with town.client(lesser) as client:
        answer = ask(client, operation)
    assert_problem(answer, 403)
    assert town.changed() == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_with_its_scope_alone_it_answers(town: Town, newcomer: Person, operation: Operation) -> None:
    """The check above can fail: what it asks for is there."""
    enough = town.credential(newcomer, scopes=frozenset((operation.scope,)))  # type: ignore[arg-type]
    with town.client(enough) as client:
        answer = ask(client, operation)
    assert answer.status_code == 409 if operation.name == "removeActivityType" else answer.is_success
