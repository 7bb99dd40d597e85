"""Idempotency keys: one effect and one answer for each, whatever comes beside or after."""

import asyncio
from typing import Any

import pytest
from msgspec import Struct
from sqlalchemy import select

from dayline.domain.activity import Activity
from dayline.domain.draft import Draft, Relate
from dayline.domain.errors import Invalid, KeyReused
from dayline.domain.record import RecordDraft, RecordKey
from dayline.domain.time import DAY_MS
from dayline.service import Service, Written
from dayline.store.store import Store
from dayline.store.tables import idempotency
from dayline.store.unit import Headers
from tests.cast import ManualClock, Person, a_call, as_activity, log_call
from tests.store.peek import count_of, counter_of, stored
from tests.store.test_groups import Broken


class Sent(Struct, frozen=True):
    """A finished answer."""

    status: int
    headers: Headers
    body: bytes


class Key(Struct, frozen=True):
    """A caller's key, with the request that it came with."""

    key: str
    fingerprint: str = "f" * 64

    def replay(self, status: int, headers: Headers, body: bytes) -> Sent:
        return Sent(status, (*headers, ("replayed", "yes")), body)


def rendered(written: Written) -> Sent:
    body = f"{written.activity.id} {written.activity.subject} {written.more_open}".encode() + bytes(range(256))
    return Sent(201, (("etag", f'"{written.activity.revision}"'), ("x", 'é "quoted"')), body)


async def create(service: Service, who: Person, key: Key, **fields: Any) -> Sent:
    return await service.activities.create(who.principal, a_call(**fields), rendered, key, beside=True)


def replayed(sent: Sent) -> bool:
    return ("replayed", "yes") in sent.headers


async def test_a_repeated_request_gets_the_first_answer_again(service: Service, store: Store, alice: Person) -> None:
    first = await create(service, alice, Key("k"), subject="once")
    await service.activities.change(alice.principal, 1, Draft(subject="changed since"), as_activity)
    before = await counter_of(store, alice.account_id)
    for _ in range(3):
        again = await create(service, alice, Key("k"), subject="once")
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers == (*first.headers, ("replayed", "yes"))
    assert not replayed(first)
    assert await counter_of(store, alice.account_id) == before
    assert (await service.activities.get(alice.principal, 1)).subject == "changed since"


async def test_another_request_under_the_same_key_is_refused(service: Service, store: Store, alice: Person) -> None:
    await create(service, alice, Key("k", "one"))
    with pytest.raises(KeyReused):
        await create(service, alice, Key("k", "other"))
    assert len(await stored(store, alice.account_id)) == 1
    assert replayed(await create(service, alice, Key("k", "one")))


async def test_fifty_at_once_with_one_key_make_one_activity(service: Service, store: Store, alice: Person) -> None:
    beside = asyncio.gather(*(log_call(service, alice) for _ in range(10)))
    answers = await asyncio.gather(*(create(service, alice, Key("k"), subject="once") for _ in range(50)))
    await beside
    assert len([answer for answer in answers if not replayed(answer)]) == 1
    assert len({answer.body for answer in answers}) == 1
    assert [activity.subject for activity in await stored(store, alice.account_id)].count("once") == 1
    assert await count_of(store, select(idempotency.c.key)) == 1


async def test_of_two_requests_at_once_under_one_key_one_is_refused(
    service: Service, store: Store, alice: Person
) -> None:
    work = [create(service, alice, Key("k", fingerprint)) for fingerprint in ("one", "other", "one", "other")]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Sent, KeyReused, Sent, KeyReused]
    assert len(await stored(store, alice.account_id)) == 1


async def test_keys_are_compared_to_the_letter(service: Service, store: Store, alice: Person) -> None:
    keys = ["k", "K", "k ", '"k"', "[1]", "null", "1", "'; --", "%", "k" * 255, "\\u006b"]
    answers = [await create(service, alice, Key(key)) for key in keys]
    assert not any(replayed(answer) for answer in answers)
    assert len(await stored(store, alice.account_id)) == len(keys)
    assert all([replayed(await create(service, alice, Key(key))) for key in keys])


async def test_a_refused_write_keeps_nothing_under_its_key(service: Service, store: Store, alice: Person) -> None:
    unknown = Relate("deal", RecordKey("deal", 99, "deal_id"))
    with pytest.raises(Invalid):
        await create(service, alice, Key("k"), related=(unknown,))
    assert await count_of(store, select(idempotency.c.key)) == 0
    assert not replayed(await create(service, alice, Key("k", "a corrected request")))


async def test_a_broken_rendering_keeps_nothing_under_its_key(service: Service, store: Store, alice: Person) -> None:
    def break_down(_: Written) -> Sent:
        raise Broken

    with pytest.raises(Broken):
        await service.activities.create(alice.principal, a_call(), break_down, Key("k"))
    assert await stored(store, alice.account_id) == []
    assert not replayed(await create(service, alice, Key("k")))


async def test_the_same_key_in_another_account_is_another_key(service: Service, alice: Person, charlie: Person) -> None:
    answers = await asyncio.gather(
        create(service, alice, Key("k"), subject="ours"), create(service, charlie, Key("k", "other"), subject="theirs")
    )
    assert [answer.body.split()[1] for answer in answers] == [b"ours", b"theirs"]
    assert not any(map(replayed, answers))


async def test_the_key_of_one_user_gives_nothing_away_to_another(
    service: Service, store: Store, alice: Person, bob: Person
) -> None:
    await create(service, alice, Key("k"), visibility="private", subject="secret")
    with pytest.raises(KeyReused):
        await create(service, bob, Key("k"), visibility="private", subject="secret")
    assert len(await stored(store, alice.account_id)) == 1


async def test_every_verb_takes_a_key(service: Service, alice: Person) -> None:
    await log_call(service, alice)
    verbs, who = service.activities, alice.principal
    for _ in range(2):
        changed = await verbs.change(who, 1, Draft(subject="x"), rendered, Key("change"))
        deleted = await verbs.delete(who, 1, rendered, Key("delete"))
        restored = await verbs.restore(who, 1, rendered, Key("restore"))
        draft = RecordDraft(kind="deal", name="Big", slug="big")
        made = await service.records.create(who, draft, lambda r: Sent(201, (), r.uuid.encode()), Key("record"))
        if replayed(changed):
            assert all(map(replayed, (deleted, restored, made)))
    assert (await verbs.get(who, 1)).revision == 4


async def test_an_empty_answer_is_replayed_too(service: Service, alice: Person) -> None:
    for again in (False, True):
        sent = await service.activities.create(alice.principal, a_call(), lambda _: Sent(204, (), b""), Key("k"))
        assert (sent.status, sent.body, replayed(sent)) == (204, b"", again)


async def test_keys_are_forgotten_after_a_day_and_not_before(
    service: Service, store: Store, alice: Person, charlie: Person, clock: ManualClock
) -> None:
    for who in (alice, charlie):
        await create(service, who, Key("old"))
    clock.move(DAY_MS)
    await create(service, alice, Key("young"))
    assert (await service.retention.purge()).keys == 0
    assert await count_of(store, select(idempotency.c.key)) == 3
    clock.move(100)
    assert (await service.retention.purge()).keys == 2
    assert not replayed(await create(service, alice, Key("old")))
    assert not replayed(await create(service, charlie, Key("old")))
    assert replayed(await create(service, alice, Key("young")))


async def test_a_keyed_write_beside_plain_ones_answers_in_its_place(service: Service, alice: Person) -> None:
    """Replays, refusals and new writes of one group must not be mixed up."""
    await create(service, alice, Key("seen"), subject="seen")
    outcomes = await asyncio.gather(
        log_call(service, alice, subject="a"),
        create(service, alice, Key("seen"), subject="seen"),
        create(service, alice, Key("seen", "other")),
        create(service, alice, Key("new"), subject="new"),
        log_call(service, alice, subject="b"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Activity, Sent, KeyReused, Sent, Activity]
    assert [outcome.subject for outcome in outcomes if isinstance(outcome, Activity)] == ["a", "b"]
    assert [outcome.body.split()[1] for outcome in outcomes if isinstance(outcome, Sent)] == [b"seen", b"new"]
