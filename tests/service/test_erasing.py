"""The erasure of a person: not one byte of the name or the address is left, and what is of others stays."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from dayline.app import TASKS
from dayline.domain.activity import Activity
from dayline.domain.draft import Relate
from dayline.domain.errors import Conflict, Forbidden, Invalid, NotFound
from dayline.domain.job import Job
from dayline.domain.marks import ERASED
from dayline.domain.record import Record, RecordChange, RecordKey
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.service.webhooks import TASKS as LANE
from dayline.store.files import Files
from dayline.store.store import Store
from tests.cast import Person, add_record, as_activity, as_record, key_of, log_call
from tests.conftest import Ground
from tests.service.people import EMAIL, NAME, TRACES, erased, files_in, person, populate, traces_in, words_in, work_off
from tests.store.peek import log_of, stored


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    """Where the files of this test are."""
    store.files = Files(tmp_path / "files", "here")
    return tmp_path / "files"


async def test_not_one_byte_is_left(service: Service, alice: Person, ground: Ground, folder: Path) -> None:
    world = await populate(service, alice)
    assert {trace for _, trace in traces_in(await words_in(ground, folder))} == set(TRACES)
    id_ = await erased(service, alice, world.jane)
    assert traces_in(await words_in(ground, folder)) == []
    erasure = await service.erasures.get(alice.principal, id_)
    assert (erasure.state, erasure.records) == ("done", (("candidate", world.jane.id),))
    assert erasure.left == (
        f"activity {world.shared.id} is of several: 1 of its files do not name the person, and stay",
        f"deal {world.deal.id} is no person: the name or the address went from its name or external id",
    )
    assert erasure.counts == {
        "activities erased": 2,
        "activities changed": 2,
        "attachments erased": 3,
        "records changed": 1,
        "records erased": 1,
        "filters changed": 1,
        "tokens changed": 1,
        "changes of the log changed": 9,
        "idempotency keys erased": 1,
        "deliveries changed": 1,
        "calls to other systems changed": 1,
        "jobs changed": 1,
        "former names and addresses taken for the person's": 3,
    }


async def test_what_is_of_others_stays_without_him(service: Service, store: Store, alice: Person, folder: Path) -> None:
    world = await populate(service, alice)
    await erased(service, alice, world.jane)
    kept = {activity.id: activity for activity in await stored(store, alice.account_id)}
    assert world.alone.id not in kept
    assert world.invited.id not in kept
    shared = kept[world.shared.id]
    assert shared.subject == f"Lunch with {ERASED} and Mara"
    assert shared.description == f"mailto:{ERASED}, or call {ERASED}, or {ERASED}"
    assert [ref.kind for ref in shared.related] == ["deal"]
    assert [one.ref for one in shared.participants] == [world.mara.ref]
    assert [one.email for one in shared.attendees] == ["mara@quell.test"]
    assert [one.name for one in shared.attachments] == ["plan.txt"]
    assert shared.revision == world.shared.revision + 1
    assert kept[world.mention.id].subject == f"Ask Mara about {ERASED}"
    deal = await service.records.get(alice.principal, key_of(world.deal))
    assert deal.name == f"Big deal with {ERASED}"
    assert (await service.records.get(alice.principal, key_of(world.mara))) == world.mara
    found = await service.filters.list(alice.principal)
    assert ERASED in repr(found)
    assert len(files_in(folder)) == 1


async def test_the_log_tells_that_it_was_and_not_what(
    service: Service, store: Store, alice: Person, folder: Path
) -> None:
    world = await populate(service, alice)
    before = await log_of(store, alice.account_id)
    await erased(service, alice, world.jane)
    after = await log_of(store, alice.account_id)
    assert [(one.sequence, one.action, one.entity_id) for one in after[: len(before)]] == [
        (one.sequence, one.action, one.entity_id) for one in before
    ]
    of_alone = [one for one in after if (one.entity, one.entity_id) == ("activity", world.alone.id)]
    assert [(one.action, one.before) for one in of_alone] == [("created", None), ("deleted", None), ("purged", None)]
    assert [one.after is None for one in of_alone] == [True, False, True]
    told = msgspec.json.decode(str(of_alone[1].after), type=Activity)
    assert (told.uuid, told.visibility, told.note) == (world.alone.uuid, "private", None)
    of_jane = [one for one in after if (one.entity, one.entity_id) == ("candidate", world.jane.id)]
    assert {(one.before, one.after) for one in of_jane} == {(None, None)}
    assert of_jane[-1].action == "purged"
    of_shared = [one for one in after if (one.entity, one.entity_id) == ("activity", world.shared.id)]
    assert ERASED in str(of_shared[0].after)
    assert {one.user_id for one in after[len(before) :]} == {alice.user_id}


async def test_another_account_is_not_touched(
    service: Service, store: Store, alice: Person, charlie: Person, folder: Path
) -> None:
    ours, theirs = await populate(service, alice), await populate(service, charlie)
    log = await log_of(store, charlie.account_id)
    await erased(service, alice, ours.jane)
    assert await log_of(store, charlie.account_id) == log
    assert await service.records.get(charlie.principal, key_of(theirs.jane)) == theirs.jane
    with pytest.raises(NotFound):
        await service.records.get(alice.principal, key_of(ours.jane))


@pytest.mark.parametrize("lost", [True, False], ids=["before it was written down", "and taken again"])
async def test_each_piece_may_be_done_again(
    service: Service, alice: Person, ground: Ground, folder: Path, lost: bool
) -> None:
    """A process that dies leaves the job as it was, or as it goes on; what it had done is done again."""
    world = await populate(service, alice)
    key = key_of(world.jane)
    made = await service.erasures.request(alice.principal, key, EMAIL, lambda made: made)
    (job,) = await service.telling.take(alice.account_id, [(LANE, 1)], 1)
    after: Job | None = job
    while after is not None:
        again = await TASKS[job.kind](service, alice.account_id, after)
        if lost:
            again = await TASKS[job.kind](service, alice.account_id, after)
        after = again
    assert (await service.erasures.get(alice.principal, made.id)).state == "done"
    left = [where for where, _ in traces_in(await words_in(ground, folder))]
    assert set(left) <= {"dayline.db", "dayline.db-wal", "dump", "jobs"}  # the job itself is not ended here


async def test_pieces_smaller_than_what_there_is(
    service: Service, alice: Person, ground: Ground, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dayline.service.erasing.PAGE", 2)
    monkeypatch.setattr("dayline.service.erasing.PAGES", 1)
    monkeypatch.setattr("dayline.service.erasing_files.FILES", 1)
    world = await populate(service, alice)
    await erased(service, alice, world.jane)
    assert traces_in(await words_in(ground, folder)) == []


async def test_who_may(service: Service, alice: Person, bob: Person) -> None:
    jane = await person(service, alice)
    for who in (bob.principal, replace(alice.principal, scopes=frozenset({"records:write"}))):
        with pytest.raises(Forbidden):
            await service.erasures.request(who, key_of(jane), EMAIL, lambda made: made)
        with pytest.raises(Forbidden):
            await service.erasures.list(who)
    assert await service.records.get(alice.principal, key_of(jane)) == jane


async def test_nobody_is_erased_by_mistake(service: Service, alice: Person) -> None:
    jane, deal = await person(service, alice), await add_record(service, alice, "deal")
    for confirm in ("", "Jane", "mara@quell.test"):
        with pytest.raises(Invalid):
            await service.erasures.request(alice.principal, key_of(jane), confirm, lambda made: made)
    with pytest.raises(Invalid):
        await service.erasures.request(alice.principal, key_of(deal), deal.name, lambda made: made)
    with pytest.raises(NotFound):
        await service.erasures.request(alice.principal, RecordKey("candidate", 99, "id"), EMAIL, lambda made: made)
    await service.identities.add_user(alice.account_id, NewUser(name="J", email=EMAIL.upper()))
    with pytest.raises(Conflict, match="user"):
        await service.erasures.request(alice.principal, key_of(jane), EMAIL, lambda made: made)
    assert await service.records.get(alice.principal, key_of(jane)) == jane


async def test_one_address_on_two_records(service: Service, alice: Person, ground: Ground, folder: Path) -> None:
    jane, again = await person(service, alice), await person(service, alice, kind="contact", email=EMAIL.upper())
    await log_call(service, alice, related=(Relate("candidate", key_of(jane)), Relate("contact", key_of(again))))
    with pytest.raises(Conflict, match=f"contact {again.id}"):
        await service.erasures.request(alice.principal, key_of(jane), NAME, lambda made: made)
    id_ = await erased(service, alice, jane, same_email=True)
    erasure = await service.erasures.get(alice.principal, id_)
    assert erasure.records == (("candidate", jane.id), ("contact", again.id))
    assert erasure.counts["activities erased"] == 1
    assert traces_in(await words_in(ground, folder)) == []


async def test_somebody_of_the_same_name_keeps_it(service: Service, store: Store, alice: Person) -> None:
    jane, namesake = await person(service, alice), await person(service, alice, kind="contact", email="j@other.test")
    hers = await log_call(service, alice, subject=f"Met {NAME}", related=(Relate("contact", key_of(namesake)),))
    both = (Relate("candidate", key_of(jane)), Relate("contact", key_of(namesake)))
    theirs = await log_call(service, alice, subject=f"{NAME} wrote from {EMAIL}", related=both)
    id_ = await erased(service, alice, jane)
    kept = {activity.id: activity.subject for activity in await stored(store, alice.account_id)}
    assert kept == {hers.id: f"Met {NAME}", theirs.id: f"{ERASED} wrote from {ERASED}"}
    assert await service.records.get(alice.principal, key_of(namesake)) == namesake
    left = (await service.erasures.get(alice.principal, id_)).left
    assert left == tuple(
        f"contact {namesake.id} has the same {what}, and stays as it is" for what in ("name", "telephone number")
    )


async def test_a_single_name_goes_only_where_he_has_a_part(service: Service, store: Store, alice: Person) -> None:
    cher = await person(service, alice, name="Cher", email="cher@people.test")
    mara = await add_record(service, alice, "contact", "Mara Quell")
    both = (Relate("candidate", key_of(cher)), Relate("contact", key_of(mara)))
    await log_call(service, alice, subject="Cher sings", related=both)
    await log_call(service, alice, subject="Cher may be anybody")
    await erased(service, alice, cher)
    subjects = [activity.subject for activity in await stored(store, alice.account_id)]
    assert subjects == [f"{ERASED} sings", "Cher may be anybody"]


async def test_a_deleted_person_and_deleted_activities_too(
    service: Service, alice: Person, ground: Ground, folder: Path
) -> None:
    jane = await person(service, alice)
    gone = await log_call(service, alice, subject=NAME, related=(Relate("candidate", key_of(jane)),))
    await service.activities.delete(alice.principal, gone.id, as_activity)
    await service.records.delete(alice.principal, key_of(jane), as_record)
    await erased(service, alice, jane)
    assert traces_in(await words_in(ground, folder)) == []


async def test_asked_twice_is_done_once(service: Service, alice: Person) -> None:
    jane = await person(service, alice)
    asked = [await service.erasures.request(alice.principal, key_of(jane), EMAIL, lambda made: made) for _ in range(2)]
    assert asked[0] == asked[1]
    await work_off(service, alice)
    assert [one.state for one in await service.erasures.list(alice.principal)] == ["done"]
    with pytest.raises(NotFound):
        await service.erasures.request(alice.principal, key_of(jane), EMAIL, lambda made: made)


async def test_nothing_new_hangs_on_him_meanwhile(service: Service, alice: Person) -> None:
    jane = await person(service, alice)
    await service.erasures.request(alice.principal, key_of(jane), EMAIL, lambda made: made)
    with pytest.raises(Invalid):
        await log_call(service, alice, related=(Relate("candidate", key_of(jane)),))
    with pytest.raises(NotFound):
        await service.records.change(alice.principal, key_of(jane), RecordChange(name="Back"), as_record)


async def test_restored_meanwhile_he_goes_all_the_same(
    service: Service, alice: Person, ground: Ground, folder: Path
) -> None:
    jane: Record = await person(service, alice)
    await service.erasures.request(alice.principal, key_of(jane), EMAIL, lambda made: made)
    await service.records.restore(alice.principal, key_of(jane), as_record)
    await log_call(service, alice, subject="late", related=(Relate("candidate", key_of(jane)),))
    await work_off(service, alice)
    with pytest.raises(NotFound):
        await service.records.get(alice.principal, key_of(jane))
    assert traces_in(await words_in(ground, folder)) == []
