"""What is known of a person in doubt only, when he is erased: it is told, and nothing of others goes with it."""

from pathlib import Path

import pytest

from dayline.domain.draft import Attendance, Invited, Relate
from dayline.domain.erasure import Erasure
from dayline.domain.marks import ERASED
from dayline.domain.record import Record, RecordDraft
from dayline.service import Service
from dayline.store.files import Files
from dayline.store.store import Store
from tests.cast import Person, add_record, as_record, key_of, log_call
from tests.service.people import EVERY_KIND, erased, filed, person
from tests.store.peek import stored

ANN, EMAIL, OFFICE = "Ann Lee", "ann@lee.test", "office@acme.test"


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    """Where the files of this test are."""
    store.files = Files(tmp_path / "files", "here")
    return tmp_path / "files"


async def ann(service: Service, who: Person) -> Record:
    return await person(service, who, name=ANN, email=EMAIL, phone=None)


async def report(service: Service, who: Person, record: Record) -> Erasure:
    return await service.erasures.get(who.principal, await erased(service, who, record))


def invited(*given: Invited) -> Attendance:
    return Attendance(EVERY_KIND, given)


async def test_an_address_under_which_she_was_invited_once_is_not_hers(
    service: Service, store: Store, alice: Person, folder: Path
) -> None:
    her = await ann(service, alice)
    hers = await log_call(service, alice, attendees=invited(Invited(record=key_of(her), email=OFFICE, name=ANN)))
    others = await log_call(
        service,
        alice,
        subject=f"Write to {OFFICE}",
        attendees=invited(Invited(email=OFFICE)),
        attachments=(await filed(service, "plan.txt", b"1. Eat"),),
    )
    told = await report(service, alice, her)
    assert await stored(store, alice.account_id) == [others]
    assert told.counts["activities erased"] == 1
    assert told.counts["activities and records left that say only a former name or address"] == 1
    assert f"activity {others.id} says a name or an address of before, and stays as it is" in told.left
    assert hers.id != others.id


async def test_by_the_name_alone_nothing_is_purged(service: Service, store: Store, alice: Person) -> None:
    her, deal = await ann(service, alice), await add_record(service, alice, "deal", "Big")
    related = (Relate("deal", key_of(deal)),)
    of_deal = await log_call(service, alice, subject="Signing", related=related, attendees=invited(Invited(name=ANN)))
    told = await report(service, alice, her)
    (kept,) = await stored(store, alice.account_id)
    assert (kept.subject, kept.related, kept.attendees) == ("Signing", of_deal.related, ())
    line = f"activity {of_deal.id} is not known as the person's: by the name alone an attendee was taken out"
    assert told.left == (line,)


@pytest.mark.parametrize("name", [ANN, "Lee, Ann"])
async def test_a_company_of_her_name_keeps_it(service: Service, store: Store, alice: Person, name: str) -> None:
    her, mara = await ann(service, alice), await add_record(service, alice, "contact", "Mara Quell")
    firm = await person(service, alice, kind="organization", name=name, email=None, phone=None)
    both = (Relate("candidate", key_of(her)), Relate("contact", key_of(mara)))
    await log_call(service, alice, subject=f"{ANN} came", related=both)
    await log_call(service, alice, subject=f"{ANN} pays")
    told = await report(service, alice, her)
    assert await service.records.get(alice.principal, key_of(firm)) == firm
    assert [one.subject for one in await stored(store, alice.account_id)] == [f"{ERASED} came", f"{ANN} pays"]
    assert told.left == (f"organization {firm.id} has the same name, and stays as it is",)


async def test_each_record_that_was_changed_is_told(service: Service, alice: Person) -> None:
    her = await ann(service, alice)
    draft = RecordDraft(kind="deal", name="Big", external_id=f"crm:{EMAIL}")
    deal = await service.records.create(alice.principal, draft, as_record)
    told = await report(service, alice, her)
    assert (await service.records.get(alice.principal, key_of(deal))).external_id is None
    assert told.left == (f"deal {deal.id} is no person: the name or the address went from its name or external id",)


async def test_somebody_with_her_words_turned_keeps_them(service: Service, store: Store, alice: Person) -> None:
    her, lee = await ann(service, alice), await person(service, alice, name="Lee Ann", email=None, phone=None)
    await log_call(service, alice, subject="Lee Ann, Lee, Ann")
    told = await report(service, alice, her)
    assert [one.subject for one in await stored(store, alice.account_id)] == [f"Lee Ann, {ERASED}"]
    assert told.left == (f"candidate {lee.id} has another name with the person's in it, and stays as it is",)


async def test_single_words_and_files_that_cannot_be_read_are_told(
    service: Service, store: Store, alice: Person, folder: Path
) -> None:
    her, mara = await ann(service, alice), await add_record(service, alice, "contact", "Mara Quell")
    both = (Relate("candidate", key_of(her)), Relate("contact", key_of(mara)))
    files = [await filed(service, name, data) for name, data in (("a.txt", b"1. Eat"), ("b.pdf", b"PDF\x00\xff"))]
    hers = await log_call(service, alice, subject="Ann sings", related=both, attachments=tuple(files))
    told = await report(service, alice, her)
    (kept,) = await stored(store, alice.account_id)
    assert [one.name for one in kept.attachments] == ["a.txt", "b.pdf"]
    start = f"activity {hers.id} is of several:"
    assert told.left == (
        f"{start} 1 of its files do not name the person, and stay",
        f"{start} 1 of its files are no plain text and cannot be looked into, and stay",
        f"{start} a single word of the name stands in it, and stays",
    )
    assert told.counts["activities of several left with a single word of the name"] == 1
