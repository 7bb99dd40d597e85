"""Tokens for one integrated account: every surface refuses them but the one that is made for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dayline.app import DIALECTS
from dayline.domain.integrated import IntegratedAccount, NewIntegrated
from dayline.kit.dialect import PUBLIC, Dialect, Operation
from tests.house import Town, living_town

MADE_FOR_THEM = {"truto"}
OPERATIONS = [
    pytest.param(dialect, operation, id=f"{dialect.name}-{operation.name}")
    for dialect in DIALECTS
    if dialect.name not in MADE_FOR_THEM
    for operation in dialect.operations
    if operation.scope != PUBLIC
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with living_town(tmp_path_factory.mktemp("passes")) as running:
        yield running


@pytest.fixture(scope="module")
def connected(town: Town) -> IntegratedAccount:
    new = NewIntegrated(integration="lever", tenant_id="acme-1", secrets={"api_key": "s3cr3t"})
    return town.wait(town.service.integrated.create(town.alice.principal, new, lambda account: account))


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS)
def test_no_other_surface_lets_one_in(
    town: Town, connected: IntegratedAccount, dialect: Dialect, operation: Operation
) -> None:
    credential = town.wait(town.service.integrated.token(town.alice.principal, connected.id))
    before = town.changed()
    path = operation.path
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + "1" + rest.partition("}")[2]
    with town.client(credential) as client:
        answer = client.request(operation.method, f"/{dialect.name}{path}")
        # Not read: one of them is a stream without an end.
        with client.stream(operation.method, f"/{dialect.name}{path}", headers=_of_bob(town)) as known:
            pass
    assert answer.status_code == 403, answer.text
    assert known.status_code != 401  # the check above can fail
    if not known.is_success:
        assert town.changed() == before


def _of_bob(town: Town) -> dict[str, str]:
    credential = town.bob.credential
    return {"x-api-token": credential, "x-api-key": credential, "authorization": f"Bearer {credential}"}


def test_the_files_of_attachments_are_given_out_by_their_own_links(town: Town, connected: IntegratedAccount) -> None:
    """A pass in a header changes nothing there: whoever has the link has the file, and nobody has one without."""
    credential = town.wait(town.service.integrated.token(town.alice.principal, connected.id))
    with town.client(credential) as client:
        assert client.get("/files/1/nothing").status_code == 404


def test_it_is_worth_nothing_in_another_account(town: Town, tmp_path: Path, connected: IntegratedAccount) -> None:
    credential = town.wait(town.service.integrated.token(town.alice.principal, connected.id))
    number = f"_{town.alice.account_id}_"
    elsewhere = credential.replace(number, f"_{town.charlie.account_id}_", 1)
    assert elsewhere != credential
    with town.client(elsewhere) as client:
        for dialect in DIALECTS:
            operation = next((one for one in dialect.operations if one.scope != PUBLIC and "{" not in one.path), None)
            if operation is not None:
                answer = client.request(operation.method, f"/{dialect.name}{operation.path}")
                assert answer.status_code == 401, (dialect.name, answer.text)
