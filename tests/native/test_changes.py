"""Pages of the change log: in order, nothing missed and nothing twice, and nothing that the caller may not see."""

import asyncio
from collections.abc import Iterator
from functools import partial

import httpx2
import pytest
from sqlalchemy import bindparam, delete

from dayline.domain.integrated import NewIntegrated
from dayline.domain.told import event_id
from dayline.service.changes import LOOKED
from dayline.store.group import Steps
from dayline.store.statement import Call, statement
from dayline.store.tables import changes
from tests.cast import Person, log_call
from tests.house import Town
from tests.native.problems import RECORDS, assert_problem
from tests.native.reading import CHANGES, STREAM, listening, make, now, one, read, types, walk


@pytest.fixture
def nora(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    """The admin of an account where nothing else happens."""
    with town.client(newcomer) as client:
        yield client


@pytest.fixture
def ben(town: Town, newcomer: Person) -> Iterator[httpx2.Client]:
    """A member there."""
    with town.client(town.move_in(newcomer.account_id, "Ben", "member")) as client:
        yield client


def test_an_integrated_account_is_shown_without_what_opens_it(
    town: Town, newcomer: Person, nora: httpx2.Client, ben: httpx2.Client
) -> None:
    start, who, verbs = now(nora), newcomer.principal, town.service.integrated
    new = NewIntegrated(
        integration="lever", tenant_id="acme", context={"user_id": "a-c0ntext"}, secrets={"api_key": "s3cr3t"}
    )
    made = town.wait(verbs.create(who, new, lambda made: made))
    town.wait(verbs.note_status(newcomer.account_id, made.id, "needs_reauth", "Unauthorized"))
    shown = nora.get(f"/dayline/v1/integrated-accounts/{made.id}").json()
    del shown["last_call"]
    town.wait(verbs.delete(who, made.id, lambda _: None))
    answer = nora.get(CHANGES, params={"since": start, "types": "integrated_account"})
    created, changed, deleted = answer.json()["data"]
    assert (created["before"], created["after"]["status"], created["entity_id"]) == (None, "active", made.id)
    assert (changed["before"], changed["after"]) == (created["after"], shown)
    assert (deleted["before"], deleted["after"]) == (shown, None)
    assert [word for word in ("s3cr3t", "a-c0ntext", "sealed", "context") if word in answer.text] == []
    assert read(ben, since=start, types="integrated_account")["data"] == []


def test_everything_is_told_in_its_order(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    start = now(nora)
    made = make(nora, note="old")
    nora.patch(one(made), json={"subject": "Second", "note": None})
    nora.patch(one(made), json={"done": True})
    nora.delete(one(made))
    nora.post(f"{one(made)}/restore")
    nora.post(RECORDS, json={"kind": "deal", "name": "Big"})
    page = read(nora, since=start)
    told = page["data"]
    activity = ["created", "updated", "done", "deleted", "restored"]
    assert types(told) == [*(f"activity.{action}" for action in activity), "deal.created"]
    assert [change["sequence"] for change in told] == list(range(start + 1, start + 7))
    assert (page["next"], page["more"]) == (start + 6, False)
    assert read(nora, since=start + 6) == {"data": [], "next": start + 6, "more": False}
    created, updated, _, gone, *_, record = told
    assert (created["before"], created["after"]) == (None, made)
    assert (updated["before"], updated["after"]["subject"]) == (made, "Second")
    assert updated["after"]["note"] is None
    assert (gone["entity_id"], gone["before"]["deleted_at"]) == (made["id"], None)
    assert gone["after"]["deleted_at"] is not None
    assert (record["before"], record["after"]) == (None, nora.get(f"{RECORDS}/deal/1").json())
    user = {"id": newcomer.user_id, "name": "Nora"}
    assert [(change["user"], change["via"], change["surface"]) for change in told] == [(user, "token", "dayline")] * 6
    ids = [event_id(newcomer.principal.secret, change["sequence"]) for change in told]
    assert [change["id"] for change in told] == ids


def test_it_begins_where_one_likes(nora: httpx2.Client) -> None:
    made = make(nora)
    whole = read(nora)
    assert types(whole["data"]) == ["user.created", "activity.created"]
    assert read(nora, since=0) == whole
    assert [change["entity_id"] for change in read(nora, since=whole["next"] - 1)["data"]] == [made["id"]]
    assert read(nora, since="latest") == {"data": [], "next": whole["next"], "more": False}


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_pages_miss_nothing(nora: httpx2.Client, limit: int) -> None:
    start = now(nora)
    ids = [make(nora)["id"] for _ in range(5)]
    assert [change["entity_id"] for change in walk(nora, start, limit)] == ids


def test_types_can_be_chosen(nora: httpx2.Client) -> None:
    start = now(nora)
    made = make(nora)
    nora.patch(one(made), json={"done": True})
    nora.post(RECORDS, json={"kind": "deal", "name": "Big"})
    for chosen, found in (
        ("activity.done", ["activity.done"]),
        ("activity", ["activity.created", "activity.done"]),
        ("deal, activity.created", ["activity.created", "deal.created"]),
        ("user", []),
    ):
        page = read(nora, since=start, types=chosen)
        assert (types(page["data"]), page["next"]) == (found, start + 3)
    for wrong in ("activities", "activity.changed", "deal.done", "token.created", "", "activity,"):
        assert_problem(nora.get(CHANGES, params={"types": wrong}), 400, "types")


def test_bad_cursors(nora: httpx2.Client) -> None:
    for wrong in ("yesterday", "-1", "1.5", "9" * 19):
        assert_problem(nora.get(CHANGES, params={"since": wrong}), 400, "since")
        assert_problem(nora.get(STREAM, params={"since": wrong}), 400, "since")
    assert_problem(nora.get(CHANGES, params={"since": now(nora) + 1}), 400, "since")
    assert_problem(nora.get(STREAM, params={"since": "0"}, headers={"Last-Event-ID": "99999"}), 400, "since")


def test_each_sees_what_is_his_to_see(nora: httpx2.Client, ben: httpx2.Client) -> None:
    start = now(nora)
    public, hidden = make(nora), make(nora, visibility="private", subject="Secret")
    nora.patch(one(hidden), json={"subject": "Secret still"})
    nora.patch(one(public), json={"visibility": "private", "subject": "Secret now"})
    nora.patch(one(public), json={"subject": "Secret for long"})
    nora.delete(one(hidden))
    nora.patch(one(public), json={"visibility": "public", "subject": "For all"})
    answer = ben.get(CHANGES, params={"since": start})
    assert "Secret" not in answer.text
    told = answer.json()["data"]
    assert types(told) == ["activity.created", "activity.deleted", "activity.created"]
    assert {change["entity_id"] for change in told} == {public["id"]}
    assert (told[1]["before"], told[1]["after"]) == (public, None)
    assert (told[2]["before"], told[2]["after"]["subject"]) == (None, "For all")
    assert len(list(walk(nora, start))) == 7
    assert answer.json()["next"] == start + 7


def test_what_somebody_may_not_see_today_is_not_told_from_before(nora: httpx2.Client, ben: httpx2.Client) -> None:
    start = now(nora)
    closed = make(nora, subject="Secret by now")
    nora.patch(one(closed), json={"note": "Secret by now, too"})
    seen = make(nora, subject="For all")
    nora.patch(one(closed), json={"visibility": "private"})
    answer = ben.get(CHANGES, params={"since": start})
    assert "Secret" not in answer.text
    told = answer.json()["data"]
    assert [(change["type"], change["entity_id"]) for change in told] == [
        ("activity.created", seen["id"]),
        ("activity.deleted", closed["id"]),
    ]
    assert (told[0]["after"], told[1]["before"], told[1]["after"]) == (seen, None, None)
    with listening(ben, since=str(start)) as stream:
        assert stream.until("activity.created").data == told[0]
        assert stream.until("activity.deleted").data == told[1]
    assert [change["before"] and change["before"]["subject"] for change in walk(nora, start)][1:] == [
        "Secret by now",
        None,
        "Secret by now",
    ]
    nora.patch(one(closed), json={"visibility": "public"})
    actions = ["created", "updated", "created", "deleted", "created"]
    assert types(read(ben, since=start)["data"]) == [f"activity.{action}" for action in actions]


def test_what_was_handed_to_somebody_else_is_his(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    person = town.move_in(newcomer.account_id, "Ben", "member")
    start = now(nora)
    with town.client(person) as ben:
        his = make(nora, visibility="private", owner_id=person.user_id, subject="His alone")
        assert [change["after"] for change in walk(ben, start)] == [his]
        nora.patch(one(his), json={"owner_id": newcomer.user_id})
        (told,) = walk(ben, start)
    assert (told["type"], told["entity_id"], told["before"]) == ("activity.deleted", his["id"], None)


def test_nobody_sees_another_account(nora: httpx2.Client, charlie: httpx2.Client) -> None:
    start, made = now(charlie), make(nora, subject="Only Acme's")
    assert read(charlie, since=start)["data"] == []
    assert "Only Acme's" not in charlie.get(CHANGES).text
    assert made["uuid"] not in charlie.get(CHANGES).text


def test_secrets_are_told_to_nobody(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    start = now(nora)
    token = nora.post("/dayline/v1/tokens", json={"name": "another one"}).json()
    nora.patch("/dayline/v1/settings", json={"zone": "Asia/Tokyo"})
    page = read(nora, since=start)
    assert (page["data"], page["next"] >= start + 2) == ([], True)
    assert token["credential"] not in nora.get(CHANGES).text


def test_scopes_narrow_it(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    start = now(nora)
    make(nora)
    nora.post(RECORDS, json={"kind": "deal", "name": "Big"})
    with town.client(town.credential(newcomer, scopes=frozenset(("activities:read",)))) as lesser:
        assert types(read(lesser, since=start)["data"]) == ["activity.created"]
    with town.client(town.credential(newcomer, scopes=frozenset(("records:read",)))) as other:
        assert_problem(other.get(CHANGES), 403)
        assert_problem(other.get(STREAM), 403)


def test_a_page_gets_on_where_all_is_hidden(
    town: Town, newcomer: Person, nora: httpx2.Client, ben: httpx2.Client
) -> None:
    start = now(nora)
    town.wait(_hide(town, newcomer, LOOKED))
    make(nora, subject="Seen")
    page, looks = read(ben, since=start), 1
    while not page["data"]:
        assert page["more"]
        assert page["next"] > start
        start, looks = page["next"], looks + 1
        page = read(ben, since=start)
    assert looks > 1
    assert [change["after"]["subject"] for change in page["data"]] == ["Seen"]


async def _hide(town: Town, who: Person, least: int) -> None:
    """Make so many changes that only admins see."""
    made = await asyncio.gather(*(log_call(town.service, who, visibility="private") for _ in range(least // 2)))
    ids = [activity.id for activity in made]
    await town.service.activities.finish_many(who.principal, ids, lambda written: written)
    await town.service.activities.delete_many(who.principal, ids, lambda written: written)


def test_what_is_not_kept_any_more_is_gone(town: Town, newcomer: Person, nora: httpx2.Client) -> None:
    start = now(nora)
    ids = [make(nora)["id"] for _ in range(3)]
    town.wait(town.service.store.database.run(partial(_cut, newcomer.account_id, start + 1)))
    problem = assert_problem(nora.get(CHANGES, params={"since": start}), 410)
    assert "since=latest" in problem["detail"]
    assert_problem(nora.get(STREAM, headers={"Last-Event-ID": str(start)}), 410)
    assert_problem(nora.get(CHANGES, params={"since": 0}), 410)
    assert [change["entity_id"] for change in read(nora, since=start + 1)["data"]] == ids[1:]
    assert [change["entity_id"] for change in read(nora)["data"]] == ids[1:]
    town.wait(town.service.store.database.run(partial(_cut, newcomer.account_id, start + 3)))
    assert_problem(nora.get(CHANGES, params={"since": start + 2}), 410)
    assert read(nora) == read(nora, since=start + 3) == {"data": [], "next": start + 3, "more": False}


def _cut(account_id: int, until_: int) -> Steps[None]:
    old = delete(changes).where(changes.c.account_id == bindparam("id_"), changes.c.sequence <= bindparam("until_"))
    yield Call(statement(old, "id_", "until_"), [(account_id, until_)], many=True)
