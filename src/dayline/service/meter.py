"""Counts calls of what is going away, by token and User-Agent. It must never hold a call back, nor make one wait."""

from msgspec import Struct

from dayline.domain.errors import Unavailable
from dayline.domain.identity import Principal
from dayline.domain.metered import Metered
from dayline.store.store import Store

AGENTS = 50  # that are told apart of one token: a caller can write anything there, and must not fill the database
OTHERS = "(others)"
LENGTH = 200  # characters of a User-Agent that count

Key = tuple[int, int, str, str]  # account, token, agent, operation


class Tally(Struct):
    """What was called since it was last written down; instants in ms UTC."""

    calls: int
    first_at: int
    last_at: int


class Meter:
    """The verbs on counted calls."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tallies: dict[Key, Tally] = {}
        self._agents: dict[tuple[int, int], set[str]] = {}

    def note(self, who: Principal, called: str, agent: str) -> None:
        """Count a call, for now in memory; none of somebody who tries a call on the page, for he is no client."""
        if who.session is not None:
            return
        now = self._store.clock()
        key = (who.account_id, who.token_id, self._told_apart(who, agent[:LENGTH]), called)
        tally = self._tallies.get(key)
        if tally is None:
            self._tallies[key] = Tally(1, now, now)
        else:
            tally.calls += 1
            tally.last_at = now

    def _told_apart(self, who: Principal, agent: str) -> str:
        known = self._agents.setdefault((who.account_id, who.token_id), set())
        if agent not in known:
            if len(known) >= AGENTS:
                return OTHERS
            known.add(agent)
        return agent

    async def write(self) -> None:
        """Write down what was counted. Meant for once a minute: calls do not write. Raises Unavailable."""
        tallies, self._tallies = self._tallies, {}
        if not tallies:
            return
        try:
            await self._store.add_calls({key: (t.calls, t.first_at, t.last_at) for key, t in tallies.items()})
        except Unavailable:
            self._take_back(tallies)  # for the next time
            raise

    def _take_back(self, tallies: dict[Key, Tally]) -> None:
        for key, before in tallies.items():
            since = self._tallies.get(key)
            if since is not None:
                before.calls += since.calls
                before.last_at = since.last_at
            self._tallies[key] = before

    async def calls(self, account_id: int) -> list[Metered]:
        """What was counted in an account up to the last time it was written down, by token, agent and operation."""
        return await self._store.calls(account_id)
