"""What webhooks are told of somebody who was erased before it could be sent: that things are deleted, and no more."""

from dayline.domain.draft import Draft, Relate
from dayline.domain.marks import ERASED
from dayline.service import Service
from dayline.store.store import Store
from tests.cast import Person, add_record, as_activity, key_of, log_call
from tests.events.conftest import Working, listen, until
from tests.events.receiver import Receiver
from tests.service.people import NAME, erased, person


async def test_what_was_not_sent_yet_is_sent_without_him(
    service: Service, store: Store, alice: Person, working: Working, ear: Receiver
) -> None:
    await listen(service, alice, ear.url)
    jane, mara = await person(service, alice), await add_record(service, alice, "contact", "Mara Quell")
    on_jane = Relate("candidate", key_of(jane))
    alone = await log_call(service, alice, subject=NAME, related=(on_jane,))
    shared = await log_call(service, alice, subject=NAME, related=(on_jane, Relate("contact", key_of(mara))))
    await service.activities.change(alice.principal, alone.id, Draft(note="hers"), as_activity)
    (webhook,) = await service.telling.webhooks(alice.account_id)
    assert await service.telling.expand(alice.account_id, [webhook], lambda *_: True)
    assert await store.jobs.waiting(alice.account_id, webhook.lane, 100) > 2
    await erased(service, alice, jane)
    last = await log_call(service, alice, subject="Afterwards")
    async with working():
        await until(lambda: any(one.json["data"]["after"]["id"] == last.id for one in ear.heard))
        await until(lambda: _none_waits(store, alice, webhook.lane))
    told = sorted((one.json["sequence"], one.json["type"], one.json["data"]["after"]["id"]) for one in ear.heard)
    assert [(type_, id_) for _, type_, id_ in told] == [
        ("activity.created", shared.id),
        ("activity.deleted", alone.id),
        ("activity.updated", shared.id),
        ("activity.created", last.id),
    ]
    sent = b"".join(one.body for one in ear.heard).lower()
    assert b"quimby" not in sent
    assert ERASED.encode() in sent


async def _none_waits(store: Store, who: Person, lane: str) -> bool:
    return await store.jobs.waiting(who.account_id, lane, 100) == 0
