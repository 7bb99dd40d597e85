"""Activity types as admins write them: keys, what stays, and what the change log says."""

import asyncio
import re

import pytest

from dayline.domain.draft import TypeKey
from dayline.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from dayline.domain.types import BUILT_IN, FIRST_CUSTOM_ID, ActivityType, TypeChange, key_from
from dayline.service import Service
from dayline.service.types import NewType
from tests.cast import Cast, Person, log_call
from tests.store.peek import log_of


def as_type(type_: ActivityType) -> ActivityType:
    return type_


async def add(service: Service, who: Person, label: str = "Video call") -> ActivityType:
    """A type of the account's own."""
    return await service.types.create(who.principal, NewType(label=label), as_type)


@pytest.mark.parametrize(
    ("label", "key"),
    [("Video call", "video_call"), ("Élan", "elan"), ("24/7", "24_7"), ("3D", "3d"), ("A_b", "a_b"), ("ﬁt", "fit")],
)
def test_a_key_is_plain(label: str, key: str) -> None:
    assert key_from(label) == key


LABELS = ("Встреча", "Встречи", "会议", "会議", "Видео call", "ビデオ call", "Ø", "اجتماع", "बैठक", "बठक", "2 会议", "ß")


def test_a_key_in_any_script_is_plain_and_its_own() -> None:
    keys = [key_from(label) for label in LABELS]
    assert len({*keys, "call", "type"}) == len(LABELS) + 2
    assert all(re.fullmatch(r"(type|call)_[0-9a-f]{8}", key) for key in keys)
    assert key_from(" ВСТРЕЧА ") == key_from("Встреча")
    assert key_from("Видео call").startswith("call_")


async def test_a_name_in_another_script_is_taken_only_by_itself(service: Service, alice: Person) -> None:
    made = [await add(service, alice, label) for label in LABELS]
    assert [type_.label for type_ in made] == list(LABELS)
    for label in (*LABELS, "встреча", "Call", "CALL!"):
        with pytest.raises(Conflict):
            await add(service, alice, label)


@pytest.mark.parametrize("label", ["", " ", "--", "_", "6", "2026", " 10! ", "\u0663", "\uff16"])
def test_a_label_without_a_letter_has_no_key(label: str) -> None:
    with pytest.raises(Invalid) as none:
        key_from(label)
    assert [problem.field for problem in none.value.problems] == ["label"]


async def test_the_log_says_who_wrote_a_type(service: Service, alice: Person) -> None:
    type_ = await add(service, alice)
    await service.types.change(alice.principal, type_.key, TypeChange(label="Screen share"), as_type)
    await service.types.change(alice.principal, type_.id, TypeChange(label="Screen share"), as_type)  # nothing differs
    made, changed = await log_of(service.store, alice.account_id, "type")
    assert (made.action, made.before, changed.action, changed.before) == ("created", None, "changed", made.after)
    assert {made.entity_id, changed.entity_id} == {type_.id} == {FIRST_CUSTOM_ID}
    for change in (made, changed):
        assert (change.user_id, change.token_id) == (alice.user_id, alice.principal.token_id)


async def test_only_admins_write_types(service: Service, cast: Cast) -> None:
    before = await service.types.list(cast.alice.principal)
    with pytest.raises(Forbidden):
        await add(service, cast.bob)
    with pytest.raises(Forbidden):
        await service.types.change(cast.bob.principal, "call", TypeChange(label="Mine"), as_type)
    assert await service.types.list(cast.bob.principal) == before
    assert not await log_of(service.store, cast.bob.account_id, "type")


async def test_each_account_has_its_own(service: Service, cast: Cast) -> None:
    ours = await add(service, cast.alice)
    with pytest.raises(NotFound):
        await service.types.change(cast.charlie.principal, ours.id, TypeChange(label="Mine"), as_type)
    theirs = await add(service, cast.charlie)
    assert (theirs.id, theirs.key) == (ours.id, ours.key)
    await service.types.change(cast.charlie.principal, "call", TypeChange(label="Ring"), as_type)
    labels = [type_.label for type_ in await service.types.list(cast.alice.principal)]
    assert labels == [*(type_.label for type_ in BUILT_IN), "Video call"]


async def test_changes_under_both_names_at_once_are_all_kept(service: Service, alice: Person) -> None:
    type_ = await add(service, alice)
    changes = [TypeChange(label="A"), TypeChange(icon="camera"), TypeChange(colour="00ff00"), TypeChange(order=0)]
    names: list[int | str] = [type_.id, type_.key, type_.id, type_.key]
    await asyncio.gather(
        *(
            service.types.change(alice.principal, name, change, as_type)
            for name, change in zip(names, changes, strict=True)
        )
    )
    after = (await service.types.list(alice.principal))[0]
    assert (after.label, after.icon, after.colour, after.order) == ("A", "camera", "00ff00", 0)
    assert after.revision == 5


async def test_of_two_changes_of_one_revision_one_is_stale(service: Service, alice: Person) -> None:
    type_ = await add(service, alice)
    changing = [
        service.types.change(alice.principal, name, TypeChange(label=label), as_type, revision=1)
        for name, label in ((type_.id, "A"), (type_.key, "B"))
    ]
    answers = await asyncio.gather(*changing, return_exceptions=True)
    assert {type(answer) for answer in answers} == {ActivityType, Stale}


async def test_an_inactive_type_stays_where_it_is(service: Service, alice: Person) -> None:
    type_ = await add(service, alice)
    activity = await log_call(service, alice, type=TypeKey(type_.key, "type"))
    await service.types.change(alice.principal, type_.id, TypeChange(active=False), as_type)
    for name in (type_.id, type_.key):
        with pytest.raises(Invalid):
            await log_call(service, alice, type=TypeKey(name, "type"))
    assert (await service.activities.get(alice.principal, activity.id)).type == type_.ref
    with pytest.raises(Conflict, match=type_.key):
        await add(service, alice)
    await service.types.change(alice.principal, type_.id, TypeChange(active=True), as_type)
    assert (await log_call(service, alice, type=TypeKey(type_.id, "type"))).type == type_.ref


@pytest.mark.parametrize("type_", BUILT_IN, ids=lambda type_: type_.key)
async def test_a_built_in_type_stays_active(service: Service, alice: Person, type_: ActivityType) -> None:
    before = await service.types.list(alice.principal)
    for change in (TypeChange(active=False), TypeChange(active=False, label="Gone")):
        with pytest.raises(Conflict, match=type_.label):
            await service.types.change(alice.principal, type_.key, change, as_type)
    assert await service.types.list(alice.principal) == before
