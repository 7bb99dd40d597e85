"""Those who wait for changes of an account share one look at its log, and none of them misses any."""

import asyncio

from dayline.service import Service
from dayline.store.store import Store
from tests.cast import Person, log_call


async def test_readers_share_what_one_of_them_read(service: Service, alice: Person, bob: Person) -> None:
    changes = service.changes
    start = await changes.begin(alice.principal, "latest")
    with changes.reader(alice.principal, start) as hers, changes.reader(bob.principal, start) as his:
        made = await log_call(service, alice)
        async with asyncio.timeout(20):
            while not (await hers.wait(start, 20) and await his.wait(start, 20)):
                pass
        first, second = await asyncio.gather(*(changes.follow(who.principal, start) for who in (alice, bob)))
        assert first is second
        assert [change.entity_id for change in first.changes] == [made.id]
        later = await log_call(service, alice)
        last = first.changes[-1].sequence
        async with asyncio.timeout(20):
            while not await hers.wait(last, 20):
                pass
        seen = [change.entity_id for change in (await changes.follow(alice.principal, last)).changes]
        assert seen == [later.id]
        # Whoever waits for nothing sees everything, whatever the others have read.
        page = await changes.read(bob.principal, start, 10, lambda _: True)
        assert [told.entity_id for told, _ in page.told] == [made.id, later.id]


async def test_nobody_who_has_gone_is_looked_for(service: Service, alice: Person) -> None:
    changes = service.changes
    tasks = len(asyncio.all_tasks())
    with changes.reader(alice.principal, 0), changes.reader(alice.principal, 0):
        assert (changes.waiting, len(asyncio.all_tasks())) == (2, tasks + 1)
    await asyncio.sleep(0)
    assert (changes.waiting, len(asyncio.all_tasks())) == (0, tasks)


async def test_a_write_of_another_account_wakes_nobody(
    service: Service, store: Store, alice: Person, charlie: Person
) -> None:
    start = await service.changes.begin(alice.principal, "latest")
    with service.changes.reader(alice.principal, start) as reader:
        await log_call(service, charlie)
        assert not await reader.wait(start, 0.2)
        assert await store.sequence(alice.account_id) == start
