"""Whose turn it is: jobs in their lanes, begun within what a lane, an account and the process may have under way.

It must never let one lane or one account have every slot, nor begin a job twice. It waits for nothing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct, field

from dayline.domain.job import Job

Lane: TypeAlias = tuple[int, str]
"""An account, and a lane in it."""

AT_ONCE: Final = 4  # of one lane
ACCOUNT_SLOTS: Final = 64  # of one account
ACCOUNT_MOST: Final = 128  # with the first of each lane, so that some that hang do not keep the others waiting
COMMON_SLOTS: Final = 192  # beyond which only an account goes that has nothing under way
SLOTS: Final = 256
HELD: Final = 32  # jobs of one lane, under way or next in turn
ACCOUNT_HELD: Final = 512  # beyond which a lane has no more than it may have under way
ALL_HELD: Final = 2_048


class _Queue(Struct, eq=False):
    """What a lane has in this process. ``more`` tells that it had no room for all that there was."""

    waiting: deque[Job] = field(default_factory=deque)
    busy: int = 0
    more: bool = False

    @property
    def held(self) -> int:
        return len(self.waiting) + self.busy


class _Use(Struct, eq=False):
    """How many jobs an account, or the process, has under way, and how many with those that wait."""

    busy: int = 0
    held: int = 0


class Lanes:
    """The lanes that have something here; one that has nothing is not remembered."""

    def __init__(self, most: Callable[[Lane], int]) -> None:
        """``most`` says how many of a lane may be under way at once, at present."""
        self._most = most
        self._queues: dict[Lane, _Queue] = {}
        self._turns: dict[Lane, None] = {}  # the lanes in which somebody waits, the next in turn first
        self._uses: dict[int, _Use] = {}
        self._all = _Use()

    @property
    def busy(self) -> int:
        """How many are under way."""
        return self._all.busy

    def busy_in(self, account_id: int) -> int:
        """How many of an account are under way."""
        return self._uses.get(account_id, _NOTHING).busy

    def room(self, lane: Lane) -> int:
        """How many more of a lane may be taken."""
        at_once = self._most(lane)
        crowded = self._uses.get(lane[0], _NOTHING).held >= ACCOUNT_HELD or self._all.held >= ALL_HELD
        most = at_once if crowded or at_once < AT_ONCE else HELD
        return max(0, most - self._queues.get(lane, _IDLE).held)

    def put(self, lane: Lane, jobs: Iterable[Job], *, more: bool) -> None:
        """Let jobs wait for their turn; ``more`` tells that there may be others where they come from."""
        queue, use = self._queues.setdefault(lane, _Queue()), self._uses.setdefault(lane[0], _Use())
        before = len(queue.waiting)
        queue.waiting.extend(jobs)
        queue.more = more
        for one in (use, self._all):
            one.held += len(queue.waiting) - before
        if queue.waiting:
            self._turns.setdefault(lane)
        self._forget(lane)

    def begin(self) -> Iterator[tuple[Lane, Job]]:
        """Give what may begin now, each with a slot: one of each lane, and then again."""
        found = True
        while found:
            found = False
            for lane in tuple(self._turns):
                if self._all.busy >= SLOTS:
                    return
                if self._is_free(lane):
                    found = True
                    yield lane, self._begun(lane)

    def over(self, lane: Lane) -> bool:
        """One that was under way is over. Whether it is time to take more of its lane."""
        queue, use = self._queues[lane], self._uses[lane[0]]
        queue.busy -= 1
        for one in (use, self._all):
            one.busy -= 1
            one.held -= 1
        return self._forget(lane)

    def drain(self) -> Iterator[tuple[Lane, Job]]:
        """Give what has not begun, which is then not here any more."""
        for lane in tuple(self._turns):
            queue = self._queues[lane]
            while queue.waiting:
                for one in (self._uses[lane[0]], self._all):
                    one.held -= 1
                yield lane, queue.waiting.popleft()
        self._turns.clear()

    def _is_free(self, lane: Lane) -> bool:
        busy, account = self._queues[lane].busy, self._uses[lane[0]].busy
        if busy >= self._most(lane):
            return False
        most = ACCOUNT_SLOTS if busy else ACCOUNT_MOST
        return account < most and (self._all.busy < COMMON_SLOTS or not account)

    def _begun(self, lane: Lane) -> Job:
        queue = self._queues[lane]
        job = queue.waiting.popleft()
        del self._turns[lane]
        if queue.waiting:
            self._turns[lane] = None  # behind the others
        for one in (queue, self._uses[lane[0]], self._all):
            one.busy += 1
        return job

    def _forget(self, lane: Lane) -> bool:
        """Remember no lane and no account that has nothing; whether there is room for more of the lane."""
        queue = self._queues[lane]
        wants = queue.more and len(queue.waiting) <= HELD // 2
        if not queue.held:
            del self._queues[lane]
        if not self._uses[lane[0]].held:
            del self._uses[lane[0]]
        return wants


_IDLE: Final = _Queue()
_NOTHING: Final = _Use()
