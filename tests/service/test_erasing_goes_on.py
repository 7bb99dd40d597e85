"""An erasure that was broken off or given up: it goes on, whoever asks, and says so when it has stopped."""

import pytest
from msgspec.structs import replace

from dayline.app import TASKS
from dayline.domain.draft import Relate
from dayline.domain.errors import NotFound
from dayline.domain.job import Ended, Job
from dayline.domain.marks import Marks
from dayline.domain.record import RecordDraft, RecordKey
from dayline.domain.time import DAY_MS
from dayline.service import Service
from dayline.store.store import Store
from tests.cast import ManualClock, Person, as_activity, as_record, key_of, log_call
from tests.service.people import EMAIL, NAME, a_delivery, asked, erased, person, up_to, work_off


async def given_up(service: Service, who: Person, key: RecordKey) -> int:
    """An erasure whose job has failed too often, after the record went; give its number."""
    job = await asked(service, who, key)
    after = await up_to(service, who, job, "under way")
    await service.telling.end(who.account_id, [Ended(job=job, after=replace(after, state="dead"))], [])
    with pytest.raises(NotFound):
        await service.records.get(who.principal, key)
    (erasure,) = await service.erasures.list(who.principal)
    assert (await service.erasures.get(who.principal, erasure.id)).state == erasure.state == "stopped"
    return erasure.id


async def test_asked_again_it_goes_on_though_the_record_is_gone(service: Service, alice: Person) -> None:
    key = key_of(await person(service, alice))
    id_ = await given_up(service, alice, key)
    begun = await service.erasures.begun(alice.principal, RecordKey(key.kind, key.value, "id"))
    assert begun is not None
    again = await service.erasures.request(alice.principal, key, "whoever", lambda made: made)
    assert begun.id == again.id == id_
    assert (await service.erasures.get(alice.principal, id_)).state == "waiting"
    await work_off(service, alice)
    with pytest.raises(NotFound):
        await service.erasures.request(alice.principal, key, EMAIL, lambda made: made)
    assert await service.erasures.begun(alice.principal, key) is None


async def test_it_is_taken_up_each_day(service: Service, alice: Person) -> None:
    id_ = await given_up(service, alice, key_of(await person(service, alice)))
    await service.retention.put_in()
    await work_off(service, alice)
    assert (await service.erasures.get(alice.principal, id_)).state == "done"


async def test_a_slug_that_stays_is_no_new_name(service: Service, alice: Person) -> None:
    """Else it would look for him again and again, and say so."""
    jane = await person(service, alice, name="Jane Roe")
    job = await up_to(service, alice, await asked(service, alice, key_of(jane)), "written meanwhile")
    await service.records.create(alice.principal, RecordDraft(kind="deal", name="Big", slug="jane-roe-deal"), as_record)
    after: Job | None = job
    while after is not None:
        after = await TASKS[job.kind](service, alice.account_id, after)
    (erasure,) = await service.erasures.list(alice.principal)
    assert not any("again and again" in line for line in erasure.left)


async def test_of_many_deliveries_about_one_the_log_is_asked_once(
    service: Service, store: Store, alice: Person, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await person(service, alice)
    hers = await log_call(service, alice, related=(Relate("candidate", key_of(jane)),))
    other = await log_call(service, alice)
    await service.activities.delete(alice.principal, other.id, as_activity)
    now = clock.move(31 * DAY_MS)
    await service.retention.purge()
    lines = [a_delivery(now, sequence=n, entity_id=one.id) for one in (hers, other) for n in range(20)]
    await service.telling.end(alice.account_id, [], lines)
    history, heard = store.history, list[int]()

    async def counted(account_id: int, activity_id: int, *rest: int) -> object:
        heard.append(activity_id)
        return await history(account_id, activity_id, *rest)

    monkeypatch.setattr(store, "history", counted)
    await erased(service, alice, jane)
    assert 0 < len(heard) <= 2  # once a look, of which there are two
    rows = await store.sweep.page(alice.account_id, "deliveries", (), 100)
    assert sorted(row.texts["request_body"] for row in rows) == [""] * 20 + ["{}"] * 20


async def test_many_longer_names_are_made_ready_beside_the_loop(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, ready = await person(service, alice, phone=None), list[int]()
    prepare = Marks.prepare

    def counted(marks: Marks) -> None:
        ready.append(1)
        prepare(marks)

    monkeypatch.setattr(Marks, "prepare", counted)
    for n in range(25):
        await person(service, alice, name=f"{NAME} {n}", email=f"{n}{EMAIL}", phone=None)
    await erased(service, alice, jane)
    assert ready
