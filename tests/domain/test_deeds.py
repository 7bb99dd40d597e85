"""What is done, and what it is done to, are told apart by their names alone."""

from dayline.domain.audit import DEEDS
from dayline.domain.record import KINDS
from dayline.domain.told import SECRET


def test_no_deed_is_called_as_a_thing_is() -> None:
    assert not DEEDS & {*KINDS, "activity", "user", "type", "token", "webhook", "filter", "account", "erasure"}


def test_no_kind_of_record_is_kept_from_readers() -> None:
    assert not SECRET & set(KINDS)
