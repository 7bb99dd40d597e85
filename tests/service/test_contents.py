"""What an activity says: everything that was asked for, and nothing that does not exist."""

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attendee, Conference, Location, Participant, When
from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.errors import Invalid
from dayline.domain.filter import Page, Query
from dayline.domain.identity import UserKey
from dayline.service import Service
from tests.cast import START, Person, a_call, add_record, as_activity, as_written, key_of, log_call


async def test_each_bad_reference_is_named_by_its_field(service: Service, alice: Person) -> None:
    unknown = key_of(replace(await add_record(service, alice, "deal"), id=99))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"type": TypeKey("nothing", "type")}, "type"),
        ({"type": TypeKey(99, "type_id")}, "type_id"),
        ({"type": TypeKey("6", "type")}, "type"),
        ({"related": (Relate("deal", unknown),)}, "deal_id"),
        ({"participants": ((unknown, True),)}, "deal_id"),
        ({"primary": unknown}, "deal_id"),
        ({"owner": UserKey(99, "owner_id")}, "owner_id"),
        ({"collaborators": (UserKey(1, "c[0]"), UserKey(99, "c[1]"))}, "c[1]"),
        ({"duration": -1}, "duration"),
    ]
    for fields, field in cases:
        with pytest.raises(Invalid) as refused:
            await log_call(service, alice, **fields)
        assert [problem.field for problem in refused.value.problems] == [field]
    with pytest.raises(Invalid, match="type"):
        await service.activities.create(alice.principal, Draft(), as_activity)
    assert await service.activities.list(alice.principal, Query()) == Page((), None)


@pytest.mark.parametrize("type_", ["call", 6])
async def test_a_type_is_named_by_key_or_number(service: Service, alice: Person, type_: str | int) -> None:
    made = await log_call(service, alice, type=TypeKey(type_, "type"))
    assert (made.type.id, made.type.key) == (6, "call")


async def test_a_rendering_sees_what_is_then_stored(service: Service, alice: Person) -> None:
    written = await service.activities.create(alice.principal, a_call(subject="x"), as_written)
    assert written.activity == await service.activities.get(alice.principal, written.activity.id)


async def test_everything_a_draft_can_say_is_kept(service: Service, alice: Person, bob: Person) -> None:
    contact, deal = await add_record(service, alice, "contact"), await add_record(service, alice, "deal")
    invited = Invited(email="é@x.test", name="É", status="tentative", organizer=True)
    made = await log_call(
        service,
        alice,
        subject="s\u2028🦜",
        description="d",
        note="n",
        date=dt.date(2026, 11, 21),
        time=dt.time(10, 0, 1),
        duration=90,
        zone="Europe/Paris",
        busy=True,
        done=True,
        done_at=7,
        priority="critical",
        outcome="o",
        visibility="admin_only",
        location=Location(value="there", route="r"),
        conference=Conference(url="https://x.test"),
        invite=False,
        owner=UserKey(bob.user_id, "o"),
        collaborators=(UserKey(bob.user_id, "c"), UserKey(alice.user_id, "c")),
        related=(Relate("deal", key_of(deal)),),
        participants=((key_of(contact), False),),
        attendees=Attendance(frozenset(["email"]), (invited,)),
        extras={"vendor": {"nested": [1, {"a": None}], "float": 1.5}},
    )
    assert made == Activity(
        id=1,
        uuid=made.uuid,
        type=made.type,
        owner_id=bob.user_id,
        creator_id=alice.user_id,
        editor_id=alice.user_id,
        subject="s\u2028🦜",
        description="d",
        note="n",
        when=When(dt.date(2026, 11, 21), dt.time(10, 0, 1), 90, "Europe/Paris"),
        busy=True,
        done=True,
        done_at=7,
        priority="critical",
        outcome="o",
        visibility="admin_only",
        location=Location(value="there", route="r"),
        conference=Conference(url="https://x.test"),
        related=(deal.ref,),
        participants=(Participant(contact.ref, True),),
        attendees=(Attendee(email="é@x.test", name="É", status="tentative", organizer=True),),
        collaborators=(bob.user_id, alice.user_id),
        invite=False,
        created_at=made.created_at,
        updated_at=made.created_at,
        extras={"vendor": {"nested": [1, {"a": None}], "float": 1.5}},
    )
    assert START < made.created_at < START + 100
    assert await service.activities.get(alice.principal, 1) == made


async def test_a_directory_names_attendees_as_they_are_named_now(
    service: Service, alice: Person, bob: Person, charlie: Person
) -> None:
    contact = await add_record(service, alice, "contact", "Mara")
    await add_record(service, charlie, "contact", "Not she")
    people = (Invited(user=UserKey(bob.user_id, "a")), Invited(record=key_of(contact)), Invited(email="x@x.test"))
    made = await log_call(service, alice, attendees=Attendance(frozenset(["user", "contact", "email"]), people))
    directory = await service.activities.directory(alice.principal, [made, made])
    assert list(directory.records.values()) == [contact]
    assert {id_: user.name for id_, user in directory.users.items()} == {bob.user_id: "Bob"}
    assert (await service.activities.directory(alice.principal, [])).users == {}
