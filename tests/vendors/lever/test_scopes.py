"""What is told where Lever forbids and does not say what."""

import pytest

from dayline.remote.errors import RemoteError
from dayline.service import Service
from tests.cast import Person
from tests.remote.house import Filters, remote, sandboxes, write


async def test_a_403_names_the_scope_that_the_call_needs(service: Service, alice: Person) -> None:
    async with sandboxes(service, alice, "lever") as found, remote(service) as out:
        lever = found["lever"]
        lever.sandbox.fail("403", times=2)
        with pytest.raises(RemoteError) as writing:
            await write(out, alice, lever, lever.note())
        with pytest.raises(RemoteError) as reading:
            await out.list(alice.principal, lever.id, Filters(candidate_id=lever.candidate))
        told = [error.value.refusal and error.value.refusal.missing_scopes for error in (writing, reading)]
        assert told == [("notes:write:admin",), ("notes:read:admin",)]
        account = await service.integrated.get(alice.principal, lever.id)
        assert account.status == "active"
