"""What ``dayline doctor`` finds: how something is, and what to do. A finding never holds a password."""

from typing import Literal

from msgspec import Struct

SKEW_MS = 5_000  # by which clocks may differ before it matters

Verdict = Literal["ok", "warn", "fail"]


class Finding(Struct, frozen=True):
    """One thing looked at: how it is, and what to do where it is not right."""

    verdict: Verdict
    what: str
    how: str
    advice: str = ""
