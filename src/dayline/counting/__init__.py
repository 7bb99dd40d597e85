"""What this process has done since it began, in plain numbers, for whoever watches over it.

Counting stands in every request's way and must cost next to nothing: it loads no library, takes no lock, and keeps no
label that a caller can choose.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, TypeAlias

Labels: TypeAlias = tuple[str, ...]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LONG: Final = (0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0, 36_000.0, 108_000.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
NONE: Final = "none"
"""The operation of what belongs to none: a path that nobody knows, or a method that it does not have."""


class Counter:
    """How often things happened, by labels."""

    __slots__ = ("help", "labels", "name", "values")

    def __init__(self, name: str, help: str, labels: Labels = ()) -> None:
        self.name, self.help, self.labels = name, help, labels
        self.values: dict[Labels, float] = {}

    def add(self, labels: Labels, many: float = 1) -> None:
        """Count one more, or so many."""
        values = self.values
        values[labels] = values.get(labels, 0) + many


class Spread:
    """How what was measured is spread over some bounds."""

    __slots__ = ("bounds", "buckets", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds, self.buckets, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def add(self, measured: float) -> None:
        """Note one measurement."""
        self.buckets[bisect_left(self.bounds, measured)] += 1
        self.total += measured

    def up_to(self) -> list[int]:
        """How many were at most each bound, and how many there are in all."""
        return list(accumulate(self.buckets))


class Histogram:
    """What was measured, by labels."""

    __slots__ = ("bounds", "help", "labels", "name", "spreads")

    def __init__(self, name: str, help: str, labels: Labels = (), bounds: Sequence[float] = SECONDS) -> None:
        self.name, self.help, self.labels, self.bounds = name, help, labels, bounds
        self.spreads: dict[Labels, Spread] = {}

    def of(self, labels: Labels = ()) -> Spread:
        """The measurements with these labels."""
        found = self.spreads.get(labels)
        if found is None:
            found = self.spreads[labels] = Spread(self.bounds)
        return found


class Gauge:
    """How many there are now."""

    __slots__ = ("help", "name", "value")

    def __init__(self, name: str, help: str) -> None:
        self.name, self.help, self.value = name, help, 0


REQUESTS: Final = Counter(
    "dayline_requests", "Requests that were answered; 499 is a caller who left.", ("surface", "operation", "status")
)
REQUEST_SECONDS: Final = Histogram(
    "dayline_request_seconds", "Time from a request's head to the end of its answer.", ("surface", "operation")
)
GROUP_SIZES: Final = Histogram("dayline_write_group_size", "Writes that were committed together.", (), SIZES)
GROUP_SECONDS: Final = Histogram("dayline_write_group_seconds", "Time of a group of writes, its commit included.")
RENDERINGS: Final = Counter(
    "dayline_renderings", "Activities that were shown, by whether their bytes were at hand.", ("result",)
)
DELIVERIES: Final = Counter("dayline_deliveries", "Attempts to tell a webhook.", ("face", "outcome"))
DELIVERY_SECONDS: Final = Histogram("dayline_delivery_seconds", "Time of an attempt to tell a webhook.", ("face",))
DELIVERY_LAG: Final = Histogram(
    "dayline_delivery_lag_seconds",
    "Time from a change, or the order to tell it again, until it is told.",
    ("face",),
    LONG,
)
REMOTE_CALLS: Final = Counter(
    "dayline_remote_calls", "Calls to customers' other systems.", ("integration", "operation", "outcome")
)
REMOTE_SECONDS: Final = Histogram(
    "dayline_remote_call_seconds", "Time of a call to a customer's other system.", ("integration", "operation")
)
CONNECTIONS: Final = Gauge("dayline_connections_open", "Connections of callers that are open.")

COUNTERS: Final = (REQUESTS, RENDERINGS, DELIVERIES, REMOTE_CALLS)
HISTOGRAMS: Final = (REQUEST_SECONDS, GROUP_SIZES, GROUP_SECONDS, DELIVERY_SECONDS, DELIVERY_LAG, REMOTE_SECONDS)


def begin_anew() -> None:
    """Forget everything: a new process has what the one counted that it was made of."""
    for counter in COUNTERS:
        counter.values.clear()
    for histogram in HISTOGRAMS:
        for spread in histogram.spreads.values():
            spread.buckets[:] = [0] * len(spread.buckets)
            spread.total = 0.0
    CONNECTIONS.value = 0
