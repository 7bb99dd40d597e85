"""Sign-in with a clock that can be moved: how long things last, who has to wait, and what happens at the same time."""

import asyncio

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from dayline.domain.errors import TooManyAttempts, Unauthenticated
from dayline.domain.identity import User, UserChange, digest
from dayline.domain.signing import (
    IDLE_MS,
    LIFE_MS,
    LINK_MS,
    MINUTE_MS,
    Attempts,
    Session,
    after_failure,
    after_success,
    whom_by_address,
    whom_by_email,
)
from dayline.service import Service
from dayline.service.hashing import fits, hash_of, outdated
from dayline.service.signing import Browser
from dayline.store.tables import attempts, emails, passwords, sessions, sign_in_links
from tests.cast import Cast, ManualClock, Person
from tests.store.peek import rows

PASSWORD = "correct horse battery staple"
HERE = Browser("192.0.2.1", "Firefox")
ALICE = "alice@acme.test"


async def user_of(service: Service, who: Person) -> User:
    return await service.people.get(who.principal, who.user_id)


async def open_session(service: Service, who: Person) -> str:
    """Sign somebody in by a link, and give the cookie."""
    link = await service.signing.make_link(who.account_id, who.user_id)
    return (await service.signing.open_link(link, HERE)).credential


async def known(service: Service, cookie: str) -> bool:
    try:
        await service.signing.principal(cookie)
    except Unauthenticated:
        return False
    return True


async def test_a_session_ends_when_nobody_uses_it(service: Service, cast: Cast, clock: ManualClock) -> None:
    cookie = await open_session(service, cast.bob)
    for _ in range(2):
        clock.move(IDLE_MS - MINUTE_MS)
        assert await known(service, cookie)
        await service.tidy()
    clock.move(IDLE_MS)
    assert not await known(service, cookie)


async def test_a_session_ends_in_any_case(service: Service, cast: Cast, clock: ManualClock) -> None:
    cookie, begun = await open_session(service, cast.bob), clock.now
    while clock.now + IDLE_MS // 2 < begun + LIFE_MS:
        clock.move(IDLE_MS // 2)
        assert await known(service, cookie)
        await service.tidy()
    clock.move(begun + LIFE_MS - clock.now)
    assert not await known(service, cookie)
    await service.tidy()
    assert await rows(service.store, select(sessions.c.id)) == []


async def test_the_last_use_is_written_once_a_minute(service: Service, cast: Cast, clock: ManualClock) -> None:
    cookie, begun = await open_session(service, cast.bob), clock.now
    used = select(sessions.c.used_at)
    clock.move(MINUTE_MS - 1)
    assert await known(service, cookie)
    await service.tidy()
    assert await rows(service.store, used) == [(begun,)]
    clock.move(1)
    assert await known(service, cookie)
    assert await rows(service.store, used) == [(begun,)]
    await service.tidy()
    assert await rows(service.store, used) == [(begun + MINUTE_MS,)]


async def test_it_ends_everywhere_at_once(service: Service, cast: Cast) -> None:
    other = Service(service.store)  # as another process would
    cookie = await open_session(service, cast.bob)
    who = await other.signing.principal(cookie)
    await service.signing.sign_out(who)
    assert not await known(other, cookie)


async def test_a_link_lasts_for_a_while(service: Service, cast: Cast, clock: ManualClock) -> None:
    links = [await service.signing.make_link(cast.bob.account_id, cast.bob.user_id) for _ in range(2)]
    clock.move(LINK_MS - 1)
    assert (await service.signing.open_link(links[0], HERE)).user.name == "Bob"
    clock.move(1)
    with pytest.raises(Unauthenticated):
        await service.signing.open_link(links[1], HERE)


async def test_of_many_who_use_a_link_one_comes_in(service: Service, cast: Cast) -> None:
    link = await service.signing.make_link(cast.bob.account_id, cast.bob.user_id)
    tries = [service.signing.open_link(link, HERE) for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(outcome, Unauthenticated) for outcome in outcomes) == 1


async def test_failures_make_an_address_wait_longer_and_longer(
    service: Service, cast: Cast, clock: ManualClock
) -> None:
    kept = service.store.failures
    for whom in (whom_by_email(ALICE), whom_by_address("192.0.2.1")):
        for _ in range(whom[1]):
            await kept.attempt((whom,), clock())
        waits = []
        for _ in range(9):
            with pytest.raises(TooManyAttempts) as refused:
                await kept.attempt((whom,), clock())
            waits.append(refused.value.retry_after)
            clock.move(refused.value.retry_after * 1000)
            await kept.attempt((whom,), clock())
        assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]


async def test_whoever_has_to_wait_waits_with_the_right_password_too(
    service: Service, cast: Cast, clock: ManualClock
) -> None:
    """And nobody learns whether there is somebody of that address."""
    await service.passwords.set(cast.alice.account_id, await user_of(service, cast.alice), PASSWORD)
    for email in (ALICE, "nobody@acme.test"):
        await asyncio.gather(*(refusal(service, email, "wrong") for _ in range(8)))
        assert await refusal(service, email, PASSWORD) == "TooManyAttempts"
    clock.move(10_000)
    assert (await service.signing.sign_in(ALICE, PASSWORD, Browser("198.51.100.1", ""))).user.email == ALICE
    assert await refusal(service, ALICE, "wrong") == "Unauthenticated"  # it begins anew


async def refusal(service: Service, email: str, password: str) -> str:
    try:
        await service.signing.sign_in(email, password, HERE)
    except (TooManyAttempts, Unauthenticated) as error:
        return type(error).__name__
    return ""


async def test_many_at_once_are_not_more_than_one_after_the_other(service: Service, cast: Cast) -> None:
    outcomes = await asyncio.gather(*(refusal(service, ALICE, "wrong") for _ in range(20)))
    assert sorted(outcomes) == ["TooManyAttempts"] * 15 + ["Unauthenticated"] * 5


async def test_success_costs_the_address_nothing(service: Service, cast: Cast) -> None:
    await service.passwords.set(cast.alice.account_id, await user_of(service, cast.alice), PASSWORD)
    for _ in range(3):
        await service.signing.sign_in(ALICE, PASSWORD, HERE)
    assert await rows(service.store, select(attempts.c.failures)) == [(0,)]


def test_failures_are_forgotten_after_a_day() -> None:
    old = Attempts(50, 1, 1)
    assert after_failure(old, 5, 86_400_001).failures == 1
    assert after_failure(old, 5, 86_400_000).failures == 51


def test_a_success_takes_back_its_own_failure_alone() -> None:
    state = Attempts()
    for _ in range(6):
        state = after_failure(state, 5, 0)
    assert after_success(after_failure(state, 5, 30_000), 5) == Attempts(6, 30_000 + 20_000, 30_000)


async def test_a_password_that_changes_meanwhile_lets_nobody_in(
    service: Service, cast: Cast, clock: ManualClock
) -> None:
    """Between the look at the hash and the session, somebody else changes it."""
    user = await user_of(service, cast.alice)
    await service.passwords.set(cast.alice.account_id, user, PASSWORD)
    verified = await service.store.sign_ins.password(cast.alice.account_id, user.id)
    await service.passwords.set(cast.alice.account_id, user, "another password")
    session = Session(id="s", user_id=user.id, created_at=clock(), used_at=clock(), expires_at=clock() + 1, agent="")
    with pytest.raises(Unauthenticated):
        await service.store.sign_ins.open(cast.alice.account_id, session, digest("x"), verified=verified)
    assert await rows(service.store, select(sessions.c.id)) == []


async def test_a_hash_of_former_parameters_is_made_anew(service: Service, cast: Cast, clock: ManualClock) -> None:
    former = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await service.store.sign_ins.put_password(1, cast.alice.user_id, former, clock())
    await service.signing.sign_in(ALICE, PASSWORD, HERE)
    ((stored,),) = await rows(service.store, select(passwords.c.hash))
    assert stored != former
    assert not outdated(stored)
    await service.signing.sign_in(ALICE, PASSWORD, HERE)


async def test_a_hash_is_salted_and_says_what_it_is(service: Service) -> None:
    one, other = await hash_of(PASSWORD), await hash_of(PASSWORD)
    assert one != other
    assert one.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert await fits(PASSWORD, one)
    assert not await fits(PASSWORD, None)
    assert not await fits("nobody's", None)
    assert not await fits(PASSWORD, "no hash")


async def test_the_letters_count_and_not_how_they_are_composed(service: Service) -> None:
    assert await fits("caf\u0065\u0301 au lait", await hash_of("caf\u00e9 au lait"))


async def test_addresses_follow_the_users(service: Service, cast: Cast) -> None:
    change = UserChange(email="Anna@acme.test")
    await service.people.change(cast.alice.principal, cast.alice.user_id, change, lambda user: user)
    found = await rows(service.store, select(emails.c.account_id, emails.c.email).order_by(emails.c.email))
    assert found == [(1, "anna@acme.test"), (1, "bob@acme.test"), (2, "charlie@acme-rival.test")]


async def test_what_has_ended_is_removed(service: Service, cast: Cast, clock: ManualClock) -> None:
    await open_session(service, cast.bob)
    await service.signing.make_link(cast.bob.account_id, cast.bob.user_id)
    await service.store.failures.attempt((whom_by_email(ALICE),), clock())
    clock.move(IDLE_MS)
    await service.tidy()
    for column in (sessions.c.id, sign_in_links.c.digest, attempts.c.whom):
        assert await rows(service.store, select(column)) == []
