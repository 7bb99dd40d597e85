"""What is asked together is what was asked one by one."""

import re

from dayline.store.statement import Call, postgresql_text, postgresql_together, written_by
from dayline.store.statements import ADD_CHANGE, DROP_LANE, PUT, PUT_LINK, RECORDS, SAVE, USERS

_SHAPES = ((PUT["activities"], True), (PUT_LINK["links"], True), (ADD_CHANGE, True), (SAVE, False))


def _numbers(text: str) -> list[int]:
    return sorted({int(number) for number in re.findall(r"\$(\d+)", text)})


def test_lookups_tell_their_place_and_count_their_parameters_on() -> None:
    lookups = (RECORDS["id"], RECORDS["slug"], USERS)
    both = postgresql_together(tuple((lookup, False) for lookup in lookups), reads=True)
    assert re.findall(r"SELECT (\d), found\.\*", both.text) == ["0", "1", "2"]
    assert _numbers(both.text) == list(range(1, 1 + sum(map(len, both.places))))
    assert both.places == tuple(postgresql_text(lookup).places for lookup in lookups)


def test_writes_are_parts_of_the_last_one() -> None:
    written = postgresql_together(_SHAPES, reads=False)
    assert re.findall(r"part_\d AS \(INSERT INTO (\w+)", written.text) == ["activities", "links", "changes"]
    assert re.search(r"\) UPDATE counters SET [^;]*$", written.text)
    assert _numbers(written.text) == list(range(1, 1 + sum(map(len, written.places))))


def test_a_write_of_many_rows_that_has_no_form_for_all_of_them_goes_alone() -> None:
    assert written_by(Call(DROP_LANE, [(1, "webhook:1")], many=True)) == "jobs"
    assert written_by(Call(DROP_LANE, [(1, "webhook:1"), (1, "webhook:2")], many=True)) is None
    assert written_by(Call(ADD_CHANGE, [(), ()], many=True)) == "changes"
    assert written_by(Call(USERS, [(1, "[]")])) is None
