"""Where what was spent of a quota is kept: in this process, until its window is over.

It must never decide what a quota is, and it never holds a request back: it only says whether a charge fits.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Charge(Struct, frozen=True):
    """``amount`` more for the ``holder`` (account, token; token 0 for all of them) out of ``quota`` in a window.

    ``window`` is its number, counted from 1970 on; it is so many ``seconds`` long.
    """

    limit: str
    window: int
    seconds: int
    holder: tuple[int, int]
    amount: int
    quota: int

    @property
    def ends(self) -> int:
        """When the window is over, in seconds since 1970."""
        return (self.window + 1) * self.seconds


class Bill(Struct, frozen=True):
    """What is spent of each quota, and which charge was too many: the place of the first; then none was taken."""

    used: tuple[int, ...]
    refused: int | None = None


class Ledger(Protocol):
    """Takes all charges of a request, or none of them."""

    async def charge(self, charges: Sequence[Charge]) -> Bill: ...

    async def close(self) -> None: ...


class Memory:
    """A ledger of this process alone.

    All holders of a limit share its windows: when one is over, all that was spent is forgotten, so that memory stays
    small and nothing has to be swept.
    """

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, dict[tuple[int, int], int]]] = {}

    async def charge(self, charges: Sequence[Charge]) -> Bill:
        """Take the charges, or none of them."""
        spent = [self._spent(one) for one in charges]
        used = [counts.get(one.holder, 0) for one, counts in zip(charges, spent, strict=True)]
        for place, one in enumerate(charges):
            if used[place] + one.amount > one.quota:
                return Bill(tuple(used), place)
        for place, one in enumerate(charges):
            used[place] += one.amount
            spent[place][one.holder] = used[place]
        return Bill(tuple(used))

    def _spent(self, charge: Charge) -> dict[tuple[int, int], int]:
        known = self._windows.get(charge.limit)
        if known is None or known[0] != charge.window:
            known = self._windows[charge.limit] = (charge.window, {})
        return known[1]

    async def close(self) -> None:
        """Nothing is held."""
