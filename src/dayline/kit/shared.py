"""A ledger that several processes share, in a Valkey or Redis server.

It must never keep a request from being served: while the server is away, this process counts for itself.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

import structlog
from valkey.asyncio import BlockingConnectionPool, Valkey
from valkey.exceptions import ValkeyError

from dayline.kit.ledger import Bill, Charge, Memory

PATIENCE: Final = 0.2  # seconds to wait for the server
PAUSE: Final = 5.0  # seconds until it is asked again after it was away
CONNECTIONS: Final = 32

# All or nothing, and in one step, so that no two processes spend the same rest. The life of a counter is relative,
# because the server's clock may be another than ours.
_SCRIPT: Final = """
local used = {0}
for place, key in ipairs(KEYS) do
    used[place + 1] = tonumber(redis.call('GET', key) or '0')
    if used[1] == 0 and used[place + 1] + tonumber(ARGV[3 * place - 2]) > tonumber(ARGV[3 * place - 1]) then
        used[1] = place
    end
end
if used[1] == 0 then
    for place, key in ipairs(KEYS) do
        local amount = tonumber(ARGV[3 * place - 2])
        used[place + 1] = redis.call('INCRBY', key, amount)
        if used[place + 1] == amount then
            redis.call('EXPIRE', key, ARGV[3 * place])
        end
    end
end
return used
"""

_log = structlog.get_logger("dayline.kit")


class Shared:
    """A ledger on a server; ``url`` is ``valkey://``, ``valkeys://``, ``redis://``, ``rediss://`` or ``unix://``."""

    def __init__(self, url: str, clock: Callable[[], float] = monotonic) -> None:
        """Connects when it is first needed. ``clock`` is in seconds and never goes back."""
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=PATIENCE,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
        )
        self._script = Valkey(connection_pool=self._pool).register_script(_SCRIPT)
        self._clock, self._memory = clock, Memory()
        self._away, self._again = False, clock()

    async def charge(self, charges: Sequence[Charge]) -> Bill:
        """Take the charges, or none of them; on our own while the server is away."""
        now = self._clock()
        if now < self._again:
            return await self._memory.charge(charges)
        if self._away:
            self._again = now + PAUSE  # one request tries it, the others do not wait
        try:
            bill = await self._ask(charges)
        except (ValkeyError, OSError, TimeoutError) as error:
            self._lost(error)
            return await self._memory.charge(charges)
        self._found()
        return bill

    async def _ask(self, charges: Sequence[Charge]) -> Bill:
        keys = [_key(one) for one in charges]
        arguments = [number for one in charges for number in (one.amount, one.quota, one.seconds)]
        refused, *used = await self._script(keys, arguments)
        return Bill(tuple(used), refused - 1 if refused else None)

    def _lost(self, error: Exception) -> None:
        self._again = self._clock() + PAUSE
        if not self._away:
            self._away = True
            _log.warning("limits are counted by this process alone", reason=f"{type(error).__name__}: {error}")

    def _found(self) -> None:
        self._again = self._clock()
        if self._away:
            self._away = False
            _log.info("limits are counted together again")

    async def close(self) -> None:
        """End the connections."""
        await self._pool.disconnect()


def _key(charge: Charge) -> str:
    """What a counter is called there; the braces keep all of an account's on one server of a cluster."""
    account, token = charge.holder
    return f"dayline:{{{account}}}:{charge.limit}:{token}:{charge.window}"
