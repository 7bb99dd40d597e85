"""A write to another system: whether it may be sent, was done, or nobody knows. Pure; instants in ms UTC."""

from typing import Literal

from msgspec import Struct

State = Literal[
    "pending",  # somebody is at it, or was and has died
    "unsent",  # certainly not written, and may be tried again
    "unknown",  # written or not: nobody knows
    "written",
    "refused",  # for good: the same request would be refused again
]

LEASE_MS = 60_000  # twice as long as any call may take; after it, whoever was at it has died


class Attempt(Struct, frozen=True, kw_only=True):
    """An attempt as stored. ``answer`` is what came back, in whatever form its owner keeps it."""

    fingerprint: str
    state: State
    fence: int
    lease_until: int
    first_at: int
    unsure_at: int
    answer: bytes


class Taken(Struct, frozen=True):
    """An attempt that is ours until the lease ends. ``unsure_at`` is since when nobody knows whether it was written
    already, 0 when it certainly was not; ``first_at`` when it was first sent.
    """

    fence: int
    first_at: int
    unsure_at: int = 0


class Known(Struct, frozen=True):
    """An attempt that is over."""

    state: Literal["written", "refused"]
    answer: bytes


class Busy(Struct, frozen=True):
    """An attempt that is somebody else's, for so many ms at the most."""

    left: int


Verdict = Taken | Known | Busy | Literal["other"]
"""Ours, over, somebody's who is at it right now, or of another request under the same key."""


def judge(stored: Attempt, fingerprint: str, now: int) -> Verdict:
    """What somebody who comes with this request finds; ``Taken`` has the fence that he is to write."""
    if stored.fingerprint != fingerprint:
        return "other"
    if stored.state in ("written", "refused"):
        return Known("written" if stored.state == "written" else "refused", stored.answer)
    if stored.state == "pending":
        if now < stored.lease_until:
            return Busy(stored.lease_until - now)
        return Taken(stored.fence + 1, stored.first_at, stored.unsure_at or stored.lease_until)
    return Taken(stored.fence + 1, stored.first_at, stored.unsure_at if stored.state == "unknown" else 0)
