"""What is of others when a person is erased: it stays as it is, and where that cannot be told, it is reported."""

import pytest

from dayline.domain.activity import Attendee
from dayline.domain.draft import Attendance, Invited, Relate
from dayline.domain.marks import ERASED
from dayline.domain.record import Record, RecordChange
from dayline.domain.time import DAY_MS
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.store import Store
from tests.cast import ManualClock, Person, add_record, as_activity, as_record, key_of, log_call
from tests.service.people import EMAIL as JANES
from tests.service.people import EVERY_KIND, NAME, a_delivery, erased, person
from tests.store.peek import log_of, stored

ANN, EMAIL = "Ann Lee", "ann@lee.test"


async def ann(service: Service, who: Person, **fields: object) -> Record:
    return await person(service, who, **{"name": ANN, "email": EMAIL, "phone": None, **fields})


async def left_of(service: Service, who: Person, id_: int) -> tuple[str, ...]:
    return (await service.erasures.get(who.principal, id_)).left


async def subjects(store: Store, who: Person) -> list[str]:
    return [activity.subject for activity in await stored(store, who.account_id)]


async def test_a_longer_name_is_another_records(service: Service, store: Store, alice: Person) -> None:
    her, mary = await ann(service, alice), await person(service, alice, name="Mary Ann Lee", email="mary@lee.test")
    await service.identities.add_user(alice.account_id, NewUser(name="Ann Lee-Smith", email="als@acme.test"))
    await log_call(service, alice, subject="Ann Lee, Mary Ann Lee, Ann Lee-Smith")
    before = [one for one in await log_of(store, alice.account_id) if one.entity in ("candidate", "user")]
    id_ = await erased(service, alice, her)
    assert await subjects(store, alice) == [f"{ERASED}, Mary Ann Lee, Ann Lee-Smith"]
    assert await service.records.get(alice.principal, key_of(mary)) == mary
    after = {one.sequence: one for one in await log_of(store, alice.account_id)}
    assert [after[one.sequence] for one in before if one.entity_id != her.id or one.entity == "user"] == [
        one for one in before if one.entity_id != her.id or one.entity == "user"
    ]
    assert await left_of(service, alice, id_) == (
        f"candidate {mary.id} has a longer name with the person's in it, and stays as it is",
        "user 3 has a longer name with the person's in it, and stays as it is",
    )


async def test_what_the_log_says_of_other_people_stays(service: Service, store: Store, alice: Person) -> None:
    her, other = await ann(service, alice), await person(service, alice, name=f"Friend of {ANN}", email="f@lee.test")
    await service.records.change(alice.principal, key_of(other), RecordChange(name="Frida"), as_record)
    id_ = await erased(service, alice, her)
    (made, *_) = [one for one in await log_of(store, alice.account_id, "candidate") if one.entity_id == other.id]
    assert ANN in str(made.after)
    (line,) = await left_of(service, alice, id_)
    assert line.startswith(f"the history of candidate {other.id} says")


@pytest.mark.parametrize("borne", [True, False], ids=["by somebody else today", "by nobody else"])
async def test_a_name_of_before(service: Service, store: Store, alice: Person, borne: bool) -> None:
    """A record may have been somebody else's once."""
    reused = await person(service, alice, name="Bob Smith", email="bob@smith.test", phone=None)
    anew = RecordChange(name=ANN, email=EMAIL)
    reused = await service.records.change(alice.principal, key_of(reused), anew, as_record)
    if borne:
        await person(service, alice, name="Bob Smith", email="bob@smith.test", phone=None)
    await log_call(service, alice, subject="Bob Smith wrote from bob@smith.test")
    id_ = await erased(service, alice, reused)
    assert await subjects(store, alice) == ["Bob Smith wrote from bob@smith.test"]
    erasure = await service.erasures.get(alice.principal, id_)
    assert (
        "a name or an address of before is borne by somebody else today, and was not looked for" in erasure.left
    ) is (borne)
    assert erasure.counts.get("former names and addresses taken for the person's", 0) == (0 if borne else 2)
    assert erasure.counts.get("activities and records left that say only a former name or address", 0) == (not borne)


async def test_an_address_of_several_stays_theirs(service: Service, store: Store, alice: Person) -> None:
    her = await ann(service, alice, email="info@acme.test")
    acme = await person(service, alice, kind="organization", name="Acme", email="info@acme.test", phone=None)
    mara = await add_record(service, alice, "contact", "Mara Quell")
    await log_call(service, alice, subject="Write to info@acme.test")
    both = (Relate("candidate", key_of(her)), Relate("contact", key_of(mara)))
    invited = Attendance(EVERY_KIND, (Invited(email="info@acme.test"),))
    hers = await log_call(service, alice, subject="Ann has info@acme.test", related=both, attendees=invited)
    id_ = await erased(service, alice, her)
    assert await subjects(store, alice) == ["Write to info@acme.test", f"Ann has {ERASED}"]
    assert await service.records.get(alice.principal, key_of(acme)) == acme
    (made,) = await log_of(store, alice.account_id, "organization")
    assert "info@acme.test" in str(made.after)
    kept = {one.id: one for one in await stored(store, alice.account_id)}
    assert kept[hers.id].attendees == (Attendee(email="info@acme.test"),)
    line = f"organization {acme.id} has an address that was this person's, and stays as it is"
    assert line in await left_of(service, alice, id_)


async def test_a_telephone_number_of_several_is_told(service: Service, alice: Person) -> None:
    her = await ann(service, alice, phone="+49 170 1234567")
    flat = await person(service, alice, kind="contact", name="Mara", email=None, phone="+49 (170) 123-4567")
    id_ = await erased(service, alice, her)
    assert await service.records.get(alice.principal, key_of(flat)) == flat
    assert f"contact {flat.id} has the same telephone number, and stays as it is" in await left_of(service, alice, id_)


async def test_initials_are_no_name_to_look_for(service: Service, store: Store, alice: Person) -> None:
    her = await ann(service, alice, name="A B")
    await log_call(service, alice, subject="Vitamins A, B and C")
    id_ = await erased(service, alice, her)
    assert await subjects(store, alice) == ["Vitamins A, B and C"]
    (line,) = await left_of(service, alice, id_)
    assert line == "a name of fewer than three letters is looked for nowhere"


async def test_deliveries_about_what_others_purged_stay(
    service: Service, store: Store, alice: Person, clock: ManualClock
) -> None:
    her = await ann(service, alice)
    hers = await log_call(service, alice, related=(Relate("candidate", key_of(her)),))
    other = await log_call(service, alice, subject="Of others")
    await service.activities.delete(alice.principal, other.id, as_activity)
    clock.move(31 * DAY_MS)
    await service.retention.purge()
    of_both = [a_delivery(clock.now, entity_id=one.id, request_body='{"id": 1}') for one in (hers, other)]
    named = a_delivery(clock.now, entity="other", request_body="only half: Lee, or Ann")
    await service.telling.end(alice.account_id, [], [*of_both, named])
    await erased(service, alice, her)
    rows = await store.sweep.page(alice.account_id, "deliveries", (), 10)
    bodies = {row.key[1]: row.texts["request_body"] for row in rows}
    assert [bodies[one.id] for one in (*of_both, named)] == ["", '{"id": 1}', "only half: Lee, or Ann"]


async def test_who_is_called_so_and_has_another_address_is_told(service: Service, store: Store, alice: Person) -> None:
    her = await ann(service, alice)
    invited = Attendance(EVERY_KIND, (Invited(email="mary@other.test", name=f"Mary {ANN}"),))
    meeting = await log_call(service, alice, attendees=invited)
    id_ = await erased(service, alice, her)
    kept = {one.id: one for one in await stored(store, alice.account_id)}
    assert kept[meeting.id].attendees == meeting.attendees
    (line,) = await left_of(service, alice, id_)
    assert line == f"activity {meeting.id} has an attendee of such a name with another address, which stays"


async def test_of_many_namesakes_all_are_known(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dayline.service.erasures._PAGE", 2)
    jane = await person(service, alice, phone=None)
    for n in range(5):
        await person(service, alice, name=f"{NAME} {n}", email=f"{n}{JANES}", phone=None)
    twin = await person(service, alice, name=f"{NAME} 9", phone=None)
    id_ = await erased(service, alice, jane, same_email=True)
    erasure = await service.erasures.get(alice.principal, id_)
    assert erasure.records == (("candidate", jane.id), ("candidate", twin.id))
    assert len(erasure.left) == 5
