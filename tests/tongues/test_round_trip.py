"""Any activity, written in one tongue, read in another, changed there in one thing, and read in the first again.

What was changed is changed, and nothing else is. Every tongue tells the truth about what is stored, wherever it says
that it tells it whole.
"""

import importlib
from collections.abc import Callable
from itertools import permutations

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dayline.app import DIALECTS
from dayline.domain.activity import Activity
from dayline.kit.dialect import Dialect
from tests.house import Town
from tests.tongues.adapter import Adapter
from tests.tongues.canon import DETAILS, MOVING, OWN, Canon, canon, row_of
from tests.tongues.world import World, wishes, world_of

EXAMPLES = 12  # for each pair, on each database
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # to shrink an example over HTTP takes minutes
SPEAKING = [dialect for dialect in DIALECTS if dialect.tongue is not None]
PAIRS = list(permutations(SPEAKING, 2))
# What follows from a change, though it is not what was changed.
CONSEQUENCES: dict[str, tuple[str, ...]] = {
    "done": ("done_at",),
    "related": ("main_chosen", "main_kind"),
    "participants": ("main_kind",),
}
WITHOUT_CHANGE = (None,)  # what is drawn where a tongue can change nothing


@pytest.fixture(scope="package")
def world(town: Town) -> World:
    return world_of(town)


def speaker(dialect: Dialect, world: World, client: httpx2.Client) -> Adapter:
    """How the tests speak this dialect: in the file of this folder that is called as it is."""
    module = importlib.import_module(f"tests.tongues.{dialect.name}")
    adapter: Adapter = module.Speaker(world, client)
    assert adapter.dialect is dialect
    return adapter


def assert_told(speaker: Adapter, stored: Activity) -> None:
    """What is stored is read wherever it can be said, and nobody is at it who is not."""
    seen, kept = speaker.read(stored), canon(stored)
    assert {key: seen.get(key) for key in kept if speaker.says(key, stored)} == {
        key: value for key, value in kept.items() if speaker.says(key, stored)
    }
    people = {key for key in seen if key.startswith("attendees.") and row_of(key) not in DETAILS}
    assert {key for key in people if speaker.says(key, stored)} <= kept.keys()


def assert_same(after: Canon, before: Canon, but: Callable[[str], bool] = lambda _: False) -> None:
    """Nothing changed but what moves with every write, and this."""
    keys = {key for key in before.keys() | after.keys() if row_of(key) not in MOVING and not but(key)}
    assert {key: after.get(key) for key in keys} == {key: before.get(key) for key in keys}


def assert_changed(speaker: Adapter, name: str, wish: Activity, after: Activity, before: Canon) -> None:
    """That is as it was wished, as far as it can be said there, and all else is as it was."""
    now, wanted = canon(after), canon(wish)
    follows = (*CONSEQUENCES.get(name.partition(".")[0], ()), *speaker.follows.get(name, ()))
    gone = {key.partition("[")[2] for key in before.keys() - now.keys() if row_of(key) not in DETAILS}

    def meant(key: str) -> bool:
        return (key == name or key.startswith((f"{name}.", f"{name}["))) and speaker.says(key, after)

    def beside(key: str) -> bool:
        """What follows, and what was said of somebody who is not there any more."""
        return key.startswith(follows) or (row_of(key) in DETAILS and key.partition("[")[2] in gone)

    keys = {key for key in before.keys() | now.keys() | wanted.keys() if meant(key)}
    assert {key: now.get(key) for key in keys if not beside(key)} == {
        key: wanted.get(key) for key in keys if not beside(key)
    }
    assert_same(now, before, lambda key: meant(key) or beside(key))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one.name}-{other.name}" for one, other in PAIRS])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_there_and_back(
    town: Town, alice: httpx2.Client, world: World, one: Dialect, other: Dialect, data: st.DataObject
) -> None:
    writer, changer = speaker(one, world, alice), speaker(other, world, alice)
    # All is drawn before anything is done, so that what fails does not change what is drawn.
    wish = writer.fit(data.draw(wishes(world), label="wish"))
    change = changer.fit(data.draw(wishes(world, latest=True), label="change"))
    name = data.draw(st.sampled_from(changer.changes or WITHOUT_CHANGE), label="changed")

    def stored(identity: int | str) -> Activity:
        return town.wait(town.service.activities.get(town.alice.principal, identity))

    id_ = writer.write(wish)
    first = stored(id_)
    assert_same(canon(first), canon(wish), lambda key: key in (*OWN, "done_at"))
    assert_told(writer, first)
    assert_told(changer, first)

    if changer.send_back(first):
        assert_same(canon(stored(id_)), canon(first), lambda key: key not in canon(first) and row_of(key) in DETAILS)

    if name is not None:
        before = stored(id_)
        changer.change(before, change, name)
        after = stored(id_)
        assert_changed(changer, name, change, after, canon(before))
        changer.check(name, change, before, after)
        assert_told(changer, after)
        assert_told(writer, after)
