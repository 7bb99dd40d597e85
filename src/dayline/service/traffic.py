"""What was called lately with each token, on which surface, hour by hour. It must never make a call wait.

Calls of the page itself are not counted: it has no token.
"""

from typing import Final

from msgspec import Struct

from dayline.domain.errors import Unavailable
from dayline.domain.identity import Principal
from dayline.domain.metered import Seen
from dayline.domain.time import DAY_MS
from dayline.store.store import Store

KEPT_DAYS: Final = 30
HOUR_MS: Final = DAY_MS // 24

Key = tuple[int, int, str, int]  # account, token, surface, hour


class Tally(Struct):
    """What was called since it was last written down, and the last instant (ms UTC)."""

    calls: int
    last_at: int


class Traffic:
    """The verbs on what was called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tallies: dict[Key, Tally] = {}
        self._tidied = 0

    def note(self, account_id: int, token_id: int, surface: str) -> None:
        """Count a call, for now in memory."""
        if token_id <= 0:
            return
        now = self._store.clock()
        key = (account_id, token_id, surface, now - now % HOUR_MS)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally(0, now)
        tally.calls += 1
        tally.last_at = now

    async def write(self) -> None:
        """Write down what was counted, and now and then forget what is old. Meant for once a minute.

        Raises Unavailable.
        """
        tallies, self._tallies = self._tallies, {}
        try:
            await self._store.add_seen({key: (one.calls, one.last_at) for key, one in tallies.items()})
        except Unavailable:
            self._take_back(tallies)  # for the next time
            raise
        now = self._store.clock()
        if now - self._tidied >= HOUR_MS:
            accounts = [account.id for account in await self._store.accounts()]
            await self._store.forget_seen(accounts, now - KEPT_DAYS * DAY_MS)
            self._tidied = now

    def _take_back(self, tallies: dict[Key, Tally]) -> None:
        for key, before in tallies.items():
            since = self._tallies.get(key, Tally(0, before.last_at))
            self._tallies[key] = Tally(before.calls + since.calls, since.last_at)

    async def lately(self, who: Principal, days: int) -> list[Seen]:
        """What was called in so many days up to the last minute: with the caller's tokens, or all for an admin."""
        now = self._store.clock()
        since = now - days * DAY_MS
        seen = await self._store.seen(who.account_id, since - since % HOUR_MS)
        if who.is_admin:
            return seen
        own = {token.id for token in await self._store.tokens(who.account_id) if token.user_id == who.user_id}
        return [one for one in seen if one.token_id in own]
