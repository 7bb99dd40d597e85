"""Dayline's own webhooks, from the write to the receiver."""

from dayline.domain.draft import Draft
from dayline.domain.webhook import Webhook
from dayline.service import Service
from tests.cast import Cast, as_activity, log_call
from tests.events.conftest import Working, listen, until
from tests.events.receiver import Receiver


async def told_so_far(service: Service, webhook: Webhook, account_id: int) -> bool:
    found = await service.store.webhooks.one(account_id, webhook.id)
    return found is not None and found.cursor == await service.store.sequence(account_id)


async def test_what_is_written_is_told(service: Service, cast: Cast, working: Working, ear: Receiver) -> None:
    await listen(service, cast.alice, ear.url)
    async with working():
        made = await log_call(service, cast.bob, subject="First")
        await until(lambda: len(ear.heard) == 1)
        await service.activities.change(cast.bob.principal, made.id, Draft(done=True), as_activity)
        await until(lambda: len(ear.heard) == 2)
        await service.activities.delete(cast.bob.principal, made.id, as_activity)
        await until(lambda: len(ear.heard) == 3)
    types = [heard.json["type"] for heard in ear.heard]
    assert types == ["activity.created", "activity.done", "activity.deleted"]
    assert ear.heard[1].json["data"]["before"]["done"] is False
    assert ear.heard[1].json["data"]["after"]["done"] is True
    assert len(set(ear.ids)) == 3
