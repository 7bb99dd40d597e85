"""At most once under a key, whatever gets lost: on each vendor, on both databases, and between two processes."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from dayline.domain.attempt import Known, Taken
from dayline.domain.errors import Conflict, KeyReused, Unavailable
from dayline.domain.time import DAY_MS
from dayline.remote.calls import Outcome, Remote
from dayline.remote.errors import RemoteError
from dayline.service import Service
from dayline.service.attempts import Place
from dayline.service.vault import Keyring
from dayline.store.open import open_store
from dayline.store.tables import remote_attempts
from tests.cast import KEY, ManualClock, Person
from tests.conftest import Ground
from tests.remote.house import LEASE_MS, Far, Options, once, refused_to_wait, remote, until, write
from tests.store.peek import rows

SILENT = ("hang", "hang_after_write")  # after which nobody may be made to wait for long
LOST = ["torn_after_write", "hang_after_write", "torn_midway", "too_big", "not_json", "wrong_content_type"]


async def states(service: Service) -> list[str]:
    return [row[0] for row in await rows(service.store, select(remote_attempts.c.state))]


async def failing(service: Service, out: Remote, who: Person, far: Far, fault: Any) -> RemoteError:
    """How a write under the key k ends at a vendor who has this fault."""
    far.sandbox.fail(fault)
    if fault in SILENT:
        return await refused_to_wait(service, who, far, "k")
    with pytest.raises(RemoteError) as error:
        await write(out, who, far, far.note("Called"), "k")
    return error.value


async def test_a_key_gives_what_it_gave(out: Remote, alice: Person, far: Far) -> None:
    first = await write(out, alice, far, far.note(), "k")
    again = await write(out, alice, far, far.note(), "k")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.activity == first.activity
    assert (again.answer.status, again.answer.body) == (first.answer.status, first.answer.body)
    assert len(far.sandbox.requests) == 1
    assert (await write(out, alice, far, far.note(), "other")).activity.id != first.activity.id


async def test_a_key_with_another_request(out: Remote, alice: Person, bob: Person, far: Far) -> None:
    await write(out, alice, far, far.note(), "k")
    for who, fingerprint, options in (
        (alice, "other", Options()),
        (bob, "same", Options()),
        (alice, "same", Options(remote_query=(("a", "b"),))),
    ):
        with pytest.raises(KeyReused):
            await out.create(who.principal, far.id, far.note(), options, once("k", fingerprint))
    assert len(far.sandbox.written) == 1


@pytest.mark.parametrize("fault", LOST)
async def test_an_answer_that_is_lost_is_found_again(service: Service, alice: Person, far: Far, fault: Any) -> None:
    async with remote(service) as out:
        await write(out, alice, far, far.note("Called"))  # the same words, but not of this request
        assert (await failing(service, out, alice, far, fault)).kind in ("unknown", "unreadable")
        found = await write(out, alice, far, far.note("Called"), "k")
        assert (found.activity.id, found.replayed) == (far.sandbox.written[-1].id, True)
        again = await write(out, alice, far, far.note("Called"), "k")
        assert again.activity.id == found.activity.id
    assert far.texts == ["Called", "Called"]


@pytest.mark.parametrize("fault", ["torn_before", "hang", "redirect", "500"])
async def test_what_was_not_written_is_written_by_the_retry(
    service: Service, alice: Person, far: Far, fault: Any
) -> None:
    async with remote(service) as out:
        await write(out, alice, far, far.note("Called"))
        await failing(service, out, alice, far, fault)
        assert (await write(out, alice, far, far.note("Called"), "k")).replayed is False
    assert far.texts == ["Called", "Called"]


async def test_a_note_may_still_come_for_a_while(
    service: Service, alice: Person, lever: Far, clock: ManualClock
) -> None:
    async with remote(service, settle_seconds=5) as out:
        lever.sandbox.fail("torn_before")
        with pytest.raises(RemoteError):
            await write(out, alice, lever, lever.note(), "k")
        clock.move(2000)
        with pytest.raises(RemoteError) as error:
            await write(out, alice, lever, lever.note(), "k")
        assert (error.value.kind, error.value.status, error.value.retry_after) == ("unknown", 504, 3)
        assert lever.texts == []
        clock.move(3000)
        assert (await write(out, alice, lever, lever.note(), "k")).replayed is False
    assert lever.texts == ["Called"]


async def test_where_it_cannot_be_told_it_is_not_sent_unless_forced(out: Remote, alice: Person, far: Far) -> None:
    far.sandbox.fail("torn_before")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note(), "k")
    for fault in ("403", "500", "not_json"):
        far.sandbox.fail(fault)
        with pytest.raises(RemoteError) as error:
            await write(out, alice, far, far.note(), "k")
        assert (error.value.kind, error.value.status) == ("unknown", 504)
        assert "not sent again" in error.value.message
        assert "Dayline-Force: send" in error.value.message
    assert far.texts == []
    assert (await write(out, alice, far, far.note(), "k", force=True)).replayed is False
    assert far.texts == ["Called"]
    # To force what is known sends nothing.
    assert (await write(out, alice, far, far.note(), "k", force=True)).replayed is True
    assert far.texts == ["Called"]


async def test_what_the_callers_own_words_changed_cannot_be_told(out: Remote, alice: Person, lever: Far) -> None:
    own = Options(remote_data={"createdAt": 1_000_000_000_000})
    lever.sandbox.fail("torn_after_write")
    with pytest.raises(RemoteError):
        await write(out, alice, lever, lever.note(), "k", own)
    with pytest.raises(RemoteError) as error:
        await write(out, alice, lever, lever.note(), "k", own)
    assert error.value.status == 504
    assert lever.texts == ["Called"]
    # Its words are found wherever they stand.
    lever.sandbox.fail("torn_after_write")
    own = Options(remote_data={"value": "In his own words"})
    with pytest.raises(RemoteError):
        await write(out, alice, lever, lever.note(), "k2", own)
    assert (await write(out, alice, lever, lever.note(), "k2", own)).replayed is True
    assert lever.texts == ["Called", "In his own words"]


async def test_a_time_that_was_asked_for_is_looked_for(out: Remote, alice: Person, lever: Far) -> None:
    note = lever.note("Long ago", created_at=1_000_000_000_000)
    lever.sandbox.fail("torn_after_write")
    with pytest.raises(RemoteError):
        await write(out, alice, lever, note, "k")
    assert (await write(out, alice, lever, note, "k")).replayed is True
    assert lever.texts == ["Long ago"]


async def test_a_clock_that_was_set_makes_it_doubtful(
    out: Remote, alice: Person, lever: Far, clock: ManualClock
) -> None:
    lever.sandbox.fail("torn_after_write")
    with pytest.raises(RemoteError):
        await write(out, alice, lever, lever.note(), "k")
    clock.move(-600_000)  # now it was first sent ten minutes from now
    with pytest.raises(RemoteError) as error:
        await write(out, alice, lever, lever.note(), "k")
    assert error.value.status == 504
    clock.move(1_200_000)
    assert (await write(out, alice, lever, lever.note(), "k")).replayed is True
    assert lever.texts == ["Called"]


async def test_the_same_note_under_two_keys_is_two_notes(out: Remote, alice: Person, far: Far) -> None:
    far.sandbox.fail("torn_after_write")
    far.sandbox.fail("torn_before")
    for key in ("a", "b"):
        with pytest.raises(RemoteError):
            await write(out, alice, far, far.note(), key)
    # Which of the two was written nobody can tell, but there is one: one of them gets it, and the other is sent.
    found = {key: await write(out, alice, far, far.note(), key) for key in ("b", "a")}
    assert found["a"].activity.id != found["b"].activity.id
    assert far.texts == ["Called", "Called"]


async def test_a_refusal_that_is_final_comes_again_and_others_are_tried(out: Remote, alice: Person, far: Far) -> None:
    unknown = {"recruitee": "999999"}.get(far.sandbox.vendor, "00000000-0000-4000-8000-000000000000")
    refusals = []
    for _ in range(2):
        with pytest.raises(RemoteError) as error:
            await write(out, alice, far, far.note(candidate_id=unknown), "k")
        refusals.append(error.value)
    assert [one.replayed for one in refusals] == [False, True]
    assert refusals[0].refusal == refusals[1].refusal
    assert len(far.sandbox.requests) == 1
    for fault in ("401", "403", "429"):
        far.sandbox.fail(fault)
        with pytest.raises(RemoteError) as error:
            await write(out, alice, far, far.note(), fault)
        assert error.value.kind == "refused"
        assert (await write(out, alice, far, far.note(), fault)).replayed is False
    assert len(far.texts) == 3


async def test_a_key_in_flight(service: Service, alice: Person, far: Far) -> None:
    far.sandbox.fail("slow", seconds=1.5)
    async with remote(service) as out:
        first = asyncio.create_task(write(out, alice, far, far.note(), "k"))
        await until(lambda: far.sandbox.requests)
        with pytest.raises(Conflict):
            await write(out, alice, far, far.note(), "k")
        with pytest.raises(Conflict):
            await write(out, alice, far, far.note(), "k", force=True)
        assert (await first).replayed is False
    assert len(far.sandbox.requests) == 1


async def test_many_at_once_with_one_key(service: Service, alice: Person, far: Far) -> None:
    async with remote(service) as out, remote(service) as other:
        tries = [write(way, alice, far, far.note(), "k") for way in (out, other) * 10]
        ends = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(end) for end in ends} <= {Outcome, Conflict}
    assert len([end for end in ends if isinstance(end, Outcome) and not end.replayed]) == 1
    assert len(far.sandbox.written) == 1


async def test_two_processes_with_one_key(
    service: Service, alice: Person, far: Far, ground: Ground, clock: ManualClock
) -> None:
    another = await open_store(ground.url, clock=clock, pgbouncer=ground.pooled)
    async with remote(service) as out, remote(Service(another, keyring=Keyring(text=KEY))) as other:
        for key in range(5):
            far.sandbox.fail("torn_after_write" if key % 2 else "slow", seconds=0.1)
            for _ in range(2):
                tries = [write(way, alice, far, far.note(f"Note {key}"), str(key)) for way in (out, other) * 4]
                ends = await asyncio.gather(*tries, return_exceptions=True)
                assert {type(end) for end in ends} <= {Outcome, Conflict, RemoteError}
    await another.close()
    assert sorted(far.texts) == [f"Note {key}" for key in range(5)]


async def test_a_process_that_dies_leaves_a_key_that_can_be_found_out(
    service: Service, alice: Person, far: Far, clock: ManualClock
) -> None:
    async with remote(service) as out:
        far.sandbox.fail("hang_after_write")
        dying = asyncio.create_task(write(out, alice, far, far.note(), "k"))
        await until(lambda: far.sandbox.written)
        # Its lease is all that the next one knows of it.
        clock.move(20_500)
        with pytest.raises(Conflict) as error:
            await write(out, alice, far, far.note(), "k")
        assert error.value.retry_after == 40
        clock.move(LEASE_MS - 20_500)
        assert (await write(out, alice, far, far.note(), "k")).replayed is True
        dying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dying
        # What it says in the end, after its time, counts for nothing.
        assert (await write(out, alice, far, far.note(), "k")).replayed is True
    assert far.texts == ["Called"]


async def test_a_call_that_is_called_off_is_known_to_be_unknown(service: Service, alice: Person, far: Far) -> None:
    async with remote(service) as out:
        far.sandbox.fail("hang_after_write")
        cancelled = asyncio.create_task(write(out, alice, far, far.note(), "k"))
        await until(lambda: far.sandbox.written)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert await states(service) == ["unknown"]
        assert (await write(out, alice, far, far.note(), "k")).replayed is True
    assert far.texts == ["Called"]


async def test_an_attempt_is_on_the_disk_before_the_call(service: Service, alice: Person, lever: Far) -> None:
    async with remote(service) as out:
        lever.sandbox.fail("slow", seconds=1.5)
        writing = asyncio.create_task(write(out, alice, lever, lever.note(), "k"))
        await until(lambda: lever.sandbox.requests)
        assert await states(service) == ["pending"]
        await writing
        assert await states(service) == ["written"]


class Away:
    """Lets so many transactions through, and then none."""

    def __init__(self, run: Any, through: int) -> None:
        self._run, self._left = run, through

    async def __call__(self, steps: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Unavailable("The disk has no room for this.")
        return await self._run(steps)


async def test_the_database_away_before_the_call_sends_nothing(
    service: Service, out: Remote, alice: Person, lever: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as during:
        during.setattr(service.store.database, "run", Away(service.store.database.run, 0))
        with pytest.raises(Unavailable):
            await write(out, alice, lever, lever.note(), "k")
    assert lever.sandbox.requests == []
    assert await states(service) == []
    assert (await write(out, alice, lever, lever.note(), "k")).replayed is False


@pytest.mark.parametrize("fault", ["none", "torn_after_write", "429"])
async def test_the_database_away_after_the_call_loses_nothing(
    service: Service,
    out: Remote,
    alice: Person,
    lever: Far,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
) -> None:
    lever.sandbox.fail(fault)
    ends: list[object] = []
    with monkeypatch.context() as during:
        during.setattr(service.store.database, "run", Away(service.store.database.run, 1))
        try:
            ends.append((await write(out, alice, lever, lever.note(), "k")).activity.id)
        except RemoteError as error:
            ends.append(error.kind)
    # What is known is said, though it could not be kept.
    assert ends == [
        {"none": lever.sandbox.written[-1].id if lever.texts else "", "429": "refused"}.get(fault, "unknown")
    ]
    assert await states(service) == ["pending"]
    clock.move(LEASE_MS)
    again = await write(out, alice, lever, lever.note(), "k")
    assert again.replayed is (fault != "429")
    assert lever.texts == ["Called"]


async def test_attempts_are_forgotten_with_the_keys(
    service: Service, out: Remote, alice: Person, lever: Far, clock: ManualClock
) -> None:
    await write(out, alice, lever, lever.note(), "k")
    clock.move(DAY_MS)
    await service.retention.purge()
    assert await states(service) == ["written"]
    clock.move(LEASE_MS + 1)
    await service.retention.purge()
    assert await states(service) == []


async def test_a_lease_that_was_lost_says_nothing(service: Service, clock: ManualClock, alice: Person) -> None:
    attempts = service.attempts
    place = Place(alice.account_id, "one", "k", "digest")
    first = await attempts.take(place, "f")
    assert isinstance(first, Taken)
    clock.move(LEASE_MS)
    second = await attempts.take(place, "f")
    assert isinstance(second, Taken)
    assert (second.fence, second.unsure_at > 0) == (first.fence + 1, True)
    with pytest.raises(Conflict):
        await attempts.renew(place, first)
    await attempts.refused(place, first, b"late")
    await attempts.renew(place, second)
    await attempts.written(place, second, ("note", b"it"))
    assert await attempts.take(place, "f") == Known("written", b"it")
