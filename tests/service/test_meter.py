"""Calls of what is going away: counted at once, written down together, and added up over processes."""

import pytest

from dayline.domain.errors import Unavailable
from dayline.domain.metered import Metered
from dayline.service import Service
from dayline.service.meter import AGENTS, LENGTH, OTHERS
from tests.cast import Cast, ManualClock

LIST, GET = "GET /v1/activities", "GET /v1/activities/{id}"


async def calls(service: Service, account_id: int = 1) -> list[tuple[int, str, str, int]]:
    return [(one.token_id, one.agent, one.called, one.calls) for one in await service.meter.calls(account_id)]


async def test_calls_are_told_apart_by_token_agent_and_operation(service: Service, cast: Cast) -> None:
    for person in (cast.alice, cast.bob, cast.charlie):
        service.meter.note(person.principal, LIST, "n8n")
    for called, agent in ((LIST, "n8n"), (GET, "n8n"), (LIST, "zapier"), (LIST, "")):
        service.meter.note(cast.alice.principal, called, agent)
    assert await calls(service) == []
    await service.tidy()
    alice, bob = cast.alice.principal.token_id, cast.bob.principal.token_id
    assert await calls(service) == [
        (alice, "", LIST, 1),
        (alice, "n8n", LIST, 2),
        (alice, "n8n", GET, 1),
        (alice, "zapier", LIST, 1),
        (bob, "n8n", LIST, 1),
    ]
    assert await calls(service, cast.charlie.account_id) == [(cast.charlie.principal.token_id, "n8n", LIST, 1)]


async def test_they_are_added_up(service: Service, cast: Cast, clock: ManualClock) -> None:
    begun = clock.now
    other = Service(service.store)  # as another process would
    for meter in (service.meter, other.meter, service.meter):
        clock.move(1_000)
        meter.note(cast.alice.principal, LIST, "n8n")
        meter.note(cast.alice.principal, LIST, "n8n")
        await meter.write()
        await meter.write()
    (found,) = await service.meter.calls(1)
    token = cast.alice.principal.token_id
    assert found == Metered(
        token_id=token, agent="n8n", called=LIST, calls=6, first_at=begun + 1_000, last_at=begun + 3_000
    )


async def test_what_cannot_be_written_is_kept_for_the_next_time(
    service: Service, cast: Cast, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = clock.now
    service.meter.note(cast.alice.principal, LIST, "n8n")
    service.meter.note(cast.bob.principal, LIST, "n8n")
    with monkeypatch.context() as patched:

        async def away(counted: object) -> None:
            service.meter.note(cast.alice.principal, LIST, "n8n")  # meanwhile
            raise Unavailable("away")

        patched.setattr(service.store, "add_calls", away)
        clock.move(1_000)
        with pytest.raises(Unavailable):
            await service.meter.write()
    await service.meter.write()
    found = await service.meter.calls(1)
    assert [(one.calls, one.first_at - begun, one.last_at - begun) for one in found] == [(2, 0, 1_000), (1, 0, 0)]


async def test_a_caller_cannot_fill_the_table(service: Service, cast: Cast) -> None:
    for number in range(AGENTS + 30):
        service.meter.note(cast.alice.principal, LIST, f"agent {number}")
    service.meter.note(cast.bob.principal, LIST, "x" * 10_000)
    await service.meter.write()
    service.meter.note(cast.alice.principal, LIST, "one more")
    service.meter.note(cast.alice.principal, LIST, "agent 7")
    await service.meter.write()
    alices = {row[1]: row[3] for row in await calls(service) if row[0] == cast.alice.principal.token_id}
    assert len(alices) == AGENTS + 1
    assert (alices[OTHERS], alices["agent 7"]) == (31, 2)
    assert (await calls(service))[-1][1] == "x" * LENGTH
