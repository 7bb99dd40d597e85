"""Who of those that were invited somebody is."""

import pytest

from dayline.domain.activity import Attendee
from dayline.domain.erasing import Subject
from dayline.domain.marks import Traces

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
