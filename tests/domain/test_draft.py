"""How an activity becomes what a draft asks: what is not said stays, null clears, and nothing else moves."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import asdict, replace

from dayline.domain import rules
from dayline.domain.activity import Activity, Conference, Location, When
from dayline.domain.draft import Author, Draft, Relate, TypeKey
from dayline.domain.errors import Invalid
from dayline.domain.identity import UserKey
from dayline.domain.time import MAX_DURATION
from tests.domain.book import ALICE, BOB, CALL, Book, changed, key, made, ref

words = st.text(max_size=12)
# Every plain field of a draft: its values, with None where it can be cleared.
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "subject": words,
    "description": st.none() | words,
    "note": st.none() | words,
    "busy": st.none() | st.booleans(),
    "priority": st.sampled_from([None, "low", "normal", "high", "critical"]),
    "outcome": st.none() | words,
    "visibility": st.sampled_from(["public", "private", "admin_only"]),
    "location": st.none() | st.builds(Location, words, locality=words),
    "conference": st.none() | st.builds(Conference, words, words, words),
    "invite": st.booleans(),
    "done": st.booleans(),
}
WHEN: dict[str, st.SearchStrategy[Any]] = {
    "date": st.none() | st.dates(),
    "time": st.none() | st.times(),
    "duration": st.none() | st.integers(0, MAX_DURATION),
    "zone": st.sampled_from([None, "Europe/Oslo", "UTC"]),
}
values = st.fixed_dictionaries({}, optional={**PLAIN, **WHEN})
MOVES = {"editor_id", "updated_at", "revision"}  # what every write moves


def moved(before: Activity, after: Activity) -> set[str]:
    """The fields that differ."""
    return {name for name in Activity.__struct_fields__ if getattr(before, name) != getattr(after, name)}


@given(values)
def test_a_new_activity_says_what_its_draft_says(given_: dict[str, Any]) -> None:
    activity = made(Draft(type=CALL, **given_))
    assert asdict(activity).items() >= {name: value for name, value in given_.items() if name in PLAIN}.items()
    assert activity.when == When(*(given_.get(name) for name in WHEN))
    assert (activity.owner_id, activity.creator_id, activity.editor_id) == (1, 1, 1)
    assert (activity.created_at, activity.updated_at, activity.revision) == (1_000, 1_000, 1)
    assert (activity.id, activity.uuid, activity.type.key, activity.deleted_at) == (1, "u", "call", None)


def test_a_bare_draft_makes_a_bare_activity() -> None:
    activity = made()
    assert (activity.subject, activity.when, activity.visibility, activity.invite) == ("", When(), "public", True)
    assert (activity.done, activity.done_at, activity.related, activity.extras) == (False, None, (), {})


def test_an_activity_needs_a_type() -> None:
    with pytest.raises(Invalid) as refused:
        made(Draft(subject="x"))
    assert [(problem.field, problem.kind) for problem in refused.value.problems] == [("type", "missing")]


@given(values, values)
def test_what_is_not_said_stays_and_null_clears(first: dict[str, Any], second: dict[str, Any]) -> None:
    before = made(Draft(type=CALL, **first))
    after = changed(before, Draft(**second))
    said = {**first, **second}
    assert asdict(after).items() >= {name: value for name, value in said.items() if name in PLAIN}.items()
    assert after.when == When(*(said.get(name) for name in WHEN))


@given(values, st.sampled_from([*PLAIN, *WHEN]), st.data())
def test_nothing_moves_beside_the_field_that_is_named(first: dict[str, Any], name: str, data: st.DataObject) -> None:
    before = made(Draft(type=CALL, **first))
    after = changed(before, Draft(**{name: data.draw({**PLAIN, **WHEN}[name])}))
    may = {"when"} if name in WHEN else {"done", "done_at"} if name == "done" else {name}
    assert moved(before, after) <= may | MOVES


@given(values)
def test_an_empty_draft_moves_only_who_and_when(first: dict[str, Any]) -> None:
    before = made(Draft(type=CALL, **first))
    after = changed(before, Draft())
    assert moved(before, after) == MOVES
    assert (after.editor_id, after.updated_at, after.revision) == (BOB.user_id, BOB.now, before.revision + 1)


@given(values)
def test_the_draft_of_an_activity_changes_nothing_in_it(first: dict[str, Any]) -> None:
    draft = Draft(type=CALL, **first)
    before = made(draft)
    assert moved(before, changed(before, draft)) == MOVES


@given(values)
def test_an_activity_is_not_touched_by_what_is_made_of_it(first: dict[str, Any]) -> None:
    before = made(Draft(type=CALL, extras={"v": {"a": 1}}, **first))
    copy = replace(before, extras={"v": {"a": 1}})
    changed(before, Draft(subject="other", extras={"v": {"a": None, "b": 2}}))
    assert before == copy


@pytest.mark.parametrize("duration", [-1, MAX_DURATION + 1])
def test_a_duration_has_bounds(duration: int) -> None:
    with pytest.raises(Invalid) as refused:
        made(Draft(type=CALL, duration=duration))
    assert refused.value.problems[0].field == "duration"


@given(values)
def test_date_time_and_duration_are_independent(given_: dict[str, Any]) -> None:
    before = made(Draft(type=CALL, date=dt.date(2026, 11, 21), time=dt.time(9), duration=600, zone="UTC"))
    cleared = changed(before, Draft(date=None)).when
    assert (cleared.date, cleared.time, cleared.duration, cleared.zone) == (None, dt.time(9), 600, "UTC")
    assert (cleared.starts_at, cleared.ends_at, cleared.all_day) == (None, None, False)
    whole = changed(before, Draft(time=None)).when
    assert (whole.all_day, whole.starts_at, whole.duration) == (True, None, 600)


def test_done_keeps_the_instant_at_which_it_was_done() -> None:
    undone = made()
    done = changed(undone, Draft(done=True))
    assert (done.done, done.done_at) == (True, BOB.now)
    assert changed(done, Draft(done=True), Author(1, 9_000)).done_at == BOB.now
    assert changed(done, Draft(subject="x"), Author(1, 9_000)).done_at == BOB.now


def test_undone_forgets_it_and_done_again_is_a_new_instant() -> None:
    done = made(Draft(type=CALL, done=True))
    undone = changed(done, Draft(done=False))
    assert (done.done_at, undone.done, undone.done_at) == (ALICE.now, False, None)
    assert changed(undone, Draft(done=True), Author(1, 9_000)).done_at == 9_000


def test_a_given_instant_of_done_counts_only_when_it_is_done() -> None:
    assert made(Draft(type=CALL, done=True, done_at=77)).done_at == 77
    assert made(Draft(type=CALL, done_at=77)).done_at is None
    done = made(Draft(type=CALL, done=True))
    assert changed(done, Draft(done_at=0)).done_at == 0
    assert changed(done, Draft(done=False, done_at=77)).done_at is None


@pytest.mark.parametrize(
    ("before", "hidden", "after"),
    [
        ("public", True, "private"),
        ("private", True, "private"),
        ("admin_only", True, "admin_only"),
        ("public", False, "public"),
        ("private", False, "public"),
        ("admin_only", False, "public"),
        ("public", UNSET, "public"),
        ("admin_only", UNSET, "admin_only"),
    ],
)
def test_hidden_keeps_its_own_way_of_being_hidden(before: Any, hidden: Any, after: str) -> None:
    assert changed(made(Draft(type=CALL, visibility=before)), Draft(hidden=hidden)).visibility == after


def test_owner_type_and_collaborators_are_looked_up() -> None:
    after = changed(
        made(), Draft(type=TypeKey(5, "t"), owner=UserKey(7, "o"), collaborators=(UserKey(4, "c"), UserKey(4, "c")))
    )
    assert (after.type.key, after.owner_id, after.creator_id, after.collaborators) == ("interview", 7, 1, (4,))
    assert changed(after, Draft(collaborators=())).collaborators == ()


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(type=TypeKey("lunching", "kind")), "kind"),
        (Draft(owner=UserKey(Book.MISSING, "owner")), "owner"),
        (Draft(collaborators=(UserKey(1, "a"), UserKey(Book.MISSING, "b"))), "b"),
    ],
)
def test_whom_the_resolver_does_not_know_is_invalid_where_he_was_named(draft: Draft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        changed(made(), draft)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_deleting_and_restoring_moves_nothing_else() -> None:
    before = made(Draft(type=CALL, done=True, subject="x"))
    deleted = rules.delete(before, BOB)
    assert moved(before, deleted) == MOVES | {"deleted_at"}
    assert (deleted.deleted_at, deleted.revision) == (BOB.now, 2)
    assert moved(before, rules.restore(deleted, BOB)) == MOVES


words_or_none = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 3), max_size=3)
patches = st.dictionaries(st.sampled_from(["reevo", "atz"]), words_or_none, max_size=2)


@given(patches, patches)
def test_extras_are_merged_by_vendor_and_key(first: dict[str, Any], second: dict[str, Any]) -> None:
    after = changed(made(Draft(type=CALL, extras=first)), Draft(extras=second)).extras
    expected = {
        vendor: {
            name: value
            for name, value in {**first.get(vendor, {}), **second.get(vendor, {})}.items()
            if value is not None
        }
        for vendor in {**first, **second}
    }
    assert after == {vendor: kept for vendor, kept in expected.items() if kept}


CHOSEN = replace(made(), related=(ref("organization"), ref("project"), ref("deal")), main_chosen=True)


def test_a_chosen_main_relation_that_is_cleared_leaves_no_choice_behind() -> None:
    after = changed(CHOSEN, Draft(related=(Relate("organization", None),)))
    assert (after.main_chosen, after.main) == (False, ref("deal"))


@pytest.mark.parametrize("relate", [Relate("deal", None), Relate("project", key("project", 2))])
def test_a_chosen_main_relation_outlives_changes_to_others(relate: Relate) -> None:
    after = changed(CHOSEN, Draft(related=(relate,)))
    assert (after.main_chosen, after.main) == (True, ref("organization"))


def test_a_record_in_the_place_of_the_chosen_one_is_the_main_relation() -> None:
    after = changed(CHOSEN, Draft(related=(Relate("organization", key("organization", 2)),)))
    assert (after.main_chosen, after.main) == (True, ref("organization", 2))
