"""Dayline's own webhooks, from the write to the receiver."""

from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from dayline.domain.draft import Draft
from dayline.domain.errors import Conflict
from dayline.domain.identity import UserChange
from dayline.domain.time import DAY_MS, now_ms
from dayline.domain.webhook import Webhook, WebhookChange
from dayline.native.webhooks.face import FORMER, SECRET
from dayline.service import Service
from dayline.service.webhooks import Send, new_signing_secret
from tests.cast import Cast, ManualClock, Person, add_record, as_activity, key_of, log_call
from tests.events.conftest import Working, listen, until
from tests.events.receiver import Heard, Receiver

SUBJECTS = ["a", "b", "c"]


async def told_so_far(service: Service, webhook: Webhook, account_id: int) -> bool:
    found = await service.store.webhooks.one(account_id, webhook.id)
    return found is not None and found.cursor == await service.store.sequence(account_id)


async def change(service: Service, who: Person, id_: int, **fields: Any) -> None:
    await service.activities.change(who.principal, id_, Draft(**fields), as_activity)


async def change_webhook(service: Service, who: Person, id_: int, **fields: Any) -> Webhook:
    return await service.webhooks.change(who.principal, id_, WebhookChange(**fields), lambda made: made)


async def all_told(service: Service, webhook: Webhook, who: Person) -> None:
    """Wait until every change has been looked at for a webhook, and nothing waits."""

    async def done() -> bool:
        looked = await told_so_far(service, webhook, who.account_id)
        return looked and await service.webhooks.waiting(who.principal, webhook.id) == 0

    await until(done)


def types(heard: list[Heard]) -> list[str]:
    return [one.json["type"] for one in heard]


def subjects(heard: list[Heard]) -> list[str]:
    return [one.json["data"]["after"]["subject"] for one in heard]


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


async def test_the_receivers_library_knows_who_signed(
    service: Service, cast: Cast, working: Working, ear: Receiver, clock: ManualClock
) -> None:
    clock.now = now_ms()  # the library refuses what is old
    first, second = new_signing_secret(), new_signing_secret()
    webhook = await listen(service, cast.alice, ear.url, secrets={SECRET: first})
    who = cast.alice.principal
    async with working():
        await log_call(service, cast.alice)
        await until(lambda: len(ear.heard) == 1)
        await service.webhooks.rotate(who, webhook.id, second, (SECRET, FORMER), lambda made: made, None)
        await log_call(service, cast.alice)
        await until(lambda: len(ear.heard) == 2)
        clock.move(DAY_MS)
        await log_call(service, cast.alice)
        await until(lambda: len(ear.heard) == 3)
    assert Verifier(first).verify(ear.heard[0].body, ear.heard[0].headers) == ear.heard[0].json
    for secret in (first, second):
        assert Verifier(secret).verify(ear.heard[1].body, ear.heard[1].headers) == ear.heard[1].json
    assert [len(one.headers["webhook-signature"].split()) for one in ear.heard] == [1, 2, 1]


async def test_it_is_told_of_the_types_that_it_asked_for(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.alice, ear.url, events=("activity.done", "activity.restored"))
    async with working():
        made = await log_call(service, cast.alice)
        await change(service, cast.alice, made.id, subject="B")
        await change(service, cast.alice, made.id, done=True)
        await service.activities.delete(cast.alice.principal, made.id, as_activity)
        await service.activities.restore(cast.alice.principal, made.id, as_activity)
        await all_told(service, webhook, cast.alice)
    assert sorted(types(ear.heard)) == ["activity.done", "activity.restored"]


async def test_it_is_told_of_the_owners_and_records_that_it_asked_for(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    deal = await add_record(service, cast.alice, "deal")
    other = await add_record(service, cast.alice, "deal")
    webhook = await listen(service, cast.alice, ear.url, owners=(cast.bob.user_id,), records=(deal.ref,))
    async with working():
        await log_call(service, cast.alice, subject="hers", relations=(key_of(deal),))
        await log_call(service, cast.bob, subject="elsewhere", relations=(key_of(other),))
        made = await log_call(service, cast.bob, subject="his", relations=(key_of(deal),))
        await change(service, cast.bob, made.id, subject="moved", relations=(key_of(other),))
        await change(service, cast.bob, made.id, subject="gone")
        await all_told(service, webhook, cast.alice)
    assert sorted(subjects(ear.heard)) == ["his", "moved"]  # it hung there before


async def test_a_member_is_told_of_what_he_may_see(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.bob, ear.url)
    async with working():
        made = await log_call(service, cast.alice, subject="secret", visibility="private")
        await change(service, cast.alice, made.id, subject="still secret")
        await change(service, cast.alice, made.id, subject="open", visibility="public")
        await until(lambda: len(ear.heard) == 1)
        await change(service, cast.alice, made.id, subject="opener")
        await until(lambda: len(ear.heard) == 2)
        await change(service, cast.alice, made.id, subject="closed", visibility="private")
        await until(lambda: len(ear.heard) == 3)
        await service.activities.delete(cast.alice.principal, made.id, as_activity)
        await all_told(service, webhook, cast.bob)
    assert types(ear.heard) == ["activity.created", "activity.updated", "activity.deleted"]
    assert [one.json["data"]["before"] for one in ear.heard[:1]] == [None]
    assert ear.heard[2].json["data"]["after"] is None
    for word in (b"secret", b"closed"):
        assert all(word not in one.body for one in ear.heard)


async def test_what_its_owner_may_not_see_today_is_not_told_again(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.bob, ear.url, owners=(cast.alice.user_id,))
    since = await service.store.sequence(cast.bob.account_id)
    async with working():
        made = await log_call(service, cast.alice, subject="hidden by now", note="hidden by now")
        await change(service, cast.alice, made.id, description="hidden by now")
        await all_told(service, webhook, cast.bob)
        assert [b"hidden by now" in one.body for one in ear.heard] == [True, True]
        await change(service, cast.alice, made.id, visibility="private")
        await all_told(service, webhook, cast.bob)
        ear.heard.clear()
        await service.webhooks.replay(cast.bob.principal, webhook.id, since)
        await until(lambda: _nothing_waits(service, cast.bob, webhook))
        await service.webhooks.send_again(cast.bob.principal, webhook.id, since + 1)
        await until(lambda: _nothing_waits(service, cast.bob, webhook))
    (gone,) = ear.heard
    assert b"hidden by now" not in gone.body
    data = gone.json["data"]
    assert (gone.json["type"], data["after"], data["before"]["id"]) == ("activity.deleted", None, made.id)
    assert (data["before"]["uuid"], data["before"]["subject"]) == (made.uuid, "")


async def _nothing_waits(service: Service, who: Person, webhook: Webhook) -> bool:
    tasks = await service.store.jobs.waiting(who.account_id, "tasks", 10)
    return not tasks and await service.webhooks.waiting(who.principal, webhook.id) == 0


async def test_a_paused_one_goes_on_where_it_was(service: Service, cast: Cast, working: Working, ear: Receiver) -> None:
    webhook = await listen(service, cast.alice, ear.url, active=False)
    who = cast.alice.principal
    async with working():
        for subject in SUBJECTS:
            await log_call(service, cast.alice, subject=subject)
        with pytest.raises(Conflict):
            await service.webhooks.test(who, webhook.id)
        assert ear.heard == []
        await change_webhook(service, cast.alice, webhook.id, active=True)
        await all_told(service, webhook, cast.alice)
        assert sorted(subjects(ear.heard)) == SUBJECTS


async def test_a_replay_that_is_asked_of_a_paused_one_waits_for_it(
    service: Service, cast: Cast, working: Working, ear: Receiver, clock: ManualClock
) -> None:
    webhook = await listen(service, cast.alice, ear.url)
    who = cast.alice.principal
    async with working():
        await log_call(service, cast.alice)
        await until(lambda: len(ear.heard) == 1)
        await change_webhook(service, cast.alice, webhook.id, active=False)
        await service.webhooks.replay(who, webhook.id, 0)
        await until(lambda: _put_off(service, cast.alice, clock))
        assert len(ear.heard) == 1
        await change_webhook(service, cast.alice, webhook.id, active=True)
        clock.move(DAY_MS)
        await until(lambda: len(ear.heard) == 2)
    assert ear.ids[0] == ear.ids[1]


async def _put_off(service: Service, who: Person, clock: ManualClock) -> bool:
    waiting = await service.webhooks.jobs(who.principal, "waiting", "tasks", 10, "")
    return len(waiting) == 1 and waiting[0].due_at > clock.now


async def test_one_of_somebody_who_has_left_rests_until_he_is_back(
    service: Service, cast: Cast, working: Working, ear: Receiver
) -> None:
    webhook = await listen(service, cast.bob, ear.url)
    people, who = service.people, cast.alice.principal
    await people.change(who, cast.bob.user_id, UserChange(active=False), lambda user: user)
    async with working():
        await log_call(service, cast.alice)
        with pytest.raises(Conflict):
            await service.webhooks.test(who, webhook.id)
        await people.change(who, cast.bob.user_id, UserChange(active=True), lambda user: user)
        await until(lambda: types(ear.heard) == ["activity.created"])


async def test_nothing_waits_for_one_that_is_gone(service: Service, cast: Cast) -> None:
    webhook = await listen(service, cast.alice, "https://example.com/")
    who = cast.alice.principal
    await service.webhooks.test(who, webhook.id)
    assert await service.webhooks.waiting(who, webhook.id) == 1
    job = service.webhooks.job
    await service.webhooks.delete(who, webhook.id, lambda gone: gone)
    assert await service.webhooks.waiting(who, webhook.id) == 0
    await service.store.jobs.put_for(who.account_id, webhook.id, [job(Send(webhook.id, 1, again=True), "late")])
    assert await service.webhooks.waiting(who, webhook.id) == 0


async def test_an_instant_is_found_among_the_changes(service: Service, cast: Cast, clock: ManualClock) -> None:
    who = cast.alice.principal
    start = await service.store.sequence(who.account_id)
    instants = []
    for _ in range(7):
        clock.move(1_000)
        instants.append(clock.now)
        await log_call(service, cast.alice)
    for place, instant in enumerate(instants):
        assert await service.webhooks.before(who, instant) == start + place
        assert await service.webhooks.before(who, instant + 1) == start + place + 1
    assert await service.webhooks.before(who, 0) == 0


async def test_what_nobody_said_is_found(service: Service, cast: Cast, working: Working, ear: Receiver) -> None:
    """As after a process of an older version has written, which does not say that there is something to tell."""
    await listen(service, cast.alice, ear.url)
    await log_call(service, cast.alice)
    await service.store.jobs.settle(cast.alice.account_id, [], None)
    assert await service.telling.due(0, 10) == []
    async with working():
        await until(lambda: len(ear.heard) == 1)
