"""A note in another system is in the audit: that it was asked for, by whom and from where, and which one it is."""

import json
from collections.abc import Callable
from typing import TypeVar

import pytest

from dayline.domain.audit import AuditFilter, Changed, Trace, summary
from dayline.domain.errors import Unavailable
from dayline.domain.origin import Origin, enter
from dayline.remote.calls import Remote
from dayline.remote.errors import RemoteError
from dayline.service import Service
from dayline.store.group import Steps
from dayline.store.store import Store
from tests.cast import Person
from tests.remote.house import Far, write

T = TypeVar("T")


async def every(service: Service, who: Person) -> list[Trace]:
    page = await service.audit.list(who.principal, AuditFilter(entity="remote_note"), 100, None)
    return list(page.items)


async def told(service: Service, who: Person) -> list[Trace]:
    """Of notes that are known to be there."""
    return [trace for trace in await every(service, who) if "note" in json.loads(trace.after or "")]


async def asked(service: Service, who: Person) -> list[Trace]:
    """Of notes that somebody set about to have written."""
    return [trace for trace in await every(service, who) if "note" not in json.loads(trace.after or "")]


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
    (begun,) = await asked(service, alice)  # and not for who only had the answer again
    assert Origin(begun.surface, begun.address, begun.request_id) == Origin("truto", "203.0.113.7", "r-1")
    assert json.loads(begun.after or "") == {"how": f"to {far.sandbox.vendor}", "integrated_account": far.id}
    await write(out, alice, far, far.note("Without a key"))
    assert [trace.user_id for trace in await told(service, alice)] == [alice.user_id, bob.user_id]
    for trace in await every(service, alice):
        assert "Called" not in (trace.after or "")


async def test_a_note_whose_answer_was_lost_is_told_once_it_is_found(
    service: Service, out: Remote, alice: Person, far: Far
) -> None:
    far.sandbox.fail("torn_after_write")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note(), "k")
    assert await told(service, alice) == []  # nobody knows
    assert [trace.user_id for trace in await asked(service, alice)] == [alice.user_id]
    found = await write(out, alice, far, far.note(), "k")
    (trace,) = await told(service, alice)
    assert json.loads(trace.after or "")["note"] == found.activity.id


async def test_a_note_of_which_nothing_could_be_kept_is_told_all_the_same(
    service: Service, store: Store, out: Remote, alice: Person, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, and its answer was given; that it was begun is on the disk since before it was sent."""
    run, runs = store.database.run, list[object]()

    async def full_in_the_end(steps: Callable[[], Steps[T]]) -> T:
        runs.append(steps)
        if len(runs) > 1:
            raise Unavailable("The disk has no room for this.", full=True)
        return await run(steps)

    with monkeypatch.context() as patched:
        patched.setattr(store.database, "run", full_in_the_end)
        await write(out, alice, far, far.note(), "k")
    assert len(runs) > 1
    assert len(far.sandbox.written) == 1
    assert await told(service, alice) == []
    (begun,) = await asked(service, alice)
    names = {alice.user_id: "Alice"}
    fields = [Changed(name, None, value) for name, value in json.loads(begun.after or "").items()]
    number = far.account.number
    assert summary(begun, fields, "", names) == (
        f"Alice asked for a note to be written to {far.sandbox.vendor} through integrated account {number}"
    )


async def test_what_was_refused_is_not_told(service: Service, out: Remote, alice: Person, far: Far) -> None:
    far.sandbox.fail("403")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note(), "k")
    assert await told(service, alice) == []
    assert len(await asked(service, alice)) == 1
