"""Truto's own limits: so many requests in ten seconds with one token, and to one integrated account.

Both are off unless a setting says otherwise.
"""

from typing import Final

from msgspec import Struct

from dayline.domain.identity import Principal
from dayline.kit.limits import Limit, Policy, Standing
from dayline.kit.throttle import Throttle

SECONDS: Final = 10


def _refused(standing: Standing) -> str:
    of = "integrated account" if standing.limit.setting == "truto_account_rate_limit" else "token"
    return f"More than {standing.quota} requests in {SECONDS} seconds with one {of}."


def _untold(_: tuple[Standing, ...]) -> tuple[tuple[str, str], ...]:
    return ()  # the ratelimit headers are the other system's


POLICY: Final = Policy(
    limits=(Limit(setting="truto_rate_limit", seconds=SECONDS),), told=_untold, refused=_refused, document={}
)
PER_ACCOUNT: Final = Policy(
    limits=(Limit(setting="truto_account_rate_limit", seconds=SECONDS),), told=_untold, refused=_refused, document={}
)


class _Holder(Struct, frozen=True):
    """An integrated account as one who has a quota."""

    account_id: int
    token_id: int
    scopes: frozenset[str] = frozenset()
    rate_limit: int | None = None


async def spend(throttle: Throttle | None, who: Principal, integrated_account_id: str) -> None:
    """Charge a request to an integrated account. Raises Refused (429) when it was one too many."""
    if throttle is not None:
        holder = _Holder(who.account_id, int.from_bytes(integrated_account_id.encode()))
        (await throttle.count(holder)).check()
