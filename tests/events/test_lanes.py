"""Nobody has every slot: not a lane, not an account, however many of theirs hang."""

from collections import Counter

from dayline.domain.job import Job
from dayline.events.lanes import (
    ACCOUNT_HELD,
    ACCOUNT_MOST,
    ACCOUNT_SLOTS,
    AT_ONCE,
    COMMON_SLOTS,
    HELD,
    SLOTS,
    Lane,
    Lanes,
)


def jobs(count: int, lane: Lane) -> list[Job]:
    return [Job(id=f"{lane[1]}-{n}", lane=lane[1], kind="deliver", dedupe=str(n), due_at=0) for n in range(count)]


def filled(lanes: Lanes, account_id: int, count: int, each: int = HELD) -> list[Lane]:
    made = [(account_id, f"webhook:{n}") for n in range(count)]
    for lane in made:
        lanes.put(lane, jobs(each, lane), more=True)
    return made


def begun(lanes: Lanes) -> list[Lane]:
    return [lane for lane, _ in lanes.begin()]


def four(_: Lane) -> int:
    return AT_ONCE


def test_a_lane_has_four_at_once_in_their_order() -> None:
    lanes = Lanes(four)
    lane = (1, "webhook:1")
    lanes.put(lane, jobs(6, lane), more=False)
    assert [job.id for _, job in lanes.begin()] == [f"webhook:1-{n}" for n in range(4)]
    assert list(lanes.begin()) == []
    lanes.over(lane)
    assert [job.id for _, job in lanes.begin()] == ["webhook:1-4"]


def test_each_lane_has_its_turn() -> None:
    """Sixty lanes with much to do: the slots that come free go round, and none has a second before each had one."""
    lanes = Lanes(four)
    every = filled(lanes, 1, 60)
    under_way = begun(lanes)
    assert len(under_way) == ACCOUNT_SLOTS
    served = Counter(under_way)
    for _ in range(400):
        lanes.over(under_way.pop(0))
        fresh = begun(lanes)
        under_way += fresh
        served.update(fresh)
        assert lanes.busy == len(under_way) <= ACCOUNT_SLOTS
    assert set(served) == set(every)
    assert max(served.values()) - min(served.values()) <= AT_ONCE


def test_those_that_hang_do_not_keep_the_next_one_waiting() -> None:
    lanes = Lanes(four)
    filled(lanes, 1, 16)
    assert len(begun(lanes)) == ACCOUNT_SLOTS  # all of them hang
    late = (1, "webhook:late")
    lanes.put(late, jobs(3, late), more=False)
    assert begun(lanes) == [late]
    lanes.over(late)
    assert begun(lanes) == [late]


def test_no_account_has_every_slot() -> None:
    lanes = Lanes(four)
    filled(lanes, 1, 300)
    assert len(begun(lanes)) == lanes.busy_in(1) == ACCOUNT_MOST < COMMON_SLOTS
    filled(lanes, 2, 300)
    begun(lanes)
    assert lanes.busy == COMMON_SLOTS
    for account_id in range(3, 3 + SLOTS - COMMON_SLOTS):  # each of the others has one still
        filled(lanes, account_id, 5)
        assert len(begun(lanes)) == lanes.busy_in(account_id) == 1
    assert lanes.busy == SLOTS
    filled(lanes, 1000, 1)
    assert begun(lanes) == []


def test_what_fails_goes_one_by_one() -> None:
    lanes = Lanes(lambda lane: 1 if lane[1] == "webhook:0" else AT_ONCE)
    filled(lanes, 1, 2)
    assert Counter(begun(lanes)) == {(1, "webhook:0"): 1, (1, "webhook:1"): AT_ONCE}
    assert Lanes(lambda _: 1).room((1, "webhook:9")) == 1


def test_no_more_is_taken_than_there_is_room_for() -> None:
    lanes = Lanes(four)
    assert lanes.room((1, "webhook:0")) == HELD
    filled(lanes, 1, ACCOUNT_HELD // HELD)
    assert lanes.room((1, "webhook:0")) == 0
    assert lanes.room((1, "webhook:999")) == AT_ONCE  # one of a crowded account has at least what it may send
    assert lanes.room((2, "webhook:0")) == HELD


def test_a_lane_asks_for_more_before_it_has_nothing_to_do() -> None:
    lanes = Lanes(four)
    (lane,) = filled(lanes, 1, 1)
    asked = 0
    while begun(lanes):
        asked += lanes.over(lane)
    while lanes.busy:
        asked += lanes.over(lane)
    assert asked > AT_ONCE
    lanes.put(lane, jobs(3, lane), more=False)
    begun(lanes)
    assert not any(lanes.over(lane) for _ in range(3))


def test_what_is_drained_is_not_here_any_more() -> None:
    lanes = Lanes(four)
    every = filled(lanes, 1, 3, 10)
    under_way = begun(lanes)
    assert len(list(lanes.drain())) == 30 - len(under_way)
    assert begun(lanes) == []
    for lane in under_way:
        lanes.over(lane)
    assert lanes.busy == lanes.busy_in(1) == 0
    assert [lanes.room(lane) for lane in every] == [HELD] * 3
