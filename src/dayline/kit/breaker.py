"""Leaves alone for a while what has failed several times in a row. It must never call: it says whether to."""

from collections.abc import Callable
from time import monotonic

from msgspec import Struct

FAILURES = 5  # in a row, after which a key is left alone
SECONDS = 5.0  # for the first time; twice as long each time that it fails again
MOST_SECONDS = 300.0


class _State(Struct):
    failures: int = 0
    until: float = 0.0  # before this nobody calls
    trying: bool = False  # one call is out to see whether it is well again


class Breakers:
    """How each key has done lately; a key that does well is not remembered."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` is in seconds."""
        self._clock = clock
        self._states: dict[str, _State] = {}

    def wait(self, key: str) -> float:
        """The seconds for which this key is left alone; 0 lets the call go, which must then be told of.

        After a pause, one call at a time tries.
        """
        state = self._states.get(key)
        if state is None or state.failures < FAILURES:
            return 0.0
        rest = state.until - self._clock()
        if rest > 0 or state.trying:
            return max(rest, 1.0)
        state.trying = True
        return 0.0

    def rest(self, key: str) -> float:
        """The seconds for which this key is left alone still; it lets nothing go."""
        state = self._states.get(key)
        return 0.0 if state is None else max(0.0, state.until - self._clock())

    def open(self) -> int:
        """How many keys are left alone now."""
        now = self._clock()
        return sum(state.until > now for state in self._states.values())

    def well(self, key: str) -> None:
        """A call came back."""
        self._states.pop(key, None)

    def failed(self, key: str) -> None:
        """A call did not come back, or only to say that nobody is there."""
        state = self._states.setdefault(key, _State())
        state.failures, state.trying = state.failures + 1, False
        beyond = state.failures - FAILURES
        if beyond >= 0:
            state.until = self._clock() + min(MOST_SECONDS, SECONDS * 2 ** min(beyond, 10))

    def left(self, key: str) -> None:
        """A call ended without telling anything, such as one that was called off."""
        state = self._states.get(key)
        if state is not None:
            state.trying = False
