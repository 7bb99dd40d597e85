"""A note in another system is in the audit once, with who had it written; what was not written is not."""

import json

import pytest

from dayline.domain.audit import AuditFilter, Trace
from dayline.domain.origin import Origin, enter
from dayline.remote.calls import Remote
from dayline.remote.errors import RemoteError
from dayline.service import Service
from tests.cast import Person
from tests.remote.house import Far, write


async def told(service: Service, who: Person) -> list[Trace]:
    page = await service.audit.list(who.principal, AuditFilter(entity="remote_note"), 100, None)
    return list(page.items)


async def test_a_note_is_told_with_who_and_from_where(
    service: Service, out: Remote, alice: Person, bob: Person, far: Far
) -> None:
    enter(Origin("truto", "203.0.113.7", "r-1"))
    outcome = await write(out, bob, far, far.note(), "k")
    assert (await write(out, bob, far, far.note(), "k")).replayed is True
    (trace,) = await told(service, alice)
    assert (trace.action, trace.entity_id, trace.user_id) == ("created", far.account.number, bob.user_id)
    assert trace.token_id == bob.principal.token_id
    assert Origin(trace.surface, trace.address, trace.request_id) == Origin("truto", "203.0.113.7", "r-1")
    assert json.loads(trace.after or "") == {
        "how": f"to {far.sandbox.vendor}",
        "integrated_account": far.id,
        "note": outcome.activity.id,
    }
    await write(out, alice, far, far.note("Without a key"))
    assert [trace.user_id for trace in await told(service, alice)] == [alice.user_id, bob.user_id]
    for trace in await told(service, alice):
        assert "Called" not in (trace.after or "")


async def test_a_note_whose_answer_was_lost_is_told_once_it_is_found(
    service: Service, out: Remote, alice: Person, far: Far
) -> None:
    far.sandbox.fail("torn_after_write")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note(), "k")
    assert await told(service, alice) == []  # nobody knows
    found = await write(out, alice, far, far.note(), "k")
    (trace,) = await told(service, alice)
    assert json.loads(trace.after or "")["note"] == found.activity.id


async def test_what_was_refused_is_not_told(service: Service, out: Remote, alice: Person, far: Far) -> None:
    far.sandbox.fail("403")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note(), "k")
    assert await told(service, alice) == []
