"""Who may see and do what with an activity; what he may not see does not exist for him."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from msgspec.structs import replace

from dayline.domain.activity import Visibility
from dayline.domain.draft import Attendance, Draft, Invited
from dayline.domain.errors import NotFound
from dayline.domain.filter import Filter, Query
from dayline.domain.identity import UserKey
from dayline.service import Service
from tests.cast import (
    START,
    ManualClock,
    Person,
    as_activity,
    log_call,
)

HIDDEN: list[Visibility] = ["private", "admin_only"]
Part = Callable[[Person], dict[str, Any]]
PARTS: dict[str, Part] = {
    "owner": lambda bob: {"owner": UserKey(bob.user_id, "owner_id")},
    "collaborator": lambda bob: {"collaborators": (UserKey(bob.user_id, "c"),)},
    "attendee": lambda bob: {
        "attendees": Attendance(frozenset(["user"]), (Invited(user=UserKey(bob.user_id, "a")),)),
    },
}


async def seen(service: Service, who: Person) -> list[int]:
    """What somebody finds in a list, which must be what he can get one by one."""
    listed = [activity.id for activity in (await service.activities.list(who.principal, Query())).items]
    for id_ in range(1, 10):
        if id_ in listed:
            assert (await service.activities.get(who.principal, id_)).id == id_
        else:
            with pytest.raises(NotFound):
                await service.activities.get(who.principal, id_)
    return listed


def verbs(service: Service, who: Person, id_: int) -> list[Coroutine[Any, Any, object]]:
    return [
        service.activities.get(who.principal, id_),
        service.activities.change(who.principal, id_, Draft(subject="changed"), as_activity),
        service.activities.delete(who.principal, id_, as_activity),
        service.activities.restore(who.principal, id_, as_activity),
    ]


@pytest.mark.parametrize("visibility", HIDDEN)
async def test_what_is_hidden_does_not_exist_for_a_member(
    service: Service, alice: Person, bob: Person, visibility: Visibility
) -> None:
    made = await log_call(service, alice, visibility=visibility)
    await log_call(service, alice)
    for verb in verbs(service, bob, made.id):
        with pytest.raises(NotFound):
            await verb
    assert await seen(service, bob) == [2]
    assert await seen(service, alice) == [1, 2]
    assert await service.activities.get(alice.principal, made.id) == made


@pytest.mark.parametrize("visibility", HIDDEN)
@pytest.mark.parametrize("part", PARTS)
async def test_a_member_sees_what_he_has_a_part_in_as_long_as_he_has(
    service: Service, alice: Person, bob: Person, visibility: Visibility, part: str
) -> None:
    await log_call(service, alice, visibility=visibility, **PARTS[part](bob))
    assert await seen(service, bob) == [1]
    await service.activities.change(bob.principal, 1, Draft(subject="his"), as_activity)
    await service.activities.change(alice.principal, 1, Draft(**PARTS[part](alice)), as_activity)
    assert await seen(service, bob) == []
    await service.activities.change(alice.principal, 1, Draft(**PARTS[part](bob)), as_activity)
    assert await seen(service, bob) == [1]


async def test_who_created_it_sees_it_whoever_owns_it(service: Service, alice: Person, bob: Person) -> None:
    owner = UserKey(alice.user_id, "owner_id")
    made = await log_call(service, bob, visibility="private", owner=owner)
    assert (made.owner_id, made.creator_id) == (alice.user_id, bob.user_id)
    assert await seen(service, bob) == [1]


async def test_who_edited_it_last_has_no_part_by_that(service: Service, alice: Person, bob: Person) -> None:
    await log_call(service, alice)
    await service.activities.change(bob.principal, 1, Draft(visibility="private"), as_activity)
    assert await seen(service, bob) == []


async def test_an_admin_sees_everything(service: Service, alice: Person, bob: Person) -> None:
    for visibility in ("public", *HIDDEN):
        await log_call(service, bob, visibility=visibility)
    assert await seen(service, alice) == [1, 2, 3]


async def test_hiding_and_showing_again(service: Service, alice: Person, bob: Person) -> None:
    await log_call(service, alice)
    for hidden, found in ((True, []), (True, []), (False, [1])):
        await service.activities.change(alice.principal, 1, Draft(hidden=hidden), as_activity)
        assert await seen(service, bob) == found


async def test_pages_of_a_member_are_full_though_much_is_hidden(service: Service, alice: Person, bob: Person) -> None:
    for place in range(12):
        await log_call(service, alice, visibility="public" if place % 3 == 0 else "private")
    page = await service.activities.list(bob.principal, Query(limit=2))
    assert [activity.id for activity in page.items] == [1, 4]
    rest = await service.activities.list(bob.principal, Query(limit=2, cursor=page.cursor))
    assert ([activity.id for activity in rest.items], rest.cursor) == ([7, 10], None)


async def test_a_cursor_shows_nobody_more_than_he_may_see(service: Service, alice: Person, bob: Person) -> None:
    for _ in range(4):
        await log_call(service, alice, visibility="private")
    cursor = (await service.activities.list(alice.principal, Query(limit=1))).cursor
    assert (await service.activities.list(bob.principal, Query(limit=1, cursor=cursor))).items == ()


async def test_deleting_restoring_and_what_is_said_in_between(
    service: Service, alice: Person, bob: Person, clock: ManualClock
) -> None:
    made = await log_call(service, alice, subject="x")
    gone = await service.activities.delete(bob.principal, 1, as_activity) if clock.move(50) else made
    assert gone == replace(made, deleted_at=START + 50, updated_at=START + 50, editor_id=bob.user_id, revision=2)
    assert await service.activities.get(alice.principal, 1) == gone
    for verb in (
        service.activities.delete(alice.principal, 1, as_activity),
        service.activities.change(alice.principal, 1, Draft(subject="y"), as_activity),
    ):
        with pytest.raises(NotFound):
            await verb
    assert await service.activities.get(alice.principal, 1) == gone
    clock.move(50)
    back = await service.activities.restore(alice.principal, 1, as_activity)
    assert back == replace(made, updated_at=START + 100, revision=3)
    assert await service.activities.restore(alice.principal, 1, as_activity) == back
    assert await service.activities.get(bob.principal, 1) == back


async def test_what_was_hidden_and_deleted_stays_hidden(service: Service, alice: Person, bob: Person) -> None:
    await log_call(service, alice, visibility="private")
    await service.activities.delete(alice.principal, 1, as_activity)
    for verb in verbs(service, bob, 1):
        with pytest.raises(NotFound):
            await verb


@pytest.mark.parametrize("id_", [0, -1, 99, (1 << 63) - 1])
async def test_a_number_that_is_nothing_is_not_found(service: Service, alice: Person, id_: int) -> None:
    await log_call(service, alice)
    for verb in verbs(service, alice, id_):
        with pytest.raises(NotFound):
            await verb


async def test_a_filter_does_not_show_what_is_hidden(service: Service, alice: Person, bob: Person) -> None:
    await log_call(service, alice, visibility="private")
    wanted = Filter(ids=(1,), owner_id=alice.user_id, done=False, types=("call",))
    assert (await service.activities.list(bob.principal, Query(filter=wanted))).items == ()
    assert len((await service.activities.list(alice.principal, Query(filter=wanted))).items) == 1
