"""Holds a dialect's callers to its limits: charges each request, and says where its caller stands.

It must never answer a request: it only says what every answer tells, or raises.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from time import time

from msgspec import Struct

from dayline.kit.dialect import Caller, Failure, Headers, Refused
from dayline.kit.ledger import Charge, Ledger, Memory
from dayline.kit.limits import Limit, Policy, Standing


class Standings(Struct, frozen=True):
    """Where a caller stands after a request, the headers that tell it, and the failure if it was one too many."""

    each: tuple[Standing, ...]
    headers: Headers
    failure: Failure | None

    def check(self) -> None:
        """Raise Refused (429) when the request was one too many."""
        if self.failure is not None:
            raise Refused(self.failure)


class Throttle:
    """Charges requests to those limits of a policy that have a quota."""

    def __init__(
        self,
        policy: Policy,
        limits: Sequence[tuple[Limit, int]],
        ledger: Ledger,
        clock: Callable[[], float] = time,
    ) -> None:
        """``clock`` is in seconds since 1970, the same for all who share the ledger."""
        self._policy, self._limits, self._ledger, self._clock = policy, limits, ledger, clock

    async def count(self, who: Caller, cost: int = 0) -> Standings:
        """Charge one request of the caller, for an operation of this cost."""
        return await self._charged(who, lambda limit: cost if limit.weighed else 1)

    async def look(self, who: Caller) -> Standings:
        """Where a caller stands now whose request was charged long ago."""
        return await self._charged(who, lambda _: 0)

    async def _charged(self, who: Caller, amount: Callable[[Limit], int]) -> Standings:
        now = self._clock()
        charges = [_charge(limit, quota, now, who, amount(limit)) for limit, quota in self._limits]
        bill = await self._ledger.charge(charges)
        each = tuple(
            Standing(limit, charge.quota, max(0, charge.quota - used), ceil(charge.ends - now))
            for (limit, _), charge, used in zip(self._limits, charges, bill.used, strict=True)
        )
        failure = None if bill.refused is None else self._refusal(each[bill.refused])
        return Standings(each, self._policy.told(each), failure)

    def _refusal(self, standing: Standing) -> Failure:
        return Failure(429, self._policy.refused(standing), headers=(("Retry-After", str(standing.reset)),))


def throttle_of(policy: Policy | None, quotas: Mapping[str, int], ledger: Ledger | None) -> Throttle | None:
    """The throttle of a dialect, counting for itself alone where it is given no ledger; None where nothing is limited.

    ``quotas`` are by the names of the settings.
    """
    limits = [] if policy is None else [(one, quotas[one.setting]) for one in policy.limits if quotas.get(one.setting)]
    return Throttle(policy, limits, ledger or Memory()) if policy is not None and limits else None


def _charge(limit: Limit, quota: int, now: float, who: Caller, amount: int) -> Charge:
    return Charge(
        limit.setting,
        int(now // limit.seconds),
        limit.seconds,
        (who.account_id, who.token_id if limit.by == "token" else 0),  # tokens are numbered by account
        amount,
        min(quota, who.rate_limit or quota) if limit.lowered else quota,
    )
