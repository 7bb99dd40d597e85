"""What somebody is told of a change: all that he could see of it and nothing else, under an id that stays the same."""

from itertools import pairwise
from typing import Any, get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attendee, Visibility, visible
from dayline.domain.history import Action
from dayline.domain.identity import User
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.record import Record
from dayline.domain.told import SECRET, THINGS, Logged, Thing, Told, event_id, left_of, parts_of, told_to
from dayline.domain.types import ActivityType, TypeRef

KEY, OTHER = b"k" * 32, b"o" * 32
OWNER, MEMBER, ADMIN = 1, 2, 3
BARE = Activity(id=7, uuid="u", type=TypeRef(6, "call"), owner_id=OWNER, creator_id=OWNER, editor_id=OWNER)
PUBLIC, PRIVATE = BARE, replace(BARE, visibility="private", subject="Hidden")
DELETED = {"deleted_at": 9}
ACCOUNT = IntegratedAccount(number=1, id="i", integration="lever", tenant_id="t")


def change(before: Thing | None, after: Thing | None, action: Action = "changed", **fields: Any) -> Logged:
    given_ = {"sequence": 5, "entity": "activity", "entity_id": 7, "user_id": OWNER, "token_id": 1, "at": 8}
    return Logged(before=before, after=after, action=action, **given_ | fields)  # type: ignore[arg-type]


def as_member(logged: Logged) -> Told | None:
    return told_to(logged, KEY, MEMBER, admin=False)


def as_admin(logged: Logged) -> Told | None:
    return told_to(logged, KEY, ADMIN, admin=True)


def test_what_can_be_seen_is_told_as_it_was() -> None:
    after = replace(PUBLIC, subject="New")
    told = as_member(change(PUBLIC, after, surface="atz"))
    assert told == Told(
        id=event_id(KEY, 5),
        sequence=5,
        entity="activity",
        entity_id=7,
        action="changed",
        user_id=OWNER,
        token_id=1,
        at=8,
        before=PUBLIC,
        after=after,
        surface="atz",
    )
    assert told.thing == after


@pytest.mark.parametrize(
    ("before", "after", "action", "told_as"),
    [
        (None, PUBLIC, "created", "created"),
        (PRIVATE, PUBLIC, "changed", "created"),
        (PUBLIC, PRIVATE, "changed", "deleted"),
        (PUBLIC, replace(PUBLIC, **DELETED), "deleted", "deleted"),
        (replace(PUBLIC, **DELETED), PUBLIC, "restored", "restored"),
        (replace(PRIVATE, **DELETED), PUBLIC, "restored", "restored"),
        (PUBLIC, None, "purged", "purged"),
        (None, PRIVATE, "created", None),
        (PRIVATE, PRIVATE, "changed", None),
        (PRIVATE, replace(PRIVATE, **DELETED), "deleted", None),
        (PRIVATE, None, "purged", None),
        (replace(PRIVATE, visibility="admin_only"), PRIVATE, "changed", None),
    ],
)
def test_what_a_member_may_not_see(
    before: Activity | None, after: Activity | None, action: Action, told_as: Action | None
) -> None:
    told, logged = as_member(change(before, after, action)), change(before, after, action)
    if told_as is None:
        assert told is None
    else:
        assert told is not None
        assert told.action == told_as
        assert [one and one.subject for one in (told.before, told.after) if isinstance(one, Activity)] == [
            one.subject for one in (before, after) if one is not None and one.visibility == "public"
        ]
    whole = as_admin(logged)
    assert whole is not None
    assert (whole.before, whole.after, whole.action) == (before, after, action)


def test_who_comes_to_have_a_part_in_it_is_told_that_it_was_created() -> None:
    invited = replace(PRIVATE, attendees=(Attendee(user_id=MEMBER),))
    told = as_member(change(PRIVATE, invited))
    assert told is not None
    assert (told.action, told.before, told.after) == ("created", None, invited)
    told = as_member(change(invited, PRIVATE))
    assert told is not None
    assert (told.action, told.before, told.after, told.thing) == ("deleted", invited, None, invited)


@pytest.mark.parametrize("entity", sorted(SECRET))
def test_nobody_is_told_of_secrets(entity: str) -> None:
    for who in (as_member, as_admin):
        assert who(change(None, None, entity=entity)) is None


def test_every_kind_of_thing_is_either_told_or_secret() -> None:
    """Of what the change log has, every type is in one table or the other, and none in both."""
    assert not THINGS.keys() & SECRET
    assert set(THINGS.values()) | {Record} == set(get_args(Thing))


def test_integrated_accounts_are_for_admins() -> None:
    logged = change(None, ACCOUNT, "created", entity="integrated_account", entity_id=1)
    assert as_member(logged) is None
    told = as_admin(logged)
    assert told is not None
    assert told.after == ACCOUNT


def test_what_was_erased_is_told_of_to_admins_alone() -> None:
    """From whom it was hidden nobody knows any more; of what is never hidden, that does not matter."""
    for action in get_args(Action):
        assert as_member(change(None, None, action)) is None
        told = as_admin(change(None, None, action))
        assert told is not None
        assert (told.action, told.thing) == (action, None)
    assert as_member(change(None, None, entity="contact")) is not None


def test_what_is_never_hidden_is_everybodys() -> None:
    user = User(id=1, uuid="u", slug="s", name="Alice", email="a@x.example")
    type_ = ActivityType(id=1, key="call", label="Call", icon="call", order=1)
    for entity, thing in (("user", user), ("type", type_)):
        told = as_member(change(thing, thing, entity=entity))
        assert told is not None
        assert (told.before, told.after, told.action) == (thing, thing, "changed")


@given(st.integers(1, 2**53), st.integers(0, 1), st.binary(min_size=32, max_size=32))
def test_the_id_of_an_event_is_a_uuid_that_stays(sequence: int, part: int, secret: bytes) -> None:
    made = event_id(secret, sequence, part)
    assert str(UUID(made)) == made
    assert UUID(made).version == 4
    assert made == event_id(secret, sequence, part)
    assert made != event_id(secret, sequence + 1, part)
    assert made != event_id(secret, sequence, 1 - part)
    assert made != event_id(secret[::-1] + b"x", sequence, part)


def test_only_of_integrated_accounts_a_change_may_be_two_events() -> None:
    one = as_admin(change(None, PUBLIC, "created"))
    assert one is not None
    assert parts_of(one, KEY) == (one,)
    two = as_admin(change(None, ACCOUNT, "created", entity="integrated_account"))
    assert two is not None
    first, second = parts_of(two, KEY)
    assert first == two
    assert second == replace(two, id=event_id(KEY, 5, 1), part=1)
    assert second.id not in (first.id, event_id(OTHER, 5, 1))


STATES = st.builds(
    lambda visibility, owner, subject, invited, with_, deleted: replace(
        BARE,
        visibility=visibility,
        owner_id=owner,
        creator_id=owner,
        editor_id=OWNER,
        subject=f"<{subject}>",
        attendees=tuple(Attendee(user_id=one) for one in invited),
        collaborators=tuple(with_),
        deleted_at=deleted,
    ),
    st.sampled_from(get_args(Visibility)),
    st.integers(1, 4),
    st.integers(100_000, 999_999),
    st.lists(st.integers(1, 4), max_size=2),
    st.lists(st.integers(1, 4), max_size=2),
    st.none() | st.just(9),
)


@given(st.none() | STATES, st.none() | STATES, st.sampled_from(get_args(Action)), st.integers(1, 4), st.booleans())
def test_nothing_of_a_hidden_state_is_told(
    before: Activity | None, after: Activity | None, action: Action, user_id: int, admin: bool
) -> None:
    """Whatever was and became of it: what he is told has no trace of what he could not see, and all that he could."""
    told = told_to(change(before, after, action), KEY, user_id, admin=admin)
    seen = [one for one in (before, after) if one is not None and visible(one, user_id, admin=admin)]
    hidden = [one for one in (before, after) if one is not None and one not in seen]
    if told is None:
        assert not seen
        assert not admin
        return
    assert [one for one in (told.before, told.after) if one is not None] == seen
    assert seen or admin
    text = msgspec.json.encode(told).decode()
    assert not any(one.subject in text for one in hidden if one.subject not in {kept.subject for kept in seen})
    if after is not None and told.after is None:
        assert told.action == "deleted"
    if told.action == "created" and before is not None:
        assert told.before is None or action == "created"


@given(STATES, STATES, STATES, st.integers(1, 4), st.booleans())
def test_whoever_follows_what_he_is_told_has_what_he_sees(
    one: Activity, two: Activity, three: Activity, user_id: int, admin: bool
) -> None:
    """Created, changed and lost again, in any order: a copy that is kept by what is told is what he can see."""
    living = [replace(state, deleted_at=None) for state in (one, two, three)]
    copy: Activity | None = None
    log = [change(None, living[0], "created"), *(change(a, b) for a, b in pairwise(living))]
    for logged in log:
        told = told_to(logged, KEY, user_id, admin=admin)
        if told is not None:
            assert (told.action == "created") == (copy is None)
            copy = None if told.action == "deleted" else told.after  # type: ignore[assignment]
        assert isinstance(logged.after, Activity)
        assert copy == (logged.after if visible(logged.after, user_id, admin=admin) else None)


@given(st.none() | STATES, st.none() | STATES, st.sampled_from(get_args(Action)), st.integers(1, 4))
def test_of_what_is_hidden_today_is_left_that_it_is_gone(
    before: Activity | None, after: Activity | None, action: Action, user_id: int
) -> None:
    told = told_to(change(before, after, action), KEY, user_id, admin=False)
    left = None if told is None else left_of(told)
    if told is None or told.action not in ("deleted", "purged"):
        assert left is None
        return
    assert left is not None
    assert (left.id, left.action, left.entity_id, left.after, left.lost) == (told.id, told.action, 7, None, True)
    assert isinstance(left.before, Activity)
    assert (left.before.id, left.before.uuid, left.before.subject) == (BARE.id, BARE.uuid, "")
    assert (left.before.attendees, left.before.collaborators) == ((), ())
