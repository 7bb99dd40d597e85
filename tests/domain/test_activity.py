"""The activity: instants derived from its time, its main relation, and who may see it."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.activity import MAIN_ORDER, Activity, Attendee, Participant, Visibility, When, visible
from dayline.domain.record import KINDS, Kind, Ref
from dayline.domain.types import TypeRef

BARE = Activity(id=1, uuid="u", type=TypeRef(6, "call"), owner_id=1, creator_id=2, editor_id=3)
WHENS = st.builds(
    When,
    st.none() | st.dates(),
    st.none() | st.times().map(lambda time: time.replace(microsecond=0)),
    st.none() | st.integers(0, 10_000 * 3600 - 1),
)


def ref(kind: Kind, id_: int = 1) -> Ref:
    return Ref(kind, id_, f"{kind}-{id_}", f"{kind}_{id_}")


@given(WHENS)
def test_instants_are_there_exactly_where_their_parts_are(when: When) -> None:
    assert (when.starts_at is not None) == (when.date is not None and when.time is not None)
    assert (when.ends_at is not None) == (when.starts_at is not None and when.duration is not None)
    assert when.all_day == (when.date is not None and when.time is None)


@given(WHENS)
def test_instants_are_the_calendars(when: When) -> None:
    if when.date is None or when.time is None:
        return
    start = (dt.datetime.combine(when.date, when.time) - dt.datetime(1970, 1, 1)) // dt.timedelta(milliseconds=1)
    assert when.starts_at == start
    if when.duration is not None:
        assert when.ends_at == start + when.duration * 1000
        assert when.ends_at >= when.starts_at


def test_the_main_relation_is_the_first_kind_of_the_ruling() -> None:
    ruled: tuple[Kind, ...] = ("deal", "lead", "project", "job", "candidate", "contact", "organization")
    assert ruled == MAIN_ORDER
    for first, second in pairwise(ruled):
        both = replace(BARE, related=(ref(second), ref(first)))
        assert both.main == ref(first)


def test_the_primary_participant_is_the_main_relation_before_an_organization_only() -> None:
    people = (Participant(ref("contact", 8)), Participant(ref("contact", 9), True))
    assert replace(BARE, participants=people, related=(ref("organization"),)).main == ref("contact", 9)
    assert replace(BARE, participants=people, related=(ref("candidate"),)).main == ref("candidate")
    assert replace(BARE, participants=people[:1], related=(ref("organization"),)).main == ref("organization")
    assert replace(BARE, participants=people[:1]).main is None


@given(st.permutations(KINDS))
def test_a_chosen_main_relation_goes_before_the_order(kinds: list[Kind]) -> None:
    related = tuple(ref(kind) for kind in kinds)
    assert replace(BARE, related=related, main_chosen=True).main == related[0]
    assert replace(BARE, related=related).main == ref("deal")


@pytest.mark.parametrize("kind", ["sequence", "other"])
def test_a_kind_outside_the_order_is_main_only_when_alone(kind: Kind) -> None:
    assert replace(BARE, related=(ref(kind),)).main == ref(kind)
    assert replace(BARE, related=(ref(kind), ref("organization"))).main == ref("organization")


@pytest.mark.parametrize(("done", "deleted_at", "open_"), [(False, None, True), (True, None, False), (False, 5, False)])
def test_open_is_undone_and_living(done: bool, deleted_at: int | None, open_: bool) -> None:
    assert replace(BARE, done=done, deleted_at=deleted_at).open is open_


def test_links_are_every_record_in_every_role() -> None:
    busy = replace(
        BARE,
        related=(ref("deal"), ref("contact")),
        participants=(Participant(ref("contact")), Participant(ref("contact", 2))),
        attendees=(Attendee(ref=ref("candidate")), Attendee(email="x@example.com"), Attendee(user_id=4)),
    )
    assert list(busy.links()) == [ref("deal"), ref("contact"), ref("contact"), ref("contact", 2), ref("candidate")]


def test_attendees_know_what_stands_behind_them() -> None:
    kinds = [
        Attendee(user_id=1).kind,
        Attendee(ref=ref("candidate")).kind,
        Attendee(ref=ref("contact")).kind,
        Attendee(email="x@example.com").kind,
    ]
    assert kinds == ["user", "candidate", "contact", "email"]


@pytest.mark.parametrize("visibility", ["public", "private", "admin_only"])
def test_members_see_what_is_public_and_what_they_have_a_part_in(visibility: Visibility) -> None:
    hidden = replace(BARE, visibility=visibility, collaborators=(4,), attendees=(Attendee(user_id=5),))
    seers = {user for user in range(1, 8) if visible(hidden, user, admin=False)}
    assert seers == (set(range(1, 8)) if visibility == "public" else {1, 2, 4, 5})
    assert visible(hidden, 7, admin=True)
