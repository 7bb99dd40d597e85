"""Every operation, every place where an id can stand, and three whom it does not exist for: no leak, no write."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from sqlalchemy import bindparam, update

from dayline.app import DIALECTS
from dayline.store.group import Steps
from dayline.store.statement import Call, statement
from dayline.store.tables import counters
from tests.cast import Person
from tests.conftest import Homes
from tests.house import Town, living_town
from tests.visibility import atz, native, pipedrive, reevo, truto
from tests.visibility.places import Map, Place, found, request
from tests.visibility.things import delete, own_webhook, thing

MAPS = (pipedrive.MAP, atz.MAP, reevo.MAP, truto.MAP, native.MAP)
PLACES = [(plan, place) for plan in MAPS for place in plan.places]
NOBODYS = {
    "id": 999_999_999,
    "uuid": "0b7c2f0e-6f4b-4b4a-9a55-000000000000",
    "slug": "nobody_00000000000000000000",
    "external_id": "nobody's",
    "key": "nobodys_key",
}
# Where ids begin: none is of two accounts, and none looks like another number in an answer.
ALICES, CHARLIES = 2_000_000, 5_000_000
# What a member has nothing of, but for his own webhooks.
OF_MANAGERS = frozenset(("webhook", "delivery", "task", "erasure", "integrated"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("visibility")
    with living_town(folder, database_url=homes.new(folder)) as running:
        kinds = {"activity", "user", "token", "type", *(place.names.rpartition(" ")[2] for _, place in PLACES)}
        for person, first in ((running.alice, ALICES), (running.charlie, CHARLIES)):
            ids = json.dumps(dict.fromkeys(kinds, first))
            running.wait(running.service.store.database.run(partial(_count_from, person.account_id, ids)))
        yield running


def _count_from(account_id: int, ids: str) -> Steps[None]:
    own = counters.c.account_id == bindparam("account_id")
    change = statement(update(counters).where(own).values(ids=bindparam("new")), "new", "account_id")
    yield Call(change, [(ids, account_id)], many=True)


@pytest.fixture(scope="module")
def own(town: Town) -> dict[str, str]:
    """The id of something public of each kind of Alice's: what a path names when the place is elsewhere."""
    with town.client(town.alice) as alice:
        activity = alice.post("/dayline/v1/activities", json={"type": "call", "subject": "Own"}).json()
    ids = {kind: str(town.record(town.alice, kind).id) for kind in ("deal", "contact", "organization", "project")}
    mine = {"activity": str(activity["id"]), "activity_uuid": activity["uuid"]}
    sent = {"webhook": str(own_webhook(town, town.alice).id), "delivery": thing(town, town.alice, "delivery").uuid}
    return {**mine, **sent, "lead": town.record(town.alice, "lead").uuid, **ids}


def ask(client: httpx2.Client, plan: Map, place: Place, value: Any, own: dict[str, str]) -> httpx2.Response:
    asked = request(plan.dialect, place, value, own[place.own])
    if place.file:
        form = {"data": asked.body, "files": {place.file: ("a.txt", b"a")}}
        return client.request(asked.method, asked.path, params=asked.query, **form)
    if asked.body is None:
        return client.request(asked.method, asked.path, params=asked.query)
    return client.request(asked.method, asked.path, params=asked.query, json=asked.body)


def told(answer: httpx2.Response, value: Any) -> tuple[int, str]:
    """What an answer tells, the value that was asked for left out."""
    return answer.status_code, answer.text.replace(str(value), "#")


def same_as_nobodys(
    town: Town, who: Person, plan: Map, place: Place, value: Any, own: dict[str, str], *, forbidden: bool = False
) -> httpx2.Response:
    """Check that the value is for him what nobody's is: the same answer, and nothing written."""
    with town.client(who) as client:
        before = town.changed()
        nobodys = ask(client, plan, place, NOBODYS[place.by], own)
        answer = ask(client, plan, place, value, own)
        assert told(answer, value) == told(nobodys, NOBODYS[place.by])
        assert town.changed() == before
    if place.finds and not (forbidden and answer.status_code in (403, 404)):
        assert answer.status_code == 200
        body = answer.json()
        assert not body["result" if "result" in body else "data"]
    return answer


@pytest.mark.parametrize("plan", MAPS, ids=lambda plan: plan.dialect.name)
def test_no_place_is_left_out(plan: Map) -> None:
    shown = set(found(plan))
    told_of = {f"{place.operation}: {place.where}" for place in plan.places}
    assert shown - told_of - plan.free.keys() == set(), "say what goes there, or why it names nothing"
    assert (told_of | plan.free.keys()) - shown == set(), "there is no such place"


def test_every_dialect_is_here() -> None:
    assert [plan.dialect for plan in MAPS] == list(DIALECTS)


def test_a_place_that_nobody_told_of_is_found_out() -> None:
    told_of = tuple(place for place in native.MAP.places if place.operation != "getActivity")
    with pytest.raises(AssertionError, match="getActivity: path id"):
        test_no_place_is_left_out(replace(native.MAP, places=told_of))


@pytest.mark.parametrize(("plan", "place"), PLACES, ids=[f"{plan.dialect.name} {p.title}" for plan, p in PLACES])
def test_what_is_of_another_account(town: Town, own: dict[str, str], plan: Map, place: Place) -> None:
    theirs = thing(town, town.charlie, place.names)
    same_as_nobodys(town, town.alice, plan, place, getattr(theirs, place.by), own)


HIDEABLE = [(plan, place) for plan, place in PLACES if place.names == "activity"]


@pytest.mark.parametrize(("plan", "place"), HIDEABLE, ids=[f"{plan.dialect.name} {p.title}" for plan, p in HIDEABLE])
@pytest.mark.parametrize("visibility", ["private", "admin_only"])
@pytest.mark.parametrize("deleted", [False, True], ids=["living", "deleted"])
def test_what_is_hidden_from_a_member(
    town: Town, own: dict[str, str], plan: Map, place: Place, visibility: str, deleted: bool
) -> None:
    hidden = thing(town, town.alice, "activity", visibility=visibility)
    if deleted:
        delete(town, hidden)
    same_as_nobodys(town, town.bob, plan, place, getattr(hidden, place.by), own)
    seen = town.wait(town.service.activities.get(town.alice.principal, hidden.id))
    assert (seen.revision, seen.visibility) == (1 + deleted, visibility)


# Through what an admin has connected, everybody writes and reads activities.
FOR_ALL = "query integrated_account_id"
MANAGED = [
    (plan, place) for plan, place in PLACES if place.names.rpartition(" ")[2] in OF_MANAGERS and place.where != FOR_ALL
]


@pytest.mark.parametrize(("plan", "place"), MANAGED, ids=[f"{plan.dialect.name} {p.title}" for plan, p in MANAGED])
def test_what_is_another_users(town: Town, own: dict[str, str], plan: Map, place: Place) -> None:
    admins = thing(town, town.alice, place.names)
    same_as_nobodys(town, town.bob, plan, place, getattr(admins, place.by), own, forbidden=True)
    delete(town, admins)  # nobody has many webhooks


DELETED = [(plan, place) for plan, place in PLACES if place.deleted != "never"]


@pytest.mark.parametrize(("plan", "place"), DELETED, ids=[f"{plan.dialect.name} {p.title}" for plan, p in DELETED])
def test_what_is_deleted(town: Town, own: dict[str, str], plan: Map, place: Place) -> None:
    gone = thing(town, town.alice, place.names)
    delete(town, gone)
    value = getattr(gone, place.by)
    if place.deleted == "gone":
        same_as_nobodys(town, town.alice, plan, place, value, own)
        return
    before = town.changed()
    with town.client(town.alice) as alice:
        status = ask(alice, plan, place, value, own).status_code
    assert status == 400 if place.deleted == "refused" else status < 300
    assert town.changed() == before + (place.deleted == "works")


@pytest.mark.parametrize("plan", MAPS, ids=lambda plan: plan.dialect.name)
def test_a_value_that_exists_is_not_nobodys(town: Town, own: dict[str, str], plan: Map) -> None:
    """The checks above can fail: with something of Alice's own, each place answers otherwise."""
    for place in plan.places:
        ours = thing(town, town.alice, place.names, **({} if place.names != "activity" else {"note": "N"}))
        with town.client(town.alice) as alice:
            nobodys = ask(alice, plan, place, NOBODYS[place.by], own)
            value = getattr(ours, place.by)
            answer = ask(alice, plan, place, value, own)
        if place.finds and place.names != "activity" and place.by != "external_id":
            continue  # nothing hangs on it yet
        assert told(answer, value) != told(nobodys, NOBODYS[place.by]), place.title
