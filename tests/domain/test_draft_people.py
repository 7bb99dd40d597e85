"""Records and people in a draft: relations in order, at most one primary participant, attendees apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attendee, AttendeeKind
from dayline.domain.draft import Attendance, Draft, Invited, Relate
from dayline.domain.errors import Invalid
from dayline.domain.identity import UserKey
from dayline.domain.record import KINDS
from tests.domain.book import CALL, Book, changed, contact, key, made, ref

flags = st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=6)


def people(*listed: tuple[int, bool]) -> Draft:
    return Draft(type=CALL, participants=tuple((contact(id_), primary) for id_, primary in listed))


def shown(activity: Activity) -> list[tuple[int, bool]]:
    return [(person.ref.id, person.primary) for person in activity.participants]


TWO = made(people((1, True), (2, False)))


@given(flags)
def test_participants_are_listed_once_each_with_at_most_one_primary(listed: list[tuple[int, bool]]) -> None:
    chosen = {id_ for id_, primary in listed if primary}
    if len(chosen) > 1:
        with pytest.raises(Invalid) as refused:
            made(people(*listed))
        assert refused.value.problems[0].field == "contact_id"
        return
    found = shown(made(people(*listed)))
    assert [id_ for id_, _ in found] == list(dict.fromkeys(id_ for id_, _ in listed))
    first = {listed[0][0]} if listed else set()
    assert {id_ for id_, primary in found if primary} == (chosen or first)


@given(flags, st.none() | st.integers(1, 5))
def test_the_primary_can_be_changed_alone(listed: list[tuple[int, bool]], chosen: int | None) -> None:
    if len({id_ for id_, primary in listed if primary}) > 1:
        return
    before = made(people(*listed))
    after = changed(before, Draft(primary=None if chosen is None else contact(chosen)))
    others = {id_ for id_, primary in shown(before) if not primary}
    assert {id_ for id_, primary in shown(after) if primary} == ({chosen} if chosen else set())
    assert {id_ for id_, primary in shown(after) if not primary} >= others - {chosen}
    assert len(after.participants) == len({person.ref for person in after.participants})


def test_a_new_primary_takes_the_place_of_the_one_before() -> None:
    assert shown(changed(TWO, Draft(primary=contact(9)))) == [(9, True), (2, False)]


def test_a_primary_who_takes_part_already_is_only_marked() -> None:
    assert shown(changed(TWO, Draft(primary=contact(2)))) == [(1, False), (2, True)]
    assert shown(changed(TWO, Draft(primary=contact(1)))) == [(1, True), (2, False)]


def test_without_a_primary_the_others_stay() -> None:
    assert shown(changed(TWO, Draft(primary=None))) == [(2, False)]


def test_a_list_and_a_primary_together() -> None:
    both = Draft(participants=((contact(3), False), (contact(4), False)), primary=contact(4))
    assert shown(changed(TWO, both)) == [(3, False), (4, True)]


def test_an_empty_list_takes_everybody_away() -> None:
    assert shown(changed(TWO, Draft(participants=()))) == []


def test_a_list_in_place_of_another_chooses_anew() -> None:
    assert shown(changed(TWO, people((2, False), (1, False)))) == [(2, True), (1, False)]


def test_relations_are_set_replaced_and_cleared_by_kind() -> None:
    first = made(Draft(type=CALL, related=(Relate("organization", key("organization")), Relate("deal", key("deal")))))
    assert first.related == (ref("organization"), ref("deal"))
    other = changed(first, Draft(related=(Relate("organization", key("organization", 2)),)))
    assert other.related == (ref("organization", 2), ref("deal"))
    cleared = changed(other, Draft(related=(Relate("organization", None), Relate("lead", key("lead")))))
    assert cleared.related == (ref("deal"), ref("lead"))
    assert changed(cleared, Draft(related=(Relate("job", None),))).related == cleared.related


def test_of_several_records_of_a_kind_the_first_is_replaced_or_goes() -> None:
    several = replace(made(), related=(ref("deal", 1), ref("organization"), ref("deal", 2)))
    after = changed(several, Draft(related=(Relate("deal", key("deal", 3)),)))
    assert after.related == (ref("deal", 3), ref("organization"), ref("deal", 2))
    again = changed(several, Draft(related=(Relate("deal", key("deal", 2)),)))
    assert again.related == (ref("deal", 2), ref("organization"))
    without = changed(several, Draft(related=(Relate("deal", None),)))
    assert without.related == (ref("organization"), ref("deal", 2))
    assert changed(without, Draft(related=(Relate("deal", None),))).related == (ref("organization"),)


@given(st.lists(st.tuples(st.sampled_from(KINDS[:4]), st.none() | st.integers(1, 3)), max_size=8))
def test_relations_by_kind_hold_the_last_word_on_each(said: list[tuple[Any, int | None]]) -> None:
    relates = tuple(Relate(kind, None if id_ is None else key(kind, id_)) for kind, id_ in said)
    related = made(Draft(type=CALL, related=relates)).related
    assert {found.kind: found.id for found in related} == {kind: id_ for kind, id_ in dict(said).items() if id_}
    assert len(related) == len({found.kind for found in related})


def test_relations_and_participants_leave_each_other_alone() -> None:
    related = changed(TWO, Draft(related=(Relate("contact", key("contact", 1)),)))
    assert (shown(related), related.related) == (shown(TWO), (ref("contact"),))
    assert changed(related, Draft(participants=())).related == (ref("contact"),)


def test_an_unknown_record_is_invalid_where_it_was_named() -> None:
    missing = Book.MISSING
    wrong = (
        Draft(type=CALL, related=(Relate("deal", key("deal", missing)),)),
        people((1, True), (missing, False)),
        Draft(type=CALL, primary=contact(missing)),
        Draft(type=CALL, attendees=Attendance(frozenset(), (Invited(record=contact(missing)),))),
    )
    for draft, field in zip(wrong, ("deal_id", "contact_id", "contact_id", "contact_id"), strict=True):
        with pytest.raises(Invalid) as refused:
            made(draft)
        assert [problem.field for problem in refused.value.problems] == [field]


ALL: frozenset[AttendeeKind] = frozenset({"user", "candidate", "contact", "email"})
EVERYBODY = (
    Invited(user=UserKey(3, "u"), organizer=True),
    Invited(record=key("candidate")),
    Invited(record=contact(1), status="accepted"),
    Invited(email="x@example.com", name="X"),
)
INVITED = made(Draft(type=CALL, attendees=Attendance(frozenset(), EVERYBODY)))


def test_attendees_say_who_they_are() -> None:
    assert INVITED.attendees == (
        Attendee(user_id=3, organizer=True),
        Attendee(ref=ref("candidate")),
        Attendee(ref=ref("contact"), status="accepted"),
        Attendee(email="x@example.com", name="X"),
    )


@given(st.sets(st.sampled_from(sorted(ALL))))
def test_a_list_of_some_kinds_leaves_the_other_kinds(kinds: set[Any]) -> None:
    after = changed(INVITED, Draft(attendees=Attendance(frozenset(kinds), ())))
    assert after.attendees == tuple(person for person in INVITED.attendees if person.kind not in kinds)


def test_a_list_of_a_kind_takes_the_place_of_the_kind() -> None:
    new = Attendance(frozenset({"contact"}), (Invited(record=contact(2)), Invited(record=contact(2))))
    after = changed(INVITED, Draft(attendees=new))
    assert [person.kind for person in after.attendees] == ["user", "candidate", "email", "contact"]
    assert after.attendees[-1] == Attendee(ref=ref("contact", 2))


def test_attendees_and_participants_leave_each_other_alone() -> None:
    both = changed(INVITED, people((5, True)))
    assert (both.attendees, shown(both)) == (INVITED.attendees, [(5, True)])
    assert shown(changed(both, Draft(attendees=Attendance(ALL, ())))) == [(5, True)]


def test_a_draft_tells_every_key_that_it_names() -> None:
    draft = Draft(
        owner=UserKey(1, "owner"),
        collaborators=(UserKey(2, "c"),),
        related=(Relate("deal", key("deal")), Relate("job", None)),
        participants=((contact(1), False),),
        primary=contact(2),
        attendees=Attendance(ALL, (Invited(user=UserKey(3, "u")), Invited(record=contact(3)), Invited(email="x@y"))),
    )
    assert [key_.id for key_ in draft.user_keys()] == [1, 2, 3]
    assert list(draft.record_keys()) == [key("deal"), contact(1), contact(2), contact(3)]
    assert not [*Draft().user_keys(), *Draft().record_keys()]
