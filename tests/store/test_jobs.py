"""Jobs in the database: so many are taken as are asked for, whatever the plan, and what has ended stays as it is."""

from msgspec.structs import replace

from dayline.domain.job import Ended, Job
from dayline.domain.record import new_uuid
from dayline.domain.webhook import NewWebhook
from dayline.service import Service
from dayline.store.deliveries import ADD
from dayline.store.jobs import Move
from tests.cast import START, Person
from tests.rewound import rewind

LANE, MINUTE = "webhook:1", 60_000


def job(number: int, lane: str = LANE) -> Job:
    return Job(
        id=new_uuid(START + number), lane=lane, kind="deliver", dedupe=str(number), due_at=START, created_at=START
    )


async def test_no_more_are_taken_than_asked_for(service: Service, alice: Person) -> None:
    """Also where the statement was planned while there was nothing."""
    jobs, account = service.store.jobs, alice.account_id
    for _ in range(8):
        assert await jobs.take(account, [(LANE, 4)], START, START + MINUTE) == []
    await jobs.put(account, [job(number, LANE if number % 2 else "tasks") for number in range(200)])
    taken = [await jobs.take(account, [(LANE, 4), ("tasks", 1)], START, START + MINUTE) for _ in range(3)]
    assert [[one.lane for one in some] for some in taken] == [[LANE] * 4 + ["tasks"]] * 3
    assert len({one.id for some in taken for one in some}) == 15


async def test_what_has_ended_is_not_held(service: Service, alice: Person) -> None:
    jobs, account, later = service.store.jobs, alice.account_id, START + 500 * MINUTE
    await jobs.put(account, [job(1)])
    (held,) = await jobs.take(account, [(LANE, 1)], START, START + MINUTE)
    again = replace(held, state="waiting", due_at=later, tries=1)
    await jobs.end(account, [Ended(job=held, after=again)], ADD, [])
    await jobs.hold(account, [held], START + 2 * MINUTE)
    found = await jobs.one(account, held.id)
    assert found is not None
    assert (found.due_at, found.state) == (later, "waiting")


async def test_each_lane_is_counted_for_itself_and_no_further_than_asked(service: Service, alice: Person) -> None:
    jobs, account = service.store.jobs, alice.account_id
    await jobs.put(account, [job(number, LANE if number < 5 else "tasks") for number in range(7)])
    assert await jobs.waiting_in(account, [LANE, "tasks", "webhook:2"], 3) == {LANE: 3, "tasks": 2, "webhook:2": 0}


async def test_of_a_webhook_that_has_moved_nothing_is_put_in(service: Service, alice: Person) -> None:
    """Another worker was quicker with one of two that stood at the same change."""
    jobs, account, new = service.store.jobs, alice.account_id, NewWebhook(face="dayline", url="https://hook.test/")
    first, second = [await service.webhooks.create(alice.principal, new, lambda made: made) for _ in range(2)]
    before = first.cursor
    await rewind(service.store, account, second.id, before)
    await jobs.go_on(account, [Move(second.id, before, before + 1, (job(1, second.lane),))])
    moves = [Move(one.id, before, before + 3, (job(one.id + 10, one.lane),)) for one in (second, first)]
    await jobs.go_on(account, moves)
    assert await jobs.waiting_in(account, [first.lane, second.lane], 9) == {first.lane: 1, second.lane: 1}
    found = [await service.store.webhooks.one(account, one.id) for one in (first, second)]
    assert [one.cursor for one in found if one is not None] == [before + 3, before + 1]
