"""How Pipedrive's webhooks are delivered: again until it is heard, under one id, and from the page as from the page."""

from msgspec.structs import replace

from dayline.domain.delivery import DeliveryFilter
from dayline.domain.draft import Draft, Relate
from dayline.domain.webhook import NewWebhook, Webhook
from dayline.service import Service
from dayline.store.store import Store
from tests.cast import Cast, ManualClock, Person, add_record, as_activity, key_of, log_call
from tests.events.conftest import Working, ear, until, working
from tests.events.receiver import Receiver
from tests.service.people import erased, person

__all__ = ["ear", "working"]  # fixtures

DOWN = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"


async def listen(service: Service, who: Person, url: str, version: str) -> Webhook:
    new = NewWebhook(face="pipedrive", url=url, events=("*.activity",), extras={"version": version, "host": "ex"})
    return await service.webhooks.create(who.principal, new, lambda made: made)


async def noted(service: Service, who: Person, count: int) -> None:
    """Wait until so many attempts have been noted: what moves the clock before ends a lease."""

    async def there() -> bool:
        page = await service.webhooks.deliveries(who.principal, DeliveryFilter(), 100, None)
        return len(page.items) == count

    await until(there)


async def test_again_until_it_is_heard(
    service: Service, cast: Cast, clock: ManualClock, working: Working, ear: Receiver
) -> None:
    """The attempt counts on, all else stays; a replay begins to count anew, under the same id."""
    two, one = [await listen(service, cast.alice, f"{ear.url}/{version}", version) for version in ("2.0", "1.0")]
    ear.answers += [DOWN] * 4
    async with working() as worker:
        await log_call(service, cast.alice)
        for count in (2, 4):
            await noted(service, cast.alice, count)
            clock.move(600_000)
            worker.stir()
        await noted(service, cast.alice, 6)
        for webhook in (two, one):
            await service.webhooks.replay(cast.alice.principal, webhook.id, 0)
        await until(lambda: len(ear.heard) == 8)
    assert len({each.id for each in ear.heard}) == 1
    second = [each.json for each in ear.heard if each.path == "/hook/2.0"]
    assert [event["meta"].pop("attempt") for event in second] == [1, 2, 3, 1]
    assert [event["meta"]["id"] for event in second] == [ear.heard[0].id] * 4
    first = [each.json for each in ear.heard if each.path == "/hook/1.0"]
    assert [event.pop("retry") for event in first] == [0, 1, 2, 0]
    for events in (first, second):
        assert all(event == events[0] for event in events)


async def test_what_is_done_at_the_page(service: Service, cast: Cast, working: Working, ear: Receiver) -> None:
    """A session has a number below 0 in the place of a token's."""
    await listen(service, cast.alice, ear.url, "2.0")
    at_the_page = replace(cast.alice.principal, token_id=-cast.alice.user_id, session="s")
    async with working():
        made = await log_call(service, cast.alice)
        await service.activities.change(at_the_page, made.id, Draft(done=True), as_activity)
        await until(lambda: len(ear.heard) == 2)
    sources = {each.json["meta"]["action"]: each.json["meta"]["change_source"] for each in ear.heard}
    assert sources == {"create": "api", "change": "app"}


async def test_a_test_is_no_event(service: Service, cast: Cast, working: Working, ear: Receiver) -> None:
    for version in ("2.0", "1.0"):
        webhook = await listen(service, cast.alice, f"{ear.url}/{version}", version)
        async with working():
            id_ = await service.webhooks.test(cast.alice.principal, webhook.id)
            await until(lambda: bool(ear.heard))
        heard = ear.heard.pop()
        assert heard.id == id_
        assert heard.json["meta"]["action"] == "test"
        assert heard.json["previous"] is None
        assert heard.json.get("data", heard.json.get("current")) is None
        await service.webhooks.delete(cast.alice.principal, webhook.id, lambda gone: gone)


async def test_what_is_gone_from_the_log_is_no_event(service: Service, cast: Cast) -> None:
    made = await log_call(service, cast.alice)
    sequence = await service.store.sequence(cast.alice.account_id)
    write = await service.writes.of(cast.alice.account_id, sequence)
    assert write is not None
    assert write.several is False
    assert await service.writes.of(cast.alice.account_id, sequence + 1) is None
    assert await service.writes.of(cast.charlie.account_id, sequence + 100) is None
    assert made.id


async def test_an_erasure_of_several_is_one_write_of_several(service: Service, store: Store, cast: Cast) -> None:
    """It puts two changes there for each activity that goes, and each of them is told as a part of the whole."""
    jane, joe = await person(service, cast.alice), await add_record(service, cast.alice, "candidate", "Joe Solo-Smith")
    for whose in (jane, jane, jane, joe):
        await log_call(service, cast.alice, related=(Relate("candidate", key_of(whose)),))
    await erased(service, cast.alice, jane)
    await erased(service, cast.alice, joe)
    changes = await store.feed.after(cast.alice.account_id, 0, 500)
    gone = [change.sequence for change in changes if (change.entity, change.action) == ("activity", "deleted")]
    found = [await service.writes.of(cast.alice.account_id, sequence) for sequence in gone]
    writes = [write for write in found if write is not None]
    assert [write.several for write in writes] == [True, True, True, False]
    assert len({write.id for write in writes}) == 2
