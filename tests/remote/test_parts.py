"""The pure parts: what is laid over a request, what is taken for a lost note, and what of a page is given."""

from typing import Any

import pytest

from dayline.domain.errors import Conflict, Invalid
from dayline.kit.failures import failure_of
from dayline.remote.connector import Answer, Connection, NewNote, Outbound, RemoteActivity
from dayline.remote.errors import RemoteError
from dayline.remote.finding import Seen, Sought, clock_of, seen, sought
from dayline.remote.listing import Filters, Spot, cut, matching
from dayline.remote.merging import Options, laid_over, merged
from dayline.vendors.ashby.connector import CONNECTOR as ASHBY
from dayline.vendors.lever.connector import CONNECTOR as LEVER
from dayline.vendors.recruitee.connector import CONNECTOR as RECRUITEE

HERE = Connection("id", "http://127.0.0.1", {"api_key": "k", "company_id": "1"})
NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("below", "above", "both"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        (None, {"a": 1}, {"a": 1}),
    ],
)
def test_laying_over(below: Any, above: Any, both: Any) -> None:
    assert laid_over(below, above) == both


@pytest.mark.parametrize(
    "above",
    [
        {"note": {"private": False}},
        {"note": {"private": 1}},
        {"note": {"private": None}},
        {"note": {"private": [True]}},
        {"note": None},
        {"note": "text"},
        {"note": [{"private": True}]},
    ],
)
def test_what_is_kept_cannot_be_undone(above: dict[str, Any]) -> None:
    outbound = Outbound(method="POST", path="/n", body={"note": {"private": True}}, kept=(("note", "private"),))
    with pytest.raises(Invalid) as error:
        merged(outbound, Options(remote_data=above))
    assert error.value.problems[0].field == "remote_data.note.private"
    assert merged(outbound, Options(remote_data={"note": {"private": True, "a": 1}})).body["note"]["a"] == 1


def looking(note: NewNote, remote_data: dict[str, Any] | None = None, connector: Any = LEVER) -> Sought:
    plain = connector.create(HERE, note)
    return sought(connector, HERE, note, plain, merged(plain, Options(remote_data=remote_data)), str)


@pytest.mark.parametrize("connector", [ASHBY, LEVER, RECRUITEE])
def test_the_text_is_found_in_every_vendors_request(connector: Any) -> None:
    note = NewNote(candidate_id="12", body="<b>Called</b> &amp;  asked", visibility="private")
    assert looking(note, None, connector).text == "Called & asked"
    assert looking(note, {"extra": 1}, connector).text == "Called & asked"


def test_the_text_may_be_the_callers_own() -> None:
    note = NewNote(candidate_id="12", body="Called")
    assert looking(note, {"note": {"value": "Own", "type": "text/html"}}, ASHBY).text == "Own"
    assert looking(note, {"note": "Plain"}, ASHBY).text == "Plain"
    assert looking(note, {"note": ["?"]}, ASHBY).text is None
    assert looking(NewNote(candidate_id="12")).text is None


def item(body: str | None = "Called", at: int | None = NOW, id: str = "1") -> RemoteActivity:
    return RemoteActivity(id=id, body=body, created_at=at, visibility="public")


NOTE = NewNote(candidate_id="12", body="Called")


def test_a_note_of_the_right_words_and_time_is_the_one() -> None:
    wanted = looking(NOTE)
    others = [item("Other"), item(None), item(at=NOW - 3_600_000), item(at=NOW + 3_600_000)]
    found = seen(wanted, [*others, item(id="it")], NOW, NOW + 1000, NOW + 1000)
    assert ([note.id for note in found.notes], found.sure) == (["it"], True)
    assert seen(wanted, others, NOW, NOW + 1000, NOW + 1000).notes == ()


def test_another_clock_is_reckoned_with() -> None:
    wanted, hour = looking(NOTE), 3_600_000
    assert seen(wanted, [item(at=NOW + hour)], NOW, NOW + 1000, NOW + 1000 + hour).notes
    assert not seen(wanted, [item(at=NOW)], NOW, NOW + 1000, NOW + 1000 + hour).notes
    assert seen(wanted, [item(at=NOW - 60_000)], NOW, NOW + 1000, None).notes  # where it is not known, with more room


def test_what_is_not_seen_is_not_always_not_there() -> None:
    day = 86_400_000

    def doubtful(wanted: Sought, one: RemoteActivity) -> bool:
        found = seen(wanted, [one], NOW, NOW, NOW)
        assert found.notes == ()
        return found.doubtful == (one,)

    assert seen(looking(NOTE), [], NOW, NOW, NOW) == Seen((), (), True)
    assert doubtful(looking(NOTE), item(at=None))
    assert doubtful(looking(NOTE), item(at=NOW - 600_000))  # a clock may have been set
    assert not doubtful(looking(NOTE), item(at=NOW - day))
    assert doubtful(looking(NOTE, {"other": 1}), item(at=NOW - day))
    assert not doubtful(looking(NOTE, {"other": 1}), item("Other", at=NOW - day))
    elsewhere = looking(NOTE, {"note": {"type": "text/html"}}, ASHBY)  # it may be kept as something else
    assert not seen(elsewhere, [], NOW, NOW, NOW).sure


def test_the_clock_of_an_answer() -> None:
    def answer(date: str) -> Answer:
        return Answer(status=200, headers=(("date", date),), media_type="", body=b"")

    assert clock_of(answer("Thu, 01 Jan 1970 00:00:01 GMT")) == 1500
    assert [clock_of(answer(date)) for date in ("", "now", "Thu, 99 Jan 1970 00:00:01 GMT")] == [None] * 3


def test_an_error_keeps_the_vendors_words_from_a_traceback() -> None:
    error = RemoteError("refused", 400, "Ravi Shah is unknown")
    assert (str(error), error.message) == ("refused, 400", "Ravi Shah is unknown")


def test_a_clash_that_ends_by_itself_says_when() -> None:
    failure = failure_of(Conflict("Under way.", retry_after=40))
    assert failure is not None
    assert (failure.status, failure.headers) == (409, (("Retry-After", "40"),))


def test_a_page_that_is_too_long_is_given_in_parts() -> None:
    items = [item(id=str(number)) for number in range(5)]
    part, spot = cut(items, Spot("c"), "d", 2)
    assert ([one.id for one in part], spot) == (["0", "1"], Spot("c", "1"))
    part, spot = cut(items, Spot("c", "1"), "d", 2)
    assert ([one.id for one in part], spot) == (["2", "3"], Spot("c", "3"))
    part, spot = cut(items, Spot("c", "3"), "d", 2)
    assert ([one.id for one in part], spot) == (["4"], Spot("d"))
    assert cut(items, Spot("c", "4"), None, 2) == ((), None)
    assert cut(items, Spot("c", "gone"), None, None) == (tuple(items), None)


def test_every_comparison() -> None:
    items = [item(id=str(number), at=number) for number in range(4)] + [item(id="?", at=None)]

    def ids(*bounds: Any) -> str:
        return "".join(one.id for one in matching(items, Filters(candidate_id="c", created_at=bounds)))

    assert (ids(), ids(("gt", 1)), ids(("gte", 1)), ids(("lt", 1))) == ("0123?", "23", "123", "0")
    assert (ids(("lte", 1)), ids(("eq", 1)), ids(("in", 0), ("in", 3))) == ("01", "1", "03")
    assert ids(("gte", 1), ("lt", 3)) == "12"
