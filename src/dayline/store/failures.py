"""Failed attempts to sign in, counted where all processes see them, and in no account: an address may be nobody's.

It must never be given an address: only digests come here.
"""

from collections.abc import Sequence

from msgspec.structs import astuple
from sqlalchemy import bindparam, select

from dayline.domain.errors import TooManyAttempts
from dayline.domain.signing import Attempts, after_failure, after_success
from dayline.store.database import Database
from dayline.store.group import Steps
from dayline.store.statement import ONE_AT_A_TIME, Call, Params, Rows, Statement, put, remove, statement
from dayline.store.tables import attempts


class Failures:
    """What the database keeps of failed attempts. Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempt(self, whom: Sequence[tuple[str, int]], now: int) -> None:
        """Count an attempt as failed before it is made, so that many at once are not more than one after the other.

        ``whom`` are names, and how many failures of each are free. Raises TooManyAttempts when one has to wait.
        """
        await self._database.run(lambda: _attempt(whom, now))

    async def succeed(self, email: str, address: tuple[str, int]) -> None:
        """Forget the failures under the one name, and take back the last one under the other."""
        await self._database.run(lambda: _succeed(email, *address))

    async def forgive(self, whom: str) -> None:
        """Forget the failures under this name."""
        await self._database.run(lambda: _remove(_FORGIVE, whom))

    async def forget(self, before: int) -> None:
        """Forget the failures whose last one was before this instant (ms UTC)."""
        await self._database.run(lambda: _remove(_OLD, before))


def _attempt(whom: Sequence[tuple[str, int]], now: int) -> Steps[None]:
    yield Call(ONE_AT_A_TIME, [()])
    after: list[Params] = []
    for name, free in whom:
        before = yield from _attempts(name)
        if before.until > now:
            wait = -(-(before.until - now) // 1000)
            raise TooManyAttempts("Too many attempts have failed: wait, and try again.", retry_after=wait)
        after.append((name, *astuple(after_failure(before, free, now))))
    yield Call(_PUT_ATTEMPTS, after, many=True)


def _attempts(whom: str) -> Steps[Attempts]:
    rows: Rows = yield Call(_ATTEMPTS, [(whom,)])
    return Attempts(*rows[0]) if rows else Attempts()


def _succeed(email: str, address: str, free: int) -> Steps[None]:
    yield Call(ONE_AT_A_TIME, [()])
    counted = yield from _attempts(address)
    yield Call(_PUT_ATTEMPTS, [(address, *astuple(after_success(counted, free)))], many=True)
    yield Call(_FORGIVE, [(email,)], many=True)


def _remove(one: Statement, value: str | int) -> Steps[None]:
    yield Call(one, [(value,)], many=True)


_ATTEMPTS = statement(
    select(attempts.c.failures, attempts.c.until, attempts.c.last_at).where(attempts.c.whom == bindparam("whom")),
    "whom",
)
_PUT_ATTEMPTS, _FORGIVE = put(attempts), remove(attempts)
_OLD = statement(attempts.delete().where(attempts.c.last_at < bindparam("before")), "before")
