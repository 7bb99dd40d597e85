"""Who of those that were invited somebody is, and what stays of others."""

from typing import Any

import pytest

from dayline.domain.activity import Activity, Attendee, visible
from dayline.domain.erasing import Subject, in_other_words, is_doubtful, other_record, remains, without
from dayline.domain.marks import ERASED, Traces
from dayline.domain.record import Record, Ref
from dayline.domain.told import Logged, told_to
from dayline.domain.types import ActivityType, TypeRef
from dayline.domain.webhook import Webhook

ANN = Subject(Traces(names=("Ann Lee",), emails=("ann@lee.test",)))


@pytest.mark.parametrize(
    ("attendee", "is_she"),
    [
        (Attendee(email="Ann@Lee.test", name="Somebody"), True),
        (Attendee(name="ann lee"), True),
        (Attendee(email="mary@other.org", name="Mary Ann Lee"), False),
        (Attendee(email="ann@other.org", name="Ann Lee"), False),
        (Attendee(name="Mary Ann Lee"), False),
        (Attendee(user_id=3, email="ann@lee.test", name="Ann Lee"), False),
    ],
)
def test_who_was_invited(attendee: Attendee, is_she: bool) -> None:
    assert ANN.is_attendee(attendee) is is_she


@pytest.mark.parametrize(
    ("attendee", "is_she"),
    [
        (Attendee(email="Ann Lee <ann@lee.test>"), True),
        (Attendee(email="ann@lee.test, bob@lee.test"), False),
        (Attendee(email="info@lee.test"), False),
    ],
)
def test_by_the_address_in_what_was_given(attendee: Attendee, is_she: bool) -> None:
    emails = ("ann@lee.test", "info@lee.test")
    ann = Subject(Traces(names=("Ann Lee",), emails=emails, shared=("info@lee.test",)))
    assert ann.is_attendee(attendee) is is_she


def test_who_was_invited_with_another_address_stays() -> None:
    longer = Attendee(email="mary@other.test", name="Mary Ann Lee")
    namesake = Attendee(email="ann.lee@other.test", name="Ann Lee")
    both = Attendee(email="ann@lee.test, bob@lee.test")
    activity = _activity(attendees=(longer, namesake, both, Attendee(name="Ann Lee")))
    kept = without(activity, ANN).attendees
    assert kept == (
        longer,
        Attendee(email="ann.lee@other.test", name=ERASED),
        Attendee(email=f"{ERASED}, bob@lee.test"),
    )
    assert [is_doubtful(one, ANN.far) for one in activity.attendees] == [True, True, False, False]


def test_who_was_invited_is_told_that_it_is_gone() -> None:
    activity = _activity(visibility="private", collaborators=(4,), attendees=(Attendee(user_id=5), Attendee(user_id=4)))
    left = remains(activity, 7)
    assert [visible(left, user_id, admin=False) for user_id in (1, 4, 5, 6)] == [True, True, True, False]
    assert left.attendees == ()


def test_what_was_learned_makes_nobody_her() -> None:
    learned = Traces(names=("Ann Lee", "Hiring Manager"), emails=("ann@lee.test", "office@acme.test"))
    ann = Subject(learned.joined(Traces(former=("Hiring Manager", "office@acme.test"))))
    for one in (Attendee(email="office@acme.test"), Attendee(name="Hiring Manager")):
        activity = _activity(subject="Hiring Manager, office@acme.test", attendees=(one,))
        assert not ann.has_part(activity)
        assert without(activity, ann) == activity
        hers = _activity(subject="Hiring Manager, office@acme.test", attendees=(one, Attendee(email="ann@lee.test")))
        assert not ann.is_alone(hers)
        assert without(hers, ann).subject == f"{ERASED}, {ERASED}"
    assert not ann.made_into("office@acme.test")


def test_by_the_name_alone_she_has_no_part() -> None:
    activity = _activity(attendees=(Attendee(name="Ann Lee"),))
    assert (ANN.has_part(activity), ANN.is_named_alone(activity)) == (False, True)
    assert without(activity, ANN).attendees == ()


def test_what_is_told_of_it_says_what_else_it_was_about() -> None:
    """A webhook that chooses by record is told that it is deleted."""
    deal, ann, mara = (Ref(kind, 1, kind, kind) for kind in ("deal", "candidate", "contact"))
    left = remains(_activity(related=(ann, deal, mara)), 7)
    assert left.related == (deal,)
    logged = Logged(
        sequence=1,
        entity="activity",
        entity_id=1,
        action="deleted",
        user_id=1,
        token_id=0,
        at=7,
        before=None,
        after=left,
    )
    told = told_to(logged, b"x", 1, admin=True)
    assert told is not None
    given: dict[str, Any] = {"id": 1, "uuid": "u", "face": "dayline", "url": "https://hook.test/", "owner_id": 1}
    assert [Webhook(**given, records=(ref,)).chooses(told) for ref in (deal, ann)] == [True, False]


def test_the_address_of_another_record_is_its_own() -> None:
    deal = Record(kind="deal", id=1, uuid="u", slug="s", name="For Ann Lee", email="ann@lee.test")
    after = other_record(deal, ANN.far, 7)
    assert (after.name, after.email) == (f"For {ERASED}", "ann@lee.test")


def test_only_what_is_a_field_is_put_in_other_words() -> None:
    type_ = ActivityType(id=1, key="k", label="Ann Lee's", icon="call", order=1)
    assert in_other_words(type_, ANN.far, "label").label == f"{ERASED}'s"
    with pytest.raises(ValueError, match="name"):
        in_other_words(type_, ANN.far, "name")


def _activity(**fields: Any) -> Activity:
    given: dict[str, Any] = {
        "id": 1,
        "uuid": "u",
        "type": TypeRef(1, "call"),
        "owner_id": 1,
        "creator_id": 1,
        "editor_id": 1,
    }
    return Activity(**given, **fields)
