"""How often each key may go out: a bucket of tokens each. It must never wait by itself: it says how long to."""

from collections.abc import Callable
from time import monotonic

MOST = 10_000  # keys that are remembered; one that has been quiet for long enough is as good as new


class Paces:
    """When each key may go next."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` is in seconds."""
        self._clock = clock
        self._next: dict[str, float] = {}  # when a key's bucket would be full again

    def take(self, key: str, per_second: float, burst: int, patience: float) -> float:
        """Take a token, and give the seconds to wait before it is due.

        Where they would be more than ``patience``, no token is taken.
        """
        now, each = self._clock(), 1 / per_second
        full = max(self._next.get(key, now), now)
        wait = full - now - (burst - 1) * each
        if wait <= patience:
            self._remember(key, full + each, now)
        return max(0.0, wait)

    def _remember(self, key: str, full: float, now: float) -> None:
        if len(self._next) >= MOST and key not in self._next:
            self._next = {one: at for one, at in self._next.items() if at > now}
        self._next[key] = full
