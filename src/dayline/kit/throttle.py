"""How many requests a token may make: counts them, and words it for the RateLimit headers of the IETF's draft.

It must never hold a request back, nor answer it: it only tells where the token stands.
"""

from collections import Counter
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

from msgspec import Struct

from dayline.kit.dialect import Caller, Failure, Headers, Refused

WINDOW: Final = 60  # seconds


class Standing(Struct, frozen=True):
    """Where a token stands after a request: of ``quota`` requests ``left`` remain for ``reset`` seconds."""

    quota: int
    left: int
    reset: int
    exceeded: bool

    @property
    def headers(self) -> Headers:
        """What every answer tells of it (draft-ietf-httpapi-ratelimit-headers, as structured fields)."""
        return (
            ("RateLimit-Policy", f'"token";q={self.quota};w={WINDOW}'),
            ("RateLimit", f'"token";r={self.left};t={self.reset}'),
        )

    def check(self) -> None:
        """Raise Refused (429) when the request was one too many."""
        if self.exceeded:
            later = (("Retry-After", str(self.reset)),)
            raise Refused(Failure(429, f"more than {self.quota} requests a minute with one token", headers=later))


class Throttle:
    """Counts requests by token, for this process alone; ``quota`` is in requests a minute, at least 1.

    All tokens share one window: when it ends, all counts are forgotten, so that memory stays small and nothing has to
    be swept.
    """

    def __init__(self, quota: int, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` is in seconds and never goes back."""
        self._quota, self._clock = quota, clock
        self._ends = clock() + WINDOW
        self._counts: Counter[tuple[int, int]] = Counter()

    def count(self, who: Caller) -> Standing:
        """Count one request of the caller, whose account may have a lower quota. Refused requests count too."""
        now = self._clock()
        if now >= self._ends:
            self._ends = now + WINDOW
            self._counts.clear()
        token = (who.account_id, who.token_id)  # tokens are numbered by account
        self._counts[token] += 1
        quota, made = min(self._quota, who.rate_limit or self._quota), self._counts[token]
        return Standing(quota, max(0, quota - made), ceil(self._ends - now), made > quota)
